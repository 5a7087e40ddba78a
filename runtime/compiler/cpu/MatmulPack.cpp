// Copies an operand into panels, in the order in which tiles read it.
#include "compiler/cpu/MatmulEmitter.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace ferro::cpu;

namespace {

/// One panel of one block of k. What it holds beyond the operand's extent is
/// multiplied but never stored.
struct Packer {
  MatmulEmitter &with;
  const MatmulPanels &panels;
  Value source; ///< the operand at the block's first k
  Value target;
  Value first; ///< row or column
  Value kCount;

  const MatmulOperand &operand() const { return panels.operand; }
  int64_t lanes() const { return with.plan.lanes; }

  void pack();
  void packAcross(bool masked);
  void packTransposed(Value chunk, int64_t count);
  void packElements();
  SmallVector<Value> transpose(SmallVector<Value> rows);
};

} // namespace

void Packer::pack() {
  int64_t width = panels.width;
  if (operand().alongK == 1 && width > 1) {
    int64_t whole = width / lanes() * lanes();
    with.loop(with.number(0), with.number(whole), lanes(),
              [&](Value chunk) { packTransposed(chunk, lanes()); });
    if (whole < width)
      packTransposed(with.number(whole), width - whole);
    return;
  }
  if (operand().alongOther != 1)
    return packElements();

  // Whole vectors may read beyond the panel, and there beyond the operand.
  int64_t read = divideUp(width, lanes()) * lanes();
  int64_t lastFirst =
      panels.movesUp ? panels.extent - width : (panels.count - 1) * width;
  if (lastFirst + read <= panels.extent)
    return packAcross(/*masked=*/false);
  if (with.plan.masks)
    return packAcross(/*masked=*/true);
  with.branch(
      with.less(first, with.number(panels.extent - read + 1)),
      [&] { packAcross(/*masked=*/false); }, [&] { packElements(); });
}

// The elements of one k lie together.
void Packer::packAcross(bool masked) {
  int64_t width = panels.width;
  Type element = operand().element, vector = with.vectorOf(element);
  SmallVector<Value> masks;
  for (int64_t i = 0; masked && i < width; i += lanes())
    masks.push_back(
        with.firstLanes(with.subtract(with.number(panels.extent - i), first)));
  Value from = with.at(source, element, first);
  with.loop(with.number(0), kCount, 1, [&](Value k) {
    Value row = with.at(from, element, with.multiply(k, operand().alongK));
    Value to = with.at(target, with.compute(), with.multiply(k, width));
    for (int64_t i = 0; i < width; i += lanes()) {
      Value pointer = with.at(row, element, i);
      Value loaded = masked
                         ? with.loadMasked(vector, pointer, masks[i / lanes()])
                         : with.load(vector, pointer);
      Value kept = with.lanesOf(with.toCompute(loaded, operand()), 0,
                                std::min(lanes(), width - i));
      with.store(kept, with.at(to, with.compute(), i));
    }
  });
}

/// A square of lanes x lanes elements, transposed by log2(lanes) rounds of
/// interleaving each row with the one half the square below it. The rounds are
/// equal, and a loop of them: LLVM takes 15 ms to look at 64 shuffles at once.
SmallVector<Value> Packer::transpose(SmallVector<Value> rows) {
  int64_t half = lanes() / 2;
  SmallVector<int64_t> low, high;
  for (int64_t i = 0; i < half; ++i) {
    low.append({i, lanes() + i});
    high.append({half + i, lanes() + half + i});
  }
  Value rounds = with.number(llvm::Log2_64(lanes()));
  return with.reduce(rounds, 1, rows, [&](Value, ValueRange square) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < half; ++i)
      for (const SmallVector<int64_t> &lanes : {low, high})
        next.push_back(vector::ShuffleOp::create(with.emit, square[i],
                                                 square[i + half], lanes));
    return next;
  });
}

