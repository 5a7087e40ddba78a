// Numbers that adopt the element type of the tile beside them.
#pragma once

#include "cutile/Promotion.h"

namespace cutile {

/// A number that is known at compile time and takes the element type of the
/// tile beside it: the 2 of `x * 2`, whatever x holds. An integer has to be a
/// value of the type, a number with a fraction is rounded to it.
template <ArithmeticElement E> class Literal {
  using Held = std::conditional_t<FloatElement<E>, f64, E>;

public:
  template <detail::Number N>
    requires(FloatElement<E> || BitElement<detail::ElementOf<N>>)
  consteval Literal(N number) : value(static_cast<Held>(number)) {
    if constexpr (!FloatElement<E>)
      if (static_cast<N>(value) != number || (value < 0) != (number < 0))
        literalIsOutsideTheElementType();
  }

  operator Tile<E>() const {
    if constexpr (std::is_same_v<Held, E>)
      return value;
    else
      return convert<E>(Tile<f64>(value));
  }

private:
  static void literalIsOutsideTheElementType() {}

  Held value;
};

} // namespace cutile
