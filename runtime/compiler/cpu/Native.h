// LLVM IR to machine code.
#pragma once

#include "artifact/Request.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace ferro::cpu {

/// A target machine that makes position-independent code.
/// \returns an error naming the triple if there is no back end for it.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
makeTargetMachine(const artifact::Target &target);

/// Gives \p module the machine's triple and layout, and every function its CPU
/// and features; calls to the C library are neither made up nor recognised.
void prepare(llvm::Module &module, const llvm::TargetMachine &machine);

/// The part of O2 that kernels profit from. They arrive vectorised, without
/// calls to each other, so inlining and vectorising are left out: that halves
/// the time.
void optimize(llvm::Module &module, llvm::TargetMachine &machine);

/// \returns an error with the back end's messages, inline assembly's included.
llvm::Expected<llvm::SmallVector<char, 0>>
emitObject(llvm::Module &module, llvm::TargetMachine &machine);
llvm::Expected<std::string> emitAssembly(llvm::Module &module,
                                         llvm::TargetMachine &machine);

} // namespace ferro::cpu
