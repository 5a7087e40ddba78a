#include "RankInstances.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "clang/Sema/Sema.h"
#include "clang/Sema/TemplateDeduction.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

using Changes = std::vector<Replacement>;
using Lines = std::vector<std::string>;

// Names the pack's elements, not sizeof...(D): Clang 22 takes two concepts
// whose arguments differ in a sizeof... only for one and reuses the answer.
static std::string rankConstraint(const RankedTemplate &ranked,
                                  const PackLength &length) {
  return "::cutile::TakesRanksUpTo<" + stringLiteral(ranked.first->getName()) +
         ", " + std::to_string(length.max) + ", ::cutile::Extents<" +
         length.packs.front()->getNameAsString() + "...>>";
}

static std::string rankConstraint(const RankedTemplate &ranked) {
  Lines list;
  for (const PackLength &length : ranked.lengths)
    list.push_back(rankConstraint(ranked, length));
  return llvm::join(list, " && ");
}

// `::outer::inner::`, as any scope can spell it.
static std::string scopeOf(const DeclContext *context) {
  std::string scope = "::";
  llvm::SmallVector<const NamespaceDecl *, 4> spaces;
  for (; !context->isTranslationUnit(); context = context->getParent())
    if (const auto *space = dyn_cast<NamespaceDecl>(context);
        space && !space->isAnonymousNamespace())
      spaces.push_back(space);
  for (const NamespaceDecl *space : llvm::reverse(spaces))
    scope += space->getName().str() + "::";
  return scope;
}

namespace {

// The pieces that the texts of one template are put together from.
class RankText {
public:
  RankText(const RankedTemplate &ranked, ASTContext &context)
      : ranked(ranked), context(context),
        text(ranked.head, ranked.first, ranked.packs(), context) {}

  const RankedTemplate &ranked;
  ASTContext &context;
  const SourceManager &sources = context.getSourceManager();
  PackText text;

  std::string argument(const NamedDecl *parameter,
                       const PackLengths *choice) const;
  std::optional<std::string> templateArguments(const PackLengths *choice,
                                               unsigned count) const;
  std::string head(const PackLengths *choice, bool withDefaults) const;
  Changes templateDefaults() const;
  void eraseDefault(Changes &changes, SourceRange value) const;
};

} // namespace

// ---------------------------------------------------------------- pieces

std::string RankText::argument(const NamedDecl *parameter,
                               const PackLengths *choice) const {
  std::string name = parameter->getNameAsString();
  if (!parameter->isParameterPack())
    return name;
  const auto *pack = dyn_cast<NonTypeTemplateParmDecl>(parameter);
  if (!choice || !pack || !choice->count(pack))
    return name + "...";
  Lines list;
  for (unsigned i = 0; i != choice->at(pack); ++i)
    list.push_back(name + std::to_string(i));
  return llvm::join(list, ", ");
}

// The first count parameters of the template as arguments; nothing if one of
// them has no name.
std::optional<std::string>
RankText::templateArguments(const PackLengths *choice, unsigned count) const {
  Lines list;
  for (unsigned i = 0; i != count; ++i) {
    const NamedDecl *parameter = ranked.head->getParam(i);
    if (!parameter->getIdentifier())
      return std::nullopt;
    std::string each = argument(parameter, choice);
    if (!each.empty())
      list.push_back(std::move(each));
  }
  return "<" + llvm::join(list, ", ") + ">";
}

void RankText::eraseDefault(Changes &changes, SourceRange value) const {
  Stretch place = text.stretchOf(value);
  StringRef before = sources.getBufferData(text.file()).take_front(place.begin);
  place.begin = before.rtrim().size() - 1; // the '='
  place.begin = before.take_front(place.begin).rtrim().size();
  changes.push_back({place, ""});
}

