// From the captured source of a module to the instance of one of its kernels.
#pragma once

#include "compiler/fromSource/Language.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace clang {
class ASTContext;
class FunctionDecl;
} // namespace clang

namespace ferro::fromSource {

/// A kernel that a module has to offer.
struct KernelSource {
  std::string text;   ///< registry::text of the module
  std::string kernel; ///< an expression: "kernels::gemm<128, 256, 64>"
  Language language;
};

/// A kernel, instantiated, with everything it calls.
class ParsedKernel {
public:
  virtual ~ParsedKernel();
  virtual clang::ASTContext &context() = 0;
  virtual clang::FunctionDecl *function() = 0;
  /// The definition of \p function, instantiated if need be; null if it has
  /// none.
  virtual const clang::FunctionDecl *
  define(const clang::FunctionDecl *function) = 0;
};

/// Reads no file. The error has Clang's diagnostics at the lines of the
/// user's files, with notes through the functions that were inlined.
llvm::Expected<std::unique_ptr<ParsedKernel>>
parseKernel(const KernelSource &source);

/// The syntax tree of a kernel, as text.
std::string printTree(ParsedKernel &kernel);

} // namespace ferro::fromSource
