// Discovery that parses a file's headers once.
//
// A file with scripts is parsed twice: once to find them, once with their
// rewritten text. Nearly all of its tokens are headers without scripts, so the
// compiler reads those once, and forks where the first script may follow: the
// copy reads on to the end, sends the edits and exits; the compiler itself
// applies them to what it has not read yet, and goes on.
#pragma once

#include "Frontend.h"

#include "clang/Frontend/FrontendOptions.h"

#include <functional>
#include <memory>

namespace clang {
class ASTContext;
class CompilerInstance;
class Decl;
} // namespace clang

namespace ferro::plugin {

class ForkedDiscovery {
public:
  /// Gets what the copy found, in the compiler, before it reads on.
  using Receiver = std::function<void(ForkedDiscovery &, const Discovery &)>;

  /// Prepares \p outer, before its preprocessor has entered the main file.
  /// Null where its file must be parsed twice from the start: with precompiled
  /// headers or modules, with tile modules, and where no header precedes the
  /// first script.
  static std::unique_ptr<ForkedDiscovery>
  prepare(clang::CompilerInstance &outer, const clang::FrontendInputFile &input,
          Receiver receiver);
  ~ForkedDiscovery();

  /// Gives the main file the text \p rewritten, as far as it has not been read.
  /// The process ends if there is no room for it.
  void replaceRest(llvm::StringRef rewritten);

  /// For the consumer of the outer parse, which the copy continues.
  bool shouldSkipFunctionBody(clang::Decl *decl);
  void HandleTranslationUnit(clang::ASTContext &context);

  /// Offsets in the main file.
  struct Seam {
    unsigned lastInclude = 0; // its '#'
    unsigned rest = 0;        // the first token behind it
  };

private:
  struct Watch;
  struct Copy;

  ForkedDiscovery(clang::CompilerInstance &outer,
                  const clang::FrontendInputFile &input, Receiver receiver);
  void layOut(std::size_t scripts);
  bool isMain(clang::FileID file) const;
  void fork(bool onlyScripts);
  void becomeCopy(int end, bool onlyScripts);
  [[noreturn]] void send(const Discovery &discovery);
  clang::SourceLocation placeOf(llvm::StringRef name, unsigned offset) const;
  llvm::StringRef textOf(llvm::StringRef name) const;
  std::string encode(const Discovery &discovery) const;
  Discovery receive(llvm::StringRef message) const;

  clang::CompilerInstance &outer;
  clang::FrontendInputFile input;
  Receiver receiver;
  bool isPast = false;  // the place where the first script may follow
  Seam seam;            // of the main file
  std::string original; // its text as the user has it
  char *rest = nullptr; // in the buffer that Clang reads
  std::size_t room = 0; // of the rest
  // In the copy only.
  std::unique_ptr<Copy> copy;
  int pipe = -1;
};

} // namespace ferro::plugin
