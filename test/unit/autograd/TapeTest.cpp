#include "../Expect.h"

#include "tensor/Record.h"
#include "trace/Autograd.h"

#include "ferro/Autograd.h"
#include "ferro/Creation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

using namespace ferro;
using detail::Handle;

// [C51]
TEST(Backward, AccumulatesIntoLeaves) {
  auto x = tensor<double>({1, 2}).requires_grad_();
  auto y = x * x;
  EXPECT_TRUE(x.is_leaf());
  EXPECT_FALSE(y.is_leaf());
  EXPECT_TRUE(y.requires_grad());
  sum(y).backward();
  EXPECT_EQ(x.grad().to_vector(), (std::vector<double>{2, 4}));
  sum(y).backward(); // the tape is still there, and gradients add up
  EXPECT_EQ(x.grad().to_vector(), (std::vector<double>{4, 8}));
  y.backward(tensor<double>({10, 100}));
  EXPECT_EQ(x.grad().to_vector(), (std::vector<double>{24, 408}));
}

// An uneven diamond: a node runs only once all its uses have reported. Without
// topological order x's gradient would go on before the long path's share.
// [B02] [C51]
TEST(Backward, WaitsForAllUses) {
  auto x = tensor<double>({0.7}).requires_grad_();
  int calls = 0;
  auto a = exp(x);
  a.register_hook([&](Tensor<double> &) { ++calls; });
  auto longPath = sin(square(a * 2) + 1);
  auto y = a * longPath + a;
  y.backward();
  double e = std::exp(0.7), u = 4 * e * e + 1;
  double expected = e * (std::sin(u) + e * std::cos(u) * 8 * e + 1);
  EXPECT_NEAR(x.grad().item(), expected, 1e-12);
  EXPECT_EQ(calls, 1);
}

// [C51] [C58]
TEST(Backward, RefusesWhatHasNoGradient) {
  auto x = tensor<float>({1, 2}).requires_grad_();
  EXPECT_FERRO_ERROR((x * 2).backward(), Code::BackwardNonScalar,
                     "backward: shape is [2]; only a tensor of one element has "
                     "an obvious gradient, so reduce it or pass one");
  EXPECT_FERRO_ERROR(sum(tensor<float>({1})).backward(), Code::NoGradient,
                     "backward: requires_grad is false; nothing that this "
                     "tensor was made from requires a gradient, or grad mode "
                     "was off");
  EXPECT_FERRO_ERROR((x * 2).backward(ones({3})), Code::ShapeMismatch,
                     "backward: gradient is [3], tensor is [2]; the shapes "
                     "must be equal");
  EXPECT_FERRO_ERROR(x.grad(), Code::NoGradient,
                     "grad: no gradient has arrived; backward must have been "
                     "called on a result of this leaf, and a tensor that is no "
                     "leaf needs retain_grad before");
  EXPECT_FERRO_ERROR(tensor<int>({1}).requires_grad_(), Code::InvalidArgument,
                     "requires_grad_: dtype is i32; only floats have "
                     "gradients");
  EXPECT_FERRO_CODE((x * 2).requires_grad_(false), Code::InvalidArgument);
}

// [C45]
TEST(Gradient, CanBeReadSetAndDropped) {
  auto x = tensor<float>({1, 2}).requires_grad_();
  EXPECT_FALSE(x.has_grad());
  x.set_grad(tensor<float>({5, 6}));
  sum(x).backward();
  EXPECT_EQ(x.grad().to_vector(), (std::vector<float>{6, 7}));
  x.zero_grad();
  EXPECT_FALSE(x.has_grad());
  EXPECT_FERRO_CODE(x.set_grad(ones({3})), Code::ShapeMismatch);
}

TEST(Gradient, IsNobodyElsesMemory) {
  auto x = tensor<float>({1, 2}).requires_grad_();
  auto g = tensor<float>({3, 4});
  (x + 0).backward(g);
  g.zero_();
  EXPECT_EQ(x.grad().to_vector(), (std::vector<float>{3, 4}));
  EXPECT_TRUE(x.grad().is_contiguous());
}

// [C45]
TEST(Hooks, SeeAndReplaceGradients) {
  auto x = tensor<float>({1, 2}).requires_grad_();
  auto y = x * 3;
  std::vector<float> seen;
  HookId watcher =
      y.register_hook([&](Tensor<float> &g) { seen = g.to_vector(); });
  x.register_hook([](Tensor<float> &g) { return g * 10; });
  y.retain_grad();
  sum(y).backward();
  EXPECT_EQ(seen, (std::vector<float>{1, 1}));
  EXPECT_EQ(x.grad().to_vector(), (std::vector<float>{30, 30}));
  EXPECT_EQ(y.grad().to_vector(), (std::vector<float>{1, 1}));
  EXPECT_TRUE(y.remove_hook(watcher));
  EXPECT_FALSE(y.remove_hook(watcher));
  seen.clear();
  sum(y).backward();
  EXPECT_TRUE(seen.empty());
  EXPECT_FERRO_CODE(ones({1}).register_hook([](Tensor<float> &) {}),
                    Code::NoGradient);
  auto z = tensor<float>({1, 2}).requires_grad_();
  z.register_hook([](Tensor<float> &) { return ones({5}); });
  EXPECT_FERRO_ERROR(sum(z).backward(), Code::ShapeMismatch,
                     "hook: found a gradient of shape [5], tensor is [2]; a "
                     "hook must keep the shape");
}

