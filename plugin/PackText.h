// The text of a template's declaration, with its packs replaced by lists.
#pragma once

#include "clang/AST/Decl.h"
#include "clang/Basic/SourceLocation.h"
#include "llvm/ADT/SmallVector.h"

#include <map>
#include <string>
#include <vector>

namespace clang {
class ASTContext;
class Decl;
class NonTypeTemplateParmDecl;
class TemplateParameterList;
} // namespace clang

namespace ferro::plugin {

using Pack = const clang::NonTypeTemplateParmDecl *;
using Packs = llvm::SmallVector<Pack, 2>;

/// How many elements each pack has.
using PackLengths = std::map<Pack, unsigned>;

/// A stretch of a file, in characters from its begin.
struct Stretch {
  unsigned begin = 0;
  unsigned end = 0;
  bool contains(Stretch other) const {
    return begin <= other.begin && other.end <= end;
  }
};

/// A stretch and the text that stands there instead.
struct Replacement {
  Stretch place;
  std::string text;
  bool isName = false; // gets the element's number inside of an expansion
};

/// A piece of a declaration that depends on shape packs.
struct PackSite {
  enum class Kind {
    Declaration, // `int... D` in a template's head
    Mention,     // `D` in a pattern
    Expansion,   // `D...`, `(D + 1)...`, `Index<D>... i`
    Length,      // `sizeof...(D)`
    Fold,        // `(D * ... * 1)`
  };
  Kind kind;
  Stretch place;
  Packs packs;           // the ones whose lengths decide
  Stretch pattern = {};  // of an Expansion or Fold
  Stretch ellipsis = {}; // where it stands inside of the pattern, if it does
  Stretch init = {};     // of a Fold; empty without one
  std::string fold = {}; // its operator
  bool isRightFold = false;
  bool needsType = false; // of a Length: std::size_t may matter where it stands
};

/// The declaration of a function or class template as text.
///
/// Works on what Clang parsed, not on the characters: `D...` in a nested
/// expansion, in a fold and behind `sizeof...` are different nodes.
class PackText {
public:
  /// Reads the head of \p head and everything of \p decl but its body.
  PackText(const clang::TemplateParameterList *head, const clang::Decl *decl,
           llvm::ArrayRef<Pack> packs, clang::ASTContext &context);

  /// The packs that one expansion or fold takes apart together, and those
  /// that `sizeof...(A) == sizeof...(B)` of a requires-clause ties.
  const std::vector<Packs> &ties() const { return tied; }
  /// Where a macro wrote something about a pack; invalid if none did.
  clang::SourceLocation macro() const { return madeByMacro; }
  clang::FileID file() const { return id; }

  Stretch stretchOf(clang::SourceRange tokens) const;
  /// The packs whose lengths decide about what stands in \p place.
  Packs packsIn(Stretch place) const;
  /// The text of \p place as it stands, with \p changes, on one line.
  std::string written(Stretch place,
                      llvm::ArrayRef<Replacement> changes = {}) const;
  /// The same with every pack replaced by as many elements as \p lengths says:
  /// `int... D` by `int D0, int D1`, `D...` by `D0, D1`.
  std::string expanded(Stretch place, const PackLengths &lengths,
                       llvm::ArrayRef<Replacement> changes = {}) const;

private:
  class Collector;
  class Renderer;

  clang::ASTContext &context;
  clang::FileID id;
  std::string text; // of the file, with blanks for comments in the declaration
  std::vector<PackSite> sites;
  std::vector<Packs> tied;
  clang::SourceLocation madeByMacro;
};

} // namespace ferro::plugin
