// cvt between all types, with every rounding and saturation.
#include "emulator/Formats.h"
#include "emulator/Lanes.h"

#include <algorithm>

using namespace ferro::emulator;

namespace {

/// What a conversion does, kept beside the instruction.
struct Conversion {
  Tag to, from;
  Rounding rounding = Rounding::Nearest;
  bool toInteger = false; ///< .rni and so on
  bool ftz = false, sat = false, satfinite = false, relu = false;
  unsigned resultBits = 32; ///< of the register
};

__extension__ typedef __int128 Int128;

double rounded(double value, Rounding rounding) {
  switch (rounding) {
  case Rounding::Zero:
    return std::trunc(value);
  case Rounding::Down:
    return std::floor(value);
  case Rounding::Up:
    return std::ceil(value);
  case Rounding::Away:
    return std::round(value);
  case Rounding::Nearest:
    return std::nearbyint(value);
  }
  return value;
}

std::uint64_t widthMask(unsigned bits) {
  return bits >= 64 ? ~0ull : (1ull << bits) - 1;
}

/// The operand's value, flushed if asked.
double valueOf(const Conversion &c, std::uint64_t bits) {
  if (c.from == Tag::F64)
    return real(bits);
  if (c.from == Tag::F32) {
    float value = single(bits);
    // Conversions to halves take subnormals as they are.
    bool half = c.to == Tag::F16 || c.to == Tag::BF16;
    bool flushes = c.ftz && !half;
    return flushes ? flushed(value) : value;
  }
  const Format format = formatOf(c.from);
  bits &= widthMask(format.bits());
  return widen(format, bits);
}

bool isNegative(const Conversion &c, std::uint64_t bits) {
  return isSigned(c.from) && (bits >> (bitsOf(c.from) - 1) & 1);
}

std::uint64_t integerResult(const Conversion &c, std::uint64_t value) {
  unsigned bits = bitsOf(c.to);
  value &= widthMask(bits);
  // A wider register has the sign.
  if (isSigned(c.to) && bits < 64 && (value >> (bits - 1) & 1))
    value |= ~widthMask(bits);
  return value & widthMask(std::max(c.resultBits, bits));
}

std::uint64_t floatToInteger(const Conversion &c, std::uint64_t bits) {
  double value = valueOf(c, bits);
  unsigned width = bitsOf(c.to);
  if (std::isnan(value)) {
    // Conversions that are wide on either side give the sign bit.
    bool wide = width == 64 || c.from == Tag::F64;
    return wide && !c.sat ? integerResult(c, 1ull << (width - 1)) : 0;
  }
  value = rounded(value, c.rounding);
  bool isSigned64 = isSigned(c.to);
  double low = isSigned64 ? -std::ldexp(1.0, int(width) - 1) : 0;
  double high = std::ldexp(1.0, int(width) - isSigned64);
  if (value < low)
    return integerResult(c, isSigned64 ? 1ull << (width - 1) : 0);
  if (value >= high)
    return integerResult(c, widthMask(width - isSigned64));
  return integerResult(c, isSigned64 ? std::uint64_t(std::int64_t(value))
                                     : std::uint64_t(value));
}

std::uint64_t integerToFloat(const Conversion &c, std::uint64_t bits) {
  unsigned width = bitsOf(c.from);
  bits &= widthMask(width);
  bool negative = isNegative(c, bits);
  std::uint64_t magnitude = negative ? (0 - bits) & widthMask(width) : bits;
  if (c.sat)
    return magnitude && !negative ? bitsOf(1.f) : 0;
  return pack(formatOf(c.to), negative, magnitude, 0, false, c.rounding);
}

std::uint64_t integerToInteger(const Conversion &c, std::uint64_t bits) {
  unsigned width = bitsOf(c.from);
  bits &= widthMask(width);
  if (isNegative(c, bits))
    bits |= ~widthMask(width);
  if (!c.sat)
    return integerResult(c, bits);
  Int128 value = isSigned(c.from) ? Int128(std::int64_t(bits)) : Int128(bits);
  unsigned to = bitsOf(c.to);
  Int128 high = (Int128(1) << (to - isSigned(c.to))) - 1;
  Int128 low = isSigned(c.to) ? -(Int128(1) << (to - 1)) : 0;
  return integerResult(c, std::uint64_t(std::clamp(value, low, high)));
}

/// One element of a float format from a value.
std::uint64_t toFormat(const Conversion &c, const Format &format,
                       double value) {
  if (c.sat)
    value = value > 0 ? std::min(value, 1.0) : 0.0;
  if (std::isnan(value))
    return format.nan();
  if (c.relu && (value < 0 || value == 0))
    value = 0;
  std::uint64_t bits = roundTo(format, value, c.rounding, c.satfinite);
  if (c.relu && bits & format.sign())
    return 0;
  return bits;
}

/// NaNs keep their sign and the upper bits of their payload where an f64 or a
/// bf16 is involved.
std::uint64_t movedNan(const Format &to, const Format &from,
                       std::uint64_t bits) {
  std::uint64_t sign = bits & from.sign() ? to.sign() : 0;
  std::uint64_t payload = bits & ((1ull << from.mantissaBits) - 1);
  payload = from.mantissaBits > to.mantissaBits
                ? payload >> (from.mantissaBits - to.mantissaBits)
                : payload << (to.mantissaBits - from.mantissaBits);
  // Only from bf16 to f32 the bits are moved as they are.
  bool quiet = from.mantissaBits > 7 || to.mantissaBits > 23;
  std::uint64_t quietBit = quiet ? 1ull << (to.mantissaBits - 1) : 0;
  return sign | to.infinity() | quietBit | payload;
}

/// .tf32 rounds NaNs as if they were numbers.
std::uint64_t tf32Nan(const Conversion &c, std::uint64_t bits) {
  if (c.rounding != Rounding::Away)
    return 0x7fffe000;
  std::uint64_t sum = (bits & 0x7fffffff) + 0x1000;
  if (sum >> 31)
    sum = bits & 0x7fffffff;
  sum = (sum & 0x7fffe000) | (bits & 0x80000000);
  return c.satfinite ? sum - 0x2000 : sum;
}

std::uint64_t floatToFloat(const Conversion &c, std::uint64_t bits) {
  double value = valueOf(c, bits);
  if (c.toInteger)
    value = rounded(value, c.rounding);
  Format format = formatOf(c.to), from = formatOf(c.from);
  bool payload = c.to == Tag::F64 || c.from == Tag::F64 ||
                 (c.from == Tag::BF16 && c.to == Tag::F32);
  if (std::isnan(value) && !c.sat) {
    if (c.to == Tag::TF32)
      return tf32Nan(c, bits);
    if (c.to == Tag::F64 && c.from == Tag::F32 && c.ftz)
      return 0x7fffffffe0000000;
    if (payload)
      return movedNan(format, from, bits);
  }
  if (c.to == Tag::F64) {
    if (c.sat)
      value = value > 0 ? std::min(value, 1.0) : 0.0;
    return bitsOf(value);
  }
  if (c.to == Tag::TF32)
    return toFormat(c, format, value) << 13;
  std::uint64_t result = toFormat(c, format, value);
  if (c.ftz && c.to == Tag::F32)
    result = bitsOf(flushed(single(result)));
  return result;
}

void convert(Warp &w, const Instruction &i) {
  const auto &c = *static_cast<const Conversion *>(i.extra);
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0);
  auto run = [&](auto one) {
    w.each([&](unsigned lane) { d[lane] = one(c, a[lane]); });
  };
  bool from = isFloat(c.from), to = isFloat(c.to);
  if (from)
    to ? run(floatToFloat) : run(floatToInteger);
  else
    to ? run(integerToFloat) : run(integerToInteger);
}

