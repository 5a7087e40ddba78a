#include "LauncherCalls.h"

#include "TileModule.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

// ---------------------------------------------------------------- patterns

// The class template of the language that \p type names, dependent or not.
static const TemplateSpecializationType *languageType(QualType type) {
  const auto *use =
      type.getNonReferenceType()->getAs<TemplateSpecializationType>();
  while (use && use->isTypeAlias())
    use = use->getAliasedType()->getAs<TemplateSpecializationType>();
  return use;
}

static StringRef templateName(QualType type) {
  const TemplateSpecializationType *use = languageType(type);
  const TemplateDecl *pattern =
      use ? use->getTemplateName().getAsTemplateDecl() : nullptr;
  const auto *space =
      pattern ? dyn_cast<NamespaceDecl>(pattern->getDeclContext()) : nullptr;
  bool isLanguage = space && space->getName() == "cutile";
  return isLanguage && pattern->getIdentifier() ? pattern->getName() : "";
}

static const char *kindOf(QualType type) {
  StringRef name = templateName(type);
  if (name == "TensorView")
    return type.getNonReferenceType().isConstQualified() ? "Input" : "Output";
  if (name.contains("Partition"))
    return "Mapped";
  return type->isPointerType() ? "Pointer" : "Value";
}

// The template parameter that \p argument is; empty if it is not just one.
static std::string genericOf(const TemplateArgument &argument) {
  if (argument.getKind() == TemplateArgument::Type) {
    if (const auto *type = argument.getAsType()->getAs<TemplateTypeParmType>();
        type && type->getDecl())
      return type->getDecl()->getName().str();
  } else if (argument.getKind() == TemplateArgument::Expression) {
    const auto *use =
        dyn_cast<DeclRefExpr>(argument.getAsExpr()->IgnoreParenImpCasts());
    if (use && isa<NonTypeTemplateParmDecl>(use->getDecl()))
      return use->getDecl()->getName().str();
  }
  return "";
}

static std::vector<std::string>
genericsOf(llvm::ArrayRef<TemplateArgument> arguments) {
  std::vector<std::string> names;
  for (const TemplateArgument &argument : arguments)
    names.push_back(genericOf(argument));
  return names;
}

// Of TileShape<...> or TileMap<...>.
static std::vector<std::string>
nestedGenerics(const TemplateArgument &argument) {
  const TemplateSpecializationType *use =
      argument.getKind() == TemplateArgument::Type
          ? languageType(argument.getAsType())
          : nullptr;
  return use ? genericsOf(use->template_arguments())
             : std::vector<std::string>();
}

ParameterPattern ferro::plugin::patternOf(const ParmVarDecl *parameter) {
  QualType type = parameter->getType();
  ParameterPattern pattern{kindOf(type), {}, {}, {}};
  if (pattern.kind == "Pointer" || pattern.kind == "Value") {
    QualType element = type->isPointerType() ? type->getPointeeType() : type;
    pattern.element = genericOf(TemplateArgument(element.getUnqualifiedType()));
    return pattern;
  }
  auto arguments = languageType(type)->template_arguments();
  pattern.element = genericOf(arguments[0]);
  if (pattern.kind == "Mapped" && arguments.size() == 3) {
    pattern.extents = nestedGenerics(arguments[1]);
    pattern.map = nestedGenerics(arguments[2]);
  } else {
    pattern.extents = genericsOf(arguments.drop_front());
  }
  return pattern;
}

// ---------------------------------------------------------------- spelling

static std::string spelled(QualType type, const ASTContext &context) {
  PrintingPolicy policy = context.getPrintingPolicy();
  policy.FullyQualifiedName = true;
  return type.getCanonicalType().getAsString(policy);
}

std::string ferro::plugin::genericName(QualType type,
                                       const ASTContext &context) {
  type = type.getCanonicalType().getUnqualifiedType();
  if (type->isBooleanType())
    return "bool";
  if (const auto *builtin = type->getAs<BuiltinType>();
      builtin && !type->isAnyCharacterType()) {
    const char *letter = builtin->isFloatingPoint()   ? "f"
                         : builtin->isSignedInteger() ? "i"
                                                      : "u";
    return letter + std::to_string(context.getTypeSize(type));
  }
  if (type == context.SignedCharTy || type == context.UnsignedCharTy)
    return type == context.SignedCharTy ? "i8" : "u8";
  const CXXRecordDecl *record = type->getAsCXXRecordDecl();
  const auto *space =
      record ? dyn_cast<NamespaceDecl>(record->getDeclContext()) : nullptr;
  bool isElement =
      space && record->getIdentifier() &&
      (space->getName() == "cutile" || space->getName() == "ferro");
  return isElement ? record->getNameAsString() : spelled(type, context);
}

