// What a template that asks for rank instances may look like.
#pragma once

#include "Attributes.h"
#include "PackText.h"
#include "SourceText.h"

#include <optional>

namespace clang {
class ClassTemplateDecl;
class FunctionDecl;
class Sema;
} // namespace clang

namespace ferro::plugin {

/// Whether \p kind is one of the variadic attributes.
bool asksForRanks(AttrKind kind);
/// Whether \p attribute is spelled as one of them.
bool concernsRanks(const SpottedAttribute &attribute);

/// A variadic attribute in its place. `spelled` is null where the token watcher
/// did not see it.
struct RankUse {
  AttrKind kind;
  clang::NamedDecl *marked;
  clang::SourceLocation attribute;
  const SpottedAttribute *spelled;
};

/// Packs of one length, and the largest value of it.
struct PackLength {
  Packs packs;
  unsigned max = 0;
};

/// A method that forwards to an op.
struct OpMethod {
  std::string name;
  unsigned receiver; // the index of the parameter that becomes the object
  // The class template that gets the method; null if it is not in the op's
  // file and namespace, which makes the method a pipe.
  clang::ClassTemplateDecl *owner = nullptr;
};

/// A function or class template with shape packs that was marked.
struct RankedTemplate {
  AttrKind kind;
  clang::NamedDecl *first;                  // its first declaration
  const clang::TemplateParameterList *head; // of that
  clang::SourceLocation attribute;
  std::vector<PackLength> lengths; // in the order of their first packs
  // By the index of the template parameter: no argument of a call decides it,
  // and no default.
  std::vector<bool> free;
  // How many template arguments a call passes on explicitly.
  unsigned explicitCount = 0;
  // The free parameters can be read off the type that the caller wants.
  bool isAscribable = false;
  std::optional<OpMethod> method;

  const clang::FunctionDecl *function() const;
  Packs packs() const;
};

/// Every choice of lengths, from none to the largest.
std::vector<PackLengths> choices(const RankedTemplate &ranked);
/// The ranks of \p choice, one for each length: `2, 1`; or, without a choice,
/// what they are in the template: `sizeof...(D), sizeof...(S)`.
std::string ranksText(const RankedTemplate &ranked, const PackLengths *choice,
                      llvm::StringRef separator);

/// The packs of \p head whose elements are integers.
Packs shapePacks(const clang::TemplateParameterList *head);

/// Reads and checks \p use. Nothing, after messages to \p findings, if it is
/// wrong. \p text is of its first declaration.
std::optional<RankedTemplate> checkRanks(const RankUse &use, clang::Sema &sema,
                                         Findings &findings);

} // namespace ferro::plugin
