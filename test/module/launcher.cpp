// A call of a kernel with tensors is a launch: tiles, types and the grid come
// from its arguments, the rest from what it is told; g++ compiles the same text.
// [H23] [H24] [S25]
// RUN: rm -rf %t && mkdir %t && cd %t && cp %s main.cpp
// RUN: env FERRO_DUMP_REWRITTEN=dump %ferro-clang -Wall -Wextra -Werror main.cpp -o main %ferro-libs && ./main | FileCheck %s
// RUN: %ferro-rewrite main.cpp -o gcc.cpp -- -std=c++20 -I %ferro-include && cmp gcc.cpp dump/main.cpp
// RUN: %gxx -Wall -Wextra -Wno-attributes -Werror gcc.cpp -o gcc %ferro-libs && ./gcc | FileCheck %s

#include <cutile/cutile.h>
#include <ferro/ferro.h>

#include <cstdio>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int BM, int BN, int BK>
[[cutile::entry]] void gemm(TensorView<f32, BM, BN> &c,
                            const TensorView<f16, dyn, dyn> &a,
                            const TensorView<f16, dyn, dyn> &b) {
  auto [m, n, _] = tile_block_id();
  auto pa = a.partition<BM, BK>();
  auto pb = b.partition<BK, BN>();
  auto acc = zeros<f32, BM, BN>();
  for (int k = 0; k < num_tiles(pa, 1); ++k)
    acc = mma(pa.load(m, k), pb.load(k, n), acc);
  c.store(acc);
}

template <typename E, int N, int M = 1>
[[cutile::entry]] void axpy(TensorView<E, N> &y, const TensorView<E, dyn> &x, E a) {
  y.store(a * load_tile_like(x, y) + y.load());
}

[[cutile::entry]] inline void twice(TensorView<f32, 4> &y, const TensorView<f32, dyn> &x, f32 factor) { y.store(factor * load_tile_like(x, y)); } inline int after() { return __LINE__; }
} // namespace kernels

template void kernels::axpy<float, 8>(cutile::TensorView<float, 8> &, const cutile::TensorView<float, cutile::dyn> &, float);

template <typename Run> static void refused(const Run &run) {
  try {
    run();
    std::puts("accepted");
  } catch (const ferro::Error &error) {
    std::printf("%s %s\n", std::string(ferro::toString(error.code())).c_str(), error.what());
  }
}

int main() {
  using namespace ferro;
  auto a = ones<f16>({8, 16}), b = ones<f16>({16, 8});
  auto c = zeros<float>({8, 8}), d = zeros<float>({8, 8});
  cutile::launch<kernels::gemm<4, 8, 16>>(d.partition({4, 8}), a, b).sync();
  auto [part, left, right] = kernels::gemm(c.partition({4, 8}), a, b).generics({{"BK", 16}}).sync();
  // CHECK: gemm 16 16 4
  std::printf("gemm %g %g %zu\n", c.data()[5], d.data()[5], size_t(part.unpartition().data()[0] / 4));

  auto x = arange<float>(10), y = ones<float>({10});
  kernels::axpy(y.partition({8}), x, 2.0f).grid({2}).compile_options({.occupancy = 2}).sync();
  // CHECK: axpy 19
  std::printf("axpy %g\n", y.data()[9]);
  kernels::twice(y.partition({4}), x, 2).const_grid({3}).sync();
  // CHECK: twice 18
  std::printf("twice %g\n", y.data()[9]);
  cutile::launch<kernels::twice>(y.partition({4}), x, 3).sync();
  void (*pointer)(cutile::TensorView<float, 4> &, const cutile::TensorView<float, cutile::dyn> &, float) = &kernels::twice;
  // CHECK: again 27 1
  std::printf("again %g %d\n", y.data()[9], pointer != nullptr);

  // Constant tiles and generics instantiate.
  auto e = zeros<float>({8, 8});
  auto tiles = e.partition({8, 4});
  constexpr int depth = 8;
  kernels::gemm(tiles, a, b).generics({{"BK", depth}}).grid({1, 2}).sync();
  // CHECK-NEXT: derived 16
  std::printf("derived %g\n", e.data()[63]);

  // CHECK-NEXT: InvalidArgument kernels::gemm: no argument tells BK; say .generics({{.*}}BK
  refused([&] { kernels::gemm(c.partition({4, 8}), a, b).sync(); });
  // CHECK-NEXT: NotInstantiated kernels::gemm: the program has no instantiation with BM = 4, BN = 8, BK = 5; it has <16, 8, 16>, <4, 8, 16>, <8, 4, 8>
  int five = 5;
  refused([&] { kernels::gemm(c.partition({4, 8}), a, b).generics({{"BK", five}}).sync(); });
  // CHECK-NEXT: InvalidArgument kernels::gemm: there is no generic BL; the kernel's are BM, BN, BK
  refused([&] { kernels::gemm(c.partition({4, 8}), a, b).generics({{"BL", 64}}).sync(); });
  // CHECK-NEXT: SignatureMismatch kernels::gemm: BM is 16 by .generics, and 4 by parameter 1 (c)
  refused([&] { kernels::gemm(c.partition({4, 8}), a, b).generics({{"BM", 16}, {"BK", 16}}).sync(); });
  // CHECK-NEXT: SignatureMismatch kernels::axpy: E is f32 by parameter 1 (y), and f16 by parameter 2 (x)
  refused([&] { kernels::axpy(y.partition({8}), a, 2.0f).sync(); });
  // CHECK-NEXT: DTypeMismatch kernels::gemm: parameter 2 (a) has elements f16, which tensors of f16 hold; the tensor is of f32
  refused([&] { kernels::gemm(c.partition({4, 8}), d, b).generics({{"BK", 16}}).sync(); });
  // CHECK-NEXT: InvalidArgument kernels::axpy: parameter 1 (y) is an output and overlaps parameter 2 (x) in memory
  refused([&] { kernels::axpy(y.partition({8}), y, 2.0f).sync(); });
  // CHECK-NEXT: InvalidArgument {{.*}}twice: parameter 1 (y) is an output and overlaps parameter 2 (x)
  refused([&] { kernels::twice(y.partition({4}), y, 2).sync(); });
  // CHECK-NEXT: ShapeMismatch kernels::axpy: the grid is 3 x 1 x 1, parameter 1 (y) has 2 x 1 x 1 tiles
  refused([&] { kernels::axpy(y.partition({8}), x, 2.0f).grid({3}).sync(); });
  // CHECK-NEXT: InvalidArgument kernels::axpy: occupancy is 33; it is a number from 1 to 32
  refused([&] { kernels::axpy(y.partition({8}), x, 2.0f).compile_options({.occupancy = 33}).sync(); });
}
