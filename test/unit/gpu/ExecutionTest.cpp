// Kernels of the tile dialect as PTX on the emulator, against plain loops: the
// numbers agree and the emulator finds nothing.
#include "compiler/Abi.h"

#include "ferro/Emulator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <dlfcn.h>
#include <random>
#include <string>
#include <vector>

using namespace ferro;

namespace {

template <typename F> F *compilerFunction(const char *name) {
  static void *library = dlopen(FERRO_COMPILER_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  return reinterpret_cast<F *>(dlsym(library, name));
}

std::string ptxOf(const std::string &text, const std::string &target) {
  std::string step = "tile-canonicalize,ptx=" + target;
  FerroResponse *response = compilerFunction<decltype(fc_run_steps)>(
      "fc_run_steps")(text.data(), text.size(), step.c_str());
  std::string message = response->message;
  std::string result(reinterpret_cast<const char *>(response->bytes),
                     response->size);
  EXPECT_EQ(response->status, FERRO_OK) << message;
  compilerFunction<decltype(fc_release)>("fc_release")(response);
  return result;
}

std::uint32_t fieldOf(const std::string &ptx, const std::string &name) {
  std::size_t at = ptx.find("\"" + name + "\":");
  return at == std::string::npos ? 0
                                 : static_cast<std::uint32_t>(std::stoul(
                                       ptx.substr(at + name.size() + 3)));
}

/// A launch: tensors in order, the words as docs/gpu.md lays them out.
struct Launch {
  emulator::Emulator device;
  std::string ptx;
  std::vector<std::uint64_t> buffers;
  std::vector<std::int64_t> words;
  std::uint64_t failure = 0;

  Launch(const std::string &text, std::vector<std::int64_t> grid,
         const std::string &target = "sm_80")
      : ptx(ptxOf(text, target)), words(std::move(grid)) {
    device.load(ptx);
    failure = device.allocate(256);
    std::vector<std::byte> zeros(256);
    device.write(failure, zeros.data(), zeros.size());
  }
  template <typename T>
  Launch &tensor(const std::vector<T> &elements,
                 std::vector<std::int64_t> extents,
                 std::vector<std::int64_t> strides) {
    buffers.push_back(device.allocate(elements.size() * sizeof(T)));
    device.write(buffers.back(), elements.data(), elements.size() * sizeof(T));
    words.insert(words.end(), extents.begin(), extents.end());
    words.insert(words.end(), strides.begin(), strides.end());
    return *this;
  }
  emulator::LaunchReport run(std::uint64_t seed = 3) {
    std::vector<std::uint64_t> pointers = buffers;
    pointers.push_back(failure);
    if (pointers.size() % 2) // the words are aligned to 16 bytes
      pointers.push_back(0);
    std::size_t start = pointers.size() * 8;
    std::vector<std::byte> bytes(start + words.size() * 8);
    std::memcpy(bytes.data(), pointers.data(), start);
    std::memcpy(bytes.data() + start, words.data(), words.size() * 8);
    emulator::LaunchShape shape;
    shape.grid.x = static_cast<std::uint32_t>(words[0] * words[1] * words[2]);
    shape.block.x = fieldOf(ptx, "threads");
    shape.dynamicShared = fieldOf(ptx, "shared");
    emulator::LaunchOptions options;
    options.seed = seed;
    options.globalRaces = true;
    return device.launch("k", shape, bytes, options);
  }
  /// Runs and finds nothing.
  void runClean() {
    emulator::LaunchReport report = run();
    EXPECT_TRUE(report.findings.empty()) << emulator::toText(report.findings);
  }
  template <typename T> std::vector<T> read(std::size_t i, std::size_t count) {
    std::vector<T> result(count);
    device.read(result.data(), buffers[i], count * sizeof(T));
    return result;
  }
};

std::vector<float> randomFloats(std::size_t count, float scale = 1) {
  std::mt19937 generator(7);
  std::uniform_real_distribution<float> numbers(-scale, scale);
  std::vector<float> result(count);
  for (float &each : result)
    each = numbers(generator);
  return result;
}

std::string vectorKernel(const std::string &body, const std::string &shape,
                         const std::string &type = "f32") {
  return "tile.kernel @k(%x: memref<?x" + type +
         ", strided<[1]>>, %y: memref<?x" + type +
         ", strided<[1]>>) {\n"
         "  %b, %b1, %b2 = tile.block_id : index, index, index\n"
         "  %n = arith.constant " +
         shape +
         " : index\n  %at = arith.muli %b, %n : index\n"
         "  %zero = arith.constant 0 : index\n" +
         body + "}\n";
}

} // namespace

// Rows whose ends lie beyond the view, and whose strides forbid vectors.
TEST(GpuExecution, SoftmaxOfRowsWithEdges) {
  const char *text = R"(
tile.kernel @k(%x: memref<?x?xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>) {
  %b, %b1, %b2 = tile.block_id : index, index, index
  %four = arith.constant 4 : index
  %zero = arith.constant 0 : index
  %row = arith.muli %b, %four : index
  %t = tile.load_view %x[%row, %zero] axes [0, 1] pad negative_inf : memref<?x?xf32, strided<[?, 1]>> -> tensor<4x64xf32>
  %max = tile.reduce max %t axes [1] : tensor<4x64xf32> -> tensor<4x1xf32>
  %wide = tile.broadcast %max : tensor<4x1xf32> -> tensor<4x64xf32>
  %shifted = tile.subf %t, %wide : tensor<4x64xf32>
  %e = tile.exp %shifted : tensor<4x64xf32>
  %sum = tile.reduce add %e axes [1] : tensor<4x64xf32> -> tensor<4x1xf32>
  %sums = tile.broadcast %sum : tensor<4x1xf32> -> tensor<4x64xf32>
  %r = tile.divf %e, %sums : tensor<4x64xf32>
  tile.store_view %r, %y[%row, %zero] axes [0, 1] : tensor<4x64xf32> -> memref<?x?xf32, strided<[?, 1]>>
}
)";
  for (std::int64_t width : {64, 50, 1})
    for (std::int64_t stride : {width, width + 3, std::int64_t(64)}) {
      constexpr std::int64_t rows = 11;
      auto x = randomFloats(rows * stride, 4);
      std::vector<float> y(rows * stride, -7);
      Launch launch(text, {3, 1, 1});
      launch.tensor(x, {rows, width}, {stride, 1})
          .tensor(y, {rows, width}, {stride, 1})
          .runClean();
      auto got = launch.read<float>(1, y.size());
      for (std::int64_t i = 0; i < rows; ++i) {
        double sum = 0;
        for (std::int64_t j = 0; j < width; ++j)
          sum += std::exp(double(x[i * stride + j]));
        for (std::int64_t j = 0; j < stride && i * stride + j < rows * stride;
             ++j) {
          float found = got[i * stride + j];
          if (j < width)
            ASSERT_NEAR(found, std::exp(double(x[i * stride + j])) / sum, 1e-6)
                << width << " " << stride << " at " << i << ", " << j;
          else
            ASSERT_EQ(found, -7) << "beyond the view";
        }
      }
    }
}

