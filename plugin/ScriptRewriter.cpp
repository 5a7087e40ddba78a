#include "ScriptRewriter.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

// g++ says that the lambda's parameters shadow the function's; clang only under
// -Wshadow-all, by a flag that g++ does not know. So with clang the body's own
// shadowing is still reported.
static constexpr StringRef quietBegin =
    "\n#pragma GCC diagnostic push"
    "\n#ifdef __clang__"
    "\n#pragma clang diagnostic ignored \"-Wshadow-uncaptured-local\""
    "\n#else"
    "\n#pragma GCC diagnostic ignored \"-Wshadow\""
    "\n#endif";
static constexpr StringRef quietEnd = "\n#pragma GCC diagnostic pop";

namespace {

struct ScriptText {
  const Script &script;
  const BodyReads &reads;
  Style style;
  ASTContext &context;
  FileEdits &edits;
  Findings &findings;
  const SourceManager &sources = context.getSourceManager();
  const LangOptions &language = context.getLangOpts();

  void rewrite();

private:
  void rewriteDeclaration(FunctionDecl *declaration);
  bool wrapReturn(FunctionDecl *declaration);
  void nameParameters(FunctionDecl *declaration);
  void wrapBody(FunctionDecl *definition);
  void refuseMacro(SourceLocation loc);

  bool isDeduced(const FunctionDecl *declaration) const;
  CharSourceRange returnRange(const FunctionDecl *declaration) const;
  std::string returnClause(const FunctionDecl *definition) const;
  std::string parameterList(const FunctionDecl *definition) const;
  std::string argumentList(const FunctionDecl *definition) const;
  std::string captureList(const FunctionDecl *definition) const;
  std::string outsideList(const FunctionDecl *definition) const;
  std::string site(const FunctionDecl *definition) const;
  std::string siteName(const FunctionDecl *definition) const;

  std::string line(SourceLocation loc) const {
    return onPlace(loc, style, sources);
  }
  std::string resync(SourceLocation loc) const {
    return backOnPlace(loc, style, sources);
  }
  SourceLocation after(SourceLocation token) const {
    return Lexer::getLocForEndOfToken(token, 0, sources, language);
  }
  void insert(SourceLocation loc, std::string text);
};

} // namespace

static const CXXRecordDecl *lambdaOf(const FunctionDecl *function) {
  const auto *method = dyn_cast<CXXMethodDecl>(function);
  return method && method->getParent()->isLambda() ? method->getParent()
                                                   : nullptr;
}

// ---------------------------------------------------------------- places

std::string ferro::plugin::onPlace(SourceLocation loc, Style style,
                                   const SourceManager &sources) {
  if (style == Style::Readable)
    return "";
  return "\n#line " + std::to_string(sources.getPresumedLoc(loc).getLine()) +
         "\n";
}

std::string ferro::plugin::backOnPlace(SourceLocation loc, Style style,
                                       const SourceManager &sources) {
  if (style == Style::Readable)
    return "";
  auto [file, offset] = sources.getDecomposedLoc(loc);
  StringRef text = sources.getBufferData(file),
            before = text.take_front(offset);
  before = before.substr(before.rfind('\n') + 1); // npos + 1 is 0
  std::string padding = onPlace(loc, style, sources);
  if (text.substr(offset).starts_with("\n"))
    return padding;
  for (char c : before)
    padding += c == '\t' ? '\t' : ' ';
  return padding;
}

void ScriptText::insert(SourceLocation loc, std::string text) {
  auto [file, offset] = sources.getDecomposedLoc(loc);
  edits[file].push_back({offset, 0, std::move(text)});
}

void ScriptText::refuseMacro(SourceLocation loc) {
  findings.push_back({Diag::MacroScript,
                      sources.getFileLoc(loc),
                      {"'" + siteName(script.marked) + "'"}});
}

// ---------------------------------------------------------------- return type

