#include "Frontend.h"

#include "Attributes.h"
#include "ModuleDiscovery.h"
#include "Nested.h"
#include "Prescan.h"
#include "ScriptDiscovery.h"

#include "clang/AST/ASTConsumer.h"
#include "clang/Basic/FileManager.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
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

void Discovery::store(const SourceManager &sources, FileEdits &fileEdits) {
  // A header that is included twice is parsed under two ids, with the same
  // edits.
  std::map<std::string, FileID> idOf;
  std::map<std::string, std::set<std::tuple<unsigned, unsigned, std::string>>>
      seen;
  for (auto &[file, list] : fileEdits) {
    OptionalFileEntryRef entry = sources.getFileEntryRefForID(file);
    if (!entry)
      continue;
    std::string name = entry->getName().str();
    bool isFirst = idOf.try_emplace(name, file).second;
    for (Edit &edit : list) {
      bool isNew =
          seen[name].emplace(edit.offset, edit.length, edit.text).second;
      if (isNew || isFirst)
        edits[name].push_back(std::move(edit));
    }
  }
  for (const auto &[name, list] : edits)
    rewritten[name] = applyEdits(sources.getBufferData(idOf[name]), list);
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

// What a discovery parse looks for, and in which text.
struct Search {
  Style style;
  bool listUserFiles;
  bool forModules = false;
  const std::map<std::string, std::string> *texts = nullptr; // by file
};

class DiscoveryAction : public ASTFrontendAction {
public:
  DiscoveryAction(Discovery &discovery, const Search &search)
      : discovery(discovery), search(search) {}

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &instance,
                                                 StringRef) override {
    if (search.listUserFiles)
      instance.getPreprocessor().addPPCallbacks(
          std::make_unique<UserFiles>(instance.getSourceManager(), discovery));
    auto *discover = search.forModules ? discoverModules : discoverScripts;
    return discover(instance, discovery, recorder, search.style);
  }
  // Nothing is instantiated at the end: no code is made here.
  TranslationUnitKind getTranslationUnitKind() override { return TU_Prefix; }

private:
  Discovery &discovery;
  AttributeRecorder recorder;
  const Search &search;
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

static void overrideFiles(CompilerInstance &nested,
                          const std::map<std::string, std::string> &texts) {
  for (const auto &[name, text] : texts)
    if (llvm::Expected<FileEntryRef> file =
            nested.getFileManager().getFileRef(name))
      nested.getSourceManager().overrideFileContents(
          *file, llvm::MemoryBuffer::getMemBufferCopy(text, name));
    else
      llvm::consumeError(file.takeError());
}

static Discovery discoverOnce(CompilerInstance &outer,
                              const FrontendInputFile &input,
                              const Search &search, bool &isApproximate) {
  Discovery discovery;
  discovery.instance = makeNested(outer, input);
  isApproximate = isApproximate && leaveOutConstexpr(*discovery.instance);
  CompilerInstance &nested = *discovery.instance;
  nested.createSourceManager();
  IntrusiveRefCntPtr<SourceManager> sources = nested.getSourceManagerPtr();
  if (search.texts)
    overrideFiles(nested, *search.texts);
  {
    DiscoveryAction action(discovery, search);
    nested.ExecuteAction(action);
  }
  if (!nested.hasSourceManager())
    nested.setSourceManager(sources);
  if (OptionalFileEntryRef main =
          sources->getFileEntryRefForID(sources->getMainFileID()))
    discovery.mainFile = main->getName().str();
  const ErrorPlaces &errors = errorPlaces(nested);
  discovery.fatalError = errors.fatalError;
  isApproximate = isApproximate && !errors.places.empty();
  return discovery;
}

static Discovery searchScripts(CompilerInstance &outer,
                               const FrontendInputFile &input,
                               const Search &search) {
  bool isApproximate = true;
  Discovery discovery = discoverOnce(outer, input, search, isApproximate);
  if (!isApproximate || discovery.hasModules)
    return discovery;
  isApproximate = false;
  return discoverOnce(outer, input, search, isApproximate);
}

// Adds what the parse for scripts found in the text that the modules became,
// as if it had been found in the original.
static void addScripts(Discovery &modules, Discovery scripts) {
  const SourceManager &from = scripts.instance->getSourceManager();
  SourceManager &to = modules.instance->getSourceManager();
  auto original = [&](StringRef file, unsigned offset) {
    auto edits = modules.edits.find(file.str());
    return edits == modules.edits.end() ? offset
                                        : originalOffset(edits->second, offset);
  };
  for (const Finding &finding : scripts.findings)
    modules.findings.push_back(transfer(finding, from, to, original));
  for (auto &[name, edits] : scripts.edits)
    modules.edits[name] = composeEdits(modules.edits[name], edits);
  for (auto &[name, text] : scripts.rewritten)
    modules.rewritten[name] = std::move(text);
}

Discovery ferro::plugin::discover(CompilerInstance &outer,
                                  const FrontendInputFile &input, Style style,
                                  bool listUserFiles) {
  Search search{style, listUserFiles};
  if (!mentionsModules(outer, input)) {
    Discovery discovery = searchScripts(outer, input, search);
    if (!discovery.hasModules)
      return discovery; // none in a header either
  }
  search.forModules = true;
  bool isApproximate = false;
  Discovery modules = discoverOnce(outer, input, search, isApproximate);
  if (hasErrors(modules.findings) || !modules.hasScripts)
    return modules;
  addScripts(modules,
             searchScripts(outer, input,
                           {style, /*listUserFiles=*/false,
                            /*forModules=*/false, &modules.rewritten}));
  return modules;
}
