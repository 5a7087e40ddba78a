// Kernels against plain loops in f64: random tensors, blocks in shuffled order,
// and by how much results may differ.
#pragma once

#include "cutile/cutile.h"
#include "ferro/ferro.h"

#include <gtest/gtest.h>

#include <cmath>
#include <concepts>
#include <cstdlib>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

namespace cutile::testing {

/// |result - expected| <= tolerance * (1 + |expected|) for sums of a few
/// hundred terms about 1: some roundings to E and f32, or f64. 0 for integers.
template <typename E> inline constexpr double tolerance = 0;
template <> inline constexpr double tolerance<f64> = 1e-13;
template <> inline constexpr double tolerance<f32> = 2e-6;
template <> inline constexpr double tolerance<f16> = 1e-3;
template <> inline constexpr double tolerance<bf16> = 8e-3;

/// Elements evenly from [-\p reach, \p reach].
template <typename E>
ferro::Tensor<E> random(const ferro::Shape &shape, unsigned seed,
                        double reach = 1) {
  std::mt19937_64 bits(seed);
  std::uniform_real_distribution<double> uniform(-reach, reach);
  auto tensor = ferro::zeros<E>(shape);
  for (E &value : tensor.mutable_data())
    value = static_cast<E>(uniform(bits));
  return tensor;
}

inline double wide(double x) { return x; }
template <typename E>
  requires(!std::convertible_to<E, double>)
double wide(E x) {
  return static_cast<double>(static_cast<float>(x));
}

/// The elements in f64, row-major.
template <typename E> std::vector<double> wide(const ferro::Tensor<E> &x) {
  std::vector<double> values;
  for (E value : x.to_vector())
    values.push_back(wide(value));
  return values;
}

/// Each element of \p result is that of \p expected, within the tolerance of
/// its type or \p bound.
template <typename E>
void expectNear(const ferro::Tensor<E> &result,
                const std::vector<double> &expected,
                double bound = tolerance<E>) {
  auto values = wide(result);
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(expected[i]))
      ASSERT_NEAR(values[i], expected[i], bound * (1 + std::fabs(expected[i])))
          << "element " << i << " of " << values.size();
    else
      ASSERT_TRUE(std::isnan(expected[i]) ? std::isnan(values[i])
                                          : values[i] == expected[i])
          << "element " << i << " is " << values[i] << ", not " << expected[i];
}

/// Whether kernels run as native code: FERRO_KERNELS says it.
inline bool isCompiled() {
  const char *kernels = std::getenv("FERRO_KERNELS");
  return kernels && std::string_view(kernels) == "compiled";
}

/// Runs a kernel with \p grid, empty if its outputs say it: as native code, or
/// as reference in shuffled order, so that blocks that depend on each other are
/// found.
template <auto kernel, typename... Args>
void runWith(const std::optional<Grid> &grid, const Args &...arguments) {
  if (!isCompiled())
    return reference::launch(grid, reference::shuffled(7), kernel,
                             arguments...);
  auto launch = cutile::launch<kernel>(arguments...);
  if (grid)
    launch.grid(*grid);
  std::uint64_t known = detail::compiledKernel<kernel>().runs();
  launch.sync();
  ASSERT_EQ(detail::compiledKernel<kernel>().runs(), known + 1);
}
template <auto kernel, typename... Args> void run(const Args &...arguments) {
  runWith<kernel>(std::nullopt, arguments...);
}

} // namespace cutile::testing
