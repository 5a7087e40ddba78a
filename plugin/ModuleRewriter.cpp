#include "ModuleRewriter.h"

#include "clang/Basic/SourceManager.h"

#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

// Whatever the user asks to be warned of, this text is not theirs.
static constexpr StringRef prologue = R"(
#pragma GCC diagnostic push
#ifdef __clang__
#pragma clang diagnostic ignored "-Weverything"
#else
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wattributes"
#endif
extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern const char *const __start_cutile_modules[];
[[gnu::weak, gnu::visibility("hidden")]] extern const char *const __stop_cutile_modules[];
}
namespace cutile::detail {
[[gnu::visibility("hidden"), gnu::init_priority(101)]] inline ModuleRange moduleRange{__start_cutile_modules, __stop_cutile_modules};
)";
// Only where a module has Globals. They may be each object's own.
static constexpr StringRef globalsPrologue =
    R"(} // namespace cutile::detail
extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern const cutile::detail::GlobalEntry __start_cutile_globals[];
[[gnu::weak, gnu::visibility("hidden")]] extern const cutile::detail::GlobalEntry __stop_cutile_globals[];
}
namespace cutile::detail {
[[gnu::visibility("hidden"), gnu::init_priority(101)]] inline GlobalRange globalRange{__start_cutile_globals, __stop_cutile_globals};
)";
static constexpr StringRef epilogue = R"(} // namespace cutile::detail
#pragma GCC diagnostic pop
)";
// Objects that hold the same module, from one header, keep one copy. g++ would
// put all of a section into the group of its first variable.
static constexpr StringRef inSection =
    ", gnu::used, gnu::retain, gnu::visibility(\"hidden\")]]\n"
    "#ifdef __clang__\ninline\n#else\nstatic\n#endif\nconst char ";

// The form that runtime/launch/ModuleText.h describes.
static std::string serialized(const CapturedModule &module) {
  std::string text =
      "cutile-module 1\nname " + module.name + "\nhash " + module.hash +
      "\nlanguage " + module.standard +
      (module.signedChar ? " signed-char\n" : " unsigned-char\n");
  for (const std::string &import : module.imports)
    text += "import " + import + "\n";
  for (const auto &[name, line] : module.entries)
    text += "entry " + std::to_string(line) + " " + name + "\n";
  for (const CapturedPiece &piece : module.pieces)
    text += "piece " + std::to_string(piece.line) + " " +
            std::to_string(piece.text.size()) + " " +
            (piece.module.empty() ? "-" : piece.module) + " " + piece.file +
            "\n" + piece.text + "\n";
  return text;
}

// One literal for each line, as the module's author sees them.
static std::string literals(StringRef text) {
  std::string result;
  while (!text.empty()) {
    size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    result += "\n" + stringLiteral(text.take_front(length));
    text = text.drop_front(length);
  }
  return result;
}

void ferro::plugin::registerModules(const std::vector<CapturedModule> &modules,
                                    const SourceManager &sources,
                                    FileEdits &edits) {
  std::string text = prologue.str();
  for (const CapturedModule &module : modules) {
    std::string source = "moduleText_" + module.hash;
    text += "[[gnu::section(\"cutile_sources\")" + inSection.str() + source +
            "[] =" + literals(serialized(module)) + ";\n";
    text += "[[gnu::section(\"cutile_modules\")" + inSection.str() +
            "*const moduleEntry_" + module.hash + " = " + source + ";\n";
  }
  std::string globals;
  for (const CapturedModule &module : modules)
    for (const auto &[i, name] : llvm::enumerate(module.globals))
      globals += "[[gnu::section(\"cutile_globals\"), gnu::used, gnu::retain]] "
                 "static const GlobalEntry globalEntry_" +
                 module.hash + "_" + std::to_string(i) + "{\"" + name +
                 "\", &::" + name + "};\n";
  if (!globals.empty())
    text += globalsPrologue.str() + globals;
  FileID file = sources.getMainFileID();
  unsigned end = sources.getBufferData(file).size();
  edits[file].push_back({end, 0, text + epilogue.str()});
}
