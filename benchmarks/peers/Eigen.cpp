// Eigen's tensor module, which threads both element-wise work and products.
#define EIGEN_USE_THREADS
#include "peers/Peers.h"

#include <thread>
#include <unsupported/Eigen/CXX11/Tensor>

namespace bench::peers {

using Eigen::RowMajor;
template <int rank>
using View = Eigen::TensorMap<Eigen::Tensor<float, rank, RowMajor>>;
template <int rank>
using ConstView = Eigen::TensorMap<const Eigen::Tensor<float, rank, RowMajor>>;

static const Eigen::ThreadPoolDevice &device() {
  static const int threads =
      static_cast<int>(std::thread::hardware_concurrency());
  static Eigen::ThreadPool pool(threads);
  static Eigen::ThreadPoolDevice instance(&pool, threads);
  return instance;
}

void chainEigen(const float *x, const float *w, float *y, std::size_t n) {
  auto size = static_cast<Eigen::Index>(n);
  ConstView<1> vx(x, size), vw(w, size);
  View<1>(y, size).device(device()) =
      ((vx * vw + vx).cwiseMax(0.0f) * 0.5f - vw).square();
}

void matmulEigen(const float *a, const float *b, float *c, std::size_t n) {
  auto size = static_cast<Eigen::Index>(n);
  Eigen::array<Eigen::IndexPair<int>, 1> inner{Eigen::IndexPair<int>(1, 0)};
  View<2>(c, size, size).device(device()) =
      ConstView<2>(a, size, size).contract(ConstView<2>(b, size, size), inner);
}

std::string eigenVersion() {
  return "Eigen " + std::to_string(EIGEN_WORLD_VERSION) + "." +
         std::to_string(EIGEN_MAJOR_VERSION) + "." +
         std::to_string(EIGEN_MINOR_VERSION);
}

} // namespace bench::peers
