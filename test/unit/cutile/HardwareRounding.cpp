// Compiled with -frounding-math: the rounding mode changes here.
#include "HardwareRounding.h"

#include <cfenv>
#include <cmath>

namespace cutile::testing {

namespace {

class RoundingScope {
public:
  explicit RoundingScope(Rounding mode) : before(std::fegetround()) {
    std::fesetround(mode == Rounding::TowardPositive   ? FE_UPWARD
                    : mode == Rounding::TowardNegative ? FE_DOWNWARD
                    : mode == Rounding::TowardZero     ? FE_TOWARDZERO
                                                       : FE_TONEAREST);
  }
  ~RoundingScope() { std::fesetround(before); }

private:
  int before;
};

} // namespace

// The volatiles keep each operation between the two changes of the mode.
template <typename T>
T onMachine(Operation operation, Rounding mode, T a, T b, T c) {
  volatile T x = a, y = b, z = c, result = 0;
  RoundingScope scope(mode);
  switch (operation) {
  case Operation::Add:
    result = x + y;
    break;
  case Operation::Sub:
    result = x - y;
    break;
  case Operation::Mul:
    result = x * y;
    break;
  case Operation::Div:
    result = x / y;
    break;
  case Operation::Fma:
    result = std::fma(x, y, z);
    break;
  case Operation::Sqrt:
    result = std::sqrt(x);
    break;
  }
  return result;
}

template <typename T, typename From>
T convertedOnMachine(Rounding mode, From x) {
  volatile From from = x;
  RoundingScope scope(mode);
  volatile T result = static_cast<T>(from);
  return result;
}

template f32 onMachine(Operation, Rounding, f32, f32, f32);
template f64 onMachine(Operation, Rounding, f64, f64, f64);
template f32 convertedOnMachine(Rounding, f64);
template f32 convertedOnMachine(Rounding, long double);
template f64 convertedOnMachine(Rounding, long double);

} // namespace cutile::testing
