#include "compiler/fromGraph/Expr.h"

#include <cassert>

using namespace mlir;
using namespace ferro::tile;

namespace ferro::fromGraph {

static TypedAttr numberAttr(Type element, double number) {
  if (auto type = dyn_cast<FloatType>(element))
    return FloatAttr::get(type, number);
  return IntegerAttr::get(element, static_cast<std::int64_t>(number));
}

Value TileBuilder::splat(RankedTensorType type, double number) {
  auto value =
      DenseElementsAttr::get(type, numberAttr(type.getElementType(), number));
  return create<ConstantOp>(type, value);
}

// Gives literals the type of the tile that they meet.
static void unify(Expr &a, Expr &b) {
  assert((a.value || b.value) && "a formula combines two literals");
  if (!a.value)
    a = {b.tiles, b.tiles->splat(tileType(b.value), a.literal)};
  if (!b.value)
    b = {a.tiles, a.tiles->splat(tileType(a.value), b.literal)};
}

static bool isFloat(const Expr &x) {
  return isa<FloatType>(tileType(x.value).getElementType());
}

template <typename FloatOp, typename IntegerOp>
static Expr binary(Expr a, Expr b) {
  unify(a, b);
  TileBuilder &tiles = *a.tiles;
  Value result =
      isFloat(a) ? tiles.create<FloatOp>(a.value.getType(), a.value, b.value)
                 : tiles.create<IntegerOp>(a.value.getType(), a.value, b.value);
  return {&tiles, result};
}

template <typename Op> static Expr unary(Expr a) {
  return {a.tiles, a.tiles->create<Op>(a.value.getType(), a.value)};
}

static Mask compare(Predicate predicate, Expr a, Expr b) {
  unify(a, b);
  TileBuilder &tiles = *a.tiles;
  Type mask = tileType(a.value).clone(tiles.builder.getI1Type());
  return {&tiles,
          isFloat(a) ? tiles.create<CmpFOp>(mask, predicate, a.value, b.value)
                     : tiles.create<CmpIOp>(mask, predicate, a.value, b.value)};
}

Mask operator&&(Mask a, Mask b) {
  return {a.tiles,
          a.tiles->create<AndIOp>(a.value.getType(), a.value, b.value)};
}
Mask operator||(Mask a, Mask b) {
  return {a.tiles, a.tiles->create<OrIOp>(a.value.getType(), a.value, b.value)};
}
Mask operator!(Mask a) {
  Value all = a.tiles->splat(tileType(a.value), -1);
  return {a.tiles, a.tiles->create<XOrIOp>(a.value.getType(), a.value, all)};
}

Expr operator-(Expr a) { return isFloat(a) ? unary<NegFOp>(a) : Expr(0) - a; }
Expr operator+(Expr a, Expr b) { return binary<AddFOp, AddIOp>(a, b); }
Expr operator-(Expr a, Expr b) { return binary<SubFOp, SubIOp>(a, b); }
Expr operator*(Expr a, Expr b) { return binary<MulFOp, MulIOp>(a, b); }
Expr operator/(Expr a, Expr b) { return binary<DivFOp, DivIOp>(a, b); }

Mask operator==(Expr a, Expr b) { return compare(Predicate::Equal, a, b); }
Mask operator!=(Expr a, Expr b) { return compare(Predicate::NotEqual, a, b); }
Mask operator<(Expr a, Expr b) { return compare(Predicate::Less, a, b); }
Mask operator<=(Expr a, Expr b) { return compare(Predicate::LessEqual, a, b); }
Mask operator>(Expr a, Expr b) { return compare(Predicate::Greater, a, b); }
Mask operator>=(Expr a, Expr b) {
  return compare(Predicate::GreaterEqual, a, b);
}

Expr select(Mask condition, Expr a, Expr b) {
  unify(a, b);
  return {a.tiles, a.tiles->create<SelectOp>(a.value.getType(), condition.value,
                                             a.value, b.value)};
}
Expr min(Expr a, Expr b) { return binary<MinFOp, MinIOp>(a, b); }
Expr max(Expr a, Expr b) { return binary<MaxFOp, MaxIOp>(a, b); }
Expr abs(Expr a) { return isFloat(a) ? unary<AbsFOp>(a) : max(a, -a); }
Expr floor(Expr a) { return isFloat(a) ? unary<FloorOp>(a) : a; }
Expr ceil(Expr a) { return isFloat(a) ? unary<CeilOp>(a) : a; }
Expr sqrt(Expr a) { return unary<SqrtOp>(a); }
Expr exp(Expr a) { return unary<ExpOp>(a); }
Expr log(Expr a) { return unary<LogOp>(a); }
Expr sin(Expr a) { return unary<SinOp>(a); }
Expr cos(Expr a) { return unary<CosOp>(a); }
Expr tanh(Expr a) { return unary<TanhOp>(a); }
Expr erf(Expr a) { return unary<ErfOp>(a); }
Expr pow(Expr a, Expr b) {
  unify(a, b);
  return {a.tiles, a.tiles->create<PowOp>(a.value.getType(), a.value, b.value)};
}

} // namespace ferro::fromGraph
