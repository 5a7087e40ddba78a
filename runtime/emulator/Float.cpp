// Arithmetic of f32 and f64, and the approximations. Half types are in
// Half.cpp.
#include "emulator/Arithmetic.h"
#include "emulator/Half.h"
#include "emulator/Lanes.h"

#include <algorithm>
#include <cmath>

using namespace ferro::emulator;

namespace {

constexpr std::uint64_t singleNan = 0x7fffffff;
constexpr std::uint64_t doubleNan = 0xfff8000000000000;

/// Bits of an instruction's b.
enum Flag : std::uint8_t { Ftz = 1, Sat = 2, NaN = 4, XorSign = 8 };

float saturated(float x) { return x > 0 ? std::min(x, 1.f) : 0.f; }

std::uint64_t finish(float x, unsigned flags) {
  if (flags & Flag::Sat)
    x = saturated(x);
  if (std::isnan(x))
    return singleNan;
  return bitsOf(flags & Flag::Ftz ? flushed(x) : x);
}
float operandOf(std::uint64_t bits, unsigned flags, float) {
  return flags & Flag::Ftz ? flushed(single(bits)) : single(bits);
}
double operandOf(std::uint64_t bits, unsigned, double) { return real(bits); }

struct Add {
  template <typename T> T operator()(T a, T b) const { return a + b; }
};
struct Sub {
  template <typename T> T operator()(T a, T b) const { return a - b; }
};
struct Mul {
  template <typename T> T operator()(T a, T b) const { return a * b; }
};
struct Div {
  template <typename T> T operator()(T a, T b) const { return a / b; }
};
struct Fma {
  template <typename T> T operator()(T a, T b, T c) const {
    return std::fma(a, b, c);
  }
};
struct Sqrt {
  template <typename T> T operator()(T a) const { return std::sqrt(a); }
};
struct Rcp {
  template <typename T> T operator()(T a) const { return T(1) / a; }
};

/// What an f64 instruction gives where an operand is a NaN: the first one,
/// quiet.
template <typename... B> bool nanOperand(std::uint64_t &out, B... bits) {
  bool found = false;
  for (std::uint64_t x : {bits...})
    if (!found && std::isnan(real(x))) {
      out = x | 0x0008000000000000;
      found = true;
    }
  return found;
}

// a: the rounding, b: flags.
template <typename T, typename Op>
void floatUnary(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0);
  RoundingScope scope{Rounding(i.a)};
  w.each([&](unsigned lane) {
    if constexpr (sizeof(T) == 8) {
      if (nanOperand(d[lane], a[lane]))
        return;
      double result = Op()(real(a[lane]));
      d[lane] = std::isnan(result) ? doubleNan : bitsOf(result);
    } else {
      d[lane] = finish(Op()(operandOf(a[lane], i.b, T())), i.b);
    }
  });
}
template <typename T, typename Op>
void floatBinary(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  RoundingScope scope{Rounding(i.a)};
  w.each([&](unsigned lane) {
    if constexpr (sizeof(T) == 8) {
      std::uint64_t nan = 0;
      if (nanOperand(nan, a[lane], b[lane])) {
        d[lane] = nan;
        return;
      }
      double result = Op()(real(a[lane]), real(b[lane]));
      d[lane] = std::isnan(result) ? doubleNan : bitsOf(result);
    } else {
      d[lane] = finish(
          Op()(operandOf(a[lane], i.b, T()), operandOf(b[lane], i.b, T())),
          i.b);
    }
  });
}
template <typename T> void floatFma(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2);
  RoundingScope scope{Rounding(i.a)};
  w.each([&](unsigned lane) {
    if constexpr (sizeof(T) == 8) {
      std::uint64_t nan = 0;
      if (nanOperand(nan, c[lane], a[lane], b[lane])) {
        d[lane] = nan;
        return;
      }
      double result = std::fma(real(a[lane]), real(b[lane]), real(c[lane]));
      d[lane] = std::isnan(result) ? doubleNan : bitsOf(result);
    } else {
      d[lane] = finish(std::fma(operandOf(a[lane], i.b, T()),
                                operandOf(b[lane], i.b, T()),
                                operandOf(c[lane], i.b, T())),
                       i.b);
    }
  });
}

