#include "Frontend.h"

#include "Attributes.h"

#include "clang/AST/ASTConsumer.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/DiagnosticSema.h"
#include "clang/Basic/FileManager.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Lex/DependencyDirectivesScanner.h"
#include "clang/Lex/Lexer.h"
#include "clang/Lex/PPCallbacks.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Lex/PreprocessorOptions.h"

#include <set>

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

Discovery::Discovery() = default;
Discovery::~Discovery() = default;
Discovery::Discovery(Discovery &&) = default;
Discovery &Discovery::operator=(Discovery &&) = default;

namespace {
// Says nothing, but remembers where Clang found errors and why it gave up.
struct ErrorPlaces : DiagnosticConsumer {
  void HandleDiagnostic(DiagnosticsEngine::Level level,
                        const Diagnostic &diagnostic) override {
    DiagnosticConsumer::HandleDiagnostic(level, diagnostic);
    // A declaration from a precompiled header already returns the module type.
    SourceLocation loc = diagnostic.getLocation();
    bool isUsers = !diagnostic.hasSourceManager() || loc.isInvalid() ||
                   !diagnostic.getSourceManager().isInSystemHeader(loc);
    if (level >= DiagnosticsEngine::Error && isUsers &&
        diagnostic.getID() != diag::err_ovl_diff_return_type)
      places.insert(loc);
    if (level != DiagnosticsEngine::Fatal || !fatalError.empty())
      return;
    llvm::SmallString<128> text;
    diagnostic.FormatDiagnostic(text);
    if (diagnostic.hasSourceManager() && diagnostic.getLocation().isValid()) {
      PresumedLoc place = diagnostic.getSourceManager().getPresumedLoc(
          diagnostic.getLocation());
      fatalError = std::string(place.getFilename()) + ":" +
                   std::to_string(place.getLine()) + ": ";
    }
    fatalError += text.str();
  }
  std::set<SourceLocation> places;
  std::string fatalError;
};
} // namespace

// A compiler like \p outer that writes nothing, says nothing and loads no
// plugin.
static std::unique_ptr<CompilerInstance>
makeNested(CompilerInstance &outer, const FrontendInputFile &input) {
  auto invocation = std::make_shared<CompilerInvocation>(outer.getInvocation());
  FrontendOptions &frontend = invocation->getFrontendOpts();
  frontend.Inputs.assign(1, input);
  frontend.OutputFile.clear();
  frontend.StatsFile.clear();
  frontend.AddPluginActions.clear();
  frontend.ProgramAction = frontend::ParseSyntaxOnly;
  frontend.SkipFunctionBodies = true;
  frontend.DisableFree = frontend.ShowStats = false;
  frontend.DashX = input.getKind();
  invocation->getDependencyOutputOpts() =
      DependencyOutputOptions(); // no second .d file
  invocation->getHeaderSearchOpts().Verbose = false;
  invocation->getPreprocessorOpts().RetainRemappedFileBuffers =
      true; // else freed twice
  DiagnosticOptions &diagnostics = invocation->getDiagnosticOpts();
  diagnostics.ErrorLimit = 0; // type errors are expected where modules are used
  diagnostics.ShowCarets = false; // and their number is nobody's business
  diagnostics.VerifyDiagnostics = false;
  diagnostics.DiagnosticSerializationFile.clear();
  diagnostics.DiagnosticLogFile.clear();

  auto nested = std::make_unique<CompilerInstance>(
      invocation, outer.getPCHContainerOperations(), outer.getModuleCachePtr());
  nested->setVirtualFileSystem(outer.getVirtualFileSystemPtr());
  nested->setFileManager(
      outer.getFileManagerPtr()); // both see the same file entries
  nested->createDiagnostics(new ErrorPlaces(),
                            /*ShouldOwnClient=*/true);
  nested->setVerboseOutputStream(llvm::nulls());
  return nested;
}

// ---------------------------------------------------------------- prescan

static bool fileConcernsScripts(const SourceManager &sources, FileID file,
                                const LangOptions &language) {
  if (!mayConcernScripts(sources.getBufferData(file)))
    return false;
  for (const AttributeList &list : spotAttributes(sources, file, language))
    if (llvm::any_of(list.attributes, concernsScripts))
      return true;
  return false;
}

