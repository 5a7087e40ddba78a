#include "graph/Infer.h"

#include "ExpectError.h"
#include "graph/Text.h"

#include <gtest/gtest.h>

#include <set>

using namespace ferro;
using namespace ferro::graph;

/// Infers the one op that \p op writes over operands %0, %1, ... of \p types.
static Type infer(const std::string &types, const std::string &op) {
  std::string text = "graph @g(", separator;
  int index = 0;
  for (std::size_t at = 0; at < types.size(); ++index) {
    std::size_t end = std::min(types.find(' ', at), types.size());
    text += separator + "%" + std::to_string(index) + ": " +
            types.substr(at, end - at);
    separator = ", ";
    at = end + 1;
  }
  Graph graph = parse(text + ") {\n%r = " + op + "\nreturn %r }");
  return graph.type(graph.outputs[0]);
}

static std::string inferred(const std::string &types, const std::string &op) {
  std::string text = toString(infer(types, op));
  std::erase(text, ' ');
  return text;
}

TEST(OpTable, NamesAreUniqueAndFindable) {
  std::set<std::string_view> names;
  for (const OpInfo &op : opTable()) {
    EXPECT_TRUE(names.insert(op.name).second) << op.name << " has two rows";
    EXPECT_EQ(findOp(op.name), op.kind) << op.name;
    EXPECT_EQ(&info(op.kind), &op) << op.name << " is out of order";
  }
  EXPECT_EQ(findOp("frobnicate"), std::nullopt);
}

// Every element-wise row, by its dtype rule: none escapes when a row is added.
// [B14] [B15] [B21]
TEST(Infer, ElementwiseRowsBroadcastAndFollowTheirDTypeRule) {
  for (const OpInfo &op : opTable()) {
    if (op.family != Family::Elementwise)
      continue;
    std::vector<Type> operands = {{DType::I32, {4, 1, 3}, {}},
                                  {DType::F16, {5, 1}, {}},
                                  {DType::I64, {}, {}}};
    bool isLogic = op.dtypes == DTypeRule::Logic;
    for (Type &operand : operands)
      if (isLogic)
        operand.dtype = DType::Bool;
    if (op.dtypes == DTypeRule::Select)
      operands[0].dtype = DType::Bool;
    operands.resize(static_cast<std::size_t>(op.minOperands));
    Type result = inferType(op.kind, operands, {});
    EXPECT_EQ(result.shape,
              operands.size() == 1 ? Shape({4, 1, 3}) : Shape({4, 5, 3}))
        << op.name;
    DType expected = operands.size() == 1 ? DType::I32 : DType::F16;
    if (op.dtypes == DTypeRule::Float && operands.size() == 1)
      expected = DType::F32;
    if (isLogic || op.dtypes == DTypeRule::Compare)
      expected = DType::Bool;
    EXPECT_EQ(toString(result.dtype), toString(expected)) << op.name;
  }
}

TEST(Infer, BroadcastingAlignsAtTheLastAxis) {
  EXPECT_EQ(inferred("f32[3,1] f32[4]", "add %0, %1"), "f32[3,4]");
  EXPECT_EQ(inferred("f32[] f32[0,2]", "mul %0, %1"), "f32[0,2]");
  EXPECT_EQ(inferred("f32[1] f32[0]", "mul %0, %1"), "f32[0]");
  EXPECT_FERRO_ERROR(inferType(OpKind::Add,
                               std::vector<Type>{{DType::F32, {2, 3}, {}},
                                                 {DType::F32, {2}, {}}},
                               {}),
                     ShapeMismatch,
                     "add: shapes are [2, 3] and [2]; extents, aligned at the "
                     "last axis, must be equal or 1");
}

TEST(Infer, ElementwiseRefusals) {
  std::vector<Type> bools(2, {DType::Bool, {2}, {}}),
      floats(2, {DType::F32, {2}, {}});
  EXPECT_FERRO_ERROR(inferType(OpKind::Sub, bools, {}), DTypeMismatch,
                     "sub: operands are bool; arithmetic needs numbers, so "
                     "cast them or use logical_and, logical_or, logical_not");
  EXPECT_FERRO_ERROR(inferType(OpKind::LogicalOr, floats, {}), DTypeMismatch,
                     "logical_or: operand 0 is f32; it must be bool");
  EXPECT_FERRO_ERROR(inferType(OpKind::Neg, floats, {}), InvalidArgument,
                     "neg: found 2 operands; the op takes 1");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Add, floats, {{"axis", std::int64_t(1)}}),
      InvalidArgument, "add: found 1 attributes; the op has 0");
}

