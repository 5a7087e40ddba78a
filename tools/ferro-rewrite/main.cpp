// ferro-rewrite: what ferroscript.so makes of a file, as text for any compiler.
#include "Diagnostics.h"
#include "Mirror.h"
#include "Parse.h"
#include "TextDiff.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

using namespace ferro;
using namespace ferro::rewrite;
namespace fs = std::filesystem;

namespace {

struct Options {
  std::vector<std::string> files;
  std::vector<std::string> flags; // behind --
  std::string commandsFolder;
  std::string output;
  std::string outputFolder;
  std::string depfile;
  bool inPlace = false;
  bool check = false;
  bool diff = false;
  bool expand = false;
  bool remarks = false;
};

// A text and where it goes; an empty path is stdout.
struct Output {
  std::string path;
  std::string source; // the file it was made from
  std::string text;
};

} // namespace

static std::string readFile(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

static bool writeFile(const std::string &path, const std::string &text) {
  std::error_code ignored;
  if (fs::path(path).has_parent_path())
    fs::create_directories(fs::path(path).parent_path(), ignored);
  // An unchanged file keeps its time, so nothing is compiled for it.
  if (fs::exists(path) && readFile(path) == text)
    return true;
  std::ofstream stream(path, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream)
    std::cerr << "ferro-rewrite: " << path << ": cannot be written\n";
  return !stream.fail();
}

static bool parseAll(const Options &options, std::vector<ParsedUnit> &units) {
  bool ok = true;
  for (const std::string &file : options.files) {
    std::optional<CompileCommand> command = CompileCommand{file, "", {}};
    if (!options.commandsFolder.empty())
      command = findCommand(options.commandsFolder, file);
    if (!command) {
      ok = false;
      continue;
    }
    command->flags.insert(command->flags.end(), options.flags.begin(),
                          options.flags.end());
    plugin::Style style =
        options.expand ? plugin::Style::Readable : plugin::Style::Exact;
    if (std::optional<ParsedUnit> unit =
            parse(*command, style, options.remarks))
      units.push_back(std::move(*unit));
    else
      ok = false;
  }
  return ok;
}

// A header with scripts that no output holds would be seen unrewritten.
static void noteOtherFiles(const std::vector<ParsedUnit> &units,
                           const std::vector<Output> &outputs) {
  for (const ParsedUnit &unit : units)
    for (const auto &[path, file] : unit.files) {
      bool isWritten =
          std::any_of(outputs.begin(), outputs.end(),
                      [&](const Output &each) { return each.source == path; });
      if (!file.edits.empty() && !isWritten)
        std::cerr
            << "ferro-rewrite: note: " << path
            << " has scripts too; name it, or write both with --out-dir\n";
    }
}

static std::vector<Output> outputsOf(const Options &options,
                                     const std::vector<ParsedUnit> &units) {
  std::vector<Output> outputs;
  if (!options.outputFolder.empty()) {
    for (auto &[path, text] :
         mirror(units, options.outputFolder, options.output))
      outputs.push_back({path, path, text});
    return outputs;
  }
  for (const ParsedUnit &unit : units) {
    std::string path = options.inPlace ? unit.mainFile : options.output;
    outputs.push_back(
        {path, unit.mainFile, unit.files.at(unit.mainFile).rewritten()});
  }
  noteOtherFiles(units, outputs);
  return outputs;
}

static std::string escapedForMake(const std::string &path) {
  std::string escaped;
  for (char c : path) {
    if (c == ' ' || c == '#')
      escaped += '\\';
    escaped += c;
    if (c == '$')
      escaped += '$';
  }
  return escaped;
}

static bool writeDepfile(const Options &options,
                         const std::vector<ParsedUnit> &units,
                         const std::vector<Output> &outputs) {
  std::string text =
      escapedForMake(outputs.empty() ? options.output : outputs.front().path) +
      ":";
  if (!options.output.empty())
    text = escapedForMake(options.output) + ":";
  for (const ParsedUnit &unit : units)
    for (const auto &[path, file] : unit.files)
      text += " \\\n  " + escapedForMake(path);
  return writeFile(options.depfile, text + "\n");
}

// 1 if anything is not as it would be written.
static int checkAll(const std::vector<Output> &outputs) {
  int stale = 0;
  for (const Output &output : outputs) {
    const std::string &path = output.path.empty() ? output.source : output.path;
    if (fs::exists(path) && readFile(path) == output.text)
      continue;
    std::cerr << "ferro-rewrite: " << path << " is not up to date\n";
    stale = 1;
  }
  return stale;
}

static int writeAll(const Options &options,
                    const std::vector<Output> &outputs) {
  bool ok = true;
  for (const Output &output : outputs) {
    if (options.diff)
      std::cout << unifiedDiff(output.source, readFile(output.source),
                               output.text);
    else if (output.path.empty())
      std::cout << output.text;
    else
      ok &= writeFile(output.path, output.text);
  }
  return ok ? 0 : 1;
}

static int run(const Options &options) {
  std::vector<ParsedUnit> units;
  if (!parseAll(options, units))
    return 1;
  const std::vector<Output> outputs = outputsOf(options, units);
  if (options.check)
    return checkAll(outputs);
  if (!options.depfile.empty() && !writeDepfile(options, units, outputs))
    return 1;
  return writeAll(options, outputs);
}

int main(int argc, char **argv) {
  Options options;
  char **separator = std::find(argv, argv + argc, std::string_view("--"));
  if (separator != argv + argc)
    options.flags.assign(separator + 1, argv + argc);

  bool diagnosticsPage = false;
  CLI::App app{"Rewrites [[ferro::script]] functions into the C++ that traces "
               "and runs them:\n"
               "the text that the plugin ferroscript.so gives to Clang, for "
               "any compiler.\n"
               "Flags of the compiler stand behind --."};
  app.add_option("FILE", options.files, "C++ sources or headers");
  app.add_option(
      "-p", options.commandsFolder,
      "take the flags from the compile_commands.json in this folder");
  auto *output = app.add_option("-o,--output", options.output,
                                "write the text of the one FILE here");
  auto *folder = app.add_option("--out-dir", options.outputFolder,
                                "write the files that change here, includes "
                                "redirected; with -o, all but FILE");
  auto *inPlace =
      app.add_flag("--in-place", options.inPlace, "write over FILE");
  app.add_flag("--check", options.check,
               "write nothing; exit with 1 if something would change");
  app.add_flag("--diff", options.diff,
               "print the changes as a unified diff, write nothing");
  app.add_flag("--expand", options.expand, "for reading: no #line, no pragmas");
  app.add_flag("--remarks", options.remarks,
               "tell why a script is traced at every call");
  app.add_option(
      "--depfile", options.depfile,
      "write a Makefile rule with the files that the output depends on");
  app.add_flag("--diagnostics-page", diagnosticsPage,
               "print docs/reference/diagnostics.md");
  output->excludes(inPlace);
  folder->excludes(inPlace);
  CLI11_PARSE(app, static_cast<int>(separator - argv), argv);

  if (diagnosticsPage) {
    std::cout << plugin::diagnosticsPage();
    return 0;
  }
  if (options.files.empty() ||
      (!options.output.empty() && options.files.size() > 1)) {
    std::cerr << "ferro-rewrite: "
              << (options.files.empty() ? "no FILE was given"
                                        : "-o takes one FILE")
              << "; see --help\n";
    return 2;
  }
  return run(options);
}