// [C52]
TEST(GradMode, GuardsNestAndRestore) {
  auto x = tensor<float>({2}).requires_grad_();
  EXPECT_TRUE(grad_enabled());
  {
    NoGrad off;
    EXPECT_FALSE((x * 2).requires_grad());
    {
      EnableGrad on;
      EXPECT_TRUE((x * 2).requires_grad());
      SetGradEnabled offAgain(false);
      EXPECT_FALSE((x * 2).requires_grad());
    }
    EXPECT_FALSE(grad_enabled());
  }
  EXPECT_TRUE(grad_enabled());
  {
    InferenceMode inference;
    EnableGrad on; // has no effect here
    EXPECT_FALSE((x * 2).requires_grad());
    EXPECT_TRUE(inference_mode_enabled());
  }
  EXPECT_FALSE(inference_mode_enabled());
  EXPECT_FALSE(no_grad([&] { return x * 2; }).requires_grad());
  EXPECT_TRUE(no_grad([&] {
                return enable_grad([&] { return x * 2; });
              }).requires_grad());
  EXPECT_FALSE(set_grad_enabled(false, [&] { return x * 2; }).requires_grad());
  EXPECT_FALSE(inference_mode([&] { return x * 2; }).requires_grad());
  try {
    NoGrad off;
    throw 1;
  } catch (int) {
  }
  EXPECT_TRUE(grad_enabled());
}

// [C52]
TEST(GradMode, BelongsToTheThread) {
  NoGrad off;
  bool other = false;
  std::thread([&] { other = grad_enabled(); }).join();
  EXPECT_TRUE(other);
}

// [C48]
TEST(Detach, StopsGradients) {
  auto x = tensor<double>({3}).requires_grad_();
  auto y = x * x.detach();
  EXPECT_FALSE(x.detach().requires_grad());
  EXPECT_TRUE(x.detach().shares_storage(x));
  y.backward();
  EXPECT_EQ(x.grad().item(), 3);
  x.zero_grad();
  (x.clone() * 2).backward(); // a clone passes them
  EXPECT_EQ(x.grad().item(), 2);
}

// [C42]
TEST(InPlace, IsRefusedOnLeavesThatNeedGradients) {
  auto w = tensor<float>({1, 2}).requires_grad_();
  EXPECT_FERRO_ERROR(w.add_(1), Code::InvalidArgument,
                     "add_: found a leaf that requires a gradient; write to it "
                     "in a NoGrad scope, or to its detach()");
  EXPECT_FERRO_CODE(w.zero_(), Code::InvalidArgument);
  {
    NoGrad update;
    w.sub_(0.5);
  }
  EXPECT_EQ(w.to_vector(), (std::vector<float>{0.5, 1.5}));
  EXPECT_TRUE(w.requires_grad());
}

TEST(InPlace, IsRecordedOnResults) {
  auto x = tensor<double>({1, 2}).requires_grad_();
  auto y = x + 1;
  y.mul_(3).add_(x);
  sum(y).backward();
  EXPECT_EQ(x.grad().to_vector(), (std::vector<double>{4, 4}));
  auto z = zeros<double>({2}); // becomes part of the tape
  z.add_(x);
  EXPECT_TRUE(z.requires_grad());
  auto whole = x + 0, part = narrow(whole, 0, 0, 1);
  EXPECT_FERRO_ERROR(part.mul_(2), Code::InvalidArgument,
                     "mul_: found elements that another tensor shares or "
                     "backward needs; a recorded in-place write needs them "
                     "alone, so use the form without _");
}

TEST(SavedTensors, AreGuardedByTheirVersion) {
  auto x = tensor<float>({1, 2}).requires_grad_();
  auto w = tensor<float>({3, 4});
  auto y = sum(x * w);
  w.add_(1);
  EXPECT_FERRO_ERROR(y.backward(), Code::SavedTensorModified,
                     "mul: found a tensor of shape [2], 1 in-place writes "
                     "after it was saved; backward needs the elements as they "
                     "were, so use the form without _ or clone it before");
  EXPECT_FALSE(x.has_grad());
  auto view = narrow(w, 0, 0, 1);
  auto u = sum(x * w);
  view.zero_(); // through another view of the same memory
  EXPECT_FERRO_CODE(u.backward(), Code::SavedTensorModified);
  auto v = sum(x + w); // a sum needs no elements
  w.zero_();
  v.backward();
  EXPECT_EQ(x.grad().to_vector(), (std::vector<float>{1, 1}));
}

