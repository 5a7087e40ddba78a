// Operands and results of cases.
#pragma once

#include <ferro/ferro.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <vector>

namespace bench {

inline ferro::Tensor<float> randomTensor(const ferro::Shape &shape,
                                         unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<std::size_t>(ferro::numel(shape)));
  std::ranges::generate(values, [&] { return uniform(random); });
  return ferro::from_vector(values, shape);
}

inline const float *pointer(const ferro::Tensor<float> &tensor) {
  return tensor.data().data();
}
// oneDNN takes operands and results alike.
inline float *mutableData(const ferro::Tensor<float> &tensor) {
  return const_cast<float *>(pointer(tensor));
}

// Buffers used in turn, together larger than any cache.
template <typename T> class Rotation {
public:
  explicit Rotation(std::vector<T> items) : items(std::move(items)) {}
  T &next() { return items[at++ % items.size()]; }
  T &first() { return items.front(); }

private:
  std::vector<T> items;
  std::size_t at = 0;
};
inline constexpr int turnsPastCache = 6;

inline auto rotatingTensors(const ferro::Shape &shape) {
  std::vector<ferro::Tensor<float>> tensors;
  for (int i = 0; i < turnsPastCache; ++i)
    tensors.push_back(randomTensor(shape, static_cast<unsigned>(i)));
  return std::make_shared<Rotation<ferro::Tensor<float>>>(std::move(tensors));
}

// Results stay alive for a turn, so that ours gets cold memory as well.
inline auto rotatingResults() {
  return std::make_shared<Rotation<ferro::Tensor<float>>>(
      std::vector<ferro::Tensor<float>>(turnsPastCache));
}

inline auto rotatingBuffers(std::size_t size) {
  return std::make_shared<Rotation<std::vector<float>>>(
      std::vector<std::vector<float>>(turnsPastCache,
                                      std::vector<float>(size)));
}

inline auto buffer(std::size_t size) {
  return std::make_shared<std::vector<float>>(size);
}

} // namespace bench
