#include "RankChecker.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "clang/Sema/Sema.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

const FunctionDecl *RankedTemplate::function() const {
  return dyn_cast<FunctionDecl>(first);
}

Packs RankedTemplate::packs() const {
  Packs all;
  for (const PackLength &length : lengths)
    all.append(length.packs.begin(), length.packs.end());
  return all;
}

Packs ferro::plugin::shapePacks(const TemplateParameterList *head) {
  Packs packs;
  for (const NamedDecl *each : *head)
    if (const auto *parameter = dyn_cast<NonTypeTemplateParmDecl>(each)) {
      QualType type = parameter->getType().getNonPackExpansionType();
      if (parameter->isParameterPack() && type->isIntegerType() &&
          !type->isEnumeralType())
        packs.push_back(parameter);
    }
  return packs;
}

std::vector<PackLengths> ferro::plugin::choices(const RankedTemplate &ranked) {
  std::vector<PackLengths> all(1);
  for (const PackLength &length : ranked.lengths) {
    std::vector<PackLengths> longer;
    for (const PackLengths &choice : all)
      for (unsigned rank = 0; rank <= length.max; ++rank) {
        longer.push_back(choice);
        for (Pack pack : length.packs)
          longer.back()[pack] = rank;
      }
    all = std::move(longer);
  }
  return all;
}

std::string ferro::plugin::ranksText(const RankedTemplate &ranked,
                                     const PackLengths *choice,
                                     StringRef separator) {
  std::vector<std::string> list;
  for (const PackLength &length : ranked.lengths) {
    Pack pack = length.packs.front();
    list.push_back(choice ? std::to_string(choice->at(pack))
                          : "sizeof...(" + pack->getNameAsString() + ")");
  }
  return llvm::join(list, separator);
}

namespace {

// `name = value` between an attribute's parentheses.
struct Setting {
  std::string name;
  std::string value;
  SourceLocation nameLoc;
  SourceLocation valueBegin; // invalid without a value
  SourceLocation valueEnd;
};

class RankCheck {
public:
  RankCheck(const RankUse &use, Sema &sema, Findings &findings)
      : use(use), sema(sema), findings(findings) {}

  std::optional<RankedTemplate> run();

private:
  void refuse(Diag diag, SourceLocation loc, std::vector<std::string> args,
              std::vector<FixItHint> fixIts = {}) {
    accepted = false;
    if (loc.isMacroID())
      fixIts.clear();
    findings.push_back({diag,
                        sources.getFileLoc(loc),
                        std::move(args),
                        {},
                        std::move(fixIts)});
  }
  bool checkSubject();
  bool checkText();
  void findLengths();
  void readSettings();
  void readLength(const Setting &setting);
  void checkCount();
  void checkFree();
  void checkMethod();
  void checkNames();

  std::string attributeName() const { return spelling(use.kind); }
  std::string name() const {
    return "'" + use.marked->getQualifiedNameAsString() + "'";
  }
  std::optional<unsigned> largestRank() const;

  const RankUse &use;
  Sema &sema;
  Findings &findings;
  ASTContext &context = sema.Context;
  const SourceManager &sources = sema.SourceMgr;
  RankedTemplate ranked;
  std::optional<PackText> text;
  unsigned maxRank = 0;
  std::vector<bool> given; // by length
  Setting methodSetting;
  bool accepted = true;
};

} // namespace

// ---------------------------------------------------------------- subject

namespace {
struct Subject {
  AttrKind kind;
  const char *wanted;
};
} // namespace

static constexpr Subject subjects[] = {
    {AttrKind::VariadicOp, "a function template with a name"},
    {AttrKind::VariadicImplFn, "a member function template"},
    {AttrKind::VariadicStruct, "a class template"},
    {AttrKind::VariadicTrait, "a class template that others specialise"},
    {AttrKind::VariadicImpl, "a class template or a partial specialisation"},
    {AttrKind::VariadicTraitImpl, "a partial specialisation"},
};

bool ferro::plugin::asksForRanks(AttrKind kind) {
  return llvm::any_of(subjects,
                      [&](const Subject &each) { return each.kind == kind; });
}

