// Elements that are patterns with a meaning: floats of 8 and 4 bits, tf32, i4.
// In registers and memory they are the bytes of their patterns, tf32 an f32.
#include "compiler/cpu/Elements.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace ferro::cpu {

namespace {
/// A small float as the upper bits of an f32 whose exponent is off by
/// `exponents`: the distance of the biases.
struct Format {
  unsigned fractionBits, exponentBits;
  int exponents;
  unsigned largest, nan; // magnitudes; nan: the pattern of all ones
  bool hasNan;
};
} // namespace

static std::optional<Format> formatOf(Type type) {
  if (isa<Float8E4M3FNType>(type))
    return Format{3, 4, 127 - 7, 0x7e, 0x7f, true};
  if (isa<Float8E5M2Type>(type))
    return Format{2, 5, 127 - 15, 0x7b, 0x7f, true};
  if (isa<Float4E2M1FNType>(type))
    return Format{1, 2, 127 - 1, 7, 7, false};
  return std::nullopt;
}

bool isPattern(Type element) {
  return formatOf(element) || isa<Float8E8M0FNUType, FloatTF32Type>(element) ||
         element.isInteger(4);
}

Type registerType(Type element) {
  MLIRContext *context = element.getContext();
  if (isa<FloatTF32Type>(element))
    return Float32Type::get(context);
  return isPattern(element) ? Type(IntegerType::get(context, 8)) : element;
}

// The word types beside `x`, which may be a vector.
static Type withElement(Type like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like))
    return VectorType::get(vector.getShape(), element);
  return element;
}

Value ElementBuilder::decode(Value x, Type element) {
  if (isa<FloatTF32Type>(element))
    return x;
  Type i8 = x.getType();
  if (element.isInteger(4)) // the sign is bit 3
    return make<arith::ShRSIOp>(make<arith::ShLIOp>(x, number(i8, 4)),
                                number(i8, 4));
  Type i32 = withElement(i8, builder.getI32Type());
  Type f32 = withElement(i8, builder.getF32Type());
  Value bits = make<arith::ExtUIOp>(i32, x);
  auto asFloat = [&](Value word) { return make<arith::BitcastOp>(f32, word); };
  auto equals = [&](Value word, std::int64_t value) {
    return make<arith::CmpIOp>(arith::CmpIPredicate::eq, word,
                               number(i32, static_cast<double>(value)));
  };
  Value nan = asFloat(number(i32, 0x7fc00000));
  if (isa<Float8E8M0FNUType>(element)) {
    Value power = make<arith::ShLIOp>(bits, number(i32, 23));
    Value least = number(i32, 0x00400000); // 2^-127
    power = choose(equals(bits, 0), least, power);
    return choose(equals(bits, 255), nan, asFloat(power));
  }
  Format format = *formatOf(element);
  unsigned width = format.fractionBits + format.exponentBits;
  Value magnitude = make<arith::AndIOp>(
      bits, number(i32, static_cast<double>((1u << width) - 1)));
  Value shifted =
      make<arith::ShLIOp>(magnitude, number(i32, 23 - format.fractionBits));
  Value value = make<arith::MulFOp>(
      asFloat(shifted), number(f32, std::ldexp(1.0, format.exponents)));
  if (isa<Float8E5M2Type>(element)) { // as f16: infinities, and NaN above
    Value isInfinite = equals(magnitude, 0x7c);
    Value isNan = make<arith::CmpIOp>(arith::CmpIPredicate::ugt, magnitude,
                                      number(i32, 0x7c));
    value = choose(isInfinite, asFloat(number(i32, 0x7f800000)), value);
    value = choose(isNan, nan, value);
  } else if (format.hasNan) {
    value = choose(equals(magnitude, format.nan), nan, value);
  }
  Value sign = make<arith::ShLIOp>(
      make<arith::ShRUIOp>(bits, number(i32, width)), number(i32, 31));
  Value word = make<arith::BitcastOp>(i32, value);
  return asFloat(make<arith::OrIOp>(word, sign));
}

