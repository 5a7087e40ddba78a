#include "ModuleDiscovery.h"

#include "EntryOptions.h"
#include "Frontend.h"
#include "Launchers.h"
#include "ModuleChecker.h"
#include "ModuleRewriter.h"
#include "Nested.h"
#include "RankChecker.h"
#include "SourceCapture.h"
#include "SpottedAttributes.h"

#include "clang/AST/ASTConsumer.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Lex/Preprocessor.h"

using namespace clang;
using namespace ferro::plugin;

namespace {

class ModuleConsumer : public ASTConsumer {
public:
  ModuleConsumer(CompilerInstance &instance, Discovery &discovery,
                 AttributeRecorder &recorder, Style style)
      : sources(instance.getSourceManager()), instance(instance),
        discovery(discovery), recorder(recorder), style(style),
        attributes(instance) {
    Preprocessor &preprocessor = instance.getPreprocessor();
    preprocessor.addPPCallbacks(takeNotes(preprocessor, notes));
  }

  // What a module needs may be anywhere in the user's files.
  bool shouldSkipFunctionBody(Decl *decl) override {
    return isLanguage(decl, sources);
  }
  void HandleTranslationUnit(ASTContext &context) override;

private:
  void collect();
  void collectModule(const NamespaceDecl *space, SourceLocation attribute);
  void collectEntry(FunctionDecl *function, SourceLocation attribute,
                    const SpottedAttribute *written);
  void checkOpening(const TileModule &module);
  bool hasClangErrors(const TileModule &module) const;
  void check(ASTContext &context);
  void checkHeader(ASTContext &context);

  SourceManager &sources;
  CompilerInstance &instance;
  Discovery &discovery;
  AttributeRecorder &recorder;
  Style style;
  SpottedAttributes attributes;
  PreprocessorNotes notes;
  TileModules modules;
  std::vector<const SpottedAttribute *> hints;
};

} // namespace

// Why a namespace has no name that others can spell; null if it has one.
static const char *namelessness(const NamespaceDecl *space) {
  if (space->isAnonymousNamespace())
    return "has none";
  return space->isInAnonymousNamespace() ? "is inside of one without a name"
                                         : nullptr;
}

// "namespace [[...]] a::b": Clang gives the attribute to a and says that it
// does not belong there.
static bool isOfSeveral(const NamespaceDecl *space, SourceLocation attribute) {
  if (space->isNested())
    return true;
  return llvm::any_of(space->decls(), [&](const Decl *decl) {
    const auto *inner = dyn_cast<NamespaceDecl>(decl);
    return inner && inner->isNested() &&
           inner->getBeginLoc() == space->getBeginLoc() && attribute.isValid();
  });
}

void ModuleConsumer::collectModule(const NamespaceDecl *space,
                                   SourceLocation attribute) {
  std::string name = "'" + space->getQualifiedNameAsString() + "'";
  if (isOfSeveral(space, attribute))
    discovery.findings.push_back(
        {Diag::MisplacedAttribute,
         sources.getFileLoc(attribute),
         {spelling(AttrKind::Module),
          "C++ has no attributes on a::b; write namespace a { namespace "
          "[[cutile::module]] b { ... } }"}});
  else if (const char *why = namelessness(space))
    discovery.findings.push_back(
        {Diag::ModuleName, sources.getFileLoc(space->getLocation()), {why}});
  else if (attribute.isMacroID() || space->getRBraceLoc().isMacroID())
    discovery.findings.push_back({Diag::ModulePlace,
                                  sources.getFileLoc(attribute),
                                  {name, "comes from a macro"}});
  else if (sources.isInSystemHeader(attribute))
    discovery.findings.push_back({Diag::ModulePlace,
                                  sources.getFileLoc(attribute),
                                  {name, "is in a system header"}});
  else
    modules.add(space, attribute);
}

void ModuleConsumer::collectEntry(FunctionDecl *function,
                                  SourceLocation attribute,
                                  const SpottedAttribute *written) {
  TileModule *module = modules.moduleOf(function);
  if (!module) {
    discovery.findings.push_back({Diag::EntryOutsideModule,
                                  sources.getFileLoc(attribute),
                                  {"'" + function->getNameAsString() + "'"}});
    return;
  }
  bool isKnown = llvm::any_of(module->entries, [&](const Entry &each) {
    return each.marked->getCanonicalDecl() == function->getCanonicalDecl();
  });
  if (!isKnown)
    module->entries.push_back({function, attribute, written});
}