Changes RankText::templateDefaults() const {
  Changes changes;
  for (const NamedDecl *each : *ranked.head) {
    if (const auto *type = dyn_cast<TemplateTypeParmDecl>(each);
        type && type->hasDefaultArgument())
      eraseDefault(changes, type->getDefaultArgument().getSourceRange());
    if (const auto *value = dyn_cast<NonTypeTemplateParmDecl>(each);
        value && value->hasDefaultArgument())
      eraseDefault(changes, value->getDefaultArgument().getSourceRange());
    if (const auto *pattern = dyn_cast<TemplateTemplateParmDecl>(each);
        pattern && pattern->hasDefaultArgument())
      eraseDefault(changes, pattern->getDefaultArgument().getSourceRange());
  }
  return changes;
}

// A head without parameters would be that of a specialisation.
static std::string withoutEmptyHead(std::string text) {
  StringRef rest(text);
  return rest.consume_front("template <>")
             ? "template <typename...>" + rest.str()
             : text;
}

// `template <...>` and the requires-clause.
std::string RankText::head(const PackLengths *choice, bool withDefaults) const {
  SourceLocation end = ranked.head->getRAngleLoc();
  if (const Expr *clause = ranked.head->getRequiresClause())
    end = clause->getEndLoc();
  Stretch place = text.stretchOf({ranked.head->getTemplateLoc(), end});
  Changes changes = withDefaults ? Changes() : templateDefaults();
  return withoutEmptyHead(
      text.expanded(place, choice ? *choice : PackLengths(), changes));
}

// ---------------------------------------------------------------- ops

namespace {

class OpText {
public:
  OpText(const RankedTemplate &ranked, const RankUse &use, Style style,
         Sema &sema, FileEdits &edits)
      : ranked(ranked), use(use), style(style), sema(sema), edits(edits),
        pieces(ranked, sema.Context) {}

  void rewrite();

  std::string calledName() const { return scope + name; }
  /// Puts \p lines behind the first declaration.
  void append(Lines lines);

private:
  Changes baseChanges() const;
  void nameParameters(Changes &changes) const;
  void addConstraint(Changes &changes) const;
  Stretch signature() const;

  std::string parameterName(const ParmVarDecl *parameter) const;
  std::string forwarded(const ParmVarDecl *parameter,
                        const PackLengths *choice) const;
  std::string arguments(const PackLengths *choice) const;
  std::string explicitArguments(const PackLengths *choice) const;
  std::string instanceCall(StringRef explicitly) const;

  std::string declaration() const;
  std::string instance(const PackLengths &choice) const;
  std::string wrapper() const;
  std::string ascribedWrapper() const;

  bool isImpossible(const PackLengths &choice) const;
  void rename(const FunctionDecl *declaration);
  SourceLocation endOf(const FunctionDecl *declaration) const;

  const RankedTemplate &ranked;
  const RankUse &use;
  Style style;
  Sema &sema;
  FileEdits &edits;
  RankText pieces;
  ASTContext &context = sema.Context;
  const SourceManager &sources = context.getSourceManager();
  const FunctionDecl *function = ranked.function();
  bool isMember = isa<CXXMethodDecl>(function);
  std::string name = function->getNameAsString();
  std::string shared = name + "_for_any_rank";
  std::string instances =
      isMember ? name + "_of_rank" : name + "_ranks::" + name;
  std::string object =
      function->getType()->castAs<FunctionProtoType>()->getRefQualifier() ==
              RQ_RValue
          ? "std::move(*this)."
          : "";
  std::string scope =
      isMember ? "" : scopeOf(function->getDeclContext()->getRedeclContext());
};

} // namespace

// From `template` to what stands before the body or the semicolon.
Stretch OpText::signature() const {
  Stretch head = pieces.text.stretchOf(ranked.head->getTemplateLoc());
  const Stmt *body =
      function->doesThisDeclarationHaveABody() ? function->getBody() : nullptr;
  unsigned end = body ? pieces.text.stretchOf(body->getBeginLoc()).begin
                      : pieces.text.stretchOf(function->getEndLoc()).end;
  return {head.begin, end};
}