namespace {

// Only directives decide which files are included, so only they are lexed.
class Directives : public DependencyDirectivesGetter {
public:
  explicit Directives(FileManager &files) : files(files) {}

  std::unique_ptr<DependencyDirectivesGetter>
  cloneFor(FileManager &other) override {
    return std::make_unique<Directives>(other);
  }

  std::optional<llvm::ArrayRef<dependency_directives_scan::Directive>>
  operator()(FileEntryRef file) override {
    auto [found, isNew] = scans.try_emplace(&file.getFileEntry());
    if (isNew)
      found->second = scan(file);
    if (!found->second)
      return std::nullopt;
    return found->second->directives;
  }

private:
  struct Scan {
    llvm::SmallVector<dependency_directives_scan::Token, 0> tokens;
    llvm::SmallVector<dependency_directives_scan::Directive, 0> directives;
    std::unique_ptr<llvm::MemoryBuffer> buffer;
  };

  std::unique_ptr<Scan> scan(FileEntryRef file) {
    auto buffer = files.getBufferForFile(file);
    if (!buffer)
      return nullptr;
    auto result = std::make_unique<Scan>();
    result->buffer = std::move(*buffer);
    if (scanSourceForDependencyDirectives(result->buffer->getBuffer(),
                                          result->tokens, result->directives))
      return nullptr; // lex it in full
    return result;
  }

  FileManager &files;
  std::map<const FileEntry *, std::unique_ptr<Scan>> scans;
};

struct EnteredFiles : PPCallbacks {
  EnteredFiles(Preprocessor &preprocessor, bool &found)
      : preprocessor(preprocessor), found(found) {}

  void FileChanged(SourceLocation loc, FileChangeReason why,
                   SrcMgr::CharacteristicKind kind, FileID) override {
    if (found || why != EnterFile || SrcMgr::isSystem(kind))
      return;
    const SourceManager &sources = preprocessor.getSourceManager();
    found = fileConcernsScripts(sources, sources.getFileID(loc),
                                preprocessor.getLangOpts());
  }

  Preprocessor &preprocessor;
  bool &found;
};

class PrescanAction : public PreprocessorFrontendAction {
public:
  bool found = false;

  void ExecuteAction() override {
    Preprocessor &preprocessor = getCompilerInstance().getPreprocessor();
    Directives directives(getCompilerInstance().getFileManager());
    preprocessor.setDependencyDirectivesGetter(directives);
    preprocessor.addPPCallbacks(
        std::make_unique<EnteredFiles>(preprocessor, found));
    preprocessor.IgnorePragmas();
    preprocessor.EnterMainSourceFile();
    Token token;
    do
      preprocessor.Lex(token);
    while (token.isNot(tok::eof) && !found);
  }
};

} // namespace

bool ferro::plugin::mentionsScripts(CompilerInstance &outer,
                                    const FrontendInputFile &input) {
  SourceManager &sources = outer.getSourceManager();
  if (fileConcernsScripts(sources, sources.getMainFileID(),
                          outer.getLangOpts()))
    return true;
  // What a precompiled header defines decides what is included, and skipping
  // its headers makes the discovery parse cheap.
  if (!outer.getPreprocessorOpts().ImplicitPCHInclude.empty())
    return true;
  std::unique_ptr<CompilerInstance> nested = makeNested(outer, input);
  PrescanAction action;
  nested->ExecuteAction(action);
  return action.found;
}

// ---------------------------------------------------------------- discovery

namespace {

class DiscoveryConsumer : public ASTConsumer {
public:
  DiscoveryConsumer(CompilerInstance &instance, Discovery &discovery,
                    AttributeRecorder &recorder, Style style)
      : instance(instance), sources(instance.getSourceManager()),
        discovery(discovery), recorder(recorder), style(style) {
    instance.getPreprocessor().setTokenWatcher(
        [this](const Token &token) { spotter.see(token); });
  }
  ~DiscoveryConsumer() override {
    instance.getPreprocessor().setTokenWatcher(nullptr);
  }

  bool shouldSkipFunctionBody(Decl *decl) override;
  void HandleTranslationUnit(ASTContext &context) override;

private:
  void spotted(const AttributeList &list);
  bool hasScriptsInBody(const FunctionDecl *function);
  const std::vector<AttributeList> &attributesOf(FileID file);

