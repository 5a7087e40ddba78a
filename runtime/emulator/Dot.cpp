#include "emulator/Dot.h"

#include <algorithm>

using namespace ferro::emulator;

Term ferro::emulator::termOf(const Format &format, std::uint64_t bits) {
  Term term;
  term.negative = bits & format.sign();
  std::uint64_t magnitude = bits & (format.sign() - 1);
  bool special = format.finiteOnly ? magnitude == format.nan()
                                   : magnitude >= format.infinity();
  if (special) {
    term.special = magnitude == format.infinity() && !format.finiteOnly ? 1 : 2;
    return term;
  }
  auto field = int(magnitude >> format.mantissaBits);
  auto fraction = std::int32_t(magnitude & ((1ull << format.mantissaBits) - 1));
  term.significand = field ? fraction | 1 << format.mantissaBits : fraction;
  if (term.negative)
    term.significand = -term.significand;
  term.exponent = std::int16_t((field ? field : 1) - format.bias() -
                               int(format.mantissaBits));
  return term;
}

namespace {

/// A sum in units of 2^exponent, or a special value.
struct Sum {
  std::int64_t value = 0;
  int exponent = 0;
  int special = 0; ///< 0 finite, 1 infinite, 2 negative infinite, 3 NaN
  bool negativeZero = false;
};

void addSpecial(Sum &sum, bool nan, bool negative) {
  int kind = nan ? 3 : negative ? 2 : 1;
  sum.special = sum.special && sum.special != kind ? 3 : kind;
}

/// The leading place of a term of a format whose significands have \p bits
/// below the point.
constexpr int lowest = -100000;

Sum addChunk(const DotModel &model, const Term *a, const Term *b,
             unsigned count, const Term &c, unsigned cBits, unsigned aBits,
             unsigned bBits, bool negated) {
  Sum sum;
  int largest = c.significand ? c.exponent + int(cBits) : lowest;
  for (unsigned i = 0; i < count; ++i) {
    if (a[i].special || b[i].special) {
      bool zero = (!a[i].special && !a[i].significand) ||
                  (!b[i].special && !b[i].significand);
      addSpecial(sum, a[i].special == 2 || b[i].special == 2 || zero,
                 (a[i].negative != b[i].negative) != negated);
    } else if (a[i].significand && b[i].significand) {
      largest = std::max(largest, a[i].exponent + int(aBits) + b[i].exponent +
                                      int(bBits));
    }
  }
  if (c.special)
    addSpecial(sum, c.special == 2, c.negative);
  if (sum.special || largest == lowest) {
    sum.negativeZero = false;
    return sum;
  }
  int unit = largest - int(model.fraction);
  auto aligned = [&](std::int64_t value, int exponent) {
    int shift = exponent - unit;
    if (shift >= 0)
      return value << shift;
    if (shift <= -63)
      return std::int64_t(0);
    return value < 0 ? -(-value >> -shift) : value >> -shift;
  };
  std::int64_t total = aligned(c.significand, c.exponent);
  for (unsigned i = 0; i < count; ++i) {
    std::int64_t product = std::int64_t(a[i].significand) * b[i].significand;
    if (product)
      total +=
          aligned(negated ? -product : product, a[i].exponent + b[i].exponent);
  }
  sum.value = total;
  sum.exponent = unit;
  return sum;
}

std::uint64_t rounded(const Sum &sum, const Format &format, Rounding rounding,
                      unsigned precision) {
  if (sum.special)
    return sum.special == 3   ? format.nan()
           : sum.special == 1 ? format.infinity()
                              : format.infinity() | format.sign();
  std::uint64_t magnitude =
      sum.value < 0 ? 0 - std::uint64_t(sum.value) : std::uint64_t(sum.value);
  int drop = 64 - std::countl_zero(magnitude | 1) - int(precision);
  if (drop > 0)
    magnitude = magnitude >> drop << drop;
  std::uint64_t bits =
      pack(format, sum.value < 0, magnitude, sum.exponent, false, rounding);
  bool overflows =
      rounding == Rounding::Zero &&
      (bits & (format.sign() - 1)) == format.largest() &&
      int(63 - std::countl_zero(magnitude | 1)) + sum.exponent > format.bias();
  return overflows ? (bits & format.sign()) | format.infinity() : bits;
}

} // namespace

template <typename Bits>
static Bits dot(const DotModel &model, const Term *a, const Term *b,
                unsigned count, Bits sum, const Format &format,
                Rounding rounding, bool negated) {
  for (unsigned at = 0; at < count; at += model.chunk) {
    unsigned size = std::min(model.chunk, count - at);
    Sum result =
        addChunk(model, a + at, b + at, size, termOf(format, sum),
                 format.mantissaBits, model.aBits, model.bBits, negated);
    sum = Bits(rounded(result, format, rounding, model.precision));
  }
  return sum;
}

std::uint32_t ferro::emulator::dotSingle(const DotModel &model, const Term *a,
                                         const Term *b, unsigned count,
                                         std::uint32_t sum, bool negated) {
  return dot(model, a, b, count, sum, singleFormat, Rounding::Zero, negated);
}

std::uint16_t ferro::emulator::dotHalf(const DotModel &model, const Term *a,
                                       const Term *b, unsigned count,
                                       std::uint16_t sum, bool negated) {
  return dot(model, a, b, count, sum, halfFormat, Rounding::Nearest, negated);
}
