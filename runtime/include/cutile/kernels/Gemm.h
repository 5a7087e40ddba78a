// Matrix products.
//
// Operands of type E are multiplied and added up in Sum<E>, and rounded once to
// C where they are stored. E is f16, bf16, tf32, f32, f64, f8e4m3, f8e5m2, i8
// or u8. Beyond their edges operands are zero, so that every extent will do.
#pragma once

#include "cutile/kernels/Compute.h"

namespace cutile {
namespace [[cutile::module]] kernels {

/// The type in which products of E are added up: i32 for i8 and u8, f64 for
/// f64, f32 for other floats.
template <ElementType E> using Sum = cutile::detail::ProductElement<E>;

/// The tile at (m, n) of `a b`, of rank 2.
template <int BM, int BN, int BK, ElementType E, int... A, int... B>
  requires(sizeof...(A) == 2 && sizeof...(B) == 2)
auto product(const TensorView<E, A...> &a, const TensorView<E, B...> &b, i64 m,
             i64 n) {
  check(a.extent(1) == b.extent(0), "a has a column for each row of b");
  auto pa = partition<BM, BK>(a);
  auto pb = partition<BK, BN>(b);
  auto sum = zeros<Sum<E>, BM, BN>();
  for (auto k : num_tiles(pa, 1))
    sum = mma(pa.load(m, k), pb.load(k, n), sum);
  return sum;
}

/// `c = a b`.
///
/// \param c [M, N], launched with c.partition({BM, BN}).
/// \param a [M, K].
/// \param b [K, N].
template <int BM, int BN, int BK, ElementType E = f16, ElementType C = Sum<E>>
[[cutile::entry]] void gemm(TensorView<C, BM, BN> &c,
                            const TensorView<E, dyn, dyn> &a,
                            const TensorView<E, dyn, dyn> &b) {
  auto [m, n, _] = tile_block_id();
  c.store(convert<C>(product<BM, BN, BK>(a, b, m, n)));
}

/// gemm whose extents are known when it is compiled: loops have fixed lengths,
/// and accesses need no checks.
template <int BM, int BN, int BK, int M, int N, int K, ElementType E = f16,
          ElementType C = Sum<E>>
[[cutile::entry]] void gemm_static(TensorView<C, BM, BN> &c,
                                   const TensorView<E, M, K> &a,
                                   const TensorView<E, K, N> &b) {
  auto [m, n, _] = tile_block_id();
  c.store(convert<C>(product<BM, BN, BK>(a, b, m, n)));
}

/// `c[i] = a[i] b[i]` for each matrix of a batch.
///
/// \param c [batch, M, N], launched with c.partition({1, BM, BN}).
/// \param a [batch, M, K].
/// \param b [batch, K, N].
template <int BM, int BN, int BK, ElementType E = f16, ElementType C = Sum<E>>
[[cutile::entry]] void batch_matmul(TensorView<C, 1, BM, BN> &c,
                                    const TensorView<E, dyn, dyn, dyn> &a,
                                    const TensorView<E, dyn, dyn, dyn> &b) {
  auto [batch, m, n] = tile_block_id();
  check(a.extent(2) == b.extent(1), "a has a column for each row of b");
  auto pa = partition<1, BM, BK>(a);
  auto pb = partition<1, BK, BN>(b);
  auto sum = zeros<Sum<E>, 1, BM, BN>();
  for (auto k : num_tiles(pa, 2))
    sum = mma(pa.load(batch, m, k), pb.load(batch, k, n), sum);
  c.store(convert<C>(sum));
}

// Epilogues of gemm_bias: functions of a tile.

/// x
struct Identity {
  template <TileType T> T operator()(const T &x) const { return x; }
};
/// max(x, 0); NaN stays.
struct Relu {
  template <TileType T> T operator()(const T &x) const {
    return max(x, 0, propagate_nan);
  }
};
/// x / (1 + exp(-x))
struct Silu {
  template <TileType T> T operator()(const T &x) const {
    return x / (1 + exp(-x));
  }
};
/// x (1 + erf(x / sqrt(2))) / 2
struct Gelu {
  template <TileType T> T operator()(const T &x) const {
    return x * (1 + erf(x * 0.70710678118654752)) * 0.5;
  }
};

/// `c = f(a b + bias)`: a layer of a network in one kernel.
///
/// f is applied in Sum<E>, before the one rounding to C.
/// \param c [M, N], launched with c.partition({BM, BN}).
/// \param a [M, K].
/// \param b [K, N].
/// \param bias [N], added to each row.
/// \param f Identity, Relu, Silu, Gelu, or any trivially copyable class whose
///        call makes a tile of a tile.
template <int BM, int BN, int BK, typename F = Identity, ElementType E = f16,
          ElementType C = Sum<E>>
[[cutile::entry]] void gemm_bias(TensorView<C, BM, BN> &c,
                                 const TensorView<E, dyn, dyn> &a,
                                 const TensorView<E, dyn, dyn> &b,
                                 const TensorView<C, dyn> &bias, F f) {
  auto [m, n, _] = tile_block_id();
  auto added = convert<Sum<E>>(load_tile<BN>(bias, n));
  c.store(convert<C>(f(product<BM, BN, BK>(a, b, m, n) + added)));
}

/// gemm by a fixed number of blocks, each of which makes several tiles of c.
///
/// Tiles are visited in bands of Band rows, down the columns of a band, so that
/// blocks that run together share tiles of a and b in the cache.
/// \param c [M, N], launched with c.partition({BM, BN}).map({Band, 1}, blocks);
///        as many blocks as the device runs at once.
/// \param a [M, K].
/// \param b [K, N].
template <int BM, int BN, int BK, int Band = 8, ElementType E = f16,
          ElementType C = Sum<E>>
[[cutile::entry]] void
persistent_gemm(MappedPartitionMut<C, TileShape<BM, BN>, TileMap<Band, 1>> c,
                const TensorView<E, dyn, dyn> &a,
                const TensorView<E, dyn, dyn> &b) {
  for (auto index : c.iter_indices()) {
    auto [m, n] = index.components();
    c.store(convert<C>(product<BM, BN, BK>(a, b, m, n)), index);
  }
}

/// Rows of a in groups, each with a matrix of its own, as the tokens of the
/// experts of a mixture: `c[i, :] = a[i, :] b[g]` for the rows i of group g,
/// which ends[g - 1] <= i < ends[g] are. Rows behind the last group are zero.
///
/// Groups begin anywhere: a tile of c that several groups share is made once
/// for each of them.
/// \param c [M, N], launched with c.partition({BM, BN}).
/// \param a [M, K].
/// \param b [groups, K, N].
/// \param ends [groups], ascending; group 0 begins at row 0.
template <int BM, int BN, int BK, ElementType E = f16, ElementType C = Sum<E>>
[[cutile::entry]] void grouped_gemm(TensorView<C, BM, BN> &c,
                                    const TensorView<E, dyn, dyn> &a,
                                    const TensorView<E, dyn, dyn, dyn> &b,
                                    const TensorView<i32, dyn> &ends) {
  auto [m, n, _] = tile_block_id();
  check(a.extent(1) == b.extent(1), "a has a column for each row of b");
  check(ends.extent(0) == b.extent(0), "there is a matrix for each group");
  auto pa = partition<BM, BK>(a);
  auto pb = partition<1, BK, BN>(b);
  auto row = rows<BM>(m);
  i64 firstRow = i64{m} * BM, begin = 0;
  auto sum = zeros<Sum<E>, BM, BN>();
  for (auto g : num_tiles(pb, 0)) {
    i64 end = static_cast<i32>(load_tile<1>(ends, g));
    if (begin < firstRow + BM && end > firstRow) {
      auto own = zeros<Sum<E>, BM, BN>();
      for (auto k : num_tiles(pa, 1))
        own = mma(pa.load(m, k), reshape<BK, BN>(pb.load(g, k, n)), own);
      sum = select(row >= begin && row < end, own, sum);
    }
    begin = end;
  }
  c.store(convert<C>(sum));
}

} // namespace kernels
} // namespace cutile