// Adds \p argument to \p text; false if it has no spelling.
static bool addArgument(const TemplateArgument &argument,
                        const ASTContext &context, InstantiationText &text) {
  if (argument.getKind() == TemplateArgument::Type) {
    QualType type = argument.getAsType();
    if (type->isDependentType() || !isExternalFormalLinkage(type->getLinkage()))
      return false;
    text.spelled.push_back(spelled(type, context));
    text.values.push_back(genericName(type, context));
    return true;
  }
  if (argument.getKind() != TemplateArgument::Integral)
    return false;
  std::string value = llvm::toString(argument.getAsIntegral(), 10);
  text.spelled.push_back("static_cast<" +
                         spelled(argument.getIntegralType(), context) + ">(" +
                         value + ")");
  if (argument.getIntegralType()->isSpecificBuiltinType(BuiltinType::Int))
    text.spelled.back() = value;
  text.values.push_back(value);
  return true;
}

static void addUnique(std::vector<InstantiationText> &all,
                      InstantiationText text) {
  if (llvm::none_of(all, [&](const InstantiationText &each) {
        return each.values == text.values;
      }))
    all.push_back(std::move(text));
}

// ---------------------------------------------------------------- calls

// The user's declarations, with the bodies of their functions.
template <typename Visitor>
static void traverseUsers(Visitor &visitor, const ASTContext &context) {
  for (const Decl *decl : context.getTranslationUnitDecl()->decls())
    if (!isLanguage(decl, context.getSourceManager()))
      visitor.TraverseDecl(decl);
}

namespace {

// Launches, which are errors as long as there are no launchers: what their
// constant arguments say about the kernel's template arguments.
class LaunchCalls : public ConstDynamicRecursiveASTVisitor {
public:
  LaunchCalls(const std::vector<const FunctionDecl *> &kernels,
              ASTContext &context, Instantiations &all)
      : kernels(kernels), context(context), all(all) {}

  bool VisitCallExpr(const CallExpr *call) override;
  bool VisitRecoveryExpr(const RecoveryExpr *call) override;

private:
  using Values = std::map<std::string, TemplateArgument>;
  const FunctionDecl *kernelOf(const Expr *callee) const;
  void readArgument(const ParameterPattern &pattern, const Expr *argument,
                    Values &values);
  void readExtents(const std::vector<std::string> &names, const Expr *list,
                   Values &values);
  void readGenerics(const Expr *given, Values &values);
  TemplateArgument constant(const Expr *value) const;
  void add(const FunctionDecl *kernel, const Values &values);

  const std::vector<const FunctionDecl *> &kernels;
  ASTContext &context;
  Instantiations &all;
  // By launch, what `.generics` gets.
  std::map<const Expr *, std::vector<const Expr *>> generics;
};

} // namespace

template <typename Node> static const Node *firstInside(const Stmt *stmt) {
  if (!stmt || isa<Node>(stmt))
    return cast_or_null<Node>(stmt);
  for (const Stmt *child : stmt->children())
    if (const Node *found = firstInside<Node>(child))
      return found;
  return nullptr;
}

// What a member function is called on, and its name: of a launch both are
// errors or depend on one.
static std::pair<const Expr *, StringRef> memberCall(const CallExpr *call,
                                                     ASTContext &context) {
  const Expr *callee = call->getCallee()->IgnoreParens();
  if (const auto *member = dyn_cast<CXXDependentScopeMemberExpr>(callee);
      member && !member->isImplicitAccess())
    return {member->getBase(),
            Lexer::getSourceText(
                CharSourceRange::getTokenRange(member->getMemberLoc()),
                context.getSourceManager(), context.getLangOpts())};
  if (const auto *failed = dyn_cast<RecoveryExpr>(callee);
      failed && failed->subExpressions().size() == 1)
    return {failed->subExpressions()[0],
            Lexer::getSourceText(
                CharSourceRange::getTokenRange(failed->getEndLoc()),
                context.getSourceManager(), context.getLangOpts())};
  return {};
}

// Calls are visited from the outside in: a launch comes behind its settings.
bool LaunchCalls::VisitCallExpr(const CallExpr *call) {
  auto [launch, name] = memberCall(call, context);
  if (name != "generics" || call->getNumArgs() != 1)
    return true;
  while (const auto *inner = dyn_cast<CallExpr>(launch->IgnoreParens())) {
    const Expr *next = memberCall(inner, context).first;
    if (!next)
      break;
    launch = next;
  }
  generics[launch->IgnoreParens()].push_back(call->getArg(0));
  return true;
}

