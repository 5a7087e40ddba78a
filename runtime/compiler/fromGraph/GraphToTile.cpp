#include "compiler/fromGraph/GraphToTile.h"

#include "compiler/fromGraph/Domain.h"
#include "compiler/fromGraph/Elements.h"
#include "compiler/fromGraph/Schedules.h"

#include "ferro/Error.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"

#include <cstring>
#include <limits>
#include <map>

using namespace mlir;
using namespace ferro::tile;

namespace ferro::fromGraph {

using graph::Family;
using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::ValueId;

[[noreturn]] static void refuse(const Node &node, std::string text) {
  throw Error(Code::UnsupportedOp, std::string(graph::info(node.op).name),
              std::move(text));
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

static MemRefType viewType(Type element, ArrayRef<std::int64_t> shape,
                           ArrayRef<std::int64_t> strides,
                           std::int64_t offset = 0) {
  SmallVector<std::int64_t> rowMajor(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;)
    rowMajor[i - 1] = rowMajor[i] * shape[i];
  SmallVector<std::int64_t> actual(strides);
  bool isRowMajor = offset == 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1)
      actual[i] = rowMajor[i]; // never walked
    isRowMajor &= actual[i] == rowMajor[i];
  }
  if (isRowMajor)
    return MemRefType::get(shape, element);
  return MemRefType::get(
      shape, element,
      StridedLayoutAttr::get(element.getContext(), offset, actual));
}

static MemRefType viewType(Type element, const Domain &domain,
                           const DomainView &view) {
  SmallVector<std::int64_t> shape;
  for (std::size_t i = 0; i < domain.rank(); ++i)
    shape.push_back(view.has[i] ? domain.extents[i] : 1);
  return viewType(element, shape, view.strides);
}

