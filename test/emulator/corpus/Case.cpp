#include "Case.h"
#include "../Random.h"
#include "Numbers.h"
#include "Themes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace ferro::gpucheck {
namespace {

bool isFloat(Element element) { return element >= Element::F16; }

double decode(Element element, const std::byte *at) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, at, bytesOf(element));
  return toDouble(element, bits);
}

std::uint64_t generate(const Argument &argument, std::uint64_t seed,
                       std::size_t i) {
  std::uint64_t bits = random(seed, i);
  auto whole = [&](int low, int count) {
    int value = low + int(bits % std::uint64_t(count));
    return isFloat(argument.element) ? fromDouble(argument.element, value)
                                     : std::uint64_t(std::int64_t(value));
  };
  switch (argument.generator) {
  case Generator::Bits:
    return bits;
  case Generator::Integers:
    return whole(-8, 17);
  case Generator::Below:
    return whole(0, 9);
  case Generator::Unit:
    return fromDouble(argument.element,
                      double(std::int64_t(bits) >> 43) / (1 << 20));
  case Generator::Wide: {
    double mantissa = 1 + double(bits >> 12) / double(1ull << 52);
    double sign = bits & 1 ? -1 : 1;
    return fromDouble(
        argument.element,
        sign * std::ldexp(mantissa, int(bits >> 1 & 1023) % 41 - 20));
  }
  case Generator::Shuffle:
    return i * 2654435761u % argument.value;
  case Generator::Ramps:
    return i % 64 * 4 + bits % 5;
  case Generator::Zeros:
    return 0;
  case Generator::Filler:
    return 0xa5a5a5a5a5a5a5a5;
  }
  return 0;
}

std::vector<std::byte> fill(const Argument &argument, std::uint64_t seed) {
  unsigned bytes = bytesOf(argument.element);
  std::vector<std::byte> buffer(argument.value * bytes);
  for (std::size_t i = 0; i < argument.value; ++i) {
    std::uint64_t bits = generate(argument, seed, i);
    std::memcpy(&buffer[i * bytes], &bits, bytes);
  }
  return buffer;
}

bool close(double x, double y, const Tolerance &tolerance) {
  if (std::isnan(x) || std::isnan(y))
    return std::isnan(x) && std::isnan(y);
  return x == y || std::abs(x - y) <=
                       tolerance.absolute + tolerance.relative * std::abs(y);
}

bool same(const Case &row, Element element, const std::byte *got,
          const std::byte *expected) {
  if (!std::memcmp(got, expected, bytesOf(element)))
    return true;
  if (!isFloat(element))
    return false;
  double x = decode(element, got), y = decode(element, expected);
  bool exact = row.tolerance.absolute == 0 && row.tolerance.relative == 0;
  // Which NaN is nobody's promise.
  return exact ? std::isnan(x) && std::isnan(y) : close(x, y, row.tolerance);
}

std::string compare(const Case &row, std::size_t number,
                    const std::vector<std::byte> &got,
                    const std::vector<std::byte> &expected) {
  Element element = row.arguments[number].element;
  unsigned bytes = bytesOf(element);
  std::size_t wrong = 0, first = 0;
  for (std::size_t i = 0; i < got.size(); i += bytes)
    if (!same(row, element, &got[i], &expected[i]) && !wrong++)
      first = i;
  if (!wrong)
    return "";
  std::uint64_t bits[2] = {};
  std::memcpy(&bits[0], &got[first], bytes);
  std::memcpy(&bits[1], &expected[first], bytes);
  std::ostringstream text;
  text.precision(17);
  text << "argument " << number << ": " << wrong << " of " << got.size() / bytes
       << " elements differ, first [" << first / bytes << "] = 0x" << std::hex
       << bits[0] << ", expected 0x" << bits[1];
  if (isFloat(element))
    text << " (" << toDouble(element, bits[0]) << ", "
         << toDouble(element, bits[1]) << ")";
  return text.str();
}

void sortElements(Element element, std::vector<std::byte> &buffer) {
  unsigned bytes = bytesOf(element);
  std::vector<std::uint64_t> values(buffer.size() / bytes);
  for (std::size_t i = 0; i < values.size(); ++i)
    std::memcpy(&values[i], &buffer[i * bytes], bytes);
  std::sort(values.begin(), values.end());
  for (std::size_t i = 0; i < values.size(); ++i)
    std::memcpy(&buffer[i * bytes], &values[i], bytes);
}

/// Lays parameters out as PTX does: each at a multiple of its alignment.
class Parameters {
  std::vector<std::byte> bytes;

public:
  void add(const void *data, std::size_t size, std::size_t alignment) {
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
    auto *from = static_cast<const std::byte *>(data);
    bytes.insert(bytes.end(), from, from + size);
  }
  std::span<const std::byte> all() const { return bytes; }
};