  void reportMisspelt(const SpottedAttribute &attribute);
  void collectScripts();
  void readArguments(Script &script, const SpottedAttribute &attribute);
  void eraseAttributes(ASTContext &context);
  bool checkDefinition(const Script &script);
  bool hasErrors(const Script &script);
  void rewriteScripts(ASTContext &context);
  void storeFiles();
  const ErrorPlaces &errorPlaces() const {
    return *static_cast<const ErrorPlaces *>(
        instance.getDiagnostics().getClient());
  }

  struct Spotted {
    AttributeList list;
    SpottedAttribute attribute;
    bool used = false;
  };

  CompilerInstance &instance;
  SourceManager &sources;
  Discovery &discovery;
  AttributeRecorder &recorder;
  Style style;
  AttributeSpotter spotter{
      [this](const AttributeList &list) { spotted(list); }};
  std::map<SourceLocation, Spotted> ours; // by the attribute's first token
  std::map<FileID, std::vector<AttributeList>> rawLists;
  std::vector<std::unique_ptr<Script>> scripts;
  Scripts scriptOf;
  FileEdits edits;
};

} // namespace

void DiscoveryConsumer::spotted(const AttributeList &list) {
  for (const SpottedAttribute &attribute : list.attributes) {
    if (attribute.scope == "ferro" || concernsScripts(attribute))
      ours[attribute.begin] = {list, attribute};
  }
}

const std::vector<AttributeList> &DiscoveryConsumer::attributesOf(FileID file) {
  auto [found, isNew] = rawLists.try_emplace(file);
  if (isNew && mayConcernScripts(sources.getBufferData(file)))
    found->second = spotAttributes(sources, file, instance.getLangOpts());
  return found->second;
}

// Looks from the declarator to the brace that closes the body, by raw tokens.
bool DiscoveryConsumer::hasScriptsInBody(const FunctionDecl *function) {
  auto [file, begin] =
      sources.getDecomposedLoc(sources.getFileLoc(function->getLocation()));
  std::optional<unsigned> next;
  for (const AttributeList &list : attributesOf(file)) {
    unsigned offset = sources.getFileOffset(list.begin);
    if (offset > begin && llvm::any_of(list.attributes, concernsScripts)) {
      next = offset;
      break;
    }
  }
  if (!next)
    return false;

  StringRef text = sources.getBufferData(file);
  Lexer lexer(sources.getLocForStartOfFile(file), instance.getLangOpts(),
              text.begin(), text.begin() + begin, text.end());
  Token token;
  int depth = 0;
  bool closed =
      false; // a brace pair ended: the body, or `member{value}` before it
  for (lexer.LexFromRawLexer(token); token.isNot(tok::eof);
       lexer.LexFromRawLexer(token)) {
    if (closed && depth == 0 && !token.isOneOf(tok::comma, tok::l_brace))
      return false;
    if (sources.getFileOffset(token.getLocation()) >= *next)
      return true;
    depth += token.is(tok::l_brace) - token.is(tok::r_brace);
    closed = token.is(tok::r_brace);
  }
  return false;
}

bool DiscoveryConsumer::shouldSkipFunctionBody(Decl *decl) {
  if (auto *pattern = dyn_cast<FunctionTemplateDecl>(decl))
    decl = pattern->getTemplatedDecl();
  if (hasAttribute(decl, AttrKind::Script))
    return false;
  const auto *function = dyn_cast<FunctionDecl>(decl);
  if (!function || sources.isInSystemHeader(function->getLocation()))
    return true;
  return !hasScriptsInBody(function);
}

void DiscoveryConsumer::reportMisspelt(const SpottedAttribute &attribute) {
  std::optional<Misspelling> wrong =
      misspelling(attribute.scope, attribute.name);
  if (!wrong ||
      sources.isInSystemHeader(sources.getExpansionLoc(attribute.begin)))
    return;
  std::string meant = wrong->suggestion;
  Finding finding{Diag::UnknownAttribute,
                  sources.getFileLoc(attribute.begin),
                  {attribute.fullName(),
                   meant.empty() ? "" : "; did you mean '" + meant + "'?"}};
  bool isUsing =
      attribute.begin == attribute.nameLoc && !attribute.scope.empty();
  if (!meant.empty() && attribute.begin.isFileID() && !isUsing)
    finding.fixIts.push_back(FixItHint::CreateReplacement(
        SourceRange(attribute.begin, attribute.nameLoc), meant));
  discovery.findings.push_back(std::move(finding));
}

