#include "ModuleChecker.h"

#include "Attributes.h"
#include "EntryOptions.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

static constexpr unsigned maxViewRank = 6;

static std::string quoted(const Twine &text) {
  return ("'" + text + "'").str();
}

static std::string nameOf(const NamedDecl *decl) {
  return quoted(decl->getQualifiedNameAsString());
}

// ---------------------------------------------------------------- types

namespace {
// The class template behind a type, dependent or not.
struct TemplateUse {
  const TemplateDecl *pattern = nullptr;
  llvm::ArrayRef<TemplateArgument> arguments;
};
} // namespace

static TemplateUse templateOf(QualType type) {
  type = type.getCanonicalType();
  if (const auto *record = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
          type->getAsCXXRecordDecl()))
    return {record->getSpecializedTemplate(),
            record->getTemplateArgs().asArray()};
  if (const auto *use = type->getAs<TemplateSpecializationType>())
    return {use->getTemplateName().getAsTemplateDecl(),
            use->template_arguments()};
  return {};
}

static bool isIn(const NamedDecl *decl, StringRef space) {
  const auto *scope = dyn_cast<NamespaceDecl>(
      decl->getDeclContext()->getEnclosingNamespaceContext());
  while (scope && scope->isInline())
    scope = dyn_cast<NamespaceDecl>(scope->getParent());
  return scope && scope->getName() == space &&
         scope->getParent()->getRedeclContext()->isTranslationUnit();
}

// "TensorView" for cutile::TensorView<...>, and so on.
static StringRef languageTemplate(QualType type) {
  const TemplateDecl *pattern = templateOf(type).pattern;
  return pattern && pattern->getIdentifier() && isIn(pattern, "cutile")
             ? pattern->getName()
             : StringRef();
}

static bool isHostTensor(QualType type) {
  const TemplateDecl *pattern = templateOf(type).pattern;
  return pattern && pattern->getName() == "Tensor" && isIn(pattern, "ferro");
}

static bool isMapped(QualType type) {
  return languageTemplate(type).contains("Partition");
}

// Numbers of C++ and the element classes of the language.
static bool isElement(QualType type) {
  type = type.getCanonicalType().getUnqualifiedType();
  if (const auto *builtin = type->getAs<BuiltinType>())
    return builtin->isInteger()
               ? builtin->getKind() != BuiltinType::Int128 &&
                     builtin->getKind() != BuiltinType::UInt128
               : builtin->isFloatingPoint() &&
                     builtin->getKind() != BuiltinType::LongDouble &&
                     builtin->getKind() != BuiltinType::Float128;
  const CXXRecordDecl *record = type->getAsCXXRecordDecl();
  return type->isEnumeralType() ||
         (record && !isa<ClassTemplateSpecializationDecl>(record) &&
          (isIn(record, "cutile") || isIn(record, "ferro")));
}

// ---------------------------------------------------------------- entries

namespace {

struct EntryCheck {
  const TileModule &module;
  const Entry &entry;
  ASTContext &context;
  Findings &findings;
  const FunctionDecl *function = entry.marked;

  void check();

private:
  void checkKind();
  void checkReturn();
  void checkTemplate();
  void checkParameter(const ParmVarDecl *parameter);
  void checkView(const ParmVarDecl *parameter, QualType view);
  void checkPointer(const ParmVarDecl *parameter, QualType pointee);
  bool isParameterClass(QualType type) const;

  void refuse(Diag diag, std::vector<std::string> more = {}) {
    more.insert(more.begin(), nameOf(function));
    findings.push_back({diag, function->getLocation(), std::move(more)});
  }
  void refuse(Diag diag, const ParmVarDecl *parameter,
              std::vector<std::string> more = {}) {
    std::string name =
        parameter->getName().empty()
            ? std::to_string(parameter->getFunctionScopeIndex() + 1)
            : quoted(parameter->getName());
    more.insert(more.begin(), {name, nameOf(function)});
    findings.push_back(
        {diag,
         parameter->getLocation(),
         std::move(more),
         {CharSourceRange::getTokenRange(parameter->getSourceRange())}});
  }
};

} // namespace