// [B17]
TEST(Infer, ReductionsOverAxes) {
  EXPECT_EQ(inferred("f16[2,3,4]", "sum %0 {axes = [], keepdim = false}"),
            "f16[]");
  EXPECT_EQ(inferred("f16[2,3,4]", "sum %0 {axes = [], keepdim = true}"),
            "f16[1,1,1]");
  EXPECT_EQ(inferred("u8[2,3,4]", "sum %0 {axes = [-1, 0], keepdim = false}"),
            "i64[3]");
  EXPECT_EQ(inferred("bool[2,3]", "prod %0 {axes = [0], keepdim = true}"),
            "i64[1,3]");
  EXPECT_EQ(inferred("i32[2,3]", "mean %0 {axes = [1], keepdim = true}"),
            "f32[2,1]");
  EXPECT_EQ(inferred("i16[2,3]", "amax %0 {axes = [1], keepdim = false}"),
            "i16[2]");
  EXPECT_EQ(inferred("f32[0,3]", "amin %0 {axes = [1], keepdim = false}"),
            "f32[0]");
  std::vector<Type> x = {{DType::F32, {2, 0}, {}}};
  auto attributes = [](Dims axes) {
    return Attributes{{"axes", axes}, {"keepdim", false}};
  };
  EXPECT_FERRO_ERROR(inferType(OpKind::Sum, x, attributes({0, -2})),
                     InvalidArgument,
                     "sum: axes are [0, -2]; axis 0 is named twice");
  EXPECT_FERRO_ERROR(inferType(OpKind::Mean, x, attributes({2})),
                     IndexOutOfBounds,
                     "mean: axis is 2; a tensor of rank 2 has axes -2 to 1");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Amax, x, attributes({1})), ShapeMismatch,
      "amax: shape is [2, 0]; a reduced axis needs at least one element");
  EXPECT_FERRO_ERROR(inferType(OpKind::Sum, x, {}), InvalidArgument,
                     "sum: attribute axes is missing");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Sum, x, {{"axes", true}, {"keepdim", true}}),
      InvalidArgument, "sum: attribute axes has another type; it must be ints");
}

// [B22]
TEST(Infer, NormalisationKeepsTheShape) {
  EXPECT_EQ(inferred("bf16[2,3]", "softmax %0 {axis = -1}"), "bf16[2,3]");
  EXPECT_EQ(inferred("i32[2,3]", "log_softmax %0 {axis = 0}"), "f32[2,3]");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Softmax, std::vector<Type>{{DType::F32, {}, {}}},
                {{"axis", std::int64_t(0)}}),
      IndexOutOfBounds, "softmax: axis is 0; a scalar has no axes");
}

// [B18] [B20]
TEST(Infer, MatrixProducts) {
  EXPECT_EQ(inferred("f32[2,3] f32[3,4]", "mm %0, %1"), "f32[2,4]");
  EXPECT_EQ(inferred("f32[2,3] f32[4,3]", "mm_bt %0, %1"), "f32[2,4]");
  EXPECT_EQ(inferred("i32[2,3] i32[3]", "mv %0, %1"), "i32[2]");
  EXPECT_EQ(inferred("f64[3] f64[3]", "dot %0, %1"), "f64[]");
  EXPECT_EQ(inferred("f16[5,2,3] f16[5,3,4]", "bmm %0, %1"), "f16[5,2,4]");
  EXPECT_EQ(inferred("f32[3] f32[3]", "matmul %0, %1"), "f32[]");
  EXPECT_EQ(inferred("f32[3] f32[5,3,4]", "matmul %0, %1"), "f32[5,4]");
  EXPECT_EQ(inferred("f32[5,2,3] f32[3]", "matmul %0, %1"), "f32[5,2]");
  EXPECT_EQ(inferred("f32[7,1,2,3] f32[5,3,4]", "matmul %0, %1"),
            "f32[7,5,2,4]");
  EXPECT_EQ(inferred("f32[7,2,3] f32[4,3]", "linear %0, %1"), "f32[7,2,4]");
  EXPECT_EQ(inferred("f32[3] f32[4,3] f32[4]", "linear %0, %1, %2"), "f32[4]");
}