void DiscoveryConsumer::readArguments(Script &script,
                                      const SpottedAttribute &attribute) {
  bool expectsName = true;
  for (const AttributeArgument &argument : attribute.arguments) {
    if (expectsName && argument.text == "full_graph") {
      script.fullGraph = true;
    } else if (expectsName || argument.text != ",") {
      std::optional<std::string> meant =
          nearest(argument.text, StringRef("full_graph"));
      Finding finding{
          Diag::UnknownArgument,
          sources.getFileLoc(argument.loc),
          {argument.text, meant ? "; did you mean '" + *meant + "'?"
                                : "; it takes 'full_graph' or nothing"}};
      if (meant && argument.loc.isFileID())
        finding.fixIts.push_back(
            FixItHint::CreateReplacement(SourceRange(argument.loc), *meant));
      discovery.findings.push_back(std::move(finding));
      return;
    }
    expectsName = !expectsName;
  }
}

void DiscoveryConsumer::collectScripts() {
  for (const AttributeUse &use : recorder.uses) {
    auto found = ours.find(use.loc);
    if (found != ours.end())
      found->second.used = true;
    if (!use.decl)
      discovery.findings.push_back({Diag::MisplacedAttribute,
                                    sources.getFileLoc(use.loc),
                                    {spelling(use.kind)}});
    if (!use.decl || use.kind != AttrKind::Script)
      continue;
    auto *function = cast<FunctionDecl>(use.decl);
    Script *&script = scriptOf[function->getCanonicalDecl()];
    if (!script) {
      const FunctionDecl *definition = nullptr;
      function->isDefined(definition);
      scripts.push_back(std::make_unique<Script>(
          Script{function, const_cast<FunctionDecl *>(definition), use.loc}));
      script = scripts.back().get();
    }
    if (found != ours.end())
      readArguments(*script, found->second.attribute);
  }
}

void DiscoveryConsumer::eraseAttributes(ASTContext &context) {
  for (const auto &[loc, spotted] : ours) {
    const auto &[list, attribute, used] = spotted;
    bool isWritten =
        list.begin.isFileID() && list.end.isFileID() && loc.isFileID();
    if (used && isWritten && !sources.isInSystemHeader(loc) &&
        !sources.isLoadedSourceLocation(loc))
      edits[sources.getFileID(loc)].push_back(
          eraseAttribute(list, attribute, style, context));
  }
}

// What is known only once the whole file has been read.
bool DiscoveryConsumer::checkDefinition(const Script &script) {
  std::string name = "'" + script.marked->getQualifiedNameAsString() + "'";
  if (script.definition && script.definition->hasSkippedBody()) {
    discovery.findings.push_back({Diag::AttributeAfterBody,
                                  sources.getFileLoc(script.attribute),
                                  {name}});
    return false;
  }
  if (const FunctionTemplateDecl *pattern =
          script.marked->getDescribedFunctionTemplate())
    for (const FunctionDecl *each : pattern->specializations()) {
      if (!isTemplateExplicitInstantiationOrSpecialization(
              each->getTemplateSpecializationKind()))
        continue;
      SourceLocation loc =
          each->getTemplateSpecializationKind() == TSK_ExplicitSpecialization
              ? each->getLocation()
              : each->getPointOfInstantiation();
      discovery.findings.push_back(
          {Diag::ExplicitInstantiation, sources.getFileLoc(loc), {name}});
      return false;
    }
  return true;
}

