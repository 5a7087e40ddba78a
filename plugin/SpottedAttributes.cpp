#include "SpottedAttributes.h"

#include "Nested.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Decl.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Lex/Lexer.h"
#include "clang/Lex/Preprocessor.h"

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

SpottedAttributes::SpottedAttributes(CompilerInstance &instance)
    : instance(instance), sources(instance.getSourceManager()) {
  instance.getPreprocessor().setTokenWatcher(
      [this](const Token &token) { spotter.see(token); });
}

SpottedAttributes::~SpottedAttributes() {
  instance.getPreprocessor().setTokenWatcher(nullptr);
}

void SpottedAttributes::spotted(const AttributeList &list) {
  for (const SpottedAttribute &attribute : list.attributes)
    if (attribute.scope == "ferro" || attribute.scope == "cutile" ||
        concernsScripts(attribute))
      ours[attribute.begin] = {list, attribute};
}

const std::vector<AttributeList> &SpottedAttributes::attributesOf(FileID file) {
  auto [found, isNew] = rawLists.try_emplace(file);
  if (isNew && mayConcernUs(sources.getBufferData(file)))
    found->second = spotAttributes(sources, file, instance.getLangOpts());
  return found->second;
}

// Looks from the declarator to the brace that closes the body, by raw tokens.
bool SpottedAttributes::standInBody(
    const FunctionDecl *function, bool (*concerns)(const SpottedAttribute &)) {
  auto [file, begin] =
      sources.getDecomposedLoc(sources.getFileLoc(function->getLocation()));
  std::optional<unsigned> next;
  for (const AttributeList &list : attributesOf(file)) {
    unsigned offset = sources.getFileOffset(list.begin);
    if (offset > begin && llvm::any_of(list.attributes, concerns)) {
      next = offset;
      break;
    }
  }
  if (!next)
    return false;

  StringRef text = sources.getBufferData(file);
  Lexer lexer(sources.getLocForStartOfFile(file), instance.getLangOpts(),
              text.begin(), text.begin() + begin, text.end());
  Token token;
  int depth = 0;
  bool closed =
      false; // a brace pair ended: the body, or `member{value}` before it
  for (lexer.LexFromRawLexer(token); token.isNot(tok::eof);
       lexer.LexFromRawLexer(token)) {
    if (closed && depth == 0 && !token.isOneOf(tok::comma, tok::l_brace))
      return false;
    if (sources.getFileOffset(token.getLocation()) >= *next)
      return true;
    depth += token.is(tok::l_brace) - token.is(tok::r_brace);
    closed = token.is(tok::r_brace);
  }
  return false;
}

const SpottedAttribute *SpottedAttributes::use(SourceLocation loc) {
  auto found = ours.find(loc);
  if (found == ours.end())
    return nullptr;
  found->second.used = true;
  return &found->second.attribute;
}

void SpottedAttributes::reportMisspelt(const SpottedAttribute &attribute,
                                       Findings &findings) const {
  std::optional<Misspelling> wrong =
      misspelling(attribute.scope, attribute.name);
  if (!wrong ||
      sources.isInSystemHeader(sources.getExpansionLoc(attribute.begin)))
    return;
  std::string meant = wrong->suggestion;
  Finding finding{Diag::UnknownAttribute,
                  sources.getFileLoc(attribute.begin),
                  {attribute.fullName(),
                   meant.empty() ? "" : "; did you mean '" + meant + "'?"}};
  bool isUsing =
      attribute.begin == attribute.nameLoc && !attribute.scope.empty();
  if (!meant.empty() && attribute.begin.isFileID() && !isUsing)
    finding.fixIts.push_back(FixItHint::CreateReplacement(
        SourceRange(attribute.begin, attribute.nameLoc), meant));
  findings.push_back(std::move(finding));
}

void SpottedAttributes::reportMisspelt(Findings &findings) const {
  for (const auto &[loc, spotted] : ours)
    reportMisspelt(spotted.attribute, findings);
}

void SpottedAttributes::reportLost(AttrKind kind, Findings &findings) const {
  // After other errors the parser may have skipped an attribute for good
  // reason.
  const std::set<SourceLocation> &errors = errorPlaces(instance).places;
  for (const auto &[loc, spotted] : ours) {
    bool isLost = !spotted.used &&
                  spotted.attribute.fullName() == spelling(kind) &&
                  (errors.empty() || errors.contains(loc));
    if (isLost && loc.isMacroID())
      findings.push_back({Diag::UnrewrittenAttribute,
                          sources.getFileLoc(loc),
                          {spelling(kind)}});
    else if (isLost)
      findings.push_back(
          {Diag::MisplacedAttribute, loc, {spelling(kind), placeRule(kind)}});
  }
}

void SpottedAttributes::erase(bool (*concerns)(const SpottedAttribute &),
                              Style style, ASTContext &context,
                              FileEdits &edits) const {
  for (const auto &[loc, spotted] : ours) {
    const auto &[list, attribute, used] = spotted;
    bool isWritten =
        list.begin.isFileID() && list.end.isFileID() && loc.isFileID();
    if (used && concerns(attribute) && isWritten &&
        !sources.isInSystemHeader(loc) && !sources.isLoadedSourceLocation(loc))
      edits[sources.getFileID(loc)].push_back(
          eraseAttribute(list, attribute, style, context));
  }
}
