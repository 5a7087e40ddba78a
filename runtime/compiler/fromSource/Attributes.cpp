#include "compiler/fromSource/Attributes.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/ParsedAttrInfo.h"
#include "clang/Lex/Lexer.h"
#include "clang/Sema/ParsedAttr.h"
#include "clang/Sema/Sema.h"

using namespace clang;
using namespace ferro::fromSource;

namespace {
struct Spelled {
#define FERRO_ATTR(Id, spelling, places, summary)                              \
  static constexpr const char *Id = spelling;
#include "ferro/Attributes.def"
};
} // namespace

// The literal in `cutile::op("addf")`, whose name begins at \p loc. Clang skips
// the arguments of attributes that it does not know.
static std::string firstArgument(Sema &sema, SourceLocation loc) {
  const SourceManager &sources = sema.getSourceManager();
  auto [file, offset] = sources.getDecomposedLoc(sources.getSpellingLoc(loc));
  StringRef text = sources.getBufferData(file);
  Lexer lexer(sources.getLocForStartOfFile(file), sema.getLangOpts(),
              text.begin(), text.begin() + offset, text.end());
  Token token;
  do
    lexer.LexFromRawLexer(token);
  while (!token.isOneOf(tok::string_literal, tok::r_square, tok::eof));
  if (token.isNot(tok::string_literal))
    return "";
  return StringRef(token.getLiteralData(), token.getLength()).trim('"').str();
}

// The tokens between the parentheses of the attribute whose name begins at \p
// loc, separated by spaces; empty without any.
static std::string argumentsOf(Sema &sema, SourceLocation loc) {
  const SourceManager &sources = sema.getSourceManager();
  auto [file, offset] = sources.getDecomposedLoc(sources.getSpellingLoc(loc));
  StringRef text = sources.getBufferData(file);
  Lexer lexer(sources.getLocForStartOfFile(file), sema.getLangOpts(),
              text.begin(), text.begin() + offset, text.end());
  Token token;
  std::string arguments;
  int depth = 0;
  while (!lexer.LexFromRawLexer(token) && token.isNot(tok::eof)) {
    depth -= token.is(tok::r_paren);
    bool ends =
        depth == 0 && token.isOneOf(tok::r_paren, tok::comma, tok::r_square);
    if (ends)
      break;
    if (depth > 0)
      arguments += Lexer::getSpelling(token, sources, sema.getLangOpts()) + " ";
    depth += token.is(tok::l_paren);
  }
  return arguments;
}

namespace {

// Attributes were checked when the program was compiled; here they are only
// kept, as annotations with their spelling. That of an operation is "op:NAME",
// that of a kernel "entry:OPTIONS".
struct KnownAttr : ParsedAttrInfo {
  bool diagAppertainsToDecl(Sema &, const ParsedAttr &,
                            const Decl *) const override {
    return true;
  }
  bool diagAppertainsToStmt(Sema &, const ParsedAttr &,
                            const Stmt *) const override {
    return true;
  }
  AttrHandling handleDeclAttribute(Sema &sema, Decl *decl,
                                   const ParsedAttr &attr) const override {
    std::string text = Spellings.front().NormalizedFullName;
    if (text == Spelled::Op)
      text = "op:" + firstArgument(sema, attr.getLoc());
    if (text == Spelled::Entry)
      text = "entry:" + argumentsOf(sema, attr.getLoc());
    if (auto *pattern = dyn_cast<TemplateDecl>(decl))
      decl = pattern->getTemplatedDecl();
    decl->addAttr(AnnotateAttr::Create(sema.Context, text, nullptr, 0, attr));
    return AttributeApplied;
  }
  AttrHandling handleStmtAttribute(Sema &sema, Stmt *, const ParsedAttr &attr,
                                   Attr *&result) const override {
    result = AnnotateAttr::Create(
        sema.Context, Spellings.front().NormalizedFullName, nullptr, 0, attr);
    return AttributeApplied;
  }
};

#define FERRO_ATTR(Id, spelling, places, summary)                              \
  struct Id##Attr : KnownAttr {                                                \
    Id##Attr() {                                                               \
      static constexpr Spelling ours[] = {{ParsedAttr::AS_CXX11, spelling}};   \
      Spellings = ours;                                                        \
      OptArgs = 15;                                                            \
    }                                                                          \
  };                                                                           \
  ParsedAttrInfoRegistry::Add<Id##Attr> register##Id(spelling, summary);
