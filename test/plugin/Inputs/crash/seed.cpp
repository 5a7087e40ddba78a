namespace ferro {
template <typename T> struct Tensor {};
template <typename T> struct TracedModule : Tensor<T> {
  TracedModule(Tensor<T>);
};
template <typename T> struct Result {
  T value;
};
template <typename T> Tensor<T> add(Tensor<T>, Tensor<T>);
template <typename R> using Scripted = TracedModule<float>;
namespace detail {
enum class ScriptFlags { None, Closed, FullGraph };
constexpr ScriptFlags operator|(ScriptFlags a, ScriptFlags) { return a; }
struct ScriptSite {
  const char *name, *file;
  int line;
  ScriptFlags flags;
  const char *parameters;
};
template <typename... Ts> int outside(const Ts &...);
template <typename... Ts> TracedModule<float> callScript(Ts &&...) { return Tensor<float>(); }
} // namespace detail
} // namespace ferro
using namespace ferro;

#define TWICE(x) add(x, x)
float scale = 2;
[[ferro::pure]] float pure(float x);

[[ferro::script]] Tensor<float> declared(Tensor<float> a, const Tensor<float> &b, int n = 2);
Tensor<float> declared(Tensor<float> a, const Tensor<float> &b, int n) {
  for (int i = 0; i < n; ++i)
    a = add(a, b);
  return a;
}

template <typename T, typename... Ts> [[nodiscard, ferro::script(full_graph)]] Tensor<T> pack(Tensor<T> x, Ts &&...) {
  return TWICE(x);
}

struct Net {
  Tensor<float> w;
  Net *next;
  [[ferro::script]] auto forward(Tensor<float> x) const noexcept -> Tensor<float> { return add(x, w); }
  template <typename U> [[using ferro: script]] Tensor<float> method(Tensor<float> x, U);
};
template <typename U> Tensor<float> Net::method(Tensor<float> x, U) { return next->forward(forward(x)); }

int main() {
  float local = pure(scale);
  auto lambda = [&, copy = local] [[ferro::script]] (Tensor<float> x, auto) -> Tensor<float> {
    auto inner = [] [[ferro::script]] (Tensor<float> y) { return TWICE(y); };
    return copy > local ? inner(x) : x;
  };
  lambda({}, 1);
}