TEST(Infer, MatrixProductRefusals) {
  auto types = [](Shape a, Shape b, DType second = DType::F32) {
    return std::vector<Type>{{DType::F32, a, {}}, {second, b, {}}};
  };
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Matmul, types({2, 3}, {2, 3}), {}), ShapeMismatch,
      "matmul: lhs is [2, 3], rhs is [2, 3]; lhs columns must equal rhs rows");
  EXPECT_FERRO_ERROR(inferType(OpKind::Matmul, types({2, 3}, {4}), {}),
                     ShapeMismatch,
                     "matmul: lhs is [2, 3], rhs is [4]; lhs columns must "
                     "equal the length of rhs");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Matmul, types({}, {4}), {}), ShapeMismatch,
      "matmul: lhs is [], rhs is [4]; both need at least one axis");
  EXPECT_FERRO_ERROR(inferType(OpKind::Matmul, types({2, 5, 3}, {4, 3, 1}), {}),
                     ShapeMismatch,
                     "matmul: shapes are [2] and [4]; extents, aligned at the "
                     "last axis, must be equal or 1");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Mm, types({2}, {2, 3}), {}), ShapeMismatch,
      "mm: lhs is [2], rhs is [2, 3]; lhs must have rank 2 and rhs rank 2");
  EXPECT_FERRO_ERROR(inferType(OpKind::MmBt, types({2, 3}, {3, 4}), {}),
                     ShapeMismatch,
                     "mm_bt: lhs is [2, 3], rhs is [3, 4]; lhs columns must "
                     "equal rhs columns");
  EXPECT_FERRO_ERROR(inferType(OpKind::Dot, types({2}, {3}), {}), ShapeMismatch,
                     "dot: lhs is [2], rhs is [3]; lengths must be equal");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Bmm, types({2, 3, 4}, {3, 4, 5}), {}), ShapeMismatch,
      "bmm: lhs is [2, 3, 4], rhs is [3, 4, 5]; batches must be equal");
  EXPECT_FERRO_ERROR(inferType(OpKind::Linear, types({2, 3}, {4, 5}), {}),
                     ShapeMismatch,
                     "linear: input is [2, 3], weight is [4, 5]; the last "
                     "extents must be equal");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Mm, types({2, 3}, {3, 4}, DType::F64), {}),
      DTypeMismatch,
      "mm: operands are f32 and f64; a matrix product needs one dtype, so cast "
      "one of them");
  std::vector<Type> biased = types({2, 3}, {4, 3});
  biased.push_back({DType::F32, {3}, {}});
  EXPECT_FERRO_ERROR(inferType(OpKind::Linear, biased, {}), ShapeMismatch,
                     "linear: bias is [3], weight is [4, 3]; bias must be [4]");
}

// [B19] [B23] [B24]
TEST(Infer, Views) {
  EXPECT_EQ(inferred("f32[2,3,4]", "reshape %0 {shape = [4, -1]}"), "f32[4,6]");
  EXPECT_EQ(inferred("f32[1]", "reshape %0 {shape = []}"), "f32[]");
  EXPECT_EQ(inferred("f32[0,3]", "reshape %0 {shape = [3, -1]}"), "f32[3,0]");
  EXPECT_EQ(inferred("f32[2,3,4]", "flatten %0 {start = 1, end = -1}"),
            "f32[2,12]");
  EXPECT_EQ(inferred("f32[]", "flatten %0 {start = 0, end = -1}"), "f32[1]");
  EXPECT_EQ(inferred("f32[2,1,4]", "squeeze %0 {axis = -2}"), "f32[2,4]");
  EXPECT_EQ(inferred("f32[2,4]", "unsqueeze %0 {axis = -1}"), "f32[2,4,1]");
  EXPECT_EQ(inferred("f32[2,3,4]", "transpose %0 {axis0 = 0, axis1 = -1}"),
            "f32[4,3,2]");
  EXPECT_EQ(inferred("f32[2,3,4]", "permute %0 {axes = [2, 0, 1]}"),
            "f32[4,2,3]");
  EXPECT_EQ(inferred("f32[2,1]", "expand %0 {shape = [5, -1, 4]}"),
            "f32[5,2,4]");
  EXPECT_EQ(inferred("f32[2,3]", "narrow %0 {axis = 1, start = 1, length = 2}"),
            "f32[2,2]");
  EXPECT_EQ(inferred("i8[2,3]", "detach %0"), "i8[2,3]");
}

