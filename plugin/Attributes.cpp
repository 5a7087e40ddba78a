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
#define FERRO_ATTR(Id, spelling, places, summary) spelling,
#include "ferro/Attributes.def"
};
static constexpr unsigned placesOf[] = {
#define FERRO_ATTR(Id, spelling, places, summary) places,
#include "ferro/Attributes.def"
};

const char *ferro::plugin::spelling(AttrKind kind) {
  return spellings[static_cast<int>(kind)];
}

const char *ferro::plugin::placeRule(AttrKind kind) {
  switch (placesOf[static_cast<int>(kind)]) {
  case Place::Namespace:
    return "write it between 'namespace' and the name";
  case Place::Class:
    return "write it between 'struct' or 'class' and the name";
  case Place::Function | Place::Statement:
    return "write it in front of a function's declaration or of a statement";
  case Place::Function | Place::Class:
    return "write it in front of a function's declaration, or between 'struct' "
           "and the name";
  default:
    return "write it in front of a function's declaration, or between a "
           "lambda's ']' and its parameters";
  }
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

static unsigned placeOf(const Decl *decl) {
  if (isa<FunctionDecl, FunctionTemplateDecl>(decl))
    return Place::Function;
  if (isa<NamespaceDecl>(decl))
    return Place::Namespace;
  return isa<RecordDecl, ClassTemplateDecl>(decl) ? Place::Class : 0;
}

// What a final parse may not meet: nothing has been made of it.
static constexpr bool mustBeRewritten(AttrKind kind) {
  return kind == AttrKind::Script || kind == AttrKind::Module ||
         kind == AttrKind::Entry;
}

namespace {
template <AttrKind kind> struct OurAttr : ParsedAttrInfo {
  OurAttr() {
    // The scoped spelling only: with the bare one Clang would parse the
    // arguments as expressions.
    static constexpr Spelling ours[] = {
        {ParsedAttr::AS_CXX11, spellings[static_cast<int>(kind)]}};
    Spellings = ours;
    OptArgs = 15;
  }

  static constexpr unsigned places = placesOf[static_cast<int>(kind)];

  bool diagAppertainsToDecl(Sema &, const ParsedAttr &attr,
                            const Decl *decl) const override {
    if (placeOf(decl) & places)
      return true;
    misplaced(attr);
    return false;
  }

  bool diagAppertainsToStmt(Sema &, const ParsedAttr &attr,
                            const Stmt *) const override {
    if (places & Place::Statement)
      return true;
    misplaced(attr);
    return false;
  }

  AttrHandling handleDeclAttribute(Sema &sema, Decl *decl,
                                   const ParsedAttr &attr) const override {
    if (AttributeRecorder *recorder = AttributeRecorder::current()) {
      if (auto *pattern = dyn_cast<TemplateDecl>(decl))
        decl = pattern->getTemplatedDecl();
      decl->addAttr(
          AnnotateAttr::Create(sema.Context, spelling(kind), nullptr, 0, attr));
      recorder->uses.push_back({kind, decl, attr.getLoc()});
    } else if (mustBeRewritten(kind)) {
      unrewritten().push_back(
          {Diag::UnrewrittenAttribute, attr.getLoc(), {spelling(kind)}});
    }
    return AttributeApplied;
  }

  AttrHandling handleStmtAttribute(Sema &sema, Stmt *, const ParsedAttr &attr,
                                   Attr *&result) const override {
    AttributeRecorder *recorder = AttributeRecorder::current();
    if (!recorder)
      return AttributeApplied;
    recorder->uses.push_back({kind, nullptr, attr.getLoc(), true});
    result =
        AnnotateAttr::Create(sema.Context, spelling(kind), nullptr, 0, attr);
    return AttributeApplied;
  }

  static void misplaced(const ParsedAttr &attr) {
    if (AttributeRecorder *recorder = AttributeRecorder::current())
      recorder->uses.push_back({kind, nullptr, attr.getLoc()});
    else
      unrewritten().push_back({Diag::MisplacedAttribute,
                               attr.getLoc(),
                               {spelling(kind), placeRule(kind)}});
  }
};
} // namespace

#define FERRO_ATTR(Id, spelling, places, summary)                              \
  static ParsedAttrInfoRegistry::Add<OurAttr<AttrKind::Id>> register##Id(      \
      spelling, summary);
#include "ferro/Attributes.def"
