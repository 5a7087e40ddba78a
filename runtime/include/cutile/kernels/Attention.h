// Attention without its matrix of scores: softmax is computed block by block of
// keys, with the sums so far rescaled whenever a greater score appears.
// Source: Dao: FlashAttention-2 (2023); for decoding Dao, Haziza, Massa, Sizov:
// Flash-Decoding for long-context inference (2023).
//
//   y[h, i, :] = sum over j of p[j] v[g, j, :],
//   p = softmax over the keys j that query i sees of scale q[h, i, :] k[g, j,
//   :]
//
// Heads of all sequences of a batch are one axis. If q has more heads than k
// and v, each `shared = heads / kvHeads` neighbours share one: g = h / shared
// (multi-query and grouped-query attention). A query that sees no key gives 0.
// Scores and sums are in C = Compute<E>; p is rounded to E for its product with
// v, as tensor cores take it.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// Softmax and its product with v, of the keys so far, for M queries. Exponents
/// are to base 2, whose function is an instruction: scores are scaled by
/// log2(e).
template <FloatElement C, int M, int D> struct AttentionSums {
  Tile<C, M, 1> top = full<C, M, 1>(-infinity<C>); // the greatest score
  Tile<C, M, 1> weight = zeros<C, M, 1>();         // sum of 2^(score - top)
  Tile<C, M, D> values = zeros<C, M, D>();         // sum of 2^(score - top) v

  /// Adds keys with these scores, -infinity for those that are not seen.
  template <int N, FloatElement E>
  void add(const Tile<C, M, N> &scores, const Tile<E, N, D> &v) {
    auto next = max(top, reduce_max<1>(scores));
    auto shift = origin(next);
    auto weights = exp2(scores - shift);
    auto rescale = exp2(top - shift);
    weight = weight * rescale + sum<1>(weights);
    values = mma(convert<E>(weights), v, values * rescale);
    top = next;
  }
  auto result() const { return values / select(weight == 0, 1, weight); }
};

inline constexpr f64 log2e = 1.4426950408889634;

/// How many keys the sequence of this block's head has, of \p heads heads and
/// caches of \p capacity keys.
inline i64 lengthOf(const TensorView<i32, dyn> &lengths, i64 heads,
                    i64 capacity) {
  i64 batch = lengths.extent(0);
  check(batch > 0 && heads % batch == 0,
        "each sequence has a length and equally many heads");
  i64 sequence = tile_block_id().x / (heads / batch);
  i64 length = static_cast<i32>(load_tile<1>(lengths, sequence));
  check(length >= 0 && length <= capacity, "a length is one of the cache");
  return length;
}

/// The attention of this block's queries to the first \p keys keys; with
/// `causal` query i sees the keys j <= i + keys - M. Blocks of keys that no
/// query of the block sees are not read.
template <int BM, int BN, int D, bool causal, FloatElement E>
auto attend(const TensorView<E, dyn, dyn, dyn> &q,
            const TensorView<E, dyn, dyn, dyn> &k,
            const TensorView<E, dyn, dyn, dyn> &v, i64 keys, Compute<E> scale) {
  using C = Compute<E>;
  auto [heads, queries, dim] = q.shape();
  i64 kvHeads = k.extent(0);
  check(k.shape() == v.shape() && k.extent(2) == dim && dim <= D,
        "k and v have one shape and the dim of q, which fits a tile");
  check(kvHeads > 0 && heads % kvHeads == 0,
        "equally many heads of q share each of k");
  auto [head, m, _] = tile_block_id();
  i64 kvHead = head / (heads / kvHeads);
  auto pk = partition<1, D, BN>(k, axes<0, 2, 1>); // transposed
  auto pv = partition<1, BN, D>(v);
  auto query = reshape<BM, D>(load_tile<1, BM, D>(q, head, m, 0));
  C factor = scale * static_cast<C>(log2e);

  // The last key that the block's first query sees, and its last.
  i64 first = causal ? i64{m} * BM + keys - queries : keys - 1;
  i64 last = causal ? min(first + BM, keys) - 1 : first;
  auto lastOfEach = first + (causal ? iota<i64, BM, 1>() : zeros<i64, BM, 1>());

  AttentionSums<C, BM, D> sums;
  for (auto n : num_tiles(pv, 1)) {
    if (n * BN > last)
      break;
    auto key = reshape<D, BN>(pk.load(kvHead, 0, n));
    auto scores = mma(query, key, zeros<C, BM, BN>()) * factor;
    auto value = reshape<BN, D>(pv.load(kvHead, n, 0));
    if ((n + 1) * BN > first + 1) {
      scores = select(columns<BN>(n) <= lastOfEach, scores, -infinity<C>);
      value = select(rows<BN>(n) < keys, value, 0); // 0 * NaN is not 0
    }
    sums.add(scores, value);
  }
  return unsqueeze<0>(convert<E>(sums.result()));
}