// Whether Clang has errors for the user in what would be written twice: the
// signature, or a body whose result type is deduced. The final parse reports
// them from the text as it is.
bool DiscoveryConsumer::hasErrors(const Script &script) {
  auto isIn = [&](SourceLocation loc, SourceRange range) {
    auto at = [&](SourceLocation each) { return sources.getFileLoc(each); };
    return !sources.isBeforeInTranslationUnit(at(loc), at(range.getBegin())) &&
           !sources.isBeforeInTranslationUnit(at(range.getEnd()), at(loc));
  };
  for (const FunctionDecl *each : script.marked->redecls()) {
    if (sources.isLoadedSourceLocation(each->getLocation()))
      continue;
    SourceRange range = each->getSourceRange();
    bool isDeduced = each->getReturnType()->isUndeducedType() ||
                     each->getDeclaredReturnType()->getContainedAutoType();
    if (const Stmt *body =
            each->doesThisDeclarationHaveABody() ? each->getBody() : nullptr;
        body && !isDeduced)
      range.setEnd(body->getBeginLoc());
    for (SourceLocation error : errorPlaces().places)
      if (error.isValid() && isIn(error, range))
        return true;
  }
  return false;
}

void DiscoveryConsumer::rewriteScripts(ASTContext &context) {
  for (const std::unique_ptr<Script> &script : scripts) {
    bool isWritten = script->attribute.isFileID();
    if (!isWritten) {
      discovery.findings.push_back(
          {Diag::MacroScript,
           sources.getFileLoc(script->attribute),
           {"'" + script->marked->getNameAsString() + "'"}});
      continue;
    }
    if (hasErrors(*script))
      continue;
    if (!checkDefinition(*script) ||
        !checkSignature(*script, context, discovery.findings))
      continue;
    BodyReads reads;
    if (script->definition && script->definition->getBody())
      reads = checkBody(*script, scriptOf, context, discovery.findings);
    rewriteScript(*script, reads, style, context, edits, discovery.findings);
  }
}

void DiscoveryConsumer::storeFiles() {
  // A header that is included twice is parsed under two ids, with the same
  // edits.
  std::map<std::string, FileID> idOf;
  std::map<std::string, std::set<std::tuple<unsigned, unsigned, std::string>>>
      seen;
  for (auto &[file, list] : edits) {
    OptionalFileEntryRef entry = sources.getFileEntryRefForID(file);
    if (!entry)
      continue;
    std::string name = entry->getName().str();
    bool isFirst = idOf.try_emplace(name, file).second;
    for (Edit &edit : list) {
      bool isNew =
          seen[name].emplace(edit.offset, edit.length, edit.text).second;
      if (isNew || isFirst)
        discovery.edits[name].push_back(std::move(edit));
    }
  }
  for (const auto &[name, list] : discovery.edits)
    discovery.rewritten[name] =
        applyEdits(sources.getBufferData(idOf[name]), list);
}

void DiscoveryConsumer::HandleTranslationUnit(ASTContext &context) {
  // A missing header, say: the final parse will tell.
  if (instance.getDiagnostics().hasFatalErrorOccurred())
    return;
  for (const auto &[loc, spotted] : ours)
    reportMisspelt(spotted.attribute);
  collectScripts();
  // After other errors the parser may have skipped an attribute for good
  // reason.
  const std::set<SourceLocation> &errors = errorPlaces().places;
  for (const auto &[loc, spotted] : ours) {
    bool isLost = !spotted.used &&
                  spotted.attribute.fullName() == "ferro::script" &&
                  (errors.empty() || errors.contains(loc));
    if (isLost && loc.isMacroID())
      discovery.findings.push_back(
          {Diag::UnrewrittenScript, sources.getFileLoc(loc)});
    else if (isLost)
      discovery.findings.push_back(
          {Diag::MisplacedAttribute, loc, {"ferro::script"}});
  }
  if (scripts.empty())
    return;
  rewriteScripts(context);
  eraseAttributes(context);
  storeFiles();
}

namespace {

// Keeps the user's files and what they include.
struct UserFiles : PPCallbacks {
  UserFiles(SourceManager &sources, Discovery &discovery)
      : sources(sources), discovery(discovery) {}

  SourceFile *fileAt(SourceLocation loc) {
    FileID file = sources.getFileID(loc);
    OptionalFileEntryRef entry = sources.getFileEntryRefForID(file);
    if (!entry)
      return nullptr;
    auto [found, isNew] =
        discovery.userFiles.try_emplace(entry->getName().str());
    if (isNew)
      found->second.text = sources.getBufferData(file).str();
    return &found->second;
  }

