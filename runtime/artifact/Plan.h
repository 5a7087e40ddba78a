// What runs, in which order, on which bytes.
#pragma once

#include "graph/Graph.h"

#include <cstdint>
#include <vector>

namespace ferro::artifact {

enum class Place : std::uint8_t { Input, Output, Constant, Arena };

/// Where a value's first element stands.
struct Slot {
  Place place = Place::Input;
  std::uint32_t index =
      0; // of the input, output buffer or constant; 0 for Arena
  std::uint64_t byteOffset = 0;
  friend bool operator==(const Slot &, const Slot &) = default;
};

/// One kernel call; buffers are the operands, then the results of the group.
struct Step {
  std::uint32_t kernel = 0;
  std::vector<Slot> buffers;
};

/// What a call returns: a fresh buffer (Place::Output) or a view of an input,
/// a constant or another output. type.strides are as stored, empty if
/// row-major.
struct OutputView {
  Slot slot;
  graph::Type type;
};

/// The storage of a compiled graph. Arena offsets are multiples of 64 bytes;
/// kernels are numbered as the Fused nodes of the graph.
struct Plan {
  std::vector<Step> steps;
  std::vector<std::uint64_t> outputBytes; // one fresh buffer each
  std::vector<OutputView> outputs;        // one per graph output
  std::vector<graph::Literal> constants;
  std::uint64_t arenaBytes = 0;
  std::uint64_t naiveBytes = 0; // the arena if nothing were reused
};

} // namespace ferro::artifact
