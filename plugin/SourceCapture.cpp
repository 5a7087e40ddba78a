#include "SourceCapture.h"

#include "Attributes.h"
#include "References.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/Builtins.h"
#include "clang/Basic/LangStandard.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "clang/Lex/MacroInfo.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

#include <set>

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

// ---------------------------------------------------------------- what is
// needed

static std::string nameOf(const NamedDecl *decl) {
  return "'" + decl->getQualifiedNameAsString() + "'";
}

// What an instantiation was made from; everything else is itself.
static const Decl *patternOf(const Decl *decl) {
  const Decl *pattern = nullptr;
  if (const auto *function = dyn_cast<FunctionDecl>(decl))
    pattern = function->getTemplateInstantiationPattern();
  else if (const auto *record = dyn_cast<CXXRecordDecl>(decl))
    pattern = record->getTemplateInstantiationPattern();
  else if (const auto *variable = dyn_cast<VarDecl>(decl))
    pattern = variable->getTemplateInstantiationPattern();
  else if (const auto *list = dyn_cast<EnumDecl>(decl))
    pattern = list->getTemplateInstantiationPattern();
  return pattern ? pattern : decl;
}

static const Decl *describedTemplate(const Decl *decl) {
  const Decl *whole = decl->getDescribedTemplate();
  if (const auto *record = dyn_cast<ClassTemplateSpecializationDecl>(decl))
    whole = record->getSpecializedTemplate();
  if (const auto *variable = dyn_cast<VarTemplateSpecializationDecl>(decl))
    whole = variable->getSpecializedTemplate();
  return whole ? whole : decl;
}

// The declaration at namespace scope that \p decl is part of: the class of a
// member, the enumeration of an enumerator, the template of an instance.
static const Decl *outermost(const Decl *decl) {
  decl = patternOf(decl);
  while (!decl->getDeclContext()->getRedeclContext()->isFileContext())
    decl = patternOf(cast<Decl>(decl->getDeclContext()));
  return describedTemplate(decl)->getCanonicalDecl();
}

static const Decl *templated(const Decl *decl) {
  if (const auto *whole = dyn_cast<TemplateDecl>(decl))
    if (const NamedDecl *inner = whole->getTemplatedDecl())
      return inner;
  return decl;
}

namespace {

// A module, or a declaration outside of modules that travels with one.
struct Node {
  TileModule *module = nullptr;
  const Decl *outside = nullptr;
  llvm::SetVector<Node *> uses;
};

class DependencyGraph {
public:
  DependencyGraph(const TileModules &modules, ASTContext &context,
                  Findings &findings)
      : modules(modules), context(context), sources(context.getSourceManager()),
        findings(findings) {}

  /// \p module and all that it reaches.
  std::vector<Node *> closure(TileModule *module);
  /// The declarations that are written for \p node.
  std::vector<const Decl *> writtenFor(const Node &node) const;

private:
  Node *nodeOf(TileModule *module);
  Node *nodeOf(const Decl *outside, const Reference &reference,
               const Node &user);
  void follow(Node &node);
  void follow(Node &node, const Reference &reference);
  bool canTravel(const Decl *decl) const;
  bool isForKernels(const FunctionDecl *function) const;
  void refuse(Diag diag, const NamedDecl *decl, const Reference &reference,
              const Node &user);

  const TileModules &modules;
  ASTContext &context;
  SourceManager &sources;
  Findings &findings;
  std::map<TileModule *, std::unique_ptr<Node>> moduleNodes;
  llvm::DenseMap<const Decl *, std::unique_ptr<Node>> outsideNodes;
  std::set<std::pair<const Decl *, const Node *>> refused;
};

} // namespace

void DependencyGraph::refuse(Diag diag, const NamedDecl *decl,
                             const Reference &reference, const Node &user) {
  if (!refused.emplace(decl->getCanonicalDecl(), &user).second)
    return;
  std::string module =
      user.module ? user.module->name
                  : cast<NamedDecl>(user.outside)->getQualifiedNameAsString();
  findings.push_back({diag,
                      sources.getFileLoc(reference.loc),
                      {"'" + module + "'", nameOf(decl)}});
}