template <typename T, bool isMax>
void floatMinMax(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  w.each([&](unsigned lane) {
    T x = operandOf(a[lane], i.b, T()), y = operandOf(b[lane], i.b, T());
    bool sign = std::signbit(x) != std::signbit(y);
    if (i.b & Flag::XorSign)
      x = std::fabs(x), y = std::fabs(y);
    std::uint64_t canonical = sizeof(T) == 8 ? 0x7fffffffffffffff : singleNan;
    bool nan = i.b & Flag::NaN ? std::isnan(x) || std::isnan(y)
                               : std::isnan(x) && std::isnan(y);
    if (nan) {
      d[lane] = canonical;
      return;
    }
    T result;
    if (std::isnan(x) || std::isnan(y))
      result = std::isnan(x) ? y : x;
    else if (x == y)
      result = std::signbit(x) == isMax ? y : x;
    else
      result = (x < y) == isMax ? y : x;
    if (i.b & Flag::XorSign)
      result = sign ? -result : result;
    d[lane] = bitsOf(result);
  });
}

// a: negate, not absolute.
template <typename T> void floatSign(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0);
  constexpr std::uint64_t sign = sizeof(T) == 8 ? 1ull << 63 : 1ull << 31;
  w.each([&](unsigned lane) {
    T value = operandOf(a[lane], i.b, T());
    std::uint64_t bits = bitsOf(value);
    if (std::isnan(value))
      d[lane] = sizeof(T) == 4 ? singleNan : bits | 0x0008000000000000;
    else
      d[lane] = i.a ? bits ^ sign : bits & ~sign;
  });
}

// copysign: the first operand's sign, the second's magnitude.
template <typename T> void copySign(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  constexpr std::uint64_t sign = sizeof(T) == 8 ? 1ull << 63 : 1ull << 31;
  w.each([&](unsigned lane) {
    d[lane] = (a[lane] & sign) | (b[lane] & (sign - 1));
  });
}

template <typename T> void testp(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0);
  w.each([&](unsigned lane) {
    int kind = std::fpclassify(unpack<T>(a[lane]));
    bool results[] = {kind != FP_NAN && kind != FP_INFINITE,
                      kind == FP_INFINITE,
                      kind != FP_NAN,
                      kind == FP_NAN,
                      kind == FP_NORMAL || kind == FP_ZERO,
                      kind == FP_SUBNORMAL};
    d[lane] = results[i.a];
  });
}

// Approximations: computed in double and rounded, so closer than the hardware.
struct Ex2 {
  double operator()(double a) const { return std::exp2(a); }
};
struct Lg2 {
  double operator()(double a) const { return std::log2(a); }
};
/// The argument in turns, as an f32 rounded to zero: large ones lose their
/// fraction.
double turns(double a) {
  constexpr double perRadian = 0.15915493667125701904; // an f32
  double exact = a * perRadian;
  auto inTurns = single(roundTo(singleFormat, exact, Rounding::Zero));
  return inTurns - std::nearbyint(double(inTurns));
}
constexpr double fullTurn = 6.283185307179586;
struct Sin {
  double operator()(double a) const { return std::sin(turns(a) * fullTurn); }
};
struct Cos {
  double operator()(double a) const { return std::cos(turns(a) * fullTurn); }
};
struct Tanh {
  double operator()(double a) const { return std::tanh(a); }
};
struct Rsqrt {
  double operator()(double a) const { return 1 / std::sqrt(a); }
};
struct RcpApprox {
  double operator()(double a) const { return 1 / a; }
};
struct SqrtApprox {
  double operator()(double a) const { return std::sqrt(a); }
};

template <typename Op> void approximate(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0);
  w.each([&](unsigned lane) {
    d[lane] =
        finish(float(Op()(double(operandOf(a[lane], i.b, float())))), i.b);
  });
}

// The f64 approximations read and write the upper word alone.
template <typename Op> void approximateDouble(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0);
  w.each([&](unsigned lane) {
    double x = real(a[lane] & 0xffffffff00000000);
    if (i.b & Flag::Ftz && std::fpclassify(x) == FP_SUBNORMAL)
      x = std::copysign(0.0, x);
    double result = Op()(x);
    if (i.b & Flag::Ftz && std::fpclassify(result) == FP_SUBNORMAL)
      result = std::copysign(0.0, result);
    std::uint64_t bits = bitsOf(result) & 0xffffffff00000000;
    d[lane] = std::isnan(result) ? 0x7fffffff00000000 : bits;
  });
}

