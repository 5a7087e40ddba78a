#include "ScriptChecker.h"

#include "Attributes.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/Builtins.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/SmallPtrSet.h"

#include <set>

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

// ---------------------------------------------------------------- types

static constexpr unsigned maxWrappers = 4;
static constexpr unsigned maxOutputs =
    8; // as many as forEachOutput takes apart

// The class template behind a type, dependent or not, with its arguments.
struct TemplateUse {
  const ClassTemplateDecl *pattern = nullptr;
  llvm::ArrayRef<TemplateArgument> arguments;
};

static TemplateUse templateOf(QualType type) {
  type = type.getCanonicalType().getNonReferenceType();
  if (const auto *record = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
          type->getAsCXXRecordDecl()))
    return {record->getSpecializedTemplate(),
            record->getTemplateArgs().asArray()};
  if (const auto *use = type->getAs<TemplateSpecializationType>())
    return {dyn_cast_or_null<ClassTemplateDecl>(
                use->getTemplateName().getAsTemplateDecl()),
            use->template_arguments()};
  return {};
}

static bool isNamed(const NamedDecl *decl, StringRef space, StringRef name) {
  if (!decl || !decl->getIdentifier() || decl->getName() != name)
    return false;
  const auto *scope = dyn_cast<NamespaceDecl>(
      decl->getDeclContext()->getEnclosingNamespaceContext());
  while (scope && (scope->isInline() || scope->isAnonymousNamespace()))
    scope = dyn_cast<NamespaceDecl>(scope->getParent());
  return scope && scope->getName() == space &&
         scope->getParent()->getRedeclContext()->isTranslationUnit();
}

static bool isTensor(QualType type) {
  const ClassTemplateDecl *pattern = templateOf(type).pattern;
  return isNamed(pattern, "ferro", "Tensor") ||
         isNamed(pattern, "ferro", "TracedModule");
}

static bool isTupleLike(const ClassTemplateDecl *pattern) {
  return isNamed(pattern, "std", "tuple") || isNamed(pattern, "std", "pair");
}

static bool isWrapper(const ClassTemplateDecl *pattern) {
  return isNamed(pattern, "ferro", "Result") ||
         isNamed(pattern, "std", "expected");
}

static bool isOutputTuple(llvm::ArrayRef<TemplateArgument> arguments) {
  if (arguments.size() == 1 && arguments[0].getKind() == TemplateArgument::Pack)
    arguments = arguments[0].pack_elements();
  return !arguments.empty() &&
         llvm::all_of(arguments, [](const TemplateArgument &argument) {
           return argument.getKind() == TemplateArgument::Type &&
                  (isTensor(argument.getAsType()) ||
                   argument.getAsType()->containsUnexpandedParameterPack() ||
                   isa<PackExpansionType>(argument.getAsType()));
         });
}

static bool isOutputAggregate(const CXXRecordDecl *record) {
  if (!record || !record->hasDefinition() || !record->isAggregate() ||
      record->getNumBases() != 0)
    return false;
  unsigned fields = std::distance(record->field_begin(), record->field_end());
  return fields >= 1 && fields <= maxOutputs &&
         llvm::all_of(record->fields(), [](const FieldDecl *field) {
           return isTensor(field->getType());
         });
}

// The bound on wrappers is also what bounds the recursion.
static bool isAcceptedReturn(QualType type, unsigned wrappers = 0) {
  if (type->isReferenceType())
    return false;
  TemplateUse use = templateOf(type);
  if (isNamed(use.pattern, "ferro", "Tensor"))
    return true;
  if (isWrapper(use.pattern))
    return wrappers < maxWrappers && !use.arguments.empty() &&
           use.arguments[0].getKind() == TemplateArgument::Type &&
           isAcceptedReturn(use.arguments[0].getAsType(), wrappers + 1);
  if (isTupleLike(use.pattern))
    return isOutputTuple(use.arguments);
  if (isNamed(use.pattern, "std", "array"))
    return use.arguments[0].getKind() == TemplateArgument::Type &&
           isTensor(use.arguments[0].getAsType());
  // A dependent type shows itself when the template is used: Scripted<R> asks
  // again.
  if (type->isUndeducedType() || (type->isDependentType() && !use.pattern))
    return true;
  return isOutputAggregate(type->getAsCXXRecordDecl());
}

static bool isString(QualType type) {
  const ClassTemplateDecl *pattern = templateOf(type).pattern;
  bool isText = isNamed(pattern, "std", "basic_string") ||
                isNamed(pattern, "std", "basic_string_view");
  bool isLiteral = type->isPointerType() &&
                   type->getPointeeType().getUnqualifiedType()->isCharType();
  return isText || (isLiteral && type->getPointeeType().isConstQualified());
}

static bool isNumber(QualType type) {
  if (type->isDependentType() && type->isTemplateTypeParmType())
    return true;
  return (type->isArithmeticType() && !type->isAnyComplexType()) ||
         type->isEnumeralType();
}

static bool isSequence(QualType type) {
  if (const CXXRecordDecl *record = type->getAsCXXRecordDecl();
      record && isNamed(record, "ferro", "Dims"))
    return true;
  TemplateUse use = templateOf(type);
  bool isContainer = llvm::any_of(
      std::initializer_list<StringRef>{"vector", "array", "span",
                                       "initializer_list"},
      [&](StringRef name) { return isNamed(use.pattern, "std", name); });
  return isContainer && use.arguments[0].getKind() == TemplateArgument::Type &&
         isNumber(use.arguments[0].getAsType()) &&
         !use.arguments[0].getAsType()->isBooleanType();
}

