// The tensor graph: single assignment, topologically ordered, with regions.
#pragma once

#include "graph/OpInfo.h"

#include "ferro/DType.h"
#include "ferro/Shape.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ferro::graph {

struct ValueId {
  std::uint32_t index = ~0u;
  friend bool operator==(ValueId, ValueId) = default;
  friend auto operator<=>(ValueId, ValueId) = default;
};

/// What is known of a value before it runs. Strides are empty for row-major
/// storage; graph inputs may carry others, in elements.
struct Type {
  DType dtype = DType::F32;
  Shape shape;
  Strides strides;
  friend bool operator==(const Type &, const Type &) = default;
};

/// A tensor's elements, row-major, in the machine's (little-endian) byte order.
struct Literal {
  DType dtype = DType::F32;
  Shape shape;
  std::vector<std::byte> bytes;
  friend bool operator==(const Literal &, const Literal &) = default;
};

using Attribute =
    std::variant<bool, std::int64_t, double, std::string, Dims, DType, Literal>;

/// An op's attributes by name, in the order of its row in Ops.def.
class Attributes {
public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<std::string, Attribute>> list)
      : entries(list) {}
  /// Null if there is none.
  const Attribute *find(std::string_view name) const;
  bool getBool(std::string_view name) const;
  std::int64_t getInt(std::string_view name) const;
  Dims getInts(std::string_view name) const;
  DType getDType(std::string_view name) const;
  const std::string &getString(std::string_view name) const;
  const Literal &getLiteral(std::string_view name) const;
  void set(std::string_view name, Attribute value);

  auto begin() const { return entries.begin(); }
  auto end() const { return entries.end(); }
  bool empty() const { return entries.empty(); }
  friend bool operator==(const Attributes &, const Attributes &) = default;

private:
  std::vector<std::pair<std::string, Attribute>> entries;
};

/// Where the user wrote the operation; empty file means unknown.
struct Location {
  std::string file;
  std::uint32_t line = 0;
};

struct Graph;

struct Node {
  OpKind op;
  Attributes attributes;
  std::vector<ValueId> operands;
  std::vector<ValueId> results;
  Location location;
  /// Fused: the ops of the group. Its inputs are the operands, in order, its
  /// outputs the results, in order.
  std::shared_ptr<const Graph> region;
};

struct Value {
  Type type;
  std::string name; // inputs only; empty elsewhere
};

/// Nodes stand in topological order: an operand is an input or the result of
/// an earlier node. Inputs keep the declared arity and order, used or not.
struct Graph {
  std::string name;
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;

  ValueId addInput(Type type, std::string name = {});
  ValueId addConstant(Literal literal);
  /// Infers the result types (graph/Infer.h) and appends a node with one
  /// result.
  /// \throws Error as Infer does.
  ValueId addNode(OpKind op, std::vector<ValueId> operands,
                  Attributes attributes = {});
  const Type &type(ValueId id) const { return values[id.index].type; }
  /// The node that makes each value, or -1 for inputs.
  std::vector<std::int32_t> producers() const;
  /// How many operands and graph outputs read each value.
  std::vector<std::uint32_t> useCounts() const;
};

} // namespace ferro::graph