Parameters makeParameters(GpuBackend &gpu, const Case &row,
                          const std::vector<std::uint64_t> &addresses) {
  Parameters parameters;
  for (std::size_t i = 0; i < row.arguments.size(); ++i) {
    const Argument &argument = row.arguments[i];
    if (!argument.passed)
      continue;
    switch (argument.kind) {
    case Argument::Kind::Buffer:
      parameters.add(&addresses[i], 8, 8);
      break;
    case Argument::Kind::Scalar:
      if (argument.bytes.empty())
        parameters.add(&argument.value, 4, 4);
      else
        parameters.add(argument.bytes.data(), argument.bytes.size(), 8);
      break;
    case Argument::Kind::Map: {
      auto bits = gpu.encode(argument.map, addresses.at(argument.mapped));
      parameters.add(bits.data(), bits.size(), 64);
      break;
    }
    }
  }
  return parameters;
}

} // namespace

unsigned bytesOf(Element element) {
  static constexpr unsigned bytes[] = {1, 1, 2, 2, 4, 4, 8,
                                       8, 2, 2, 4, 8, 1, 1};
  return bytes[int(element)];
}

Argument in(Element element, std::size_t count, Generator generator) {
  return {.element = element, .generator = generator, .value = count};
}
Argument out(Element element, std::size_t count) {
  return {.element = element,
          .generator = Generator::Filler,
          .value = count,
          .compared = true};
}
Argument inout(Element element, std::size_t count, Generator generator) {
  return {.element = element,
          .generator = generator,
          .value = count,
          .compared = true};
}
Argument u32(std::uint32_t value) {
  return {.kind = Argument::Kind::Scalar, .value = value};
}
Argument f32(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return u32(bits);
}
Argument structure(std::vector<std::byte> bytes) {
  return {.kind = Argument::Kind::Scalar, .bytes = std::move(bytes)};
}
Argument tensorMap(TensorMap map, std::size_t mapped) {
  return {.kind = Argument::Kind::Map, .map = std::move(map), .mapped = mapped};
}
Argument behindMap(Argument buffer) {
  buffer.passed = false;
  return buffer;
}

std::vector<Case> makeCases() {
  std::vector<Case> rows;
#define THEME(name, add) add(rows);
#include "Themes.def"
  std::vector<Case> cases;
  for (const char *compiler : {"nvcc", "clang"})
    for (Case row : rows) {
      row.compiler = compiler;
      cases.push_back(std::move(row));
    }
  return cases;
}

std::string readPtx(const std::string &folder, const Case &row) {
  std::string path = folder + "/" + row.compiler + "/" + row.theme + ".ptx";
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

CaseResult runCase(GpuBackend &gpu, const Case &row,
                   const std::string &folder) {
  gpu.load(readPtx(folder, row));
  // Both compilers' code works on the same inputs.
  std::uint64_t seed = fingerprint(row.theme + "/" + row.kernel);
  Memory memory;
  std::vector<std::uint64_t> addresses;
  for (std::size_t i = 0; i < row.arguments.size(); ++i) {
    const Argument &argument = row.arguments[i];
    bool isBuffer = argument.kind == Argument::Kind::Buffer;
    memory.buffers.push_back(isBuffer ? fill(argument, mix(seed + i))
                                      : std::vector<std::byte>());
    addresses.push_back(isBuffer ? gpu.allocate(memory.buffers[i].size()) : 0);
    if (isBuffer)
      gpu.write(addresses[i], memory.buffers[i].data(),
                memory.buffers[i].size());
  }
  Parameters parameters = makeParameters(gpu, row, addresses);
  Launch launch = row.launch;
  launch.kernel = row.kernel;
  std::string printed = gpu.launch(launch, parameters.all());

  CaseResult result;
  row.reference(memory);
  if (printed != memory.printed)
    result.mismatch =
        "printed \"" + printed + "\", expected \"" + memory.printed + "\"";
  for (std::size_t i = 0; i < row.arguments.size(); ++i) {
    if (row.arguments[i].kind != Argument::Kind::Buffer)
      continue;
    std::vector<std::byte> got(memory.buffers[i].size());
    gpu.read(got.data(), addresses[i], got.size());
    gpu.release(addresses[i]);
    if (row.unordered) {
      sortElements(row.arguments[i].element, got);
      sortElements(row.arguments[i].element, memory.buffers[i]);
    }
    if (row.arguments[i].compared)
      result.bits.insert(result.bits.end(), got.begin(), got.end());
    if (result.mismatch.empty())
      result.mismatch = compare(row, i, got, memory.buffers[i]);
  }
  return result;
}

} // namespace ferro::gpucheck
