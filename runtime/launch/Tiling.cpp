#include "ferro/Partition.h"

#include "tensor/Record.h"

#include <string>

namespace ferro::detail {

static const Shape &shapeOfTiled(const Handle &tensor) {
  if (!tensor.get())
    throw Error(Code::InvalidArgument, "partition", "the tensor is empty");
  return tensor.get()->shape;
}

Tiling tilingOf(const Handle &tensor, const Dims &tile, bool isPrefix) {
  const Shape &shape = shapeOfTiled(tensor);
  if (tile.size() != shape.size())
    throw Error(Code::ShapeMismatch, "partition",
                "tiles are " + toString(tile) + ", the tensor is " +
                    toString(shape) + "; a tile has an extent for each axis");
  if (tile.size() > 3)
    throw Error(Code::ShapeMismatch, "partition",
                "the tensor is " + toString(shape) +
                    "; a grid has three axes at most");
  for (std::int64_t extent : tile)
    if (extent < 1)
      throw Error(Code::InvalidArgument, "partition",
                  "tiles are " + toString(tile) + "; extents are positive");
  return {tile, isPrefix, {}, 0};
}

Dims tileCounts(const Handle &tensor, const Tiling &tiling) {
  const Shape &shape = shapeOfTiled(tensor);
  Dims counts;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    counts.push_back(shape[axis] / tiling.tile[axis] +
                     (shape[axis] % tiling.tile[axis] != 0));
  return counts;
}

Tiling mappedTiling(const Handle &tensor, Tiling tiling, const Dims &map,
                    std::int64_t blocks) {
  auto refuse = [&](const std::string &text) {
    throw Error(Code::InvalidArgument, "map",
                "the map is " + toString(map) + "; " + text);
  };
  if (map.size() != tiling.tile.size() || map.empty())
    refuse("a map has an entry for each axis of the tile " +
           toString(tiling.tile));
  Dims counts = tileCounts(tensor, tiling);
  std::int64_t streamed = 0, dealt = 1;
  for (std::size_t axis = map.size(); axis-- > 0;) {
    if (map[axis] < 0)
      refuse("entries are not negative");
    if (map[axis] == 0)
      continue;
    if (++streamed > 2 && map[axis] != 1)
      refuse("only the last two streamed axes form groups");
    dealt *= counts[axis];
  }
  if (streamed == 0)
    refuse("at least one axis is streamed, not owned");
  if (streamed == 1)
    for (std::int64_t entry : map)
      if (entry > 1)
        refuse("a single streamed axis forms no groups");
  // Without tiles there is nothing to deal, whatever the number of blocks.
  if (blocks < 1 || (dealt > 0 && blocks > dealt))
    throw Error(Code::InvalidArgument, "map",
                std::to_string(blocks) + " blocks for " +
                    std::to_string(dealt) +
                    " tiles that are dealt; there is at least one block, and "
                    "a tile for each");
  tiling.map = map;
  tiling.blocks = blocks;
  return tiling;
}

} // namespace ferro::detail