TEST(GpuExecution, PermuteAndReshape) {
  std::string text = vectorKernel(R"(
  %t = tile.load_view %x[%at] axes [0] pad zero : memref<?xf32, strided<[1]>> -> tensor<2048xf32>
  %m = tile.reshape %t : tensor<2048xf32> -> tensor<32x64xf32>
  %p = tile.permute %m axes [1, 0] : tensor<32x64xf32> -> tensor<64x32xf32>
  %r = tile.reshape %p : tensor<64x32xf32> -> tensor<2048xf32>
  tile.store_view %r, %y[%at] axes [0] : tensor<2048xf32> -> memref<?xf32, strided<[1]>>
)",
                                  "2048");
  auto x = randomFloats(4096);
  Launch launch(text, {2, 1, 1});
  launch.tensor(x, {4096}, {1}).tensor(x, {4096}, {1}).runClean();
  auto got = launch.read<float>(1, 4096);
  for (std::size_t b = 0; b < 2; ++b)
    for (std::size_t i = 0; i < 32; ++i)
      for (std::size_t j = 0; j < 64; ++j)
        ASSERT_EQ(got[b * 2048 + j * 32 + i], x[b * 2048 + i * 64 + j]);
}

// Each reduction over the outer axis, the inner one and both.
TEST(GpuExecution, ReductionsAlongEveryAxis) {
  for (auto [axes, rows, columns] :
       {std::tuple{"0", 1, 64}, {"1", 32, 1}, {"0, 1", 1, 1}}) {
    std::string shape =
        std::to_string(rows) + "x" + std::to_string(columns) + "xf32";
    std::string text = vectorKernel(
        "%t = tile.load_view %x[%at] axes [0] pad zero : memref<?xf32, "
        "strided<[1]>> -> tensor<2048xf32>\n"
        "%m = tile.reshape %t : tensor<2048xf32> -> tensor<32x64xf32>\n"
        "%r = tile.reduce min %m axes [" +
            std::string(axes) + "] : tensor<32x64xf32> -> tensor<" + shape +
            ">\n"
            "%w = tile.broadcast %r : tensor<" +
            shape +
            "> -> tensor<32x64xf32>\n"
            "%f = tile.reshape %w : tensor<32x64xf32> -> tensor<2048xf32>\n"
            "tile.store_view %f, %y[%at] axes [0] : tensor<2048xf32> -> "
            "memref<?xf32, strided<[1]>>\n",
        "2048");
    auto x = randomFloats(2048);
    Launch launch(text, {1, 1, 1});
    launch.tensor(x, {2048}, {1}).tensor(x, {2048}, {1}).runClean();
    auto got = launch.read<float>(1, 2048);
    for (int i = 0; i < 32; ++i)
      for (int j = 0; j < 64; ++j) {
        float least = 2;
        for (int a = 0; a < 32; ++a)
          for (int b = 0; b < 64; ++b)
            if ((rows == 1 || a == i) && (columns == 1 || b == j))
              least = std::min(least, x[a * 64 + b]);
        ASSERT_EQ(got[i * 64 + j], least) << axes;
      }
  }
}