  void FileChanged(SourceLocation loc, FileChangeReason why,
                   SrcMgr::CharacteristicKind kind, FileID) override {
    if (why == EnterFile && !SrcMgr::isSystem(kind) && loc.isFileID())
      fileAt(loc);
  }

  void InclusionDirective(SourceLocation, const Token &, StringRef,
                          bool isAngled, CharSourceRange nameRange,
                          OptionalFileEntryRef file, StringRef, StringRef,
                          const Module *, bool,
                          SrcMgr::CharacteristicKind) override {
    SourceLocation begin = nameRange.getBegin();
    if (!file || begin.isMacroID() || sources.isInSystemHeader(begin))
      return;
    unsigned offset = sources.getFileOffset(begin);
    if (SourceFile *includer = fileAt(begin))
      includer->inclusions.push_back(
          {offset, sources.getFileOffset(nameRange.getEnd()) - offset,
           file->getName().str(), isAngled});
  }

  SourceManager &sources;
  Discovery &discovery;
};

class DiscoveryAction : public ASTFrontendAction {
public:
  DiscoveryAction(Discovery &discovery, Style style, bool listUserFiles)
      : discovery(discovery), style(style), listUserFiles(listUserFiles) {}

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &instance,
                                                 StringRef) override {
    if (listUserFiles)
      instance.getPreprocessor().addPPCallbacks(
          std::make_unique<UserFiles>(instance.getSourceManager(), discovery));
    return std::make_unique<DiscoveryConsumer>(instance, discovery, recorder,
                                               style);
  }
  // Nothing is instantiated at the end: no code is made here.
  TranslationUnitKind getTranslationUnitKind() override { return TU_Prefix; }

private:
  Discovery &discovery;
  AttributeRecorder recorder;
  Style style;
  bool listUserFiles;
};

} // namespace

// The bodies of constexpr functions are not skipped, and from C++20 on these
// are most of libstdc++'s strings and vectors: a third of a discovery parse.
// Ordinary functions do as well, unless the file evaluates them.
static bool leaveOutConstexpr(CompilerInstance &nested) {
  const CompilerInvocation &invocation = nested.getInvocation();
  const HeaderSearchOptions &search = invocation.getHeaderSearchOpts();
  bool mixesWithCompiled =
      !invocation.getPreprocessorOpts().ImplicitPCHInclude.empty() ||
      !invocation.getFrontendOpts().ModuleFiles.empty() ||
      !search.PrebuiltModuleFiles.empty() ||
      !search.PrebuiltModulePaths.empty();
  if (mixesWithCompiled || !nested.getLangOpts().CPlusPlus20)
    return false;
  nested.getPreprocessorOpts().addMacroDef(
      "_GLIBCXX20_CONSTEXPR=__attribute__((annotate(\"ferro::pure\")))");
  return true;
}

static Discovery discoverOnce(CompilerInstance &outer,
                              const FrontendInputFile &input, Style style,
                              bool listUserFiles, bool &isApproximate) {
  Discovery discovery;
  discovery.instance = makeNested(outer, input);
  isApproximate = isApproximate && leaveOutConstexpr(*discovery.instance);
  CompilerInstance &nested = *discovery.instance;
  nested.createSourceManager();
  IntrusiveRefCntPtr<SourceManager> sources = nested.getSourceManagerPtr();
  {
    DiscoveryAction action(discovery, style, listUserFiles);
    nested.ExecuteAction(action);
  }
  if (!nested.hasSourceManager())
    nested.setSourceManager(sources);
  if (OptionalFileEntryRef main =
          sources->getFileEntryRefForID(sources->getMainFileID()))
    discovery.mainFile = main->getName().str();
  const auto &errors =
      *static_cast<ErrorPlaces *>(nested.getDiagnostics().getClient());
  discovery.fatalError = errors.fatalError;
  isApproximate = isApproximate && !errors.places.empty();
  return discovery;
}

Discovery ferro::plugin::discover(CompilerInstance &outer,
                                  const FrontendInputFile &input, Style style,
                                  bool listUserFiles) {
  bool isApproximate = true;
  Discovery discovery =
      discoverOnce(outer, input, style, listUserFiles, isApproximate);
  if (!isApproximate)
    return discovery;
  isApproximate = false;
  return discoverOnce(outer, input, style, listUserFiles, isApproximate);
}
