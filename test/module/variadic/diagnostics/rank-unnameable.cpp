// A parameter that nothing decides must be where a call can name it.
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %s
#include <cutile/cutile.h>
using namespace cutile;

template <int... D, int... R> [[cutile::variadic_op(N = 2, M = 2)]] TileShape<R...> behind(TileShape<D...>); // expected-error {{no call can say what 'R' of 'behind' is: it is in no parameter and stands behind another pack; move it to the front of the template parameters [ferro:RankUnnameable]}}
template <int... D, typename T> [[cutile::variadic_op(N = 2)]] T type(TileShape<D...>); // expected-error {{no call can say what 'T' of 'type' is}}
template <int... D, int... R> [[cutile::variadic_op(N = 2, M = 2)]] TileShape<D...> nowhere(std::array<int, sizeof...(R)>, TileShape<D...>); // expected-error {{no call can say what 'R' of 'nowhere' is}}
template <int... R, int... D> [[cutile::variadic_op(N = 2, M = 2)]] TileShape<R...> fine(TileShape<D...>);
template <int... D, typename T = int> [[cutile::variadic_op(N = 2)]] T fineToo(TileShape<D...>);
