// What the language headers and kernels may use of the standard library inside
// the JIT, where there is none: declarations with the standard's meaning.
#pragma once

namespace std {

using size_t = __SIZE_TYPE__;
using ptrdiff_t = __PTRDIFF_TYPE__;
using int8_t = __INT8_TYPE__;
using int16_t = __INT16_TYPE__;
using int32_t = __INT32_TYPE__;
using int64_t = __INT64_TYPE__;
using uint8_t = __UINT8_TYPE__;
using uint16_t = __UINT16_TYPE__;
using uint32_t = __UINT32_TYPE__;
using uint64_t = __UINT64_TYPE__;

template <typename A, typename B>
inline constexpr bool is_same_v = __is_same(A, B);
template <typename A, typename B>
concept same_as = is_same_v<A, B>;
template <typename T> using remove_cvref_t = __remove_cvref(T);
template <typename T> using remove_const_t = __remove_const(T);
template <typename T> using remove_pointer_t = __remove_pointer(T);
template <typename T> inline constexpr bool is_const_v = __is_const(T);
template <typename T> inline constexpr bool is_pointer_v = __is_pointer(T);
template <typename From, typename To>
inline constexpr bool is_convertible_v = __is_convertible(From, To);

// Structured bindings look for these.
template <typename T> struct tuple_size;
template <size_t i, typename T> struct tuple_element;

template <typename T> T &&declval() noexcept;

template <typename T> struct type_identity {
  using type = T;
};
template <typename T> using type_identity_t = typename type_identity<T>::type;

template <bool condition, typename A, typename B> struct conditional {
  using type = A;
};
template <typename A, typename B> struct conditional<false, A, B> {
  using type = B;
};
template <bool condition, typename A, typename B>
using conditional_t = typename conditional<condition, A, B>::type;

template <typename T, T... values> struct integer_sequence {
  static constexpr size_t size() { return sizeof...(values); }
};
template <size_t... values>
using index_sequence = integer_sequence<size_t, values...>;
template <typename T, T size>
using make_integer_sequence = __make_integer_seq<integer_sequence, T, size>;
template <size_t size>
using make_index_sequence = make_integer_sequence<size_t, size>;

} // namespace std
