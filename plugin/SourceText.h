// The user's files as text: attributes found by their tokens, and edits.
#pragma once

#include "clang/Basic/LangOptions.h"
#include "clang/Basic/SourceLocation.h"
#include "clang/Lex/Token.h"
#include "llvm/ADT/StringRef.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace clang {
class SourceManager;
}

namespace ferro::plugin {

/// A token inside an attribute's parentheses.
struct AttributeArgument {
  std::string text;
  clang::SourceLocation loc;
};

/// `scope::name(arguments)` as spelled; scope may come from `using scope:`.
struct SpottedAttribute {
  std::string scope;
  std::string name;
  clang::SourceLocation begin; // of the scope, or of the name without one
  clang::SourceLocation
      nameLoc; // where Clang says the attribute is, less the scope
  clang::SourceLocation end; // of the last token
  std::vector<AttributeArgument> arguments;

  std::string fullName() const {
    return scope.empty() ? name : scope + "::" + name;
  }
};

/// Everything between `[[` and `]]`.
struct AttributeList {
  clang::SourceLocation begin; // of the first '['
  clang::SourceLocation end;   // of the last ']'
  std::vector<SpottedAttribute> attributes;
};

/// Finds attribute lists in a stream of tokens, raw or preprocessed.
class AttributeSpotter {
public:
  explicit AttributeSpotter(std::function<void(const AttributeList &)> found)
      : found(std::move(found)) {}
  void see(const clang::Token &token);

private:
  enum class State {
    Outside,
    Opened,
    Element,
    UsingScope,
    UsingColon,
    Named,
    Scoped,
    Arguments,
    Closing
  };
  void seeNamed(const clang::Token &token);
  void seeElement(const clang::Token &token, llvm::StringRef word);
  void seeArgument(const clang::Token &token, llvm::StringRef word);

  std::function<void(const AttributeList &)> found;
  State state = State::Outside;
  AttributeList list;
  SpottedAttribute attribute;
  std::string usingScope;
  unsigned depth = 0;
};

/// A name that is nearly an attribute of ours.
struct Misspelling {
  std::string suggestion; // "ferro::script", or empty if nothing is near
};

/// The verdict on an attribute that is spelled \p scope :: \p name: nothing if
/// it is one of ours or has nothing to do with us.
std::optional<Misspelling> misspelling(llvm::StringRef scope,
                                       llvm::StringRef name);

/// The word of \p words nearest to \p word, if it is near enough to be meant.
std::optional<std::string> nearest(llvm::StringRef word,
                                   llvm::ArrayRef<llvm::StringRef> words);

/// Whether \p attribute makes work for us: ferro::script, or a misspelling.
bool concernsScripts(const SpottedAttribute &attribute);

/// Whether \p attribute makes a module or a kernel.
bool concernsModules(const SpottedAttribute &attribute);

/// A quick look, on characters, at whether spotAttributes could find an
/// attribute that makes work for us. Comments and strings count as text.
bool mayConcernUs(llvm::StringRef text);

/// The attribute lists of \p file by its raw tokens, `#if 0` included.
std::vector<AttributeList> spotAttributes(const clang::SourceManager &sources,
                                          clang::FileID file,
                                          const clang::LangOptions &language);

/// One change to a file: \p length characters at \p offset become \p text.
struct Edit {
  unsigned offset;
  unsigned length;
  std::string text;
};

/// Applies \p edits, which do not overlap; insertions at one place keep their
/// order.
std::string applyEdits(llvm::StringRef text, const std::vector<Edit> &edits);

/// The offset, in the text before \p edits, of what stands at \p offset behind
/// them. What an edit has inserted is where the edit is.
unsigned originalOffset(const std::vector<Edit> &edits, unsigned offset);

/// The edits that do what \p first does, and then \p second to its result.
std::vector<Edit> composeEdits(const std::vector<Edit> &first,
                               const std::vector<Edit> &second);

/// \p text as a C++ string literal.
std::string stringLiteral(llvm::StringRef text);

/// The tokens of \p text with single spaces for white space and comments.
std::string onOneLine(llvm::StringRef text, const clang::LangOptions &language);

} // namespace ferro::plugin
