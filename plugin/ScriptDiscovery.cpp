#include "ScriptDiscovery.h"

#include "Frontend.h"
#include "Nested.h"
#include "RankInstances.h"
#include "SpottedAttributes.h"

#include "clang/AST/ASTConsumer.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Sema/Sema.h"

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

namespace {

class ScriptConsumer : public ASTConsumer {
public:
  ScriptConsumer(CompilerInstance &instance, Discovery &discovery,
                 AttributeRecorder &recorder, Style style)
      : instance(instance), sources(instance.getSourceManager()),
        discovery(discovery), recorder(recorder), style(style),
        attributes(instance) {}

  bool shouldSkipFunctionBody(Decl *decl) override;
  void HandleTranslationUnit(ASTContext &context) override;

private:
  void collectScripts();
  void readArguments(Script &script, const SpottedAttribute &attribute);
  bool checkDefinition(const Script &script);
  bool hasErrors(const Script &script);
  void rewriteScripts(ASTContext &context);

  CompilerInstance &instance;
  SourceManager &sources;
  Discovery &discovery;
  AttributeRecorder &recorder;
  Style style;
  SpottedAttributes attributes;
  std::vector<std::unique_ptr<Script>> scripts;
  Scripts scriptOf;
  std::vector<RankUse> rankUses;
  FileEdits edits;
};

} // namespace

bool ScriptConsumer::shouldSkipFunctionBody(Decl *decl) {
  if (auto *pattern = dyn_cast<FunctionTemplateDecl>(decl))
    decl = pattern->getTemplatedDecl();
  if (hasAttribute(decl, AttrKind::Script) ||
      hasAttribute(decl, AttrKind::VariadicOp) ||
      hasAttribute(decl, AttrKind::VariadicImplFn))
    return false;
  const auto *function = dyn_cast<FunctionDecl>(decl);
  if (!function || sources.isInSystemHeader(function->getLocation()))
    return true;
  return !attributes.standInBody(function, concernsScripts);
}

void ScriptConsumer::readArguments(Script &script,
                                   const SpottedAttribute &attribute) {
  bool expectsName = true;
  for (const AttributeArgument &argument : attribute.arguments) {
    if (expectsName && argument.text == "full_graph") {
      script.fullGraph = true;
    } else if (expectsName || argument.text != ",") {
      std::optional<std::string> meant =
          nearest(argument.text, StringRef("full_graph"));
      Finding finding{
          Diag::UnknownArgument,
          sources.getFileLoc(argument.loc),
          {argument.text, meant ? "; did you mean '" + *meant + "'?"
                                : "; it takes 'full_graph' or nothing"}};
      if (meant && argument.loc.isFileID())
        finding.fixIts.push_back(
            FixItHint::CreateReplacement(SourceRange(argument.loc), *meant));
      discovery.findings.push_back(std::move(finding));
      return;
    }
    expectsName = !expectsName;
  }
}

void ScriptConsumer::collectScripts() {
  for (const AttributeUse &use : recorder.uses) {
    const SpottedAttribute *written = attributes.use(use.loc);
    if (!use.decl && !use.isStatement)
      discovery.findings.push_back({Diag::MisplacedAttribute,
                                    sources.getFileLoc(use.loc),
                                    {spelling(use.kind), placeRule(use.kind)}});
    discovery.hasModules |=
        use.kind == AttrKind::Module || use.kind == AttrKind::Entry;
    if (use.decl && asksForRanks(use.kind))
      rankUses.push_back(
          {use.kind, cast<NamedDecl>(use.decl), use.loc, written});
    if (!use.decl || use.kind != AttrKind::Script)
      continue;
    auto *function = cast<FunctionDecl>(use.decl);
    Script *&script = scriptOf[function->getCanonicalDecl()];
    if (!script) {
      const FunctionDecl *definition = nullptr;
      function->isDefined(definition);
      scripts.push_back(std::make_unique<Script>(
          Script{function, const_cast<FunctionDecl *>(definition), use.loc}));
      script = scripts.back().get();
    }
    if (written)
      readArguments(*script, *written);
  }
}

