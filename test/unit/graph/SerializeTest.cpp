#include "graph/Serialize.h"

#include "ExpectError.h"
#include "graph/Text.h"
#include "graph/Verify.h"

#include <gtest/gtest.h>

#include <random>

using namespace ferro;
using namespace ferro::graph;

static const char *const text =
    R"(graph @g(%a: f32[2, 3], %b: i64[3, 2]{1, 3}) -> (f32[2, 3], f64[]) {
  %0 = softmax %a {axis = -1} : f32[2, 3]
  %1 = sum %0 {axes = [0, -1], keepdim = true} : f32[1, 1]
  %2 = constant {value = f64[](0.5)} : f64[]
  %3 = cast %b {dtype = bf16} : bf16[3, 2]
  %4 = fused %a, %0 {kind = "elementwise"} : f32[2, 3] {
    graph @region(%0: f32[2, 3], %1: f32[2, 3]) -> (f32[2, 3]) {
      %2 = add %0, %1 : f32[2, 3]
      return %2
    }
  }
  return %4, %2
}
)";

// [B70]
TEST(Serialize, ReadsWhatItWrote) {
  Graph graph = parse(text);
  graph.nodes[0].location = {"model.cpp", 42};
  Graph again = deserialize(serialize(graph));
  EXPECT_EQ(print(again), text);
  EXPECT_EQ(again.nodes[0].location.file, "model.cpp");
  EXPECT_EQ(again.nodes[0].location.line, 42u);
  EXPECT_EQ(deserialize(serialize(graph, /*withLocations=*/false))
                .nodes[0]
                .location.file,
            "");
}

// The reference wrote tags that it could not read: here every op of the table
// and every alternative of an attribute goes through.
// [B70]
TEST(Serialize, EveryOpAndAttributeIsReadable) {
  Attributes every = {
      {"flag", true},
      {"int", std::int64_t(-7)},
      {"double", 0.25},
      {"text", std::string("a\0b", 3)},
      {"ints", Dims{1, -2}},
      {"dtype", DType::BF16},
      {"literal", Literal{DType::U8, {2}, {std::byte(1), std::byte(255)}}}};
  ASSERT_EQ(static_cast<std::size_t>(std::distance(every.begin(), every.end())),
            std::variant_size_v<Attribute>);
  for (const OpInfo &op : opTable()) {
    Graph graph;
    ValueId x = graph.addInput({DType::F32, {1}, {}});
    graph.values.push_back(graph.values[0]);
    graph.nodes.push_back({op.kind, every, {x}, {ValueId{1}}, {}, nullptr});
    // The op does not have these attributes, and the reader must get as far as
    // to say so.
    try {
      deserialize(serialize(graph));
      ADD_FAILURE() << op.name
                    << " was accepted with attributes that it does not have";
    } catch (const Error &error) {
      EXPECT_EQ(error.code(), Code::SerializationError);
      EXPECT_NE(std::string(error.what())
                    .find("node 0 (" + std::string(op.name) + ")"),
                std::string::npos)
          << error.what();
    }
  }
}

TEST(Serialize, EqualGraphsGiveEqualBytes) {
  Graph a = parse(text), b = parse(text);
  EXPECT_EQ(serialize(a), serialize(b));
  b.nodes[0].location = {"elsewhere.cpp", 7};
  EXPECT_NE(serialize(a), serialize(b));
  EXPECT_EQ(serialize(a, false), serialize(b, false));
  b.nodes[0].attributes.set("axis", std::int64_t(0));
  EXPECT_NE(serialize(a, false), serialize(b, false));
}

// [B70] [B71]
TEST(Serialize, SaysWhatIsWrong) {
  std::vector<std::byte> bytes = serialize(parse(text));
  auto changed = [&](std::size_t at, unsigned value) {
    std::vector<std::byte> copy = bytes;
    copy[at] = static_cast<std::byte>(value);
    return copy;
  };
  EXPECT_FERRO_ERROR(deserialize(changed(0, 'X')), SerializationError,
                     "graph: the bytes are no serialised graph at byte 4");
  EXPECT_FERRO_ERROR(deserialize(changed(4, 9)), SerializationError,
                     "graph: version is 9; this build reads 1 at byte 8");
  std::vector<std::byte> longer = bytes;
  longer.push_back({});
  EXPECT_THROW(deserialize(longer), Error);
}

// [B70]
TEST(Serialize, DamagedBytesAreAnErrorOrAValidGraph) {
  std::vector<std::byte> bytes = serialize(parse(text));
  auto read = [](std::span<const std::byte> damaged) {
    try {
      verify(deserialize(damaged));
      return true;
    } catch (const Error &error) {
      EXPECT_EQ(error.code(), Code::SerializationError) << error.what();
      return false;
    }
  };
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(read(std::span(bytes).first(size))) << size;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::vector<std::byte> flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    read(flipped);
  }
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::byte> damaged = bytes;
    for (int i = 0; i < 4; ++i)
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    read(damaged);
  }
}