// What joins the signature by its value.
static bool isStatic(QualType type) {
  type = type.getCanonicalType().getNonReferenceType().getUnqualifiedType();
  return isNumber(type) || isString(type) || isSequence(type);
}

static bool isAcceptedParameter(QualType type) {
  if (const auto *pack = type->getAs<PackExpansionType>())
    type = pack->getPattern();
  return isTensor(type) || isStatic(type) ||
         (type->isDependentType() && !templateOf(type).pattern) ||
         type->isUndeducedType();
}

// ---------------------------------------------------------------- signature

static std::string quoted(const Twine &text) {
  return ("'" + text + "'").str();
}

static bool isLambdaCall(const FunctionDecl *function) {
  const auto *method = dyn_cast<CXXMethodDecl>(function);
  return method && method->getParent()->isLambda();
}

static std::string nameOf(const FunctionDecl *function) {
  return isLambdaCall(function) ? "lambda"
                                : quoted(function->getQualifiedNameAsString());
}

static CharSourceRange tokens(SourceRange range) {
  return CharSourceRange::getTokenRange(range);
}

namespace {
struct SignatureCheck {
  const Script &script;
  ASTContext &context;
  Findings &findings;
  const FunctionDecl *function = script.marked;
  bool accepted = true;

  void refuse(Finding finding) {
    accepted = false;
    SourceLocation loc = finding.loc;
    findings.push_back(std::move(finding));
    const SourceManager &sources = context.getSourceManager();
    if (sources.getPresumedLoc(loc).getLine() !=
        sources.getPresumedLoc(script.attribute).getLine())
      findings.push_back({Diag::ScriptMarkedHere, script.attribute});
  }
  void refuse(Diag diag, std::vector<std::string> more = {}) {
    more.insert(more.begin(), nameOf(function));
    refuse({diag, function->getLocation(), std::move(more)});
  }

  void checkKind();
  void checkReturn();
  void checkParameter(const ParmVarDecl *parameter);
};
} // namespace

static bool hasSpecifier(const FunctionDecl *function, StringRef keyword,
                         ASTContext &context) {
  // A lambda is implicitly constexpr: ask its text instead.
  const SourceManager &sources = context.getSourceManager();
  const Stmt *body = function->getBody();
  if (!body)
    return false;
  CharSourceRange range = CharSourceRange::getCharRange(function->getBeginLoc(),
                                                        body->getBeginLoc());
  StringRef text = Lexer::getSourceText(range, sources, context.getLangOpts());
  return (" " + onOneLine(text, context.getLangOpts()) + " ")
             .find((" " + keyword + " ").str()) != std::string::npos;
}

void SignatureCheck::checkKind() {
  const auto *method = dyn_cast<CXXMethodDecl>(function);
  if (isa<CXXConstructorDecl>(function))
    return refuse(Diag::SpecialScript, {"constructor"});
  if (isa<CXXDestructorDecl>(function))
    return refuse(Diag::SpecialScript, {"destructor"});
  if (isa<CXXConversionDecl>(function))
    return refuse(Diag::SpecialScript, {"conversion function"});
  if (function->isDeleted() || function->isDefaulted())
    return refuse(
        Diag::SpecialScript,
        {function->isDeleted() ? "deleted function" : "defaulted function"});
  if (method && method->isVirtual())
    return refuse(Diag::VirtualScript);
  if (method && method->isExplicitObjectMemberFunction())
    return refuse(Diag::ExplicitObject);
  if (function->isVariadic())
    return refuse(Diag::VariadicScript);
  if (isLambdaCall(function)) {
    if (!method->isConst() && !method->isStatic())
      return refuse(Diag::MutableLambda);
    for (StringRef keyword : {"constexpr", "consteval"})
      if (hasSpecifier(function, keyword, context))
        return refuse(Diag::ConstexprScript, {keyword.str()});
    return;
  }
  if (function->isConsteval() || function->isConstexprSpecified())
    return refuse(Diag::ConstexprScript,
                  {function->isConsteval() ? "consteval" : "constexpr"});
}

void SignatureCheck::checkReturn() {
  QualType type = function->getReturnType();
  if (isAcceptedReturn(type))
    return;
  SourceRange range;
  if (FunctionTypeLoc written = function->getFunctionTypeLoc())
    range = written.getReturnLoc().getSourceRange();
  Finding finding{Diag::UnsupportedReturn,
                  range.isValid() && !isLambdaCall(function)
                      ? range.getBegin()
                      : function->getLocation(),
                  {nameOf(function),
                   quoted(type.getAsString(context.getPrintingPolicy()))}};
  if (range.isValid()) {
    finding.ranges.push_back(tokens(range));
    bool isElement = type->isArithmeticType() &&
                     !isa<AutoType>(type.getTypePtr()) &&
                     range.getBegin().isFileID();
    if (isElement)
      finding.fixIts.push_back(FixItHint::CreateReplacement(
          tokens(range), "ferro::Tensor<" +
                             type.getUnqualifiedType().getAsString(
                                 context.getPrintingPolicy()) +
                             ">"));
  }
  refuse(std::move(finding));
}