// The dtype in which a reduction accumulates.
static DType accumulatorDType(const Graph &region, const Node &node) {
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

//===----------------------------------------------------------------------===//
// The ops of a region over one tile of the domain
//===----------------------------------------------------------------------===//

// Emits, on demand, the tiles of a region's values. Values are at most as wide
// as the axes on which they depend: broadcasting waits until it is needed.
struct RegionEmitter {
  const Graph &region;
  const Domain &domain;
  TileBuilder tiles;
  SmallVector<std::int64_t> tile; // extents along the domain's axes
  std::vector<std::int32_t> producers;
  std::map<ValueId, Value> values;
  // Sums and the like that an earlier stage has made, before `finish`.
  std::map<ValueId, Value> accumulated;

  RegionEmitter(const Graph &region, const Domain &domain, TileBuilder tiles,
                ArrayRef<std::int64_t> tile)
      : region(region), domain(domain), tiles(tiles), tile(tile),
        producers(region.producers()) {}

  SmallVector<std::int64_t> fullShape(ValueId value) const {
    SmallVector<std::int64_t> shape;
    std::vector<bool> present = domain.presence(value);
    for (std::size_t i = 0; i < tile.size(); ++i)
      shape.push_back(present[i] ? tile[i] : 1);
    return shape;
  }

  Value get(ValueId value) {
    Value &slot = values[value];
    if (!slot) {
      Value made = emit(region.nodes[producers[value.index]]);
      values[value] = made;
      return made;
    }
    return slot;
  }

  /// The value with every axis that its type has.
  Value getFull(ValueId value) {
    return broadcastTo(tiles, get(value), fullShape(value));
  }

  Value emit(const Node &node) {
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
                 ? castTile(tiles, get(node.operands[0]),
                            dtype(node.operands[0]), dtype(node.results[0]))
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

  DType dtype(ValueId value) const { return region.type(value).dtype; }

  Value emitElementwise(const Node &node) {
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
    return emitFormula(tiles, node.op, operands, dtypes,
                       dtype(node.results[0]));
  }

  Value emitConstant(const Node &node) {
    const graph::Literal &literal = node.attributes.getLiteral("value");
    if (numel(literal.shape) != 1)
      refuse(node, "shape is " + toString(literal.shape) +
                       "; inside a group a constant has one element");
    SmallVector<std::int64_t> shape(tile.size(), 1);
    auto stored = RankedTensorType::get(
        shape, storedElement(tiles.builder, literal.dtype));
    ArrayRef bytes(reinterpret_cast<const char *>(literal.bytes.data()),
                   literal.bytes.size());
    auto elements = DenseElementsAttr::getFromRawBuffer(stored, bytes);
    return toComputed(tiles, tiles.create<ConstantOp>(stored, elements),
                      literal.dtype);
  }

  //===--- reductions

  Value reduce(Value source, ReduceKind kind, const std::vector<bool> &axes) {
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

  static ReduceKind kindOf(const Node &node) {
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

  Value accumulate(const Node &node) {
    auto known = accumulated.find(node.results[0]);
    if (known != accumulated.end())
      return known->second;
    Value source =
        castTile(tiles, getFull(node.operands[0]), dtype(node.operands[0]),
                 accumulatorDType(region, node));
    return reduce(source, kindOf(node), reducedAxes(domain, node));
  }

  Value finish(const Node &node, Value total) {
    DType result = dtype(node.results[0]);
    if (node.op == OpKind::Mean)
      total = (Expr(&tiles, total) / reducedCount(region, node)).value;
    DType accumulator = accumulatorDType(region, node);
    if (isFloat(accumulator) && byteSize(accumulator) == 2)
      return roundTo(tiles, total, result);
    return castTile(tiles, total, accumulator, result);
  }

  Value emitSoftmax(const Node &node) {
    DType result = dtype(node.results[0]);
    Value source = castTile(tiles, getFull(node.operands[0]),
                            dtype(node.operands[0]), result);
    std::vector<bool> axes = reducedAxes(domain, node);
    ArrayRef<std::int64_t> shape = tileType(source).getShape();
    auto row = [&](Value value, ReduceKind kind) {
      return Expr(&tiles, broadcastTo(tiles, reduce(value, kind, axes), shape));
    };
    Expr x(&tiles, source);
    Expr shifted = x - row(source, ReduceKind::Max);
    Expr power = exp(shifted);
    Value sum = reduce(power.value, ReduceKind::Add, axes);
    if (node.op == OpKind::Softmax)
      return roundTo(
          tiles, (power / Expr(&tiles, broadcastTo(tiles, sum, shape))).value,
          result);
    Expr logarithm(&tiles,
                   broadcastTo(tiles, log(Expr(&tiles, sum)).value, shape));
    return roundTo(tiles, (shifted - logarithm).value, result);
  }
};

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

// An entry under construction and where its running block stands.
struct StageBuilder {
  OpBuilder builder;
  Location loc;
  EntryOp entry;
  SmallVector<Value> block; // the tile index along each axis

  StageBuilder(ModuleOp module, StringRef name, StringRef kernel,
               ArrayRef<std::int64_t> counts, ArrayRef<std::int64_t> buffers,
               TypeRange views)
      : builder(module.getBodyRegion()), loc(module.getLoc()) {
    builder.setInsertionPointToEnd(module.getBody());
    SmallVector<std::int64_t> grid;
    for (std::int64_t count : counts)
      if (count != 1)
        grid.push_back(count);
    if (grid.empty())
      grid.push_back(1);
    entry = EntryOp::create(builder, loc, name, grid, buffers, views);
    if (name != kernel)
      entry.setKernel(kernel);
    builder.setInsertionPoint(entry.block().getTerminator());
    addBlockIndices(counts, grid.size());
  }

  void addBlockIndices(ArrayRef<std::int64_t> counts, std::size_t gridRank) {
    SmallVector<Type> types(gridRank, builder.getIndexType());
    BlockIdOp ids;
    std::size_t next = 0;
    for (std::int64_t count : counts) {
      if (count == 1) {
        block.push_back(arith::ConstantIndexOp::create(builder, loc, 0));
        continue;
      }
      if (!ids)
        ids = BlockIdOp::create(builder, loc, types);
      block.push_back(ids.getResult(next++));
    }
  }

  TileBuilder tiles() { return {builder, loc}; }
  Value zero() { return arith::ConstantIndexOp::create(builder, loc, 0); }

  SmallVector<Value> indices(const std::vector<bool> &has) {
    SmallVector<Value> result;
    for (std::size_t i = 0; i < has.size(); ++i)
      result.push_back(has[i] ? block[i] : zero());
    return result;
  }

  Value load(Value view, ArrayRef<Value> at, ArrayRef<std::int64_t> shape) {
    Type element = cast<MemRefType>(view.getType()).getElementType();
    return LoadOp::create(builder, loc, RankedTensorType::get(shape, element),
                          view, at);
  }
  void store(Value tile, Value view, ArrayRef<Value> at) {
    StoreOp::create(builder, loc, tile, view, at);
  }
};

static SmallVector<std::int64_t> blockCounts(const Domain &domain,
                                             ArrayRef<std::int64_t> tile) {
  SmallVector<std::int64_t> counts;
  for (std::size_t i = 0; i < tile.size(); ++i)
    counts.push_back((domain.extents[i] + tile[i] - 1) / tile[i]);
  return counts;
}

static SmallVector<std::int64_t> countUp(std::size_t count) {
  return llvm::to_vector(
      llvm::seq<std::int64_t>(0, static_cast<std::int64_t>(count)));
}

static SmallVector<std::int64_t> tileOf(const DomainView &view,
                                        ArrayRef<std::int64_t> tile) {
  SmallVector<std::int64_t> shape;
  for (std::size_t i = 0; i < tile.size(); ++i)
    shape.push_back(view.has[i] ? tile[i] : 1);
  return shape;
}

// One kernel's region, domain and the types of its buffers.
struct Kernel {
  const Graph &region;
  Domain domain;
  StringRef symbol;
  mutable ModuleOp module;         // MLIR's handles are not const-correct
  const Graph *original = nullptr; // before empty values became scalars

  DType bufferDType(std::size_t buffer) const {
    std::size_t inputs = region.inputs.size();
    ValueId value = buffer < inputs ? region.inputs[buffer]
                                    : region.outputs[buffer - inputs];
    return region.type(value).dtype;
  }
  MemRefType bufferType(std::size_t buffer) const {
    Builder builder(module.getContext());
    return viewType(storedElement(builder, bufferDType(buffer)), domain,
                    domain.views[buffer]);
  }
  SmallVector<Type> bufferTypes() const {
    SmallVector<Type> types;
    for (std::size_t i = 0; i < domain.views.size(); ++i)
      types.push_back(bufferType(i));
    return types;
  }
};

static void loadInputs(const Kernel &kernel, StageBuilder &stage,
                       RegionEmitter &emitter,
                       const std::vector<bool> &needed) {
  TileBuilder tiles = stage.tiles();
  for (std::size_t i = 0; i < kernel.region.inputs.size(); ++i) {
    ValueId input = kernel.region.inputs[i];
    if (!needed[input.index] || emitter.values.count(input))
      continue;
    const DomainView &view = kernel.domain.views[i];
    Value stored =
        stage.load(stage.entry.block().getArgument(i), stage.indices(view.has),
                   tileOf(view, emitter.tile));
    emitter.values[input] = toComputed(tiles, stored, kernel.bufferDType(i));
  }
}

static void storeOutputs(const Kernel &kernel, StageBuilder &stage,
                         RegionEmitter &emitter) {
  TileBuilder tiles = stage.tiles();
  std::size_t inputs = kernel.region.inputs.size();
  for (std::size_t i = 0; i < kernel.region.outputs.size(); ++i) {
    if (kernel.original &&
        numel(kernel.original->type(kernel.original->outputs[i]).shape) == 0)
      continue;
    const DomainView &view = kernel.domain.views[inputs + i];
    Value value = broadcastTo(tiles, emitter.get(kernel.region.outputs[i]),
                              tileOf(view, emitter.tile));
    stage.store(toStored(tiles, value, kernel.bufferDType(inputs + i)),
                stage.entry.block().getArgument(inputs + i),
                stage.indices(view.has));
  }
}

// Which values the given ones need, themselves included.
static std::vector<bool> neededFor(const Graph &region,
                                   ArrayRef<ValueId> values) {
  std::vector<bool> needed(region.values.size());
  for (ValueId value : values)
    needed[value.index] = true;
  for (auto node = region.nodes.rbegin(); node != region.nodes.rend(); ++node)
    for (ValueId result : node->results)
      if (needed[result.index])
        for (ValueId operand : node->operands)
          needed[operand.index] = true;
  return needed;
}

static void emitSingleStage(const Kernel &kernel, ArrayRef<std::int64_t> tile) {
  StageBuilder stage(kernel.module, kernel.symbol, kernel.symbol,
                     blockCounts(kernel.domain, tile),
                     countUp(kernel.domain.views.size()), kernel.bufferTypes());
  RegionEmitter emitter(kernel.region, kernel.domain, stage.tiles(), tile);
  loadInputs(kernel, stage, emitter,
             neededFor(kernel.region, kernel.region.outputs));
  storeOutputs(kernel, stage, emitter);
}

//===----------------------------------------------------------------------===//
// Two stages: partial results in the workspace, then their combination
//===----------------------------------------------------------------------===//

static SmallVector<const Node *> reductionsOf(const Graph &region) {
  SmallVector<const Node *> found;
  for (const Node &node : region.nodes)
    if (graph::info(node.op).family == Family::Reduction ||
        graph::info(node.op).family == Family::Normalisation)
      found.push_back(&node);
  return found;
}

// Partial results of one reduction: a row-major workspace view over the kept
// axes and, in place of the split axis, its chunks.
static MemRefType partialType(const Domain &partials,
                              const std::vector<bool> &reduced,
                              std::size_t axis, Type element,
                              std::uint64_t &workspace) {
  SmallVector<std::int64_t> shape, strides;
  std::int64_t count = 1;
  for (std::size_t i = 0; i < partials.rank(); ++i)
    shape.push_back(i == axis || !reduced[i] ? partials.extents[i] : 1);
  for (std::size_t i = shape.size(); i-- > 0; count *= shape[i])
    strides.insert(strides.begin(), count);
  std::uint64_t bytes = std::max(element.getIntOrFloatBitWidth() / 8, 1u);
  std::uint64_t start = (workspace + 63) / 64 * 64;
  workspace = start + static_cast<std::uint64_t>(count) * bytes;
  return viewType(element, shape, strides,
                  static_cast<std::int64_t>(start / bytes));
}

static std::uint64_t emitTwoStages(const Kernel &kernel,
                                   const SplitSchedule &split) {
  SmallVector<const Node *> reductions = reductionsOf(kernel.region);
  std::vector<bool> reduced = reducedAxes(kernel.domain, *reductions.front());
  Domain partials = kernel.domain;
  partials.extents[split.axis] =
      (kernel.domain.extents[split.axis] + split.chunk - 1) / split.chunk;

  // The accumulators' types follow from the dtypes alone.
  std::uint64_t workspace = 0;
  SmallVector<MemRefType> views;
  Builder types(kernel.module.getContext());
  for (const Node *node : reductions)
    views.push_back(partialType(
        partials, reduced, split.axis,
        computedElement(types, accumulatorDType(kernel.region, *node)),
        workspace));

  SmallVector<Type> arguments = kernel.bufferTypes();
  SmallVector<std::int64_t> buffers = countUp(arguments.size());
  std::size_t firstPartial = arguments.size();
  for (MemRefType view : views) {
    arguments.push_back(view);
    buffers.push_back(-1);
  }
  std::vector<bool> partialHas(kernel.domain.rank());
  for (std::size_t i = 0; i < partialHas.size(); ++i)
    partialHas[i] = !reduced[i] || i == split.axis;

  { // one block per chunk
    StageBuilder stage(kernel.module, (kernel.symbol + ".partial").str(),
                       kernel.symbol, blockCounts(kernel.domain, split.tile),
                       buffers, arguments);
    RegionEmitter emitter(kernel.region, kernel.domain, stage.tiles(),
                          split.tile);
    SmallVector<ValueId> sources;
    for (const Node *node : reductions)
      sources.push_back(node->operands[0]);
    loadInputs(kernel, stage, emitter, neededFor(kernel.region, sources));
    for (auto [i, node] : llvm::enumerate(reductions))
      stage.store(emitter.accumulate(*node),
                  stage.entry.block().getArgument(firstPartial + i),
                  stage.indices(partialHas));
  }
  // The chunks' results, then what follows the reductions.
  SmallVector<std::int64_t> tile(split.tile);
  for (std::size_t i = 0; i < tile.size(); ++i)
    if (reduced[i])
      tile[i] = 1;
  Domain kept = kernel.domain;
  for (std::size_t i = 0; i < kept.rank(); ++i)
    if (reduced[i])
      kept.extents[i] = 1;
  StageBuilder stage(kernel.module, kernel.symbol, kernel.symbol,
                     blockCounts(kept, tile), buffers, arguments);
  RegionEmitter emitter(kernel.region, kernel.domain, stage.tiles(), tile);
  std::vector<bool> alongChunks(kernel.domain.rank());
  alongChunks[split.axis] = true;
  SmallVector<std::int64_t> partialTile(tile);
  partialTile[split.axis] = partials.extents[split.axis];
  for (auto [i, node] : llvm::enumerate(reductions)) {
    Value chunks = stage.load(stage.entry.block().getArgument(firstPartial + i),
                              stage.indices(partialHas), partialTile);
    emitter.accumulated[node->results[0]] =
        emitter.reduce(chunks, RegionEmitter::kindOf(*node), alongChunks);
  }
  // Nothing behind a reduction's own operand is loaded again.
  Graph after = kernel.region;
  for (Node &node : after.nodes)
    if (graph::info(node.op).family == Family::Reduction)
      node.operands.clear();
  loadInputs(kernel, stage, emitter, neededFor(after, kernel.region.outputs));
  storeOutputs(kernel, stage, emitter);
  return workspace;
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

// The operands of a product as batches of MxK and KxN.
struct Product {
  const Node *node = nullptr;
  ValueId left, right;
  bool hasRows = true, hasColumns = true; // in the result's shape
  bool transposed = false;                // right is NxK
  std::int64_t depth = 0;
  DType dtype = DType::F32; // both operands are promoted to it
  DomainView lhs, rhs; // over the domain: leading axes and M, respectively N
  std::int64_t lhsDepth = 0, rhsDepth = 0; // strides along K
};

static const Node *findProduct(const Graph &region) {
  for (const Node &node : region.nodes)
    if (graph::info(node.op).family == Family::MatrixProduct)
      return &node;
  return nullptr;
}

static Strides stridesOf(const graph::Type &type) {
  return type.strides.empty() ? contiguousStrides(type.shape) : type.strides;
}

// Right-aligns an operand's leading axes with the domain's.
static void addBatches(DomainView &view, const Domain &domain,
                       const graph::Type &type, std::size_t leading) {
  Strides strides = stridesOf(type);
  std::size_t batches = domain.rank() - 2;
  for (std::size_t i = 0; i < leading; ++i) {
    std::size_t axis = batches - leading + i;
    if (type.shape[i] == 1)
      continue;
    view.has[axis] = strides[i] != 0;
    view.strides[axis] = strides[i];
  }
}

// A matrix times a vector is the vector as one row times the transpose.
static Product describeProduct(const Graph &region, const Node &node) {
  Product product;
  product.node = &node;
  product.left = node.operands[0];
  product.right = node.operands[1];
  product.transposed = node.op == OpKind::MmBt || node.op == OpKind::Linear;
  auto rank = [&](ValueId value) { return region.type(value).shape.size(); };
  product.depth = region.type(product.left).shape.back();
  if (rank(product.right) == 1 && rank(product.left) > 1) {
    std::swap(product.left, product.right);
    product.transposed = true;
  }
  product.hasRows = rank(product.left) > 1;
  product.hasColumns = rank(product.right) > 1;
  product.dtype = promote(region.type(product.left).dtype,
                          region.type(product.right).dtype);
  if (product.dtype == DType::Bool)
    refuse(node, "operands are bool; products are compiled for numbers");
  return product;
}

static void addOperandViews(Product &product, const Graph &region,
                            const Domain &domain) {
  const graph::Type &lhs = region.type(product.left);
  const graph::Type &rhs = region.type(product.right);
  std::size_t rank = domain.rank(), m = rank - 2, n = rank - 1;
  product.lhs =
      product.rhs = {std::vector<bool>(rank), std::vector<std::int64_t>(rank)};
  Strides ls = stridesOf(lhs), rs = stridesOf(rhs);
  product.lhsDepth = ls.back();
  if (product.hasRows) {
    product.lhs.has[m] = true;
    product.lhs.strides[m] = ls[lhs.shape.size() - 2];
    addBatches(product.lhs, domain, lhs, lhs.shape.size() - 2);
  }
  product.rhsDepth = rs.back();
  if (product.hasColumns) {
    std::size_t last = rhs.shape.size() - 1;
    product.rhs.has[n] = true;
    product.rhs.strides[n] = rs[product.transposed ? last - 1 : last];
    product.rhsDepth = rs[product.transposed ? last : last - 1];
    addBatches(product.rhs, domain, rhs, rhs.shape.size() - 2);
  }
}

// A tile of an operand, in the dtype of the product. Halves go in as they are.
static Value loadOperand(TileBuilder tiles, Value view, ArrayRef<Value> at,
                         std::int64_t rows, std::int64_t columns, DType from,
                         DType to) {
  Type element = cast<MemRefType>(view.getType()).getElementType();
  Value tile = tiles.create<LoadOp>(
      RankedTensorType::get({rows, columns}, element), view, at);
  if (from == to && from != DType::U8)
    return tile;
  return castTile(tiles, toComputed(tiles, tile, from), from, to);
}

static Value emitProduct(StageBuilder &stage, const Graph &region,
                         const Product &product, Value lhs, Value rhs,
                         const ProductTile &tile) {
  OpBuilder &builder = stage.builder;
  Location loc = stage.loc;
  std::size_t rank = stage.block.size();
  Value zero = stage.tiles().splat(
      RankedTensorType::get({tile.m, tile.n},
                            computedElement(builder, product.dtype)),
      0);
  std::int64_t count = (product.depth + tile.k - 1) / tile.k;
  Value steps = arith::ConstantIndexOp::create(builder, loc, count);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  SmallVector<Value> leftAt, rightAt;
  for (std::size_t i = 0; i + 1 < rank; ++i)
    leftAt.push_back(product.lhs.has[i] ? stage.block[i] : stage.zero());
  for (std::size_t i = 0; i < rank; ++i)
    if (i != rank - 2)
      rightAt.push_back(product.rhs.has[i] ? stage.block[i] : stage.zero());
  Value start = stage.zero();
  auto body = [&](OpBuilder &inner, Location, Value k, ValueRange carried) {
    leftAt.push_back(k);
    rightAt.insert(rightAt.end() - 1, k);
    Value a = loadOperand({inner, loc}, lhs, leftAt, tile.m, tile.k,
                          region.type(product.left).dtype, product.dtype);
    Value b = loadOperand({inner, loc}, rhs, rightAt, tile.k, tile.n,
                          region.type(product.right).dtype, product.dtype);
    Value sum =
        MmaOp::create(inner, loc, carried[0].getType(), a, b, carried[0]);
    scf::YieldOp::create(inner, loc, sum);
  };
  return scf::ForOp::create(builder, loc, start, steps, one, zero, body)
      .getResult(0);
}

// The view of an operand: its leading axes, then the matrix.
static MemRefType matrixType(Type element, const Domain &domain,
                             const DomainView &view, std::size_t free,
                             std::int64_t depth, std::int64_t depthStride,
                             bool depthFirst) {
  SmallVector<std::int64_t> shape, strides;
  for (std::size_t i = 0; i + 2 < domain.rank(); ++i) {
    shape.push_back(view.has[i] ? domain.extents[i] : 1);
    strides.push_back(view.strides[i]);
  }
  shape.push_back(view.has[free] ? domain.extents[free] : 1);
  strides.push_back(view.strides[free]);
  auto at = shape.end() - (depthFirst ? 1 : 0);
  strides.insert(strides.end() - (depthFirst ? 1 : 0), depthStride);
  shape.insert(at, depth);
  return viewType(element, shape, strides);
}

static void emitProductKernel(const Graph &region, const Node &node,
                              StringRef symbol, ModuleOp module,
                              const Machine &machine) {
  Product product = describeProduct(region, node);
  ValueId result = node.results[0];
  Domain domain =
      inferProductDomain(region, result, product.hasRows, product.hasColumns);
  addOperandViews(product, region, domain);
  if (!product.rhs.has[domain.rank() -
                       2]) // leading axes join M unless rhs has batches
    collapse(region, domain, {&product.lhs, &product.rhs}, /*keep=*/1);
  std::size_t rank = domain.rank();
  std::int64_t m = domain.extents[rank - 2], n = domain.extents[rank - 1];
  Kernel kernel{region, domain, symbol, module, nullptr};
  Builder types(module.getContext());
  ProductTile shape = machine.productTile(
      m, n, product.depth, static_cast<std::int64_t>(byteSize(product.dtype)));

  SmallVector<Type> views = kernel.bufferTypes();
  SmallVector<std::int64_t> buffers = countUp(views.size());
  auto position = [&](ValueId value) {
    auto at = std::find(region.inputs.begin(), region.inputs.end(), value);
    if (at == region.inputs.end())
      refuse(node, "found an operand made inside its group; the operands of a "
                   "product are the "
                   "group's inputs");
    return at - region.inputs.begin();
  };
  buffers.push_back(position(product.left));
  buffers.push_back(position(product.right));
  std::size_t lhs = views.size();
  auto elementOf = [&](ValueId value) {
    return storedElement(types, region.type(value).dtype);
  };
  views.push_back(matrixType(elementOf(product.left), domain, product.lhs,
                             rank - 2, product.depth, product.lhsDepth,
                             /*depthFirst=*/false));
  views.push_back(matrixType(elementOf(product.right), domain, product.rhs,
                             rank - 1, product.depth, product.rhsDepth,
                             /*depthFirst=*/true));

  SmallVector<std::int64_t> tile(rank, 1);
  tile[rank - 2] = shape.m;
  tile[rank - 1] = shape.n;
  StageBuilder stage(module, symbol, symbol, blockCounts(domain, tile), buffers,
                     views);
  RegionEmitter emitter(region, domain, stage.tiles(), tile);
  TileBuilder tiles = stage.tiles();
  Value total =
      emitProduct(stage, region, product, stage.entry.block().getArgument(lhs),
                  stage.entry.block().getArgument(lhs + 1), shape);
  if (rank > 2)
    total = tiles.create<ReshapeOp>(tileType(total).clone(tile), total);
  std::vector<bool> needed = neededFor(region, region.outputs);
  needed[node.operands[0].index] = needed[node.operands[1].index] = false;
  for (const Node &other :
       region.nodes) // an operand may also be read by the epilogue
    if (&other != &node)
      for (ValueId operand : other.operands)
        needed[operand.index] = true;
  loadInputs(kernel, stage, emitter, needed);
  if (node.operands.size() > 2) {
    Value bias = broadcastTo(tiles, emitter.get(node.operands[2]), tile);
    total = (Expr(&tiles, total) + Expr(&tiles, bias)).value;
  }
  emitter.values[result] = roundTo(tiles, total, region.type(result).dtype);
  storeOutputs(kernel, stage, emitter);
}

//===----------------------------------------------------------------------===//
// Movement and the choice of schedule
//===----------------------------------------------------------------------===//

// One stage per operand copies it into its part of the result.
static void emitCat(const Graph &region, const Node &node, StringRef symbol,
                    ModuleOp module) {
  const graph::Type &result = region.type(node.results[0]);
  std::int64_t axis = node.attributes.getInt("axis");
  if (axis < 0)
    axis += static_cast<std::int64_t>(result.shape.size());
  Strides strides = contiguousStrides(result.shape);
  Builder types(module.getContext());
  std::int64_t offset = 0;
  for (auto [i, operand] : llvm::enumerate(node.operands)) {
    const graph::Type &from = region.type(operand);
    auto at = std::find(region.inputs.begin(), region.inputs.end(), operand);
    if (at == region.inputs.end())
      refuse(node, "found an operand made inside its group; cat copies the "
                   "group's inputs");
    std::int64_t start = offset;
    offset += from.shape[axis] * strides[axis];
    if (numel(from.shape) == 0)
      continue;
    Graph part;
    ValueId input = part.addInput(from);
    ValueId output = input;
    if (from.dtype != result.dtype)
      output = part.addNode(OpKind::Cast, {input}, {{"dtype", result.dtype}});
    part.outputs.push_back(output);
    Domain domain = inferDomain(part);
    domain.views[1] = {std::vector<bool>(domain.rank()),
                       std::vector<std::int64_t>(domain.rank())};
    for (std::size_t a = 0; a < from.shape.size(); ++a)
      if (int d = domain.axes[output.index][a]; d >= 0) {
        domain.views[1].has[d] = true;
        domain.views[1].strides[d] = strides[a];
      }
    collapse(part, domain);
    Kernel kernel{part, domain, symbol, module, nullptr};
    SmallVector<Type> views = kernel.bufferTypes();
    auto whole = cast<MemRefType>(views[1]);
    views[1] = viewType(whole.getElementType(), whole.getShape(),
                        domain.views[1].strides, start);
    SmallVector<std::int64_t> buffers{
        at - region.inputs.begin(),
        static_cast<std::int64_t>(region.inputs.size())};
    SmallVector<std::int64_t> tile = elementwiseTile(domain);
    StageBuilder stage(module, (symbol + ".part" + std::to_string(i)).str(),
                       symbol, blockCounts(domain, tile), buffers, views);
    RegionEmitter emitter(part, domain, stage.tiles(), tile);
    loadInputs(kernel, stage, emitter, neededFor(part, part.outputs));
    storeOutputs(kernel, stage, emitter);
  }
}

// All reductions of a group combine the same axes.
static std::vector<bool> commonReducedAxes(const Domain &domain,
                                           ArrayRef<const Node *> reductions) {
  std::vector<bool> common(domain.rank());
  for (const Node *node : reductions) {
    std::vector<bool> axes = reducedAxes(domain, *node);
    if (node != reductions.front() && axes != common)
      refuse(*node, "found beside a reduction over other axes; the reductions "
                    "of a group combine "
                    "the same axes");
    common = axes;
  }
  return common;
}

// Partial results can be made if no reduction needs another's result and no
// output has a reduced axis.
static bool canSplit(const Graph &region, const Domain &domain,
                     ArrayRef<const Node *> reductions,
                     const std::vector<bool> &reduced) {
  for (const Node *node : reductions) {
    if (graph::info(node->op).family != Family::Reduction)
      return false;
    std::vector<bool> needed = neededFor(region, node->operands);
    for (const Node *other : reductions)
      if (needed[other->results[0].index])
        return false;
  }
  for (ValueId output : region.outputs) {
    std::vector<bool> present = domain.presence(output);
    for (std::size_t i = 0; i < reduced.size(); ++i)
      if (present[i] && reduced[i])
        return false;
  }
  return true;
}

static bool hasOnlyEmptyResults(const Graph &region) {
  return llvm::all_of(region.outputs, [&](ValueId output) {
    return numel(region.type(output).shape) == 0;
  });
}

static graph::Literal neutralLiteral(OpKind op, DType dtype) {
  graph::Literal literal{dtype, {}, std::vector<std::byte>(byteSize(dtype))};
  visit(dtype, [&](auto sample) {
    using T = decltype(sample);
    T value = T(op == OpKind::Prod ? 1 : 0);
    if constexpr (isFloat(dtypeOf<T>))
      if (op == OpKind::Mean)
        value = T(std::numeric_limits<float>::quiet_NaN());
    std::memcpy(literal.bytes.data(), &value, sizeof(T));
  });
  return literal;
}

// Reductions and products over no elements become their neutral value; nothing
// else reads an empty value. What nobody needs, empty or not, becomes a scalar.
static Graph withoutEmptyValues(const Graph &region) {
  Graph result = region;
  auto isEmpty = [&](ValueId value) {
    return numel(region.type(value).shape) == 0;
  };
  std::vector<bool> needed = neededFor(region, region.outputs);
  std::erase_if(result.nodes, [&](const Node &node) {
    ValueId value = node.results[0];
    return isEmpty(value) || !needed[value.index];
  });
  for (Node &node : result.nodes) {
    if (!llvm::any_of(node.operands, isEmpty))
      continue;
    if (node.op == OpKind::Linear &&
        node.operands.size() == 3) { // the bias alone
      node = Node{
          OpKind::Expand,     {{"shape", region.type(node.results[0]).shape}},
          {node.operands[2]}, node.results,
          node.location,      nullptr};
      continue;
    }
    node.attributes = {
        {"value", neutralLiteral(node.op, region.type(node.results[0]).dtype)}};
    node.op = OpKind::Constant;
    node.operands.clear();
  }
  for (std::size_t i = 0; i < result.values.size(); ++i)
    if (graph::Type &type = result.values[i].type;
        numel(type.shape) == 0 || !needed[i])
      type = {type.dtype, {}, {}};
  return result;
}

std::uint64_t graphToTile(const Node &group, StringRef symbol, ModuleOp module,
                          const Machine &machine) {
  if (hasOnlyEmptyResults(*group.region))
    return 0; // nothing to do
  for (const Node &node : group.region->nodes)
    if (node.op == OpKind::Cat) {
      if (group.region->nodes.size() != 1)
        refuse(node, "found inside a group; cat has a kernel of its own");
      emitCat(*group.region, node, symbol, module);
      return 0;
    }
  Graph region = withoutEmptyValues(*group.region);
  if (const Node *product = findProduct(region)) {
    emitProductKernel(region, *product, symbol, module, machine);
    return 0;
  }
  Kernel kernel{region, inferDomain(region), symbol, module,
                group.region.get()};
  collapse(region, kernel.domain);
  SmallVector<const Node *> reductions = reductionsOf(region);
  if (reductions.empty()) {
    emitSingleStage(kernel, elementwiseTile(kernel.domain));
    return 0;
  }
  std::vector<bool> reduced = commonReducedAxes(kernel.domain, reductions);
  if (canSplit(region, kernel.domain, reductions, reduced))
    if (auto split = splitSchedule(kernel.domain, reduced, machine.lanes))
      return emitTwoStages(kernel, *split);
  emitSingleStage(kernel, reductionTile(kernel.domain, reduced, machine.lanes));
  return 0;
}

} // namespace ferro::fromGraph
