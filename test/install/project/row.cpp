// A kernel of the installed library.
#include "row.h"

#include <cutile/kernels/Softmax.h>

ferro::Tensor<float> row_softmax(const ferro::Tensor<float> &x) {
  auto y = ferro::zeros<float>(x.shape());
  cutile::launch<cutile::kernels::softmax<2, 4>>(y.partition({2, 4}), x).sync();
  return y;
}
