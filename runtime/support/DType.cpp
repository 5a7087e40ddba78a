#include "ferro/DType.h"

#include <bit>

namespace ferro {

std::string_view toString(DType dtype) {
  switch (dtype) {
#define FERRO_DTYPE(Id, name, CppType, kind, bits)                             \
  case DType::Id:                                                              \
    return name;
#include "ferro/DTypes.def"
  }
  __builtin_unreachable();
}

namespace detail {

// Layouts: f32 is 1+8+23 bits with bias 127, f16 1+5+10 with bias 15, bf16 the
// upper half of f32. NaNs stay quiet NaNs and keep their upper payload bits.

/// \p mantissa without its lowest \p drop bits, rounded to nearest even. A
/// carry runs into the exponent above, which is what rounding up to the next
/// power of two (or to infinity) means.
static std::uint32_t roundToEven(std::uint32_t mantissa, unsigned drop) {
  std::uint32_t kept = mantissa >> drop;
  std::uint32_t rest = mantissa & ((1u << drop) - 1), half = 1u << (drop - 1);
  bool up = rest > half || (rest == half && (kept & 1));
  return kept + up;
}

float f16ToFloat(std::uint16_t bits) {
  std::uint32_t sign = std::uint32_t(bits & 0x8000) << 16;
  std::uint32_t exponent = bits >> 10 & 0x1f, mantissa = bits & 0x3ff;
  if (exponent == 0x1f) // a signalling NaN becomes quiet, as hardware does it
    return std::bit_cast<float>(sign | 0x7f800000 | mantissa << 13 |
                                (mantissa ? 0x400000u : 0));
  if (exponent == 0) { // zero or subnormal: mantissa * 2^-24, exact in f32
    float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

std::uint16_t floatToF16(float value) {
  std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  std::uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) // NaN
    return static_cast<std::uint16_t>(sign | 0x7e00 |
                                      (magnitude >> 13 & 0x3ff));
  if (magnitude >= 0x47800000) // 2^16 and above, infinity
    return static_cast<std::uint16_t>(sign | 0x7c00);
  std::uint32_t exponent = magnitude >> 23;
  if (exponent >= 113) // at least 2^-14: normal
    return static_cast<std::uint16_t>(
        sign | roundToEven(magnitude - (112u << 23), 13));
  if (exponent < 102) // below 2^-25: rounds to zero
    return static_cast<std::uint16_t>(sign);
  std::uint32_t mantissa = (magnitude & 0x7fffff) | 0x800000;
  return static_cast<std::uint16_t>(sign |
                                    roundToEven(mantissa, 126 - exponent));
}

float bf16ToFloat(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t(bits) << 16);
}

std::uint16_t floatToBf16(float value) {
  std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000) // NaN: keep it one when truncated
    return static_cast<std::uint16_t>(bits >> 16 | 0x40);
  std::uint32_t sign = bits >> 16 & 0x8000;
  return static_cast<std::uint16_t>(sign | roundToEven(bits & 0x7fffffff, 16));
}

} // namespace detail
} // namespace ferro
