#include "compiler/fromGraph/Elements.h"

#include <limits>

using namespace mlir;
using namespace ferro::tile;

namespace ferro::fromGraph {

using graph::DTypeRule;
using graph::OpKind;

Type storedElement(Builder &builder, DType dtype) {
  switch (dtype) {
  case DType::Bool:
  case DType::U8:
  case DType::I8:
    return builder.getI8Type();
  case DType::I16:
    return builder.getI16Type();
  case DType::I32:
    return builder.getI32Type();
  case DType::I64:
    return builder.getI64Type();
  case DType::F16:
    return builder.getF16Type();
  case DType::BF16:
    return builder.getBF16Type();
  case DType::F32:
    return builder.getF32Type();
  case DType::F64:
    return builder.getF64Type();
  }
  llvm_unreachable("a dtype without a row");
}

Type computedElement(Builder &builder, DType dtype) {
  if (dtype == DType::Bool)
    return builder.getI1Type();
  if (dtype == DType::U8)
    return builder.getI32Type();
  if (dtype == DType::F16 || dtype == DType::BF16)
    return builder.getF32Type();
  return storedElement(builder, dtype);
}

static Value convertElements(TileBuilder &tiles, Value value, Type element,
                             bool zeroExtend = false) {
  if (tileType(value).getElementType() == element)
    return value;
  return tiles.create<ConvertOp>(tileType(value).clone(element), value,
                                 zeroExtend);
}

Value toComputed(TileBuilder &tiles, Value stored, DType dtype) {
  return convertElements(tiles, stored, computedElement(tiles.builder, dtype),
                         dtype == DType::U8);
}

Value toStored(TileBuilder &tiles, Value computed, DType dtype) {
  return convertElements(tiles, computed, storedElement(tiles.builder, dtype));
}

Value roundTo(TileBuilder &tiles, Value computed, DType dtype) {
  return toComputed(tiles, toStored(tiles, computed, dtype), dtype);
}

// A double (or an integer) as the float whose lowest bit says whether anything
// was cut off: exec::roundToOdd, so that a half is rounded once.
static Value roundToOdd(TileBuilder &tiles, Value wide) {
  Builder &builder = tiles.builder;
  Value exact = convertElements(tiles, wide, builder.getF64Type());
  return tiles.create<ConvertOp>(tileType(exact).clone(builder.getF32Type()),
                                 exact,
                                 /*zeroExtend=*/false, /*toOdd=*/true);
}

static bool isHalf(DType dtype) {
  return dtype == DType::F16 || dtype == DType::BF16;
}

Value castTile(TileBuilder &tiles, Value computed, DType from, DType to) {
  if (from == to)
    return computed;
  Builder &builder = tiles.builder;
  bool wide = from == DType::F64 || from == DType::I32 || from == DType::I64;
  if (isHalf(to)) {
    Value narrow = wide
                       ? roundToOdd(tiles, computed)
                       : convertElements(tiles, computed, builder.getF32Type());
    return roundTo(tiles, narrow, to);
  }
  if (to == DType::U8 && isFloat(from)) { // saturate at u8's bounds
    Expr x(&tiles, convertElements(tiles, computed, builder.getI32Type()));
    return min(max(x, 0), 255).value;
  }
  if (to == DType::U8)
    return roundTo(tiles,
                   convertElements(tiles, computed, builder.getI32Type()), to);
  return convertElements(tiles, computed, computedElement(builder, to));
}

Value broadcastTo(TileBuilder &tiles, Value value,
                  ArrayRef<std::int64_t> shape) {
  RankedTensorType type = tileType(value);
  if (type.getShape() == shape)
    return value;
  return tiles.create<BroadcastOp>(type.clone(shape), value);
}

// The dtype in which a row's numbers are combined.
static DType operandDType(DTypeRule rule, ArrayRef<DType> dtypes) {
  DType promoted = dtypes.back();
  for (std::size_t i = rule == DTypeRule::Select ? 1 : 0; i < dtypes.size();
       ++i)
    promoted = promote(promoted, dtypes[i]);
  return rule == DTypeRule::Float ? toFloating(promoted) : promoted;
}

// Truth values are compared and chosen as the numbers 0 and 1.
static Value asNumber(TileBuilder &tiles, Value value, DType dtype) {
  return dtype == DType::Bool
             ? convertElements(tiles, value, tiles.builder.getI32Type())
             : value;
}

struct Operands {
  TileBuilder &tiles;
  ArrayRef<Value> values;
  ArrayRef<DType> dtypes;
  DType promoted;

  template <DTypeRule rule> auto get(std::size_t i) const {
    if constexpr (rule == DTypeRule::Logic) {
      return Mask{&tiles, values[i]};
    } else {
      Value value = castTile(tiles, values[i], dtypes[i], promoted);
      return Expr(&tiles, asNumber(tiles, value, promoted));
    }
  }
  template <DTypeRule rule> auto first() const {
    if constexpr (rule == DTypeRule::Select)
      return Mask{&tiles, values[0]};
    else
      return get<rule>(0);
  }
};

static Value valueOf(const Mask &mask) { return mask.value; }
static Value valueOf(const Expr &expr) { return expr.value; }

static Value evaluate(OpKind op, const Operands &in) {
  switch (op) {
#define FERRO_UNARY(Id, name, dtypes, formula, dx, summary)                    \
  case OpKind::Id: {                                                           \
    auto x = in.first<DTypeRule::dtypes>();                                    \
    return valueOf(formula);                                                   \
  }
#define FERRO_BINARY(Id, name, dtypes, formula, dx, dy, summary)               \
  case OpKind::Id: {                                                           \
    auto x = in.first<DTypeRule::dtypes>();                                    \
    auto y = in.get<DTypeRule::dtypes>(1);                                     \
    return valueOf(formula);                                                   \
  }
#define FERRO_TERNARY(Id, name, dtypes, formula, dx, dy, dz, summary)          \
  case OpKind::Id: {                                                           \
    auto x = in.first<DTypeRule::dtypes>();                                    \
    auto y = in.get<DTypeRule::dtypes>(1);                                     \
    auto z = in.get<DTypeRule::dtypes>(2);                                     \
    return valueOf(formula);                                                   \
  }
#define FERRO_STRUCTURED(Id, name, family, minOperands, maxOperands,           \
                         attributes, summary)                                  \
  case OpKind::Id:
#include "ferro/Ops.def"
    break;
  }
  llvm_unreachable("only element-wise rows have a formula");
}

Value emitFormula(TileBuilder &tiles, OpKind op, ArrayRef<Value> operands,
                  ArrayRef<DType> dtypes, DType result) {
  DTypeRule rule = graph::info(op).dtypes;
  Value value =
      evaluate(op, {tiles, operands, dtypes, operandDType(rule, dtypes)});
  if (tileType(value).getElementType() == tiles.builder.getI1Type())
    return value;
  if (result == DType::Bool) // numbers 0 and 1 chosen by a Select row
    return convertElements(tiles, value, tiles.builder.getI1Type());
  return roundTo(tiles, value, result);
}

} // namespace ferro::fromGraph
