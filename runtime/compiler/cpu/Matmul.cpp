#include "compiler/cpu/Matmul.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

#include <numeric>

using namespace mlir;
using namespace ferro::cpu;

static int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

namespace {

/// Where the elements of an operand are while tiles are multiplied: packed or
/// in place.
struct Source {
  Value pointer; ///< of the tile's first row or column and the block's first k
  int64_t alongK, alongOther;
  bool packed;
};

struct StageEmitter {
  ImplicitLocOpBuilder emit;
  const MatmulPlan &plan;
  const MatmulMemory &memory;
  EmitEpilogue epilogue;

  const Matmul &product() const { return plan.product; }
  Type compute() const { return plan.product.compute; }
  int64_t computeBytes() const {
    return divideUp(compute().getIntOrFloatBitWidth(), 8);
  }
  int64_t vectorsPerTile() const { return plan.columns / plan.lanes; }
  Type vectorOf(Type element, int64_t lanes) const {
    return VectorType::get({lanes}, element);
  }
  bool isFloat() const { return isa<FloatType>(compute()); }

  // --- 64-bit integers, folded where they are known

  Value number(int64_t value) {
    return arith::ConstantOp::create(emit, emit.getI64IntegerAttr(value));
  }
  Value add(Value a, Value b) { return emit.createOrFold<arith::AddIOp>(a, b); }
  Value add(Value a, int64_t b) { return b == 0 ? a : add(a, number(b)); }
  Value subtract(Value a, Value b) {
    return emit.createOrFold<arith::SubIOp>(a, b);
  }
  Value multiply(Value a, int64_t b) {
    return b == 1 ? a : emit.createOrFold<arith::MulIOp>(a, number(b));
  }
  Value divide(Value a, int64_t b) {
    return b == 1 ? a : emit.createOrFold<arith::DivUIOp>(a, number(b));
  }
  Value remainder(Value a, int64_t b) {
    return b == 1 ? number(0) : emit.createOrFold<arith::RemUIOp>(a, number(b));
  }
  Value smaller(Value a, Value b) {
    return emit.createOrFold<arith::MinSIOp>(a, b);
  }
  Value smaller(Value a, int64_t b) { return smaller(a, number(b)); }
  Value toIndex(Value value) {
    return emit.createOrFold<arith::IndexCastOp>(emit.getIndexType(), value);
  }

  /// The coordinates of \p index in a row-major grid.
  SmallVector<Value> coordinates(Value index, ArrayRef<int64_t> extents) {
    SmallVector<Value> result(extents.size());
    for (size_t i = extents.size(); i-- > 0;) {
      result[i] = i == 0 ? index : remainder(index, extents[i]);
      index = divide(index, extents[i]);
    }
    return result;
  }

  // --- control flow

  /// A loop from \p first to \p last; a single round is emitted as it is.
  template <typename Body>
  void loop(Value first, Value last, int64_t step, Body body) {
    APInt from, to;
    if (matchPattern(first, m_ConstantInt(&from)) &&
        matchPattern(last, m_ConstantInt(&to))) {
      int64_t length = to.getSExtValue() - from.getSExtValue();
      if (length <= 0)
        return;
      if (length <= step)
        return body(first);
    }
    auto forOp = scf::ForOp::create(emit, first, last, number(step));
    OpBuilder::InsertionGuard guard(emit);
    emit.setInsertionPointToStart(forOp.getBody());
    body(forOp.getInductionVar());
  }

  /// A loop that carries values; \p body returns their next ones.
  template <typename Body>
  SmallVector<Value> reduce(Value last, int64_t step, ValueRange start,
                            Body body) {
    auto forOp = scf::ForOp::create(emit, number(0), last, number(step), start);
    OpBuilder::InsertionGuard guard(emit);
    emit.setInsertionPointToStart(forOp.getBody());
    SmallVector<Value> next =
        body(forOp.getInductionVar(), ValueRange(forOp.getRegionIterArgs()));
    scf::YieldOp::create(emit, next);
    return SmallVector<Value>(forOp.getResults());
  }