#include "ferro/Attributes.def"

} // namespace

// The annotation of \p function, or of what it is an instance of, that \p is
// wanted.
template <typename Wanted>
static StringRef annotation(const FunctionDecl *function, Wanted wanted) {
  if (const FunctionDecl *pattern = function->getTemplateInstantiationPattern(
          /*ForDefinition=*/false))
    function = pattern;
  for (const FunctionDecl *each : function->redecls())
    for (const auto *attr : each->specific_attrs<AnnotateAttr>())
      if (wanted(attr->getAnnotation()))
        return attr->getAnnotation();
  return "";
}

std::string ferro::fromSource::operationOf(const FunctionDecl *function) {
  StringRef found = annotation(
      function, [](StringRef text) { return text.starts_with("op:"); });
  return found.empty() ? "" : found.drop_front(3).str();
}

static constexpr llvm::StringLiteral entryPrefix = "entry:";

static StringRef entryOf(const FunctionDecl *function) {
  return annotation(
      function, [](StringRef text) { return text.starts_with(entryPrefix); });
}

bool ferro::fromSource::isEntry(const FunctionDecl *function) {
  return !entryOf(function).empty();
}

static std::int64_t numberIn(StringRef token) {
  std::int64_t number = 0;
  std::string digits = token.str();
  llvm::erase(digits, '\'');
  (void)StringRef(digits).rtrim("uUlL").getAsInteger(0, number);
  return number;
}

namespace {
// What the plugin has accepted (plugin/EntryOptions.h).
class OptionReader {
public:
  explicit OptionReader(StringRef text) { text.split(tokens, ' ', -1, false); }

  EntryOptions read() {
    while (!atEnd()) {
      StringRef name = take();
      if (name == "preconditions") {
        accept("=");
        preconditions();
      } else if (name == "deny_in_kernel_checks") {
        options.denyChecks = flag();
      } else if (name == "unchecked_accesses") {
        options.isUnchecked = flag();
      } else {
        skip();
      }
      accept(",");
    }
    return options;
  }

private:
  bool atEnd() const { return next >= tokens.size(); }
  StringRef take() { return atEnd() ? StringRef() : tokens[next++]; }
  bool accept(StringRef token) {
    bool is = !atEnd() && tokens[next] == token;
    next += is;
    return is;
  }
  bool flag() { return !accept("=") || take() == "true"; }
  void skip() {
    for (int depth = 0; !atEnd() && (depth > 0 || tokens[next] != ",");) {
      StringRef token = take();
      depth += token == "(";
      depth -= token == ")";
    }
  }
  // ( dim ( a , 1 ) == dim ( b , 0 ) , ... )
  void preconditions() {
    accept("(");
    while (!atEnd() && !accept(")")) {
      Precondition each;
      each.left = dimension();
      if (accept("%"))
        each.divisor = numberIn(take());
      accept("==");
      if (each.divisor != 0)
        take(); // 0
      else
        each.right = dimension();
      options.preconditions.push_back(each);
      accept(",");
    }
  }
  Dimension dimension() {
    accept("dim");
    accept("(");
    Dimension result;
    result.parameter = take().str();
    accept(",");
    result.axis = numberIn(take());
    accept(")");
    return result;
  }

  llvm::SmallVector<StringRef> tokens;
  std::size_t next = 0;
  EntryOptions options;
};
} // namespace

EntryOptions ferro::fromSource::optionsOf(const FunctionDecl *kernel) {
  return OptionReader(entryOf(kernel).drop_front(entryPrefix.size())).read();
}
