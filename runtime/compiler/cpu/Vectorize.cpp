// vectorize.
//
// A marked loop walks the innermost axis. Its body is cloned with every value
// that depends on the position as a vector: neighbouring loads and stores
// become vector accesses, others are done lane by lane, nested loops carry
// vectors. What is left of a vector at the end is masked where the target has
// masks and every access is contiguous, else done one by one. Bodies with long
// chains of arithmetic walk two vectors at once.
#include "compiler/cpu/Vectorize.h"

#include "compiler/cpu/Elements.h"
#include "compiler/cpu/Passes.h"
#include "compiler/tile/Tile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using ferro::tile::ReduceKind;

namespace ferro::cpu {

// Bodies of up to this many ops are unrolled, so that a reduction has several
// sums under way.
static constexpr std::int64_t smallBody = 12;
// Up to so many vectors are walked without a loop.
static constexpr std::int64_t straightVectors = 4;
static constexpr std::int64_t accumulators = 4;
// A polynomial waits for itself at every step, and the processor looks only a
// few vectors ahead: two of them, step by step, keep it busy. The other
// functions are two polynomials side by side as they are.
static constexpr std::int64_t interleaved = 2;
// A nested loop jumps through memory: several lines at each jump share its
// cost. Functions need the registers for themselves.
static constexpr std::int64_t neighbours = 8, busyNeighbours = 4;
static constexpr std::int64_t lineBytes = 64;

static std::int64_t bytesOfElement(MemRefType type) {
  return std::max<std::int64_t>(type.getElementTypeBitWidth(), 8) / 8;
}

static bool isFunction(Operation &op) {
  return isa<math::MathDialect>(op.getDialect());
}
static bool isLonePolynomial(Operation &op) {
  return isa<math::ExpOp, math::LogOp>(op);
}

static bool isContiguous(MemRefType type) {
  SmallVector<std::int64_t> strides;
  std::int64_t offset;
  return type.getRank() > 0 &&
         succeeded(type.getStridesAndOffset(strides, offset)) &&
         strides.back() == 1;
}

// Which values of a loop's body change from lane to lane.
struct Lanes {
  DenseSet<Value> varying;

  Lanes(Value position, ArrayRef<Value> alsoVarying, Block &body) {
    varying.insert(position);
    varying.insert(alsoVarying.begin(), alsoVarying.end());
    // A loop's carried values may vary because of its body: until nothing new.
    for (std::size_t before = 0; before != varying.size();) {
      before = varying.size();
      visit(body);
    }
  }
  bool has(Value value) const { return varying.contains(value); }
  bool anyOf(ValueRange values) const {
    return llvm::any_of(values, [&](Value value) { return has(value); });
  }

  void visit(Block &block) {
    for (Operation &op : block) {
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        visitLoop(loop);
        continue;
      }
      if (anyOf(op.getOperands()))
        varying.insert(op.result_begin(), op.result_end());
    }
  }
  void visitLoop(scf::ForOp loop) {
    auto yields = loop.getBody()->getTerminator()->getOperands();
    for (auto [i, argument] : llvm::enumerate(loop.getRegionIterArgs()))
      if (has(loop.getInitArgs()[i]) || has(yields[i])) {
        varying.insert(argument);
        varying.insert(loop.getResult(i));
      }
    visit(*loop.getBody());
  }
};

// Clones a body for `lanes` consecutive positions from `first`.
struct Widener {
  OpBuilder &builder;
  Location loc;
  const Lanes &varying;
  Value position; // of the scalar body
  Value first;    // of the vector
  std::int64_t lanes;
  Value mask; // null: all lanes
  IRMapping scalars;
  DenseMap<Value, Value> vectors;
  std::int64_t distance = 0; // of `first` from a multiple of whole lines

  VectorType vectorOf(Type element) const {
    return VectorType::get({lanes}, element);
  }

  Value scalar(Value value) { return scalars.lookupOrDefault(value); }
  Value vector(Value value) {
    Value &slot = vectors[value];
    if (!slot)
      slot = vector::BroadcastOp::create(
          builder, loc, vectorOf(value.getType()), scalar(value));
    return slot;
  }
  SmallVector<Value> indices(ValueRange values) {
    SmallVector<Value> result;
    for (Value value : values)
      result.push_back(scalar(value));
    return result;
  }

