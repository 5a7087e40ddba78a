// Rotary position embedding: heads turned by angles that grow with the token's
// position. Source: Su et al., "RoFormer: Enhanced transformer with rotary
// position embedding", 2021; pairs are element i of the first half of a head
// and element i of the second, as in GPT-NeoX and Llama.
//
// A tensor of heads [tokens, heads, dim] is given as [tokens * heads, 2,
// dim / 2], a reshape, and changed in place. For the gradient launch the same
// kernels with the sines negated: a turn's inverse is the turn back.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// The tables of the kernels below: for position p and pair i
///   cosines[p, i] = cos(p * base^(-2 i / dim)), sines[p, i] likewise.
///
/// One block for each tile BP x B of the tables, [positions, dim / 2].
/// Computed in f64, so that late positions are as exact as early ones.
/// \param base of the frequencies, 10000 in most models.
template <int BP, int B, FloatElement E = f32>
[[cutile::entry]] void rotary_tables(TensorView<E, BP, B> &cosines,
                                     TensorView<E, BP, B> &sines, i32 dim,
                                     f64 base) {
  auto [row, column, _] = tile_block_id();
  auto position = convert<f64>(rows<BP>(row));
  auto pair = convert<f64>(columns<B>(column));
  auto angle = position * exp(pair * (-2 * log(base) / dim));
  cosines.store(convert<E>(cos(angle)));
  sines.store(convert<E>(sin(angle)));
}

/// Turns one token's heads, [heads, 2, dim / 2].
template <int BH, int B, FloatElement E>
void rotate(TensorView<E, dyn, 2, dyn> &x,
            const TensorView<Compute<E>, dyn, dyn> &cosines,
            const TensorView<Compute<E>, dyn, dyn> &sines, i64 position) {
  check(cosines.extent(1) == x.extent(2) && sines.extent(1) == x.extent(2),
        "the tables have a column for each pair of a head");
  auto tiles = partition_mut<BH, 1, B>(x);
  for (auto i : num_tiles(tiles, 2)) {
    auto cosine = load_tile<1, B>(cosines, position, i);
    auto sine = load_tile<1, B>(sines, position, i);
    for (auto head : num_tiles(tiles, 0)) {
      auto a = widen(tiles.load(head, 0, i));
      auto b = widen(tiles.load(head, 1, i));
      tiles.store(convert<E>(a * cosine - b * sine), head, 0, i);
      tiles.store(convert<E>(b * cosine + a * sine), head, 1, i);
    }
  }
}

/// Turns a sequence whose first token has position \p first:
///   x[t, h, 0, i] = a cos - b sin, x[t, h, 1, i] = b cos + a sin
/// of the old a = x[t, h, 0, i] and b = x[t, h, 1, i] and the tables' row
/// first + t. Each result is computed in Compute<E> and rounded once.
///
/// One block for each token: x.partition({heads, 2, dim / 2}).
/// \param x [tokens * heads, 2, dim / 2].
/// \param cosines [positions, dim / 2], as rotary_tables makes them.
/// \param sines [positions, dim / 2].
/// \param first position of the first token; first + tokens <= positions.
template <int BH, int B, FloatElement E = f16>
[[cutile::entry]] void rotary(TensorView<E, dyn, 2, dyn> &x,
                              const TensorView<Compute<E>, dyn, dyn> &cosines,
                              const TensorView<Compute<E>, dyn, dyn> &sines,
                              i64 first) {
  rotate<BH, B>(x, cosines, sines, first + tile_block_id().x);
}

/// The same with a position for each token, known only on the device: batches
/// of sequences, and decoding from a captured graph.
///
/// \param positions [tokens], each in [0, positions of the tables).
template <int BH, int B, FloatElement E = f16>
[[cutile::entry]] void
rotary_at(TensorView<E, dyn, 2, dyn> &x,
          const TensorView<Compute<E>, dyn, dyn> &cosines,
          const TensorView<Compute<E>, dyn, dyn> &sines,
          const TensorView<i32, dyn> &positions) {
  rotate<BH, B>(x, cosines, sines, gather(positions, tile_block_id().x));
}

/// rotary of the queries and keys of a sequence in one launch; they may have
/// different numbers of heads.
///
/// One block for each token.
/// \param queries [tokens * query heads, 2, dim / 2], in tiles {query heads, 2,
///        dim / 2}.
/// \param keys [tokens * key heads, 2, dim / 2], in tiles {key heads, 2,
///        dim / 2}.
/// \param cosines [positions, dim / 2].
/// \param sines [positions, dim / 2].
/// \param first position of the first token.
template <int BH, int B, FloatElement E = f16>
[[cutile::entry]] void
rotary_query_key(TensorView<E, dyn, 2, dyn> &queries,
                 TensorView<E, dyn, 2, dyn> &keys,
                 const TensorView<Compute<E>, dyn, dyn> &cosines,
                 const TensorView<Compute<E>, dyn, dyn> &sines, i64 first) {
  i64 position = first + tile_block_id().x;
  rotate<BH, B>(queries, cosines, sines, position);
  rotate<BH, B>(keys, cosines, sines, position);
}

} // namespace kernels
} // namespace cutile
