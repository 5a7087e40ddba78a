// Prints how many milliseconds the first call of a script takes over its
// second: tracing, the caches, and compiling if the cache is empty.
#include <ferro/ferro.h>

#include <chrono>
#include <cstdio>

using namespace ferro;

[[ferro::script]] static Tensor<float> chain(Tensor<float> x, Tensor<float> w) {
  return square(relu(x * w + x) * 0.5f - w);
}

static double callOnce(const Tensor<float> &x, const Tensor<float> &w) {
  auto begin = std::chrono::steady_clock::now();
  chain(x, w);
  std::chrono::duration<double, std::milli> took =
      std::chrono::steady_clock::now() - begin;
  return took.count();
}

int main() {
  auto x = full<float>({1024}, 2), w = full<float>({1024}, 3);
  double first = callOnce(x, w);
  std::printf("%f\n", first - callOnce(x, w));
}
