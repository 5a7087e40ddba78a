#include "graph/Serialize.h"

#include "graph/Verify.h"
#include "support/Bytes.h"

#include "ferro/Error.h"

#include <string>

// Layout: magic, version, graph. A graph is its name, its values (type, name),
// the indices of inputs and outputs, then its nodes; a group carries its region
// as a nested graph. An attribute is its name, the index of its alternative in
// Attribute, and its value.
namespace ferro::graph {

static constexpr std::uint32_t magic = 0x52474646; // "FFGR"
static constexpr std::uint32_t version = 1;

using support::ByteReader;
using support::ByteWriter;

// --- writing

static void write(ByteWriter &out, const Dims &dims) {
  out.write(static_cast<std::uint8_t>(dims.size()));
  for (std::int64_t value : dims)
    out.write(value);
}

static void write(ByteWriter &out, const std::vector<ValueId> &ids) {
  out.count(ids.size());
  for (ValueId id : ids)
    out.write(id.index);
}

static void write(ByteWriter &out, const Literal &literal) {
  out.write(literal.dtype);
  write(out, literal.shape);
  out.bytes(literal.bytes);
}

static void write(ByteWriter &out, const Attribute &attribute) {
  out.write(static_cast<std::uint8_t>(attribute.index()));
  std::visit(
      [&]<typename T>(const T &value) {
        if constexpr (support::ByteScalar<T>)
          out.write(value);
        else if constexpr (std::is_same_v<T, std::string>)
          out.string(value);
        else
          write(out, value);
      },
      attribute);
}

static void write(ByteWriter &out, const Graph &graph, bool withLocations);

static void write(ByteWriter &out, const Node &node, bool withLocations) {
  out.write(node.op);
  out.count(static_cast<std::size_t>(
      std::distance(node.attributes.begin(), node.attributes.end())));
  for (const auto &[name, value] : node.attributes) {
    out.string(name);
    write(out, value);
  }
  write(out, node.operands);
  write(out, node.results);
  out.write(withLocations);
  if (withLocations) {
    out.string(node.location.file);
    out.write(node.location.line);
  }
  out.write(node.region != nullptr);
  if (node.region)
    write(out, *node.region, withLocations);
}

static void write(ByteWriter &out, const Graph &graph, bool withLocations) {
  out.string(graph.name);
  out.count(graph.values.size());
  for (const Value &value : graph.values) {
    out.write(value.type.dtype);
    write(out, value.type.shape);
    write(out, value.type.strides);
    out.string(value.name);
  }
  write(out, graph.inputs);
  write(out, graph.outputs);
  out.count(graph.nodes.size());
  for (const Node &node : graph.nodes)
    write(out, node, withLocations);
}

std::vector<std::byte> serialize(const Graph &graph, bool withLocations) {
  ByteWriter out;
  out.write(magic);
  out.write(version);
  write(out, graph, withLocations);
  return out.take();
}

// --- reading

static DType readDType(ByteReader &in) { return in.readEnum<DType>(numDTypes); }

static Dims readDims(ByteReader &in) {
  auto rank = in.read<std::uint8_t>();
  in.require(rank <= maxRank, "a rank is above 8");
  Dims dims;
  for (unsigned i = 0; i < rank; ++i)
    dims.push_back(in.read<std::int64_t>());
  return dims;
}

static std::vector<ValueId> readIds(ByteReader &in) {
  std::vector<ValueId> ids(in.count(sizeof(std::uint32_t)));
  for (ValueId &id : ids)
    id.index = in.read<std::uint32_t>();
  return ids;
}

static Literal readLiteral(ByteReader &in) {
  Literal literal{readDType(in), readDims(in), {}};
  auto bytes = in.bytes();
  literal.bytes.assign(bytes.begin(), bytes.end());
  return literal;
}

template <typename T> static Attribute readAlternative(ByteReader &in) {
  if constexpr (std::is_same_v<T, DType>)
    return readDType(in);
  else if constexpr (std::is_same_v<T, Dims>)
    return readDims(in);
  else if constexpr (std::is_same_v<T, Literal>)
    return readLiteral(in);
  else if constexpr (std::is_same_v<T, std::string>)
    return in.string();
  else
    return in.read<T>();
}

// One reader an alternative, so that whatever can be written can be read.
template <typename... T>
static Attribute readAttribute(ByteReader &in, const std::variant<T...> *) {
  static constexpr Attribute (*readers[])(ByteReader &) = {
      readAlternative<T>...};
  auto index = in.read<std::uint8_t>();
  in.require(index < sizeof...(T), "an attribute's type is unknown");
  return readers[index](in);
}

static Graph readGraph(ByteReader &in, bool isRegion);

static Node readNode(ByteReader &in, bool inRegion) {
  Node node{};
  node.op = in.readEnum<OpKind>(opTable().size());
  for (std::size_t i = in.count(2); i > 0; --i) {
    std::string name = in.string();
    in.require(!node.attributes.find(name), "an attribute stands twice");
    node.attributes.set(
        name, readAttribute(in, static_cast<const Attribute *>(nullptr)));
  }
  node.operands = readIds(in);
  node.results = readIds(in);
  if (in.read<bool>()) {
    node.location.file = in.string();
    node.location.line = in.read<std::uint32_t>();
  }
  if (in.read<bool>()) {
    in.require(!inRegion, "a region stands in a region");
    node.region =
        std::make_shared<const Graph>(readGraph(in, /*isRegion=*/true));
  }
  return node;
}

static Graph readGraph(ByteReader &in, bool isRegion) {
  Graph graph;
  graph.name = in.string();
  graph.values.resize(in.count(3));
  for (Value &value : graph.values) {
    value.type.dtype = readDType(in);
    value.type.shape = readDims(in);
    value.type.strides = readDims(in);
    value.name = in.string();
  }
  graph.inputs = readIds(in);
  graph.outputs = readIds(in);
  for (std::size_t i = in.count(3); i > 0; --i)
    graph.nodes.push_back(readNode(in, isRegion));
  return graph;
}

Graph deserialize(std::span<const std::byte> bytes) {
  ByteReader in(bytes, "graph");
  in.require(in.read<std::uint32_t>() == magic,
             "the bytes are no serialised graph");
  if (auto found = in.read<std::uint32_t>(); found != version)
    in.fail("version is " + std::to_string(found) + "; this build reads " +
            std::to_string(version));
  Graph graph = readGraph(in, /*isRegion=*/false);
  in.finish();
  try {
    verify(graph);
  } catch (const Error &error) {
    throw Error(Code::SerializationError, "graph", error.what());
  }
  return graph;
}

} // namespace ferro::graph