bool ferro::plugin::concernsRanks(const SpottedAttribute &attribute) {
  return llvm::any_of(subjects, [&](const Subject &each) {
    return attribute.fullName() == spelling(each.kind);
  });
}

static std::string kindOf(const NamedDecl *decl) {
  if (isa<CXXConstructorDecl>(decl))
    return "a constructor";
  if (isa<CXXConversionDecl>(decl))
    return "a conversion function";
  if (const auto *function = dyn_cast<FunctionDecl>(decl)) {
    if (function->isOverloadedOperator())
      return "an operator";
    if (function->isDeleted() || function->isDefaulted())
      return "a deleted or defaulted function";
    if (function->getFriendObjectKind() != Decl::FOK_None)
      return "a friend";
    if (hasAttribute(function, AttrKind::Script))
      return "a script";
    return isa<CXXMethodDecl>(decl) ? "a member function" : "a function";
  }
  return isa<ClassTemplatePartialSpecializationDecl>(decl)
             ? "a partial specialisation"
             : "a class";
}

static bool isSubject(AttrKind kind, const NamedDecl *decl) {
  std::string is = kindOf(decl);
  bool isPartial = isa<ClassTemplatePartialSpecializationDecl>(decl);
  switch (kind) {
  case AttrKind::VariadicOp:
    return is == "a function" || is == "a member function";
  case AttrKind::VariadicImplFn:
    return is == "a member function";
  case AttrKind::VariadicStruct:
  case AttrKind::VariadicTrait:
    return isa<CXXRecordDecl>(decl) && !isPartial;
  case AttrKind::VariadicImpl:
    return isa<CXXRecordDecl>(decl);
  default:
    return isPartial;
  }
}

static const TemplateParameterList *headOf(const NamedDecl *decl) {
  if (const auto *function = dyn_cast<FunctionDecl>(decl)) {
    const FunctionTemplateDecl *pattern =
        function->getDescribedFunctionTemplate();
    return pattern ? pattern->getTemplateParameters() : nullptr;
  }
  if (const auto *partial =
          dyn_cast<ClassTemplatePartialSpecializationDecl>(decl))
    return partial->getTemplateParameters();
  const ClassTemplateDecl *pattern =
      cast<CXXRecordDecl>(decl)->getDescribedClassTemplate();
  return pattern ? pattern->getTemplateParameters() : nullptr;
}

static NamedDecl *firstDeclaration(NamedDecl *decl) {
  if (auto *function = dyn_cast<FunctionDecl>(decl))
    return function->getFirstDecl();
  // The definition: what is emitted for a class stands in and behind it.
  if (auto *record = dyn_cast<CXXRecordDecl>(decl))
    return record->getDefinition() ? record->getDefinition() : record;
  return decl;
}

bool RankCheck::checkSubject() {
  const Subject *subject = llvm::find_if(
      subjects, [&](const Subject &each) { return each.kind == use.kind; });
  if (!isSubject(use.kind, use.marked)) {
    refuse(Diag::RankSubject, use.marked->getLocation(),
           {attributeName(), subject->wanted, name(), kindOf(use.marked)});
    return false;
  }
  ranked.first = firstDeclaration(use.marked);
  ranked.head = headOf(ranked.first);
  if (!ranked.head) {
    refuse(Diag::RankNotTemplate, use.marked->getLocation(),
           {name(), attributeName()});
    return false;
  }
  if (shapePacks(ranked.head).empty()) {
    refuse(Diag::RankNoPack, use.marked->getLocation(),
           {name(), attributeName()});
    return false;
  }
  return true;
}

static NamedDecl *findInCutile(ASTContext &context, StringRef name) {
  DeclContext *global = context.getTranslationUnitDecl();
  for (NamedDecl *space : global->lookup(&context.Idents.get("cutile")))
    if (auto *names = dyn_cast<NamespaceDecl>(space))
      for (NamedDecl *each : names->lookup(&context.Idents.get(name)))
        return each;
  return nullptr;
}

// The value of cutile::maxTileRank: the limit is written in one place.
std::optional<unsigned> RankCheck::largestRank() const {
  auto *limit = dyn_cast_or_null<VarDecl>(findInCutile(context, "maxTileRank"));
  if (!limit || !findInCutile(context, "TakesRanksUpTo"))
    return std::nullopt;
  const APValue *value = limit->evaluateValue();
  return value ? std::optional<unsigned>(value->getInt().getZExtValue())
               : std::nullopt;
}