void SignatureCheck::checkParameter(const ParmVarDecl *parameter) {
  QualType type = parameter->getType();
  if (const auto *pack = type->getAs<PackExpansionType>())
    type = pack->getPattern();
  std::string name =
      parameter->getName().empty()
          ? std::to_string(parameter->getFunctionScopeIndex() + 1)
          : quoted(parameter->getName());
  const auto *reference = type->getAs<LValueReferenceType>();
  if (reference && !reference->getPointeeType().isConstQualified())
    return refuse({Diag::MutableParameter,
                   parameter->getLocation(),
                   {name, nameOf(function)}});
  if (!isAcceptedParameter(type))
    refuse({Diag::UnsupportedParameter,
            parameter->getLocation(),
            {name, nameOf(function),
             quoted(type.getAsString(context.getPrintingPolicy()))},
            {tokens(parameter->getSourceRange())}});
}

bool ferro::plugin::checkSignature(const Script &script, ASTContext &context,
                                   Findings &findings) {
  SignatureCheck check{script, context, findings};
  check.checkKind();
  if (!check.accepted)
    return false;
  check.checkReturn();
  for (const ParmVarDecl *parameter : script.marked->parameters())
    if (!parameter->isInvalidDecl() && !parameter->getType()->containsErrors())
      check.checkParameter(parameter);
  return check.accepted;
}

// ---------------------------------------------------------------- calls

// Results that change from call to call although the arguments do not.
static bool isRandom(const FunctionDecl *function) {
  static constexpr StringRef prefixes[] = {"rand", "manual_seed"};
  return function->getIdentifier() &&
         llvm::any_of(prefixes, [&](StringRef prefix) {
           return function->getName().starts_with(prefix);
         });
}

// An operation of ours: declared by a header of ours, in our namespace.
static bool isOp(const FunctionDecl *function, const SourceManager &sources) {
  const DeclContext *space =
      function->getDeclContext()->getEnclosingNamespaceContext();
  const NamespaceDecl *outermost = nullptr;
  for (; !space->isTranslationUnit(); space = space->getParent())
    if (const auto *each = dyn_cast<NamespaceDecl>(space))
      outermost = each;
  if (!outermost || outermost->getName() != "ferro" || isRandom(function))
    return false;
  StringRef file = sources.getFilename(
      sources.getExpansionLoc(function->getCanonicalDecl()->getLocation()));
  return file.contains("ferro/");
}

static bool isMathFunction(const FunctionDecl *function, ASTContext &context) {
  unsigned id = function->getBuiltinID();
  return id != 0 &&
         (StringRef(context.BuiltinInfo.getHeaderName(id)) == "math.h" ||
          function->hasAttr<ConstAttr>());
}

// The standard library's functions whose results come from their arguments.
static bool isStandardValue(const FunctionDecl *function, ASTContext &context) {
  const FunctionDecl *pattern = function->getTemplateInstantiationPattern();
  bool isConstexpr =
      function->isConstexpr() || (pattern && pattern->isConstexpr());
  return isConstexpr &&
         context.getSourceManager().isInSystemHeader(function->getLocation());
}

// Whether a call of \p function reads nothing but its arguments.
static bool isSelfContained(const FunctionDecl *function, ASTContext &context) {
  return isOp(function, context.getSourceManager()) ||
         hasAttribute(function, AttrKind::Pure) || function->isImplicit() ||
         function->isDefaulted() || isMathFunction(function, context) ||
         isStandardValue(function, context);
}

// ---------------------------------------------------------------- body

namespace {

// `root.a.b` as far as it is made of members; root is a variable or `this`.
struct Path {
  enum class Root { None, Local, Variable, This } root = Root::None;
  const ValueDecl *variable = nullptr;
  std::string members; // ".a.b"
  QualType type;
  bool isPrivate = false;
  bool hasBitField = false;
};

// Shared by a body and the bodies of the scripts that it calls.
struct Walk {
  const Scripts &scripts;
  ASTContext &context;
  llvm::SmallPtrSet<const FunctionDecl *, 8> visiting = {};
};

class BodyCheck : public ConstDynamicRecursiveASTVisitor {
public:
  BodyCheck(const Script &script, Walk &walk, Findings *findings)
      : function(script.definition), walk(walk), findings(findings) {}

  BodyReads run();

  // Nothing in these is evaluated.
  bool TraverseTypeLoc(TypeLoc, bool) override { return true; }
  bool TraverseType(QualType, bool) override { return true; }
  bool
  TraverseUnaryExprOrTypeTraitExpr(const UnaryExprOrTypeTraitExpr *) override {
    return true;
  }
  bool TraverseCXXNoexceptExpr(const CXXNoexceptExpr *) override {
    return true;
  }
  bool TraverseCXXTypeidExpr(const CXXTypeidExpr *) override { return true; }
  bool TraverseRequiresExpr(const RequiresExpr *) override { return true; }

