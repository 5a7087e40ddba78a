// Work that is recorded once and done again: a step of gradient descent.
#include <cutile/cutile.h>
#include <ferro/Copies.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// gradient = w - goal.
template <int N>
[[cutile::entry]] void difference(TensorView<f32, N> &gradient,
                                  const TensorView<f32, dyn> &w,
                                  const TensorView<f32, dyn> &goal) {
  gradient.store(load_tile_like(w, gradient) - load_tile_like(goal, gradient));
}

/// w = w - rate * gradient.
template <int N>
[[cutile::entry]] void descend(TensorView<f32, N> &w,
                               const TensorView<f32, dyn> &gradient, f32 rate) {
  w.store(w.load() - rate * load_tile_like(gradient, w));
}
} // namespace kernels

int main() {
  auto w = ferro::zeros<float>({6}), goal = ferro::full<float>({6}, 8);
  auto gradient = ferro::zeros<float>({6});
  ferro::Parameter<float> rate(0.5f);

  auto graph = ferro::capture([&](ferro::GraphScope &scope) {
    scope.record(cutile::launch<kernels::difference<4>>(gradient.partition({4}),
                                                        w, goal));
    scope.record(
        cutile::launch<kernels::descend<4>>(w.partition({4}), gradient, rate));
    return w;
  });
  auto output = graph.take_output(); // the capture has done the first step
  std::cout << graph.size() << " steps: " << output << '\n';

  graph.replay().sync();
  std::cout << "again: " << output << '\n';

  rate.set(1);                                            // another number
  graph.update(goal, ferro::full<float>({6}, -1)).sync(); // other elements
  ferro::Stream stream(ferro::cpu);
  graph.replay().sync_on(stream);
  std::cout << "elsewhere: " << output << '\n';

  rate.set(0.75f);
  auto reset = ferro::device_op::fill(w, 3).graph(); // of one operation
  auto both = ferro::capture([&](ferro::GraphScope &scope) {
    scope.record(reset.replay()); // a graph is a step, too
    scope.record(graph.replay());
  });
  both.replay().sync();
  std::cout << "nested: " << output << '\n';
}