  void block(Block &body) {
    for (Operation &op : body.without_terminator())
      operation(op);
  }

  void operation(Operation &op) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      return nestedLoop(loop);
    if (auto load = dyn_cast<memref::LoadOp>(op);
        load && varying.has(load.getResult()))
      return loadVector(load);
    if (auto store = dyn_cast<memref::StoreOp>(op))
      return storeVector(store);
    if (auto prefetch = dyn_cast<memref::PrefetchOp>(op))
      return prefetchLines(prefetch);
    bool isPosition = llvm::all_of(op.getResultTypes(),
                                   [](Type type) { return type.isIndex(); });
    if (!varying.anyOf(op.getOperands()) || isPosition) {
      builder.clone(op, scalars);
      return;
    }
    if (isa<arith::IndexCastOp>(op) && op.getOperand(0).getType().isIndex())
      return positionsAsNumbers(op);
    OperationState state(loc, op.getName());
    for (Value operand : op.getOperands())
      state.addOperands(vector(operand));
    for (Type type : op.getResultTypes())
      state.addTypes(vectorOf(type));
    state.addAttributes(op.getAttrs());
    Operation *wide = builder.create(state);
    for (auto [from, to] : llvm::zip_equal(op.getResults(), wide->getResults()))
      vectors[from] = to;
  }

  // The numbers of an index that moves with the position.
  void positionsAsNumbers(Operation &cast) {
    Value index = cast.getOperand(0);
    SmallVector<Value> numbers;
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      Value at = laneIndices(index, lane)[0];
      numbers.push_back(arith::IndexCastOp::create(
          builder, loc, cast.getResult(0).getType(), at));
    }
    vectors[cast.getResult(0)] = vector::FromElementsOp::create(
        builder, loc, vectorOf(cast.getResult(0).getType()), numbers);
  }

  bool isAlongLast(MemRefType type, ValueRange at) const {
    return isContiguous(type) && varying.has(at.back()) &&
           !varying.anyOf(at.drop_back());
  }

  void loadVector(memref::LoadOp load) {
    VectorType type = vectorOf(load.getType());
    SmallVector<Value> at = indices(load.getIndices());
    if (!isAlongLast(load.getMemRefType(), load.getIndices())) {
      vectors[load.getResult()] = loadLanes(load, type);
      return;
    }
    if (!mask) {
      vectors[load.getResult()] =
          vector::LoadOp::create(builder, loc, type, load.getMemRef(), at);
      return;
    }
    Value absent =
        arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    vectors[load.getResult()] = vector::MaskedLoadOp::create(
        builder, loc, type, load.getMemRef(), at, mask, absent);
  }

  // Once for each line of the vectors.
  void prefetchLines(memref::PrefetchOp prefetch) {
    std::int64_t width = bytesOfElement(prefetch.getMemRefType());
    for (std::int64_t lane = 0; lane < lanes; lane += lineBytes / width) {
      if ((distance + lane) * width % lineBytes != 0)
        return;
      SmallVector<Value> at = indices(prefetch.getIndices());
      if (lane)
        at.back() = arith::AddIOp::create(
            builder, loc, at.back(),
            arith::ConstantIndexOp::create(builder, loc, lane));
      IRMapping line(scalars);
      line.map(prefetch.getIndices(), at);
      builder.clone(*prefetch, line);
    }
  }

  // The indices of one lane: the position's users are cloned for it.
  SmallVector<Value> laneIndices(ValueRange at, std::int64_t lane) {
    IRMapping shifted(scalars);
    Value offset = arith::ConstantIndexOp::create(builder, loc, lane);
    if (mask) { // an absent lane reads what the first one reads
      Value present = vector::ExtractOp::create(builder, loc, mask, lane);
      Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
      offset = arith::SelectOp::create(builder, loc, present, offset, zero);
    }
    shifted.map(position,
                Value(arith::AddIOp::create(builder, loc, first, offset)));
    SmallVector<Value> result;
    for (Value index : at)
      result.push_back(shift(index, shifted));
    return result;
  }
  Value shift(Value index, IRMapping &shifted) {
    if (!varying.has(index) || shifted.lookupOrDefault(index) != scalar(index))
      return shifted.lookupOrDefault(index);
    Operation *op = index.getDefiningOp();
    if (!op)
      return scalar(index);
    IRMapping operands;
    for (Value operand : op->getOperands())
      operands.map(operand, shift(operand, shifted));
    return builder.clone(*op, operands)->getResult(0);
  }

  Value loadLanes(memref::LoadOp load, VectorType type) {
    SmallVector<Value> elements;
    for (std::int64_t lane = 0; lane < lanes; ++lane)
      elements.push_back(
          memref::LoadOp::create(builder, loc, load.getMemRef(),
                                 laneIndices(load.getIndices(), lane)));
    return vector::FromElementsOp::create(builder, loc, type, elements);
  }

  void storeVector(memref::StoreOp store) {
    Value value = vector(store.getValue());
    if (!isAlongLast(store.getMemRefType(), store.getIndices())) {
      for (std::int64_t lane = 0; lane < lanes; ++lane) {
        Value element = vector::ExtractOp::create(builder, loc, value, lane);
        memref::StoreOp::create(builder, loc, element, store.getMemRef(),
                                laneIndices(store.getIndices(), lane));
      }
      return;
    }
    SmallVector<Value> at = indices(store.getIndices());
    if (mask) {
      vector::MaskedStoreOp::create(builder, loc, store.getMemRef(), at, mask,
                                    value);
      return;
    }
    auto op =
        vector::StoreOp::create(builder, loc, value, store.getMemRef(), at);
    if (store->hasAttr(streamAttr) && isAligned(store.getMemRefType())) {
      op.setNontemporal(true);
      op.setAlignment(alignment(store.getMemRefType()));
    }
  }

  // The bytes that the vectors of a row of whole vectors are aligned to.
  std::int64_t alignment(MemRefType type) const {
    return std::min<std::int64_t>(lanes * type.getElementTypeBitWidth() / 8,
                                  64);
  }

  // Buffers start at multiples of 64 bytes (Abi.h); so do rows if the strides
  // say so.
  bool isAligned(MemRefType type) const {
    SmallVector<std::int64_t> strides;
    std::int64_t offset;
    if (failed(type.getStridesAndOffset(strides, offset)))
      return false;
    strides.back() = offset;
    return llvm::all_of(strides, [&](std::int64_t stride) {
      return stride * type.getElementTypeBitWidth() / 8 % alignment(type) == 0;
    });
  }

  void nestedLoop(scf::ForOp loop) {
    SmallVector<Value> carried;
    auto varies = [&](std::size_t i) { return varying.has(loop.getResult(i)); };
    for (auto [i, value] : llvm::enumerate(loop.getInitArgs()))
      carried.push_back(varies(i) ? vector(value) : scalar(value));
    auto wide = scf::ForOp::create(builder, loc, scalar(loop.getLowerBound()),
                                   scalar(loop.getUpperBound()),
                                   scalar(loop.getStep()), carried);
    // Broadcasts made inside must not be used behind the loop.
    DenseMap<Value, Value> outside = vectors;
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(wide.getBody());
    scalars.map(loop.getInductionVar(), wide.getInductionVar());
    for (auto [i, argument] : llvm::enumerate(loop.getRegionIterArgs())) {
      if (varies(i))
        vectors[argument] = wide.getRegionIterArg(i);
      else
        scalars.map(argument, wide.getRegionIterArg(i));
    }
    block(*loop.getBody());
    SmallVector<Value> next;
    for (auto [i, value] :
         llvm::enumerate(loop.getBody()->getTerminator()->getOperands()))
      next.push_back(varies(i) ? vector(value) : scalar(value));
    if (!next.empty() || wide.getBody()->empty() ||
        !wide.getBody()->back().hasTrait<OpTrait::IsTerminator>())
      scf::YieldOp::create(builder, loc, next);
    vectors = std::move(outside);
    for (std::size_t i = 0; i < loop.getNumResults(); ++i) {
      if (varies(i))
        vectors[loop.getResult(i)] = wide.getResult(i);
      else
        scalars.map(loop.getResult(i), wide.getResult(i));
    }
  }
};