  bool TraverseMemberExpr(const MemberExpr *member) override;
  bool TraverseCXXMemberCallExpr(const CXXMemberCallExpr *call) override;
  bool TraverseCXXOperatorCallExpr(const CXXOperatorCallExpr *call) override;
  bool VisitDeclRefExpr(const DeclRefExpr *reference) override;
  bool VisitCXXThisExpr(const CXXThisExpr *) override;
  bool VisitCallExpr(const CallExpr *call) override;
  bool VisitCXXConstructExpr(const CXXConstructExpr *construct) override;
  bool VisitCXXDefaultArgExpr(const CXXDefaultArgExpr *argument) override;
  bool VisitCXXDependentScopeMemberExpr(
      const CXXDependentScopeMemberExpr *member) override;
  bool VisitUnresolvedMemberExpr(const UnresolvedMemberExpr *member) override;
  bool VisitUnaryOperator(const UnaryOperator *op) override;
  bool VisitArraySubscriptExpr(const ArraySubscriptExpr *subscript) override;
  bool VisitBinaryOperator(const BinaryOperator *op) override;
  bool VisitVarDecl(const VarDecl *variable) override;
  bool VisitGotoStmt(const GotoStmt *jump) override;
  bool VisitIndirectGotoStmt(const IndirectGotoStmt *jump) override;
  bool VisitAsmStmt(const AsmStmt *) override;
  bool VisitCoawaitExpr(const CoawaitExpr *await) override;
  bool VisitDependentCoawaitExpr(const DependentCoawaitExpr *await) override;
  bool VisitCoyieldExpr(const CoyieldExpr *yield) override;
  bool VisitCoreturnStmt(const CoreturnStmt *stmt) override;
  bool VisitCXXDefaultInitExpr(const CXXDefaultInitExpr *init) override;
  bool VisitCXXForRangeStmt(const CXXForRangeStmt *loop) override;
  bool VisitCXXRewrittenBinaryOperator(
      const CXXRewrittenBinaryOperator *op) override;
  bool VisitDependentScopeDeclRefExpr(
      const DependentScopeDeclRefExpr *reference) override;
  bool VisitLambdaExpr(const LambdaExpr *lambda) override;
  bool VisitUnresolvedLookupExpr(const UnresolvedLookupExpr *lookup) override;

private:
  void refuse(Diag diag, SourceLocation loc,
              std::vector<std::string> more = {});
  /// What the body reads cannot be listed: it \p why.
  void open(SourceLocation loc, const Twine &why);
  void openCall(SourceLocation loc, const FunctionDecl *callee);
  void openLookup(const OverloadExpr *lookup);
  void coroutine(SourceLocation loc);
  bool isLocal(const ValueDecl *variable) const;
  bool isStaticValue(QualType type) const;
  Path pathOf(const Expr *expr) const;
  void read(const Path &path, SourceLocation loc);
  void add(OutsideRead read);
  void write(const Expr *target);
  void call(const FunctionDecl *callee, SourceLocation loc);
  void passed(const FunctionDecl *callee, const CallExpr *call);
  bool isOutside(const Expr *expr) const;
  void callScript(const FunctionDecl *callee, const Expr *object,
                  SourceLocation loc);
  const FunctionDecl *scriptMethod(const CallExpr *call) const;
  OutsideRead named(const Path &path) const;
  std::string shown(const Path &path) const;
  std::string captureFor(const ValueDecl *variable) const;

  const FunctionDecl *function;
  Walk &walk;
  Findings *findings; // null while a callee is looked through
  BodyReads reads;
  std::set<unsigned> openedLines; // each is told once
  bool isCoroutine = false;
};

} // namespace

void BodyCheck::refuse(Diag diag, SourceLocation loc,
                       std::vector<std::string> more) {
  if (!findings)
    return;
  more.insert(more.begin(), nameOf(function));
  findings->push_back({diag, loc, std::move(more)});
}

void BodyCheck::open(SourceLocation loc, const Twine &why) {
  reads.closed = false;
  const SourceManager &sources = walk.context.getSourceManager();
  if (findings &&
      openedLines.insert(sources.getExpansionLineNumber(loc)).second)
    findings->push_back(
        {Diag::TracedEveryCall, loc, {nameOf(function), why.str()}});
}

void BodyCheck::openCall(SourceLocation loc, const FunctionDecl *callee) {
  open(loc, "calls " + nameOf(callee) +
                (isRandom(callee)
                     ? ", whose result differs from call to call"
                     : ", which is no operation, no script and not marked "
                       "[[ferro::pure]]"));
}

BodyReads BodyCheck::run() {
  if (!walk.visiting.insert(function->getCanonicalDecl()).second) {
    // Recursion: the outer visit lists everything, but for its own object only.
    const auto *method = dyn_cast<CXXMethodDecl>(function);
    if (method && method->isInstance())
      open(function->getLocation(), "calls itself");
    return reads;
  }
  TraverseStmt(function->getBody());
  walk.visiting.erase(function->getCanonicalDecl());
  return std::move(reads);
}

bool BodyCheck::isLocal(const ValueDecl *variable) const {
  if (const auto *var = dyn_cast<VarDecl>(variable);
      var && var->isInitCapture() && isLambdaCall(function)) {
    // The script lambda's own captures hang in its call operator, yet outlive
    // its calls.
    for (const LambdaCapture &capture :
         cast<CXXMethodDecl>(function)->getParent()->captures())
      if (capture.capturesVariable() && capture.getCapturedVar() == variable)
        return false;
  }
  for (const DeclContext *context = variable->getDeclContext(); context;
       context = context->getParent())
    if (const auto *owner = dyn_cast<FunctionDecl>(context);
        owner && owner->getCanonicalDecl() == function->getCanonicalDecl())
      return true;
  return false;
}