bool ScriptText::isDeduced(const FunctionDecl *declaration) const {
  const auto *type = declaration->getType()->getAs<FunctionProtoType>();
  if (lambdaOf(declaration) && !type->hasTrailingReturn())
    return true;
  FunctionTypeLoc written = declaration->getFunctionTypeLoc();
  return written && written.getReturnLoc().getType()->getContainedAutoType();
}

CharSourceRange ScriptText::returnRange(const FunctionDecl *declaration) const {
  FunctionTypeLoc written = declaration->getFunctionTypeLoc();
  if (!written || written.getReturnLoc().getSourceRange().isInvalid())
    return {};
  return Lexer::makeFileCharRange(
      CharSourceRange::getTokenRange(written.getReturnLoc().getSourceRange()),
      sources, language);
}

bool ScriptText::wrapReturn(FunctionDecl *declaration) {
  if (isDeduced(declaration))
    return true;
  CharSourceRange range = returnRange(declaration);
  if (range.isInvalid()) {
    refuseMacro(declaration->getLocation());
    return false;
  }
  insert(range.getBegin(), line(range.getBegin()) + "::ferro::Scripted<" +
                               resync(range.getBegin()));
  insert(range.getEnd(), ">" + resync(range.getEnd()));
  return true;
}

std::string ScriptText::returnClause(const FunctionDecl *definition) const {
  if (isDeduced(definition)) {
    const AutoType *deduced = nullptr;
    if (FunctionTypeLoc written = definition->getFunctionTypeLoc())
      deduced = written.getReturnLoc().getType()->getContainedAutoType();
    return deduced && deduced->isDecltypeAuto() ? " -> decltype(auto)" : "";
  }
  return " -> " + onOneLine(Lexer::getSourceText(returnRange(definition),
                                                 sources, language),
                            language);
}

// ---------------------------------------------------------------- parameters

static std::string unnamed(const ParmVarDecl *parameter) {
  return "ferro_unnamed" +
         std::to_string(parameter->getFunctionScopeIndex() + 1);
}

static std::string nameOf(const ParmVarDecl *parameter) {
  return parameter->getIdentifier() ? parameter->getName().str()
                                    : unnamed(parameter);
}

// The wrapper passes every parameter on, so each needs a name.
void ScriptText::nameParameters(FunctionDecl *declaration) {
  for (const ParmVarDecl *parameter : declaration->parameters()) {
    if (parameter->getIdentifier() || !parameter->getTypeSourceInfo())
      continue;
    SourceLocation end =
        parameter->getTypeSourceInfo()->getTypeLoc().getEndLoc();
    CharSourceRange range = Lexer::makeFileCharRange(
        CharSourceRange::getTokenRange(parameter->getBeginLoc(), end), sources,
        language);
    if (range.isInvalid()) {
      refuseMacro(parameter->getBeginLoc());
      continue;
    }
    insert(range.getEnd(), " " + unnamed(parameter) + resync(range.getEnd()));
  }
}

std::string ScriptText::parameterList(const FunctionDecl *definition) const {
  std::vector<std::string> list;
  for (const ParmVarDecl *parameter : definition->parameters()) {
    std::string name = nameOf(parameter);
    QualType type = parameter->getType();
    bool isPack = parameter->isParameterPack();
    if (isPack)
      type = cast<PackExpansionType>(type)->getPattern();
    // The runtime passes names, never temporaries: T && becomes T &.
    std::string text = "decltype(" + name + ") ";
    text += type->isRValueReferenceType() ? "&" : "";
    text += isPack ? "..." : "";
    text += parameter->getName(); // the body cannot use what has no name
    list.push_back((style == Style::Exact ? "[[maybe_unused]] " : "") + text);
  }
  return llvm::join(list, ", ");
}

std::string ScriptText::argumentList(const FunctionDecl *definition) const {
  std::string list;
  for (const ParmVarDecl *parameter : definition->parameters())
    list +=
        ", " + nameOf(parameter) + (parameter->isParameterPack() ? "..." : "");
  return list;
}

