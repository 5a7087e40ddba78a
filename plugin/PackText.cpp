#include "PackText.h"

#include "SourceText.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <set>

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

// ---------------------------------------------------------------- reading

class PackText::Collector : public ConstDynamicRecursiveASTVisitor {
public:
  Collector(PackText &text, llvm::ArrayRef<Pack> packs)
      : text(text), packs(packs) {}

  void readRequires(const Expr *clause) {
    inRequires = true;
    TraverseStmt(clause);
    inRequires = false;
  }
  void finish();

  bool VisitDeclRefExpr(const DeclRefExpr *mention) override {
    if (Pack pack = known(mention->getDecl()))
      add(PackSite::Kind::Mention, mention->getSourceRange(), {pack});
    return true;
  }
  bool VisitSizeOfPackExpr(const SizeOfPackExpr *size) override {
    if (Pack pack = known(size->getPack()))
      if (PackSite *site =
              add(PackSite::Kind::Length, size->getSourceRange(), {pack}))
        site->needsType = !converted.contains(size);
    return true;
  }
  bool VisitTemplateSpecializationTypeLoc(
      TemplateSpecializationTypeLoc use) override;
  bool VisitNonTypeTemplateParmDecl(
      const NonTypeTemplateParmDecl *parameter) override {
    if (known(parameter))
      add(PackSite::Kind::Declaration, parameter->getSourceRange(),
          {parameter});
    return true;
  }
  bool VisitPackExpansionExpr(const PackExpansionExpr *expansion) override {
    add(PackSite::Kind::Expansion, expansion->getSourceRange(), {},
        expansion->getPattern()->getSourceRange());
    return true;
  }
  bool VisitPackExpansionTypeLoc(PackExpansionTypeLoc expansion) override {
    if (!declared.contains(expansion.getEllipsisLoc()))
      add(PackSite::Kind::Expansion, expansion.getSourceRange(), {},
          expansion.getPatternLoc().getSourceRange());
    return true;
  }
  bool VisitCXXFoldExpr(const CXXFoldExpr *fold) override;
  bool VisitParmVarDecl(const ParmVarDecl *parameter) override;
  bool VisitBinaryOperator(const BinaryOperator *binary) override;

private:
  Pack known(const NamedDecl *decl) const {
    const auto *pack = dyn_cast_or_null<NonTypeTemplateParmDecl>(decl);
    return llvm::is_contained(packs, pack) ? pack : nullptr;
  }
  PackSite *add(PackSite::Kind kind, SourceRange place, Packs mentioned,
                SourceRange pattern = {});

  PackText &text;
  llvm::ArrayRef<Pack> packs;
  std::set<SourceLocation> declared;      // ellipses of function parameters
  std::vector<const ParmVarDecl *> named; // those parameters
  std::set<std::tuple<unsigned, unsigned, PackSite::Kind>> seen;
  // Lengths that become an argument of a type that is written down.
  std::set<const Expr *> converted;
  bool inRequires = false;
};

PackSite *PackText::Collector::add(PackSite::Kind kind, SourceRange place,
                                   Packs mentioned, SourceRange pattern) {
  if (place.getBegin().isMacroID() || place.getEnd().isMacroID()) {
    if (!mentioned.empty())
      text.madeByMacro = place.getBegin();
    return nullptr;
  }
  PackSite site{kind, text.stretchOf(place), std::move(mentioned)};
  if (pattern.isValid())
    site.pattern = text.stretchOf(pattern);
  if (!seen.emplace(site.place.begin, site.place.end, kind).second)
    return nullptr;
  text.sites.push_back(std::move(site));
  return &text.sites.back();
}

bool PackText::Collector::VisitCXXFoldExpr(const CXXFoldExpr *fold) {
  PackSite *site = add(PackSite::Kind::Fold, fold->getSourceRange(), {},
                       fold->getPattern()->getSourceRange());
  if (!site)
    return true;
  if (fold->getInit())
    site->init = text.stretchOf(fold->getInit()->getSourceRange());
  site->fold = BinaryOperator::getOpcodeStr(fold->getOperator()).str();
  site->isRightFold = fold->isRightFold();
  return true;
}

