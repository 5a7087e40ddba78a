#include "cutile/cutile.h"
#include "ferro/ferro.h"
using namespace ferro;
#define FACTOR(x) (2 * (x))
constexpr int width = 8, height = FACTOR(width);
namespace app { struct Pair { int a, b; int sum() const; }; enum class Kind { A, B }; using Alias = Pair; }
inline int app::Pair::sum() const { return a + height; }
namespace outer { inline namespace v1 { namespace [[cutile::module]] lib { inline int one() { return width; } } } }
namespace short_name = outer::lib;
namespace [[cutile::module]] kernels {
using namespace cutile;
using outer::lib::one;
template <typename T> concept Small = sizeof(T) <= width;
struct Scale { float by; template <Small T> T operator()(T x) const { return x; } };
template <typename T, int BM>
[[cutile::entry(print_ir, preconditions = (dim(in, 0) % 8 == 0), optimization_hints = (sm_90 = (occupancy = 2))), cutile::hint(sm_90, occupancy = 2)]]
void generic(TensorView<T, BM> &out, const TensorView<T, dyn> &in, Scale scale, T factor) {
  Tile<T> x = in.load(0);
  [[cutile::hint(0, latency = BM)]] x = in.load(1);
  auto lambda = [&](auto y) { return scale(y) * factor + one() + short_name::one(); };
  app::Alias pair{FACTOR(1), 2};
  out.store(Tile<T>(lambda(x.value) + pair.sum()), int(app::Kind::B));
}
template <int N> int sumTo() { if constexpr (N == 0) return 0; else return N + sumTo<N - 1>(); }
}
namespace kernels { [[cutile::entry, cutile::unsafe]] void pointers(float *p) { [[cutile::unsafe]] { p[0] = load_unchecked(nullptr); } } }
[[ferro::script]] Tensor<float> twice(Tensor<float> x) { return add(x, x); }
