// What a script may look like, and what its body reads from outside.
#pragma once

#include "Diagnostics.h"
#include "SourceText.h"

#include "llvm/ADT/DenseMap.h"

#include <string>
#include <vector>

namespace clang {
class ASTContext;
class FunctionDecl;
class LambdaExpr;
} // namespace clang

namespace ferro::plugin {

/// A function with the attribute, all its declarations together.
struct Script {
  clang::FunctionDecl *marked;     // the declaration that carries the attribute
  clang::FunctionDecl *definition; // with its body; null if this file has none
  clang::SourceLocation attribute;
  bool fullGraph = false;
};

/// A variable, member or capture that a script reads and does not declare.
struct OutsideRead {
  std::string path; // as the wrapper can spell it: "::ns::scale", "this->net.w"
  std::string
      capture; // what a lambda must capture for it: "", "this", "x", "&x"
  std::string memberPath; // the part behind "this->" if it starts there
  bool isPrivate = false; // only the class itself may spell it
  friend bool operator==(const OutsideRead &, const OutsideRead &) = default;
};

/// What a script's body reads.
struct BodyReads {
  std::vector<OutsideRead> outside; // in order of first use, each once
  bool closed = true;               // outside is everything
  bool usesThis = false;
};

/// The scripts of a translation unit by their canonical declaration.
using Scripts = llvm::DenseMap<const clang::FunctionDecl *, Script *>;

/// Reports in \p findings what keeps \p script from being one. Looks at its
/// declarations only.
/// \returns whether the signature can be rewritten.
bool checkSignature(const Script &script, clang::ASTContext &context,
                    Findings &findings);

/// Reports what may not stand in \p script's body, and lists what it reads.
/// \p scripts are looked through for the scripts that it calls.
BodyReads checkBody(const Script &script, const Scripts &scripts,
                    clang::ASTContext &context, Findings &findings);

} // namespace ferro::plugin
