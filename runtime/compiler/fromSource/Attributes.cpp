#include "compiler/fromSource/Attributes.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/ParsedAttrInfo.h"
#include "clang/Lex/Lexer.h"
#include "clang/Sema/ParsedAttr.h"
#include "clang/Sema/Sema.h"

using namespace clang;

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

namespace {

// Attributes were checked when the program was compiled; here they are only
// kept, as annotations with their spelling. That of an operation is "op:NAME".
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

bool ferro::fromSource::isEntry(const FunctionDecl *function) {
  return !annotation(function, [](StringRef text) {
            return text == Spelled::Entry;
          }).empty();
}
