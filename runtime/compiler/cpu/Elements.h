// Arithmetic on one element, or lane by lane on a vector of them.
#pragma once

#include "compiler/tile/Tile.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include <cmath>
#include <cstdint>
#include <utility>

namespace ferro::cpu {

/// Whether elements are patterns of bits with a meaning (Formats.cpp).
bool isPattern(mlir::Type element);
/// What an element is in a register: the type, or of a pattern its bytes.
mlir::Type registerType(mlir::Type element);

/// Emits `arith` and `math` for the tile dialect's element-wise ops. Types may
/// be scalars or vectors of them.
struct ElementBuilder {
  mlir::OpBuilder &builder;
  mlir::Location loc;

  /// \p value in every element of \p type.
  mlir::Value number(mlir::Type type, double value);
  mlir::Value integer(mlir::Type type, const llvm::APInt &value);
  /// The larger (or smaller) of two; NaN if either is.
  mlir::Value extremum(mlir::Value a, mlir::Value b, bool larger);
  /// tile.convert to an element of type \p to.
  mlir::Value convert(mlir::Value x, mlir::Type to, bool zeroExtend, bool odd);
  /// The same where either may be a pattern.
  mlir::Value convertElement(mlir::Value x, mlir::Type from, mlir::Type to,
                             bool zeroExtend, bool odd, bool towardZero);
  mlir::Value combine(tile::ReduceKind kind, mlir::Value total,
                      mlir::Value next);
  /// What combine leaves as it is.
  mlir::Value neutral(tile::ReduceKind kind, mlir::Type type);
  /// An element-wise tile op on elements of its operands; null if \p op is not
  /// one.
  mlir::Value apply(mlir::Operation *op, mlir::ValueRange in);

private:
  template <typename Op, typename... Arguments>
  mlir::Value make(Arguments &&...arguments) {
    return Op::create(builder, loc, std::forward<Arguments>(arguments)...);
  }
  mlir::Value choose(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value strictExtremum(mlir::Value a, mlir::Value b, bool larger,
                             bool propagatesNan);
  mlir::Value largerNumber(mlir::Value total, mlir::Value next);
  mlir::Value divide(mlir::Value a, mlir::Value b);
  mlir::Value divideUnsigned(mlir::Value a, mlir::Value b);
  mlir::Value remainder(mlir::Value a, mlir::Value b, bool isSigned);
  mlir::Value divideRounded(mlir::Value a, mlir::Value b, bool up,
                            bool isSigned);
  mlir::Value highProduct(mlir::Value a, mlir::Value b);
  template <typename Shift>
  mlir::Value shift(mlir::Value x, mlir::Value amount, mlir::Value beyond);
  mlir::Value narrowFma(mlir::ValueRange in, mlir::Type to);
  mlir::Value applyNarrow(mlir::Operation *op, mlir::ValueRange in);
  mlir::Value applyFloat(mlir::Operation *op, mlir::ValueRange in);
  mlir::Value applyInteger(mlir::Operation *op, mlir::ValueRange in);
  mlir::Value floatToInteger(mlir::Value x, mlir::Type to, bool isUnsigned);
  mlir::Value decode(mlir::Value x, mlir::Type element);
  mlir::Value encode(mlir::Value x, mlir::Type element, bool towardZero);
  mlir::Value callScalar(const std::string &name, mlir::ValueRange in,
                         mlir::Type result);
  mlir::Value directed(tile::DirectedOp op, mlir::ValueRange in);
  mlir::Value narrowed(mlir::Value x, mlir::Type element,
                       tile::Direction direction);
  mlir::Value fromBf16(mlir::Value x);
  mlir::Value toBf16(mlir::Value x);
  mlir::Value toOdd(mlir::Value wide);
};

/// LLVM's name of the operation.
mlir::LLVM::AtomicBinOp atomicOf(tile::AtomicRmwOp op);

} // namespace ferro::cpu
