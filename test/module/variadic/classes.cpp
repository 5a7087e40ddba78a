// Class templates stay packs, which serve every rank; the attributes bound it,
// and name the instances of a struct.
// RUN: %every-way %s %t
// RUN: %ferro-clang -fsyntax-only -DINSTANCES %s
#include <cutile/cutile.h>

#include <cstdio>

using namespace cutile;

// The constructor takes as many numbers as extents are dynamic.
// [S19] [E02] [E03]
template <ElementType E, int... D> class [[cutile::variadic_struct(N = 3)]] View {
public:
  template <std::same_as<int>... Extents>
    requires(sizeof...(Extents) == TileShape<D...>::dynamicCount)
  explicit View(Extents... extents) {
    [[maybe_unused]] int given[] = {extents..., 0}, next = 0, axis = 0;
    ((dims[axis++] = D == dyn ? given[next++] : D), ...);
  }
  std::int64_t size() const {
    std::int64_t product = 1;
    for (int i = 0; i != int(sizeof...(D)); ++i)
      product *= dims[i];
    return product;
  }

private:
  std::array<int, sizeof...(D) + 1> dims{};
};

// Two lengths: a pack for the first, a tag for the second.
template <typename First, typename Second> struct Pair;
// [E04] [E38]
template <int... A, int... B>
struct [[cutile::variadic_impl(N = 2, M = 2)]] Pair<TileShape<A...>, TileShape<B...>> {
  static constexpr int ranks = 10 * sizeof...(A) + sizeof...(B);
};

// A trait is a class template that is specialised; for every rank at once,
// or for one.
// [E09] [E10] [E31]
template <typename T> struct Cost {
  static constexpr int value = -1;
};
template <ElementType E, int... D> struct [[cutile::variadic_trait_impl(N = 6)]] Cost<Tile<E, D...>> {
  static constexpr int value = (D * ... * 1);
};
template <ElementType E, int Rows, int Columns>
  requires(Rows == Columns)
struct Cost<Tile<E, Rows, Columns>> {
  static constexpr int value = 0;
};

template <int... D> struct [[cutile::variadic_trait(N = 6)]] Rank {
  static constexpr int value = sizeof...(D);
};
template <int... D> struct [[cutile::variadic_trait(N = 6)]] OnlyDeclared;

// Methods of every rank; one only for matrices.
// [E07]
template <ElementType E, int... D> struct [[cutile::variadic_impl(N = 2)]] Matrix {
  static constexpr int rank() { return sizeof...(D); }
  static constexpr auto transposed()
    requires(rank() == 2)
  {
    return []<int R, int C>(TileShape<R, C>) { return Matrix<E, C, R>(); }(TileShape<D...>());
  }
};
template <typename M> constexpr bool hasTranspose = requires { M::transposed(); };

#ifdef INSTANCES
static_assert(std::is_same_v<View_2<f32, 4, dyn>, View<f32, 4, dyn>> && std::is_same_v<View_0<f32>, View<f32>>);
template <ElementType E, int A, int B, int C> void deduced(View_3<E, A, B, C>);
using Deduced = decltype(deduced(View<f32, 1, 2, 3>()));
#endif

int main() {
  std::printf("%d %d\n", int(View<f32, 4, dyn, dyn>(3, 2).size()), int(View<f32>().size())); // CHECK: 24 1
  static_assert(!std::is_constructible_v<View<f32, dyn>, int, int>);
  std::printf("%d\n", Pair<TileShape<1, 2>, TileShape<3>>::ranks); // CHECK-NEXT: 21
  std::printf("%d %d %d\n", Cost<Tile<f32, 2, 4>>::value, Cost<Tile<f32, 2, 2>>::value, Cost<int>::value);
  // CHECK-NEXT: 8 0 -1
  std::printf("%d\n", ::Rank<1, 2>::value); // CHECK-NEXT: 2
  static_assert(std::is_same_v<decltype(Matrix<f32, 2, 4>::transposed()), Matrix<f32, 4, 2>>);
  static_assert(!hasTranspose<Matrix<f32, 2>> && hasTranspose<Matrix<f32, 1, 2>>);
}
