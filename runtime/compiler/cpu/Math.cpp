#include "compiler/cpu/Math.h"

#include "compiler/cpu/MathDerived.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using ferro::cpu::MathTarget;

namespace {

struct Emitter : ImplicitLocOpBuilder {
  bool scales; // as of MathTarget

  Emitter(Location loc, OpBuilder &builder, MathTarget target)
      : ImplicitLocOpBuilder(loc, builder), scales(target.scales) {}
};

/// The type of \p like with \p element for its elements.
Type withElement(Type like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like))
    return VectorType::get(vector.getShape(), element);
  return element;
}

Value splat(Emitter &emit, Type type, TypedAttr element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(emit,
                                     DenseElementsAttr::get(vector, element));
  return arith::ConstantOp::create(emit, element);
}

struct Truth {
  Emitter *emit;
  Value value;

  Truth operator!() const {
    Value all = splat(*emit, value.getType(), emit->getBoolAttr(true));
    return {emit, arith::XOrIOp::create(*emit, value, all)};
  }
  Truth operator&(Truth other) const {
    return {emit, arith::AndIOp::create(*emit, value, other.value)};
  }
  Truth operator|(Truth other) const {
    return {emit, arith::OrIOp::create(*emit, value, other.value)};
  }
  /// Whether it holds in any lane, as a scalar.
  Value any() const {
    if (!isa<VectorType>(value.getType()))
      return value;
    return vector::ReductionOp::create(*emit, vector::CombiningKind::OR, value);
  }
};

struct Real;

// How many numbers vscalefps takes.
constexpr std::int64_t scaledLanes = 16;

/// The words of a Real: integers of its width.
struct Word {
  Emitter *emit;
  Value value;

  Word like(std::int64_t c) const {
    Type element = getElementTypeOrSelf(value.getType());
    return {emit,
            splat(*emit, value.getType(), emit->getIntegerAttr(element, c))};
  }
  Word operator+(std::int64_t c) const {
    return {emit, arith::AddIOp::create(*emit, value, like(c).value)};
  }
  Word operator-(std::int64_t c) const { return *this - like(c); }
  Word operator-(Word other) const {
    return {emit, arith::SubIOp::create(*emit, value, other.value)};
  }
  Word operator&(std::int64_t c) const {
    return {emit, arith::AndIOp::create(*emit, value, like(c).value)};
  }
  Word operator>>(int c) const {
    return {emit, arith::ShRSIOp::create(*emit, value, like(c).value)};
  }
  Word operator<<(int c) const {
    return {emit, arith::ShLIOp::create(*emit, value, like(c).value)};
  }
  Truth operator==(std::int64_t c) const {
    return {emit, arith::CmpIOp::create(*emit, arith::CmpIPredicate::eq, value,
                                        like(c).value)};
  }
  Real asNumber() const;
  Real toNumber() const;
};

/// A number of MathFormulas.h that emits what is done with it.
struct Real {
  Emitter *emit;
  Value value;

  Type type() const { return value.getType(); }
  Real made(Value result) const { return {emit, result}; }
  Real like(double c) const {
    Type element = getElementTypeOrSelf(type());
    return made(splat(*emit, type(), emit->getFloatAttr(element, c)));
  }
  Type wordType() const {
    unsigned bits = getElementTypeOrSelf(type()).getIntOrFloatBitWidth();
    return withElement(type(), emit->getIntegerType(bits));
  }
  Word bits() const {
    return {emit, arith::BitcastOp::create(*emit, wordType(), value)};
  }
  Real widened() const {
    return made(arith::ExtFOp::create(
        *emit, withElement(type(), emit->getF64Type()), value));
  }
  Real narrowed() const {
    return made(arith::TruncFOp::create(
        *emit, withElement(type(), emit->getF32Type()), value));
  }
  Real operator-() const { return made(arith::NegFOp::create(*emit, value)); }
  /// With the bits of \p flipped inverted.
  Real operator^(Word flipped) const {
    Value words = arith::XOrIOp::create(*emit, bits().value, flipped.value);
    return Word{emit, words}.asNumber();
  }
  Truth compare(arith::CmpFPredicate predicate, Real other) const {
    return {emit, arith::CmpFOp::create(*emit, predicate, value, other.value)};
  }
  bool canScale() const {
    auto vector = dyn_cast<VectorType>(type());
    return emit->scales && vector && vector.getElementType().isF32() &&
           vector.getNumElements() >= scaledLanes &&
           llvm::isPowerOf2_64(vector.getNumElements());
  }
  Real scaledBy(Real n) const;
  template <typename Step>
  std::array<Real, 3> accumulate(std::initializer_list<double> table,
                                 Step step) const;
};