bool PackText::Collector::VisitTemplateSpecializationTypeLoc(
    TemplateSpecializationTypeLoc use) {
  const TemplateDecl *pattern =
      use.getTypePtr()->getTemplateName().getAsTemplateDecl();
  const unsigned count =
      pattern ? std::min<unsigned>(use.getNumArgs(),
                                   pattern->getTemplateParameters()->size())
              : 0;
  for (unsigned i = 0; i != count; ++i) {
    const auto *parameter = dyn_cast<NonTypeTemplateParmDecl>(
        pattern->getTemplateParameters()->getParam(i));
    const TemplateArgument &argument = use.getArgLoc(i).getArgument();
    if (parameter && parameter->getType()->isIntegerType() &&
        argument.getKind() == TemplateArgument::Expression)
      converted.insert(argument.getAsExpr()->IgnoreParenImpCasts());
  }
  return true;
}

// A pack of function parameters: the name is part of the pattern.
bool PackText::Collector::VisitParmVarDecl(const ParmVarDecl *parameter) {
  const TypeSourceInfo *type = parameter->getTypeSourceInfo();
  if (!parameter->isParameterPack() || !type)
    return true;
  auto expansion = type->getTypeLoc().getAs<PackExpansionTypeLoc>();
  if (!expansion)
    return true;
  declared.insert(expansion.getEllipsisLoc());
  SourceRange range(parameter->getBeginLoc(), parameter->getEndLoc());
  if (PackSite *site = add(PackSite::Kind::Expansion, range, {}, range))
    site->ellipsis = text.stretchOf(expansion.getEllipsisLoc());
  if (parameter->getIdentifier())
    named.push_back(parameter);
  return true;
}

bool PackText::Collector::VisitBinaryOperator(const BinaryOperator *binary) {
  auto lengthOf = [&](const Expr *side) -> Pack {
    const auto *size = dyn_cast<SizeOfPackExpr>(side->IgnoreParenImpCasts());
    return size ? known(size->getPack()) : nullptr;
  };
  Pack a = lengthOf(binary->getLHS()), b = lengthOf(binary->getRHS());
  if (inRequires && binary->getOpcode() == BO_EQ && a && b)
    text.tied.push_back({a, b});
  return true;
}

// Gives each expansion the packs of its pattern, less those that an expansion
// inside of it takes apart, and drops the expansions of other packs.
void PackText::Collector::finish() {
  auto &sites = text.sites;
  for (PackSite &mention : sites) {
    if (mention.kind != PackSite::Kind::Mention)
      continue;
    PackSite *inner = nullptr;
    for (PackSite &each : sites)
      if (each.pattern.end && each.pattern.contains(mention.place) &&
          (!inner || inner->pattern.contains(each.pattern)))
        inner = &each;
    if (inner && !llvm::is_contained(inner->packs, mention.packs.front()))
      inner->packs.push_back(mention.packs.front());
  }
  llvm::erase_if(sites,
                 [](const PackSite &site) { return site.packs.empty(); });
  for (const PackSite &site : sites)
    if (site.packs.size() > 1)
      text.tied.push_back(site.packs);
  for (const ParmVarDecl *parameter : named) {
    Stretch name = text.stretchOf(parameter->getLocation());
    for (const PackSite &each : sites)
      if (each.ellipsis.end && each.place.contains(name)) {
        sites.push_back({PackSite::Kind::Mention, name, each.packs});
        break;
      }
  }
}

// Blanks in place of comments, so that what stands before a place is code.
static void blankComments(std::string &text, Stretch part,
                          const LangOptions &language) {
  std::string code(part.end - part.begin, ' ');
  const char *begin = text.data() + part.begin;
  Lexer lexer(SourceLocation(), language, text.data(), begin,
              text.data() + text.size());
  Token token;
  for (lexer.LexFromRawLexer(token); token.isNot(tok::eof);
       lexer.LexFromRawLexer(token)) {
    const char *end = lexer.getBufferLocation();
    size_t to = end - begin;
    if (to > code.size())
      break;
    code.replace(to - token.getLength(), token.getLength(),
                 end - token.getLength(), token.getLength());
  }
  text.replace(part.begin, code.size(), code);
}