// In a template, T is a number if the signature has a Tensor<T>.
bool BodyCheck::isStaticValue(QualType type) const {
  type = type.getCanonicalType().getNonReferenceType().getUnqualifiedType();
  if (!type->isTemplateTypeParmType())
    return isStatic(type);
  auto isElement = [&](QualType tensor) {
    TemplateUse use = templateOf(tensor);
    return isTensor(tensor) &&
           use.arguments[0].getKind() == TemplateArgument::Type &&
           use.arguments[0].getAsType().getCanonicalType() == type;
  };
  return isElement(function->getReturnType()) ||
         llvm::any_of(function->parameters(), [&](const ParmVarDecl *each) {
           return isElement(each->getType());
         });
}

// ---------------------------------------------------------------- paths

Path BodyCheck::pathOf(const Expr *expr) const {
  expr = expr->IgnoreParenImpCasts();
  if (isa<CXXThisExpr>(expr))
    return {Path::Root::This, nullptr, "", expr->getType()};
  if (const auto *reference = dyn_cast<DeclRefExpr>(expr)) {
    const ValueDecl *variable = reference->getDecl();
    if (!isa<VarDecl, BindingDecl>(variable))
      return {};
    Path::Root root =
        isLocal(variable) ? Path::Root::Local : Path::Root::Variable;
    return {root, variable, "", variable->getType().getNonReferenceType()};
  }
  const auto *member = dyn_cast<MemberExpr>(expr);
  if (!member)
    return {};
  if (isa<VarDecl>(member->getMemberDecl()))
    return {Path::Root::Variable, member->getMemberDecl(), "",
            member->getType()};
  const auto *field = dyn_cast<FieldDecl>(member->getMemberDecl());
  if (!field || (member->isArrow() &&
                 !isa<CXXThisExpr>(member->getBase()->IgnoreParenImpCasts())))
    return {};
  Path path = pathOf(member->getBase());
  if (path.root == Path::Root::None)
    return path;
  if (field->getIdentifier()) // anonymous unions have no name in the path
    path.members += ("." + field->getName()).str();
  path.type = field->getType().getNonReferenceType();
  path.isPrivate |=
      field->getAccess() == AS_private || field->getAccess() == AS_protected;
  path.hasBitField = field->isBitField();
  return path;
}

// The wrapper stands outside of the body's using-directives, so names of
// namespace scope are spelled in full.
static std::string spelled(const ValueDecl *variable) {
  const DeclContext *context = variable->getDeclContext()->getRedeclContext();
  if (context->isFunctionOrMethod())
    return variable->getNameAsString();
  if (const auto *record = dyn_cast<CXXRecordDecl>(context);
      record && record->isDependentContext())
    return variable->getNameAsString();
  std::string name = "::";
  llvm::raw_string_ostream stream(name);
  PrintingPolicy policy(variable->getASTContext().getPrintingPolicy());
  policy.SuppressUnwrittenScope = true;
  policy.SuppressInlineNamespace =
      llvm::to_underlying(PrintingPolicy::SuppressInlineNamespaceMode::All);
  variable->printQualifiedName(stream, policy);
  return name;
}

std::string BodyCheck::captureFor(const ValueDecl *variable) const {
  if (!variable->getDeclContext()->isFunctionOrMethod())
    return "";
  if (const auto *var = dyn_cast<VarDecl>(variable);
      var && !var->hasLocalStorage())
    return "";
  return variable->getNameAsString();
}

OutsideRead BodyCheck::named(const Path &path) const {
  if (path.root == Path::Root::This)
    return {"this->" + path.members.substr(1), "this", path.members,
            path.isPrivate};
  return {spelled(path.variable) + path.members, captureFor(path.variable), "",
          path.isPrivate};
}

// As the user would write it, in quotes.
std::string BodyCheck::shown(const Path &path) const {
  OutsideRead read = named(path);
  StringRef text = read.path;
  text.consume_front("::");
  return quoted(text);
}

void BodyCheck::add(OutsideRead read) {
  if (!llvm::is_contained(reads.outside, read))
    reads.outside.push_back(std::move(read));
}

// A value that no one can change needs no place in the signature. What a
// constant object points at may change.
static bool isFixed(const Path &path) {
  const auto *variable = dyn_cast<VarDecl>(path.variable);
  return variable && variable->hasGlobalStorage() && path.members.empty() &&
         variable->getTLSKind() == VarDecl::TLS_None &&
         variable->getType().isConstQualified() &&
         variable->getType()->isArithmeticType();
}

void BodyCheck::read(const Path &path, SourceLocation loc) {
  if (path.root == Path::Root::Local)
    return;
  if (path.root == Path::Root::This)
    reads.usesThis = true;
  else if (isStaticValue(path.type) && isFixed(path))
    return;
  bool isListable = (isTensor(path.type) || isStaticValue(path.type)) &&
                    !path.hasBitField && !path.type.isVolatileQualified() &&
                    !(path.root == Path::Root::This && path.members.empty());
  if (!isListable)
    return open(loc, "reads " + shown(path) + " of type " +
                         quoted(path.type.getAsString(
                             walk.context.getPrintingPolicy())) +
                         ", which is no tensor and no value of a signature");
  add(named(path));
}