// The part of the standard library that compiles into kernels.
bool DependencyGraph::isForKernels(const FunctionDecl *function) const {
  const FunctionDecl *pattern = function->getTemplateInstantiationPattern();
  if (function->isConstexpr() || (pattern && pattern->isConstexpr()) ||
      function->isImplicit() || function->isDefaulted() ||
      hasAttribute(function, AttrKind::Pure))
    return true;
  unsigned id = function->getBuiltinID();
  const char *header = id ? context.BuiltinInfo.getHeaderName(id) : nullptr;
  return id && (!header || StringRef(header) == "math.h");
}

bool DependencyGraph::canTravel(const Decl *decl) const {
  decl = templated(decl);
  if (const auto *function = dyn_cast<FunctionDecl>(decl))
    return function->isConstexpr() && function->isDefined();
  if (const auto *variable = dyn_cast<VarDecl>(decl)) {
    const Expr *init = variable->getAnyInitializer();
    return variable->isConstexpr() ||
           (variable->getType().isConstQualified() && init &&
            (init->isValueDependent() ||
             variable->isUsableInConstantExpressions(context)));
  }
  return isa<TypeDecl, ConceptDecl, NamespaceAliasDecl, UsingDecl,
             UsingEnumDecl>(decl);
}

Node *DependencyGraph::nodeOf(TileModule *module) {
  std::unique_ptr<Node> &node = moduleNodes[module];
  if (!node) {
    node = std::make_unique<Node>();
    node->module = module;
    follow(*node);
  }
  return node.get();
}

Node *DependencyGraph::nodeOf(const Decl *outside, const Reference &reference,
                              const Node &user) {
  auto found = outsideNodes.find(outside);
  if (found != outsideNodes.end())
    return found->second.get();
  if (!canTravel(outside)) {
    bool isFunction = isa<FunctionDecl>(templated(outside));
    refuse(isFunction ? Diag::OutsideFunction : Diag::OutsideVariable,
           cast<NamedDecl>(outside), reference, user);
    return nullptr;
  }
  auto owned = std::make_unique<Node>();
  Node *node = owned.get();
  node->outside = outside;
  outsideNodes[outside] = std::move(owned);
  follow(*node);
  return node;
}

void DependencyGraph::follow(Node &node, const Reference &reference) {
  const NamedDecl *decl = reference.decl;
  if (isa<TemplateTypeParmDecl, NonTypeTemplateParmDecl,
          TemplateTemplateParmDecl>(decl) ||
      decl->isInvalidDecl() || decl->isImplicit())
    return;
  if (isa<NamespaceDecl>(decl)) {
    if (TileModule *target = modules.moduleOf(decl);
        target != node.module && target)
      node.uses.insert(nodeOf(target));
    return;
  }
  const auto *function = dyn_cast<FunctionDecl>(templated(decl));
  if (TileModule *target = modules.moduleOf(outermost(decl))) {
    if (target != node.module)
      node.uses.insert(nodeOf(target));
    const auto *pattern =
        function ? cast<FunctionDecl>(patternOf(function)) : nullptr;
    if (pattern && !pattern->isDefined() && !pattern->isDefaulted() &&
        !pattern->isDeleted() && !pattern->isPureVirtual())
      refuse(Diag::UndefinedFunction, function, reference, node);
    return;
  }
  if (isLanguage(decl, sources)) {
    // An installed language header is a system header too.
    if (function && !isOurs(function) &&
        sources.isInSystemHeader(function->getLocation()) &&
        !isForKernels(function))
      refuse(Diag::StandardFunction, function, reference, node);
    return;
  }
  const Decl *whole = outermost(decl);
  if (whole != node.outside)
    if (Node *target = nodeOf(whole, reference, node))
      node.uses.insert(target);
}