void ModuleConsumer::collect() {
  std::vector<AttributeUse> entries;
  for (const AttributeUse &use : recorder.uses) {
    const SpottedAttribute *written = attributes.use(use.loc);
    if (!use.decl && !use.isStatement)
      discovery.findings.push_back({Diag::MisplacedAttribute,
                                    sources.getFileLoc(use.loc),
                                    {spelling(use.kind), placeRule(use.kind)}});
    else if (use.kind == AttrKind::Module)
      collectModule(cast<NamespaceDecl>(use.decl), use.loc);
    else if (use.kind == AttrKind::Entry)
      entries.push_back(use);
    else if (use.kind == AttrKind::Hint && written)
      hints.push_back(written);
    discovery.hasScripts |=
        use.kind == AttrKind::Script || asksForRanks(use.kind);
  }
  for (const AttributeUse &use : entries)
    collectEntry(cast<FunctionDecl>(use.decl), use.loc,
                 attributes.use(use.loc));
  modules.collectPieces();
}

void ModuleConsumer::checkOpening(const TileModule &module) {
  if (!sources.isBeforeInTranslationUnit(module.pieces.front()->getLocation(),
                                         module.attribute) ||
      hasAttribute(module.pieces.front(), AttrKind::Module))
    for (const NamespaceDecl *piece : module.pieces)
      if (sources.isBeforeInTranslationUnit(module.attribute,
                                            piece->getRBraceLoc())) {
        if (piece != module.pieces.front())
          discovery.findings.push_back({Diag::ModuleOpenedBefore,
                                        module.attribute,
                                        {"'" + module.name + "'"}});
        return;
      }
}

// The final parse reports them from the text as it is.
bool ModuleConsumer::hasClangErrors(const TileModule &module) const {
  return llvm::any_of(module.pieces, [&](const NamespaceDecl *piece) {
    return llvm::any_of(
        errorPlaces(instance).places, [&](SourceLocation error) {
          SourceLocation loc = sources.getFileLoc(error);
          return error.isValid() &&
                 sources.isBeforeInTranslationUnit(piece->getBeginLoc(), loc) &&
                 sources.isBeforeInTranslationUnit(loc, piece->getRBraceLoc());
        });
  });
}

void ModuleConsumer::checkHeader(ASTContext &context) {
  const DeclContext *scope = context.getTranslationUnitDecl();
  for (const char *name : {"cutile", "detail", "ModuleRange"}) {
    auto found = scope->lookup(&context.Idents.get(name));
    if (found.empty()) {
      const TileModule &module = *modules.all().front();
      discovery.findings.push_back(
          {Diag::MissingHeader, module.attribute, {"'" + module.name + "'"}});
      return;
    }
    scope = dyn_cast<DeclContext>(found.front());
  }
}

void ModuleConsumer::check(ASTContext &context) {
  checkHeader(context);
  std::set<std::string> constants;
  for (const auto &module : modules.all()) {
    checkOpening(*module);
    checkModule(*module, context, discovery.findings);
    constants.merge(constantNames(*module));
  }
  checkRecursion(modules, discovery.findings);
  for (const SpottedAttribute *hint : hints)
    checkHint(*hint, constants, discovery.findings);
}

static bool isOfModules(const SpottedAttribute &attribute) {
  return concernsModules(attribute);
}

void ModuleConsumer::HandleTranslationUnit(ASTContext &context) {
  // A missing header, say: the final parse will tell.
  if (instance.getDiagnostics().hasFatalErrorOccurred())
    return;
  attributes.reportMisspelt(discovery.findings);
  collect();
  attributes.reportLost(AttrKind::Module, discovery.findings);
  attributes.reportLost(AttrKind::Entry, discovery.findings);
  FileEdits edits;
  attributes.erase(isOfModules, style, context, edits);
  bool isBroken = llvm::any_of(modules.all(), [&](const auto &module) {
    return hasClangErrors(*module);
  });
  if (!modules.all().empty() && !isBroken) {
    check(context);
    std::vector<CapturedModule> captured =
        captureSources(modules, notes, context, discovery.findings);
    writeLaunchers(modules, style, context, edits);
    registerModules(captured, sources, edits);
  }
  discovery.store(sources, edits);
}

std::unique_ptr<ASTConsumer>
ferro::plugin::discoverModules(CompilerInstance &instance, Discovery &discovery,
                               AttributeRecorder &recorder, Style style) {
  return std::make_unique<ModuleConsumer>(instance, discovery, recorder, style);
}