// What no generated declaration has: the attribute, alone with its brackets.
Changes OpText::baseChanges() const {
  Changes changes;
  if (!use.spelled ||
      sources.getFileID(use.spelled->begin) != pieces.text.file())
    return changes;
  Stretch place = pieces.text.stretchOf({use.spelled->begin, use.spelled->end});
  StringRef file = sources.getBufferData(pieces.text.file());
  StringRef before = file.take_front(place.begin).rtrim(),
            after = file.substr(place.end).ltrim();
  if (before.ends_with("[[") && after.starts_with("]]"))
    place = {unsigned(before.size() - 2),
             unsigned(file.size() - after.size() + 2)};
  else if (before.ends_with(","))
    place.begin = before.size() - 1;
  else if (after.starts_with(","))
    place.end = file.size() - after.size() + 1;
  changes.push_back({place, ""});
  return changes;
}

std::string OpText::parameterName(const ParmVarDecl *parameter) const {
  return parameter->getIdentifier()
             ? parameter->getNameAsString()
             : "argument" + std::to_string(parameter->getFunctionScopeIndex());
}

void OpText::nameParameters(Changes &changes) const {
  for (const ParmVarDecl *each : function->parameters()) {
    if (each->getIdentifier())
      continue;
    unsigned end =
        pieces.text
            .stretchOf(each->getTypeSourceInfo()->getTypeLoc().getEndLoc())
            .end;
    changes.push_back(
        {{end, end}, " " + parameterName(each), each->isParameterPack()});
  }
}

static bool wantsRankOfPacks(const RankedTemplate &ranked) {
  return llvm::all_of(
      llvm::seq<unsigned>(0, ranked.head->size()), [&](unsigned i) {
        return !ranked.free[i] || ranked.head->getParam(i)->isParameterPack();
      });
}

void OpText::addConstraint(Changes &changes) const {
  std::string constraint = rankConstraint(ranked);
  // Without elements a free pack is not given: that is the ascribed call.
  if (ranked.isAscribable && wantsRankOfPacks(ranked))
    for (unsigned i = 0; i != ranked.head->size(); ++i)
      if (ranked.free[i])
        constraint += " && (sizeof...(" +
                      ranked.head->getParam(i)->getNameAsString() + ") > 0)";
  if (const Expr *clause = ranked.head->getRequiresClause()) {
    Stretch place = pieces.text.stretchOf(clause->getSourceRange());
    changes.push_back({{place.begin, place.begin}, " " + constraint + " && ("});
    changes.push_back({{place.end, place.end}, ")"});
    return;
  }
  unsigned end = pieces.text.stretchOf(ranked.head->getRAngleLoc()).end;
  changes.push_back({{end, end}, " requires " + constraint + " "});
}

std::string OpText::forwarded(const ParmVarDecl *parameter,
                              const PackLengths *choice) const {
  std::string name = parameterName(parameter);
  auto one = [&](const std::string &name) {
    return parameter->getType()
                   .getNonPackExpansionType()
                   ->isLValueReferenceType()
               ? name
               : "static_cast<decltype(" + name + ") &&>(" + name + ")";
  };
  if (!parameter->isParameterPack())
    return one(name);
  Packs packs =
      pieces.text.packsIn(pieces.text.stretchOf(parameter->getSourceRange()));
  if (!choice || packs.empty())
    return one(name) + "...";
  Lines list;
  for (unsigned i = 0; i != choice->at(packs.front()); ++i)
    list.push_back(one(name + std::to_string(i)));
  return llvm::join(list, ", ");
}

std::string OpText::arguments(const PackLengths *choice) const {
  Lines list;
  for (const ParmVarDecl *each : function->parameters()) {
    std::string text = forwarded(each, choice);
    if (!text.empty())
      list.push_back(std::move(text));
  }
  return llvm::join(list, ", ");
}

std::string OpText::explicitArguments(const PackLengths *choice) const {
  if (ranked.explicitCount == 0)
    return "";
  return *pieces.templateArguments(choice, ranked.explicitCount);
}

