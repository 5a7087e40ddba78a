#include "Batch.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace fuzz {

static constexpr int secondsToRun = 120;
/// What std::system gives when timeout has ended the program.
static constexpr int timedOut = 124 << 8;

static std::string contents(const std::filesystem::path &path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

static int run(const std::string &command) {
  return std::system(("(" + command + ")").c_str());
}

bool Workshop::prepare(const std::filesystem::path &sources) {
  std::filesystem::create_directories(folder);
  compiler += " -I " + sources.string();
  int status = run(compiler + " -x c++-header -fpch-instantiate-templates " +
                   (sources / "Compare.h").string() + " -o " +
                   (folder / "Compare.h.pch").string() + " > " +
                   (folder / "prepare.log").string() + " 2>&1");
  compiler += " -include-pch " + (folder / "Compare.h.pch").string();
  return status == 0;
}

/// The kernel whose module stands at \p line of the program.
static std::size_t kernelAt(const std::string &program,
                            const std::vector<Kernel> &kernels,
                            std::size_t line) {
  std::istringstream lines(program);
  std::string text;
  std::size_t current = kernels.size();
  for (std::size_t n = 1; n <= line && std::getline(lines, text); ++n)
    for (std::size_t i = 0; i < kernels.size(); ++i)
      if (text == "namespace [[cutile::module]] " + kernels[i].name + " {" ||
          text.find("fuzz::verdict<" + kernels[i].name + "::") !=
              std::string::npos)
        current = i;
  return current;
}

/// Errors that clang has for each of the kernels; the errors of instantiations
/// are told by the notes behind them, which name lines of the program.
static std::vector<std::string> errorsOf(const std::string &log,
                                         const std::string &program,
                                         const std::vector<Kernel> &kernels) {
  std::vector<std::string> errors(kernels.size());
  std::istringstream lines(log);
  std::string line, error;
  while (std::getline(lines, line)) {
    if (line.find(" error: ") != std::string::npos)
      error = line.substr(line.find(" error: ") + 8);
    if (!line.starts_with("program.cpp:") || error.empty())
      continue;
    std::size_t kernel = kernelAt(program, kernels,
                                  std::strtoul(line.c_str() + 12, nullptr, 10));
    if (kernel < kernels.size() && errors[kernel].empty()) {
      errors[kernel] = "unbuildable: " + error;
      error.clear();
    }
  }
  return errors;
}

std::vector<std::string>
Workshop::build(const std::vector<Kernel> &kernels,
                const std::filesystem::path &program) const {
  std::string text = printProgram(kernels);
  std::ofstream(folder / "program.cpp") << text;
  std::filesystem::path log = folder / "build.log";
  int status =
      run("cd " + folder.string() + " && " + compiler + " program.cpp -o " +
          program.string() + " " + libraries + " > " + log.string() + " 2>&1");
  if (status == 0)
    return std::vector<std::string>(kernels.size());
  auto errors = errorsOf(contents(log), text, kernels);
  bool isExplained =
      std::any_of(errors.begin(), errors.end(),
                  [](const auto &each) { return !each.empty(); });
  if (!isExplained)
    errors.assign(kernels.size(), "unbuildable: see " + log.string());
  return errors;
}

std::vector<std::string>
Workshop::verdicts(const std::vector<Kernel> &kernels) const {
  std::filesystem::path program = folder / "program", log = folder / "run.log";
  auto result = build(kernels, program);
  std::vector<Kernel> built;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < kernels.size(); ++i)
    if (result[i].empty()) {
      built.push_back(kernels[i]);
      places.push_back(i);
    }
  if (built.empty())
    return result;
  if (built.size() < kernels.size()) {
    auto rest = verdicts(built);
    for (std::size_t i = 0; i < rest.size(); ++i)
      result[places[i]] = rest[i];
    return result;
  }
  // A kernel that ends the program is passed over in the next run.
  for (std::size_t next = 0; next < kernels.size();) {
    int status =
        run("env " + environment + " timeout " + std::to_string(secondsToRun) +
            " " + program.string() + " " + std::to_string(next) + " > " +
            log.string() + " 2> " + (folder / "errors.log").string());
    std::istringstream lines(contents(log));
    std::string line;
    while (next < kernels.size() && std::getline(lines, line)) {
      std::size_t space = line.find(' ');
      std::string verdict = line.substr(space + 1);
      if (verdict.empty())
        break;
      result[next++] = verdict;
    }
    if (next < kernels.size())
      result[next++] = status == timedOut
                           ? "stalls: the program ran for " +
                                 std::to_string(secondsToRun) + " s"
                           : "crashes: the program ended with status " +
                                 std::to_string(status);
  }
  return result;
}

bool isFailure(const std::string &verdict) {
  return verdict != "same" && !verdict.starts_with("threw ");
}

std::string kindOf(const std::string &verdict) {
  std::string word = verdict.substr(0, verdict.find(':'));
  if (word != "refused" && word != "unbuildable")
    return word;
  std::size_t error = verdict.find("error: ");
  std::string text = error == std::string::npos
                         ? verdict.substr(verdict.rfind(": ") + 2)
                         : verdict.substr(error + 7);
  return word + ": " +
         text.substr(0, text.find(" in a kernel ")).substr(0, text.find(" /"));
}

} // namespace fuzz