// ---------------------------------------------------------------- captures

static std::string captureText(const LambdaCapture &capture) {
  if (capture.getCaptureKind() == LCK_This)
    return "this";
  if (capture.getCaptureKind() == LCK_StarThis)
    return "*this";
  if (!capture.capturesVariable())
    return "";
  std::string name = capture.getCapturedVar()->getNameAsString();
  return (capture.getCaptureKind() == LCK_ByRef ? "&" : "") + name +
         (capture.isPackExpansion() ? "..." : "");
}

// A lambda repeats its captures, a method captures its object, a function
// nothing.
std::string ScriptText::captureList(const FunctionDecl *definition) const {
  if (const CXXRecordDecl *lambda = lambdaOf(definition)) {
    std::vector<std::string> captures;
    if (lambda->getLambdaCaptureDefault() != LCD_None)
      captures.push_back(lambda->getLambdaCaptureDefault() == LCD_ByCopy ? "="
                                                                         : "&");
    for (const LambdaCapture &capture : lambda->captures())
      if (!capture.isImplicit())
        captures.push_back(captureText(capture));
    return llvm::join(captures, ", ");
  }
  const auto *method = dyn_cast<CXXMethodDecl>(definition);
  if (!method || !method->isInstance())
    return "";
  if (method->getParent()->isDependentContext())
    return "&"; // what a template needs shows when it is instantiated
  return reads.usesThis ? "this" : "";
}

std::string ScriptText::outsideList(const FunctionDecl *definition) const {
  std::vector<std::string> paths, captures;
  for (const OutsideRead &read : reads.outside) {
    paths.push_back(read.path);
    if (read.capture.empty())
      continue;
    std::string capture = read.capture;
    if (const CXXRecordDecl *lambda = lambdaOf(definition))
      for (const LambdaCapture &each : lambda->captures()) {
        std::string text = captureText(each);
        if (text == "&" + capture || (capture == "this" && text == "*this"))
          capture = text;
      }
    if (!llvm::is_contained(captures, capture))
      captures.push_back(capture);
  }
  std::string call =
      "::ferro::detail::outside(" + llvm::join(paths, ", ") + ")";
  if (paths.empty())
    return call;
  // A callable: a module that is called later reads the values anew.
  return "[" + llvm::join(captures, ", ") + "] { return " + call + "; }";
}

// ---------------------------------------------------------------- body

std::string ScriptText::siteName(const FunctionDecl *definition) const {
  const CXXRecordDecl *lambda = lambdaOf(definition);
  if (!lambda)
    return definition->getQualifiedNameAsString();
  const DeclContext *context = lambda->getDeclContext();
  while (context->isFunctionOrMethod() && lambdaOf(cast<FunctionDecl>(context)))
    context = context->getParent()->getParent();
  const auto *owner = dyn_cast<NamedDecl>(context);
  return owner && !owner->getNameAsString().empty()
             ? owner->getQualifiedNameAsString() + "::lambda"
             : "lambda";
}

// Scripts inside of functions get a variable of their own name: theirs would
// shadow that of an enclosing script.
static std::string siteVariable(const FunctionDecl *definition) {
  unsigned depth = 0;
  for (const DeclContext *context = definition->getParent(); context;
       context = context->getParent())
    depth += context->isFunctionOrMethod();
  return depth == 0 ? "ferro_site" : "ferro_site" + std::to_string(depth);
}

std::string ScriptText::site(const FunctionDecl *definition) const {
  std::vector<std::string> flags, names;
  if (reads.closed)
    flags.push_back("::ferro::detail::ScriptFlags::Closed");
  if (script.fullGraph)
    flags.push_back("::ferro::detail::ScriptFlags::FullGraph");
  if (flags.empty())
    flags.push_back("::ferro::detail::ScriptFlags::None");
  for (const ParmVarDecl *parameter : definition->parameters())
    names.push_back(parameter->getName().str());
  PresumedLoc place = sources.getPresumedLoc(definition->getLocation());
  return "static ::ferro::detail::ScriptSite " + siteVariable(definition) +
         "{" + stringLiteral(siteName(definition)) + ", " +
         stringLiteral(place.getFilename()) + ", " +
         std::to_string(place.getLine()) + ", " + llvm::join(flags, " | ") +
         ", " + stringLiteral(llvm::join(names, ",")) + "};";
}