std::string OpText::instanceCall(StringRef explicitly) const {
  return object + instances + explicitly.str() + "(::cutile::Rank<" +
         ranksText(ranked, nullptr, ", ") + ">(), " + arguments(nullptr) + ")";
}

// The wrapper as it can be called, before anything that calls it.
std::string OpText::declaration() const {
  Changes changes = baseChanges();
  addConstraint(changes);
  return pieces.text.written(signature(), changes) + ";";
}

static void eraseDefaultArguments(Changes &changes, const RankText &pieces,
                                  const FunctionDecl *function) {
  for (const ParmVarDecl *each : function->parameters())
    if (each->hasDefaultArg())
      pieces.eraseDefault(changes, each->getDefaultArgRange());
}

std::string OpText::instance(const PackLengths &choice) const {
  Changes changes = baseChanges();
  nameParameters(changes);
  eraseDefaultArguments(changes, pieces, function);
  if (isMember)
    changes.push_back(
        {pieces.text.stretchOf(function->getLocation()), instances});
  unsigned open =
      pieces.text.stretchOf(function->getFunctionTypeLoc().getLParenLoc()).end;
  std::string tag = "::cutile::Rank<" + ranksText(ranked, &choice, ", ") + ">";
  changes.push_back({{open, open}, tag + ", "});
  std::string text = pieces.text.expanded(signature(), choice, changes);
  // All that followed the tag may have been an empty list.
  size_t empty = text.find(tag + ", )");
  if (empty != std::string::npos)
    text.erase(empty + tag.size(), 2);
  return withoutEmptyHead(std::move(text)) + " { return " + object + scope +
         shared + explicitArguments(&choice) + "(" + arguments(&choice) +
         "); }";
}

std::string OpText::wrapper() const {
  Changes changes = baseChanges();
  addConstraint(changes);
  nameParameters(changes);
  if (!isMember) { // they stand on the declaration
    eraseDefaultArguments(changes, pieces, function);
    Changes defaults = pieces.templateDefaults();
    changes.insert(changes.end(), defaults.begin(), defaults.end());
  }
  return pieces.text.written(signature(), changes) + " { return " +
         instanceCall(explicitArguments(nullptr)) + "; }";
}

// The wrapper for calls that leave the free parameters to the result's type.
std::string OpText::ascribedWrapper() const {
  Lines bound = {"typename... Given"}, free, parameters, captures = {"&"};
  for (unsigned i = 0; i != ranked.head->size(); ++i) {
    Stretch place =
        pieces.text.stretchOf(ranked.head->getParam(i)->getSourceRange());
    (ranked.free[i] ? free : bound).push_back(pieces.text.written(place));
  }
  Changes changes;
  nameParameters(changes);
  for (const ParmVarDecl *each : function->parameters()) {
    parameters.push_back(pieces.text.written(
        pieces.text.stretchOf(each->getSourceRange()), changes));
    std::string name = parameterName(each);
    if (!each->getType().getNonPackExpansionType()->isReferenceType())
      captures.push_back(each->isParameterPack()
                             ? "..." + name + " = static_cast<decltype(" +
                                   name + ") &&>(" + name + ")"
                             : name + " = " + forwarded(each, nullptr));
  }
  Lines given = {"(sizeof...(Given) == 0)"}, wanted;
  for (const PackLength &length : ranked.lengths)
    (ranked.free[length.packs.front()->getIndex()] ? wanted : given)
        .push_back(rankConstraint(ranked, length));
  const auto *method = dyn_cast<CXXMethodDecl>(function);
  std::string before = method && method->isStatic() ? "static " : "", after;
  if (method && method->isConst())
    after = " const";
  if (method && method->getRefQualifier() != RQ_None)
    after += method->getRefQualifier() == RQ_LValue ? " &" : " &&";
  std::string result = pieces.text.written(pieces.text.stretchOf(
      function->getFunctionTypeLoc().getReturnLoc().getSourceRange()));
  std::string call = instanceCall(explicitArguments(nullptr));
  std::string fits =
      wanted.empty() ? "" : " requires " + llvm::join(wanted, " && ");
  return "template <" + llvm::join(bound, ", ") + "> requires " +
         llvm::join(given, " && ") + " " + before + "auto " + name + "(" +
         llvm::join(parameters, ", ") + ")" + after +
         " { return ::cutile::Ascribed([" + llvm::join(captures, ", ") + "]<" +
         llvm::join(free, ", ") + ">" + fits + " (std::type_identity<" +
         result + ">) mutable -> " + result + " { return " + call + "; }); }";
}