bool RankCheck::checkText() {
  std::optional<unsigned> limit = largestRank();
  if (!limit) {
    refuse(Diag::RankHeader, use.attribute, {attributeName()});
    return false;
  }
  maxRank = *limit;
  Packs packs = shapePacks(ranked.head);
  text.emplace(ranked.head, ranked.first, packs, context);
  SourceLocation places[] = {ranked.first->getLocation(),
                             ranked.head->getTemplateLoc(),
                             ranked.head->getRAngleLoc(), use.attribute};
  SourceLocation macro = text->macro();
  for (SourceLocation place : places)
    if (place.isMacroID())
      macro = place;
  if (macro.isValid())
    refuse(Diag::RankMacro, macro, {name()});
  return accepted;
}

// ---------------------------------------------------------------- lengths

// Packs that are tied have one length; the others have one each.
void RankCheck::findLengths() {
  std::vector<PackLength> &lengths = ranked.lengths;
  for (Pack pack : shapePacks(ranked.head))
    lengths.push_back({{pack}});
  auto lengthOf = [&](Pack pack) {
    return llvm::find_if(lengths, [&](const PackLength &each) {
      return llvm::is_contained(each.packs, pack);
    });
  };
  for (const Packs &tie : text->ties())
    for (Pack pack : tie) {
      auto into = lengthOf(tie.front()), from = lengthOf(pack);
      if (into == from)
        continue;
      if (from < into)
        std::swap(from, into);
      into->packs.append(from->packs.begin(), from->packs.end());
      lengths.erase(from);
    }
  given.assign(lengths.size(), false);
}

static std::vector<Setting> settingsOf(const SpottedAttribute &attribute) {
  std::vector<Setting> settings;
  bool isValue = false, isNew = true;
  for (const AttributeArgument &argument : attribute.arguments) {
    if (argument.text == ",") {
      isNew = true;
      continue;
    }
    if (isNew) {
      settings.push_back({argument.text, "", argument.loc, {}, {}});
      isNew = isValue = false;
    } else if (argument.text == "=" && !isValue) {
      isValue = true;
    } else {
      Setting &setting = settings.back();
      if (setting.value.empty())
        setting.valueBegin = argument.loc;
      setting.value += argument.text;
      setting.valueEnd = argument.loc;
    }
  }
  return settings;
}

void RankCheck::readLength(const Setting &setting) {
  unsigned value = 0;
  if (StringRef(setting.value).getAsInteger(10, value) || value > maxRank) {
    std::vector<FixItHint> fixIts;
    if (setting.valueBegin.isValid())
      fixIts.push_back(FixItHint::CreateReplacement(
          SourceRange(setting.valueBegin, setting.valueEnd),
          StringRef(setting.value).starts_with("-") ? "0"
                                                    : std::to_string(maxRank)));
    std::string written =
        setting.name + (setting.value.empty() ? "" : " = " + setting.value);
    return refuse(Diag::RankLimit, setting.nameLoc,
                  {written, attributeName(), std::to_string(maxRank)},
                  std::move(fixIts));
  }
  // By the name of a pack, else the next length that has no value.
  auto &lengths = ranked.lengths;
  auto named = llvm::find_if(lengths, [&](const PackLength &length) {
    return llvm::any_of(length.packs, [&](Pack pack) {
      return pack->getName() == setting.name;
    });
  });
  size_t index = named != lengths.end()
                     ? size_t(named - lengths.begin())
                     : size_t(llvm::find(given, false) - given.begin());
  if (index < given.size() && !given[index]) {
    lengths[index].max = value;
    given[index] = true;
  } else {
    given.push_back(true); // too many: checkCount says so
  }
}