// [C50]
TEST(Nodes, TellNameInputsAndAttributes) {
  auto x = tensor<float>({{1, 2}}).requires_grad_();
  auto y = sum_dim(x * ones({2}), 1, true);
  const trace::Node &node = *y.get()->gradient->node;
  EXPECT_EQ(node.name, "sum");
  EXPECT_TRUE(node.attributes.getBool("keepdim"));
  EXPECT_EQ(node.attributes.getInts("axes"), (Dims{1}));
  ASSERT_EQ(node.inputs.size(), 1u);
  const trace::Node &product = *node.inputs[0]->node;
  EXPECT_EQ(product.name, "mul");
  EXPECT_EQ(product.inputs[0], x.get()->gradient);
  EXPECT_EQ(product.inputs[1], nullptr);
  Handle g = tensor<float>({{5}});
  auto gradients = node.backward({&g, 1});
  EXPECT_EQ(Tensor<float>(gradients[0]).to_vector(),
            (std::vector<float>{5, 5}));
}

// [C50]
TEST(Nodes, CanBeMadeByHand) {
  auto x = tensor<double>({1, 2}).requires_grad_();
  auto low = tensor<double>({7}), high = tensor<double>({8});
  Handle inputs[] = {x}, outputs[] = {low, high};
  auto node = std::make_shared<trace::Node>();
  node->name = "both";
  node->inputs = trace::edgesTo(inputs);
  node->backward = [](std::span<const Handle> g) {
    EXPECT_FALSE(grad_enabled());
    EXPECT_EQ(g.size(), 2u);
    EXPECT_FALSE(g[0].get()); // nothing used the first output
    return std::vector<Handle>{cat({zeros<double>({1}), Tensor<double>(g[1])})};
  };
  trace::attachNode(node, outputs);
  (high * 3).backward();
  EXPECT_EQ(x.grad().to_vector(), (std::vector<double>{0, 3}));
}

TEST(GradientsOf, LeavesTensorsAlone) {
  auto x = tensor<double>({2}).requires_grad_();
  auto y = x * x, z = y * x, unused = tensor<double>({1}).requires_grad_();
  Handle outputs[] = {z, y}, inputs[] = {x, y, unused};
  Handle gradients[] = {tensor<double>({1}), tensor<double>({10})};
  auto found = trace::gradientsOf(outputs, gradients, inputs);
  EXPECT_EQ(Tensor<double>(found[0]).item(), 3 * 4 + 10 * 4);
  EXPECT_EQ(Tensor<double>(found[1]).item(), 2 + 10);
  EXPECT_FALSE(found[2].get());
  EXPECT_FALSE(x.has_grad());
}

TEST(Tape, LongChainsEndInALoop) {
  auto x = scalar<double>(0).requires_grad_();
  Tensor<double> y = x;
  for (int i = 0; i < 200000; ++i)
    y = y + 1;
  y.backward();
  EXPECT_EQ(x.grad().item(), 1);
}

// [C51]
TEST(Threads, ParallelBackwardGivesTheSameBits) {
  manual_seed(3);
  auto x = randn<float>({64, 64}).requires_grad_();
  std::vector<Tensor<float>> parts;
  for (int i = 0; i < 16; ++i)
    parts.push_back(sum(tanh(matmul(x * (0.01 * (i + 1)), x))));
  Tensor<float> total = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i)
    total = total + parts[i];
  total.backward();
  auto expected = x.grad().to_vector();
  for (int threads : {2, 4}) {
    x.zero_grad();
    total.backward_parallel(threads);
    EXPECT_EQ(x.grad().to_vector(), expected);
  }
  EXPECT_FERRO_CODE(total.backward_parallel(0), Code::InvalidArgument);
  auto w = ones<float>({1});
  auto broken = sum(x * w);
  w.add_(1);
  EXPECT_FERRO_CODE(broken.backward_parallel(3), Code::SavedTensorModified);
}

// [C59]
TEST(Threads, ShareTensorsAndGradients) {
  auto x = tensor<double>({1, 2, 3}).requires_grad_();
  constexpr int threads = 8, rounds = 200;
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i)
    workers.emplace_back([x] {
      for (int round = 0; round < rounds; ++round)
        sum(x * x + 1).backward();
    });
  for (std::thread &worker : workers)
    worker.join();
  double n = threads * rounds;
  EXPECT_EQ(x.grad().to_vector(), (std::vector<double>{2 * n, 4 * n, 6 * n}));
}
