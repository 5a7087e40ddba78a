#include "graph/OpInfo.h"

#include <algorithm>
#include <array>

namespace ferro::graph {

static constexpr auto table = std::to_array<OpInfo>({
#define FERRO_UNARY(Id, name, dtypes, formula, dx, summary)                    \
  {OpKind::Id, #name,  Family::Elementwise, DTypeRule::dtypes, 1, 1, "",       \
   #formula,   summary},
#define FERRO_BINARY(Id, name, dtypes, formula, dx, dy, summary)               \
  {OpKind::Id, #name,  Family::Elementwise, DTypeRule::dtypes, 2, 2, "",       \
   #formula,   summary},
#define FERRO_TERNARY(Id, name, dtypes, formula, dx, dy, dz, summary)          \
  {OpKind::Id, #name,  Family::Elementwise, DTypeRule::dtypes, 3, 3, "",       \
   #formula,   summary},
#define FERRO_STRUCTURED(Id, name, family, minOperands, maxOperands,           \
                         attributes, summary)                                  \
  {OpKind::Id,  #name,       Family::family, DTypeRule::Structured,            \
   minOperands, maxOperands, attributes,     "",                               \
   summary},
#include "ferro/Ops.def"
});

std::span<const OpInfo> opTable() { return table; }

const OpInfo &info(OpKind kind) {
  return table[static_cast<std::size_t>(kind)];
}

std::optional<OpKind> findOp(std::string_view name) {
  auto row = std::find_if(table.begin(), table.end(),
                          [&](const OpInfo &op) { return op.name == name; });
  return row == table.end() ? std::nullopt : std::optional(row->kind);
}

} // namespace ferro::graph