const FunctionDecl *LaunchCalls::kernelOf(const Expr *callee) const {
  const auto *named = dyn_cast<UnresolvedLookupExpr>(callee->IgnoreParens());
  if (!named || named->getNumDecls() != 1)
    return nullptr;
  const auto *pattern = dyn_cast<FunctionTemplateDecl>(
      (*named->decls_begin())->getUnderlyingDecl());
  for (const FunctionDecl *kernel : kernels)
    if (pattern &&
        pattern->getCanonicalDecl() ==
            kernel->getDescribedFunctionTemplate()->getCanonicalDecl())
      return kernel;
  return nullptr;
}

bool LaunchCalls::VisitRecoveryExpr(const RecoveryExpr *call) {
  auto parts = call->subExpressions();
  const FunctionDecl *kernel = parts.empty() ? nullptr : kernelOf(parts[0]);
  if (!kernel || parts.size() != kernel->getNumParams() + 1)
    return true;
  Values values;
  for (const Expr *given : generics[call])
    readGenerics(given, values);
  for (unsigned i = 0; i < kernel->getNumParams(); ++i)
    readArgument(patternOf(kernel->getParamDecl(i)), parts[i + 1], values);
  add(kernel, values);
  return true;
}

// Null unless \p value is an integral constant.
TemplateArgument LaunchCalls::constant(const Expr *value) const {
  if (value->isValueDependent() || !value->getType()->isIntegralType(context))
    return {};
  auto number = value->getIntegerConstantExpr(context);
  return number ? TemplateArgument(context, *number, value->getType())
                : TemplateArgument();
}

void LaunchCalls::readExtents(const std::vector<std::string> &names,
                              const Expr *list, Values &values) {
  const auto *extents = firstInside<InitListExpr>(list);
  for (unsigned i = 0;
       extents && i < extents->getNumInits() && i < names.size(); ++i)
    if (TemplateArgument value = constant(extents->getInit(i));
        !names[i].empty() && !value.isNull())
      values.try_emplace(names[i], value);
}

void LaunchCalls::readArgument(const ParameterPattern &pattern,
                               const Expr *argument, Values &values) {
  QualType type = argument->getType().getNonReferenceType();
  const auto *tensor = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      type->getAsCXXRecordDecl());
  if (!pattern.element.empty() && type->isPointerType())
    values.try_emplace(
        pattern.element,
        TemplateArgument(
            type->getPointeeType().getCanonicalType().getUnqualifiedType()));
  else if (!pattern.element.empty() && tensor && pattern.kind != "Value")
    values.try_emplace(pattern.element, tensor->getTemplateArgs()[0]);
  else if (!pattern.element.empty())
    values.try_emplace(
        pattern.element,
        TemplateArgument(type.getCanonicalType().getUnqualifiedType()));
  const auto *call = firstInside<CXXMemberCallExpr>(argument);
  if (const auto *use = firstInside<DeclRefExpr>(argument); !call && use)
    if (const auto *variable = dyn_cast<VarDecl>(use->getDecl()))
      call = firstInside<CXXMemberCallExpr>(variable->getInit());
  if (call && call->getMethodDecl() && call->getNumArgs() > 0 &&
      pattern.kind == "Mapped") {
    readExtents(pattern.map, call->getArg(0), values);
    call = firstInside<CXXMemberCallExpr>(call->getImplicitObjectArgument());
  }
  if (call && call->getNumArgs() > 0 &&
      (pattern.kind == "Output" || pattern.kind == "Mapped"))
    readExtents(pattern.extents, call->getArg(0), values);
}

// {{"BK", 64}, {"N", 2}}
void LaunchCalls::readGenerics(const Expr *given, Values &values) {
  const auto *list = dyn_cast<InitListExpr>(given->IgnoreImplicit());
  for (unsigned i = 0; list && i < list->getNumInits(); ++i) {
    const auto *pair =
        dyn_cast<InitListExpr>(list->getInit(i)->IgnoreImplicit());
    const auto *name =
        pair ? firstInside<clang::StringLiteral>(pair->getInit(0)) : nullptr;
    if (name && pair->getNumInits() == 2)
      if (TemplateArgument value = constant(pair->getInit(1)); !value.isNull())
        values.try_emplace(name->getString().str(), value);
  }
}