// Without .ftz the result has all of its bits.
void rsqrtDouble(Warp &w, const Instruction &i) {
  if (i.b & Flag::Ftz)
    return approximateDouble<Rsqrt>(w, i);
  floatUnary<double, Rsqrt>(w, i);
}

void divideApprox(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  w.each([&](unsigned lane) {
    float x = operandOf(a[lane], i.b, float()),
          y = operandOf(b[lane], i.b, float());
    // Beyond 2^126 the reciprocal is flushed.
    bool tiny =
        i.a && std::fabs(y) > 0x1p126f && !std::isinf(y) && !std::isnan(x);
    float result = tiny ? std::isinf(x)
                              ? x * 0.f
                              : std::copysign(0.f, x) * std::copysign(1.f, y)
                        : x / y;
    d[lane] = finish(result, i.b);
  });
}

std::uint8_t flags(Decoding &d) {
  return std::uint8_t((d.take("ftz") ? Flag::Ftz : 0) |
                      (d.take("sat") ? Flag::Sat : 0));
}

template <typename Op> void decodeBinary(Decoding &d, Tag type, HalfOp half) {
  auto rounding = d.takeRounding();
  if (decodeHalf(d, type, half, 2))
    return;
  d.instruction.a = std::uint8_t(rounding.value_or(Rounding::Nearest));
  d.instruction.b = flags(d);
  decodePlain(d,
              type == Tag::F32   ? floatBinary<float, Op>
              : type == Tag::F64 ? floatBinary<double, Op>
                                 : nullptr,
              2, type, OpClass::Float);
}

template <typename Op> void decodeApprox(Decoding &d, Tag type, HalfOp half) {
  d.one({"approx"});
  if (half != HalfOp::None && decodeHalf(d, type, half, 1))
    return;
  d.instruction.b = flags(d);
  decodePlain(d, type == Tag::F32 ? approximate<Op> : nullptr, 1, type,
              OpClass::Float);
}

} // namespace