/// Attention of whole sequences: prefill and training.
///
/// With `causal` query i sees the keys j <= i + S - M: the last query sees all,
/// also where the first S - M keys are of earlier tokens.
/// \param y [heads, M, dim], launched with y.partition({1, BM, D}): a block has
///        BM queries of a head. dim is at most D.
/// \param q [heads, M, dim].
/// \param k [kvHeads, S, dim], read in tiles of BN keys.
/// \param v [kvHeads, S, dim].
/// \param scale 1 / sqrt(dim) in most models.
template <int BM, int BN, int D, bool causal = false, FloatElement E = f16>
[[cutile::entry]] void flash_attention(TensorView<E, 1, BM, D> &y,
                                       const TensorView<E, dyn, dyn, dyn> &q,
                                       const TensorView<E, dyn, dyn, dyn> &k,
                                       const TensorView<E, dyn, dyn, dyn> &v,
                                       Compute<E> scale) {
  y.store(attend<BM, BN, D, causal>(q, k, v, k.extent(1), scale));
}

/// Causal attention to caches, of as many keys as each sequence has by now: a
/// prompt in pieces, or behind a shared prefix. The lengths are known only on
/// the device, so that a captured graph serves every piece.
///
/// Query i sees the keys j <= i + length - M.
/// \param y [heads, M, dim], launched with y.partition({1, BM, D}).
/// \param q [heads, M, dim], the last M tokens of each sequence.
/// \param k [kvHeads, S, dim], a cache, read in tiles of BN keys.
/// \param v [kvHeads, S, dim].
/// \param lengths [batch], how many keys each sequence has, the M new ones
///        among them, at most S; the heads of a sequence are neighbours. What
///        lies behind them in the caches does not count, whatever it is.
/// \param scale 1 / sqrt(dim) in most models.
template <int BM, int BN, int D, FloatElement E = f16>
[[cutile::entry]] void
flash_attention_cached(TensorView<E, 1, BM, D> &y,
                       const TensorView<E, dyn, dyn, dyn> &q,
                       const TensorView<E, dyn, dyn, dyn> &k,
                       const TensorView<E, dyn, dyn, dyn> &v,
                       const TensorView<i32, dyn> &lengths, Compute<E> scale) {
  i64 length = lengthOf(lengths, q.extent(0), k.extent(1));
  y.store(attend<BM, BN, D, true>(q, k, v, length, scale));
}