// ---------------------------------------------------------------- edits

// Nothing in an instance without template parameters is dependent, so it would
// be an error, not a failed substitution, where the constraints exclude it.
bool OpText::isImpossible(const PackLengths &choice) const {
  bool isDependent = llvm::any_of(*ranked.head, [&](const NamedDecl *each) {
    auto found = choice.find(dyn_cast<NonTypeTemplateParmDecl>(each));
    return found == choice.end() || found->second != 0;
  });
  if (isDependent || isMember)
    return false;
  TemplateArgumentListInfo none;
  FunctionDecl *instance = nullptr;
  sema::TemplateDeductionInfo info(function->getLocation());
  return sema.DeduceTemplateArguments(function->getDescribedFunctionTemplate(),
                                      &none, instance,
                                      info) != TemplateDeductionResult::Success;
}

// The user's function makes room for the wrapper.
void OpText::rename(const FunctionDecl *declaration) {
  SourceLocation loc = declaration->getLocation();
  auto [file, offset] = sources.getDecomposedLoc(loc);
  SourceLocation end =
      Lexer::getLocForEndOfToken(loc, 0, sources, context.getLangOpts());
  edits[file].push_back({offset, unsigned(name.size()),
                         shared + backOnPlace(end, style, sources)});
}

// Behind the body or the semicolon.
SourceLocation OpText::endOf(const FunctionDecl *declaration) const {
  if (declaration->doesThisDeclarationHaveABody())
    return Lexer::getLocForEndOfToken(declaration->getBody()->getEndLoc(), 0,
                                      sources, context.getLangOpts());
  return Lexer::findLocationAfterToken(
      declaration->getEndLoc(), tok::semi, sources, context.getLangOpts(),
      /*SkipTrailingWhitespaceAndNewLine=*/false);
}

// Each line counts as the line of \p line.
static void insert(SourceLocation loc, const Lines &lines, SourceLocation line,
                   Style style, const SourceManager &sources,
                   FileEdits &edits) {
  auto [file, offset] = sources.getDecomposedLoc(loc);
  std::string before = onPlace(line, style, sources);
  edits[file].push_back(
      {offset, 0,
       before + llvm::join(lines, style == Style::Exact ? before : "\n") +
           backOnPlace(loc, style, sources)});
}

void OpText::append(Lines lines) {
  if (style == Style::Readable)
    lines.insert(lines.begin(), "");
  insert(endOf(function), lines, function->getLocation(), style, sources,
         edits);
}

void OpText::rewrite() {
  if (function->getNumParams() == 0)
    return;
  for (const FunctionDecl *each : function->redecls())
    rename(each);
  Lines lines;
  if (!isMember) {
    Lines before = {declaration()};
    if (style == Style::Readable)
      before.push_back("");
    insert(ranked.head->getTemplateLoc(), before, function->getLocation(),
           style, sources, edits);
    lines.push_back("namespace " + name + "_ranks {");
  }
  for (const PackLengths &choice : choices(ranked))
    if (!isImpossible(choice))
      lines.push_back(instance(choice));
  if (!isMember)
    lines.push_back("} // namespace " + name + "_ranks");
  lines.push_back(wrapper());
  if (ranked.isAscribable)
    lines.push_back(ascribedWrapper());
  append(std::move(lines));
}

// ---------------------------------------------------------------- methods

namespace {
// The ops that share a method, and where it goes.
struct MethodUse {
  const RankedTemplate *ranked; // the last of them in the file
  OpText *op;
};
} // namespace

