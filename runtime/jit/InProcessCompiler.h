// The compiler library in the program itself, for debugging and for sandboxes
// that allow no second process. A crash of the compiler is then the program's.
#pragma once

#include "jit/CompilerProcess.h"

namespace ferro::jit {

struct InProcessCompiler;

/// Loads the library with the first call. Null once LLVM has stopped in it
/// (FERRO_FATAL), after which it must not be used again.
/// \throws Error CompilerUnavailable.
InProcessCompiler *usableInProcessCompiler();

/// On a thread of its own, with the stack that LLVM needs.
CompilerReply compileInProcess(InProcessCompiler &compiler,
                               std::span<const std::byte> request);

} // namespace ferro::jit
