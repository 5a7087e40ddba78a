#include "TileModule.h"

#include "Attributes.h"

#include "clang/AST/Decl.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;
using namespace ferro::plugin;

void TileModules::add(const NamespaceDecl *space, SourceLocation attribute) {
  if (moduleOf(space))
    return;
  modules.push_back(std::make_unique<TileModule>(
      TileModule{space->getQualifiedNameAsString(), attribute, {}, {}}));
  bySpace[space->getCanonicalDecl()] = modules.back().get();
}

void TileModules::collectPieces() {
  for (const auto &[space, module] : bySpace) {
    for (const NamespaceDecl *piece : space->redecls())
      module->pieces.push_back(piece);
    // redecls() starts anywhere in the chain.
    const SourceManager &sources = space->getASTContext().getSourceManager();
    llvm::sort(module->pieces,
               [&](const NamespaceDecl *a, const NamespaceDecl *b) {
                 return sources.isBeforeInTranslationUnit(a->getLocation(),
                                                          b->getLocation());
               });
  }
}

TileModule *TileModules::moduleOf(const Decl *decl) const {
  const auto *context = dyn_cast<DeclContext>(decl);
  if (!isa<NamespaceDecl>(decl))
    context = decl->getDeclContext();
  // Modules do not nest: an attribute inside of a module adds nothing.
  for (; context && !context->isTranslationUnit();
       context = context->getParent())
    if (const auto *space = dyn_cast<NamespaceDecl>(context))
      if (auto found = bySpace.find(space->getCanonicalDecl());
          found != bySpace.end())
        return found->second;
  return nullptr;
}

/// The name of the outermost namespace around \p decl, or of \p decl itself.
static StringRef outermostNamespace(const Decl *decl) {
  const NamespaceDecl *outermost = dyn_cast<NamespaceDecl>(decl);
  for (const DeclContext *context = decl->getDeclContext();
       !context->isTranslationUnit(); context = context->getParent())
    if (const auto *space = dyn_cast<NamespaceDecl>(context))
      outermost = space;
  return outermost && outermost->getIdentifier() ? outermost->getName() : "";
}

/// Whether a namespace around \p decl, or \p decl itself, is a tile module.
static bool isInModule(const Decl *decl) {
  const auto *own = dyn_cast<NamespaceDecl>(decl);
  if (own && hasAttribute(own, AttrKind::Module))
    return true;
  for (const DeclContext *context = decl->getDeclContext();
       !context->isTranslationUnit(); context = context->getParent())
    if (const auto *space = dyn_cast<NamespaceDecl>(context);
        space && hasAttribute(space, AttrKind::Module))
      return true;
  return false;
}

bool ferro::plugin::isOurs(const Decl *decl) {
  StringRef name = outermostNamespace(decl);
  return (name == "cutile" || name == "ferro") && !isInModule(decl);
}

bool ferro::plugin::isLanguage(const Decl *decl, const SourceManager &sources) {
  return decl->getLocation().isInvalid() ||
         sources.isInSystemHeader(decl->getLocation()) || isOurs(decl) ||
         outermostNamespace(decl) == "std";
}
