// How dtypes live in tiles, and the element-wise rows of Ops.def as tile ops.
#pragma once

#include "compiler/fromGraph/Expr.h"
#include "graph/Graph.h"

namespace ferro::fromGraph {

/// The element type in memory: bool is i8.
mlir::Type storedElement(mlir::Builder &builder, DType dtype);
/// The element type of a value in a tile: halves are f32 (rounded to the half),
/// u8 is i32, bool is i1.
mlir::Type computedElement(mlir::Builder &builder, DType dtype);

/// From memory into a tile and back.
mlir::Value toComputed(TileBuilder &tiles, mlir::Value stored, DType dtype);
mlir::Value toStored(TileBuilder &tiles, mlir::Value computed, DType dtype);
/// The op `cast`, on computed elements.
mlir::Value castTile(TileBuilder &tiles, mlir::Value computed, DType from,
                     DType to);
/// A value of \p dtype's compute type, rounded or wrapped as storing it would.
mlir::Value roundTo(TileBuilder &tiles, mlir::Value computed, DType dtype);
/// \p value with its extents of 1 repeated to \p shape.
mlir::Value broadcastTo(TileBuilder &tiles, mlir::Value value,
                        llvm::ArrayRef<std::int64_t> shape);

/// The formula of an element-wise op over operands of one shape.
mlir::Value emitFormula(TileBuilder &tiles, graph::OpKind op,
                        llvm::ArrayRef<mlir::Value> operands,
                        llvm::ArrayRef<DType> dtypes, DType result);

} // namespace ferro::fromGraph
