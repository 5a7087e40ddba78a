// The numbers over which the formulas of Ops.def are evaluated to emit code.
//
// Expr and Mask offer the operators and functions of exec::Number; each call
// emits one tile op. Literals wait until they meet a tile and take its type.
#pragma once

#include "compiler/tile/Tile.h"

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace ferro::fromGraph {

/// Where ops go: a builder with a location and the shape of every tile.
struct TileBuilder {
  mlir::OpBuilder &builder;
  mlir::Location loc;

  template <typename Op, typename... Arguments>
  mlir::Value create(Arguments &&...arguments) {
    return Op::create(builder, loc, std::forward<Arguments>(arguments)...);
  }
  /// \p number in every element of \p type, in which it is rounded or
  /// truncated.
  mlir::Value splat(mlir::RankedTensorType type, double number);
};

/// A tile of truth values.
struct Mask {
  TileBuilder *tiles = nullptr;
  mlir::Value value;

  friend Mask operator&&(Mask a, Mask b);
  friend Mask operator||(Mask a, Mask b);
  friend Mask operator!(Mask a);
};

/// A tile of numbers in their compute type, or a literal.
struct Expr {
  TileBuilder *tiles = nullptr;
  mlir::Value value;
  double literal = 0;

  Expr() = default;
  Expr(TileBuilder *tiles, mlir::Value value) : tiles(tiles), value(value) {}
  template <typename T>
    requires std::is_arithmetic_v<T>
  Expr(T number) : literal(static_cast<double>(number)) {}

  friend Expr operator-(Expr a);
  friend Expr operator+(Expr a, Expr b);
  friend Expr operator-(Expr a, Expr b);
  friend Expr operator*(Expr a, Expr b);
  /// Integers truncate toward zero; an integer divided by 0 is 0.
  friend Expr operator/(Expr a, Expr b);

  friend Mask operator==(Expr a, Expr b);
  friend Mask operator!=(Expr a, Expr b);
  friend Mask operator<(Expr a, Expr b);
  friend Mask operator<=(Expr a, Expr b);
  friend Mask operator>(Expr a, Expr b);
  friend Mask operator>=(Expr a, Expr b);

  friend Expr select(Mask condition, Expr a, Expr b);
  friend Expr min(Expr a, Expr b);
  friend Expr max(Expr a, Expr b);
  friend Expr abs(Expr a);
  friend Expr floor(Expr a);
  friend Expr ceil(Expr a);
  friend Expr sqrt(Expr a);
  friend Expr exp(Expr a);
  friend Expr log(Expr a);
  friend Expr sin(Expr a);
  friend Expr cos(Expr a);
  friend Expr tanh(Expr a);
  friend Expr erf(Expr a);
  friend Expr pow(Expr a, Expr b);
};

} // namespace ferro::fromGraph
