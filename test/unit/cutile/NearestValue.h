// Rounding by search: a table of every value of a small format, and the
// neighbour that a mode asks for. Shares nothing with the reference.
#pragma once

#include "cutile/Modes.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cutile::testing {

/// What the standards say about a small format.
struct SmallFormat {
  int exponentBits, fractionBits, bias;
  u64 largest;            ///< the pattern of the largest finite value
  bool saturates = false; ///< instead of an infinity at largest + 1
  bool isScale = false;   ///< no sign, no zero
};

template <typename E> inline constexpr SmallFormat standardOf = {};
template <> inline constexpr SmallFormat standardOf<f16> = {5, 10, 15, 0x7bff};
template <> inline constexpr SmallFormat standardOf<bf16> = {8, 7, 127, 0x7f7f};
template <>
inline constexpr SmallFormat standardOf<f8e5m2> = {5, 2, 15, 0x7b, true};
template <>
inline constexpr SmallFormat standardOf<f8e4m3> = {4, 3, 7, 0x7e, true};
template <>
inline constexpr SmallFormat standardOf<f4e2m1> = {2, 1, 1, 0x7, true};
template <>
inline constexpr SmallFormat standardOf<f8e8m0> = {8, 0, 127, 0xfe, true, true};

/// The finite value of a pattern without a sign.
inline f64 magnitudeOf(u64 pattern, const SmallFormat &format) {
  int code = static_cast<int>(pattern >> format.fractionBits);
  f64 fraction = std::ldexp(static_cast<f64>(pattern) -
                                std::ldexp(code, format.fractionBits),
                            -format.fractionBits);
  return code == 0 && !format.isScale
             ? std::ldexp(fraction, 1 - format.bias)
             : std::ldexp(1 + fraction, code - format.bias);
}

template <typename E> class NearestValue {
public:
  NearestValue() {
    for (u64 pattern = 0; pattern <= format.largest; ++pattern)
      magnitudes.push_back(magnitudeOf(pattern, format));
  }

  /// The pattern of a number of which is known that it lies between \p low and
  /// \p high, two neighbours in f64 or the same value.
  u64 round(f64 low, f64 high, Rounding mode, bool negative) const {
    u64 sign = u64{negative && !format.isScale}
               << (format.exponentBits + format.fractionBits);
    f64 near = std::min(std::fabs(low), std::fabs(high));
    f64 far = std::max(std::fabs(low), std::fabs(high));
    if (std::isinf(near))
      return sign | (format.largest + !format.saturates);
    auto above = std::lower_bound(magnitudes.begin(), magnitudes.end(), far);
    auto index = static_cast<u64>(above - magnitudes.begin());
    if (above != magnitudes.end() && (near == *above || index == 0))
      return sign | index;
    // Between index - 1 and index, or beyond the largest.
    f64 middle = (magnitudes[index - 1] + valueAt(index)) / 2;
    bool towardZero =
        mode == Rounding::TowardZero ||
        (mode == Rounding::TowardPositive && sign != 0) ||
        (mode == Rounding::TowardNegative && sign == 0) ||
        (mode == Rounding::NearestEven &&
         (far < middle || (far == middle && (near < far || index % 2 == 1))));
    bool overflow = index > format.largest;
    return sign |
           (towardZero || (overflow && format.saturates) ? index - 1 : index);
  }
  u64 round(f64 value, Rounding mode = Rounding::NearestEven) const {
    return round(value, value, mode, std::signbit(value));
  }

  const std::vector<f64> &values() const { return magnitudes; }

private:
  static constexpr SmallFormat format = standardOf<E>;
  f64 valueAt(u64 index) const {
    return index < magnitudes.size()
               ? magnitudes[index]
               : 2 * magnitudes.back() - magnitudes[index - 2];
  }
  std::vector<f64> magnitudes;
};

} // namespace cutile::testing