// A function that is not commutative: 10 a + b would not be associative, so
// affine maps are composed, as 16 bits each of an i32.
TEST(GpuExecution, ScansKeepTheOrder) {
  for (bool reverse : {false, true})
    for (bool exclusive : {false, true}) {
      std::string text = vectorKernel(
          "%t = tile.load_view %x[%at] axes [0] pad zero : memref<?xi32, "
          "strided<[1]>> -> tensor<512xi32>\n"
          "%id = arith.constant 1 : i32\n%h = arith.constant 16 : i32\n"
          "%mask = arith.constant 65535 : i32\n"
          "%s = tile.scan " +
              std::string(reverse ? "reverse " : "") +
              (exclusive ? "exclusive " : "") +
              R"(%t from %id axis 0 {
  ^bb0(%a: i32, %c: i32):
    %ah = arith.shrui %a, %h : i32
    %ch = arith.shrui %c, %h : i32
    %al = arith.andi %a, %mask : i32
    %cl = arith.andi %c, %mask : i32
    %l = arith.muli %al, %cl : i32
    %l2 = arith.andi %l, %mask : i32
    %p = arith.muli %ah, %cl : i32
    %q = arith.addi %p, %ch : i32
    %q2 = arith.shli %q, %h : i32
    %r = arith.ori %q2, %l2 : i32
    tile.yield %r : i32
  } : tensor<512xi32>, i32
  tile.store_view %s, %y[%at] axes [0] : tensor<512xi32> -> memref<?xi32, strided<[1]>>
)",
          "512", "i32");
      std::vector<std::uint32_t> x(512);
      std::mt19937 generator(5);
      for (auto &each : x)
        each = static_cast<std::uint32_t>(generator());
      Launch launch(text, {1, 1, 1});
      launch.tensor(x, {512}, {1}).tensor(x, {512}, {1}).runClean();
      auto got = launch.read<std::uint32_t>(1, 512);
      std::uint32_t total = 1;
      for (std::size_t i = 0; i < 512; ++i) {
        std::size_t at = reverse ? 511 - i : i;
        std::uint32_t next = x[at];
        if (exclusive)
          ASSERT_EQ(got[at], total) << at;
        total = (((total >> 16) * (next & 0xffff) + (next >> 16)) << 16) |
                ((total & 0xffff) * (next & 0xffff) & 0xffff);
        if (!exclusive)
          ASSERT_EQ(got[at], total) << at;
      }
    }
}