void LaunchCalls::add(const FunctionDecl *kernel, const Values &values) {
  InstantiationText text;
  for (const NamedDecl *each :
       *kernel->getDescribedFunctionTemplate()->getTemplateParameters()) {
    auto found = values.find(each->getName().str());
    const auto *constant = dyn_cast<NonTypeTemplateParmDecl>(each);
    if (found == values.end() ||
        (found->second.getKind() == TemplateArgument::Integral) != !!constant)
      return;
    bool isAdded = constant && !constant->getType()->isDependentType()
                       ? addArgument(TemplateArgument(
                                         context, found->second.getAsIntegral(),
                                         constant->getType()),
                                     context, text)
                       : addArgument(found->second, context, text);
    if (!isAdded)
      return;
  }
  addUnique(all[kernel->getQualifiedNameAsString()], std::move(text));
}

Instantiations ferro::plugin::findInstantiations(
    const std::vector<const FunctionDecl *> &kernels, ASTContext &context) {
  Instantiations all;
  for (const FunctionDecl *kernel : kernels)
    for (const FunctionDecl *each :
         kernel->getDescribedFunctionTemplate()->specializations()) {
      InstantiationText text;
      bool isSpelled = !each->isInvalidDecl();
      for (const TemplateArgument &argument :
           each->getTemplateSpecializationArgs()->asArray())
        isSpelled = isSpelled && addArgument(argument, context, text);
      if (isSpelled)
        addUnique(all[kernel->getQualifiedNameAsString()], std::move(text));
    }
  if (!kernels.empty()) {
    LaunchCalls calls(kernels, context, all);
    traverseUsers(calls, context);
  }
  return all;
}

// ---------------------------------------------------------------- pointers

namespace {

// Uses of functions that are no calls.
class PointerUses : public ConstDynamicRecursiveASTVisitor {
public:
  PointerUses(const std::vector<const FunctionDecl *> &kernels,
              ASTContext &context, Style style, FileEdits &edits)
      : kernels(kernels), context(context), style(style), edits(edits) {}

  bool VisitCallExpr(const CallExpr *call) override {
    callees.insert(call->getCallee()->IgnoreParenImpCasts());
    return true;
  }
  // A launch, which is an error as long as there is no launcher.
  bool VisitRecoveryExpr(const RecoveryExpr *call) override {
    if (!call->subExpressions().empty())
      callees.insert(call->subExpressions()[0]->IgnoreParenImpCasts());
    return true;
  }
  bool VisitUnaryOperator(const UnaryOperator *address) override {
    if (const auto *use =
            dyn_cast<DeclRefExpr>(address->getSubExpr()->IgnoreParenImpCasts()))
      name(use, address);
    return true;
  }
  bool VisitDeclRefExpr(const DeclRefExpr *use) override {
    name(use, use);
    return true;
  }

private:
  void name(const DeclRefExpr *use, const Expr *whole);

  const std::vector<const FunctionDecl *> &kernels;
  ASTContext &context;
  Style style;
  FileEdits &edits;
  llvm::DenseSet<const Expr *> callees;
  llvm::DenseSet<SourceLocation> named;
};

} // namespace

// \p whole is the use with an operator & before it, if there is one.
void PointerUses::name(const DeclRefExpr *use, const Expr *whole) {
  const SourceManager &sources = context.getSourceManager();
  const auto *function = dyn_cast<FunctionDecl>(use->getDecl());
  bool isOurs =
      function && llvm::any_of(kernels, [&](const auto *kernel) {
        return kernel->getCanonicalDecl() == function->getCanonicalDecl();
      });
  if (!isOurs || callees.contains(use) || use->getBeginLoc().isMacroID() ||
      whole->getBeginLoc().isMacroID() ||
      !named.insert(use->getLocation()).second)
    return;
  std::string space =
      cast<NamedDecl>(function->getDeclContext())->getQualifiedNameAsString();
  SourceLocation end = Lexer::getLocForEndOfToken(
      whole->getEndLoc(), 0, sources, context.getLangOpts());
  auto [file, begin] = sources.getDecomposedLoc(whole->getBeginLoc());
  edits[file].push_back({begin, 0,
                         "static_cast<::" + space + "::ferro_type_" +
                             function->getNameAsString() + " *>("});
  edits[file].push_back(
      {sources.getFileOffset(end), 0,
       ")" + onPlace(end, style, sources) + backOnPlace(end, style, sources)});
}

void ferro::plugin::nameKernels(
    const std::vector<const FunctionDecl *> &kernels, ASTContext &context,
    Style style, FileEdits &edits) {
  if (kernels.empty())
    return;
  PointerUses uses(kernels, context, style, edits);
  traverseUsers(uses, context);
}
