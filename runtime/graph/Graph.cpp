#include "graph/Graph.h"

#include "graph/Infer.h"
#include "support/Check.h"

namespace ferro::graph {

const Attribute *Attributes::find(std::string_view name) const {
  for (const auto &[key, value] : entries)
    if (key == name)
      return &value;
  return nullptr;
}

template <typename T>
static const T &get(const Attributes &attributes, std::string_view name) {
  const Attribute *found = attributes.find(name);
  FERRO_CHECK(found && std::holds_alternative<T>(*found),
              "inference checks that every attribute of the row is there");
  return std::get<T>(*found);
}

bool Attributes::getBool(std::string_view name) const {
  return get<bool>(*this, name);
}
std::int64_t Attributes::getInt(std::string_view name) const {
  return get<std::int64_t>(*this, name);
}
Dims Attributes::getInts(std::string_view name) const {
  return get<Dims>(*this, name);
}
DType Attributes::getDType(std::string_view name) const {
  return get<DType>(*this, name);
}
const std::string &Attributes::getString(std::string_view name) const {
  return get<std::string>(*this, name);
}
const Literal &Attributes::getLiteral(std::string_view name) const {
  return get<Literal>(*this, name);
}

void Attributes::set(std::string_view name, Attribute value) {
  for (auto &[key, old] : entries)
    if (key == name) {
      old = std::move(value);
      return;
    }
  entries.emplace_back(name, std::move(value));
}

static ValueId addValue(Graph &graph, Type type, std::string name = {}) {
  graph.values.push_back({std::move(type), std::move(name)});
  return {static_cast<std::uint32_t>(graph.values.size() - 1)};
}

ValueId Graph::addInput(Type type, std::string inputName) {
  inputs.push_back(addValue(*this, std::move(type), std::move(inputName)));
  return inputs.back();
}

ValueId Graph::addConstant(Literal literal) {
  return addNode(OpKind::Constant, {}, {{"value", std::move(literal)}});
}

ValueId Graph::addNode(OpKind op, std::vector<ValueId> operands,
                       Attributes attributes) {
  std::vector<Type> types;
  for (ValueId operand : operands)
    types.push_back(type(operand));
  ValueId result = addValue(*this, inferType(op, types, attributes));
  nodes.push_back(
      {op, std::move(attributes), std::move(operands), {result}, {}, nullptr});
  return result;
}

std::vector<std::int32_t> Graph::producers() const {
  std::vector<std::int32_t> producers(values.size(), -1);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (ValueId result : nodes[i].results)
      producers[result.index] = static_cast<std::int32_t>(i);
  return producers;
}

std::vector<std::uint32_t> Graph::useCounts() const {
  std::vector<std::uint32_t> counts(values.size(), 0);
  for (const Node &node : nodes)
    for (ValueId operand : node.operands)
      ++counts[operand.index];
  for (ValueId output : outputs)
    ++counts[output.index];
  return counts;
}

} // namespace ferro::graph