// The elements of one row or column lie along k: packs `count` of them, from
// `chunk` of the panel on, by squares of `lanes` k.
void Packer::packTransposed(Value chunk, int64_t count) {
  Type element = operand().element;
  Value origin = with.add(first, chunk);
  SmallVector<Value> rows;
  if (panels.inside()) {
    Value top =
        with.at(source, element, with.multiply(origin, operand().alongOther));
    for (int64_t i = 0; i < count; ++i)
      rows.push_back(with.at(top, element, i * operand().alongOther));
  } else {
    for (int64_t i = 0; i < count; ++i) {
      Value row = with.smaller(with.add(origin, i), panels.extent - 1);
      rows.push_back(
          with.at(source, element, with.multiply(row, operand().alongOther)));
    }
  }

  Value to = with.at(target, with.compute(), chunk);
  Value kWhole = with.subtract(kCount, with.remainder(kCount, lanes()));
  with.loop(with.number(0), kWhole, lanes(), [&](Value k) {
    SmallVector<Value> square;
    for (Value row : rows)
      square.push_back(with.fetch(operand(), row, k, /*wide=*/true));
    square.resize(lanes(), square.front());
    square = transpose(square);
    Value out = with.at(to, with.compute(), with.multiply(k, panels.width));
    for (int64_t i = 0; i < lanes(); ++i)
      with.store(with.lanesOf(square[i], 0, count),
                 with.at(out, with.compute(), i * panels.width));
  });
  with.loop(kWhole, kCount, 1, [&](Value k) {
    Value out = with.at(to, with.compute(), with.multiply(k, panels.width));
    for (auto [i, row] : llvm::enumerate(rows))
      with.store(with.fetch(operand(), row, k, /*wide=*/false),
                 with.at(out, with.compute(), int64_t(i)));
  });
}

// Neither lies together.
void Packer::packElements() {
  with.loop(with.number(0), kCount, 1, [&](Value k) {
    Value from =
        with.at(source, operand().element, with.multiply(k, operand().alongK));
    Value to = with.at(target, with.compute(), with.multiply(k, panels.width));
    with.loop(with.number(0), with.number(panels.width), 1, [&](Value i) {
      Value index = with.smaller(with.add(first, i), panels.extent - 1);
      Value offset = with.multiply(index, operand().alongOther);
      with.store(with.fetch(operand(), from, offset, /*wide=*/false),
                 with.at(to, with.compute(), i));
    });
  });
}

static void packPanels(MatmulEmitter &with, const MatmulPanels &panels,
                       Value block) {
  const MatmulOperand &operand = panels.operand;
  int64_t groups = divideUp(panels.count, panels.perBlock);
  Value group = with.remainder(block, groups);
  Value rest = with.divide(block, groups);
  Value kIndex = with.remainder(rest, with.plan.kBlocks);
  Value distinct = with.divide(rest, with.plan.kBlocks);

  auto batch = with.coordinates(distinct, with.distinctExtents(operand));
  Value start =
      with.add(with.batchOffset(batch, operand),
               with.multiply(kIndex, with.plan.kBlock * operand.alongK));
  Value source = with.at(panels.memory, operand.element, start);
  Value kCount = with.kInBlock(kIndex);
  Value panel = with.multiply(group, panels.perBlock);
  Value last = with.smaller(with.add(panel, panels.perBlock), panels.count);
  with.loop(panel, last, 1, [&](Value panel) {
    Value target = with.packedPanel(panels, distinct, kIndex, panel);
    Packer{with, panels, source, target, with.originOf(panels, panel), kCount}
        .pack();
  });
}

void MatmulEmitter::packBlock(Value block) {
  if (!plan.packRhs)
    return packPanels(*this, lhsPanels(), block);
  if (!plan.packLhs)
    return packPanels(*this, rhsPanels(), block);
  Value lhsBlocks = number(plan.packBlocksLhs);
  branch(
      less(block, lhsBlocks), [&] { packPanels(*this, lhsPanels(), block); },
      [&] { packPanels(*this, rhsPanels(), subtract(block, lhsBlocks)); });
}
