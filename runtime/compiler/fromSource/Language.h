// How captured source is read: the variant of C++, the headers in memory.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/VirtualFileSystem.h"

#include <memory>
#include <string>

namespace clang {
class ASTConsumer;
class CompilerInvocation;
class DiagnosticsEngine;
} // namespace clang

namespace ferro::fromSource {

/// What the program that has the module was compiled as.
struct Language {
  std::string standard = "c++20"; ///< as for -std
  bool signedChar = true;

  bool operator==(const Language &) const = default;
};

using FileSystem = llvm::vfs::InMemoryFileSystem;

/// Where the language headers are in the file system in memory.
inline constexpr const char *headerFolder = "/ferro/include/";

/// Names in the file system in memory; the user's files stand in #line only.
inline constexpr const char *mainFile = "/ferro/kernel.cpp";
inline constexpr const char *mainHeader = "/ferro/include/cutile/cutile.h";
inline constexpr const char *includeHeaders = "#include <cutile/cutile.h>\n";

/// A file system that has the language headers, and nothing of the machine's.
llvm::IntrusiveRefCntPtr<FileSystem> headerFiles();

/// \p text must outlive \p files.
void addFile(FileSystem &files, llvm::StringRef name, llvm::StringRef text);

/// Clang's invocation for captured source, with further arguments; null after
/// an error.
std::shared_ptr<clang::CompilerInvocation>
invocationFor(const Language &language, llvm::ArrayRef<const char *> arguments,
              clang::DiagnosticsEngine &diagnostics);

/// Says which bodies are not read: those of operations, which are the plain
/// C++ of the reference.
std::unique_ptr<clang::ASTConsumer> makeBodySkipper();

} // namespace ferro::fromSource
