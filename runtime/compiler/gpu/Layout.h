// Where the elements of a tile are, as maps of bits.
//
// Tiles have powers of two of elements, so an index is a string of bits, and
// everything that hardware does to indices (blocks, fragments of mma, swizzles)
// is linear over them: the image of an index is the exclusive or of the images
// of its bits. A map is therefore one number for each bit.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace ferro::gpu {

/// A map of indices below 2^bits that is linear over their bits.
struct LinearMap {
  std::vector<std::uint32_t> images; ///< of bit 0, bit 1, ...

  std::uint32_t operator()(std::uint32_t index) const;
  std::uint32_t size() const { return 1u << images.size(); }
  /// Of how many bits the image is.
  unsigned rank() const;
  bool isInjective() const { return rank() == images.size(); }
  /// This map after \p first.
  LinearMap after(const LinearMap &first) const;
  /// What undoes the map on [0, size()); nothing if it is no permutation of it.
  std::optional<LinearMap> inverse() const;

  static LinearMap identity(unsigned bits);
  /// Byte or element offsets in shared memory: index (row, column) with
  /// 2^columnBits columns, whose chunks of 2^chunkBits columns are permuted by
  /// the low `swizzleBits` of the row. Lanes that read one column of
  /// 2^swizzleBits rows then touch different banks.
  static LinearMap swizzled(unsigned rowBits, unsigned columnBits,
                            unsigned chunkBits, unsigned swizzleBits);
};

/// Which element each register of each thread holds, in row-major order.
struct Layout {
  LinearMap registers, threads;

  std::uint32_t element(std::uint32_t reg, std::uint32_t thread) const {
    return registers(reg) ^ threads(thread);
  }
  std::uint32_t numElements() const;
  /// Threads that hold elements that no thread before them holds.
  std::uint32_t numOwners() const;
  /// Whether every element below numElements() is held.
  bool isComplete() const;

  /// `width` neighbours in each thread, then the threads, then again. Where
  /// there are fewer elements than threads, several threads hold each.
  static Layout blocked(std::uint32_t elements, std::uint32_t threads,
                        std::uint32_t width);
  /// The accumulator of mma.m16n8: 16 rows of 8 columns in 4 registers of a
  /// warp, in row-major order.
  static Layout mmaAccumulator();
  /// The left operand of mma.m16n8 of elements of 2 bytes: 16 rows of 16
  /// columns, 8 elements a thread.
  static Layout mmaLhs();
  /// Its right operand: 16 rows of 8 columns, 4 elements a thread.
  static Layout mmaRhs();
};

} // namespace ferro::gpu