void RankCheck::readSettings() {
  if (!use.spelled)
    return;
  Packs packs = ranked.packs();
  bool takesMethod = use.kind == AttrKind::VariadicOp;
  for (const Setting &setting : settingsOf(*use.spelled)) {
    bool isLength =
        (setting.name.size() == 1 && llvm::isUpper(setting.name[0])) ||
        llvm::any_of(
            packs, [&](Pack pack) { return pack->getName() == setting.name; });
    StringRef value = setting.value;
    if (isLength)
      readLength(setting);
    else if (takesMethod && setting.name == "method" && value.size() > 2 &&
             value.front() == '"' &&
             isValidAsciiIdentifier(value.drop_front().drop_back()))
      methodSetting = setting;
    else {
      std::optional<std::string> meant =
          takesMethod ? nearest(setting.name, StringRef("method"))
                      : std::nullopt;
      bool isMethod = meant && setting.name == *meant;
      std::vector<FixItHint> fixIts;
      if (meant && !isMethod)
        fixIts.push_back(
            FixItHint::CreateReplacement(SourceRange(setting.nameLoc), *meant));
      refuse(Diag::RankArgument, setting.nameLoc,
             {setting.name, attributeName(),
              isMethod ? "; write method = \"name\""
              : meant  ? "; did you mean '" + *meant + "'?"
              : takesMethod
                  ? "; it takes N = 6 for each length, and method = \"name\""
                  : "; it takes N = 6 for each length"},
             std::move(fixIts));
    }
  }
}

static std::string listOf(const std::vector<PackLength> &lengths) {
  std::vector<std::string> list;
  for (const PackLength &length : lengths) {
    std::vector<std::string> names;
    for (Pack pack : length.packs)
      names.push_back(pack->getNameAsString());
    list.push_back(llvm::join(names, " = "));
  }
  return llvm::join(list, ", ");
}

void RankCheck::checkCount() {
  const size_t wanted = ranked.lengths.size();
  const size_t got = llvm::count(given, true);
  if (!accepted || (got == wanted && given.size() == wanted))
    return;
  std::string limit = std::to_string(maxRank), example = "N = " + limit;
  for (size_t i = 1; i < wanted; ++i)
    example += std::string(", ") + "NMKLPQ"[i % 6] + " = " + limit;
  std::vector<FixItHint> fixIts;
  if (use.spelled && use.spelled->arguments.empty() &&
      use.spelled->begin.isFileID()) {
    fixIts.push_back(FixItHint::CreateReplacement(
        SourceRange(use.spelled->nameLoc, use.spelled->end),
        use.spelled->name + "(" + example + ")"));
    return refuse(Diag::RankMissing, use.spelled->nameLoc,
                  {attributeName(), attributeName() + "(" + example + ")"},
                  std::move(fixIts));
  }
  const size_t settingLength = 6 + limit.size(); // of "N = 6, "
  if (use.spelled && 0 < got && got < wanted)
    fixIts.push_back(FixItHint::CreateInsertion(
        use.spelled->end, StringRef(example).substr(got * settingLength - 2)));
  refuse(Diag::RankCount, use.attribute,
         {name(), std::to_string(wanted), listOf(ranked.lengths),
          attributeName(),
          std::to_string(given.size() > wanted ? given.size() : got), example},
         std::move(fixIts));
}

// ---------------------------------------------------------------- calls

static bool hasDefault(const NamedDecl *parameter) {
  if (const auto *type = dyn_cast<TemplateTypeParmDecl>(parameter))
    return type->hasDefaultArgument();
  if (const auto *value = dyn_cast<NonTypeTemplateParmDecl>(parameter))
    return value->hasDefaultArgument();
  return cast<TemplateTemplateParmDecl>(parameter)->hasDefaultArgument();
}

void RankCheck::checkFree() {
  const FunctionDecl *function = ranked.function();
  FunctionTemplateDecl *pattern = function->getDescribedFunctionTemplate();
  const unsigned count = ranked.head->size();
  llvm::SmallBitVector deduced(count), named(count);
  sema.MarkDeducedTemplateParameters(pattern, deduced);
  const TemplateArgument result(function->getReturnType());
  if (!function->getReturnType()->isUndeducedType())
    sema.MarkUsedTemplateParameters(
        *TemplateArgumentList::CreateCopy(context, result),
        /*OnlyDeduced=*/true, ranked.head->getDepth(), named);

  bool isReachable = true; // by explicit arguments
  ranked.isAscribable = true;
  for (unsigned i = 0; i != count; ++i) {
    const NamedDecl *parameter = ranked.head->getParam(i);
    isReachable &= parameter->getIdentifier() != nullptr;
    bool isFree = !deduced[i] && !hasDefault(parameter);
    ranked.free.push_back(isFree);
    if (!deduced[i] && isReachable)
      ranked.explicitCount = i + 1;
    if (isFree && !isReachable)
      refuse(Diag::RankUnnameable, parameter->getLocation(),
             {"'" + parameter->getNameAsString() + "'", name()});
    ranked.isAscribable &= !isFree || named[i];
    isReachable &= !parameter->isParameterPack();
  }
  ranked.isAscribable &= llvm::is_contained(ranked.free, true);
}

