// Fits a line to noisy points: the loss is a script, backward goes through it.
#include <ferro/ferro.h>
#include <iostream>

using namespace ferro;

[[ferro::script]] Tensor<float> squaredError(Tensor<float> x, Tensor<float> y,
                                             Tensor<float> slope,
                                             Tensor<float> intercept) {
  return mean(square(x * slope + intercept - y));
}

int main() {
  manual_seed(7);
  auto x = linspace(-1, 1, 100);
  auto y = 3 * x + 2 + 0.1 * randn({100});

  auto slope = scalar(0.0f).requires_grad_();
  auto intercept = scalar(0.0f).requires_grad_();
  for (int step = 0; step < 200; ++step) {
    squaredError(x, y, slope, intercept).backward();
    NoGrad guard;
    for (Tensor<float> parameter : {slope, intercept}) {
      parameter.sub_(0.1 * parameter.grad());
      parameter.zero_grad();
    }
  }
  std::cout.precision(2);
  std::cout << slope.item() << " x + " << intercept.item() << '\n'; // 3 x + 2
}