#define FERRO_ARITHMETIC(op, Op)                                               \
  Real operator op(Real a, Real b) {                                           \
    return a.made(arith::Op::create(*a.emit, a.value, b.value));               \
  }                                                                            \
  [[maybe_unused]] Real operator op(Real a, double b) {                        \
    return a op a.like(b);                                                     \
  }                                                                            \
  [[maybe_unused]] Real operator op(double a, Real b) { return b.like(a) op b; }
FERRO_ARITHMETIC(+, AddFOp)
FERRO_ARITHMETIC(-, SubFOp)
FERRO_ARITHMETIC(*, MulFOp)
FERRO_ARITHMETIC(/, DivFOp)
#undef FERRO_ARITHMETIC

#define FERRO_COMPARISON(op, predicate)                                        \
  Truth operator op(Real a, Real b) {                                          \
    return a.compare(arith::CmpFPredicate::predicate, b);                      \
  }                                                                            \
  [[maybe_unused]] Truth operator op(Real a, double b) {                       \
    return a op a.like(b);                                                     \
  }
FERRO_COMPARISON(<, OLT)
FERRO_COMPARISON(>, OGT)
FERRO_COMPARISON(==, OEQ)
#undef FERRO_COMPARISON

Real select(Truth condition, Real a, Real b) {
  return a.made(
      arith::SelectOp::create(*a.emit, condition.value, a.value, b.value));
}
Real fma(Real a, Real b, Real c) {
  return a.made(math::FmaOp::create(*a.emit, a.value, b.value, c.value));
}
Real roundEven(Real a) {
  return a.made(math::RoundEvenOp::create(*a.emit, a.value));
}
Real sqrt(Real a) { return a.made(math::SqrtOp::create(*a.emit, a.value)); }
Real floor(Real a) { return a.made(math::FloorOp::create(*a.emit, a.value)); }
Real abs(Real a) { return a.made(math::AbsFOp::create(*a.emit, a.value)); }
Real copysign(Real magnitude, Real sign) {
  return magnitude.made(
      math::CopySignOp::create(*magnitude.emit, magnitude.value, sign.value));
}

/// A branch: lanes where \p rare holds are few, and \p make costs much.
template <typename Make> Real whereAny(Truth rare, Real usual, Make make) {
  Emitter &emit = *usual.emit;
  auto branch = scf::IfOp::create(emit, TypeRange{usual.type()}, rare.any(),
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(emit);
  emit.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(emit, select(rare, make(), usual).value);
  emit.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(emit, usual.value);
  return usual.made(branch.getResult(0));
}

Real Word::asNumber() const {
  auto bits = getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
  Type element = bits == 64 ? Type(emit->getF64Type()) : emit->getF32Type();
  Type type = withElement(value.getType(), element);
  return {emit, arith::BitcastOp::create(*emit, type, value)};
}
Real Word::toNumber() const {
  Type type = asNumber().type();
  return {emit, arith::SIToFPOp::create(*emit, type, value)};
}

// Half by half, down to a register.
Value scaled(Emitter &emit, Value x, Value n) {
  std::int64_t lanes = cast<VectorType>(x.getType()).getNumElements();
  if (lanes == scaledLanes) {
    auto name = emit.getStringAttr("llvm.x86.avx512.mask.scalef.ps.512");
    Value allLanes =
        arith::ConstantOp::create(emit, emit.getI16IntegerAttr(-1));
    Value asTheThreadRounds =
        arith::ConstantOp::create(emit, emit.getI32IntegerAttr(4));
    return LLVM::CallIntrinsicOp::create(
               emit, x.getType(), name,
               ValueRange{x, n, x, allLanes, asTheThreadRounds})
        .getResult(0);
  }
  auto half = [&](Value whole, std::int64_t first) -> Value {
    auto own = llvm::to_vector(llvm::seq(first, first + lanes / 2));
    return vector::ShuffleOp::create(emit, whole, whole, own);
  };
  Value low = scaled(emit, half(x, 0), half(n, 0));
  Value high = scaled(emit, half(x, lanes / 2), half(n, lanes / 2));
  return vector::ShuffleOp::create(
      emit, low, high, llvm::to_vector(llvm::seq<std::int64_t>(0, lanes)));
}

Real Real::scaledBy(Real n) const {
  return made(scaled(*emit, value, n.value));
}

/// A loop over the table: its code is for a path that is rarely taken.
template <typename Step>
std::array<Real, 3> Real::accumulate(std::initializer_list<double> table,
                                     Step step) const {
  auto count = static_cast<std::int64_t>(table.size());
  Type element = getElementTypeOrSelf(type());
  Value entries = arith::ConstantOp::create(
      *emit, DenseElementsAttr::get(VectorType::get({count}, element),
                                    ArrayRef<double>(table)));
  Value first = arith::ConstantIndexOp::create(*emit, 0);
  Value last = arith::ConstantIndexOp::create(*emit, count);
  Value one = arith::ConstantIndexOp::create(*emit, 1);
  Value zero = like(0).value;
  auto loop =
      scf::ForOp::create(*emit, first, last, one, ValueRange{zero, zero, zero});
  OpBuilder::InsertionGuard guard(*emit);
  emit->setInsertionPointToStart(loop.getBody());
  Value entry =
      vector::ExtractOp::create(*emit, entries, loop.getInductionVar());
  if (isa<VectorType>(type()))
    entry = vector::BroadcastOp::create(*emit, type(), entry);
  auto carried = loop.getRegionIterArgs();
  auto next =
      step(made(entry), made(carried[0]), made(carried[1]), made(carried[2]));
  scf::YieldOp::create(*emit,
                       ValueRange{next[0].value, next[1].value, next[2].value});
  return {made(loop.getResult(0)), made(loop.getResult(1)),
          made(loop.getResult(2))};
}

} // namespace