void ScriptText::wrapBody(FunctionDecl *definition) {
  const auto *body = dyn_cast_or_null<CompoundStmt>(definition->getBody());
  if (!body) {
    bool isTry = isa_and_nonnull<CXXTryStmt>(definition->getBody());
    if (isTry)
      findings.push_back({Diag::FunctionTry,
                          definition->getBody()->getBeginLoc(),
                          {"'" + siteName(definition) + "'"}});
    return;
  }
  SourceLocation open = body->getLBracLoc(), close = body->getRBracLoc();
  if (open.isMacroID() || close.isMacroID() ||
      sources.getFileID(open) != sources.getFileID(close))
    return refuseMacro(open);

  bool exact = style == Style::Exact;
  std::string call = "return ::ferro::detail::callScript(" +
                     siteVariable(definition) + ", " + outsideList(definition) +
                     (exact ? ", " : ",\n      ") + "[" +
                     captureList(definition) + "](" +
                     parameterList(definition) + ")" + returnClause(definition);
  std::string end = argumentList(definition) + ");";
  if (exact) {
    insert(open, line(open) + "{ " + site(definition) + quietBegin.str() +
                     line(open) + call + resync(open));
    insert(after(close), line(close) + end + quietEnd.str() + line(close) +
                             "}" + resync(after(close)));
    return;
  }
  insert(open, "{\n  " + site(definition) + "\n  " + call + " ");
  insert(after(close), end + "\n}");
}

void ScriptText::rewriteDeclaration(FunctionDecl *declaration) {
  SourceLocation loc = declaration->getLocation();
  // A declaration from a precompiled header was rewritten when that was built.
  if (sources.isLoadedSourceLocation(loc))
    return;
  if (loc.isMacroID())
    return refuseMacro(loc);
  if (sources.isInSystemHeader(loc)) {
    findings.push_back(
        {Diag::SystemHeaderScript, loc, {"'" + siteName(declaration) + "'"}});
    return;
  }
  if (!wrapReturn(declaration) || !declaration->doesThisDeclarationHaveABody())
    return;
  nameParameters(declaration);
  wrapBody(declaration);
}

void ScriptText::rewrite() {
  for (FunctionDecl *declaration : script.marked->redecls())
    rewriteDeclaration(declaration);
}

void ferro::plugin::rewriteScript(const Script &script, const BodyReads &reads,
                                  Style style, ASTContext &context,
                                  FileEdits &edits, Findings &findings) {
  ScriptText{script, reads, style, context, edits, findings}.rewrite();
}

// ---------------------------------------------------------------- the
// attribute

Edit ferro::plugin::eraseAttribute(const AttributeList &list,
                                   const SpottedAttribute &attribute,
                                   Style style, const ASTContext &context) {
  const SourceManager &sources = context.getSourceManager();
  bool isAlone = list.attributes.size() == 1;
  unsigned begin =
      sources.getFileOffset(isAlone ? list.begin : attribute.begin);
  SourceLocation last = isAlone ? list.end : attribute.end;
  unsigned end = sources.getFileOffset(
      Lexer::getLocForEndOfToken(last, 0, sources, context.getLangOpts()));
  StringRef text = sources.getBufferData(sources.getFileID(list.begin));
  if (style == Style::Readable) {
    while (isAlone && end < text.size() && text[end] == ' ')
      ++end;
    return {begin, end - begin, ""};
  }
  std::string blanks = text.slice(begin, end).str();
  for (char &c : blanks)
    if (!llvm::isSpace(c))
      c = ' ';
  return {begin, end - begin, std::move(blanks)};
}
