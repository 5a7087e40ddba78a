#include "Frontend.h"

#include "Attributes.h"
#include "Nested.h"
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

class DiscoveryAction : public ASTFrontendAction {
public:
  DiscoveryAction(Discovery &discovery, Style style, bool listUserFiles)
      : discovery(discovery), style(style), listUserFiles(listUserFiles) {}

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &instance,
                                                 StringRef) override {
    if (listUserFiles)
      instance.getPreprocessor().addPPCallbacks(
          std::make_unique<UserFiles>(instance.getSourceManager(), discovery));
    return discoverScripts(instance, discovery, recorder, style);
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
  const ErrorPlaces &errors = errorPlaces(nested);
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
