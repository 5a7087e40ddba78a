#include "jit/Dump.h"

#include "device/CpuFeatures.h"
#include "jit/CompilerProcess.h"
#include "support/Environment.h"

#include "ferro/Error.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>

namespace ferro::jit {

using artifact::Stage;
using support::Variable;

std::vector<std::byte> requestFor(const Source &source, Stage stage) {
  if (!source.kernel)
    return artifact::serialize(
        artifact::CompileRequest{source.graph, device::hostTarget(), stage});
  artifact::KernelRequest request = *source.kernel;
  request.target = device::hostTarget();
  request.stage = stage;
  return artifact::serialize(request);
}

static std::string allStages() {
  std::string text;
  for (auto [name, stage] : artifact::stageNames)
    if (stage != Stage::Object)
      text += std::string(name) + ", ";
  return text + "all";
}

namespace {
using NamedStage = std::pair<std::string_view, Stage>;
} // namespace

// In the order of the compiler's work.
static std::vector<NamedStage> readStages() {
  std::vector<std::string> asked =
      support::environmentList(Variable::Dump, ',');
  std::vector<NamedStage> stages;
  for (NamedStage each : artifact::stageNames) {
    auto isAsked = [&](const std::string &name) {
      return name == each.first || name == "all";
    };
    if (each.second != Stage::Object && std::ranges::any_of(asked, isAsked))
      stages.push_back(each);
  }
  for (const std::string &name : asked) {
    auto isNamed = [&](NamedStage each) { return each.first == name; };
    if (name != "all" && std::ranges::none_of(stages, isNamed))
      throw Error(Code::InvalidArgument, "FERRO_DUMP",
                  "it names " + name + "; it can name " + allStages());
  }
  return stages;
}

static bool isWanted(std::string_view function) {
  std::vector<std::string> only =
      support::environmentList(Variable::DumpOnly, ',');
  std::size_t colons = function.rfind("::");
  std::string_view bare =
      colons == function.npos ? function : function.substr(colons + 2);
  return only.empty() ||
         std::ranges::any_of(only, [&](const std::string &each) {
           return each == function || each == bare;
         });
}

static void write(std::FILE *file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
}

// "DIR/3.kernels.gemm.llvm"
static void writeFile(const std::string &folder, unsigned number,
                      std::string function, std::string_view stage,
                      std::string_view text) {
  for (std::size_t at; (at = function.find("::")) != function.npos;)
    function.replace(at, 2, ".");
  std::ranges::replace(function, '/', '_');
  ::mkdir(folder.c_str(), 0777);
  std::string path = folder + "/" + std::to_string(number) + "." + function +
                     "." + std::string(stage);
  std::FILE *file = std::fopen(path.c_str(), "we");
  if (!file)
    throw Error(Code::IoError, "FERRO_DUMP_DIR",
                "cannot write " + path + ": " + std::strerror(errno));
  write(file, text);
  std::fclose(file);
}

void dumpStages(const Source &source) {
  static const std::vector<NamedStage> stages = readStages();
  if (stages.empty() || !isWanted(source.function))
    return;
  static std::atomic<unsigned> count{0};
  unsigned number = count++;
  std::string folder = support::environment(Variable::DumpDir);
  for (auto [name, stage] : stages) {
    if (!source.kernel && artifact::isOfKernels(stage))
      continue;
    CompilerReply reply = askCompiler(requestFor(source, stage));
    if (reply.status != FERRO_OK)
      return;
    std::string_view text(reinterpret_cast<const char *>(reply.bytes.data()),
                          reply.bytes.size());
    if (!folder.empty())
      writeFile(folder, number, source.function, name, text);
    else
      write(stderr, "// " + source.function + ": " + std::string(name) + "\n" +
                        std::string(text));
  }
}

} // namespace ferro::jit