  template <typename Then, typename Else>
  void branch(Value condition, Then onTrue, Else onFalse) {
    auto ifOp = scf::IfOp::create(emit, condition, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(emit);
    emit.setInsertionPointToStart(ifOp.thenBlock());
    onTrue();
    emit.setInsertionPointToStart(ifOp.elseBlock());
    onFalse();
  }

  template <typename Then> void when(Value condition, Then then) {
    auto ifOp = scf::IfOp::create(emit, condition, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(emit);
    emit.setInsertionPointToStart(ifOp.thenBlock());
    then();
  }

  Value less(Value a, Value b) {
    return arith::CmpIOp::create(emit, arith::CmpIPredicate::slt, a, b);
  }
  Value equal(Value a, int64_t b) {
    return arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, a, number(b));
  }

  // --- memory and elements

  Value at(Value pointer, Type element, Value offset) {
    return LLVM::GEPOp::create(emit, pointer.getType(), element, pointer,
                               ArrayRef<LLVM::GEPArg>{offset});
  }
  Value at(Value pointer, Type element, int64_t offset) {
    if (offset == 0)
      return pointer;
    if (offset == int32_t(offset))
      return LLVM::GEPOp::create(emit, pointer.getType(), element, pointer,
                                 ArrayRef<LLVM::GEPArg>{int32_t(offset)});
    return at(pointer, element, number(offset));
  }
  Value inWorkspace(int64_t bytes) {
    return at(memory.workspace, emit.getI8Type(), bytes);
  }
  unsigned alignmentOf(Type element) {
    return std::max(1u, element.getIntOrFloatBitWidth() / 8);
  }
  Value load(Type type, Value pointer) {
    return LLVM::LoadOp::create(emit, type, pointer,
                                alignmentOf(getElementTypeOrSelf(type)));
  }
  void store(Value value, Value pointer) {
    LLVM::StoreOp::create(emit, value, pointer,
                          alignmentOf(getElementTypeOrSelf(value.getType())));
  }
  Value zero(Type type) {
    return arith::ConstantOp::create(emit, emit.getZeroAttr(type));
  }
  /// As many lanes of a vector as \p mask says, the others 0.
  Value loadMasked(Type type, Value pointer, Value mask) {
    unsigned alignment = alignmentOf(getElementTypeOrSelf(type));
    return LLVM::MaskedLoadOp::create(emit, type, pointer, mask, zero(type),
                                      alignment);
  }
  /// Lane i where i < \p count.
  Value firstLanes(Value count) {
    auto narrow = emit.getI32Type();
    SmallVector<int32_t> lanes(plan.lanes);
    std::iota(lanes.begin(), lanes.end(), 0);
    auto type = cast<VectorType>(vectorOf(narrow, plan.lanes));
    Value steps = arith::ConstantOp::create(
        emit, DenseElementsAttr::get(type, ArrayRef<int32_t>(lanes)));
    Value capped = smaller(count, plan.lanes);
    Value limit = vector::BroadcastOp::create(
        emit, type, arith::TruncIOp::create(emit, narrow, capped));
    return arith::CmpIOp::create(emit, arith::CmpIPredicate::slt, steps, limit);
  }

  Value toCompute(Value value, const MatmulOperand &operand) {
    Type from = operand.element, to = compute();
    if (from == to)
      return value;
    Type type = to;
    if (auto vector = dyn_cast<VectorType>(value.getType()))
      type = vectorOf(to, vector.getDimSize(0));
    unsigned had = from.getIntOrFloatBitWidth();
    unsigned has = to.getIntOrFloatBitWidth();
    if (isa<FloatType>(from)) {
      if (had < has)
        return arith::ExtFOp::create(emit, type, value);
      return arith::TruncFOp::create(emit, type, value);
    }
    if (isa<FloatType>(to)) {
      if (operand.isUnsigned)
        return arith::UIToFPOp::create(emit, type, value);
      return arith::SIToFPOp::create(emit, type, value);
    }
    if (had > has)
      return arith::TruncIOp::create(emit, type, value);
    if (operand.isUnsigned)
      return arith::ExtUIOp::create(emit, type, value);
    return arith::ExtSIOp::create(emit, type, value);
  }
  Value sum(Value a, Value b) {
    if (isFloat())
      return arith::AddFOp::create(emit, a, b);
    return arith::AddIOp::create(emit, a, b);
  }
  Value multiplyAdd(Value a, Value b, Value c) {
    if (isFloat())
      return math::FmaOp::create(emit, a, b, c);
    return arith::AddIOp::create(emit, arith::MulIOp::create(emit, a, b), c);
  }
  Value splat(Value scalar) {
    return vector::BroadcastOp::create(
        emit, cast<VectorType>(vectorOf(compute(), plan.lanes)), scalar);
  }
  Value lanesOf(Value vector, int64_t first, int64_t count) {
    if (count == cast<VectorType>(vector.getType()).getDimSize(0))
      return vector;
    SmallVector<int64_t> picked(count);
    std::iota(picked.begin(), picked.end(), first);
    return vector::ShuffleOp::create(emit, vector, vector, picked);
  }
  /// The sum of a vector's lanes, by halves.
  Value sumAcross(Value vector) {
    for (int64_t half = plan.lanes / 2; half > 0; half /= 2)
      vector = sum(lanesOf(vector, 0, half), lanesOf(vector, half, half));
    return vector::ExtractOp::create(emit, vector, ArrayRef<int64_t>{0});
  }

  // --- batches

  Value batchOffset(ValueRange batch, const MatmulOperand &operand) {
    Value offset = number(0);
    for (size_t i = 0; i < batch.size(); ++i)
      if (operand.batchStrides[i] != 0)
        offset = add(offset, multiply(batch[i], operand.batchStrides[i]));
    return offset;
  }
  /// The batch extents that an operand tells apart.
  SmallVector<int64_t> distinctExtents(const MatmulOperand &operand) const {
    SmallVector<int64_t> extents = product().batch;
    for (size_t i = 0; i < extents.size(); ++i)
      if (operand.batchStrides[i] == 0)
        extents[i] = 1;
    return extents;
  }
  /// The number of a batch among those an operand tells apart.
  Value distinctIndex(ValueRange batch, const MatmulOperand &operand) {
    Value index = number(0);
    for (size_t i = 0; i < batch.size(); ++i)
      if (operand.batchStrides[i] != 0)
        index = add(multiply(index, product().batch[i]), batch[i]);
    return index;
  }
  /// How many k the block \p kIndex has; the last one may have fewer.
  Value kInBlock(Value kIndex) {
    if (plan.kBlocks == 1)
      return number(product().k);
    if (product().k % plan.kBlock == 0)
      return number(plan.kBlock);
    return smaller(subtract(number(product().k), multiply(kIndex, plan.kBlock)),
                   plan.kBlock);
  }

  void packBlock(Value block);
  void packOperand(const MatmulOperand &operand, Value source, Value target,
                   int64_t extent, int64_t width, int64_t panels,
                   int64_t panelsPerBlock, Value block);
  void packPanel(const MatmulOperand &operand, Value source, Value target,
                 Value first, int64_t extent, int64_t width, Value kCount);
  void packAcross(const MatmulOperand &operand, Value source, Value target,
                  Value first, int64_t extent, int64_t width, Value kCount);
  void packTransposed(const MatmulOperand &operand, Value source, Value target,
                      Value first, int64_t extent, int64_t width, Value kCount);
  void packElements(const MatmulOperand &operand, Value source, Value target,
                    Value first, int64_t extent, int64_t width, Value kFirst,
                    Value kCount);
  SmallVector<Value> transpose(SmallVector<Value> rows);

  void multiplyBlock(Value block);
  Source lhsSource(ValueRange batch, Value panel, Value firstRow, Value kIndex);
  Source rhsSource(ValueRange batch, Value panel, Value kIndex);
  SmallVector<Value> multiplyTile(const Source &lhs, const Source &rhs,
                                  Value firstColumn, Value kCount);
  void storeTile(ArrayRef<Value> sums, Value tile, Value kIndex);
  void multiplyInner(ValueRange batch, Value firstColumn, Value tile);
  void finishTile(ValueRange batch, Value tile, Value rowOrigin, Value rowFirst,
                  Value rowLast, Value columnOrigin);
  void finishSegment(ValueRange batch, Value tile, Value rowOrigin,
                     Value rowInTile, Value columnOrigin, Value columnInTile,
                     Type type, bool masked);

  void dotChunk(Value block);
  void dotFinish();
};

} // namespace

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

// Panels lie as [batch][k block][panel][k][row or column]: a tile reads its
// panel from front to back.
void StageEmitter::packOperand(const MatmulOperand &operand, Value source,
                               Value target, int64_t extent, int64_t width,
                               int64_t panels, int64_t panelsPerBlock,
                               Value block) {
  int64_t groups = divideUp(panels, panelsPerBlock);
  Value group = remainder(block, groups);
  Value rest = divide(block, groups);
  Value kIndex = remainder(rest, plan.kBlocks);
  Value distinct = divide(rest, plan.kBlocks);

  Value kFirst = multiply(kIndex, plan.kBlock);
  Value kCount = kInBlock(kIndex);
  auto batch = coordinates(distinct, distinctExtents(operand));
  Value start =
      add(batchOffset(batch, operand), multiply(kFirst, operand.alongK));
  Value from = at(source, operand.element, start);
  Value firstPanel = multiply(group, panelsPerBlock);
  Value lastPanel = smaller(add(firstPanel, panelsPerBlock), panels);
  loop(firstPanel, lastPanel, 1, [&](Value panel) {
    Value to =
        at(target, compute(),
           multiply(add(multiply(rest, panels), panel), plan.kBlock * width));
    packPanel(operand, from, to, multiply(panel, width), extent, width, kCount);
  });
}

void StageEmitter::packBlock(Value block) {
  auto packLhs = [&](Value index) {
    packOperand(product().lhs, memory.lhs, inWorkspace(plan.lhsOffset),
                product().m, plan.rows, plan.rowPanels, plan.lhsPanelsPerBlock,
                index);
  };
  auto packRhs = [&](Value index) {
    packOperand(product().rhs, memory.rhs, inWorkspace(plan.rhsOffset),
                product().n, plan.columns, plan.columnPanels,
                plan.rhsPanelsPerBlock, index);
  };
  if (!plan.packRhs)
    return packLhs(block);
  if (!plan.packLhs)
    return packRhs(block);
  Value lhsBlocks = number(plan.packBlocksLhs);
  branch(
      less(block, lhsBlocks), [&] { packLhs(block); },
      [&] { packRhs(subtract(block, lhsBlocks)); });
}

/// Packs \p width rows or columns from \p first on; what lies beyond \p extent
/// is filled with anything that may be multiplied.
void StageEmitter::packPanel(const MatmulOperand &operand, Value source,
                             Value target, Value first, int64_t extent,
                             int64_t width, Value kCount) {
  if (operand.alongK == 1 && width > 1)
    return packTransposed(operand, source, target, first, extent, width,
                          kCount);
  if (operand.alongOther != 1)
    return packElements(operand, source, target, first, extent, width,
                        number(0), kCount);
  int64_t panels = divideUp(extent, width);
  int64_t touched =
      (panels - 1) * width + divideUp(width, plan.lanes) * plan.lanes;
  if (plan.masks || touched <= extent)
    return packAcross(operand, source, target, first, extent, width, kCount);
  Value limit = number(extent - divideUp(width, plan.lanes) * plan.lanes + 1);
  branch(
      less(first, limit),
      [&] {
        packAcross(operand, source, target, first, /*extent=*/-1, width,
                   kCount);
      },
      [&] {
        packElements(operand, source, target, first, extent, width, number(0),
                     kCount);
      });
}

// The elements of one k lie together. A negative extent: all may be read.
void StageEmitter::packAcross(const MatmulOperand &operand, Value source,
                              Value target, Value first, int64_t extent,
                              int64_t width, Value kCount) {
  int64_t vectors = divideUp(width, plan.lanes);
  int64_t panels = extent < 0 ? 0 : divideUp(extent, width);
  bool masked =
      (panels - 1) * width + vectors * plan.lanes > extent && extent >= 0;
  SmallVector<Value> masks(vectors);
  if (masked)
    for (int64_t v = 0; v < vectors; ++v)
      masks[v] = firstLanes(subtract(number(extent - v * plan.lanes), first));
  Type type = vectorOf(operand.element, plan.lanes);
  Value from = at(source, operand.element, first);
  loop(number(0), kCount, 1, [&](Value k) {
    Value row = at(from, operand.element, multiply(k, operand.alongK));
    Value to = at(target, compute(), multiply(k, width));
    for (int64_t v = 0; v < vectors; ++v) {
      Value pointer = at(row, operand.element, v * plan.lanes);
      Value loaded =
          masked ? loadMasked(type, pointer, masks[v]) : load(type, pointer);
      int64_t kept = std::min(plan.lanes, width - v * plan.lanes);
      store(lanesOf(toCompute(loaded, operand), 0, kept),
            at(to, compute(), v * plan.lanes));
    }
  });
}

/// A square of lanes x lanes elements, transposed by log2(lanes) rounds of
/// interleaving each row with the one half the square below it.
SmallVector<Value> StageEmitter::transpose(SmallVector<Value> rows) {
  int64_t lanes = plan.lanes;
  SmallVector<int64_t> low, high;
  for (int64_t i = 0; i < lanes / 2; ++i) {
    low.append({i, lanes + i});
    high.append({lanes / 2 + i, lanes + lanes / 2 + i});
  }
  for (int64_t round = 1; round < lanes; round *= 2) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < lanes / 2; ++i) {
      next.push_back(
          vector::ShuffleOp::create(emit, rows[i], rows[i + lanes / 2], low));
      next.push_back(
          vector::ShuffleOp::create(emit, rows[i], rows[i + lanes / 2], high));
    }
    rows = next;
  }
  return rows;
}

