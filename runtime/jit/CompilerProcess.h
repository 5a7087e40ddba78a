// The compiler, in its process or in ours.
#pragma once

#include "compiler/Abi.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace ferro::jit {

struct CompilerReply {
  FerroStatus status = FERRO_OK;
  std::string message; // why not, unless OK
  std::vector<std::byte>
      bytes; // a serialised CompileResponse, or a stage's text
};

/// Sends a serialised CompileRequest to the compiler that FERRO_COMPILER_MODE
/// names and waits for the answer. Any number of threads may ask at once.
///
/// The compiler process is started with the first request, ends when nothing is
/// asked of it for a while, and is started again when it is needed: after that,
/// after it died, and in a forked child. A request during which it dies fails;
/// others that were under way then are sent again, each to a process of its
/// own.
/// \throws Error CompilerUnavailable if there is no compiler or it cannot
/// start,
///         CompilationFailed if it died or exceeded FERRO_COMPILE_TIMEOUT.
CompilerReply askCompiler(std::span<const std::byte> request);

/// Starts the compiler process, if there is none, without waiting for it: a
/// request will follow.
void expectRequests();

/// The compiler's version line (fc_version), which starts it if need be.
/// \throws Error CompilerUnavailable.
std::string compilerVersion();

/// Compiler processes started so far, for tests and logs.
unsigned compilerStarts();

} // namespace ferro::jit
