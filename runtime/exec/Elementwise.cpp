// Element-wise ops: the formulas of Ops.def over Number<T>.
#include "exec/Loops.h"

#include <optional>

namespace ferro::exec {

using graph::DTypeRule;
using graph::OpKind;

// How elements of storage type T enter a formula and leave it.
template <typename T> static Number<Compute<T>> enter(const T &element) {
  return static_cast<Compute<T>>(element);
}
template <typename T, typename R> static T leave(const R &result) {
  if constexpr (std::same_as<R, bool>)
    return result;
  else
    return static_cast<T>(result.value);
}

/// The dtype to which operands from \p first on are promoted.
static DType operandDType(DTypeRule rule, Operands inputs, std::size_t first) {
  DType dtype = inputs[first].dtype;
  for (const StridedView &input : inputs.subspan(first))
    dtype = promote(dtype, input.dtype);
  return rule == DTypeRule::Float ? toFloating(dtype) : dtype;
}

// The operands, promoted and broadcast to the output's shape.
template <std::size_t N> struct Prepared {
  std::array<std::optional<Temporary>, N> converted;
  std::array<StridedView, N + 1> views; // the output first

  Prepared(DTypeRule rule, Operands inputs, const StridedView &output) {
    std::size_t first = rule == DTypeRule::Select ? 1 : 0;
    DType dtype = operandDType(rule, inputs, first);
    views[0] = output;
    for (std::size_t i = 0; i < N; ++i) {
      StridedView operand = inputs[i];
      if (i >= first && operand.dtype != dtype) {
        converted[i].emplace(dtype, operand.shape);
        copyElements(operand, converted[i]->view);
        operand = converted[i]->view;
      }
      views[i + 1] = broadcastTo(operand, output.shape);
    }
  }
};

template <DTypeRule rule, typename T> static constexpr bool accepts() {
  switch (rule) {
  case DTypeRule::Promote:
    return !std::same_as<T, bool>;
  case DTypeRule::Float:
    return isFloat(dtypeOf<T>);
  case DTypeRule::Logic:
    return std::same_as<T, bool>;
  case DTypeRule::Compare:
  case DTypeRule::Select:
    return true;
  case DTypeRule::Structured:
    break;
  }
  return false;
}

template <DTypeRule rule, typename T>
using ResultElement =
    std::conditional_t<rule == DTypeRule::Compare || rule == DTypeRule::Logic,
                       bool, T>;

template <DTypeRule rule, typename F>
static void mapUnary(OpKind op, Operands inputs, const StridedView &output,
                     const F &formula) {
  Prepared<1> prepared(rule, inputs, output);
  visit(prepared.views[1].dtype, [&](auto sample) {
    using T = decltype(sample);
    if constexpr (accepts<rule, T>()) {
      using R = ResultElement<rule, T>;
      forEachRow<2>(prepared.views, [&](const Row<2> &row) {
        for (std::int64_t i = 0; i < row.count; ++i)
          row.element<R>(0, i) =
              leave<R>(formula(enter(row.element<const T>(1, i))));
      });
    } else {
      refuse(op, dtypeOf<T>);
    }
  });
}

template <DTypeRule rule, typename F>
static void mapBinary(OpKind op, Operands inputs, const StridedView &output,
                      const F &formula) {
  Prepared<2> prepared(rule, inputs, output);
  visit(prepared.views[2].dtype, [&](auto sample) {
    using T = decltype(sample);
    if constexpr (accepts<rule, T>()) {
      using R = ResultElement<rule, T>;
      forEachRow<3>(prepared.views, [&](const Row<3> &row) {
        for (std::int64_t i = 0; i < row.count; ++i)
          row.element<R>(0, i) =
              leave<R>(formula(enter(row.element<const T>(1, i)),
                               enter(row.element<const T>(2, i))));
      });
    } else {
      refuse(op, dtypeOf<T>);
    }
  });
}

template <DTypeRule rule, typename F>
static void mapTernary(OpKind op, Operands inputs, const StridedView &output,
                       const F &formula) {
  Prepared<3> prepared(rule, inputs, output);
  visit(prepared.views[3].dtype, [&](auto sample) {
    using T = decltype(sample);
    using First = std::conditional_t<rule == DTypeRule::Select, bool, T>;
    if constexpr (accepts<rule, T>()) {
      forEachRow<4>(prepared.views, [&](const Row<4> &row) {
        for (std::int64_t i = 0; i < row.count; ++i)
          row.element<T>(0, i) =
              leave<T>(formula(enter(row.element<const First>(1, i)),
                               enter(row.element<const T>(2, i)),
                               enter(row.element<const T>(3, i))));
      });
    } else {
      refuse(op, dtypeOf<T>);
    }
  });
}

void runElementwise(OpKind op, Operands inputs, const StridedView &output) {
  switch (op) {
#define FERRO_UNARY(Id, name, dtypes, formula, dx, summary)                    \
  case OpKind::Id:                                                             \
    return mapUnary<DTypeRule::dtypes>(op, inputs, output,                     \
                                       [](auto x) { return formula; });
#define FERRO_BINARY(Id, name, dtypes, formula, dx, dy, summary)               \
  case OpKind::Id:                                                             \
    return mapBinary<DTypeRule::dtypes>(                                       \
        op, inputs, output, [](auto x, auto y) { return formula; });
#define FERRO_TERNARY(Id, name, dtypes, formula, dx, dy, dz, summary)          \
  case OpKind::Id:                                                             \
    return mapTernary<DTypeRule::dtypes>(                                      \
        op, inputs, output, [](auto x, auto y, auto z) { return formula; });
#define FERRO_STRUCTURED(Id, name, family, minOperands, maxOperands,           \
                         attributes, summary)                                  \
  case OpKind::Id:                                                             \
    break;
#include "ferro/Ops.def"
  }
  refuse(op, output.dtype);
}

} // namespace ferro::exec