void EntryCheck::checkKind() {
  if (isa<CXXMethodDecl>(function))
    refuse(Diag::EntryKind, {"a member function"});
  else if (function->isVariadic())
    refuse(Diag::EntryKind, {"a function with C variadic arguments"});
  else if (function->isConsteval())
    refuse(Diag::EntryKind, {"consteval"});
  else if (function->isDeleted())
    refuse(Diag::EntryKind, {"deleted"});
}

void EntryCheck::checkReturn() {
  QualType type = function->getReturnType();
  if (type->isVoidType())
    return;
  Finding finding{Diag::EntryReturns,
                  function->getLocation(),
                  {nameOf(function),
                   quoted(type.getAsString(context.getPrintingPolicy()))}};
  FunctionTypeLoc written = function->getFunctionTypeLoc();
  SourceRange range =
      written ? written.getReturnLoc().getSourceRange() : SourceRange();
  if (range.isValid()) {
    finding.loc = range.getBegin();
    finding.ranges.push_back(CharSourceRange::getTokenRange(range));
  }
  findings.push_back(std::move(finding));
}

void EntryCheck::checkTemplate() {
  const FunctionTemplateDecl *pattern =
      function->getDescribedFunctionTemplate();
  if (!pattern)
    return;
  for (const NamedDecl *parameter : *pattern->getTemplateParameters())
    if (isa<NonTypeTemplateParmDecl>(parameter) && parameter->isParameterPack())
      findings.push_back({Diag::EntryRankPack,
                          parameter->getLocation(),
                          {nameOf(function), quoted(parameter->getName())}});
}

void EntryCheck::checkView(const ParmVarDecl *parameter, QualType view) {
  unsigned extents = 0;
  for (const TemplateArgument &argument :
       templateOf(view).arguments.drop_front())
    extents +=
        argument.getKind() == TemplateArgument::Pack ? argument.pack_size() : 1;
  if (extents > maxViewRank)
    refuse(Diag::ViewRank, parameter, {std::to_string(extents)});
}

void EntryCheck::checkPointer(const ParmVarDecl *parameter, QualType pointee) {
  if (!isElement(pointee) && !pointee->isTemplateTypeParmType())
    refuse(Diag::KernelParameter, parameter,
           {quoted(
               parameter->getType().getAsString(context.getPrintingPolicy()))});
  else if (!hasAttribute(function, AttrKind::Unsafe))
    refuse(Diag::KernelPointer, parameter);
}

// A class that can be copied to a device, and whose source travels.
bool EntryCheck::isParameterClass(QualType type) const {
  const CXXRecordDecl *record = type->getAsCXXRecordDecl();
  if (const TemplateDecl *pattern = templateOf(type).pattern;
      !record && pattern)
    record = dyn_cast<CXXRecordDecl>(pattern->getTemplatedDecl());
  if (!record)
    return false;
  bool isInModule = false;
  for (const DeclContext *scope = record->getDeclContext(); scope;
       scope = scope->getParent())
    if (const auto *space = dyn_cast<NamespaceDecl>(scope))
      isInModule |= hasAttribute(space, AttrKind::Module);
  return isInModule && (type->isDependentType() || !record->hasDefinition() ||
                        type.isTriviallyCopyableType(context));
}

void EntryCheck::checkParameter(const ParmVarDecl *parameter) {
  QualType type = parameter->getType();
  if (const auto *pack = type->getAs<PackExpansionType>())
    type = pack->getPattern();
  QualType target = type.getNonReferenceType();
  if (isHostTensor(target))
    return refuse(Diag::OwnedTensor, parameter);
  bool isView = languageTemplate(target) == "TensorView";
  if (isView && !type->isLValueReferenceType())
    return refuse(Diag::ViewByValue, parameter);
  if (isView)
    return checkView(parameter, target);
  if (isMapped(target)) {
    if (type->isReferenceType())
      refuse(Diag::MappedByReference, parameter);
    return;
  }
  if (type->isPointerType())
    return checkPointer(parameter, type->getPointeeType());
  // A type that is deduced, or computed from template parameters, shows itself
  // at the launch.
  if (target->isTemplateTypeParmType() || target->isUndeducedType() ||
      isa<DependentNameType>(target.getCanonicalType()))
    return;
  if (type->isReferenceType() || !(isElement(type) || isParameterClass(type)))
    refuse(Diag::KernelParameter, parameter,
           {quoted(
               parameter->getType().getAsString(context.getPrintingPolicy()))});
}

