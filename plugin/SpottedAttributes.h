// The attributes of ours in the tokens of a parse.
#pragma once

#include "Attributes.h"
#include "ScriptRewriter.h"
#include "SourceText.h"

#include "clang/Basic/SourceLocation.h"

#include <functional>
#include <map>
#include <vector>

namespace clang {
class ASTContext;
class CompilerInstance;
class FunctionDecl;
} // namespace clang

namespace ferro::plugin {

/// Watches the tokens that the parser sees for attributes that are ours, or
/// nearly.
class SpottedAttributes {
public:
  explicit SpottedAttributes(clang::CompilerInstance &instance);
  ~SpottedAttributes();
  SpottedAttributes(const SpottedAttributes &) = delete;

  /// Whether the body of \p function, by its raw tokens, has an attribute that
  /// \p concerns.
  bool standInBody(const clang::FunctionDecl *function,
                   bool (*concerns)(const SpottedAttribute &));

  /// The attribute that Clang placed at \p loc, now counted as used; null if it
  /// was not seen.
  const SpottedAttribute *use(clang::SourceLocation loc);

  void reportMisspelt(Findings &findings) const;
  /// Reports the attributes \p kind that never reached a declaration.
  void reportLost(AttrKind kind, Findings &findings) const;
  /// Takes the used attributes that \p concerns out of the text.
  void erase(bool (*concerns)(const SpottedAttribute &), Style style,
             clang::ASTContext &context, FileEdits &edits) const;

private:
  struct Spotted {
    AttributeList list;
    SpottedAttribute attribute;
    bool used = false;
  };

  void spotted(const AttributeList &list);
  void reportMisspelt(const SpottedAttribute &attribute,
                      Findings &findings) const;
  const std::vector<AttributeList> &attributesOf(clang::FileID file);

  clang::CompilerInstance &instance;
  clang::SourceManager &sources;
  AttributeSpotter spotter{
      [this](const AttributeList &list) { spotted(list); }};
  std::map<clang::SourceLocation, Spotted> ours; // by their first token
  std::map<clang::FileID, std::vector<AttributeList>> rawLists;
};

} // namespace ferro::plugin
