#include "Values.h"
#include "../Random.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace ferro::gpucheck {
namespace {

/// The last three are no drawings but sequences: all 16-bit patterns, and
/// singles at even steps through two octaves, from 1 or from 1/4.
enum class Drawing { Edges, Bits, Lane, FromZero, FromOne, FromQuarter };

struct ValueClass {
  std::string_view name;
  unsigned bytes;
  unsigned lanes;
  int exponentBits;
  int mantissaBits;
  bool infinities;
  Drawing drawing;

  bool isFloat() const { return exponentBits != 0; }
  unsigned laneBits() const { return bytes * 8 / lanes; }
};

constexpr ValueClass classes[] = {
#define FLOAT_VALUES(name, bytes, lanes, exponent, mantissa, infinities)       \
  {#name, bytes, lanes, exponent, mantissa, infinities, Drawing::Edges},
#define INTEGER_VALUES(name, bytes, drawing)                                   \
  {#name, bytes, 1, 0, 0, false, Drawing::drawing},
#include "Values.def"
};

const ValueClass &find(std::string_view name) {
  for (const ValueClass &row : classes)
    if (row.name == name)
      return row;
  throw std::invalid_argument("no class of values is called " +
                              std::string(name));
}

std::uint64_t ones(int bits) {
  return bits >= 64 ? ~std::uint64_t(0) : (std::uint64_t(1) << bits) - 1;
}

/// Independent numbers drawn from one hash.
class Draw {
  std::uint64_t state;

public:
  explicit Draw(std::uint64_t start) : state(start) {}
  std::uint64_t bits() { return state = mix(state + 0x9e3779b97f4a7c15); }
  std::uint64_t below(std::uint64_t bound) { return bits() % bound; }
  int between(int low, int high) {
    return low + int(below(std::uint64_t(high - low + 1)));
  }
};

/// Makes floats of one format from their fields.
struct Format {
  const ValueClass &row;

  int bias() const { return int(ones(row.exponentBits - 1)); }
  std::uint64_t topExponent() const { return ones(row.exponentBits); }
  std::uint64_t signBit() const {
    return std::uint64_t(1) << (row.exponentBits + row.mantissaBits);
  }
  std::uint64_t join(std::uint64_t exponent, std::uint64_t mantissa) const {
    return exponent << row.mantissaBits | (mantissa & ones(row.mantissaBits));
  }
  /// 2^exponent times 1.mantissa, the exponent clamped to the normal numbers.
  std::uint64_t normal(int exponent, std::uint64_t mantissa) const {
    int highest = row.infinities ? bias() : bias() + 1;
    if (!row.infinities && exponent >= highest)
      mantissa &= ones(row.mantissaBits) - 1; // all ones is the NaN
    return join(
        std::uint64_t(std::clamp(exponent, 1 - bias(), highest) + bias()),
        mantissa);
  }
  /// A few leading bits, then a one and nothing more: ties of narrower formats.
  std::uint64_t shortMantissa(Draw &draw) const {
    int kept = draw.between(0, row.mantissaBits - 1);
    std::uint64_t low = std::uint64_t(1) << (row.mantissaBits - 1 - kept);
    std::uint64_t mantissa = (draw.bits() & ~(2 * low - 1)) | low;
    switch (draw.below(4)) {
    case 0:
      return mantissa + 1;
    case 1:
      return mantissa - 1;
    default:
      return mantissa;
    }
  }

  std::uint64_t special(Draw &draw) const {
    std::uint64_t full = ones(row.mantissaBits);
    std::uint64_t quiet = std::uint64_t(1) << (row.mantissaBits - 1);
    std::uint64_t top = topExponent();
    const std::array<std::uint64_t, 20> values = {0,
                                                  1,
                                                  full,
                                                  join(1, 0),
                                                  join(1, 1),
                                                  join(top - 1, full),
                                                  join(top, 0),
                                                  join(top, quiet),
                                                  join(top, quiet | 1),
                                                  join(top, 1),
                                                  join(top, full),
                                                  normal(0, 0),
                                                  normal(0, 1),
                                                  normal(-1, full),
                                                  normal(-1, 0),
                                                  normal(0, quiet),
                                                  normal(1, quiet >> 1),
                                                  normal(row.mantissaBits, 1),
                                                  normal(31, 0),
                                                  normal(63, 0)};
    return values[draw.below(values.size())];
  }

  std::uint64_t operand(Draw &draw) const {
    std::uint64_t sign = draw.below(2) ? signBit() : 0;
    std::uint64_t kind = draw.below(16);
    if (kind < 5)
      return sign | special(draw);
    if (kind < 8)
      return draw.bits() & (2 * signBit() - 1);
    if (kind < 11)
      return sign | normal(draw.between(-14, 15), draw.bits());
    if (kind < 13)
      return sign | normal(draw.between(-30, 20), shortMantissa(draw));
    if (kind < 14)
      return sign | (draw.bits() & ones(row.mantissaBits));
    if (kind < 15)
      return sign | normal(bias() - draw.between(0, 2), draw.bits());
    return sign | normal(draw.between(-3, 70), shortMantissa(draw));
  }

  std::uint64_t factor(Draw &draw, std::uint64_t tile) const {
    std::uint64_t sign = draw.below(2) ? signBit() : 0;
    std::uint64_t full = ones(row.mantissaBits);
    switch (tile % 8) {
    case 0:
      return sign | normal(draw.between(-4, 0), draw.bits());
    case 1:
      return sign | normal(draw.between(-bias() / 2, bias() / 2), draw.bits());
    case 2:
      return sign | normal(draw.below(8) ? -12 : 10, draw.bits());
    case 3:
      return sign | normal(draw.between(-12, 12), draw.below(2));
    case 4:
      return sign | normal(draw.below(3) ? draw.between(-8, -7) : 8,
                           draw.below(2) ? 0 : full);
    case 5:
      return draw.bits() & (2 * signBit() - 1);
    case 6:
      return sign |
             (draw.below(2) ? draw.bits() & full
                            : normal(draw.between(0, bias()), draw.bits()));
    default:
      return sign | normal(draw.between(-30, 30), draw.bits());
    }
  }
};

std::uint64_t integer(const ValueClass &row, Draw &draw) {
  int bits = int(row.bytes) * 8;
  std::uint64_t mask = ones(bits);
  if (row.drawing == Drawing::Bits)
    return draw.bits() & mask;
  if (row.drawing == Drawing::Lane)
    return draw.below(8) ? draw.below(72) : draw.bits() & mask;
  std::uint64_t one = std::uint64_t(1) << draw.below(std::uint64_t(bits));
  switch (draw.below(8)) {
  case 0:
    return draw.below(65) & mask;
  case 1:
    return (0 - draw.below(65)) & mask;
  case 2:
    return one;
  case 3:
    return (one - 1) & mask;
  case 4:
    return (std::uint64_t(1) << (bits - 1)) - draw.below(2);
  case 5: // few significant bits: ties of conversions to floats
    return (draw.bits() >> draw.below(64)) &
           (~std::uint64_t(0) << draw.below(64)) & mask;
  default:
    return draw.bits() & mask;
  }
}

} // namespace

unsigned valueBytes(std::string_view valueClass) {
  return find(valueClass).bytes;
}

std::uint64_t makeValue(std::string_view valueClass, Purpose purpose,
                        std::uint64_t seed, std::uint64_t index,
                        std::uint64_t tile) {
  const ValueClass &row = find(valueClass);
  if (row.drawing == Drawing::FromZero)
    return index;
  if (row.drawing == Drawing::FromOne)
    return 0x3f800000 + index * 256;
  if (row.drawing == Drawing::FromQuarter)
    return 0x3e800000 + index * 256;
  Draw draw(random(seed, index));
  if (!row.isFloat())
    return integer(row, draw);
  std::uint64_t bits = 0;
  for (unsigned lane = 0; lane < row.lanes; ++lane) {
    Format format{row};
    std::uint64_t value = purpose == Purpose::Operand
                              ? format.operand(draw)
                              : format.factor(draw, tile);
    bits |= value << (lane * row.laneBits());
  }
  return bits;
}

} // namespace ferro::gpucheck
