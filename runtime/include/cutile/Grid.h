// Where in the grid a kernel runs.
#pragma once

#include "cutile/Std.h"
#ifndef __FERRO_JIT__
#include "cutile/reference/Execution.h"
#endif

namespace cutile {

/// A place in the grid of tile blocks, or its size. `auto [m, n, _] =
/// tile_block_id();` takes it apart.
struct TileBlock {
  int x, y, z;
  constexpr int operator[](int axis) const {
    return axis == 0 ? x : axis == 1 ? y : z;
  }
  friend constexpr bool operator==(TileBlock, TileBlock) = default;
};

/// The place of the running tile block: 0 <= x < num_tile_blocks().x and so
/// on. Axis i of an exclusive output's tiles is axis i of the grid.
[[cutile::op("get_tile_block_id")]] inline TileBlock tile_block_id() {
  auto [x, y, z] = reference::blockId();
  return {x, y, z};
}

/// How many tile blocks the kernel was launched with along each axis.
[[cutile::op("get_num_tile_blocks")]] inline TileBlock num_tile_blocks() {
  auto [x, y, z] = reference::gridSize();
  return {x, y, z};
}

} // namespace cutile