// The elements of one row or column lie along k: squares are transposed.
void StageEmitter::packTransposed(const MatmulOperand &operand, Value source,
                                  Value target, Value first, int64_t extent,
                                  int64_t width, Value kCount) {
  int64_t lanes = plan.lanes;
  bool whole = extent % width == 0;
  Type type = vectorOf(operand.element, lanes);
  auto packChunk = [&](Value chunk, int64_t count) {
    SmallVector<Value> rows;
    Value origin = add(first, chunk);
    for (int64_t i = 0; i < count; ++i) {
      Value index = add(origin, i);
      // Rows beyond the last repeat it.
      rows.push_back(whole ? Value() : smaller(index, extent - 1));
    }
    Value base =
        at(source, operand.element, multiply(origin, operand.alongOther));
    auto pointerTo = [&](int64_t i) {
      return whole ? at(base, operand.element, i * operand.alongOther)
                   : at(source, operand.element,
                        multiply(rows[i], operand.alongOther));
    };
    SmallVector<Value> pointers;
    for (int64_t i = 0; i < count; ++i)
      pointers.push_back(pointerTo(i));
    Value to = at(target, compute(), chunk);
    Value tail = remainder(kCount, lanes);
    Value kWhole = subtract(kCount, tail);
    loop(number(0), kWhole, lanes, [&](Value k) {
      SmallVector<Value> square;
      for (int64_t i = 0; i < lanes; ++i)
        square.push_back(
            i < count
                ? toCompute(load(type, at(pointers[i], operand.element, k)),
                            operand)
                : square.front());
      square = transpose(square);
      Value out = at(to, compute(), multiply(k, width));
      for (int64_t i = 0; i < lanes; ++i)
        store(lanesOf(square[i], 0, count), at(out, compute(), i * width));
    });
    loop(kWhole, kCount, 1, [&](Value k) {
      Value out = at(to, compute(), multiply(k, width));
      for (int64_t i = 0; i < count; ++i)
        store(toCompute(
                  load(operand.element, at(pointers[i], operand.element, k)),
                  operand),
              at(out, compute(), i));
    });
  };
  int64_t wholeChunks = width / lanes * lanes;
  loop(number(0), number(wholeChunks), lanes,
       [&](Value chunk) { packChunk(chunk, lanes); });
  if (wholeChunks < width)
    packChunk(number(wholeChunks), width - wholeChunks);
}

