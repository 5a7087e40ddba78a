#include "PreprocessorNotes.h"

#include "clang/Basic/SourceManager.h"
#include "clang/Lex/MacroInfo.h"
#include "clang/Lex/Preprocessor.h"

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

namespace {

struct NoteTaker : PPCallbacks {
  NoteTaker(Preprocessor &preprocessor, PreprocessorNotes &notes)
      : sources(preprocessor.getSourceManager()), notes(notes) {}

  void note(const Token &name, const MacroDefinition &definition) {
    // A macro inside of a macro counts where the outer one stands.
    SourceLocation loc = sources.getExpansionLoc(name.getLocation());
    if (sources.isInSystemHeader(loc))
      return;
    auto [file, offset] = sources.getDecomposedLoc(loc);
    notes.macros[file].push_back(
        {offset, name.getIdentifierInfo(), definition.getMacroInfo()});
  }

  void MacroExpands(const Token &name, const MacroDefinition &definition,
                    SourceRange, const MacroArgs *) override {
    note(name, definition);
  }
  void Defined(const Token &name, const MacroDefinition &definition,
               SourceRange) override {
    note(name, definition);
  }
  void Ifdef(SourceLocation, const Token &name,
             const MacroDefinition &definition) override {
    note(name, definition);
  }
  void Ifndef(SourceLocation, const Token &name,
              const MacroDefinition &definition) override {
    note(name, definition);
  }
  void Elifdef(SourceLocation, const Token &name,
               const MacroDefinition &definition) override {
    note(name, definition);
  }
  void Elifndef(SourceLocation, const Token &name,
                const MacroDefinition &definition) override {
    note(name, definition);
  }

  void InclusionDirective(SourceLocation hash, const Token &, StringRef, bool,
                          CharSourceRange name, OptionalFileEntryRef, StringRef,
                          StringRef, const Module *, bool,
                          SrcMgr::CharacteristicKind) override {
    if (hash.isMacroID() || sources.isInSystemHeader(hash))
      return;
    auto [file, offset] = sources.getDecomposedLoc(hash);
    SourceLocation end = sources.getExpansionLoc(name.getEnd());
    notes.includes[file].push_back({offset, sources.getFileOffset(end), {}});
  }

  void FileChanged(SourceLocation loc, FileChangeReason why,
                   SrcMgr::CharacteristicKind, FileID) override {
    if (why != EnterFile || !loc.isFileID())
      return;
    FileID entered = sources.getFileID(loc);
    auto [includer, offset] =
        sources.getDecomposedLoc(sources.getIncludeLoc(entered));
    auto found = notes.includes.find(includer);
    if (found != notes.includes.end() && !found->second.empty())
      found->second.back().file = entered;
  }

  SourceManager &sources;
  PreprocessorNotes &notes;
};

} // namespace

std::unique_ptr<PPCallbacks>
ferro::plugin::takeNotes(Preprocessor &preprocessor, PreprocessorNotes &notes) {
  return std::make_unique<NoteTaker>(preprocessor, notes);
}
