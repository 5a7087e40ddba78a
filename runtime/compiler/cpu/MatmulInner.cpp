// Products whose operands both lie along k: vectors along k, summed across at
// the end.
#include "compiler/cpu/MatmulEmitter.h"

using namespace mlir;
using namespace ferro::cpu;

/// sums[q * rows + i] += lhs[i] * rhs[q] at k, by \p fetch(operand, pointer,
/// k).
template <typename Fetch>
static SmallVector<Value> step(MatmulEmitter &with, ArrayRef<Value> lhs,
                               ArrayRef<Value> rhs, Value k, ValueRange sums,
                               Fetch fetch) {
  SmallVector<Value> left, next;
  for (Value pointer : lhs)
    left.push_back(fetch(with.product().lhs, pointer, k));
  for (Value pointer : rhs) {
    Value right = fetch(with.product().rhs, pointer, k);
    for (Value element : left)
      next.push_back(with.multiplyAdd(element, right, sums[next.size()]));
  }
  return next;
}

/// All products of the vectors at \p lhs and \p rhs, each of product().k.
static SmallVector<Value>
innerProducts(MatmulEmitter &with, ArrayRef<Value> lhs, ArrayRef<Value> rhs) {
  int64_t lanes = with.plan.lanes, k = with.product().k, tail = k % lanes;
  Value kWhole = with.number(k - tail);
  auto wide = [&](const MatmulOperand &operand, Value pointer, Value k) {
    return with.fetch(operand, pointer, k, /*wide=*/true);
  };
  auto single = [&](const MatmulOperand &operand, Value pointer, Value k) {
    return with.fetch(operand, pointer, k, /*wide=*/false);
  };

  SmallVector<Value> sums(lhs.size() * rhs.size(),
                          with.zero(with.vectorOf(with.compute())));
  sums = with.reduce(kWhole, lanes, sums, [&](Value k, ValueRange sums) {
    return step(with, lhs, rhs, k, sums, wide);
  });
  if (tail != 0 && with.plan.masks) {
    Value mask = with.firstLanes(with.number(tail));
    auto masked = [&](const MatmulOperand &operand, Value pointer, Value k) {
      Value first = with.at(pointer, operand.element, k);
      return with.toCompute(
          with.loadMasked(with.vectorOf(operand.element), first, mask),
          operand);
    };
    sums = step(with, lhs, rhs, kWhole, sums, masked);
  }
  for (Value &sum : sums)
    sum = with.sumAcross(sum);
  if (tail != 0 && !with.plan.masks)
    sums =
        with.reduce(with.number(tail), 1, sums, [&](Value k, ValueRange sums) {
          return step(with, lhs, rhs, with.add(k, kWhole), sums, single);
        });
  return sums;
}

void MatmulEmitter::multiplyInner(ValueRange batch, Value firstColumn,
                                  Value tile) {
  const MatmulOperand &lhs = product().lhs, &rhs = product().rhs;
  int64_t group = plan.columnGroup;
  Value left = at(memory.lhs, lhs.element, batchOffset(batch, lhs));
  Value right = at(memory.rhs, rhs.element, batchOffset(batch, rhs));
  SmallVector<Value> rows;
  for (int64_t i = 0; i < plan.rows; ++i)
    rows.push_back(at(left, lhs.element, i * lhs.alongOther));

  Value last =
      smaller(subtract(number(product().n), firstColumn), plan.columns);
  loop(number(0), last, group, [&](Value first) {
    SmallVector<Value> columns;
    for (int64_t q = 0; q < group; ++q) {
      Value column = add(add(firstColumn, first), q);
      if (product().n % group != 0) // columns beyond the last repeat it
        column = smaller(column, product().n - 1);
      columns.push_back(
          at(right, rhs.element, multiply(column, rhs.alongOther)));
    }
    SmallVector<Value> sums = innerProducts(*this, rows, columns);
    Value corner = at(tile, compute(), first);
    for (int64_t q = 0; q < group; ++q)
      for (int64_t i = 0; i < plan.rows; ++i)
        store(sums[q * plan.rows + i],
              at(corner, compute(), i * plan.columns + q));
  });
}

void MatmulEmitter::dotChunk(Value block) {
  constexpr int64_t unroll = 8; // hides the latency of the multiply-add
  const MatmulOperand &lhs = product().lhs, &rhs = product().rhs;
  auto place = coordinates(block, {plan.batches, plan.kBlocks});
  auto batch = coordinates(place[0], product().batch);
  auto start = [&](Value pointer, const MatmulOperand &operand) {
    return at(
        pointer, operand.element,
        add(batchOffset(batch, operand), multiply(place[1], plan.kBlock)));
  };
  Value left = start(memory.lhs, lhs), right = start(memory.rhs, rhs);
  auto add1 = [&](Value k, Value sum, bool wide) {
    return multiplyAdd(fetch(lhs, left, k, wide), fetch(rhs, right, k, wide),
                       sum);
  };

  Value count = kInBlock(place[1]);
  int64_t stride = unroll * plan.lanes;
  Value inStrides = subtract(count, remainder(count, stride));
  Value tail = remainder(count, plan.lanes);
  Value tailStart = subtract(count, tail);

  SmallVector<Value> sums(unroll, zero(vectorOf(compute())));
  sums = reduce(inStrides, stride, sums, [&](Value k, ValueRange sums) {
    SmallVector<Value> next;
    for (int64_t u = 0; u < unroll; ++u)
      next.push_back(add1(add(k, u * plan.lanes), sums[u], /*wide=*/true));
    return next;
  });
  for (int64_t half = unroll / 2; half > 0; half /= 2)
    for (int64_t u = 0; u < half; ++u)
      sums[u] = sum(sums[u], sums[u + half]);
  Value wide = reduce(subtract(tailStart, inStrides), plan.lanes, sums[0],
                      [&](Value k, ValueRange sums) {
                        return SmallVector<Value>{
                            add1(add(inStrides, k), sums[0], /*wide=*/true)};
                      })[0];
  Value total = reduce(tail, 1, sumAcross(wide), [&](Value k, ValueRange sums) {
    return SmallVector<Value>{add1(add(tailStart, k), sums[0], /*wide=*/false)};
  })[0];
  store(total, at(inWorkspace(plan.tileOffset), compute(), block));
}

void MatmulEmitter::dotFinish() {
  loop(number(0), number(plan.batches), 1, [&](Value index) {
    Value partial = at(inWorkspace(plan.tileOffset), compute(),
                       multiply(index, plan.kBlocks));
    Value total = reduce(number(plan.kBlocks), 1, zero(compute()),
                         [&](Value i, ValueRange sums) {
                           Value next =
                               load(compute(), at(partial, compute(), i));
                           return SmallVector<Value>{sum(sums[0], next)};
                         })[0];
    finish(total, coordinates(index, product().batch), number(0), number(0),
           /*mask=*/{});
  });
}
