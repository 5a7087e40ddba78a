// What a declaration names, by Clang's own lookup.
#pragma once

#include "clang/Basic/SourceLocation.h"

#include <vector>

namespace clang {
class Decl;
class NamedDecl;
} // namespace clang

namespace ferro::plugin {

/// A name that was looked up; decl may be a using-declaration or an alias.
struct Reference {
  const clang::NamedDecl *decl;
  clang::SourceLocation loc;
};

/// Everything that \p decl, its body included, refers to, in the order of its
/// text.
std::vector<Reference> referencesIn(const clang::Decl *decl);

} // namespace ferro::plugin
