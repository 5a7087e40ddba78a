// What a launch says of a kernel's arguments, and compiled code relies on. The
// bytes are a part of the code's key: they say nothing that the code does not
// need.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ferro::artifact {

/// A power of two that divides something, as its logarithm; 0 says nothing.
using Log2 = std::uint8_t;

/// Of one parameter of the kernel.
struct ArgumentFacts {
  enum class Kind : std::uint8_t { Other, Tensor, Number };

  Kind kind = Kind::Other;
  /// Divides the address of a tensor's first element, in bytes; a pointer's
  /// address; or an integer.
  Log2 divisor = 0;
  /// Of a tensor: neighbours along the last axis are neighbours in memory.
  bool isContiguous = true;
  /// Of a tensor: no two indices reach one element.
  bool isDistinct = false;
  /// Of a tensor: a bit for each axis whose stride is one.
  std::uint8_t unitStrides = 0;
  /// Of a tensor, for each axis; empty if nothing is said. In elements.
  std::vector<Log2> extents = {}, strides = {};
};

struct KernelFacts {
  /// What the launch was compiled for, where it said so: 0 if not.
  std::uint8_t occupancy = 0, ctasPerCluster = 0, warps = 0;
  /// The only grid the code runs with.
  std::optional<std::array<std::int64_t, 3>> grid;
  /// One for each parameter; tensors beyond the list are contiguous.
  std::vector<ArgumentFacts> arguments;
};

// The bytes: occupancy, CTAs of a cluster, warps, and whether a grid of three
// numbers of four bytes follows; then, for each parameter, one of
//
//   Other
//   Brief  isContiguous
//   Full   rank, isContiguous | isDistinct << 1, unitStrides, divisor,
//          and for each axis  extent | stride << 4
//   Number divisor
enum class FactsTag : std::uint8_t { Other, Brief, Full, Number };

/// \throws Error SerializationError.
KernelFacts factsOf(std::span<const std::uint8_t> bytes);

} // namespace ferro::artifact
