#include "emulator/Half.h"
#include "emulator/Lanes.h"

using namespace ferro::emulator;

static bool isNan(const Format &format, std::uint64_t bits) {
  return (bits & (format.sign() - 1)) > format.infinity();
}

static std::uint64_t flushedHalf(const Format &format, std::uint64_t bits) {
  bool subnormal = (bits & format.infinity()) == 0;
  return subnormal ? bits & format.sign() : bits;
}

static std::uint64_t minMax(HalfOp op, const Format &format, unsigned flags,
                            std::uint64_t a, std::uint64_t b) {
  std::uint64_t sign = (a ^ b) & format.sign();
  if (flags & half::XorSign)
    a &= ~format.sign(), b &= ~format.sign();
  bool nanA = isNan(format, a), nanB = isNan(format, b);
  if ((nanA && nanB) || (flags & half::NaN && (nanA || nanB)))
    return format.nan();
  std::uint64_t result;
  double x = widen(format, a), y = widen(format, b);
  bool isMax = op == HalfOp::Max;
  if (nanA || nanB)
    result = nanA ? b : a;
  else if (x == y)
    result = std::signbit(x) == isMax ? b : a;
  else
    result = (x < y) == isMax ? b : a;
  return flags & half::XorSign ? result | sign : result;
}

static std::uint64_t finishHalf(const Format &format, unsigned flags,
                                double value) {
  if (flags & half::Sat)
    value = value > 0 ? std::min(value, 1.0) : 0.0;
  if (flags & half::Relu && value < 0)
    value = 0;
  std::uint64_t bits = roundTo(format, value, Rounding::Nearest);
  if (flags & half::Relu && bits == format.sign())
    bits = 0;
  return flags & half::Ftz ? flushedHalf(format, bits) : bits;
}

std::uint64_t ferro::emulator::evaluateHalf(HalfOp op, const Format &format,
                                            unsigned flags, std::uint64_t a,
                                            std::uint64_t b, std::uint64_t c) {
  if (flags & half::Ftz) {
    a = flushedHalf(format, a);
    b = flushedHalf(format, b);
    c = flushedHalf(format, c);
  }
  double x = widen(format, a), y = widen(format, b), z = widen(format, c);
  switch (op) {
  case HalfOp::None:
    return a;
  case HalfOp::Add:
    return finishHalf(format, flags, addToOdd(x, y));
  case HalfOp::Sub:
    return finishHalf(format, flags, addToOdd(x, -y));
  case HalfOp::Mul:
    return finishHalf(format, flags, x * y);
  case HalfOp::Fma:
    return finishHalf(format, flags, addToOdd(x * y, z));
  case HalfOp::Min:
  case HalfOp::Max:
    return minMax(op, format, flags, a, b);
  case HalfOp::Abs:
    return isNan(format, a) ? format.nan() : a & ~format.sign();
  case HalfOp::Neg:
    return isNan(format, a) ? format.nan() : a ^ format.sign();
  case HalfOp::Ex2:
    return finishHalf(format, flags, std::exp2(x));
  case HalfOp::Tanh:
    return finishHalf(format, flags, std::tanh(x));
  }
  return 0;
}

// a: the operation, b: flags, c: bfloat, d: elements.
static void halves(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = i.sources > 1 ? w.in(i, 1) : a,
                      *c = i.sources > 2 ? w.in(i, 2) : a;
  const Format &format = i.c ? bfloatFormat : halfFormat;
  w.each([&](unsigned lane) {
    std::uint64_t word = 0;
    for (unsigned at = 0; at < 16u * i.d; at += 16)
      word |= evaluateHalf(HalfOp(i.a), format, i.b, a[lane] >> at & 0xffff,
                           b[lane] >> at & 0xffff, c[lane] >> at & 0xffff)
              << at;
    d[lane] = word;
  });
}

bool ferro::emulator::decodeHalf(Decoding &d, Tag type, HalfOp op,
                                 unsigned sources) {
  bool isHalf = type == Tag::F16 || type == Tag::F16x2;
  bool isBfloat = type == Tag::BF16 || type == Tag::BF16x2;
  if (!isHalf && !isBfloat)
    return false;
  unsigned flags = d.take("ftz") ? half::Ftz : 0;
  bool arithmetic = op >= HalfOp::Add && op <= HalfOp::Fma;
  if (arithmetic && d.take("sat"))
    flags |= half::Sat;
  if (op == HalfOp::Fma) {
    flags |= d.take("relu") ? half::Relu : 0;
    flags |= d.take("oob") ? half::Oob : 0;
  }
  if (op == HalfOp::Min || op == HalfOp::Max) {
    flags |= d.take("NaN") ? half::NaN : 0;
    flags |= d.take("xorsign") && d.take("abs") ? half::XorSign : 0;
  }
  d.instruction.a = std::uint8_t(op);
  d.instruction.b = std::uint8_t(flags);
  d.instruction.c = isBfloat;
  d.instruction.d = bitsOf(type) / 16;
  decodePlain(d, halves, sources, bitsOf(type) == 16 ? Tag::B16 : Tag::B32,
              OpClass::Half);
  return true;
}
