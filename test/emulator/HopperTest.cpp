// Kernels as our code generator will make them for sm_90a: a persistent,
// warp-specialised product with tensor copies on both sides, and the inner loop
// of attention with its probabilities in registers.
#include "corpus/Case.h"
#include "corpus/Numbers.h"

#include "ferro/Emulator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>

namespace ferro::emulator {
namespace {

using gpucheck::Element;

std::string readText(const std::string &name) {
  std::ifstream file(std::string(FERRO_HOPPER) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Launch {
public:
  std::vector<std::byte> parameters;
  template <typename T> void add(const T &value, std::size_t alignment = 0) {
    std::size_t to = alignment ? alignment : sizeof(T);
    parameters.resize((parameters.size() + to - 1) / to * to);
    auto *bytes = reinterpret_cast<const std::byte *>(&value);
    parameters.insert(parameters.end(), bytes, bytes + sizeof(T));
  }
};

std::vector<std::uint16_t> halves(std::size_t count, unsigned seed) {
  std::vector<std::uint16_t> result(count);
  for (std::size_t i = 0; i < count; ++i)
    result[i] = std::uint16_t(gpucheck::fromDouble(
        Element::F16, double((i * 2654435761u + seed) >> 7 & 7) - 3));
  return result;
}

double valueOf(std::uint16_t bits) {
  return gpucheck::toDouble(Element::F16, bits);
}

/// Swizzled by 128 bytes, boxes of 64 columns.
std::array<std::byte, 128> map(std::uint64_t address, unsigned columns,
                               unsigned rows, unsigned boxRows) {
  TensorMapShape shape;
  shape.type = 6;
  shape.swizzle = 3;
  shape.sizes = {columns, rows};
  shape.strides = {columns * 2};
  shape.box = {64, boxRows};
  return Emulator::encode(shape, address);
}

// C = A * transpose(B), all of it exact in f16.
TEST(Hopper, APersistentProductWithProducerAndConsumers) {
  constexpr unsigned m = 256, n = 512, k = 320;
  Emulator device;
  device.load(readText("gemm.ptx"));
  std::vector<std::uint16_t> a = halves(m * k, 1), b = halves(n * k, 77);
  std::uint64_t at[3] = {device.allocate(m * k * 2), device.allocate(n * k * 2),
                         device.allocate(m * n * 2)};
  device.write(at[0], a.data(), a.size() * 2);
  device.write(at[1], b.data(), b.size() * 2);
  Launch launch;
  launch.add(map(at[0], k, m, 128), 64);
  launch.add(map(at[1], k, n, 256), 64);
  launch.add(map(at[2], n, m, 64), 64);
  launch.add(m);
  launch.add(n);
  launch.add(k);
  for (std::uint64_t seed : {0, 1}) {
    LaunchOptions options;
    options.seed = seed;
    LaunchReport report = device.launch("gemm", {{3}, {384}, {}, 229376 + 64},
                                        launch.parameters, options);
    ASSERT_TRUE(report.findings.empty()) << toText(report.findings);
    std::vector<std::uint16_t> c(m * n);
    device.read(c.data(), at[2], c.size() * 2);
    unsigned wrong = 0;
    for (unsigned row = 0; row < m; ++row)
      for (unsigned column = 0; column < n; ++column) {
        double sum = 0;
        for (unsigned i = 0; i < k; ++i)
          sum += valueOf(a[row * k + i]) * valueOf(b[column * k + i]);
        wrong += std::uint16_t(gpucheck::fromDouble(Element::F16, sum)) !=
                 c[row * n + column];
      }
    EXPECT_EQ(wrong, 0u) << "seed " << seed;
  }
}

/// The loop reads its tiles from shared memory and leaves it to others to fill
/// that: here it does so itself.
std::string withTiles(std::string ptx) {
  auto replace = [&](const std::string &from, const std::string &to) {
    std::size_t place = ptx.find(from);
    ASSERT_NE(place, std::string::npos) << from;
    ptx.replace(place, from.size(), to);
  };
  replace(".visible .entry",
          ".extern .shared .align 1024 .b8 tiles[];\n.visible .entry");
  replace("fa_param_6\n)", "fa_param_6,\n.param .u64 source\n)");
  replace("\tld.param.b64 \t%rd1,", R"(
  .reg .pred %more;
  .reg .b32 %at, %to, %word<4>;
  .reg .b64 %from;
  mov.u32 %at, %tid.x;
  ld.param.u64 %from, [source];
  mad.wide.u32 %from, %at, 16, %from;
  mov.u32 %to, tiles;
  mad.lo.u32 %to, %at, 16, %to;
fill:
  ld.global.v4.b32 {%word0, %word1, %word2, %word3}, [%from];
  st.shared.v4.b32 [%to], {%word0, %word1, %word2, %word3};
  add.u64 %from, %from, 2048;
  add.u32 %to, %to, 2048;
  add.u32 %at, %at, 128;
  setp.lt.u32 %more, %at, 8192;
  @%more bra fill;
  fence.proxy.async.shared::cta;
  bar.sync 0;
	ld.param.b64 	%rd1,)");
  return ptx;
}

// Whatever the scores are, probabilities add up to one. The loop divides by the
// sum of a thread's own columns, a quarter of a row, and multiplies V by the
// probabilities of the step before, so that of n sums the last is not in yet:
// where all of V is one, the reciprocals of a row's four threads add up to
// n / (n - 1), but for the probabilities' rounding to f16.
TEST(Hopper, TheLoopOfAttentionWithProbabilitiesInRegisters) {
  Emulator device;
  device.load(withTiles(readText("attention.ptx")));
  std::vector<std::uint16_t> tiles = halves(65536, 5);
  std::fill(tiles.begin() + 32768, tiles.end(), std::uint16_t(0x3c00));
  std::uint64_t source = device.allocate(131072), out = device.allocate(32768);
  device.write(source, tiles.data(), 131072);
  auto descriptor = [](std::uint64_t offset) {
    return (1024 + offset) >> 4 | 1ull << 16 | 64ull << 32 | 1ull << 62;
  };
  Launch launch;
  launch.add(descriptor(0));
  launch.add(descriptor(16384));
  launch.add(descriptor(65536));
  constexpr int steps = 3;
  launch.add(std::int32_t(steps));
  launch.add(0.125f);
  launch.add(-0.125f);
  launch.add(out);
  launch.add(source);
  LaunchReport report =
      device.launch("fa", {{1}, {128}, {}, 131072}, launch.parameters);
  ASSERT_TRUE(report.findings.empty()) << toText(report.findings);
  EXPECT_GE(report.statistics.warpInstructions[10], 4u * 8 * 7);
  std::vector<float> results(8192);
  device.read(results.data(), out, 32768);
  for (unsigned row = 0; row < 128; row += 4)
    for (unsigned i = 0; i < 64; ++i) {
      double sum = 0;
      for (unsigned thread = row; thread < row + 4; ++thread)
        sum += 1 / double(results[thread * 64 + i]);
      ASSERT_NEAR(sum, double(steps) / (steps - 1), 5e-3);
    }
}

} // namespace
} // namespace ferro::emulator
