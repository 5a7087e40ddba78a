// What assumptions promise, checked; tiles as text.
#pragma once

#include "cutile/reference/Execution.h"
#include "cutile/reference/Shapes.h"
#include "cutile/reference/Storage.h"

#include <cstdio>
#include <sstream>
#include <string>

namespace cutile::reference {

/// "[1, 0]": where element i of a tile is.
template <typename S> std::string bracketed(int i) {
  std::string text = "[";
  for (int k : coordinatesOf<S>(i))
    text += (text.size() > 1 ? ", " : "") + std::to_string(k);
  return text + "]";
}

template <typename T>
void requireEach(const T &condition, const char *op, std::string message) {
  for (int i = 0; i < T::size; ++i)
    if (!condition.storage()[i])
      fail(ferro::Code::InvalidArgument, op,
           message + " at " + bracketed<typename T::shape_type>(i));
}

template <typename T, typename F>
void requireValues(const T &x, const char *op, const char *rule, i64 bound,
                   F holds) {
  for (int i = 0; i < T::size; ++i)
    if (!holds(x.storage()[i]))
      fail(ferro::Code::InvalidArgument, op,
           std::to_string(x.storage()[i]) + " at " +
               bracketed<typename T::shape_type>(i) + " is not " + rule +
               std::to_string(bound));
}

template <int every, int axis, typename T>
void requireRuns(const T &x, const char *op, i64 divisor) {
  using S = typename T::shape_type;
  for (int i = 0; i < T::size; ++i) {
    auto first = coordinatesOf<S>(i);
    int step = first[axis] % every;
    first[axis] -= step;
    auto start = x.storage()[offsetOf<S>(first)];
    using E = typename T::element_type;
    if (static_cast<i64>(start) % divisor != 0 ||
        x.storage()[i] != static_cast<E>(start + static_cast<E>(step)))
      fail(ferro::Code::InvalidArgument, op,
           std::to_string(x.storage()[i]) + " at " + bracketed<S>(i) +
               " is in no run of " + std::to_string(every) +
               " that begins with a multiple of " + std::to_string(divisor));
  }
}

template <typename Group, typename T>
void requireEqualGroups(const T &x, const char *op) {
  using S = typename T::shape_type;
  for (int i = 0; i < T::size; ++i) {
    auto first = coordinatesOf<S>(i);
    for (int axis = 0; axis < S::rank; ++axis)
      first[axis] -= first[axis] % Group::extent(axis);
    int start = offsetOf<S>(first);
    if (!(x.storage()[i] == x.storage()[start]))
      fail(ferro::Code::InvalidArgument, op,
           "the elements at " + bracketed<S>(start) + " and " +
               bracketed<S>(i) + " differ and are in one group");
  }
}

/// A number as a reader writes it; storage types by their bits.
template <typename E> void write(std::ostream &out, const E &e) {
  if constexpr (std::is_same_v<E, bool>)
    out << (e ? "true" : "false");
  else if constexpr (IntegerElement<E>)
    out << +e;
  else if constexpr (FloatElement<E>)
    out << (sizeof(E) == 2 ? static_cast<double>(static_cast<float>(e))
                           : static_cast<double>(e));
  else
    out << ElementTraits<E>::name << '(' << +e.bits << ')';
}
/// Brackets open before, and close behind, the rows that element i is in.
template <typename E, int... D>
void write(std::ostream &out, const Tile<E, D...> &x) {
  int extents[] = {D..., 1};
  for (int i = 0; i < x.size; ++i) {
    std::string before, behind;
    int row = 1;
    for (int axis = x.rank - 1; axis >= 0; --axis) {
      row *= extents[axis];
      before += i % row == 0 ? "[" : "";
      behind += (i + 1) % row == 0 ? "]" : "";
    }
    out << (i == 0 ? "" : ", ") << before;
    write(out, x.storage()[i]);
    out << behind;
  }
}

/// \p text up to its next {}, without the braces of {{ and }}.
inline const char *writeUntilPlace(std::ostream &out, const char *text) {
  for (; *text; ++text) {
    if (text[0] == '{' && text[1] == '}')
      return text + 2;
    out << *text;
    if (*text == '{' || *text == '}')
      ++text;
  }
  return text;
}

template <typename... X> void print(const char *text, const X &...values) {
  std::ostringstream line;
  ((text = writeUntilPlace(line, text), write(line, values)), ...);
  writeUntilPlace(line, text);
  line << '\n';
  std::fputs(line.str().c_str(), stdout);
}

} // namespace cutile::reference
