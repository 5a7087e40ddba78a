#include "compiler/fromGraph/RegionEmitter.h"

#include "ferro/Error.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::fromGraph {

using graph::Family;
using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::ValueId;

void refuse(const Node &node, std::string text) {
  throw Error(Code::UnsupportedOp, std::string(graph::info(node.op).name),
              std::move(text));
}

DType accumulatorDType(const Graph &region, const Node &node) {
  DType operand = region.type(node.operands[0]).dtype;
  if (node.op == OpKind::Mean && !isFloat(operand))
    return DType::F64;
  if (node.op == OpKind::Amax || node.op == OpKind::Amin)
    return operand == DType::Bool ? DType::I32 : operand;
  return isFloat(operand) ? operand : DType::I64;
}

// How many elements one result of a reduction combines.
static std::int64_t reducedCount(const Graph &region, const Node &node) {
  std::int64_t result = numel(region.type(node.results[0]).shape);
  return result == 0 ? 0 : numel(region.type(node.operands[0]).shape) / result;
}

SmallVector<std::int64_t> RegionEmitter::fullShape(ValueId value) const {
  SmallVector<std::int64_t> shape;
  std::vector<bool> present = domain.presence(value);
  for (std::size_t i = 0; i < tile.size(); ++i)
    shape.push_back(present[i] ? tile[i] : 1);
  return shape;
}

Value RegionEmitter::get(ValueId value) {
  Value &slot = values[value];
  if (!slot) {
    Value made = emit(region.nodes[producers[value.index]]);
    values[value] = made;
    return made;
  }
  return slot;
}

Value RegionEmitter::getFull(ValueId value) {
  return broadcastTo(tiles, get(value), fullShape(value));
}

Value RegionEmitter::emit(const Node &node) {
  switch (graph::info(node.op).family) {
  case Family::Elementwise:
    return emitElementwise(node);
  case Family::Reduction:
    return finish(node, accumulate(node));
  case Family::Normalisation:
    return emitSoftmax(node);
  case Family::View:
    return get(node.operands[0]);
  case Family::Movement:
    return node.op == OpKind::Cast
               ? castTile(tiles, get(node.operands[0]), dtype(node.operands[0]),
                          dtype(node.results[0]))
               : get(node.operands[0]);
  case Family::Literal:
    return emitConstant(node);
  case Family::MatrixProduct:
  case Family::Group:
    break;
  }
  refuse(node,
         "found inside a group; the compiler has no schedule for it there");
}

Value RegionEmitter::emitElementwise(const Node &node) {
  SmallVector<Value> operands;
  SmallVector<DType> dtypes;
  SmallVector<std::int64_t> shape(tile.size(), 1);
  for (ValueId operand : node.operands) {
    operands.push_back(get(operand));
    dtypes.push_back(dtype(operand));
    for (auto [extent, own] :
         llvm::zip_equal(shape, tileType(operands.back()).getShape()))
      extent = std::max(extent, own);
  }
  for (Value &operand : operands)
    operand = broadcastTo(tiles, operand, shape);
  return emitFormula(tiles, node.op, operands, dtypes, dtype(node.results[0]));
}

Value RegionEmitter::emitConstant(const Node &node) {
  const graph::Literal &literal = node.attributes.getLiteral("value");
  if (numel(literal.shape) != 1)
    refuse(node, "shape is " + toString(literal.shape) +
                     "; inside a group a constant has one element");
  SmallVector<std::int64_t> shape(tile.size(), 1);
  auto stored =
      RankedTensorType::get(shape, storedElement(tiles.builder, literal.dtype));
  ArrayRef bytes(reinterpret_cast<const char *>(literal.bytes.data()),
                 literal.bytes.size());
  auto elements = DenseElementsAttr::getFromRawBuffer(stored, bytes);
  return toComputed(tiles, tiles.create<ConstantOp>(stored, elements),
                    literal.dtype);
}

//===--- reductions

Value RegionEmitter::reduce(Value source, ReduceKind kind,
                            const std::vector<bool> &axes) {
  SmallVector<std::int64_t> reduced, shape(tileType(source).getShape());
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (axes[i]) {
      reduced.push_back(static_cast<std::int64_t>(i));
      shape[i] = 1;
    }
  if (reduced.empty())
    return source;
  return tiles.create<ReduceOp>(tileType(source).clone(shape), kind, source,
                                reduced);
}

ReduceKind RegionEmitter::kindOf(const Node &node) {
  switch (node.op) {
  case OpKind::Prod:
    return ReduceKind::Mul;
  case OpKind::Amax:
    return ReduceKind::Max;
  case OpKind::Amin:
    return ReduceKind::Min;
  default:
    return ReduceKind::Add;
  }
}

Value RegionEmitter::accumulate(const Node &node) {
  auto known = accumulated.find(node.results[0]);
  if (known != accumulated.end())
    return known->second;
  Value source =
      castTile(tiles, getFull(node.operands[0]), dtype(node.operands[0]),
               accumulatorDType(region, node));
  return reduce(source, kindOf(node), reducedAxes(domain, node));
}

Value RegionEmitter::finish(const Node &node, Value total) {
  DType result = dtype(node.results[0]);
  if (node.op == OpKind::Mean)
    total = (Expr(&tiles, total) / reducedCount(region, node)).value;
  DType accumulator = accumulatorDType(region, node);
  if (isFloat(accumulator) && byteSize(accumulator) == 2)
    return roundTo(tiles, total, result);
  return castTile(tiles, total, accumulator, result);
}

Value RegionEmitter::emitSoftmax(const Node &node) {
  DType result = dtype(node.results[0]);
  Value source = castTile(tiles, getFull(node.operands[0]),
                          dtype(node.operands[0]), result);
  std::vector<bool> axes = reducedAxes(domain, node);
  ArrayRef<std::int64_t> shape = tileType(source).getShape();
  auto row = [&](Value value, ReduceKind kind) {
    return Expr(&tiles, broadcastTo(tiles, reduce(value, kind, axes), shape));
  };
  Expr x(&tiles, source);
  // A NaN reaches the results through the sum.
  Expr shifted = x - row(source, ReduceKind::MaxNum);
  Expr power = exp(shifted);
  Value sum = reduce(power.value, ReduceKind::Add, axes);
  if (node.op == OpKind::Softmax) { // one division a row, not one an element
    Expr inverse = Expr(1) / Expr(&tiles, sum);
    Expr wide(&tiles, broadcastTo(tiles, inverse.value, shape));
    return roundTo(tiles, (power * wide).value, result);
  }
  Expr logarithm(&tiles,
                 broadcastTo(tiles, log(Expr(&tiles, sum)).value, shape));
  return roundTo(tiles, (shifted - logarithm).value, result);
}

} // namespace ferro::fromGraph
