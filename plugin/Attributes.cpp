#include "Attributes.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/ParsedAttrInfo.h"
#include "clang/Sema/ParsedAttr.h"
#include "clang/Sema/Sema.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace ferro::plugin;

static constexpr const char *spellings[] = {
#define FERRO_ATTR(Id, spelling, summary) spelling,
#include "Attributes.def"
};

const char *ferro::plugin::spelling(AttrKind kind) {
  return spellings[static_cast<int>(kind)];
}

static thread_local AttributeRecorder *recorder = nullptr;
AttributeRecorder::AttributeRecorder() { recorder = this; }
AttributeRecorder::~AttributeRecorder() { recorder = nullptr; }
AttributeRecorder *AttributeRecorder::current() { return recorder; }

Findings &ferro::plugin::unrewritten() {
  static thread_local Findings findings;
  return findings;
}

static bool isAnnotated(const Decl *decl, llvm::StringRef annotation) {
  return llvm::any_of(decl->specific_attrs<AnnotateAttr>(),
                      [&](const AnnotateAttr *attr) {
                        return attr->getAnnotation() == annotation;
                      });
}

bool ferro::plugin::hasAttribute(const Decl *decl, AttrKind kind) {
  if (const auto *pattern = dyn_cast<FunctionTemplateDecl>(decl))
    decl = pattern->getTemplatedDecl();
  if (const auto *function = dyn_cast<FunctionDecl>(decl))
    if (const FunctionDecl *pattern =
            function->getTemplateInstantiationPattern())
      decl = pattern;
  return llvm::any_of(decl->redecls(), [&](const Decl *each) {
    return isAnnotated(each, spelling(kind));
  });
}

namespace {
template <AttrKind kind> struct FunctionAttr : ParsedAttrInfo {
  FunctionAttr() {
    // The scoped spelling only: with the bare one Clang would parse the
    // arguments as expressions.
    static constexpr Spelling ours[] = {
        {ParsedAttr::AS_CXX11, spellings[static_cast<int>(kind)]}};
    Spellings = ours;
    OptArgs = 15;
  }

  bool diagAppertainsToDecl(Sema &, const ParsedAttr &attr,
                            const Decl *decl) const override {
    if (isa<FunctionDecl, FunctionTemplateDecl>(decl))
      return true;
    misplaced(attr);
    return false;
  }

  bool diagAppertainsToStmt(Sema &, const ParsedAttr &attr,
                            const Stmt *) const override {
    misplaced(attr);
    return false;
  }

  AttrHandling handleDeclAttribute(Sema &sema, Decl *decl,
                                   const ParsedAttr &attr) const override {
    if (AttributeRecorder *recorder = AttributeRecorder::current()) {
      if (auto *pattern = dyn_cast<FunctionTemplateDecl>(decl))
        decl = pattern->getTemplatedDecl();
      decl->addAttr(
          AnnotateAttr::Create(sema.Context, spelling(kind), nullptr, 0, attr));
      recorder->uses.push_back({kind, decl, attr.getLoc()});
    } else if (kind == AttrKind::Script) {
      unrewritten().push_back({Diag::UnrewrittenScript, attr.getLoc()});
    }
    return AttributeApplied;
  }

  static void misplaced(const ParsedAttr &attr) {
    if (AttributeRecorder *recorder = AttributeRecorder::current())
      recorder->uses.push_back({kind, nullptr, attr.getLoc()});
    else
      unrewritten().push_back(
          {Diag::MisplacedAttribute, attr.getLoc(), {spelling(kind)}});
  }
};
} // namespace

#define FERRO_ATTR(Id, spelling, summary)                                      \
  static ParsedAttrInfoRegistry::Add<FunctionAttr<AttrKind::Id>> register##Id( \
      spelling, summary);
#include "Attributes.def"