void EntryCheck::check() {
  checkKind();
  checkReturn();
  checkTemplate();
  for (const ParmVarDecl *parameter : function->parameters())
    if (!parameter->isInvalidDecl() && !parameter->getType()->containsErrors())
      checkParameter(parameter);
  checkEntryOptions(entry, findings);
}

// ---------------------------------------------------------------- contents

namespace {

class ContentCheck : public ConstDynamicRecursiveASTVisitor {
public:
  ContentCheck(const TileModule &module, ASTContext &context,
               Findings &findings)
      : module(module), context(context), findings(findings) {}

  void checkItems(const DeclContext *space);

  bool TraverseAttributedStmt(const AttributedStmt *stmt) override;
  bool TraverseFunctionDecl(const FunctionDecl *function) override;
  bool TraverseCXXMethodDecl(const CXXMethodDecl *function) override;

  bool VisitNamedDecl(const NamedDecl *decl) override;
  bool VisitVarDecl(const VarDecl *variable) override;
  bool VisitCXXMethodDecl(const CXXMethodDecl *method) override;
  bool VisitCallExpr(const CallExpr *call) override;
  bool VisitStmt(const Stmt *stmt) override;

private:
  bool isConstant(const VarDecl *variable) const;
  template <typename Traverse>
  bool within(bool isMarked, const Traverse &traverse) {
    unsafeDepth += isMarked;
    bool goesOn = traverse();
    unsafeDepth -= isMarked;
    return goesOn;
  }
  void refuseItem(const Decl *decl, const std::string &what, const char *why) {
    findings.push_back({Diag::ModuleItem,
                        decl->getLocation(),
                        {what, quoted(module.name), why}});
  }

  const TileModule &module;
  ASTContext &context;
  Findings &findings;
  unsigned unsafeDepth = 0;
};

} // namespace

bool ContentCheck::isConstant(const VarDecl *variable) const {
  if (variable->isConstexpr() ||
      languageTemplate(variable->getType()) == "Global" ||
      variable->getType()->isDependentType() || variable->isInvalidDecl())
    return true;
  if (!variable->getType().isConstQualified())
    return false;
  const Expr *init = variable->getAnyInitializer();
  return init && (init->isValueDependent() ||
                  variable->isUsableInConstantExpressions(context) ||
                  init->isConstantInitializer(context, /*ForRef=*/false));
}

void ContentCheck::checkItems(const DeclContext *space) {
  for (const Decl *decl : space->decls()) {
    if (decl->isImplicit())
      continue;
    if (const auto *nested = dyn_cast<NamespaceDecl>(decl))
      checkItems(nested);
    else if (isa<LinkageSpecDecl>(decl))
      refuseItem(decl, "a linkage specification",
                 "write the declarations without extern \"C\"");
    else if (isa<FileScopeAsmDecl>(decl))
      refuseItem(decl, "an asm declaration", "it is the host's");
    else if (isa<ImportDecl, ExportDecl>(decl))
      refuseItem(decl, "an import or export",
                 "write it outside of the namespace");
  }
}

bool ContentCheck::VisitNamedDecl(const NamedDecl *decl) {
  if (!decl->isImplicit() && decl->getIdentifier() &&
      decl->getName().starts_with("ferro_"))
    findings.push_back(
        {Diag::ReservedName, decl->getLocation(), {quoted(decl->getName())}});
  return true;
}

bool ContentCheck::VisitVarDecl(const VarDecl *variable) {
  if (isa<ParmVarDecl>(variable))
    return true;
  bool lives = variable->hasGlobalStorage();
  if (lives && !isConstant(variable))
    refuseItem(variable, "variable " + quoted(variable->getName()),
               "make it constexpr, or a cutile::Global with a constant value");
  bool isDependentTile = variable->isLocalVarDecl() && !variable->hasInit() &&
                         variable->getType()->isDependentType() &&
                         languageTemplate(variable->getType()) == "Tile";
  if (isDependentTile)
    findings.push_back({Diag::UninitialisedTile,
                        variable->getLocation(),
                        {quoted(variable->getName())}});
  return true;
}