static std::string forwardedRest(unsigned receiver, StringRef object) {
  Lines list;
  for (unsigned i = 0; i != receiver; ++i)
    list.push_back("static_cast<A" + std::to_string(i) + " &&>(a" +
                   std::to_string(i) + ")");
  list.push_back(object.str());
  list.push_back("static_cast<A &&>(a)...");
  return llvm::join(list, ", ");
}

static std::string methodHead(unsigned receiver) {
  Lines list;
  for (unsigned i = 0; i != receiver; ++i)
    list.push_back("typename A" + std::to_string(i));
  list.push_back("typename... A");
  return "template <" + llvm::join(list, ", ") + ">";
}

static std::string methodParameters(unsigned receiver) {
  Lines list;
  for (unsigned i = 0; i != receiver; ++i)
    list.push_back("A" + std::to_string(i) + " &&a" + std::to_string(i));
  list.push_back("A &&...a");
  return "(" + llvm::join(list, ", ") + ")";
}

// `x | name(...)`.
static std::string pipe(const OpMethod &method, const OpText &op) {
  std::string call = op.calledName() + "(" +
                     forwardedRest(method.receiver, "static_cast<X &&>(x)") +
                     ")";
  return methodHead(method.receiver) + " auto " + method.name +
         methodParameters(method.receiver) +
         " { return ::cutile::Piped([&]<typename X>(X &&x) -> decltype(" +
         call + ") { return " + call + "; }); }";
}

// `x.name(...)`: declared in the class, which the op follows, and defined
// behind the op, which it calls.
static void addMember(const RankedTemplate &ranked, OpText &op, Style style,
                      ASTContext &context, FileEdits &edits) {
  const OpMethod &method = *ranked.method;
  const CXXRecordDecl *owner = method.owner->getTemplatedDecl();
  QualType object = ranked.function()->getParamDecl(method.receiver)->getType();
  bool isMutable = object->isLValueReferenceType() &&
                   !object->getPointeeType().isConstQualified();
  bool isMoved = object->isRValueReferenceType();
  std::string qualifiers = isMutable ? "" : isMoved ? " &&" : " const";
  std::string self = isMoved ? "std::move(*this)" : "*this";

  std::string rest =
      method.name + methodParameters(method.receiver) + qualifiers;
  RankedTemplate ownerTemplate{};
  ownerTemplate.first = const_cast<CXXRecordDecl *>(owner);
  ownerTemplate.head = method.owner->getTemplateParameters();
  RankText pieces(ownerTemplate, context);
  insert(owner->getBraceRange().getEnd(),
         {"public: " + methodHead(method.receiver) + " decltype(auto) " + rest +
          ";" + (style == Style::Readable ? "\n" : "")},
         owner->getBraceRange().getEnd(), style, context.getSourceManager(),
         edits);
  std::string arguments =
      *pieces.templateArguments(nullptr, ownerTemplate.head->size());
  op.append({pieces.head(nullptr, /*withDefaults=*/false) + " " +
             methodHead(method.receiver) + " decltype(auto) " +
             owner->getNameAsString() + arguments + "::" + rest + " { return " +
             op.calledName() + "(" + forwardedRest(method.receiver, self) +
             "); }"});
}

// ---------------------------------------------------------------- classes

// `Window_2` is the instance of rank 2.
static std::string instanceAlias(const RankText &pieces,
                                 const PackLengths &choice,
                                 StringRef arguments) {
  std::string name = pieces.ranked.first->getNameAsString();
  std::string head = pieces.head(&choice, /*withDefaults=*/true) + " ";
  bool isOne = StringRef(head).starts_with("template <typename...>");
  return (isOne ? "" : head) + "using " + name + "_" +
         ranksText(pieces.ranked, &choice, "_") + " = " + name +
         arguments.str() + ";";
}