std::vector<const Decl *> DependencyGraph::writtenFor(const Node &node) const {
  std::vector<const Decl *> written;
  if (node.module) {
    written.assign(node.module->pieces.begin(), node.module->pieces.end());
    return written;
  }
  llvm::append_range(written, node.outside->redecls());
  // Specialisations, and members that are defined outside of their class.
  if (const auto *whole = dyn_cast<ClassTemplateDecl>(node.outside)) {
    for (const auto *each : whole->specializations())
      if (each->getSpecializationKind() == TSK_ExplicitSpecialization)
        llvm::append_range(written, each->redecls());
    llvm::SmallVector<ClassTemplatePartialSpecializationDecl *, 4> partial;
    const_cast<ClassTemplateDecl *>(whole)->getPartialSpecializations(partial);
    for (const auto *each : partial)
      llvm::append_range(written, each->redecls());
  }
  const auto *record = dyn_cast<CXXRecordDecl>(templated(node.outside));
  if (record && (record = record->getDefinition()))
    for (const Decl *member : record->decls())
      for (const Decl *each : member->redecls())
        if (each->getLexicalDeclContext()->isFileContext() &&
            isa<FunctionDecl, FunctionTemplateDecl, VarDecl>(each))
          written.push_back(each);
  return written;
}

void DependencyGraph::follow(Node &node) {
  for (const Decl *decl : writtenFor(node))
    for (const Reference &reference : referencesIn(decl))
      follow(node, reference);
}

std::vector<Node *> DependencyGraph::closure(TileModule *module) {
  llvm::SetVector<Node *> reached;
  reached.insert(nodeOf(module));
  for (size_t i = 0; i < reached.size(); ++i) {
    llvm::SetVector<Node *> uses = reached[i]->uses;
    reached.insert_range(uses);
  }
  return {reached.begin(), reached.end()};
}

// ---------------------------------------------------------------- text

namespace {

// What is written somewhere in the files, and whose it is.
struct Stretch {
  const Decl *decl;
  std::string module;
  FileID file;
  unsigned begin, end;
};

class Writer {
public:
  Writer(const PreprocessorNotes &notes, ASTContext &context)
      : notes(notes), context(context), sources(context.getSourceManager()) {}

  /// \p stretches, in the order of the text, as pieces with what surrounds
  /// them.
  std::vector<CapturedPiece> write(std::vector<Stretch> stretches);
  std::optional<Stretch> stretchOf(const Decl *decl, std::string module) const;

private:
  void writeMacros(FileID file, unsigned begin, unsigned end);
  void writeMacro(const MacroMention &use);
  void writeStretch(const Stretch &stretch);
  std::string textOf(FileID file, unsigned begin, unsigned end) const;
  void add(std::string module, SourceLocation loc, std::string text);
  bool isWritten(SourceLocation loc) const;

  const PreprocessorNotes &notes;
  ASTContext &context;
  SourceManager &sources;
  std::vector<Stretch> all;
  std::map<const IdentifierInfo *, const MacroInfo *> defined;
  std::vector<CapturedPiece> pieces;
};

} // namespace

static SourceLocation locationIn(const SourceManager &sources, FileID file,
                                 unsigned offset) {
  return sources.getLocForStartOfFile(file).getLocWithOffset(offset);
}

// `namespace a::b { }` is one text for the spaces a and b.
static const NamespaceDecl *writtenNamespace(const NamespaceDecl *space) {
  while (space->isNested())
    space = cast<NamespaceDecl>(space->getDeclContext());
  return space;
}

std::optional<Stretch> Writer::stretchOf(const Decl *decl,
                                         std::string module) const {
  if (const auto *space = dyn_cast<NamespaceDecl>(decl))
    decl = writtenNamespace(space);
  if (decl->isImplicit() || decl->getSourceRange().isInvalid())
    return std::nullopt;
  CharSourceRange range = sources.getExpansionRange(decl->getSourceRange());
  SourceLocation end = range.getEnd();
  if (range.isTokenRange())
    end = Lexer::getLocForEndOfToken(end, 0, sources, context.getLangOpts());
  auto [file, begin] = sources.getDecomposedLoc(range.getBegin());
  auto [endFile, endOffset] = sources.getDecomposedLoc(end);
  if (file != endFile || endOffset <= begin)
    return std::nullopt;
  return Stretch{decl, std::move(module), file, begin, endOffset};
}

