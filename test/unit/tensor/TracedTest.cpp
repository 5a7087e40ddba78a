// What a tensor without elements answers while a script is traced.
#include "../Expect.h"

#include "trace/Tracer.h"

#include "ferro/Creation.h"

#include <gtest/gtest.h>

using namespace ferro;

// [A10]
TEST(Traced, AsksForValuesAreErrorsThatSayWhatToDo) {
  trace::Tracer tracer;
  auto example = tensor<float>({1, 2});
  trace::TracerScope scope(&tracer);
  Tensor<float> x(trace::addTracedInput(tracer, example, "x"));
  auto y = sum(x * 2);
  EXPECT_TRUE(y.is_traced());
  EXPECT_EQ((x + 1).shape(), (Shape{2}));
  EXPECT_EQ(tracer.graph.nodes.back().op, graph::OpKind::Add);
  EXPECT_FERRO_ERROR(y.item(), Code::DataDependentControlFlow,
                     "item: found a traced f32[]; a script is captured without "
                     "values, so keep the decision in tensors (where, clamp, "
                     "maximum) or make it outside the script");
  EXPECT_FERRO_CODE(x.to_vector(), Code::DataDependentControlFlow);
  EXPECT_FERRO_CODE(x.data(), Code::DataDependentControlFlow);
  EXPECT_FERRO_CODE(x.add_(1), Code::TracingError);
  EXPECT_FERRO_CODE(x.requires_grad_(), Code::TracingError);
  EXPECT_FERRO_CODE(y.backward(), Code::TracingError);
  EXPECT_EQ(toString(x), "tensor(traced, shape=[2], dtype=f32)");
}

TEST(Traced, TensorsDoNotOutliveTheirTrace) {
  Tensor<float> kept;
  {
    trace::Tracer tracer;
    trace::TracerScope scope(&tracer);
    kept =
        Tensor<float>(trace::addTracedInput(tracer, tensor<float>({1}), "x"));
  }
  EXPECT_FERRO_ERROR(kept + 1, Code::TracingError,
                     "add: found a traced tensor outside its trace; a traced "
                     "tensor must not outlive its script's call");
}