using namespace ferro::cpu;

static bool isWide(Value x) {
  return getElementTypeOrSelf(x.getType()).isF64();
}

#define FERRO_EMIT(Name, name)                                                 \
  Value ferro::cpu::emit##Name(OpBuilder &builder, Location loc, Value x,      \
                               MathTarget target) {                            \
    Emitter emit(loc, builder, target);                                        \
    Real number{&emit, x};                                                     \
    Real result =                                                              \
        isWide(x) ? formulas::name##64(number) : formulas::name##32(number);   \
    builder.restoreInsertionPoint(emit.saveInsertionPoint());                  \
    return result.value;                                                       \
  }
FERRO_EMIT(Exp, exp)
FERRO_EMIT(Log, log)
FERRO_EMIT(Sin, sin)
FERRO_EMIT(Cos, cos)
FERRO_EMIT(Tanh, tanh)
FERRO_EMIT(Erf, erf)
#undef FERRO_EMIT

#define FERRO_DERIVED(Name, name, Op)                                          \
  Value ferro::cpu::emit##Name(OpBuilder &builder, Location loc, Value x,      \
                               MathTarget target) {                            \
    Emitter emit(loc, builder, target);                                        \
    Real number{&emit, x};                                                     \
    Real result = isWide(x)                                                    \
                      ? formulas::name##Derived(number)                        \
                      : formulas::name##Derived(number.widened()).narrowed();  \
    builder.restoreInsertionPoint(emit.saveInsertionPoint());                  \
    return result.value;                                                       \
  }
#include "compiler/cpu/MathDerived.def"

Value ferro::cpu::emitAtan2(OpBuilder &builder, Location loc, Value y,
                            Value x) {
  Emitter emit(loc, builder, {});
  Real a{&emit, y}, b{&emit, x};
  Real result =
      isWide(x) ? formulas::atan2Derived(a, b)
                : formulas::atan2Derived(a.widened(), b.widened()).narrowed();
  builder.restoreInsertionPoint(emit.saveInsertionPoint());
  return result.value;
}

Value ferro::cpu::emitExpNonPositive(OpBuilder &builder, Location loc, Value x,
                                     MathTarget target) {
  if (isWide(x))
    return emitExp(builder, loc, x, target);
  Emitter emit(loc, builder, target);
  return formulas::expNonPositive32(Real{&emit, x}).value;
}

Value ferro::cpu::emitPow(OpBuilder &builder, Location loc, Value x, Value y) {
  Emitter emit(loc, builder, {});
  Real base{&emit, x}, exponent{&emit, y};
  Real result = isWide(x) ? formulas::pow64(base, exponent)
                          : formulas::pow32(base, exponent);
  builder.restoreInsertionPoint(emit.saveInsertionPoint());
  return result.value;
}
