// The op table as data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ferro::graph {

enum class OpKind : std::uint8_t {
#define FERRO_OP(Id, name, family, minOperands, maxOperands, attributes,       \
                 summary)                                                      \
  Id,
#include "ferro/Ops.def"
};

enum class Family : std::uint8_t {
  Elementwise,
  Reduction,
  MatrixProduct,
  View,
  Movement,
  Normalisation,
  Literal,
  Group
};

/// How an element-wise op's result dtype follows from its operands' (Ops.def).
enum class DTypeRule : std::uint8_t {
  Promote,
  Float,
  Compare,
  Logic,
  Select,
  Structured
};

struct OpInfo {
  OpKind kind;
  std::string_view name;
  Family family;
  DTypeRule dtypes;
  int minOperands;
  int maxOperands;             // -1: any number
  std::string_view attributes; // "axis:int,keepdim:bool"
  std::string_view formula;    // element-wise rows only
  std::string_view summary;
};

std::span<const OpInfo> opTable();
const OpInfo &info(OpKind kind);
std::optional<OpKind> findOp(std::string_view name);
inline bool isElementwise(OpKind kind) {
  return info(kind).family == Family::Elementwise;
}

} // namespace ferro::graph
