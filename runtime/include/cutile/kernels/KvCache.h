// Caches of keys and values, into which each step writes its tokens.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// Writes those of the tokens that fall into this block's tile of the cache.
template <int BL, int B, ElementType E>
void writeTokens(TensorView<E, 1, BL, B> &cache,
                 const TensorView<E, dyn, dyn, dyn> &x, i64 position) {
  auto [tokens, xHeads, xDim] = x.shape();
  auto [heads, length, dim] = tensorShape(cache);
  check(xHeads == heads && xDim == dim,
        "new tokens have the heads and the dim of the cache");
  check(position >= 0 && position <= length - tokens,
        "the new tokens end within the cache");

  auto [head, row, column] = tile_block_id();
  i64 first = i64{row} * BL - position; // the token of the tile's first row
  if (first + BL <= 0 || first >= tokens)
    return;
  auto token = iota<i64, 1, BL, 1>() + first;
  auto fresh = window<BL, 1, B>(x, first, head, i64{column} * B);
  cache.store(select(token >= 0 && token < tokens, permute<1, 0, 2>(fresh),
                     cache.load()));
}

/// Writes a step's keys and values behind those of the \p position tokens
/// before it:
///   keys[h, position + t, d] = newKeys[t, h, d], and so the values.
///
/// One block for each tile 1 x BL x B of the caches; those that no new token
/// falls into return at once. The elements are copied as they are.
/// \param keys [heads, length, dim].
/// \param values [heads, length, dim].
/// \param newKeys [tokens, heads, dim].
/// \param newValues [tokens, heads, dim].
/// \param position position + tokens <= length.
template <int BL, int B, ElementType E = f16>
[[cutile::entry]] void
kv_cache_update(TensorView<E, 1, BL, B> &keys, TensorView<E, 1, BL, B> &values,
                const TensorView<E, dyn, dyn, dyn> &newKeys,
                const TensorView<E, dyn, dyn, dyn> &newValues, i64 position) {
  writeTokens(keys, newKeys, position);
  writeTokens(values, newValues, position);
}

/// The same with a position that is known only on the device: a captured graph
/// serves every step.
template <int BL, int B, ElementType E = f16>
[[cutile::entry]] void
kv_cache_update_at(TensorView<E, 1, BL, B> &keys,
                   TensorView<E, 1, BL, B> &values,
                   const TensorView<E, dyn, dyn, dyn> &newKeys,
                   const TensorView<E, dyn, dyn, dyn> &newValues,
                   const TensorView<i32, 1> &position) {
  i64 first = gather(position, 0);
  writeTokens(keys, newKeys, first);
  writeTokens(values, newValues, first);
}

} // namespace kernels
} // namespace cutile
