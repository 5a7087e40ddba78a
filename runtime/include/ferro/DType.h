// Element types: the DType enum, its C++ types, promotion.
#pragma once

#include "ferro/Export.h"
#include "ferro/Half.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ferro {

enum class DType : std::uint8_t {
#define FERRO_DTYPE(Id, name, CppType, kind, bits) Id,
#include "ferro/DTypes.def"
};

enum class DTypeKind : std::uint8_t { Bool, Unsigned, Signed, Float };

inline constexpr std::size_t numDTypes = 0
#define FERRO_DTYPE(Id, name, CppType, kind, bits) +1
#include "ferro/DTypes.def"
    ;

/// "f32" and so on.
FERRO_API std::string_view toString(DType dtype);

constexpr std::size_t byteSize(DType dtype) {
  switch (dtype) {
#define FERRO_DTYPE(Id, name, CppType, kind, bits)                             \
  case DType::Id:                                                              \
    return bits / 8;
#include "ferro/DTypes.def"
  }
  __builtin_unreachable();
}

constexpr DTypeKind kindOf(DType dtype) {
  switch (dtype) {
#define FERRO_DTYPE(Id, name, CppType, kind, bits)                             \
  case DType::Id:                                                              \
    return DTypeKind::kind;
#include "ferro/DTypes.def"
  }
  __builtin_unreachable();
}

constexpr bool isFloat(DType dtype) {
  return kindOf(dtype) == DTypeKind::Float;
}

/// Calls \p f with a value of the C++ type behind \p dtype and returns what
/// \p f returns, so that one lambda serves every dtype.
template <typename F> auto visit(DType dtype, F &&f) {
  switch (dtype) {
#define FERRO_DTYPE(Id, name, CppType, kind, bits)                             \
  case DType::Id:                                                              \
    return std::forward<F>(f)(CppType{});
#include "ferro/DTypes.def"
  }
  __builtin_unreachable();
}

/// The DType of a C++ element type.
template <typename T> struct DTypeOf;
#define FERRO_DTYPE(Id, name, CppType, kind, bits)                             \
  template <> struct DTypeOf<CppType> {                                        \
    static constexpr DType value = DType::Id;                                  \
  };
#include "ferro/DTypes.def"
template <typename T> inline constexpr DType dtypeOf = DTypeOf<T>::value;

/// The C++ type of a DType.
template <DType dtype> struct ElementOf;
#define FERRO_DTYPE(Id, name, CppType, kind, bits)                             \
  template <> struct ElementOf<DType::Id> {                                    \
    using type = CppType;                                                      \
  };
#include "ferro/DTypes.def"
template <DType dtype> using Element = typename ElementOf<dtype>::type;

/// The dtype in which an operation on both is computed: bool below integers
/// below floats; within a kind the wider; u8 with a signed type the signed type
/// that holds both; f16 with bf16 f32. A float with an integer keeps the float.
constexpr DType promote(DType a, DType b) {
  if (a == b)
    return a;
  DTypeKind ka = kindOf(a), kb = kindOf(b);
  if (ka == DTypeKind::Float && kb == DTypeKind::Float) {
    bool halves = byteSize(a) == 2 && byteSize(b) == 2;
    return halves ? DType::F32 : (byteSize(a) > byteSize(b) ? a : b);
  }
  if (ka == DTypeKind::Float)
    return a;
  if (kb == DTypeKind::Float)
    return b;
  if (ka == DTypeKind::Bool)
    return b;
  if (kb == DTypeKind::Bool)
    return a;
  if (ka == kb)
    return byteSize(a) > byteSize(b) ? a : b;
  DType s = ka == DTypeKind::Signed ? a : b;
  return byteSize(s) == 1 ? DType::I16 : s;
}

/// The result dtype of the Float rule: integers become f32.
constexpr DType toFloating(DType dtype) {
  return isFloat(dtype) ? dtype : DType::F32;
}

template <typename T, typename U>
using Promoted = Element<promote(dtypeOf<T>, dtypeOf<U>)>;
template <typename T> using Floating = Element<toFloating(dtypeOf<T>)>;

} // namespace ferro