// The text with the files that it includes in place of its #include lines.
std::string Writer::textOf(FileID file, unsigned begin, unsigned end) const {
  StringRef buffer = sources.getBufferData(file);
  auto found = notes.includes.find(file);
  if (found == notes.includes.end())
    return buffer.slice(begin, end).str();
  auto lineMark = [&](SourceLocation loc) {
    PresumedLoc place = sources.getPresumedLoc(loc);
    return "\n#line " + std::to_string(place.getLine()) + " \"" +
           place.getFilename() + "\"\n";
  };
  std::string text;
  for (const IncludeNote &note : found->second) {
    if (note.begin < begin || note.end > end)
      continue;
    text += buffer.slice(begin, note.begin);
    bool isUsers =
        note.file.isValid() &&
        !sources.isInSystemHeader(sources.getLocForStartOfFile(note.file));
    if (isUsers)
      text += lineMark(sources.getLocForStartOfFile(note.file)) +
              textOf(note.file, 0, sources.getFileIDSize(note.file)) +
              lineMark(locationIn(sources, file, note.end));
    begin = note.end;
  }
  return text + buffer.slice(begin, end).str();
}

void Writer::add(std::string module, SourceLocation loc, std::string text) {
  PresumedLoc place = sources.getPresumedLoc(loc);
  llvm::SmallString<128> file(place.isValid() ? place.getFilename()
                                              : "<input>");
  context.getLangOpts().remapPathPrefix(file);
  pieces.push_back({std::move(module), file.str().str(),
                    place.isValid() ? place.getLine() : 1, std::move(text)});
}

bool Writer::isWritten(SourceLocation loc) const {
  // What an included file has is written where it is included.
  for (loc = sources.getFileLoc(loc); loc.isValid();
       loc = sources.getIncludeLoc(sources.getFileID(loc))) {
    auto [file, offset] = sources.getDecomposedLoc(loc);
    for (const Stretch &each : all)
      if (each.file == file && each.begin <= offset && offset < each.end)
        return true;
  }
  return false;
}

void Writer::writeMacro(const MacroMention &use) {
  StringRef name = use.name->getName();
  // The language headers define their own.
  if (name.starts_with("FERRO_") || name.starts_with("CUTILE_"))
    return;
  auto known = defined.find(use.name);
  if (known != defined.end() && known->second == use.macro)
    return;
  bool isElsewhere =
      use.macro &&
      (use.macro->isBuiltinMacro() ||
       sources.isWrittenInBuiltinFile(use.macro->getDefinitionLoc()) ||
       isWritten(use.macro->getDefinitionLoc()) ||
       (use.macro->isFunctionLike() &&
        sources.isInSystemHeader(use.macro->getDefinitionLoc())));
  if (isElsewhere || (!use.macro && known == defined.end()))
    return;
  std::string text;
  if (known != defined.end() && known->second)
    text = "#undef " + name.str();
  defined[use.name] = use.macro;
  SourceLocation loc = sources.getLocForStartOfFile(sources.getMainFileID());
  if (use.macro) {
    loc = use.macro->getDefinitionLoc();
    StringRef definition = Lexer::getSourceText(
        CharSourceRange::getTokenRange(loc, use.macro->getDefinitionEndLoc()),
        sources, context.getLangOpts());
    text += (text.empty() ? "#define " : "\n#define ") + definition.str();
  }
  add("", loc, std::move(text));
}

void Writer::writeMacros(FileID file, unsigned begin, unsigned end) {
  if (auto found = notes.macros.find(file); found != notes.macros.end())
    for (const MacroMention &use : found->second)
      if (use.offset >= begin && use.offset < end)
        writeMacro(use);
  if (auto found = notes.includes.find(file); found != notes.includes.end())
    for (const IncludeNote &note : found->second)
      if (note.begin >= begin && note.end <= end && note.file.isValid())
        writeMacros(note.file, 0, sources.getFileIDSize(note.file));
}

