#include "graph/Text.h"

#include "ExpectError.h"
#include "graph/Verify.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

using namespace ferro;
using namespace ferro::graph;

static const char *const everything =
    R"(graph @"odd name"(%a: f32[2, 3], %0: bool[3], %"x y": i64[3, 2]{1, 3}) -> (f32[2, 3], f32[2, 3], f64[]) {
  %1 = relu %a : f32[2, 3]
  %2 = softmax %1 {axis = -1} : f32[2, 3]
  %3 = sum %1 {axes = [0, -1], keepdim = true} : f32[1, 1]
  %4 = constant {value = f64[](0.1)} : f64[]
  %5 = constant {value = bool[2](true, false)} : bool[2]
  %6 = constant {value = f16[3](inf, -0, nan)} : f16[3]
  %7 = constant {value = f32[1](0x"0100c07f")} : f32[1]
  %8 = cast %"x y" {dtype = bf16} : bf16[3, 2]
  %9, %10 = fused %a, %2 {kind = "elementwise"} : f32[2, 3], f32[2, 3] {
    graph @region(%0: f32[2, 3], %1: f32[2, 3]) -> (f32[2, 3], f32[2, 3]) {
      %2 = add %0, %1 : f32[2, 3]
      %3 = exp %2 : f32[2, 3]
      return %2, %3
    }
  }
  return %9, %10, %4
}
)";

// [B10] [B11]
TEST(Text, PrintsWhatItParsed) {
  Graph graph = parse(everything);
  EXPECT_EQ(print(graph), everything);
  EXPECT_EQ(graph.inputs.size(), 3u);
  EXPECT_EQ(graph.values[0].name, "a");
  EXPECT_EQ(graph.values[1].name, "");
  EXPECT_EQ(graph.values[2].type.strides, Strides({1, 3}));
  EXPECT_EQ(graph.nodes.back().region->nodes.size(), 2u);
}

TEST(Text, KeepsEveryLiteralBit) {
  for (DType dtype : {DType::F16, DType::BF16, DType::F32, DType::F64,
                      DType::I8, DType::U8, DType::I64}) {
    for (std::int64_t count : {0, 1, 7, 64, 65}) {
      Literal literal{dtype,
                      {count},
                      std::vector<std::byte>(static_cast<std::size_t>(count) *
                                             byteSize(dtype))};
      unsigned seed = 1;
      for (std::byte &byte : literal.bytes)
        byte = static_cast<std::byte>((seed = seed * 1103515245 + 12345) >> 16);
      Graph graph;
      graph.outputs = {graph.addConstant(literal)};
      EXPECT_EQ(parse(print(graph)).nodes[0].attributes.getLiteral("value"),
                literal)
          << toString(dtype) << count;
    }
  }
}

TEST(Text, CommentsAndMissingTypesAreFine) {
  Graph graph = parse("// a file\ngraph @f(%x: f32[2]) { // body\n %y = neg %x "
                      "// minus\n return %y }");
  EXPECT_EQ(toString(graph.type(graph.outputs[0])), "f32[2]");
  EXPECT_EQ(parseAll("graph @a() { return } graph @b() { return }").size(), 2u);
}

TEST(Text, TwoInputsOfOneNameStayApart) {
  Graph graph;
  ValueId a = graph.addInput({DType::F32, {2}, {}}, "w"),
          b = graph.addInput({DType::F32, {3}, {}}, "w");
  graph.outputs = {b, a};
  Graph again = parse(print(graph));
  EXPECT_EQ(again.outputs, graph.outputs);
}

// [B71]
TEST(Text, ErrorsNameLineAndColumn) {
  auto body = [](const std::string &node) {
    return "graph @f(%x: f32[2, 3]) {\n  " + node + "\n  return\n}";
  };
  EXPECT_FERRO_ERROR(parse(body("%y = frob %x")), ParseError,
                     "graph text: line 2, column 8: there is no op 'frob'");
  EXPECT_FERRO_ERROR(
      parse(body("%y = neg %z")), ParseError,
      "graph text: line 2, column 12: %z is not defined before this use");
  EXPECT_FERRO_ERROR(parse(body("%x = neg %x")), ParseError,
                     "graph text: line 2, column 3: %x is defined twice");
  EXPECT_FERRO_ERROR(parse(body("%y = mm %x, %x")), ParseError,
                     "graph text: line 2, column 8: mm: lhs is [2, 3], rhs is "
                     "[2, 3]; lhs columns must equal rhs rows");
  EXPECT_FERRO_ERROR(parse(body("%y = neg %x : f32[3]")), ParseError,
                     "graph text: line 2, column 8: the type is f32[3]; the op "
                     "gives f32[2, 3]");
  EXPECT_FERRO_ERROR(parse(body("%y = neg %x {a = }")), ParseError,
                     "graph text: line 2, column 20: expected a value: true, "
                     "7, 0.5, \"text\", [0, 1], f32 or f32[2](0, 1)");
  EXPECT_FERRO_ERROR(parse(body("%y neg")), ParseError,
                     "graph text: line 2, column 6: expected '='");
  EXPECT_FERRO_ERROR(parse(body("%y = constant {value = i8[1](300)}")),
                     ParseError,
                     "graph text: line 2, column 32: expected an integer "
                     "within the dtype's range");
  EXPECT_FERRO_ERROR(
      parse("graph @f(%x: q4[2])"), ParseError,
      "graph text: line 1, column 14: expected a type such as f32[2, 3]");
  EXPECT_FERRO_ERROR(parse("graph @f() { return } graph @g() { return }"),
                     ParseError, "graph text: found 2 graphs; expected 1");
  EXPECT_FERRO_ERROR(parse(""), ParseError,
                     "graph text: found 0 graphs; expected 1");
}

// Every prefix and every one-character change parses or throws, nothing else.
TEST(Text, BrokenTextIsAnError) {
  std::string text = everything;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size()) { // without its last line break the text is whole
      EXPECT_THROW(parse(text.substr(0, i)), Error) << i;
    }
    for (char c : {'{', '"', '%', '9', '\0'}) {
      std::string changed = text;
      changed[i] = c;
      try {
        verify(parse(changed));
      } catch (const Error &error) {
        EXPECT_EQ(error.code(), Code::ParseError) << error.what();
      }
    }
  }
}
