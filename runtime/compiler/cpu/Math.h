// The transcendental operations as arithmetic: no call leaves the kernel.
//
// Every function takes a scalar or a 1-D vector of f32 or f64 and emits arith,
// math (fma, floor, ...), vector and, for circular functions, scf operations at
// the builder's insertion point. The target must have a fused multiply-add.
//
// Largest errors in units in the last place, measured by test/unit/math: f32
// over every input (pow: samples), f64 over samples. Special values follow
// IEEE 754; results below the normal range round once.
//
//          exp   log   sin   cos   tanh  erf   pow
//   f32    0.90  0.86  1.00  1.00  1.03  1.01  0.51
//   f64    0.90  0.85  0.95  0.95  1.35  1.00  1.10
//
// Those of MathDerived.h: 0.51 in f32, 2.8 in f64.
#pragma once

#include "mlir/IR/Builders.h"

namespace ferro::cpu {

/// What the functions may use of the machine.
struct MathTarget {
  bool scales = false; ///< multiplication by powers of two, in whole AVX-512
                       ///< vectors
};

mlir::Value emitExp(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
                    MathTarget target = {});
/// The same bits with fewer instructions, for x that is at most 0, or NaN.
mlir::Value emitExpNonPositive(mlir::OpBuilder &builder, mlir::Location loc,
                               mlir::Value x, MathTarget target = {});
mlir::Value emitLog(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
                    MathTarget target = {});
/// x in radians, any finite magnitude.
mlir::Value emitSin(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
                    MathTarget target = {});
/// x in radians, any finite magnitude.
mlir::Value emitCos(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
                    MathTarget target = {});
mlir::Value emitTanh(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Value x, MathTarget target = {});
mlir::Value emitErf(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
                    MathTarget target = {});
// Those of MathDerived.h.
#define FERRO_DERIVED(Name, name, Op)                                          \
  mlir::Value emit##Name(mlir::OpBuilder &builder, mlir::Location loc,         \
                         mlir::Value x, MathTarget target = {});
#include "compiler/cpu/MathDerived.def"
mlir::Value emitAtan2(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Value y, mlir::Value x);
/// x to the power y; x and y have one type.
mlir::Value emitPow(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
                    mlir::Value y);

} // namespace ferro::cpu