bool BodyCheck::TraverseMemberExpr(const MemberExpr *member) {
  Path path = pathOf(member);
  if (path.root != Path::Root::None) {
    read(path, member->getBeginLoc());
    return true;
  }
  if (member->isArrow() && isa<FieldDecl>(member->getMemberDecl()))
    open(member->getMemberLoc(),
         "reads " + quoted(member->getMemberDecl()->getName()) +
             " through a pointer");
  // A method of this object: VisitCallExpr judges it, `this` is only needed.
  if (isa<CXXThisExpr>(member->getBase()->IgnoreParenImpCasts())) {
    reads.usesThis = true;
    return true;
  }
  return DynamicRecursiveASTVisitorBase<true>::TraverseMemberExpr(member);
}

bool BodyCheck::VisitDeclRefExpr(const DeclRefExpr *reference) {
  Path path = pathOf(reference);
  if (path.root != Path::Root::None)
    read(path, reference->getBeginLoc());
  return true;
}

bool BodyCheck::VisitCXXThisExpr(const CXXThisExpr *self) {
  // `this` of a class inside the body is not ours.
  if (const CXXRecordDecl *record = self->getType()->getPointeeCXXRecordDecl())
    for (const DeclContext *context = record->getDeclContext(); context;
         context = context->getParent())
      if (context == function)
        return true;
  reads.usesThis = true;
  open(self->getLocation(), "passes on its whole object");
  return true;
}

bool BodyCheck::VisitCXXDependentScopeMemberExpr(
    const CXXDependentScopeMemberExpr *member) {
  const std::string why = "uses member " +
                          quoted(member->getMember().getAsString()) +
                          " of a type that the template's arguments decide";
  if (member->isImplicitAccess() ||
      isa<CXXThisExpr>(member->getBase()->IgnoreParenImpCasts())) {
    reads.usesThis = true;
    open(member->getMemberLoc(), why);
  } else if (!isTensor(member->getBaseType())) {
    open(member->getMemberLoc(), why);
  }
  return true;
}

bool BodyCheck::VisitUnresolvedMemberExpr(const UnresolvedMemberExpr *member) {
  if (member->isImplicitAccess())
    reads.usesThis = true;
  const SourceManager &sources = walk.context.getSourceManager();
  for (const NamedDecl *candidate : member->decls()) {
    const FunctionDecl *method = candidate->getAsFunction();
    if (!method)
      open(member->getMemberLoc(), "uses an overloaded member that is no "
                                   "function");
    else if (!isOp(method, sources) && !hasAttribute(method, AttrKind::Pure))
      openCall(member->getMemberLoc(), method);
  }
  return true;
}

// ---------------------------------------------------------------- calls in the
// body

void BodyCheck::callScript(const FunctionDecl *callee, const Expr *object,
                           SourceLocation loc) {
  const FunctionDecl *pattern = callee->getTemplateInstantiationPattern();
  const Script *script =
      walk.scripts.lookup((pattern ? pattern : callee)->getCanonicalDecl());
  if (!script || !script->definition || !script->definition->getBody())
    return open(loc, "calls script " + nameOf(callee) +
                         ", whose body is not in this file");
  BodyReads inner = BodyCheck(*script, walk, nullptr).run();
  if (!inner.closed)
    open(loc, "calls script " + nameOf(callee) +
                  ", which is traced at every call itself");
  const std::string unreachable =
      "calls script " + nameOf(callee) + ", which reads what has no name here";
  Path base = object ? pathOf(object) : Path{};
  if (base.root == Path::Root::This)
    reads.usesThis = true;
  for (OutsideRead &read : inner.outside) {
    if (read.memberPath.empty()) {
      // A static member or a local of another function may not be in reach.
      if (read.isPrivate || !read.capture.empty())
        open(loc, unreachable);
      else
        add(std::move(read));
      continue;
    }
    const auto *method = dyn_cast<CXXMethodDecl>(function);
    bool sameClass =
        method && isa<CXXMethodDecl>(callee) &&
        method->getParent()->getCanonicalDecl() ==
            cast<CXXMethodDecl>(callee)->getParent()->getCanonicalDecl();
    bool isReachable = !read.isPrivate || sameClass;
    if (base.root == Path::Root::Local)
      continue; // an object that the script itself made
    if (base.root == Path::Root::None || !isReachable) {
      open(loc, unreachable);
      continue;
    }
    Path path = base;
    path.members += read.memberPath;
    add(named(path));
  }
}

// The script that \p call calls on an object, if that is what it does.
const FunctionDecl *BodyCheck::scriptMethod(const CallExpr *call) const {
  const auto *callee = dyn_cast_or_null<CXXMethodDecl>(call->getDirectCallee());
  bool isScript = callee && callee->isInstance() &&
                  !callee->getParent()->isLambda() &&
                  hasAttribute(callee, AttrKind::Script);
  return isScript ? callee : nullptr;
}

