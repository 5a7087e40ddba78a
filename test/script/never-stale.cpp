// Bodies that read what cannot be listed are traced at every call: whatever
// they reach may change between calls.
// RUN: %ferro-clang %s -o %t %ferro-libs && %t | FileCheck %s
#include <ferro/ferro.h>

#include <cstdio>
#include <functional>
#include <numeric>
#include <span>
#include <utility>

using namespace ferro;
using T = Tensor<float>;

static float g = 1;
static bool toggle = false;

template <typename U> struct Q {
  static float k;
  float get() const { return k; }
};
template <typename U> float Q<U>::k = 1;
template <typename U> float variable = 1;
struct Functor {
  T operator()(T x) const { return x * g; }
};
template <typename U> [[ferro::script]] Tensor<U> member(Tensor<U> x) { return x * Q<U>::k; }
template <typename U> [[ferro::script]] Tensor<U> method(Tensor<U> x) { Q<U> q; return x * q.get(); }
template <typename U> [[ferro::script]] Tensor<U> templated(Tensor<U> x) { return x * variable<U>; }
template <typename F> [[ferro::script]] T functor(T x, float s = 1) { return F{}(x) * s; }

struct Initialised { float s = g; };
[[ferro::script]] T initialiser(T x) { Initialised h; return x * h.s; }
struct Inner { float v; Inner(float = 0) : v(g) {} };
struct Outer { Inner i; };
[[ferro::script]] T generated(T x) { Outer w; return x * w.i.v; }

static float helper(float a) { return a * g; }
[[ferro::script]] T invoked(T x) { return x * std::invoke(helper, 1.0f); }
static float addScaled(float a, float b) { return a + b * g; }
[[ferro::script]] T accumulated(T x) { float v[1] = {1}; return x * std::accumulate(v, v + 1, 0.0f, addScaled); }
[[ferro::script]] T generic(T x) { auto f = [](auto v) { return v.get(); }; return x * f(Q<float>{}); }

struct Recursive {
  float s = 1;
  [[ferro::script]] T f(T x, int n) const;
};
static Recursive other;
[[ferro::script]] T Recursive::f(T x, int n) const { if (n) return other.f(x, n - 1) * s; return x * s; }

static float buffer[2] = {1, 1};
static const std::span<float> window(buffer);
[[ferro::script]] T throughView(T x) { return x * window[0]; }

[[ferro::script]] T written(T x) { bool &t = toggle; t = !t; return t ? x * 2 : x * 3; }
[[ferro::script]] T exchanged(T x) { return std::exchange(toggle, !toggle) ? x * 2 : x * 3; }

struct Range {
  const float *begin() const { return &g; }
  const float *end() const { return &g + 1; }
};
[[ferro::script]] T looped(T x) { for (float v : Range{}) x = x * v; return x; }
struct Compared { int a; bool operator==(const Compared &) const { return g == 1; } };
[[ferro::script]] T compared(T x) { Compared a{1}, b{2}; return (a != b) ? x * 7 : x * 1; }

struct Model {
  T scale = scalar(1.0f);
  [[ferro::script]] T f(T x) const { return scale.item() > 2 ? x * 7 : x * scale.item(); }
};

static const T x = full({2}, 1.0f);

template <typename F> static void show(const char *name, F f) {
  g = Q<float>::k = variable<float> = other.s = buffer[0] = 1;
  float before = f().to_vector()[0];
  g = Q<float>::k = variable<float> = other.s = buffer[0] = 7;
  std::printf("%s %g %g\n", name, before, f().to_vector()[0]);
}

int main() {
  show("member", [] { return member(x); });           // CHECK: member 1 7
  show("method", [] { return method(x); });           // CHECK: method 1 7
  show("templated", [] { return templated(x); });     // CHECK: templated 1 7
  show("functor", [] { return functor<Functor>(x); }); // CHECK: functor 1 7
  show("initialiser", [] { return initialiser(x); }); // CHECK: initialiser 1 7
  show("generated", [] { return generated(x); });     // CHECK: generated 1 7
  show("invoked", [] { return invoked(x); });         // CHECK: invoked 1 7
  show("accumulated", [] { return accumulated(x); }); // CHECK: accumulated 1 7
  show("generic", [] { return generic(x); });         // CHECK: generic 1 7
  Recursive outer{1};
  show("recursive", [&] { return outer.f(x, 1); });   // CHECK: recursive 1 7
  show("view", [] { return throughView(x); });        // CHECK: view 1 7
  show("looped", [] { return looped(x); });           // CHECK: looped 1 7
  show("compared", [] { return compared(x); });       // CHECK: compared 1 7
  for (int i = 0; i < 6; ++i)
    std::printf("%g ", written(x).to_vector()[0]);
  std::printf("\n"); // CHECK: 2 3 2 3 2 3
  for (int i = 0; i < 6; ++i)
    std::printf("%g ", exchanged(x).to_vector()[0]);
  std::printf("\n"); // CHECK: 3 2 3 2 3 2
  Model model;
  float first = model.f(x).to_vector()[0];
  model.scale.fill_(5.0f);
  std::printf("model %g %g\n", first, model.f(x).to_vector()[0]); // CHECK: model 1 7
}