void Writer::writeStretch(const Stretch &stretch) {
  writeMacros(stretch.file, stretch.begin, stretch.end);
  SourceLocation loc = locationIn(sources, stretch.file, stretch.begin);
  std::string opened, closed;
  for (const DeclContext *context = stretch.decl->getLexicalDeclContext();
       !context->isTranslationUnit(); context = context->getLexicalParent())
    if (const auto *space = dyn_cast<NamespaceDecl>(context)) {
      opened = (space->isInline() ? "inline namespace " : "namespace ") +
               space->getNameAsString() + " { " + opened;
      closed += "}";
    }
  if (!opened.empty())
    add("", loc, opened);
  std::string text(sources.getSpellingColumnNumber(loc) - 1, ' ');
  text += textOf(stretch.file, stretch.begin, stretch.end);
  bool hasBody =
      isa<NamespaceDecl>(stretch.decl) ||
      (stretch.decl->getAsFunction() &&
       stretch.decl->getAsFunction()->doesThisDeclarationHaveABody());
  add(stretch.module, loc, text + (hasBody ? "" : ";"));
  if (!closed.empty())
    add("", loc, closed);
}

std::vector<CapturedPiece> Writer::write(std::vector<Stretch> stretches) {
  llvm::sort(stretches, [&](const Stretch &a, const Stretch &b) {
    if (a.file == b.file && a.begin == b.begin)
      return a.end > b.end; // `int a = 1, b = 2;` before `int a = 1`
    return sources.isBeforeInTranslationUnit(
        locationIn(sources, a.file, a.begin),
        locationIn(sources, b.file, b.begin));
  });
  all = std::move(stretches);
  const Stretch *last = nullptr;
  for (const Stretch &each : all) {
    bool isInside = last && last->file == each.file && each.begin < last->end;
    if (isInside) // of a declaration that is written already
      continue;
    writeStretch(each);
    last = &each;
  }
  return std::move(pieces);
}

// ---------------------------------------------------------------- modules

// `using namespace` at the scopes around modules: they make names visible, so
// they travel with what they name.
static void collectDirectives(const DeclContext *space,
                              const TileModules &modules,
                              const SourceManager &sources,
                              std::vector<const UsingDirectiveDecl *> &found) {
  for (const Decl *decl : space->noload_decls()) {
    if (decl->isImplicit() || decl->getLocation().isInvalid() ||
        sources.isInSystemHeader(decl->getLocation()))
      continue;
    if (const auto *directive = dyn_cast<UsingDirectiveDecl>(decl))
      found.push_back(directive);
    const auto *nested = dyn_cast<NamespaceDecl>(decl);
    if (nested && !modules.moduleOf(nested) && !isLanguage(nested, sources))
      collectDirectives(nested, modules, sources, found);
  }
}

static bool encloses(const NamespaceDecl *space, const Decl *decl) {
  for (const DeclContext *context = decl->getDeclContext(); context;
       context = context->getParent())
    if (context->getPrimaryContext() == space->getPrimaryContext())
      return true;
  return false;
}

static std::string hashOf(const CapturedModule &module) {
  std::string text =
      module.name + '\0' + module.standard + (module.signedChar ? "+" : "-");
  for (const CapturedPiece &piece : module.pieces)
    text += piece.module + '\0' + llvm::sys::path::filename(piece.file).str() +
            '\0' + std::to_string(piece.line) + '\0' +
            std::to_string(piece.text.size()) + '\0' + piece.text;
  llvm::XXH128_hash_t hash = llvm::xxh3_128bits(llvm::ArrayRef<uint8_t>(
      reinterpret_cast<const uint8_t *>(text.data()), text.size()));
  return llvm::utohexstr(hash.high64, /*LowerCase=*/true, 16) +
         llvm::utohexstr(hash.low64, /*LowerCase=*/true, 16);
}

namespace {
struct ModuleCapture {
  ASTContext &context;
  const TileModules &modules;
  DependencyGraph &graph;
  const PreprocessorNotes &notes;
  llvm::ArrayRef<const UsingDirectiveDecl *> directives;

  CapturedModule capture(TileModule *module);

private:
  bool isNeeded(const UsingDirectiveDecl *directive,
                llvm::ArrayRef<Node *> closure) const;
  SourceLocation lastOf(llvm::ArrayRef<Stretch> stretches) const;
};
} // namespace