// One marked loop.
struct LoopVectorizer {
  scf::ForOp loop;
  const CpuTarget &target;
  OpBuilder builder;
  Location loc;
  SmallVector<ReduceKind> kinds; // of the carried values
  std::int64_t lanes;
  Lanes varying;

  LoopVectorizer(scf::ForOp loop, const CpuTarget &target)
      : loop(loop), target(target), builder(loop), loc(loop.getLoc()),
        lanes(target.lanes()),
        varying(loop.getInductionVar(),
                SmallVector<Value>(loop.getRegionIterArgs()), *loop.getBody()) {
    if (auto attr = loop->getAttrOfType<DenseI64ArrayAttr>(kindsAttr))
      for (std::int64_t kind : attr.asArrayRef())
        kinds.push_back(static_cast<ReduceKind>(kind));
  }

  std::optional<std::int64_t> constantBound() {
    auto bound = loop.getUpperBound().getDefiningOp<arith::ConstantIndexOp>();
    return bound ? std::optional(bound.value()) : std::nullopt;
  }

  // Masked where no access needs its lanes one by one.
  bool canMask() {
    bool contiguous = target.masks;
    loop.getBody()->walk([&](Operation *op) {
      ValueRange at;
      MemRefType type;
      if (auto load = dyn_cast<memref::LoadOp>(op)) {
        at = load.getIndices(), type = load.getMemRefType();
      } else if (auto store = dyn_cast<memref::StoreOp>(op)) {
        at = store.getIndices(), type = store.getMemRefType();
        contiguous &= varying.anyOf(at);
      } else {
        return;
      }
      if (varying.anyOf(at))
        contiguous &= isContiguous(type) && !varying.anyOf(at.drop_back());
    });
    return contiguous;
  }

