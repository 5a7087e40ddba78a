// What the doors of the library share.
#pragma once

#include "compiler/Abi.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace mlir {
class MLIRContext;
} // namespace mlir

namespace ferro {

/// A response before it crosses the C ABI.
struct Answer {
  FerroStatus status = FERRO_OK;
  std::string message;
  std::vector<std::byte> bytes;
};

/// Compiles a serialised CompileRequest.
Answer compile(std::span<const std::byte> request);

/// Moves an answer to where the C ABI can see it.
FerroResponse *respond(Answer answer);

/// Loads the dialects that any stage uses.
void registerDialects(mlir::MLIRContext &context);

} // namespace ferro