void StageEmitter::packElements(const MatmulOperand &operand, Value source,
                                Value target, Value first, int64_t extent,
                                int64_t width, Value kFirst, Value kCount) {
  loop(kFirst, kCount, 1, [&](Value k) {
    Value from = at(source, operand.element, multiply(k, operand.alongK));
    Value to = at(target, compute(), multiply(k, width));
    loop(number(0), number(width), 1, [&](Value i) {
      Value index = smaller(add(first, i), extent - 1);
      Value pointer =
          at(from, operand.element, multiply(index, operand.alongOther));
      store(toCompute(load(operand.element, pointer), operand),
            at(to, compute(), i));
    });
  });
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

Source StageEmitter::lhsSource(ValueRange batch, Value panel, Value firstRow,
                               Value kIndex) {
  const MatmulOperand &lhs = product().lhs;
  if (plan.packLhs) {
    Value place =
        add(multiply(distinctIndex(batch, lhs), plan.kBlocks), kIndex);
    place = add(multiply(place, plan.rowPanels), panel);
    return {at(inWorkspace(plan.lhsOffset), compute(),
               multiply(place, plan.kBlock * plan.rows)),
            plan.rows, 1, true};
  }
  Value offset =
      add(batchOffset(batch, lhs), multiply(firstRow, lhs.alongOther));
  offset = add(offset, multiply(kIndex, plan.kBlock * lhs.alongK));
  return {at(memory.lhs, lhs.element, offset), lhs.alongK, lhs.alongOther,
          false};
}

Source StageEmitter::rhsSource(ValueRange batch, Value panel, Value kIndex) {
  const MatmulOperand &rhs = product().rhs;
  if (plan.packRhs) {
    Value place =
        add(multiply(distinctIndex(batch, rhs), plan.kBlocks), kIndex);
    place = add(multiply(place, plan.columnPanels), panel);
    return {at(inWorkspace(plan.rhsOffset), compute(),
               multiply(place, plan.kBlock * plan.columns)),
            plan.columns, 1, true};
  }
  Value offset = add(batchOffset(batch, rhs),
                     multiply(panel, plan.columns * rhs.alongOther));
  return {at(memory.rhs, rhs.element, offset), rhs.alongK, 1, false};
}

/// The register tile: rows x vectors accumulators carried along k.
SmallVector<Value> StageEmitter::multiplyTile(const Source &lhs,
                                              const Source &rhs,
                                              Value firstColumn, Value kCount) {
  int64_t vectors = vectorsPerTile();
  Type vector = vectorOf(compute(), plan.lanes);
  Type lhsType = lhs.packed ? compute() : product().lhs.element;
  Type rhsType = rhs.packed ? compute() : product().rhs.element;
  Type rhsVector = vectorOf(rhsType, plan.lanes);
  bool masked = !rhs.packed && product().n % plan.columns != 0;
  SmallVector<Value> masks(vectors);
  if (masked)
    for (int64_t v = 0; v < vectors; ++v)
      masks[v] = firstLanes(
          subtract(number(product().n - v * plan.lanes), firstColumn));

  SmallVector<Value> zeros(plan.rows * vectors, zero(vector));
  return reduce(kCount, 1, zeros, [&](Value k, ValueRange sums) {
    Value row = at(rhs.pointer, rhsType, multiply(k, rhs.alongK));
    SmallVector<Value> columns;
    for (int64_t v = 0; v < vectors; ++v) {
      Value pointer = at(row, rhsType, v * plan.lanes);
      Value loaded = masked ? loadMasked(rhsVector, pointer, masks[v])
                            : load(rhsVector, pointer);
      columns.push_back(rhs.packed ? loaded : toCompute(loaded, product().rhs));
    }
    Value column = at(lhs.pointer, lhsType, multiply(k, lhs.alongK));
    SmallVector<Value> next;
    for (int64_t i = 0; i < plan.rows; ++i) {
      Value element = load(lhsType, at(column, lhsType, i * lhs.alongOther));
      Value scale =
          splat(lhs.packed ? element : toCompute(element, product().lhs));
      for (int64_t v = 0; v < vectors; ++v)
        next.push_back(multiplyAdd(scale, columns[v], sums[next.size()]));
    }
    return next;
  });
}

/// Stores a tile, adding what earlier blocks of k left there.
void StageEmitter::storeTile(ArrayRef<Value> sums, Value tile, Value kIndex) {
  Type vector = vectorOf(compute(), plan.lanes);
  Value isFirst = plan.kBlocks > 1 ? equal(kIndex, 0) : Value();
  for (size_t i = 0; i < sums.size(); ++i) {
    Value pointer = at(tile, compute(), int64_t(i) * plan.lanes);
    Value total = sums[i];
    if (isFirst)
      total = sum(total, arith::SelectOp::create(emit, isFirst, zero(vector),
                                                 load(vector, pointer)));
    store(total, pointer);
  }
}

void StageEmitter::multiplyBlock(Value block) {
  const Matmul &shape = product();
  int64_t rowBlocks = divideUp(plan.rowPanels, plan.rowPanelsPerBlock);
  int64_t columnBlocks = divideUp(plan.columnPanels, plan.columnPanelsPerBlock);
  auto place = coordinates(block, {plan.batches, rowBlocks, columnBlocks});
  auto batch = coordinates(place[0], shape.batch);
  Value rowPanel = multiply(place[1], plan.rowPanelsPerBlock);
  Value rowPanelLast =
      smaller(add(rowPanel, plan.rowPanelsPerBlock), plan.rowPanels);
  Value columnPanel = multiply(place[2], plan.columnPanelsPerBlock);
  Value columnPanelLast =
      smaller(add(columnPanel, plan.columnPanelsPerBlock), plan.columnPanels);
  int64_t tileElements =
      divideUp(plan.rows * plan.columns * computeBytes(), 64) * 64 /
      computeBytes();
  Value tiles = inWorkspace(plan.tileOffset);

  auto multiplyAt = [&](Value kIndex, Value j, Value i) {
    Value columnOrigin = multiply(j, plan.columns);
    Value wantedRow = multiply(i, plan.rows);
    // In place, the last tile moves up to end with the last row and its rows
    // that are done already are skipped.
    Value rowOrigin = plan.packLhs || shape.m % plan.rows == 0
                          ? wantedRow
                          : smaller(wantedRow, shape.m - plan.rows);
    Value tile = tiles;
    if (plan.kBlocks > 1) {
      Value index = add(multiply(place[0], plan.rowPanels), i);
      index = add(multiply(index, plan.columnPanels), j);
      tile = at(tiles, compute(), multiply(index, tileElements));
    } else {
      tile = at(tiles, compute(), multiply(block, tileElements));
    }
    if (plan.kernel == MatmulKernel::Inner) {
      multiplyInner(batch, columnOrigin, tile);
    } else {
      auto sums = multiplyTile(lhsSource(batch, i, rowOrigin, kIndex),
                               rhsSource(batch, j, kIndex), columnOrigin,
                               kInBlock(kIndex));
      storeTile(sums, tile, kIndex);
    }
    auto finish = [&] {
      Value last = smaller(subtract(number(shape.m), rowOrigin), plan.rows);
      finishTile(batch, tile, rowOrigin, subtract(wantedRow, rowOrigin), last,
                 columnOrigin);
    };
    if (plan.kBlocks == 1)
      return finish();
    when(equal(kIndex, plan.kBlocks - 1), finish);
  };
  loop(number(0), number(plan.kBlocks), 1, [&](Value kIndex) {
    loop(columnPanel, columnPanelLast, 1, [&](Value j) {
      loop(rowPanel, rowPanelLast, 1,
           [&](Value i) { multiplyAt(kIndex, j, i); });
    });
  });
}

// Both operands lie along k: vectors along k, summed across at the end.
void StageEmitter::multiplyInner(ValueRange batch, Value firstColumn,
                                 Value tile) {
  const Matmul &shape = product();
  int64_t group = plan.columnGroup, rows = plan.rows, lanes = plan.lanes;
  Type vector = vectorOf(compute(), lanes);
  Value lhs = at(memory.lhs, shape.lhs.element, batchOffset(batch, shape.lhs));
  Value rhs = at(memory.rhs, shape.rhs.element, batchOffset(batch, shape.rhs));
  Value columns = smaller(subtract(number(shape.n), firstColumn), plan.columns);
  loop(number(0), columns, group, [&](Value c) {
    SmallVector<Value> left, right;
    for (int64_t i = 0; i < rows; ++i)
      left.push_back(at(lhs, shape.lhs.element, i * shape.lhs.alongOther));
    for (int64_t q = 0; q < group; ++q) {
      Value column = add(add(firstColumn, c), q);
      // Columns beyond the last repeat it.
      if (shape.n % group != 0)
        column = smaller(column, shape.n - 1);
      right.push_back(
          at(rhs, shape.rhs.element, multiply(column, shape.rhs.alongOther)));
    }
    auto step = [&](Value k, ValueRange sums, auto fetch) {
      SmallVector<Value> a, next;
      for (Value pointer : left)
        a.push_back(fetch(shape.lhs, pointer, k));
      for (Value pointer : right) {
        Value b = fetch(shape.rhs, pointer, k);
        for (int64_t i = 0; i < rows; ++i)
          next.push_back(multiplyAdd(a[i], b, sums[next.size()]));
      }
      return next;
    };
    int64_t tail = shape.k % lanes;
    SmallVector<Value> sums(rows * group, zero(vector));
    sums = reduce(
        number(shape.k - tail), lanes, sums, [&](Value k, ValueRange carried) {
          return step(
              k, carried,
              [&](const MatmulOperand &operand, Value pointer, Value at_) {
                Type type = vectorOf(operand.element, lanes);
                return toCompute(load(type, at(pointer, operand.element, at_)),
                                 operand);
              });
        });
    if (tail != 0 && plan.masks) {
      Value mask = firstLanes(number(tail));
      sums =
          step(number(shape.k - tail), sums,
               [&](const MatmulOperand &operand, Value pointer, Value at_) {
                 Type type = vectorOf(operand.element, lanes);
                 return toCompute(
                     loadMasked(type, at(pointer, operand.element, at_), mask),
                     operand);
               });
    }
    for (Value &total : sums)
      total = sumAcross(total);
    if (tail != 0 && !plan.masks)
      sums = reduce(number(tail), 1, sums, [&](Value k, ValueRange carried) {
        return step(
            add(k, shape.k - tail), carried,
            [&](const MatmulOperand &operand, Value pointer, Value at_) {
              return toCompute(
                  load(operand.element, at(pointer, operand.element, at_)),
                  operand);
            });
      });
    for (int64_t q = 0; q < group; ++q)
      for (int64_t i = 0; i < rows; ++i)
        store(sums[q * rows + i],
              at(at(tile, compute(), c), compute(), i * plan.columns + q));
  });
}

/// Hands a tile to the epilogue, row by row.
void StageEmitter::finishTile(ValueRange batch, Value tile, Value rowOrigin,
                              Value rowFirst, Value rowLast,
                              Value columnOrigin) {
  int64_t n = product().n;
  bool inside = n % plan.columns == 0;
  bool masked = n % plan.lanes != 0 && plan.masks;
  Value columns =
      inside ? number(plan.columns)
             : smaller(subtract(number(n), columnOrigin), plan.columns);
  Value inVectors = columns;
  if (n % plan.lanes != 0 && !masked)
    inVectors = subtract(columns, remainder(columns, plan.lanes));
  Type vector = vectorOf(compute(), plan.lanes);
  loop(rowFirst, rowLast, 1, [&](Value row) {
    loop(number(0), inVectors, plan.lanes, [&](Value column) {
      finishSegment(batch, tile, rowOrigin, row, columnOrigin, column, vector,
                    masked);
    });
    if (n % plan.lanes != 0 && !masked)
      loop(inVectors, columns, 1, [&](Value column) {
        finishSegment(batch, tile, rowOrigin, row, columnOrigin, column,
                      compute(), false);
      });
  });
}

void StageEmitter::finishSegment(ValueRange batch, Value tile, Value rowOrigin,
                                 Value rowInTile, Value columnOrigin,
                                 Value columnInTile, Type type, bool masked) {
  MatmulSegment segment;
  Value offset = add(multiply(rowInTile, plan.columns), columnInTile);
  segment.elements = load(type, at(tile, compute(), offset));
  Value row = add(rowOrigin, rowInTile);
  Value column = add(columnOrigin, columnInTile);
  SmallVector<Value> outer(batch);
  if (outer.size() != plan.outerBatch.size()) { // batches folded into rows
    outer = coordinates(divide(row, plan.rowsPerBatch), plan.outerBatch);
    row = remainder(row, plan.rowsPerBatch);
  }
  for (Value index : outer)
    segment.batch.push_back(toIndex(index));
  segment.row = toIndex(row);
  segment.column = toIndex(column);
  if (masked)
    segment.mask = firstLanes(subtract(number(product().n), column));
  epilogue(emit, emit.getLoc(), segment);
}

//===----------------------------------------------------------------------===//
// Inner products
//===----------------------------------------------------------------------===//

void StageEmitter::dotChunk(Value block) {
  constexpr int64_t unroll = 8; // hides the latency of the multiply-add
  const Matmul &shape = product();
  auto place = coordinates(block, {plan.batches, plan.kBlocks});
  auto batch = coordinates(place[0], shape.batch);
  Value start = multiply(place[1], plan.kBlock);
  auto pointerOf = [&](Value pointer, const MatmulOperand &operand) {
    return at(pointer, operand.element,
              add(batchOffset(batch, operand), start));
  };
  Value lhs = pointerOf(memory.lhs, shape.lhs);
  Value rhs = pointerOf(memory.rhs, shape.rhs);
  Value count = kInBlock(place[1]);
  auto fetch = [&](const MatmulOperand &operand, Value pointer, Value k,
                   bool wide) {
    Type type = wide ? vectorOf(operand.element, plan.lanes) : operand.element;
    return toCompute(load(type, at(pointer, operand.element, k)), operand);
  };
  auto step = [&](Value k, Value total, bool wide) {
    return multiplyAdd(fetch(shape.lhs, lhs, k, wide),
                       fetch(shape.rhs, rhs, k, wide), total);
  };

  int64_t stride = unroll * plan.lanes;
  Value inStrides = subtract(count, remainder(count, stride));
  SmallVector<Value> sums(unroll, zero(vectorOf(compute(), plan.lanes)));
  sums = reduce(inStrides, stride, sums, [&](Value k, ValueRange carried) {
    SmallVector<Value> next;
    for (int64_t u = 0; u < unroll; ++u)
      next.push_back(step(add(k, u * plan.lanes), carried[u], true));
    return next;
  });
  for (int64_t half = unroll / 2; half > 0; half /= 2)
    for (int64_t u = 0; u < half; ++u)
      sums[u] = sum(sums[u], sums[u + half]);
  Value left = subtract(count, inStrides);
  Value tail = remainder(left, plan.lanes);
  Value total = reduce(subtract(left, tail), plan.lanes, sums[0],
                       [&](Value k, ValueRange carried) {
                         return SmallVector<Value>{
                             step(add(inStrides, k), carried[0], true)};
                       })[0];
  total = sumAcross(total);
  Value tailStart = subtract(count, tail);
  total = reduce(tail, 1, total, [&](Value k, ValueRange carried) {
    return SmallVector<Value>{step(add(tailStart, k), carried[0], false)};
  })[0];
  store(total, at(inWorkspace(plan.tileOffset), compute(), block));
}

void StageEmitter::dotFinish() {
  loop(number(0), number(plan.batches), 1, [&](Value index) {
    Value partial = at(inWorkspace(plan.tileOffset), compute(),
                       multiply(index, plan.kBlocks));
    Value total =
        reduce(number(plan.kBlocks), 1, zero(compute()),
               [&](Value i, ValueRange carried) {
                 return SmallVector<Value>{sum(
                     carried[0], load(compute(), at(partial, compute(), i)))};
               })[0];
    MatmulSegment segment;
    segment.elements = total;
    SmallVector<Value> outer = coordinates(index, product().batch);
    if (outer.size() != plan.outerBatch.size()) // every batch has extent 1
      outer.assign(plan.outerBatch.size(), number(0));
    for (Value coordinate : outer)
      segment.batch.push_back(toIndex(coordinate));
    segment.row = segment.column = toIndex(number(0));
    epilogue(emit, emit.getLoc(), segment);
  });
}

void ferro::cpu::emitMatmulStage(OpBuilder &builder, Location loc,
                                 const MatmulPlan &plan, size_t stage,
                                 Value block, const MatmulMemory &memory,
                                 EmitEpilogue epilogue) {
  StageEmitter emitter{ImplicitLocOpBuilder(loc, builder), plan, memory,
                       epilogue};
  Value index = emitter.emit.createOrFold<arith::IndexCastOp>(
      emitter.emit.getI64Type(), block);
  bool alone = plan.stages.size() == 1 && plan.stages[0].blocks == 1;
  auto each = [&](int64_t count, auto emitBlock) {
    emitter.loop(emitter.number(0), emitter.number(count), 1, emitBlock);
  };
  auto pack = [&](Value i) { emitter.packBlock(i); };
  auto multiply = [&](Value i) { emitter.multiplyBlock(i); };
  auto chunk = [&](Value i) { emitter.dotChunk(i); };
  int64_t packs = plan.packBlocksLhs + plan.packBlocksRhs;

  if (plan.kernel == MatmulKernel::Dot) {
    if (alone)
      each(plan.batches * plan.kBlocks, chunk);
    if (alone || stage == 1)
      emitter.dotFinish();
    else
      chunk(index);
  } else if (alone) {
    if (packs > 0)
      each(packs, pack);
    each(plan.multiplyBlocks, multiply);
  } else if (packs > 0 && stage == 0) {
    pack(index);
  } else {
    multiply(index);
  }
  builder.restoreInsertionPoint(emitter.emit.saveInsertionPoint());
}