template <typename To, typename From>
void convertInteger(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0);
  std::uint64_t mask = std::uint64_t(i.immediate);
  w.each([&](unsigned lane) {
    d[lane] = std::uint64_t(std::int64_t(To(From(a[lane])))) & mask;
  });
}

template <typename From> Handler fastInteger(Tag to) {
  return forInteger(to, [](auto zero) -> Handler {
    return convertInteger<decltype(zero), From>;
  });
}

/// Two sources to a pair, or a pair to a pair.
void convertPair(Warp &w, const Instruction &i) {
  const auto &c = *static_cast<const Conversion *>(i.extra);
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0),
                      *b = i.sources > 1 ? w.in(i, 1) : nullptr;
  Format to = formatOf(c.to);
  w.each([&](unsigned lane) {
    double high, low;
    if (b) { // the first source is the upper half
      high = valueOf(c, a[lane]);
      low = valueOf(c, b[lane]);
    } else {
      Format from = formatOf(c.from);
      low = widen(from, a[lane] & widthMask(from.bits()));
      high = widen(from, a[lane] >> from.bits() & widthMask(from.bits()));
    }
    std::uint64_t bits = toFormat(c, to, low) | toFormat(c, to, high)
                                                    << to.bits();
    d[lane] = bits;
  });
}