bool BodyCheck::TraverseCXXMemberCallExpr(const CXXMemberCallExpr *call) {
  const FunctionDecl *callee = scriptMethod(call);
  if (!callee)
    return DynamicRecursiveASTVisitorBase<true>::TraverseCXXMemberCallExpr(
        call);
  const Expr *object = call->getImplicitObjectArgument();
  bool isPointer = object->getType()->isPointerType() &&
                   !isa<CXXThisExpr>(object->IgnoreParenImpCasts());
  if (isPointer)
    open(object->getBeginLoc(), "calls a script through a pointer");
  callScript(callee, isPointer ? nullptr : object, call->getExprLoc());
  for (const Expr *argument : call->arguments())
    TraverseStmt(argument);
  return true;
}

bool BodyCheck::TraverseCXXOperatorCallExpr(const CXXOperatorCallExpr *call) {
  if (call->isAssignmentOp())
    write(call->getArg(0));
  const FunctionDecl *callee = scriptMethod(call);
  if (!callee)
    return DynamicRecursiveASTVisitorBase<true>::TraverseCXXOperatorCallExpr(
        call);
  callScript(callee, call->getArg(0), call->getBeginLoc());
  for (const Expr *argument : llvm::drop_begin(call->arguments()))
    TraverseStmt(argument);
  return true;
}

void BodyCheck::call(const FunctionDecl *callee, SourceLocation loc) {
  if (function->Encloses(callee->getDeclContext()))
    return; // a lambda or class of the body: walked where it stands
  if (hasAttribute(callee, AttrKind::Script))
    return callScript(callee, nullptr, loc);
  if (!isSelfContained(callee, walk.context))
    openCall(loc, callee);
}

// In a template a call is resolved later. Arguments are tensors and numbers,
// so what argument-dependent lookup can add are operations of ours.
static bool isSafeLookup(const OverloadExpr *lookup, ASTContext &context) {
  return llvm::all_of(lookup->decls(), [&](const NamedDecl *candidate) {
    const FunctionDecl *function =
        candidate->getUnderlyingDecl()->getAsFunction();
    return function && isSelfContained(function, context);
  });
}

void BodyCheck::openLookup(const OverloadExpr *lookup) {
  if (!isSafeLookup(lookup, walk.context))
    open(lookup->getNameLoc(), "calls " +
                                   quoted(lookup->getName().getAsString()) +
                                   ", which may be no operation");
}

bool BodyCheck::isOutside(const Expr *expr) const {
  Path::Root root = pathOf(expr).root;
  return root == Path::Root::Variable || root == Path::Root::This;
}

// What a callee is given may be called or written by it.
void BodyCheck::passed(const FunctionDecl *callee, const CallExpr *call) {
  unsigned first = isa<CXXOperatorCallExpr>(call) && isa<CXXMethodDecl>(callee);
  for (unsigned i = first; i < call->getNumArgs(); ++i) {
    const Expr *argument = call->getArg(i)->IgnoreParenImpCasts();
    if (const auto *reference = dyn_cast<DeclRefExpr>(argument))
      if (const auto *named = dyn_cast<FunctionDecl>(reference->getDecl()))
        this->call(named, argument->getBeginLoc());
    const CXXRecordDecl *record = argument->getType()->getAsCXXRecordDecl();
    if (record && record->hasDefinition() && !record->isLambda())
      for (const CXXMethodDecl *method : record->methods())
        if (method->getOverloadedOperator() == OO_Call)
          this->call(method, argument->getBeginLoc());
    if (i - first >= callee->getNumParams())
      continue;
    QualType parameter = callee->getParamDecl(i - first)->getType();
    if (parameter->isLValueReferenceType() &&
        !parameter.getNonReferenceType().isConstQualified() &&
        isOutside(argument))
      open(argument->getBeginLoc(),
           "lets " + nameOf(callee) + " write to " + shown(pathOf(argument)));
  }
}

bool BodyCheck::VisitCallExpr(const CallExpr *call) {
  if (const FunctionDecl *callee = call->getDirectCallee()) {
    if (!scriptMethod(call)) {
      this->call(callee, call->getExprLoc());
      passed(callee, call);
    }
    return true;
  }
  const Expr *callee = call->getCallee()->IgnoreParenImpCasts();
  if (isa<UnresolvedMemberExpr, CXXDependentScopeMemberExpr,
          CXXPseudoDestructorExpr>(callee))
    return true; // visited as members
  if (const auto *lookup = dyn_cast<UnresolvedLookupExpr>(callee)) {
    openLookup(lookup);
    return true;
  }
  if (!isa<RecoveryExpr>(callee))
    open(callee->getBeginLoc(), "calls a function that is only known when it "
                                "runs, or when the template is instantiated");
  return true;
}

bool BodyCheck::VisitCXXConstructExpr(const CXXConstructExpr *construct) {
  const CXXConstructorDecl *constructor = construct->getConstructor();
  if (constructor->isTrivial() || constructor->getParent()->isLambda())
    return true;
  const SourceManager &sources = walk.context.getSourceManager();
  bool isGenerated = constructor->isDefaulted() &&
                     !constructor->isCopyOrMoveConstructor() &&
                     !isOp(constructor, sources) &&
                     !sources.isInSystemHeader(constructor->getLocation());
  // A generated constructor runs those of the members, and their initialisers.
  if (isGenerated || !isSelfContained(constructor, walk.context))
    openCall(construct->getBeginLoc(), constructor);
  return true;
}

