// Register tiles and the order in which they are computed.
#include "compiler/cpu/Matmul.h"

#include "compiler/cpu/MatmulEmitter.h"

using namespace mlir;
using namespace ferro::cpu;

namespace {

/// An operand as tiles read it: packed or in place.
struct Source {
  Value pointer; ///< of the tile's first row or column and the block's first k
  Type element;
  int64_t alongK, alongOther;
  bool packed;
};

/// A tile of the result and the block of k that is being added to it.
struct Tile {
  ValueRange batch;
  Value rowPanel, columnPanel;
  Value row, column; ///< of its first element
  Value kIndex;
  Value memory; ///< of rows x columns elements
};

} // namespace

static Source lhsSource(MatmulEmitter &with, const Tile &tile) {
  const MatmulPlan &plan = with.plan;
  const MatmulOperand &lhs = with.product().lhs;
  if (plan.packLhs)
    return {with.packedPanel(with.lhsPanels(),
                             with.distinctIndex(tile.batch, lhs), tile.kIndex,
                             tile.rowPanel),
            with.compute(), plan.rows, 1, true};
  Value offset = with.add(with.batchOffset(tile.batch, lhs),
                          with.multiply(tile.row, lhs.alongOther));
  offset =
      with.add(offset, with.multiply(tile.kIndex, plan.kBlock * lhs.alongK));
  return {with.at(with.memory.lhs, lhs.element, offset), lhs.element,
          lhs.alongK, lhs.alongOther, false};
}

static Source rhsSource(MatmulEmitter &with, const Tile &tile) {
  const MatmulPlan &plan = with.plan;
  const MatmulOperand &rhs = with.product().rhs;
  if (plan.packRhs)
    return {with.packedPanel(with.rhsPanels(),
                             with.distinctIndex(tile.batch, rhs), tile.kIndex,
                             tile.columnPanel),
            with.compute(), plan.columns, 1, true};
  Value offset = with.add(with.batchOffset(tile.batch, rhs),
                          with.multiply(tile.column, rhs.alongOther));
  return {with.at(with.memory.rhs, rhs.element, offset), rhs.element,
          rhs.alongK, 1, false};
}

/// rows x vectors accumulators, row by row, carried along k.
static SmallVector<Value> accumulate(MatmulEmitter &with, const Tile &tile) {
  const MatmulPlan &plan = with.plan;
  Source lhs = lhsSource(with, tile), rhs = rhsSource(with, tile);
  VectorType vector = with.vectorOf(rhs.element);
  int64_t vectors = plan.columns / plan.lanes;
  SmallVector<Value> masks;
  if (!rhs.packed && !with.rhsPanels().inside())
    for (int64_t v = 0; v < vectors; ++v)
      masks.push_back(with.firstLanes(with.subtract(
          with.number(with.product().n - v * plan.lanes), tile.column)));

  auto step = [&](Value k, ValueRange sums) {
    Value row = with.at(rhs.pointer, rhs.element, with.multiply(k, rhs.alongK));
    SmallVector<Value> right;
    for (int64_t v = 0; v < vectors; ++v) {
      Value pointer = with.at(row, rhs.element, v * plan.lanes);
      Value loaded = masks.empty() ? with.load(vector, pointer)
                                   : with.loadMasked(vector, pointer, masks[v]);
      right.push_back(rhs.packed ? loaded
                                 : with.toCompute(loaded, with.product().rhs));
    }
    Value column =
        with.at(lhs.pointer, lhs.element, with.multiply(k, lhs.alongK));
    SmallVector<Value> next;
    for (int64_t i = 0; i < plan.rows; ++i) {
      Value left = with.load(lhs.element,
                             with.at(column, lhs.element, i * lhs.alongOther));
      if (!lhs.packed)
        left = with.toCompute(left, with.product().lhs);
      left = with.splat(left);
      for (int64_t v = 0; v < vectors; ++v)
        next.push_back(with.multiplyAdd(left, right[v], sums[next.size()]));
    }
    return next;
  };
  SmallVector<Value> zeros(plan.rows * vectors,
                           with.zero(with.vectorOf(with.compute())));
  return with.reduce(with.kInBlock(tile.kIndex), 1, zeros, step);
}

/// Spills the accumulators, adding what earlier blocks of k left there.
static void spill(MatmulEmitter &with, const Tile &tile, ArrayRef<Value> sums) {
  VectorType vector = with.vectorOf(with.compute());
  Value isFirst = with.plan.kBlocks > 1 ? with.equal(tile.kIndex, 0) : Value();
  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value pointer =
        with.at(tile.memory, with.compute(), int64_t(i) * with.plan.lanes);
    Value total = sum;
    if (isFirst)
      total = with.sum(
          sum, arith::SelectOp::create(with.emit, isFirst, with.zero(vector),
                                       with.load(vector, pointer)));
    with.store(total, pointer);
  }
}

void MatmulEmitter::finish(Value elements, ValueRange batch, Value row,
                           Value column, Value mask) {
  Values outer(batch);
  if (outer.size() != plan.outerBatch.size()) { // batches folded into rows
    outer = coordinates(divide(row, plan.rowsPerBatch), plan.outerBatch);
    row = remainder(row, plan.rowsPerBatch);
  }
  MatmulSegment segment;
  segment.elements = elements;
  for (Value index : outer)
    segment.batch.push_back(toIndex(index));
  segment.row = toIndex(row);
  segment.column = toIndex(column);
  segment.mask = mask;
  epilogue(emit, emit.getLoc(), segment);
}