bool ModuleCapture::isNeeded(const UsingDirectiveDecl *directive,
                             llvm::ArrayRef<Node *> closure) const {
  const NamespaceDecl *space = directive->getNominatedNamespace();
  if (isLanguage(space, context.getSourceManager()))
    return space->isStdNamespace() || !space->isInStdNamespace();
  TileModule *target = modules.moduleOf(space);
  return llvm::any_of(closure, [&](const Node *node) {
    if (node->outside)
      return encloses(space, node->outside);
    return node->module == target ||
           encloses(space, node->module->pieces.front());
  });
}

SourceLocation ModuleCapture::lastOf(llvm::ArrayRef<Stretch> stretches) const {
  const SourceManager &sources = context.getSourceManager();
  SourceLocation last;
  for (const Stretch &each : stretches) {
    SourceLocation loc = locationIn(sources, each.file, each.begin);
    if (last.isInvalid() || sources.isBeforeInTranslationUnit(last, loc))
      last = loc;
  }
  return last;
}

static bool isGlobal(QualType type) {
  const auto *instance = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      type->getAsCXXRecordDecl());
  return instance && instance->getQualifiedNameAsString() == "cutile::Global";
}

// Its Globals that stand in namespaces, without the namespaces that have no
// name.
static void addGlobals(const DeclContext *space, const std::string &scope,
                       std::vector<std::string> &names) {
  for (const Decl *decl : space->decls()) {
    if (const auto *nested = dyn_cast<NamespaceDecl>(decl)) {
      addGlobals(nested,
                 nested->isAnonymousNamespace()
                     ? scope
                     : scope + nested->getNameAsString() + "::",
                 names);
    } else if (const auto *variable = dyn_cast<VarDecl>(decl);
               variable && variable->isFirstDecl() &&
               isGlobal(variable->getType())) {
      names.push_back(scope + variable->getNameAsString());
    }
  }
}

static std::vector<std::string> globalsOf(const TileModule &module) {
  std::vector<std::string> names;
  for (const NamespaceDecl *piece : module.pieces)
    addGlobals(piece, module.name + "::", names);
  return names;
}

CapturedModule ModuleCapture::capture(TileModule *module) {
  const SourceManager &sources = context.getSourceManager();
  const LangOptions &language = context.getLangOpts();
  CapturedModule result{
      module->name,
      "",
      LangStandard::getLangStandardForKind(language.LangStd).getName(),
      language.CharIsSigned,
      {},
      {},
      {},
      globalsOf(*module)};

  std::vector<Node *> closure = graph.closure(module);
  Writer writer(notes, context);
  std::vector<Stretch> stretches;
  auto take = [&](const Decl *decl, std::string owner) {
    if (std::optional<Stretch> stretch =
            writer.stretchOf(decl, std::move(owner)))
      stretches.push_back(std::move(*stretch));
  };
  for (Node *node : closure) {
    if (node->module && node->module != module)
      result.imports.push_back(node->module->name);
    for (const Decl *decl : graph.writtenFor(*node))
      take(decl, node->module ? node->module->name : "");
  }
  llvm::sort(result.imports);
  // Behind everything else it names nothing any more.
  SourceLocation last = lastOf(stretches);
  for (const UsingDirectiveDecl *directive : directives)
    if (isNeeded(directive, closure) &&
        sources.isBeforeInTranslationUnit(directive->getLocation(), last))
      take(directive, "");
  result.pieces = writer.write(std::move(stretches));
  for (const Entry &entry : module->entries)
    result.entries.emplace_back(
        entry.marked->getQualifiedNameAsString(),
        sources.getPresumedLoc(entry.marked->getLocation()).getLine());
  result.hash = hashOf(result);
  return result;
}

std::vector<CapturedModule>
ferro::plugin::captureSources(const TileModules &modules,
                              const PreprocessorNotes &notes,
                              ASTContext &context, Findings &findings) {
  std::vector<const UsingDirectiveDecl *> directives;
  collectDirectives(context.getTranslationUnitDecl(), modules,
                    context.getSourceManager(), directives);
  DependencyGraph graph(modules, context, findings);
  std::vector<CapturedModule> captured;
  for (const auto &module : modules.all())
    captured.push_back(
        ModuleCapture{context, modules, graph, notes, directives}.capture(
            module.get()));
  return captured;
}