bool BodyCheck::VisitCXXDefaultInitExpr(const CXXDefaultInitExpr *init) {
  return TraverseStmt(init->getExpr());
}

// Code that is not written in the body but runs with it.
bool BodyCheck::VisitCXXForRangeStmt(const CXXForRangeStmt *loop) {
  for (const DeclStmt *stmt : {loop->getBeginStmt(), loop->getEndStmt()})
    if (stmt)
      TraverseStmt(cast<VarDecl>(stmt->getSingleDecl())->getInit());
  return true;
}

bool BodyCheck::VisitCXXRewrittenBinaryOperator(
    const CXXRewrittenBinaryOperator *op) {
  return TraverseStmt(op->getSemanticForm());
}

bool BodyCheck::VisitDependentScopeDeclRefExpr(
    const DependentScopeDeclRefExpr *reference) {
  open(reference->getLocation(),
       "uses " + quoted(reference->getDeclName().getAsString()) +
           ", which the template's arguments decide");
  return true;
}

// What a generic lambda calls is known only where it is called.
bool BodyCheck::VisitLambdaExpr(const LambdaExpr *lambda) {
  if (lambda->isGenericLambda())
    open(lambda->getBeginLoc(), "contains a generic lambda");
  return true;
}

bool BodyCheck::VisitUnresolvedLookupExpr(const UnresolvedLookupExpr *lookup) {
  openLookup(lookup);
  return true;
}

bool BodyCheck::VisitCXXDefaultArgExpr(const CXXDefaultArgExpr *argument) {
  return TraverseStmt(argument->getExpr());
}

// ---------------------------------------------------------------- statements

void BodyCheck::write(const Expr *target) {
  Path path = pathOf(target);
  if (path.root != Path::Root::Variable && path.root != Path::Root::This)
    return;
  open(target->getBeginLoc(), "writes to " + shown(path));
  if (isTensor(path.type))
    refuse(Diag::OutsideWrite, target->getBeginLoc(),
           {quoted(named(path).path)});
}

bool BodyCheck::VisitUnaryOperator(const UnaryOperator *op) {
  if (op->isIncrementDecrementOp())
    write(op->getSubExpr());
  if (op->getOpcode() == UO_Deref)
    open(op->getOperatorLoc(), "reads through a pointer");
  return true;
}

bool BodyCheck::VisitArraySubscriptExpr(const ArraySubscriptExpr *subscript) {
  if (!subscript->getBase()->IgnoreParenImpCasts()->getType()->isArrayType())
    open(subscript->getBeginLoc(), "reads through a pointer");
  return true;
}

bool BodyCheck::VisitBinaryOperator(const BinaryOperator *op) {
  if (op->isAssignmentOp())
    write(op->getLHS());
  if (op->isPtrMemOp())
    open(op->getOperatorLoc(), "reads through a pointer to a member");
  return true;
}

bool BodyCheck::VisitVarDecl(const VarDecl *variable) {
  if (variable->isStaticLocal() && !variable->getType().isConstQualified())
    open(variable->getLocation(),
         "keeps " + quoted(variable->getName()) + " from earlier calls");
  QualType type = variable->getType();
  if (type->isReferenceType() &&
      !type.getNonReferenceType().isConstQualified() && variable->getInit() &&
      isOutside(variable->getInit()))
    open(variable->getLocation(),
         "may write to " + shown(pathOf(variable->getInit())) + " through " +
             quoted(variable->getName()));
  if (const auto *bound = dyn_cast<DecompositionDecl>(variable))
    for (const BindingDecl *binding : bound->bindings())
      if (const VarDecl *holder = binding->getHoldingVar())
        TraverseStmt(holder->getInit());
  return true;
}

bool BodyCheck::VisitGotoStmt(const GotoStmt *jump) {
  refuse(Diag::GotoInScript, jump->getGotoLoc());
  return true;
}

bool BodyCheck::VisitIndirectGotoStmt(const IndirectGotoStmt *jump) {
  refuse(Diag::GotoInScript, jump->getGotoLoc());
  return true;
}

bool BodyCheck::VisitAsmStmt(const AsmStmt *assembly) {
  open(assembly->getAsmLoc(), "contains assembly");
  return true;
}

void BodyCheck::coroutine(SourceLocation loc) {
  if (!isCoroutine)
    refuse(Diag::CoroutineScript, loc);
  isCoroutine = true;
}

bool BodyCheck::VisitCoawaitExpr(const CoawaitExpr *await) {
  coroutine(await->getKeywordLoc());
  return true;
}

bool BodyCheck::VisitDependentCoawaitExpr(const DependentCoawaitExpr *await) {
  coroutine(await->getKeywordLoc());
  return true;
}

bool BodyCheck::VisitCoyieldExpr(const CoyieldExpr *yield) {
  coroutine(yield->getKeywordLoc());
  return true;
}

bool BodyCheck::VisitCoreturnStmt(const CoreturnStmt *stmt) {
  coroutine(stmt->getKeywordLoc());
  return true;
}

BodyReads ferro::plugin::checkBody(const Script &script, const Scripts &scripts,
                                   ASTContext &context, Findings &findings) {
  Walk walk{scripts, context};
  return BodyCheck(script, walk, &findings).run();
}