TEST(Infer, ViewRefusals) {
  std::vector<Type> x = {{DType::F32, {2, 3}, {}}};
  auto shape = [](Dims dims) { return Attributes{{"shape", dims}}; };
  auto axis = [](std::int64_t value) { return Attributes{{"axis", value}}; };
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Reshape, x, shape({4})), ShapeMismatch,
      "reshape: input is [2, 3], shape is [4]; both must have 6 elements");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Reshape, x, shape({0, -1})), ShapeMismatch,
      "reshape: input is [2, 3], shape is [0, -1]; both must have 6 elements");
  EXPECT_FERRO_ERROR(inferType(OpKind::Reshape, x, shape({-1, -1})),
                     InvalidArgument,
                     "reshape: shape is [-1, -1]; -1 may stand once");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Reshape, x, shape({-2})), InvalidArgument,
      "reshape: shape is [-2]; extents are at least 0, or -1 once");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Squeeze, x, axis(0)), ShapeMismatch,
      "squeeze: input is [2, 3], axis is 0; the axis must have extent 1");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Unsqueeze, x, axis(3)), IndexOutOfBounds,
      "unsqueeze: axis is 3; a tensor of rank 3 has axes -3 to 2");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Permute, x, {{"axes", Dims{0}}}), InvalidArgument,
      "permute: axes are [0], input is [2, 3]; every axis must be named once");
  EXPECT_FERRO_ERROR(inferType(OpKind::Permute, x, {{"axes", Dims{1, -1}}}),
                     InvalidArgument,
                     "permute: axes are [1, -1]; axis 1 is named twice");
  EXPECT_FERRO_ERROR(inferType(OpKind::Expand, x, shape({4, 3})), ShapeMismatch,
                     "expand: input is [2, 3], shape is [4, 3]; only axes of "
                     "extent 1 can be repeated");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Expand, x, shape({3})), ShapeMismatch,
      "expand: input is [2, 3], shape is [3]; an axis cannot be dropped");
  EXPECT_FERRO_ERROR(inferType(OpKind::Expand, x, shape({-1, 2, 3})),
                     InvalidArgument,
                     "expand: input is [2, 3], shape is [-1, 2, 3]; a new axis "
                     "has no extent to keep");
  EXPECT_FERRO_ERROR(
      inferType(OpKind::Flatten, x,
                {{"start", std::int64_t(1)}, {"end", std::int64_t(0)}}),
      InvalidArgument,
      "flatten: start is 1, end is 0; start must not lie behind end");
  EXPECT_FERRO_ERROR(inferType(OpKind::Narrow, x,
                               {{"axis", std::int64_t(1)},
                                {"start", std::int64_t(2)},
                                {"length", std::int64_t(2)}}),
                     IndexOutOfBounds,
                     "narrow: start is 2, length is 2; the slice must lie "
                     "within the 3 elements of axis 1");
  EXPECT_FERRO_ERROR(inferType(OpKind::Expand,
                               std::vector<Type>{{DType::F32, {1, 1}, {}}},
                               shape({1ll << 40, 1ll << 40})),
                     InvalidArgument,
                     "expand: shape is [1099511627776, 1099511627776]; a "
                     "tensor has at most 2^58 elements");
}

// [B13] [B24]
TEST(Infer, CopiesAndConstants) {
  EXPECT_EQ(
      inferred("f32[2,3] f32[2,0] f32[2,1]", "cat %0, %1, %2 {axis = -1}"),
      "f32[2,4]");
  EXPECT_EQ(inferred("f32[2,3]", "cast %0 {dtype = i8}"), "i8[2,3]");
  EXPECT_EQ(inferred("f16[2,3]{1,2}", "contiguous %0"), "f16[2,3]");
  EXPECT_EQ(inferred("", "constant {value = bf16[2](1, -2)}"), "bf16[2]");
  std::vector<Type> parts = {{DType::F32, {2, 3}, {}},
                             {DType::F32, {3, 3}, {}}};
  EXPECT_FERRO_ERROR(inferType(OpKind::Cat, parts, {{"axis", std::int64_t(1)}}),
                     ShapeMismatch,
                     "cat: operand 0 is [2, 3], operand 1 is [3, 3]; shapes "
                     "may differ only along axis 1");
  parts[1].dtype = DType::I32;
  EXPECT_FERRO_ERROR(inferType(OpKind::Cat, parts, {{"axis", std::int64_t(0)}}),
                     DTypeMismatch,
                     "cat: operand 0 is f32, operand 1 is i32; all must have "
                     "one dtype, so cast them");
  EXPECT_FERRO_ERROR(
      inferType(
          OpKind::Constant, {},
          {{"value", Literal{DType::F32, {2}, std::vector<std::byte>(7)}}}),
      InvalidArgument, "constant: found 7 bytes; f32[2] takes 8");
}