bool ContentCheck::VisitCXXMethodDecl(const CXXMethodDecl *method) {
  if (method->isVirtual() && !method->isImplicit())
    findings.push_back(
        {Diag::KernelConstruct,
         method->getLocation(),
         {"virtual function " + nameOf(method), quoted(module.name),
          "use a template or a plain member function"}});
  return true;
}

// What has no counterpart on a device, and what to write instead.
static std::pair<const char *, const char *>
refusedConstruct(const Stmt *stmt) {
  switch (stmt->getStmtClass()) {
  case Stmt::GotoStmtClass:
  case Stmt::IndirectGotoStmtClass:
    return {"'goto'", "use a loop, break or return"};
  case Stmt::CXXTryStmtClass:
  case Stmt::CXXThrowExprClass:
    return {"an exception", "return a value, or use cutile::assert"};
  case Stmt::CXXNewExprClass:
  case Stmt::CXXDeleteExprClass:
    return {"'new' or 'delete'", "use values and arrays of a known size"};
  case Stmt::GCCAsmStmtClass:
  case Stmt::MSAsmStmtClass:
    return {"'asm'", "use the operations of cutile"};
  case Stmt::CXXTypeidExprClass:
  case Stmt::CXXDynamicCastExprClass:
    return {"run-time type information", "use overloads or templates"};
  case Stmt::CoawaitExprClass:
  case Stmt::CoyieldExprClass:
  case Stmt::CoreturnStmtClass:
  case Stmt::DependentCoawaitExprClass:
    return {"a coroutine", "write an ordinary function"};
  default:
    return {nullptr, nullptr};
  }
}

bool ContentCheck::VisitStmt(const Stmt *stmt) {
  if (auto [what, instead] = refusedConstruct(stmt); what)
    findings.push_back({Diag::KernelConstruct,
                        stmt->getBeginLoc(),
                        {what, quoted(module.name), instead}});
  return true;
}

bool ContentCheck::TraverseFunctionDecl(const FunctionDecl *function) {
  return within(hasAttribute(function, AttrKind::Unsafe), [&] {
    return ConstDynamicRecursiveASTVisitor::TraverseFunctionDecl(function);
  });
}

bool ContentCheck::TraverseCXXMethodDecl(const CXXMethodDecl *function) {
  return within(hasAttribute(function, AttrKind::Unsafe), [&] {
    return ConstDynamicRecursiveASTVisitor::TraverseCXXMethodDecl(function);
  });
}

bool ContentCheck::TraverseAttributedStmt(const AttributedStmt *stmt) {
  bool isMarked = llvm::any_of(stmt->getAttrs(), [](const Attr *attr) {
    const auto *annotation = dyn_cast<AnnotateAttr>(attr);
    return annotation &&
           annotation->getAnnotation() == spelling(AttrKind::Unsafe);
  });
  return within(isMarked, [&] {
    return ConstDynamicRecursiveASTVisitor::TraverseAttributedStmt(stmt);
  });
}

// The function that a call names, also where a template leaves it open.
static const FunctionDecl *calleeOf(const CallExpr *call) {
  if (const FunctionDecl *callee = call->getDirectCallee())
    return callee;
  const auto *open = dyn_cast<OverloadExpr>(call->getCallee()->IgnoreParens());
  if (!open || open->getNumDecls() != 1)
    return nullptr;
  const NamedDecl *only = (*open->decls_begin())->getUnderlyingDecl();
  if (const auto *pattern = dyn_cast<FunctionTemplateDecl>(only))
    return pattern->getTemplatedDecl();
  return dyn_cast<FunctionDecl>(only);
}

bool ContentCheck::VisitCallExpr(const CallExpr *call) {
  const FunctionDecl *callee = calleeOf(call);
  if (callee && !unsafeDepth && hasAttribute(callee, AttrKind::Unsafe))
    findings.push_back(
        {Diag::UnsafeCall, call->getBeginLoc(), {nameOf(callee)}});
  return true;
}

void ferro::plugin::checkModule(const TileModule &module, ASTContext &context,
                                Findings &findings) {
  ContentCheck contents(module, context, findings);
  for (const NamespaceDecl *piece : module.pieces) {
    contents.checkItems(piece);
    contents.TraverseDecl(piece);
  }
  for (const Entry &entry : module.entries)
    EntryCheck{module, entry, context, findings}.check();
}