// Of an f32, rounded to nearest even and saturated.
Value ElementBuilder::encode(Value x, Type element, bool towardZero) {
  Type f32 = x.getType();
  Type i32 = withElement(f32, builder.getI32Type());
  Type i8 = withElement(f32, builder.getI8Type());
  Value bits = make<arith::BitcastOp>(i32, x);
  Value isNan = make<arith::CmpFOp>(arith::CmpFPredicate::UNO, x, x);
  auto rounded = [&](Value word, unsigned drop) {
    Value odd = make<arith::AndIOp>(
        make<arith::ShRUIOp>(word, number(i32, drop)), number(i32, 1));
    Value bias = make<arith::AddIOp>(
        odd,
        number(i32, static_cast<double>((std::int64_t(1) << (drop - 1)) - 1)));
    return make<arith::AddIOp>(word, bias);
  };
  if (isa<FloatTF32Type>(element)) {
    Value kept =
        make<arith::AndIOp>(rounded(bits, 13), number(i32, -8192)); // 13 bits
    return choose(isNan, x, make<arith::BitcastOp>(f32, kept));
  }
  Value magnitude = make<arith::AndIOp>(bits, number(i32, 0x7fffffff));
  if (isa<Float8E8M0FNUType>(element)) {
    Value power = make<arith::ShRUIOp>(magnitude, number(i32, 23));
    if (!towardZero) {
      Value fraction = make<arith::AndIOp>(magnitude, number(i32, 0x007fffff));
      // A subnormal's unit is 2^-127, the pattern 0.
      Value limit = choose(
          make<arith::CmpIOp>(arith::CmpIPredicate::eq, power, number(i32, 0)),
          number(i32, 0x00400000), number(i32, 0));
      Value up =
          make<arith::CmpIOp>(arith::CmpIPredicate::ugt, fraction, limit);
      power = make<arith::AddIOp>(power, make<arith::ExtUIOp>(i32, up));
    }
    power = make<arith::MinUIOp>(power, number(i32, 254));
    return make<arith::TruncIOp>(i8, choose(isNan, number(i32, 255), power));
  }
  Format format = *formatOf(element);
  unsigned drop = 23 - format.fractionBits;
  Value scaled =
      make<arith::MulFOp>(make<arith::BitcastOp>(f32, magnitude),
                          number(f32, std::ldexp(1.0, -format.exponents)));
  Value word = make<arith::BitcastOp>(i32, scaled);
  Value small = make<arith::ShRUIOp>(rounded(word, drop), number(i32, drop));
  small = make<arith::MinUIOp>(small, number(i32, format.largest));
  unsigned width = format.fractionBits + format.exponentBits;
  Value sign = make<arith::ShLIOp>(make<arith::ShRUIOp>(bits, number(i32, 31)),
                                   number(i32, width));
  small =
      choose(isNan, number(i32, format.nan), make<arith::OrIOp>(small, sign));
  return make<arith::TruncIOp>(i8, small);
}

Value ElementBuilder::convertElement(Value x, Type from, Type to,
                                     bool zeroExtend, bool odd,
                                     bool towardZero) {
  if (from == to)
    return x;
  if (from.isInteger(4) && zeroExtend) {
    from = x.getType(); // the byte of the pattern
  } else if (isPattern(from)) {
    x = decode(x, from);
    from = x.getType();
    zeroExtend = false;
  }
  if (!isPattern(to))
    return convert(x, to, zeroExtend, odd);
  Type f32 = builder.getF32Type();
  if (to.isInteger(4)) {
    if (isa<FloatType>(from)) {
      Value byte = convert(x, builder.getI8Type(), false, false);
      byte = make<arith::MaxSIOp>(byte, number(byte.getType(), -8));
      x = make<arith::MinSIOp>(byte, number(byte.getType(), 7));
    } else {
      x = convert(x, builder.getI8Type(), zeroExtend, false);
    }
    return make<arith::AndIOp>(x, number(x.getType(), 15));
  }
  // To f32 so that the second rounding is the only one.
  bool isWide =
      from.isF64() || (from.isInteger() && from.getIntOrFloatBitWidth() > 16);
  if (isWide)
    x = toOdd(convert(x, builder.getF64Type(), zeroExtend, false));
  else
    x = convert(x, f32, zeroExtend, false);
  return encode(x, to, towardZero);
}

} // namespace ferro::cpu