  Widener widener(OpBuilder &at, Value first, Value mask) {
    Widener wide{at,    loc,  varying,     loop.getInductionVar(),  first,
                 lanes, mask, IRMapping(), DenseMap<Value, Value>()};
    wide.scalars.map(loop.getInductionVar(), first);
    return wide;
  }

  Value index(std::int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  // The body for the vector at `first`; returns the carried values that follow.
  SmallVector<Value> step(OpBuilder &at, Value first, Value mask,
                          ValueRange carried, std::int64_t distance = 0) {
    Widener wide = widener(at, first, mask);
    wide.distance = distance;
    for (auto [argument, value] :
         llvm::zip_equal(loop.getRegionIterArgs(), carried))
      wide.vectors[argument] = value;
    wide.block(*loop.getBody());
    SmallVector<Value> next;
    for (auto [i, value] :
         llvm::enumerate(loop.getBody()->getTerminator()->getOperands())) {
      Value combined = wide.vector(value);
      next.push_back(mask ? Value(arith::SelectOp::create(at, loc, mask,
                                                          combined, carried[i]))
                          : combined);
    }
    return next;
  }

  SmallVector<Value> neutrals() {
    SmallVector<Value> result;
    for (auto [kind, value] : llvm::zip_equal(kinds, loop.getInitArgs())) {
      auto type = VectorType::get({lanes}, value.getType());
      result.push_back(ElementBuilder{builder, loc}.neutral(kind, type));
    }
    return result;
  }

  // A loop over whole vectors from `begin` to `end`, `unroll` of them a turn,
  // each with carried values of its own.
  SmallVector<Value> vectorLoop(Value begin, Value end, std::int64_t unroll,
                                SmallVector<Value> carried) {
    auto made = scf::ForOp::create(builder, loc, begin, end,
                                   index(lanes * unroll), carried);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(made.getBody());
    SmallVector<Value> next;
    std::size_t each = loop.getNumResults();
    for (std::int64_t u = 0; u < unroll; ++u) {
      Value first = made.getInductionVar();
      if (u)
        first = arith::AddIOp::create(builder, loc, first, index(u * lanes));
      ValueRange own =
          ValueRange(made.getRegionIterArgs()).slice(u * each, each);
      llvm::append_range(next, step(builder, first, Value(), own, u * lanes));
    }
    if (each)
      scf::YieldOp::create(builder, loc, next);
    return SmallVector<Value>(made.getResults());
  }

  Value roundedDown(Value count, std::int64_t step) {
    if (auto extent = constantBound())
      return index(*extent / step * step);
    Value by = index(step);
    Value times = arith::DivUIOp::create(builder, loc, count, by);
    return arith::MulIOp::create(builder, loc, times, by);
  }

  SmallVector<Value> combinePairs(SmallVector<Value> totals) {
    std::size_t each = kinds.size();
    for (std::size_t sets = totals.size() / std::max<std::size_t>(each, 1);
         sets > 1; sets /= 2) {
      SmallVector<Value> next;
      for (std::size_t set = 0; set < sets / 2; ++set)
        for (std::size_t i = 0; i < each; ++i)
          next.push_back(ElementBuilder{builder, loc}.combine(
              kinds[i], totals[2 * set * each + i],
              totals[(2 * set + 1) * each + i]));
      totals = next;
    }
    return totals;
  }

  Value combineHalves(ReduceKind kind, Value total) {
    std::int64_t half = cast<VectorType>(total.getType()).getDimSize(0) / 2;
    auto low = llvm::to_vector(llvm::seq<std::int64_t>(0, half));
    auto high = llvm::to_vector(llvm::seq<std::int64_t>(half, 2 * half));
    Value a = vector::ShuffleOp::create(builder, loc, total, total, low);
    Value b = vector::ShuffleOp::create(builder, loc, total, total, high);
    return ElementBuilder{builder, loc}.combine(kind, a, b);
  }

  // The lanes of a vector, halves first: the same order on every machine of
  // this width.
  Value combineLanes(ReduceKind kind, Value total) {
    for (std::int64_t left = lanes; left > 1; left /= 2)
      total = combineHalves(kind, total);
    return vector::ExtractOp::create(builder, loc, total, std::int64_t(0));
  }

  template <typename Found> bool contains(Found found) {
    auto stop = [&](Operation *op) {
      return found(*op) ? WalkResult::interrupt() : WalkResult::advance();
    };
    return loop.getBody()->walk(stop).wasInterrupted();
  }
  bool isSmall() {
    std::int64_t size = 0;
    loop.getBody()->walk(
        [&](Operation *op) { size += !isa<memref::PrefetchOp>(op); });
    return size <= smallBody;
  }

  // How many vectors a turn walks as one of so many times the length.
  std::int64_t together() {
    std::int64_t count = 1;
    if (contains([](Operation &op) { return isa<scf::ForOp>(op); }))
      count = contains(isFunction) ? busyNeighbours : neighbours;
    else if (contains(isLonePolynomial))
      count = interleaved;
    if (auto extent = constantBound())
      while (count > 1 && *extent < lanes * count)
        count /= 2;
    return count;
  }

  // A few whole vectors need no loop.
  bool isShort(std::optional<std::int64_t> extent) {
    return extent && kinds.empty() && *extent % lanes == 0 &&
           *extent / lanes <= straightVectors && isSmall() &&
           !contains([](Operation &op) { return op.getNumRegions() != 0; });
  }

  // How many vectors a turn takes, each with totals of its own.
  std::int64_t unrolling() {
    auto extent = constantBound();
    bool unrolls = !kinds.empty() && isSmall() &&
                   (!extent || *extent >= lanes * accumulators);
    return unrolls ? accumulators : 1;
  }

  // The loop over `count` vectors at once up to `done`.
  SmallVector<Value> wideLoop(Value begin, Value done, std::int64_t count) {
    lanes *= count;
    SmallVector<Value> totals = vectorLoop(begin, done, 1, neutrals());
    for (; count > 1; count /= 2, lanes /= 2)
      for (auto [kind, total] : llvm::zip_equal(kinds, totals))
        total = combineHalves(kind, total);
    return totals;
  }

  void run() {
    std::optional<std::int64_t> extent = constantBound();
    Value begin = loop.getLowerBound(), end = loop.getUpperBound();
    if (isShort(extent)) {
      for (std::int64_t first = 0; first < *extent; first += lanes)
        step(builder, index(first), /*mask=*/nullptr, {});
      loop.erase();
      return;
    }
    bool masked = canMask();
    std::int64_t wide = together();
    std::int64_t unroll = wide > 1 ? wide : unrolling();

    SmallVector<Value> totals = neutrals();
    Value done = begin;
    if (unroll > 1)
      done = roundedDown(end, lanes * unroll);
    if (wide > 1) {
      totals = wideLoop(begin, done, wide);
    } else if (unroll > 1) {
      SmallVector<Value> all;
      for (std::int64_t u = 0; u < unroll; ++u)
        llvm::append_range(all, totals);
      totals = combinePairs(vectorLoop(begin, done, unroll, all));
    }
    if (!extent || *extent % (lanes * unroll) >= lanes || unroll == 1) {
      Value whole = roundedDown(end, lanes);
      totals = vectorLoop(done, whole, 1, totals);
      done = whole;
    }
    bool hasTail = !extent || *extent % lanes != 0;
    if (hasTail && masked)
      totals = maskedTail(done, end, extent.has_value(), totals);
    SmallVector<Value> results;
    for (auto [i, total] : llvm::enumerate(totals)) {
      Value whole = combineLanes(kinds[i], total);
      results.push_back(ElementBuilder{builder, loc}.combine(
          kinds[i], loop.getInitArgs()[i], whole));
    }
    if (hasTail && !masked)
      results = scalarTail(done, end, results);
    loop.replaceAllUsesWith(results);
    loop.erase();
  }

  SmallVector<Value> maskedTail(Value done, Value end, bool always,
                                SmallVector<Value> totals) {
    Value left = arith::SubIOp::create(builder, loc, end, done);
    auto type = VectorType::get({lanes}, builder.getI1Type());
    auto body = [&](OpBuilder &at, ValueRange carried) {
      Value mask = vector::CreateMaskOp::create(at, loc, type, left);
      return step(at, done, mask, carried);
    };
    if (always)
      return body(builder, totals);
    Value any = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                      left, index(0));
    SmallVector<Type> types(ValueRange(totals).getTypes());
    auto branch = scf::IfOp::create(builder, loc, types, any,
                                    /*withElseRegion=*/!totals.empty());
    OpBuilder inner = branch.getThenBodyBuilder();
    SmallVector<Value> next = body(inner, totals);
    if (totals.empty())
      return {};
    scf::YieldOp::create(inner, loc, next);
    OpBuilder other = branch.getElseBodyBuilder();
    scf::YieldOp::create(other, loc, totals);
    return SmallVector<Value>(branch.getResults());
  }

