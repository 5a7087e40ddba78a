// The elementary functions: those of <cmath> in f64, rounded once.
#pragma once

#include "cutile/reference/Float.h"

namespace cutile::reference {

template <FloatElement E> E nearest(f64 x) {
  if constexpr (std::same_as<E, f64>)
    return x;
  else
    return rounded<E>(numberOf(x), Rounding::NearestEven);
}

/// \p f of the operands as f64, rounded to E; subnormals as S says.
template <Subnormals S = Subnormals::Preserve, typename F, FloatElement E,
          typename... Xs>
E inDouble(F &&f, E x, Xs... others) {
  return flushed<S>(nearest<E>(f(static_cast<f64>(flushed<S>(x)),
                                 static_cast<f64>(flushed<S>(others))...)));
}

/// Ties to even, whatever rounding mode the machine is in.
inline f64 nearestInteger(f64 x) {
  bool tie = std::fabs(x - std::trunc(x)) == 0.5;
  return tie ? 2 * std::round(x / 2) : std::round(x);
}

} // namespace cutile::reference
