// A case is one launch of one kernel of the corpus, on inputs that seeded
// generators make, with a plain C++ reference of what memory holds afterwards.
#pragma once

#include "../Backend.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ferro::gpucheck {

enum class Element {
  U8,
  S8,
  U16,
  S16,
  U32,
  S32,
  U64,
  S64,
  F16,
  BF16,
  F32,
  F64,
  E4M3,
  E5M2
};

unsigned bytesOf(Element element);

/// How a buffer is filled. Every generator draws number i of the buffer from
/// SplitMix64 (Random.h), seeded by the case's name and the argument's place.
enum class Generator {
  Bits,     ///< random bits
  Integers, ///< whole numbers from -8 to 8, exact in every type but E4M3's sums
  Unit,    ///< [-1, 1), multiples of 2^-20 (of the type's precision if coarser)
  Below,   ///< whole numbers from 0 to 8
  Wide,    ///< finite floats with exponents from -20 to 20
  Shuffle, ///< i times an odd number, modulo the count, a power of two
  Ramps,   ///< ascends, with repeats, in each 64 elements
  Zeros,
  Filler ///< bytes that no kernel writes: shows what was left alone
};

struct Argument {
  enum class Kind { Buffer, Scalar, Map } kind = Kind::Buffer;
  Element element = Element::U32;
  Generator generator = Generator::Zeros;
  /// Elements of a buffer, or a scalar's bits.
  std::uint64_t value = 0;
  bool compared = false;
  /// A scalar's own bytes, where it is a structure.
  std::vector<std::byte> bytes = {};
  /// Of a map: its shape, and which argument it maps, which may be one that the
  /// kernel does not take.
  TensorMap map = {};
  std::size_t mapped = 0;
  bool passed = true;
};

Argument in(Element element, std::size_t count, Generator generator);
Argument out(Element element, std::size_t count);
/// Read and written, or written by atomics.
Argument inout(Element element, std::size_t count,
               Generator generator = Generator::Zeros);
Argument u32(std::uint32_t value);
Argument f32(float value);
Argument structure(std::vector<std::byte> bytes);
Argument tensorMap(TensorMap map, std::size_t mapped);
/// A buffer that only a tensor map knows.
Argument behindMap(Argument buffer);

/// The buffers of a case by the argument's place: inputs for the reference to
/// read, outputs for it to write.
class Memory {
public:
  std::vector<std::vector<std::byte>> buffers;
  std::string printed;

  template <typename T> std::span<T> at(std::size_t argument) {
    auto &bytes = buffers.at(argument);
    return {reinterpret_cast<T *>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

/// The shape of a launch; the kernel's name comes from the row.
inline Launch on(Dim3 grid, Dim3 block, std::uint32_t dynamicShared = 0,
                 Dim3 cluster = {}) {
  return {"", grid, block, cluster, dynamicShared};
}

struct Tolerance {
  double absolute = 0, relative = 0;
};

struct Case {
  std::string theme, kernel;
  Launch launch;
  std::vector<Argument> arguments;
  /// Makes of the memory before the launch the memory after it.
  void (*reference)(Memory &);
  /// Of floats; all else is compared bit by bit.
  Tolerance tolerance = {};
  /// Compares what buffers hold, not where.
  bool unordered = false;
  /// Tells apart several cases of one kernel.
  std::string note = {};
  std::string compiler = "nvcc";

  std::string name() const {
    return compiler + "/" + theme + "/" + kernel +
           (note.empty() ? "" : ":" + note);
  }
};

/// Every row, once for each compiler.
std::vector<Case> makeCases();

std::string readPtx(const std::string &folder, const Case &row);

struct CaseResult {
  /// Says where memory differs from the reference; empty if nowhere.
  std::string mismatch;
  /// The compared buffers, one after the other.
  std::vector<std::byte> bits;
};

CaseResult runCase(GpuBackend &gpu, const Case &row, const std::string &folder);

} // namespace ferro::gpucheck