  SmallVector<Value> scalarTail(Value done, Value end,
                                SmallVector<Value> totals) {
    auto rest = cast<scf::ForOp>(builder.clone(*loop));
    rest->removeAttr(vectorAttr);
    rest.walk([](memref::PrefetchOp prefetch) { prefetch.erase(); });
    rest.getLowerBoundMutable().assign(done);
    rest.getUpperBoundMutable().assign(end);
    rest.getInitArgsMutable().assign(totals);
    return SmallVector<Value>(rest.getResults());
  }
};

void widenBody(OpBuilder &builder, scf::ForOp loop, Value first,
               std::int64_t lanes, Value mask, Value element, Value elements) {
  Lanes varying(loop.getInductionVar(), element, *loop.getBody());
  Widener wide{
      builder, loop.getLoc(), varying,     loop.getInductionVar(),  first,
      lanes,   mask,          IRMapping(), DenseMap<Value, Value>()};
  wide.scalars.map(loop.getInductionVar(), first);
  wide.vectors[element] = elements;
  wide.block(*loop.getBody());
}

void vectorize(ModuleOp module, const CpuTarget &target) {
  SmallVector<scf::ForOp> loops;
  module.walk([&](scf::ForOp loop) {
    if (loop->hasAttr(vectorAttr))
      loops.push_back(loop);
  });
  for (scf::ForOp loop : loops)
    LoopVectorizer(loop, target).run();
}

} // namespace ferro::cpu