// What is known only once the whole file has been read.
bool ScriptConsumer::checkDefinition(const Script &script) {
  std::string name = "'" + script.marked->getQualifiedNameAsString() + "'";
  if (script.definition && script.definition->hasSkippedBody()) {
    discovery.findings.push_back({Diag::AttributeAfterBody,
                                  sources.getFileLoc(script.attribute),
                                  {name}});
    return false;
  }
  if (const FunctionTemplateDecl *pattern =
          script.marked->getDescribedFunctionTemplate())
    for (const FunctionDecl *each : pattern->specializations()) {
      if (!isTemplateExplicitInstantiationOrSpecialization(
              each->getTemplateSpecializationKind()))
        continue;
      SourceLocation loc =
          each->getTemplateSpecializationKind() == TSK_ExplicitSpecialization
              ? each->getLocation()
              : each->getPointOfInstantiation();
      discovery.findings.push_back(
          {Diag::ExplicitInstantiation, sources.getFileLoc(loc), {name}});
      return false;
    }
  return true;
}

// Whether Clang has errors for the user in what would be written twice: the
// signature, or a body whose result type is deduced. The final parse reports
// them from the text as it is.
bool ScriptConsumer::hasErrors(const Script &script) {
  auto isIn = [&](SourceLocation loc, SourceRange range) {
    auto at = [&](SourceLocation each) { return sources.getFileLoc(each); };
    return !sources.isBeforeInTranslationUnit(at(loc), at(range.getBegin())) &&
           !sources.isBeforeInTranslationUnit(at(range.getEnd()), at(loc));
  };
  for (const FunctionDecl *each : script.marked->redecls()) {
    if (sources.isLoadedSourceLocation(each->getLocation()))
      continue;
    SourceRange range = each->getSourceRange();
    bool isDeduced = each->getReturnType()->isUndeducedType() ||
                     each->getDeclaredReturnType()->getContainedAutoType();
    if (const Stmt *body =
            each->doesThisDeclarationHaveABody() ? each->getBody() : nullptr;
        body && !isDeduced)
      range.setEnd(body->getBeginLoc());
    for (SourceLocation error : errorPlaces(instance).places)
      if (error.isValid() && isIn(error, range))
        return true;
  }
  return false;
}

void ScriptConsumer::rewriteScripts(ASTContext &context) {
  for (const std::unique_ptr<Script> &script : scripts) {
    bool isWritten = script->attribute.isFileID();
    if (!isWritten) {
      discovery.findings.push_back(
          {Diag::MacroScript,
           sources.getFileLoc(script->attribute),
           {"'" + script->marked->getNameAsString() + "'"}});
      continue;
    }
    if (hasErrors(*script))
      continue;
    if (!checkDefinition(*script) ||
        !checkSignature(*script, context, discovery.findings))
      continue;
    BodyReads reads;
    if (script->definition && script->definition->getBody())
      reads = checkBody(*script, scriptOf, context, discovery.findings);
    rewriteScript(*script, reads, style, context, edits, discovery.findings);
  }
}

static bool isOfScripts(const SpottedAttribute &attribute) {
  return attribute.scope == "ferro" || concernsScripts(attribute) ||
         concernsRanks(attribute);
}

void ScriptConsumer::HandleTranslationUnit(ASTContext &context) {
  // A missing header, say: the final parse will tell.
  if (instance.getDiagnostics().hasFatalErrorOccurred())
    return;
  attributes.reportMisspelt(discovery.findings);
  collectScripts();
  attributes.reportLost(AttrKind::Script, discovery.findings);
  if (scripts.empty() && rankUses.empty())
    return;
  rewriteScripts(context);
  rewriteRanks(rankUses, style, instance.getSema(),
               errorPlaces(instance).places, edits, discovery.findings);
  attributes.erase(isOfScripts, style, context, edits);
  discovery.store(sources, edits);
}

std::unique_ptr<ASTConsumer>
ferro::plugin::discoverScripts(CompilerInstance &instance, Discovery &discovery,
                               AttributeRecorder &recorder, Style style) {
  return std::make_unique<ScriptConsumer>(instance, discovery, recorder, style);
}