static void rewriteClass(const RankedTemplate &ranked, Style style,
                         ASTContext &context, FileEdits &edits) {
  const auto *record = cast<CXXRecordDecl>(ranked.first);
  const SourceManager &sources = context.getSourceManager();
  if (!record->isThisDeclarationADefinition())
    return; // nothing to check the ranks of
  Lines limits;
  for (const PackLength &length : ranked.lengths)
    limits.push_back("0 to " + std::to_string(length.max));
  std::string name = record->getNameAsString();
  SourceLocation open = Lexer::getLocForEndOfToken(
      record->getBraceRange().getBegin(), 0, sources, context.getLangOpts());
  std::string check =
      "static_assert(" + rankConstraint(ranked) + ", " +
      stringLiteral(name + " takes ranks " + llvm::join(limits, " and ")) +
      ");";
  insert(open, {(style == Style::Readable ? "\n" : "") + check},
         record->getLocation(), style, sources, edits);
  if (ranked.kind != AttrKind::VariadicStruct)
    return;
  RankText pieces(ranked, context);
  Lines aliases;
  if (style == Style::Readable)
    aliases.push_back("");
  for (const PackLengths &choice : choices(ranked))
    if (auto arguments = pieces.templateArguments(&choice, ranked.head->size()))
      aliases.push_back(instanceAlias(pieces, choice, *arguments));
  SourceLocation end = Lexer::findLocationAfterToken(
      record->getBraceRange().getEnd(), tok::semi, sources,
      context.getLangOpts(), /*SkipTrailingWhitespaceAndNewLine=*/false);
  insert(end, aliases, record->getLocation(), style, sources, edits);
}

// ---------------------------------------------------------------- all

static bool hasError(const RankedTemplate &ranked,
                     const std::set<SourceLocation> &errors,
                     const SourceManager &sources) {
  SourceRange range(ranked.head->getTemplateLoc(), ranked.first->getEndLoc());
  if (const FunctionDecl *function = ranked.function();
      function && function->getBody() &&
      !function->getReturnType()->isUndeducedType())
    range.setEnd(function->getBody()->getBeginLoc());
  return llvm::any_of(errors, [&](SourceLocation error) {
    if (error.isInvalid())
      return false;
    SourceLocation at = sources.getFileLoc(error);
    return !sources.isBeforeInTranslationUnit(at, range.getBegin()) &&
           !sources.isBeforeInTranslationUnit(range.getEnd(), at);
  });
}

void ferro::plugin::rewriteRanks(llvm::ArrayRef<RankUse> uses, Style style,
                                 Sema &sema,
                                 const std::set<SourceLocation> &errors,
                                 FileEdits &edits, Findings &findings) {
  std::vector<std::unique_ptr<RankedTemplate>> all;
  std::vector<std::unique_ptr<OpText>> ops;
  // By class or namespace, and name: overloads share their method.
  std::map<std::pair<const void *, std::string>, MethodUse> methods;
  std::set<const Decl *> done;
  for (const RankUse &use : uses) {
    if (!done.insert(use.marked->getCanonicalDecl()).second)
      continue;
    std::optional<RankedTemplate> ranked = checkRanks(use, sema, findings);
    if (!ranked || hasError(*ranked, errors, sema.SourceMgr) ||
        sema.SourceMgr.isLoadedSourceLocation(ranked->first->getLocation()))
      continue;
    all.push_back(std::make_unique<RankedTemplate>(std::move(*ranked)));
    const RankedTemplate &each = *all.back();
    if (!each.function()) {
      rewriteClass(each, style, sema.Context, edits);
      continue;
    }
    ops.push_back(std::make_unique<OpText>(each, use, style, sema, edits));
    ops.back()->rewrite();
    if (!each.method)
      continue;
    const void *place =
        each.method->owner
            ? static_cast<const void *>(each.method->owner)
            : each.function()->getDeclContext()->getPrimaryContext();
    methods[{place, each.method->name}] = {&each, ops.back().get()};
  }
  for (const auto &[key, use] : methods) {
    if (use.ranked->method->owner)
      addMember(*use.ranked, *use.op, style, sema.Context, edits);
    else
      use.op->append({pipe(*use.ranked->method, *use.op)});
  }
}