PackText::PackText(const TemplateParameterList *head, const Decl *decl,
                   llvm::ArrayRef<Pack> packs, ASTContext &context)
    : context(context) {
  const SourceManager &sources = context.getSourceManager();
  id = sources.getFileID(sources.getFileLoc(decl->getLocation()));
  text = sources.getBufferData(id).str();
  Collector collector(*this, packs);
  for (const NamedDecl *parameter : *head)
    collector.TraverseDecl(parameter);
  if (const Expr *clause = head->getRequiresClause())
    collector.readRequires(clause);
  SourceLocation end = head->getRAngleLoc();
  if (const auto *function = dyn_cast<FunctionDecl>(decl)) {
    if (const TypeSourceInfo *type = function->getTypeSourceInfo())
      collector.TraverseTypeLoc(type->getTypeLoc());
    if (const Expr *clause =
            function->getTrailingRequiresClause().ConstraintExpr)
      collector.readRequires(clause);
    const Stmt *body = function->doesThisDeclarationHaveABody()
                           ? function->getBody()
                           : nullptr;
    end = body ? body->getBeginLoc() : function->getEndLoc();
  }
  collector.finish();
  blankComments(
      text,
      {sources.getFileOffset(sources.getFileLoc(head->getTemplateLoc())),
       stretchOf(end).end},
      context.getLangOpts());
}

Stretch PackText::stretchOf(SourceRange tokens) const {
  const SourceManager &sources = context.getSourceManager();
  CharSourceRange range =
      sources.getExpansionRange(CharSourceRange::getTokenRange(tokens));
  SourceLocation end = Lexer::getLocForEndOfToken(range.getEnd(), 0, sources,
                                                  context.getLangOpts());
  return {sources.getFileOffset(range.getBegin()), sources.getFileOffset(end)};
}

Packs PackText::packsIn(Stretch place) const {
  Packs packs;
  for (const PackSite &site : sites)
    if (place.contains(site.place))
      for (Pack pack : site.packs)
        if (!llvm::is_contained(packs, pack))
          packs.push_back(pack);
  return packs;
}

// ---------------------------------------------------------------- writing

namespace {
// A site or a replacement, in the order of the text.
struct Item {
  Stretch place;
  const PackSite *site;
  const Replacement *replacement;
};
} // namespace

class PackText::Renderer {
public:
  Renderer(const PackText &text, const PackLengths &lengths,
           llvm::ArrayRef<Replacement> changes);

  std::string render(Stretch place, std::optional<unsigned> element = {},
                     const PackSite *enclosing = nullptr);

private:
  std::string textOf(const Item &item, std::optional<unsigned> element);
  std::vector<std::string> elementsOf(const PackSite &site);
  std::string declarations(const PackSite &site);
  std::string fold(const PackSite &site);

  const PackText &text;
  const PackLengths &lengths;
  std::vector<Item> items;
};

PackText::Renderer::Renderer(const PackText &text, const PackLengths &lengths,
                             llvm::ArrayRef<Replacement> changes)
    : text(text), lengths(lengths) {
  for (const Replacement &change : changes)
    items.push_back({change.place, nullptr, &change});
  for (const PackSite &site : text.sites)
    if (lengths.count(site.packs.front()))
      items.push_back({site.place, &site, nullptr});
  // Insertions first, then what is outside before what is inside.
  llvm::sort(items, [](const Item &a, const Item &b) {
    auto key = [](const Item &item) {
      bool isInsertion = item.place.begin == item.place.end;
      return std::tuple(item.place.begin, !isInsertion, -item.place.end,
                        !item.replacement);
    };
    return key(a) < key(b);
  });
}

// An insertion before or behind a pattern belongs to what the pattern stands
// in, unless it names the element.
static bool isBeside(const Item &item, Stretch pattern) {
  bool isInsertion = item.place.begin == item.place.end;
  return isInsertion && !item.replacement->isName &&
         (item.place.begin == pattern.begin || item.place.end == pattern.end);
}

// An empty list takes the comma before it along, or the one behind it.
static unsigned dropComma(std::string &before, StringRef text, unsigned at) {
  before.resize(StringRef(before).rtrim().size());
  if (StringRef(before).ends_with(",")) {
    before.pop_back();
    return at;
  }
  StringRef rest = text.substr(at).ltrim();
  return rest.consume_front(",") ? text.size() - rest.ltrim().size() : at;
}