// ---------------------------------------------------------------- recursion

namespace {

// Who calls whom. Functions that can be evaluated at compile time may recurse,
// and so may templates, over their parameters.
class CallGraph : public ConstDynamicRecursiveASTVisitor {
public:
  explicit CallGraph(Findings &findings) : findings(findings) {}

  bool TraverseFunctionDecl(const FunctionDecl *function) override {
    return of(function, [&] {
      return ConstDynamicRecursiveASTVisitor::TraverseFunctionDecl(function);
    });
  }
  bool TraverseCXXMethodDecl(const CXXMethodDecl *function) override {
    return of(function, [&] {
      return ConstDynamicRecursiveASTVisitor::TraverseCXXMethodDecl(function);
    });
  }
  bool VisitCallExpr(const CallExpr *call) override {
    const FunctionDecl *callee = call->getDirectCallee();
    if (caller && callee)
      calls[caller].push_back(
          {callee->getCanonicalDecl(), call->getBeginLoc()});
    return true;
  }

  void reportCycles();

private:
  struct Call {
    const FunctionDecl *callee;
    SourceLocation loc;
  };
  enum class Visit { None, Open, Done };

  template <typename Traverse>
  bool of(const FunctionDecl *function, const Traverse &traverse) {
    const FunctionDecl *outer = caller;
    bool isLambda = isa<CXXMethodDecl>(function) &&
                    cast<CXXMethodDecl>(function)->getParent()->isLambda();
    if (!isLambda) {
      caller = function->isConstexpr() || function->isTemplated()
                   ? nullptr
                   : function->getCanonicalDecl();
      if (caller)
        order.push_back(caller);
    }
    bool goesOn = traverse();
    caller = outer;
    return goesOn;
  }
  void visit(const FunctionDecl *function);

  Findings &findings;
  const FunctionDecl *caller = nullptr;
  std::vector<const FunctionDecl *> order, path;
  llvm::DenseMap<const FunctionDecl *, std::vector<Call>> calls;
  llvm::DenseMap<const FunctionDecl *, Visit> visits;
};

} // namespace

void CallGraph::visit(const FunctionDecl *function) {
  visits[function] = Visit::Open;
  path.push_back(function);
  for (const Call &call : calls.lookup(function)) {
    Visit state = visits.lookup(call.callee);
    if (state == Visit::None)
      visit(call.callee);
    if (state != Visit::Open)
      continue;
    std::string through;
    for (auto each = llvm::find(path, call.callee) + 1; each != path.end();
         ++each)
      through += (through.empty() ? " through " : ", ") + nameOf(*each);
    findings.push_back(
        {Diag::KernelRecursion, call.loc, {nameOf(call.callee), through}});
  }
  path.pop_back();
  visits[function] = Visit::Done;
}

void CallGraph::reportCycles() {
  for (const FunctionDecl *function : order)
    if (visits.lookup(function) == Visit::None)
      visit(function);
}

void ferro::plugin::checkRecursion(const TileModules &modules,
                                   Findings &findings) {
  CallGraph graph(findings);
  for (const auto &module : modules.all())
    for (const NamespaceDecl *piece : module->pieces)
      graph.TraverseDecl(piece);
  graph.reportCycles();
}

// ---------------------------------------------------------------- constants

std::set<std::string> ferro::plugin::constantNames(const TileModule &module) {
  struct Names : ConstDynamicRecursiveASTVisitor {
    std::set<std::string> found;
    bool VisitNonTypeTemplateParmDecl(
        const NonTypeTemplateParmDecl *parameter) override {
      found.insert(parameter->getNameAsString());
      return true;
    }
    bool VisitVarDecl(const VarDecl *variable) override {
      if (variable->getType().isConstQualified())
        found.insert(variable->getNameAsString());
      return true;
    }
    bool VisitEnumConstantDecl(const EnumConstantDecl *constant) override {
      found.insert(constant->getNameAsString());
      return true;
    }
  } names;
  for (const NamespaceDecl *piece : module.pieces)
    names.TraverseDecl(piece);
  return names.found;
}