// A loop that carries the accumulator, on operands that end inside a tile.
TEST(GpuExecution, ProductInALoop) {
  const char *text = R"(
tile.kernel @k(%a: memref<?x?xf32, strided<[?, 1]>>, %b: memref<?x?xf32, strided<[?, 1]>>, %c: memref<?x?xf32, strided<[?, 1]>>) {
  %i, %j, %k2 = tile.block_id : index, index, index
  %zero = arith.constant 0 : index
  %step = arith.constant 16 : index
  %side = arith.constant 32 : index
  %row = arith.muli %i, %side : index
  %column = arith.muli %j, %side : index
  %one = arith.constant 1 : index
  %depth = memref.dim %a, %one : memref<?x?xf32, strided<[?, 1]>>
  %init = tile.constant dense<0.0> : tensor<32x32xf32>
  %total = scf.for %k = %zero to %depth step %step iter_args(%acc = %init) -> (tensor<32x32xf32>) {
    %l = tile.load_view %a[%row, %k] axes [0, 1] pad zero : memref<?x?xf32, strided<[?, 1]>> -> tensor<32x16xf32>
    %r = tile.load_view %b[%k, %column] axes [0, 1] pad zero : memref<?x?xf32, strided<[?, 1]>> -> tensor<16x32xf32>
    %next = tile.mma %l, %r, %acc : tensor<32x16xf32>, tensor<16x32xf32>, tensor<32x32xf32>
    scf.yield %next : tensor<32x32xf32>
  }
  tile.store_view %total, %c[%row, %column] axes [0, 1] : tensor<32x32xf32> -> memref<?x?xf32, strided<[?, 1]>>
}
)";
  constexpr std::int64_t m = 50, n = 70, k = 37;
  auto a = randomFloats(m * k), b = randomFloats(k * n);
  std::vector<float> c(m * n, -7);
  Launch launch(text, {2, 3, 1});
  launch.tensor(a, {m, k}, {k, 1})
      .tensor(b, {k, n}, {n, 1})
      .tensor(c, {m, n}, {n, 1})
      .runClean();
  auto got = launch.read<float>(2, c.size());
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      float sum = 0;
      for (std::int64_t p = 0; p < k; ++p)
        sum = std::fma(a[i * k + p], b[p * n + j], sum);
      ASSERT_EQ(got[i * n + j], sum) << i << ", " << j;
    }
}

TEST(GpuExecution, AtomicsAndPointers) {
  std::string text = vectorKernel(R"(
  %t = tile.load_view %x[%at] axes [0] pad zero : memref<?xi32, strided<[1]>> -> tensor<256xi32>
  %i = tile.convert %t : tensor<256xi32> -> tensor<256xi64>
  %p = tile.address %y[%i : tensor<256xi64>] : memref<?xi32, strided<[1]>> -> tensor<256xi64>
  %one = tile.constant dense<1> : tensor<256xi32>
  %limit = tile.constant dense<6> : tensor<256xi32>
  %m = tile.cmpi less_than %t, %limit : tensor<256xi32>
  %old = tile.atomic_rmw add %one, %p mask %m : tensor<256xi32>, tensor<256xi64>, tensor<256xi1> -> tensor<256xi32>
)",
                                  "256", "i32");
  std::vector<std::int32_t> x(1024), y(8, 100);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<std::int32_t>(i * i % 8);
  Launch launch(text, {4, 1, 1});
  launch.tensor(x, {1024}, {1}).tensor(y, {8}, {1}).runClean();
  auto got = launch.read<std::int32_t>(1, 8);
  std::vector<std::int32_t> expected(8, 100);
  for (std::int32_t each : x)
    expected[each] += each < 6;
  EXPECT_EQ(got, expected);
}

