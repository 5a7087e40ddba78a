#include "References.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/ExprConcepts.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace ferro::plugin;

namespace {

// ::abs and its like: beside other candidates of a call that waits for its
// types they only share the name.
static bool isOfTheCLibrary(const NamedDecl *found) {
  const NamedDecl *decl = found->getUnderlyingDecl();
  return decl->getDeclContext()->getRedeclContext()->isTranslationUnit() &&
         decl->getASTContext().getSourceManager().isInSystemHeader(
             decl->getLocation());
}

struct Collector : ConstDynamicRecursiveASTVisitor {
  std::vector<Reference> references;

  void add(const NamedDecl *decl, SourceLocation loc) {
    if (decl)
      references.push_back({decl, loc});
  }
  // By way of a using-declaration: both it and what it names are needed.
  void addFound(const NamedDecl *found, SourceLocation loc) {
    if (const auto *shadow = dyn_cast_or_null<UsingShadowDecl>(found)) {
      add(shadow->getIntroducer(), loc);
      found = shadow->getTargetDecl();
    }
    add(found, loc);
  }
  void addTemplate(TemplateName name, SourceLocation loc) {
    if (const UsingShadowDecl *shadow = name.getAsUsingShadowDecl())
      addFound(shadow, loc);
    add(name.getAsTemplateDecl(), loc);
  }

  bool VisitStmt(const Stmt *stmt) override {
    SourceLocation loc = stmt->getBeginLoc();
    if (const auto *use = dyn_cast<DeclRefExpr>(stmt)) {
      addFound(use->getFoundDecl(), use->getLocation());
      add(use->getDecl(), use->getLocation());
    } else if (const auto *member = dyn_cast<MemberExpr>(stmt)) {
      add(member->getMemberDecl(), member->getMemberLoc());
    } else if (const auto *construct = dyn_cast<CXXConstructExpr>(stmt)) {
      add(construct->getConstructor(), loc);
    } else if (const auto *open = dyn_cast<OverloadExpr>(stmt)) {
      bool isAllC = llvm::all_of(open->decls(), isOfTheCLibrary);
      for (const NamedDecl *each : open->decls())
        if (isAllC || !isOfTheCLibrary(each))
          addFound(each, open->getNameLoc());
    }
    return true;
  }

  bool VisitTypeLoc(TypeLoc written) override {
    SourceLocation loc = written.getBeginLoc();
    const Type *type = written.getTypePtr();
    if (const auto *use = dyn_cast<UsingType>(type))
      addFound(use->getDecl(), loc);
    else if (const auto *name = dyn_cast<TypedefType>(type))
      add(name->getDecl(), loc);
    else if (const auto *tag = dyn_cast<TagType>(type))
      add(tag->getDecl(), loc);
    else if (const auto *use = dyn_cast<TemplateSpecializationType>(type))
      addTemplate(use->getTemplateName(), loc);
    else if (const auto *use =
                 dyn_cast<DeducedTemplateSpecializationType>(type))
      addTemplate(use->getTemplateName(), loc);
    return true;
  }

  bool TraverseTemplateArgumentLoc(const TemplateArgumentLoc &loc) override {
    const TemplateArgument &argument = loc.getArgument();
    if (argument.getKind() == TemplateArgument::Template ||
        argument.getKind() == TemplateArgument::TemplateExpansion)
      addTemplate(argument.getAsTemplateOrTemplatePattern(), loc.getLocation());
    return ConstDynamicRecursiveASTVisitor::TraverseTemplateArgumentLoc(loc);
  }

  bool VisitConceptReference(const ConceptReference *use) override {
    addFound(use->getFoundDecl(), use->getConceptNameLoc());
    return true;
  }

  bool TraverseNestedNameSpecifierLoc(NestedNameSpecifierLoc loc) override {
    NestedNameSpecifier name = loc.getNestedNameSpecifier();
    if (name.getKind() == NestedNameSpecifier::Kind::Namespace)
      add(name.getAsNamespaceAndPrefix().Namespace, loc.getLocalBeginLoc());
    return ConstDynamicRecursiveASTVisitor::TraverseNestedNameSpecifierLoc(loc);
  }

  bool VisitUsingDirectiveDecl(const UsingDirectiveDecl *directive) override {
    add(directive->getNominatedNamespaceAsWritten(), directive->getLocation());
    return true;
  }
  bool VisitUsingDecl(const UsingDecl *use) override {
    for (const UsingShadowDecl *shadow : use->shadows())
      add(shadow->getTargetDecl(), use->getLocation());
    return true;
  }
  bool VisitNamespaceAliasDecl(const NamespaceAliasDecl *alias) override {
    add(alias->getAliasedNamespace(), alias->getLocation());
    return true;
  }
};

} // namespace

std::vector<Reference> ferro::plugin::referencesIn(const Decl *decl) {
  Collector collector;
  collector.TraverseDecl(decl);
  return std::move(collector.references);
}