namespace ferro::emulator {

void decodeAdd(Decoding &d) {
  Tag type = d.type();
  if (!decodeIntegerAdd(d, type, false))
    decodeBinary<Add>(d, type, HalfOp::Add);
}
void decodeSub(Decoding &d) {
  Tag type = d.type();
  if (!decodeIntegerAdd(d, type, true))
    decodeBinary<Sub>(d, type, HalfOp::Sub);
}
void decodeMul(Decoding &d) {
  Tag type = d.type();
  if (!decodeIntegerMul(d, type))
    decodeBinary<Mul>(d, type, HalfOp::Mul);
}
void decodeFma(Decoding &d) {
  auto rounding = d.takeRounding();
  Tag type = d.type();
  if (decodeHalf(d, type, HalfOp::Fma, 3))
    return;
  d.instruction.a = std::uint8_t(rounding.value_or(Rounding::Nearest));
  d.instruction.b = flags(d);
  decodePlain(d,
              type == Tag::F32   ? floatFma<float>
              : type == Tag::F64 ? floatFma<double>
                                 : nullptr,
              3, type, OpClass::Float);
}
void decodeMad(Decoding &d) {
  Tag type = d.type();
  if (decodeIntegerMad(d, type))
    return;
  d.instruction.a = std::uint8_t(d.takeRounding().value_or(Rounding::Nearest));
  d.instruction.b = flags(d);
  decodePlain(d,
              type == Tag::F32   ? floatFma<float>
              : type == Tag::F64 ? floatFma<double>
                                 : nullptr,
              3, type, OpClass::Float);
}
void decodeDiv(Decoding &d) {
  Tag type = d.type();
  if (decodeIntegerDiv(d, type))
    return;
  auto approximate = d.takeOne({"full", "approx"});
  d.instruction.a = std::uint8_t(
      approximate ? *approximate
                  : unsigned(d.takeRounding().value_or(Rounding::Nearest)));
  d.instruction.b = flags(d);
  Handler handler = type == Tag::F64   ? floatBinary<double, Div>
                    : type != Tag::F32 ? nullptr
                    : approximate      ? divideApprox
                                       : floatBinary<float, Div>;
  decodePlain(d, handler, 2, type, OpClass::Float);
}
static void decodeRoot(Decoding &d, Handler exact, Handler exactDouble,
                       Handler approx, Handler approxDouble) {
  Tag type = d.type();
  bool approximates = d.take("approx");
  d.instruction.a = std::uint8_t(d.takeRounding().value_or(Rounding::Nearest));
  d.instruction.b = flags(d);
  Handler handler = type == Tag::F32 ? approximates ? approx : exact
                    : type == Tag::F64
                        ? approximates ? approxDouble : exactDouble
                        : nullptr;
  decodePlain(d, handler, 1, type, OpClass::Float);
}
void decodeSqrt(Decoding &d) {
  decodeRoot(d, floatUnary<float, Sqrt>, floatUnary<double, Sqrt>,
             approximate<SqrtApprox>, nullptr);
}
void decodeRcp(Decoding &d) {
  decodeRoot(d, floatUnary<float, Rcp>, floatUnary<double, Rcp>,
             approximate<RcpApprox>, approximateDouble<RcpApprox>);
}
void decodeRsqrt(Decoding &d) {
  decodeRoot(d, nullptr, nullptr, approximate<Rsqrt>, rsqrtDouble);
}
void decodeEx2(Decoding &d) { decodeApprox<Ex2>(d, d.type(), HalfOp::Ex2); }
void decodeLg2(Decoding &d) { decodeApprox<Lg2>(d, d.type(), HalfOp::None); }
void decodeSin(Decoding &d) { decodeApprox<Sin>(d, d.type(), HalfOp::None); }
void decodeCos(Decoding &d) { decodeApprox<Cos>(d, d.type(), HalfOp::None); }
void decodeTanh(Decoding &d) { decodeApprox<Tanh>(d, d.type(), HalfOp::Tanh); }

static void decodeMinMax(Decoding &d, bool isMax) {
  Tag type = d.type();
  if (decodeIntegerMinMax(d, type, isMax) ||
      decodeHalf(d, type, isMax ? HalfOp::Max : HalfOp::Min, 2))
    return;
  d.instruction.b = flags(d);
  d.instruction.b |= d.take("NaN") ? Flag::NaN : 0;
  bool xorSign = d.take("xorsign") && d.take("abs");
  d.instruction.b |= xorSign ? Flag::XorSign : 0;
  Handler handler =
      type == Tag::F32
          ? isMax ? floatMinMax<float, true> : floatMinMax<float, false>
      : type == Tag::F64
          ? isMax ? floatMinMax<double, true> : floatMinMax<double, false>
          : nullptr;
  decodePlain(d, handler, 2, type, OpClass::Float);
}
void decodeMin(Decoding &d) { decodeMinMax(d, false); }
void decodeMax(Decoding &d) { decodeMinMax(d, true); }
static void decodeSign(Decoding &d, bool negates) {
  Tag type = d.type();
  if (decodeIntegerSign(d, type, negates) ||
      decodeHalf(d, type, negates ? HalfOp::Neg : HalfOp::Abs, 1))
    return;
  d.instruction.a = negates;
  d.instruction.b = flags(d);
  decodePlain(d,
              type == Tag::F32   ? floatSign<float>
              : type == Tag::F64 ? floatSign<double>
                                 : nullptr,
              1, type, OpClass::Float);
}
void decodeAbs(Decoding &d) { decodeSign(d, false); }
void decodeNeg(Decoding &d) { decodeSign(d, true); }
void decodeCopysign(Decoding &d) {
  Tag type = d.type();
  decodePlain(d,
              type == Tag::F32   ? copySign<float>
              : type == Tag::F64 ? copySign<double>
                                 : nullptr,
              2, type, OpClass::Float);
}
void decodeTestp(Decoding &d) {
  d.instruction.a = std::uint8_t(d.one(
      {"finite", "infinite", "number", "notanumber", "normal", "subnormal"}));
  Tag type = d.type();
  decodePlain(d,
              type == Tag::F32   ? testp<float>
              : type == Tag::F64 ? testp<double>
                                 : nullptr,
              1, type, OpClass::Float);
}

} // namespace ferro::emulator
