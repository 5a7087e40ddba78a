#include "compiler/fromGraph/Kernels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace ferro::tile;

namespace ferro::fromGraph {

using graph::Family;
using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::ValueId;

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

void emitProductKernel(const Graph &region, const Node &node, StringRef symbol,
                       ModuleOp module, const Machine &machine) {
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

} // namespace ferro::fromGraph