static ClassTemplateDecl *templateOf(QualType type) {
  type = type.getNonReferenceType().getCanonicalType();
  const auto *use = type->getAs<TemplateSpecializationType>();
  return use ? dyn_cast_or_null<ClassTemplateDecl>(
                   use->getTemplateName().getAsTemplateDecl())
             : nullptr;
}

// The first parameter with a shape becomes the object.
void RankCheck::checkMethod() {
  if (methodSetting.name.empty() || !accepted)
    return;
  const FunctionDecl *function = ranked.function();
  StringRef name = methodSetting.value;
  OpMethod method{name.drop_front().drop_back().str(), 0, nullptr};
  const ParmVarDecl *receiver = nullptr;
  for (const ParmVarDecl *each : function->parameters()) {
    if (templateOf(each->getType()) &&
        !text->packsIn(text->stretchOf(each->getSourceRange())).empty()) {
      receiver = each;
      break;
    }
    ++method.receiver;
  }
  if (!receiver || isa<CXXMethodDecl>(function))
    return refuse(Diag::RankMethod, methodSetting.nameLoc,
                  {this->name(), isa<CXXMethodDecl>(function)
                                     ? "it is a method already"
                                     : "no parameter of it has a shape"});
  ClassTemplateDecl *owner = templateOf(receiver->getType());
  if (CXXRecordDecl *definition = owner->getTemplatedDecl()->getDefinition()) {
    const SourceLocation open = definition->getBraceRange().getBegin();
    const DeclContext *scope = function->getDeclContext();
    bool isBeside = open.isFileID() &&
                    sources.getFileID(open) == text->file() &&
                    owner->getDeclContext()->getPrimaryContext() ==
                        scope->getPrimaryContext() &&
                    llvm::all_of(*owner->getTemplateParameters(),
                                 [](const NamedDecl *each) {
                                   return each->getIdentifier() != nullptr;
                                 });
    if (isBeside)
      method.owner = definition->getDescribedClassTemplate();
  }
  ranked.method = std::move(method);
}

// What the instances will be called must be free.
void RankCheck::checkNames() {
  if (!accepted)
    return;
  std::string own = ranked.first->getNameAsString();
  std::vector<std::string> names;
  if (ranked.function()) {
    bool isMember = isa<CXXMethodDecl>(ranked.first);
    names = {own + "_for_any_rank", own + (isMember ? "_of_rank" : "_ranks")};
  } else if (ranked.kind == AttrKind::VariadicStruct) {
    for (const PackLengths &choice : choices(ranked))
      names.push_back(own + "_" + ranksText(ranked, &choice, "_"));
  }
  const DeclContext *scope = ranked.first->getDeclContext()->getRedeclContext();
  for (const std::string &name : names)
    if (!scope->lookup(&context.Idents.get(name)).empty())
      return refuse(Diag::RankNameTaken, use.marked->getLocation(),
                    {this->name(), name});
}

std::optional<RankedTemplate> RankCheck::run() {
  ranked.kind = use.kind;
  ranked.attribute = use.attribute;
  if (!checkSubject() || !checkText())
    return std::nullopt;
  findLengths();
  readSettings();
  checkCount();
  // Without parameters nothing can be deduced: the packs stay as they are.
  if (const FunctionDecl *function = ranked.function();
      function && function->getNumParams() != 0)
    checkFree();
  checkMethod();
  checkNames();
  return accepted ? std::optional(std::move(ranked)) : std::nullopt;
}

std::optional<RankedTemplate>
ferro::plugin::checkRanks(const RankUse &use, Sema &sema, Findings &findings) {
  return RankCheck(use, sema, findings).run();
}