/// Attention of one query for each head, as in decoding: the keys are split
/// among blocks, so that few sequences still use the whole device. merge_splits
/// puts the parts together.
///
/// The heads that share keys are the rows of one product: q is [kvHeads,
/// shared, dim], which a contiguous [heads, dim] is as a view.
/// \param parts [kvHeads, splits * BM, dim], the results of each split's keys;
///        launched with parts.partition({1, BM, D}).
/// \param weights [kvHeads, splits * BM], log2 of the sum of 2^score over each
///        split's keys; launched with weights.partition({1, BM}).
/// \param q [kvHeads, shared, dim]; shared is at most BM and dim at most D.
/// \param k [kvHeads, S, dim], a cache, read in tiles of BN keys.
/// \param v [kvHeads, S, dim].
/// \param lengths [batch], how many keys of its cache each sequence has, at
///        most S; the kvHeads of a sequence are neighbours. What lies behind
///        does not count, whatever it is.
/// \param scale 1 / sqrt(dim) in most models.
template <int BM, int BN, int D, FloatElement E = f16>
[[cutile::entry]] void flash_decode(TensorView<Compute<E>, 1, BM, D> &parts,
                                    TensorView<Compute<E>, 1, BM> &weights,
                                    const TensorView<E, dyn, dyn, dyn> &q,
                                    const TensorView<E, dyn, dyn, dyn> &k,
                                    const TensorView<E, dyn, dyn, dyn> &v,
                                    const TensorView<i32, dyn> &lengths,
                                    Compute<E> scale) {
  using C = Compute<E>;
  auto [kvHeads, shared, dim] = q.shape();
  check(k.shape() == v.shape() && k.extent(0) == kvHeads && k.extent(2) == dim,
        "k and v have one shape, and the heads and the dim of q");
  check(shared <= BM && dim <= D, "the queries of a head fit a tile");
  auto [head, split, _] = tile_block_id();
  i64 length = lengthOf(lengths, kvHeads, k.extent(1));
  auto pk = partition<1, D, BN>(k, axes<0, 2, 1>); // transposed
  auto pv = partition<1, BN, D>(v);
  auto query = reshape<BM, D>(load_tile<1, BM, D>(q, head, 0, 0));
  C factor = scale * static_cast<C>(log2e);

  i64 tiles = ceil_div(length, BN);
  i64 ofSplit = ceil_div(tiles, num_tile_blocks().y);
  i64 end = min(tiles, (split + 1) * ofSplit);
  AttentionSums<C, BM, D> sums;
  for (i64 n = split * ofSplit; n < end; ++n) {
    auto key = reshape<D, BN>(pk.load(head, 0, n));
    auto scores = mma(query, key, zeros<C, BM, BN>()) * factor;
    auto exists = columns<BN>(n) < length;
    auto value = reshape<BN, D>(pv.load(head, n, 0));
    sums.add(select(exists, scores, -infinity<C>),
             select(reshape<BN, 1>(exists), value, 0));
  }
  parts.store(unsqueeze<0>(sums.result()));
  weights.store(reshape<1, BM>(sums.top + log2(sums.weight)));
}

/// The attention of all keys from that of flash_decode's splits:
///   y = sum over splits of 2^(weight - top) part / sum of 2^(weight - top).
///
/// \param y [kvHeads, shared, dim], launched with y.partition({1, BM, D}).
/// \param parts [kvHeads, splits * BM, dim].
/// \param weights [kvHeads, splits * BM].
template <int BM, int D, FloatElement E = f16, FloatElement C = Compute<E>>
[[cutile::entry]] void merge_splits(TensorView<E, 1, BM, D> &y,
                                    const TensorView<C, dyn, dyn, dyn> &parts,
                                    const TensorView<C, dyn, dyn> &weights) {
  int head = tile_block_id().x;
  auto pp = partition<1, BM, D>(parts);
  auto pw = partition<1, BM>(weights);
  auto top = full<C, 1, BM>(-infinity<C>);
  for (auto split : num_tiles(pw, 1))
    top = max(top, pw.load(head, split));
  auto shift = origin(top);
  auto total = zeros<C, 1, BM, 1>();
  auto values = zeros<C, 1, BM, D>();
  for (auto split : num_tiles(pw, 1)) {
    auto weight = unsqueeze<2>(exp2(pw.load(head, split) - shift));
    total += weight;
    values += weight * pp.load(head, split, 0);
  }
  y.store(convert<E>(values / select(total == 0, 1, total)));
}

} // namespace kernels
} // namespace cutile
