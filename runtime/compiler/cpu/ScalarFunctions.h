// Functions that native code calls for an element.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace llvm {
class Module;
} // namespace llvm

namespace ferro::cpu {

/// What their names begin with. Behind it stands `view`, which makes a pointer
/// of a number, `rem`, or a tile.directed's
/// kind and direction ("u" before it: of unsigned integers), and the types:
/// "ferro.scalar.add.down.f32.f32.f32".
inline constexpr llvm::StringLiteral scalarPrefix = "ferro.scalar.";

/// Gives bodies to those that \p module declares.
void defineScalarFunctions(llvm::Module &module);

} // namespace ferro::cpu