/// Hands a tile to the epilogue, row by row. Rows and columns that the tile
/// shares with the one before it are done already.
static void finishTile(MatmulEmitter &with, const Tile &tile) {
  const MatmulPlan &plan = with.plan;
  const Matmul &product = with.product();
  bool ragged = product.n % plan.lanes != 0;
  Value limit = with.number(product.n);
  Value rowFirst =
      with.subtract(with.multiply(tile.rowPanel, plan.rows), tile.row);
  Value columnFirst =
      with.subtract(with.multiply(tile.columnPanel, plan.columns), tile.column);
  Value columnLast = with.number(plan.columns);
  if (!with.rhsPanels().inside())
    columnLast = with.smaller(with.subtract(limit, tile.column), plan.columns);
  Value inVectors = columnLast;
  if (ragged && !plan.masks)
    inVectors =
        with.subtract(columnLast, with.remainder(columnLast, plan.lanes));

  with.loop(rowFirst, with.number(plan.rows), 1, [&](Value row) {
    auto segment = [&](Value column, Type type, bool masked) {
      Value offset = with.add(with.multiply(row, plan.columns), column);
      Value elements =
          with.load(type, with.at(tile.memory, with.compute(), offset));
      Value place = with.add(tile.column, column);
      Value mask =
          masked ? with.firstLanes(with.subtract(limit, place)) : Value();
      with.finish(elements, tile.batch, with.add(tile.row, row), place, mask);
    };
    with.loop(columnFirst, inVectors, plan.lanes, [&](Value column) {
      segment(column, with.vectorOf(with.compute()), ragged && plan.masks);
    });
    if (ragged && !plan.masks)
      with.loop(inVectors, columnLast, 1, [&](Value column) {
        segment(column, with.compute(), /*masked=*/false);
      });
  });
}

void MatmulEmitter::multiplyBlock(Value block) {
  auto place = coordinates(
      block, {plan.batches, divideUp(plan.rowPanels, plan.rowPanelsPerBlock),
              divideUp(plan.columnPanels, plan.columnPanelsPerBlock)});
  auto batch = coordinates(place[0], product().batch);
  auto panelsOf = [&](Value group, int64_t perBlock, int64_t count, auto body) {
    Value first = multiply(group, perBlock);
    loop(first, smaller(add(first, perBlock), count), 1, body);
  };
  // A tile that is finished at once needs a buffer for a moment only; else it
  // has a place of its own.
  auto bufferOf = [&](Value rowPanel, Value columnPanel) {
    int64_t elements = divideUp(plan.rows * plan.columns * computeBytes(), 64) *
                       64 / computeBytes();
    Value index = block;
    if (plan.kBlocks > 1) {
      index = add(multiply(place[0], plan.rowPanels), rowPanel);
      index = add(multiply(index, plan.columnPanels), columnPanel);
    }
    return at(inWorkspace(plan.tileOffset), compute(),
              multiply(index, elements));
  };
  auto multiplyTile = [&](Value kIndex, Value columnPanel, Value rowPanel) {
    Tile tile{batch,
              rowPanel,
              columnPanel,
              originOf(lhsPanels(), rowPanel),
              originOf(rhsPanels(), columnPanel),
              kIndex,
              bufferOf(rowPanel, columnPanel)};
    if (plan.kernel == MatmulKernel::Inner)
      multiplyInner(batch, tile.column, tile.memory);
    else
      spill(*this, tile, accumulate(*this, tile));
    if (plan.kBlocks == 1)
      return finishTile(*this, tile);
    when(equal(kIndex, plan.kBlocks - 1), [&] { finishTile(*this, tile); });
  };
  loop(number(0), number(plan.kBlocks), 1, [&](Value kIndex) {
    panelsOf(place[2], plan.columnPanelsPerBlock, plan.columnPanels,
             [&](Value columnPanel) {
               panelsOf(place[1], plan.rowPanelsPerBlock, plan.rowPanels,
                        [&](Value rowPanel) {
                          multiplyTile(kIndex, columnPanel, rowPanel);
                        });
             });
  });
}

void ferro::cpu::emitMatmulStage(OpBuilder &builder, Location loc,
                                 const MatmulPlan &plan, size_t stage,
                                 Value block, const MatmulMemory &memory,
                                 EmitEpilogue epilogue) {
  MatmulEmitter with{ImplicitLocOpBuilder(loc, builder), plan, memory,
                     epilogue};
  Value index =
      with.emit.createOrFold<arith::IndexCastOp>(with.emit.getI64Type(), block);
  auto all = [&](int64_t count, auto body) {
    with.loop(with.number(0), with.number(count), 1, body);
  };
  auto pack = [&](Value block) { with.packBlock(block); };
  auto multiply = [&](Value block) { with.multiplyBlock(block); };
  auto sum = [&](Value block) { with.dotChunk(block); };

  bool alone = plan.stages.size() == 1 && plan.stages[0].blocks == 1;
  bool last = stage + 1 == plan.stages.size();
  if (plan.kernel == MatmulKernel::Dot) {
    if (alone)
      all(plan.batches * plan.kBlocks, sum);
    if (last)
      with.dotFinish();
    else
      sum(index);
  } else if (alone) {
    all(plan.packBlocks(), pack);
    all(plan.multiplyBlocks, multiply);
  } else if (!last) {
    pack(index);
  } else {
    multiply(index);
  }
  builder.restoreInsertionPoint(with.emit.saveInsertionPoint());
}
