// Numbers of every element type as doubles, and back with a rounding of choice.
#pragma once

#include "Case.h"

namespace ferro::gpucheck {

enum class Rounding { Nearest, Zero, Up, Down };

/// The value of a float's bits.
double toDouble(Element element, std::uint64_t bits);

/// The bits of the float closest to \p value in the sense of \p rounding.
/// Overflow gives infinity or the largest number, as IEEE 754 says; E4M3 and
/// E5M2 give the largest number.
std::uint64_t fromDouble(Element element, double value,
                         Rounding rounding = Rounding::Nearest);

inline double f16(std::uint16_t bits) { return toDouble(Element::F16, bits); }
inline double bf16(std::uint16_t bits) { return toDouble(Element::BF16, bits); }
inline std::uint16_t toF16(double value,
                           Rounding rounding = Rounding::Nearest) {
  return std::uint16_t(fromDouble(Element::F16, value, rounding));
}
inline std::uint16_t toBf16(double value,
                            Rounding rounding = Rounding::Nearest) {
  return std::uint16_t(fromDouble(Element::BF16, value, rounding));
}

} // namespace ferro::gpucheck