std::string PackText::Renderer::render(Stretch place,
                                       std::optional<unsigned> element,
                                       const PackSite *enclosing) {
  std::string result;
  unsigned at = place.begin;
  unsigned endOfList = 0; // whose elements have their names already
  for (const Item &item : items) {
    if (item.place.begin < at || !place.contains(item.place) ||
        (enclosing && (item.site == enclosing || isBeside(item, place))) ||
        (item.replacement && item.replacement->isName &&
         item.place.begin == endOfList))
      continue;
    result += text.text.substr(at, item.place.begin - at);
    at = item.place.end;
    std::string own = textOf(item, element);
    bool isList = item.site && (item.site->kind == PackSite::Kind::Expansion ||
                                item.site->kind == PackSite::Kind::Declaration);
    if (isList)
      endOfList = at;
    if (isList && own.empty())
      at = dropComma(result, text.text, at);
    result += own;
  }
  return at < place.end ? result + text.text.substr(at, place.end - at)
                        : result;
}

std::string PackText::Renderer::textOf(const Item &item,
                                       std::optional<unsigned> element) {
  std::string number = element ? std::to_string(*element) : "";
  if (const Replacement *change = item.replacement)
    return change->isName ? change->text + number : change->text;
  const PackSite &site = *item.site;
  switch (site.kind) {
  case PackSite::Kind::Declaration:
    return declarations(site);
  case PackSite::Kind::Mention:
    return text.text.substr(site.place.begin,
                            site.place.end - site.place.begin) +
           number;
  case PackSite::Kind::Expansion:
    return llvm::join(elementsOf(site), ", ");
  case PackSite::Kind::Length:
    return std::to_string(lengths.at(site.packs.front())) +
           (site.needsType ? "ul" : "");
  case PackSite::Kind::Fold:
    return fold(site);
  }
  llvm_unreachable("a kind of PackSite");
}

// `int... D` is `int D0, int D1`; the name is the declaration's last token.
std::string PackText::Renderer::declarations(const PackSite &site) {
  Pack pack = site.packs.front();
  StringRef written(text.text);
  written = written.slice(site.place.begin, site.place.end);
  std::string type = written.take_front(written.find("...")).rtrim().str();
  std::vector<std::string> list;
  for (unsigned i = 0; i != lengths.at(pack); ++i)
    list.push_back(type + " " + pack->getName().str() + std::to_string(i));
  return llvm::join(list, ", ");
}

std::vector<std::string> PackText::Renderer::elementsOf(const PackSite &site) {
  std::vector<std::string> list;
  for (unsigned i = 0; i != lengths.at(site.packs.front()); ++i) {
    Stretch before = site.pattern, after = {};
    if (site.ellipsis.end) {
      before.end = site.ellipsis.begin;
      after = {site.ellipsis.end, site.pattern.end};
    }
    list.push_back(render(before, i, &site) +
                   (site.ellipsis.end ? render(after, i, &site) : ""));
  }
  return list;
}

// [expr.prim.fold]: the grouping, and the value of an empty fold.
std::string PackText::Renderer::fold(const PackSite &site) {
  std::vector<std::string> list = elementsOf(site);
  if (site.init.end) {
    std::string init = render(site.init);
    list.insert(site.isRightFold ? list.end() : list.begin(), init);
  }
  if (list.empty())
    return site.fold == "&&"   ? "(true)"
           : site.fold == "||" ? "(false)"
                               : "(void())";
  std::string op = " " + site.fold + " ";
  std::string result = site.isRightFold ? list.back() : list.front();
  for (size_t i = 1; i != list.size(); ++i)
    result = site.isRightFold
                 ? "(" + list[list.size() - 1 - i] + op + result + ")"
                 : "(" + result + op + list[i] + ")";
  return list.size() == 1 ? "(" + result + ")" : result;
}

std::string PackText::written(Stretch place,
                              llvm::ArrayRef<Replacement> changes) const {
  return expanded(place, {}, changes);
}

std::string PackText::expanded(Stretch place, const PackLengths &lengths,
                               llvm::ArrayRef<Replacement> changes) const {
  return onOneLine(Renderer(*this, lengths, changes).render(place),
                   context.getLangOpts());
}