// What one thread wrote another one reads in the next turn.
TEST(GpuExecution, WritesAreOrderedBeforeReadsOfOtherThreads) {
  std::string text = vectorKernel(R"(
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  scf.for %k = %zero to %c5 step %c1 {
    %t = tile.load_view %y[%c1] axes [0] pad zero : memref<?xf32, strided<[1]>> -> tensor<256xf32>
    tile.store_view %t, %y[%zero] axes [0] : tensor<256xf32> -> memref<?xf32, strided<[1]>>
  }
)",
                                  "256");
  auto x = randomFloats(300);
  Launch launch(text, {1, 1, 1});
  launch.tensor(x, {300}, {1}).tensor(x, {300}, {1}).runClean();
  auto got = launch.read<float>(1, 300);
  for (std::size_t turn = 0; turn < 5; ++turn)
    for (std::size_t i = 0; i < 256; ++i)
      x[i] = x[i + 1];
  EXPECT_EQ(got, x);
}

TEST(GpuExecution, PartsOfTiles) {
  std::string text = vectorKernel(R"(
  %one = arith.constant 1 : index
  %t = tile.load_view %x[%at] axes [0] pad zero : memref<?xf32, strided<[1]>> -> tensor<64xf32>
  %q = tile.extract %t[%one] : tensor<64xf32> -> tensor<16xf32>
  %g = tile.negf %q : tensor<16xf32>
  %i = tile.insert %t, %g[%zero] : tensor<64xf32>, tensor<16xf32>
  %c = tile.cat %i, %t axis 0 : tensor<64xf32>, tensor<64xf32> -> tensor<128xf32>
  tile.store_view %c, %y[%at] axes [0] : tensor<128xf32> -> memref<?xf32, strided<[1]>>
)",
                                  "64");
  auto x = randomFloats(128);
  Launch launch(text, {1, 1, 1});
  launch.tensor(x, {128}, {1}).tensor(x, {128}, {1}).runClean();
  auto got = launch.read<float>(1, 128);
  for (std::size_t i = 0; i < 128; ++i)
    ASSERT_EQ(got[i], i < 16 ? -x[16 + i] : x[i % 64]) << i;
}

// The block ends, and the record says which check, in which block, with what.
TEST(GpuExecution, AFailedCheckIsRecorded) {
  std::string text = vectorKernel(R"(
  %two = arith.constant 2 : index
  %holds = arith.cmpi ult, %b, %two : index
  %v = arith.index_cast %at : index to i64
  tile.check %holds, "IndexOutOfBounds", "index {0}"(%v) loc("user.cpp":7:3)
  %t = tile.load_view %x[%at] axes [0] pad zero : memref<?xf32, strided<[1]>> -> tensor<64xf32>
  tile.store_view %t, %y[%at] axes [0] : tensor<64xf32> -> memref<?xf32, strided<[1]>>
)",
                                  "64");
  auto x = randomFloats(192);
  std::vector<float> y(192, -7);
  Launch launch(text, {3, 1, 1});
  launch.tensor(x, {192}, {1}).tensor(y, {192}, {1}).run();
  struct {
    std::uint32_t check, block;
    std::int64_t value;
  } record{};
  launch.device.read(&record, launch.failure, sizeof record);
  EXPECT_EQ(record.check, 1u);
  EXPECT_EQ(record.block, 2u);
  EXPECT_EQ(record.value, 128);
  EXPECT_NE(launch.ptx.find("index {0}\\nuser.cpp:7:3"), std::string::npos);
  auto got = launch.read<float>(1, 192);
  EXPECT_EQ(got[127], x[127]);
  EXPECT_EQ(got[128], -7);
}
