// Keeps LLVM's ways to end the process from ending it.
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>
#include <string>

namespace ferro {

/// Runs \p work on this thread. If LLVM reports a fatal error or exits
/// meanwhile, unwinds \p work and returns the message: what LLVM held is
/// leaked.
std::optional<std::string> guarded(llvm::function_ref<void()> work);

/// The same on a new thread with a stack of 8 MB, however small the caller's.
std::optional<std::string> guardedOnOwnStack(llvm::function_ref<void()> work);

} // namespace ferro
