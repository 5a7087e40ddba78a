#include "graph/Verify.h"

#include "graph/Infer.h"
#include "graph/Text.h"

#include "ferro/Error.h"

#include <algorithm>
#include <array>
#include <string>

namespace ferro::graph {

static constexpr std::array<std::string_view, 4> groupKinds = {
    "elementwise", "reduction", "matmul", "movement"};

// One graph under verification; a region is verified by a Verifier of its own.
struct Verifier {
  const Graph &graph;
  bool isRegion;
  std::vector<bool> defined;

  [[noreturn]] void fail(const std::string &subject,
                         const std::string &text) const {
    throw Error(Code::TracingError, "graph @" + graph.name,
                subject + ": " + text);
  }

  std::string subject(std::size_t node) const {
    return "node " + std::to_string(node) + " (" +
           std::string(info(graph.nodes[node].op).name) + ")";
  }

  const Type &known(ValueId id, const std::string &where) const {
    if (id.index >= graph.values.size())
      fail(where, "value " + std::to_string(id.index) +
                      " does not exist; there are " +
                      std::to_string(graph.values.size()));
    if (!defined[id.index])
      fail(where,
           "value " + std::to_string(id.index) + " is read before it is made");
    return graph.type(id);
  }

  void define(ValueId id, const std::string &where) {
    if (id.index >= graph.values.size())
      fail(where, "value " + std::to_string(id.index) +
                      " does not exist; there are " +
                      std::to_string(graph.values.size()));
    if (defined[id.index])
      fail(where, "value " + std::to_string(id.index) + " is made twice");
    defined[id.index] = true;
  }

  void checkInput(std::size_t i) {
    std::string where = "input " + std::to_string(i);
    define(graph.inputs[i], where);
    const Type &type = graph.type(graph.inputs[i]);
    checkExtents("graph @" + graph.name, type.shape);
    if (!type.strides.empty() && type.strides.size() != type.shape.size())
      fail(where, toString(type) + " has another number of strides than axes");
    for (std::int64_t stride : type.strides)
      if (stride < 0 || stride > maxElements)
        fail(where, toString(type) + " has a stride outside 0 to 2^58");
  }

  void checkResult(std::size_t node, std::size_t i, const Type &expected) {
    ValueId result = graph.nodes[node].results[i];
    define(result, subject(node));
    if (graph.type(result) != expected)
      fail(subject(node), "result " + std::to_string(i) + " is " +
                              toString(graph.type(result)) + "; the op gives " +
                              toString(expected));
  }

  void checkOp(std::size_t index) {
    const Node &node = graph.nodes[index];
    if (node.region)
      fail(subject(index), "found a region; only fused has one");
    if (node.results.size() != 1)
      fail(subject(index), "found " + std::to_string(node.results.size()) +
                               " results; the op has 1");
    std::vector<Type> types;
    for (ValueId operand : node.operands)
      types.push_back(known(operand, subject(index)));
    Type type;
    try {
      type = inferType(node.op, types, node.attributes);
    } catch (const Error &error) {
      fail(subject(index), error.text());
    }
    checkResult(index, 0, type);
  }

  void checkFused(std::size_t index) {
    const Node &node = graph.nodes[index];
    if (isRegion)
      fail(subject(index), "stands in a region; groups do not nest");
    if (!node.region)
      fail(subject(index), "has no region");
    const Attribute *kind = node.attributes.find("kind");
    const auto *text = kind ? std::get_if<std::string>(kind) : nullptr;
    if (!text || std::find(groupKinds.begin(), groupKinds.end(), *text) ==
                     groupKinds.end())
      fail(subject(index),
           "kind must be elementwise, reduction, matmul or movement");
    if (std::distance(node.attributes.begin(), node.attributes.end()) != 1)
      fail(subject(index), "has an attribute beside kind");
    const Graph &region = *node.region;
    Verifier{region, /*isRegion=*/true, std::vector<bool>(region.values.size())}
        .run();
    if (region.inputs.size() != node.operands.size() ||
        region.outputs.size() != node.results.size())
      fail(subject(index), "the region's arity differs from the node's");
    for (std::size_t i = 0; i < node.operands.size(); ++i) {
      // Strides stand in the region: the operand may be a view.
      const Type &outside = known(node.operands[i], subject(index)),
                 &inside = region.type(region.inputs[i]);
      if (outside.dtype != inside.dtype || !(outside.shape == inside.shape))
        fail(subject(index), "operand " + std::to_string(i) + " is " +
                                 toString(outside) + ", the region's input " +
                                 toString(inside));
    }
    for (std::size_t i = 0; i < node.results.size(); ++i) {
      if (std::find(region.inputs.begin(), region.inputs.end(),
                    region.outputs[i]) != region.inputs.end())
        fail(subject(index),
             "result " + std::to_string(i) +
                 " is an operand; a group returns what it makes");
      checkResult(index, i, region.type(region.outputs[i]));
    }
  }

  void run() {
    for (std::size_t i = 0; i < graph.inputs.size(); ++i)
      checkInput(i);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
      graph.nodes[i].op == OpKind::Fused ? checkFused(i) : checkOp(i);
    for (ValueId output : graph.outputs)
      known(output, "return");
  }
};

void verify(const Graph &graph) {
  Verifier{graph, /*isRegion=*/false, std::vector<bool>(graph.values.size())}
      .run();
}

} // namespace ferro::graph