// cvt.pack: a is the bits of an element, b its sign; the third source is
// shifted in above.
void convertPack(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  const std::uint64_t *c = i.sources > 2 ? w.in(i, 2) : nullptr;
  w.each([&](unsigned lane) {
    auto clamped = [&](std::uint64_t bits) {
      std::int64_t low = i.b ? -(1ll << (i.a - 1)) : 0;
      std::int64_t high = (1ll << (i.a - i.b)) - 1;
      return std::uint64_t(
                 std::clamp<std::int64_t>(std::int32_t(bits), low, high)) &
             widthMask(i.a);
    };
    std::uint64_t result = clamped(a[lane]) << i.a | clamped(b[lane]);
    if (c)
      result |= c[lane] << (2 * i.a);
    d[lane] = std::uint32_t(result);
  });
}

bool isPair(Tag tag) {
  return tag == Tag::F16x2 || tag == Tag::BF16x2 || tag == Tag::E4M3x2 ||
         tag == Tag::E5M2x2;
}

} // namespace

namespace ferro::emulator {

static void decodePack(Decoding &d) {
  d.one({"sat"});
  Tag to = d.type();
  if (d.type() != Tag::S32)
    d.fail("packs .s32 only");
  bool shifts = d.take("b32");
  d.instruction.a = std::uint8_t(bitsOf(to));
  d.instruction.b = isSigned(to);
  decodePlain(d, convertPack, shifts ? 3 : 2, Tag::B32, OpClass::Convert);
}

void decodeCvt(Decoding &d) {
  if (d.take("pack"))
    return decodePack(d);
  Conversion c;
  auto whole = d.takeOne({"rni", "rzi", "rmi", "rpi"});
  auto plain = d.takeRounding();
  c.toInteger = whole.has_value();
  c.rounding = whole ? Rounding(*whole) : plain.value_or(Rounding::Nearest);
  c.ftz = d.take("ftz");
  c.satfinite = d.take("satfinite");
  c.relu = d.take("relu");
  c.sat = d.take("sat");
  c.to = d.type();
  c.from = d.type();
  if (isFloat(c.from) && !isFloat(c.to) && !whole)
    d.fail("needs .rni, .rzi, .rmi or .rpi");
  c.resultBits = d.registerType(d.operand(0)).bits;
  unsigned sources = unsigned(d.operandCount()) - 1;
  if (sources != 1 && !(sources == 2 && isPair(c.to)))
    d.fail("has too many operands");
  Handler handler = isPair(c.to) ? convertPair : convert;
  if (!isFloat(c.from) && !isFloat(c.to) && !c.sat) {
    unsigned bits = std::max(c.resultBits, bitsOf(c.to));
    d.instruction.immediate = std::int64_t(widthMask(bits));
    switch (c.from) {
    case Tag::U8:
      handler = fastInteger<std::uint8_t>(c.to);
      break;
    case Tag::S8:
      handler = fastInteger<std::int8_t>(c.to);
      break;
    case Tag::U16:
      handler = fastInteger<std::uint16_t>(c.to);
      break;
    case Tag::S16:
      handler = fastInteger<std::int16_t>(c.to);
      break;
    case Tag::U32:
      handler = fastInteger<std::uint32_t>(c.to);
      break;
    case Tag::S32:
      handler = fastInteger<std::int32_t>(c.to);
      break;
    case Tag::U64:
      handler = fastInteger<std::uint64_t>(c.to);
      break;
    case Tag::S64:
      handler = fastInteger<std::int64_t>(c.to);
      break;
    default:
      break;
    }
  }
  auto kept = std::make_shared<Conversion>(c);
  d.instruction.extra = kept.get();
  d.builder.program.extras.push_back(kept);
  decodePlain(d, handler, sources, c.from, OpClass::Convert);
}

} // namespace ferro::emulator
