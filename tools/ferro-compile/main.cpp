// ferro-compile: shows what becomes of a graph on its way to machine code.
//
//   ferro-compile --emit=asm model.ferro         a saved module
//   ferro-compile --emit=tile chain.graph        a graph's text
//   ferro-compile --steps=tile-to-loops k.mlir   tile text through some steps
//   ferro-compile --kernel='m::k<64>' --emit=ast program   a captured kernel
//   ferro-compile --list program                 the tile modules in a program
#include "artifact/Artifact.h"
#include "artifact/Request.h"
#include "compiler/Abi.h"
#include "compiler/gpu/GpuTarget.h"
#include "device/CpuFeatures.h"
#include "graph/Text.h"
#include "jit/CompilerPaths.h"
#include "launch/ModuleText.h"
#include "passes/Passes.h"
#include "passes/Pipeline.h"

#include "ferro/Error.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <string>

using namespace ferro;

static std::string read(const std::string &path) {
  if (path == "-")
    return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw Error(Code::IoError, "ferro-compile",
                "cannot read " + path + ": " + std::strerror(errno));
  return {std::istreambuf_iterator<char>(file), {}};
}

static void write(std::string_view bytes, const std::string &path) {
  if (path == "-") {
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    return;
  }
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush())
    throw Error(Code::IoError, "ferro-compile",
                "cannot write " + path + ": " + std::strerror(errno));
}

//===--- the compiler library

static void *compilerLibrary() {
  std::string path = jit::compilerLibraryPath();
  void *handle =
      path.empty() ? nullptr : dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    throw Error(Code::CompilerUnavailable, "ferro-compile",
                path.empty() ? jit::describeSearch() : std::string(dlerror()));
  return handle;
}

template <typename F> static F *compilerFunction(const char *name) {
  return reinterpret_cast<F *>(dlsym(compilerLibrary(), name));
}

static std::string take(FerroResponse *response) {
  std::string bytes(reinterpret_cast<const char *>(response->bytes),
                    response->size);
  std::string message = response->message;
  bool refused = response->status != FERRO_OK;
  compilerFunction<decltype(fc_release)>("fc_release")(response);
  if (refused)
    throw Error(Code::CompilationFailed, "compiler", message);
  return bytes;
}

static std::string compile(const artifact::CompileRequest &request) {
  std::vector<std::byte> bytes = artifact::serialize(request);
  return take(compilerFunction<decltype(fc_compile)>("fc_compile")(
      reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
}

//===--- what to show

static const std::map<std::string, artifact::Stage, std::less<>>
    compilerStages(std::begin(artifact::stageNames),
                   std::end(artifact::stageNames));

struct Options {
  std::string file = "-", output = "-", emit = "tile", steps, module, kernel,
              target;
  bool fused = false;
  bool time = false;
  bool list = false;
};

static bool isArtifact(const std::string &bytes) {
  return bytes.find("graph @") == std::string::npos || bytes.find('\0') < 16;
}

static std::span<const std::byte> bytesOf(const std::string &text) {
  return {reinterpret_cast<const std::byte *>(text.data()), text.size()};
}

// The machine that code is for: this one unless --target names a GPU.
static artifact::Target targetOf(const Options &options) {
  if (options.target.empty()) {
    if (options.emit == "ptx")
      throw Error(Code::InvalidArgument, "ferro-compile",
                  "--emit=ptx needs a GPU: --target=sm_90a");
    return device::hostTarget();
  }
  const gpu::GpuTarget *found = gpu::findGpuTarget(options.target);
  if (!found)
    throw Error(Code::InvalidArgument, "ferro-compile",
                "there is no target " + options.target);
  return gpu::requestTarget(*found);
}

/// What is looked at.
struct Subject {
  graph::Graph graph;
  std::optional<graph::Graph> captured; // before the passes, where it is known
  artifact::Target target;
};

static Subject readSubject(const std::string &input, bool isFused) {
  if (isArtifact(input)) {
    artifact::Artifact saved = artifact::fromBytes(bytesOf(input));
    return {std::move(saved.graph), std::move(saved.captured),
            std::move(saved.manifest.target)};
  }
  Subject subject{graph::parse(input), {}, device::hostTarget()};
  if (!isFused)
    subject.captured = subject.graph;
  return subject;
}

static std::string emitArtifact(Subject subject,
                                const artifact::CompileRequest &request) {
  artifact::CompileResponse response =
      artifact::deserializeResponse(bytesOf(compile(request)));
  artifact::Artifact made;
  made.manifest.function = subject.graph.name;
  made.manifest.libraryVersion = FERRO_VERSION;
  made.manifest.compilerVersion = jit::compilerIdentity();
  made.manifest.kernelAbi = FERRO_COMPILER_ABI;
  made.manifest.target = request.target;
  made.manifest.inputs =
      artifact::describeInputs(subject.graph, subject.graph.inputs.size());
  made.plan = passes::planMemory(subject.graph);
  made.graph = std::move(subject.graph);
  made.captured = std::move(subject.captured);
  made.kernels = response.kernels;
  made.object = response.object;
  std::vector<std::byte> bytes = artifact::toBytes(made);
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

static std::string emit(Subject subject, const Options &options) {
  if (options.emit == "graph")
    return graph::print(subject.captured ? *subject.captured : subject.graph);
  if (!options.fused)
    passes::optimize(subject.graph);
  if (options.emit == "fused")
    return graph::print(subject.graph);
  artifact::CompileRequest request{subject.graph, subject.target,
                                   artifact::Stage::Object};
  if (options.emit == "artifact")
    return emitArtifact(std::move(subject), request);
  auto stage = compilerStages.find(options.emit);
  if (stage == compilerStages.end() || artifact::isOfKernels(stage->second))
    throw Error(Code::InvalidArgument, "ferro-compile",
                "--emit=" + options.emit +
                    " shows a kernel: name it by --kernel");
  request.stage = stage->second;
  auto start = std::chrono::steady_clock::now();
  std::string bytes = compile(request);
  std::chrono::duration<double, std::milli> passed =
      std::chrono::steady_clock::now() - start;
  if (options.time)
    std::fprintf(stderr, "%.2f ms to %s\n", passed.count(),
                 options.emit.c_str());
  if (options.emit != "object")
    return bytes;
  artifact::CompileResponse response =
      artifact::deserializeResponse(bytesOf(bytes));
  return {reinterpret_cast<const char *>(response.object.data()),
          response.object.size()};
}

//===--- tile modules

// NAME HASH, and below it what it imports and its kernels with their lines.
static std::string describeModules(const std::string &binary) {
  std::string text;
  std::set<std::string> seen;
  for (const registry::Module &module : launch::modulesInFile(binary)) {
    if (!seen.insert(module.hash).second)
      continue;
    text += module.name + " " + module.hash + "\n";
    for (const std::string &import : module.imports)
      text += "  imports " + import + "\n";
    for (const registry::Entry &entry : module.entries)
      text += "  kernel " + entry.name + " line " + std::to_string(entry.line) +
              "\n";
  }
  return text;
}

static std::string sourceOfModule(const std::string &binary,
                                  const Options &options) {
  for (const registry::Module &module : launch::modulesInFile(binary))
    if (module.name == options.module || module.hash == options.module)
      return launch::sourceOf(module);
  throw Error(Code::ModuleNotFound, "ferro-compile",
              options.file + " has no module " + options.module +
                  "; --list shows those it has");
}

// A module that has the kernel; several headers may make one namespace.
static registry::Module moduleOf(const std::string &binary,
                                 const Options &options) {
  std::string name = options.kernel.substr(0, options.kernel.find('<'));
  for (registry::Module &module : launch::modulesInFile(binary))
    for (const registry::Entry &entry : module.entries)
      if (entry.name == name)
        return std::move(module);
  throw Error(Code::ModuleNotFound, "ferro-compile",
              options.file + " has no kernel " + name +
                  "; --list shows those it has");
}

static std::string emitKernel(const std::string &binary,
                              const Options &options) {
  registry::Module module = moduleOf(binary, options);
  // PTX is the assembly of a GPU.
  auto stage =
      compilerStages.find(options.emit == "ptx" ? "asm" : options.emit);
  if (stage == compilerStages.end())
    throw Error(Code::InvalidArgument, "ferro-compile",
                "a kernel has no stage " + options.emit +
                    "; it has ast, checks, tile, loops, vector, llvm, asm and "
                    "object");
  artifact::KernelRequest request{launch::sourceOf(module),
                                  options.kernel,
                                  module.standard,
                                  module.signedChar,
                                  {},
                                  targetOf(options),
                                  stage->second};
  std::vector<std::byte> bytes = artifact::serialize(request);
  std::string answer =
      take(compilerFunction<decltype(fc_compile)>("fc_compile")(
          reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
  if (stage->second != artifact::Stage::Object)
    return answer;
  auto response = artifact::deserializeResponse(bytesOf(answer));
  return {reinterpret_cast<const char *>(response.object.data()),
          response.object.size()};
}

static void run(Options options) {
  std::string input = read(options.file);
  if (options.list)
    return write(describeModules(input), options.output);
  if (!options.module.empty())
    return write(sourceOfModule(input, options), options.output);
  if (!options.kernel.empty())
    return write(emitKernel(input, options), options.output);
  if (options.emit == "ptx")
    options.steps = "ptx=" + targetOf(options).cpu;
  if (!options.steps.empty()) {
    auto *runSteps = compilerFunction<decltype(fc_run_steps)>("fc_run_steps");
    std::string steps = options.steps == "none" ? "" : options.steps;
    return write(take(runSteps(input.data(), input.size(), steps.c_str())),
                 options.output);
  }
  Subject subject = readSubject(input, options.fused);
  options.fused |= isArtifact(input);
  write(emit(std::move(subject), options), options.output);
}

int main(int argc, char **argv) {
  CLI::App app("Shows what becomes of a graph, or of a saved module, on its "
               "way to machine code.",
               "ferro-compile");
  Options options;
  app.add_option("file", options.file,
                 "a .graph text, a .ferro artifact or, with --steps, tile "
                 "text; - is standard input")
      ->capture_default_str();
  app.add_option(
         "--emit", options.emit,
         "graph, fused, tile, loops, vector, llvm, asm, object or artifact; "
         "with --kernel ast, checks, tile, loops, vector, llvm, asm or object; "
         "with --target, of a kernel or of tile text, ptx")
      ->check(
          CLI::IsMember({"ast", "checks", "graph", "fused", "tile", "loops",
                         "vector", "llvm", "asm", "ptx", "object", "artifact"}))
      ->capture_default_str();
  app.add_option("-o,--output", options.output,
                 "where to write; - is standard output")
      ->capture_default_str();
  app.add_flag("--fused", options.fused,
               "the graph's text is fused already: run no passes");
  app.add_option("--steps", options.steps,
                 "take tile text through these steps, comma separated: "
                 "tile-canonicalize, kernels-to-loops, tile-to-loops, "
                 "overlap-stores, vectorize, math-expand; none only checks it");
  app.add_flag("--list", options.list,
               "list the tile modules in a program, library, object or "
               "archive, with their imports and kernels");
  app.add_option("--module", options.module,
                 "print the source of this module, by name or hash, as the "
                 "program keeps it");
  app.add_option("--kernel", options.kernel,
                 "show this kernel of a program, an expression with all "
                 "template arguments: kernels::gemm<128, 256, 64>");
  app.add_option("--target", options.target,
                 "a GPU to compile kernels for, instead of this machine: "
                 "sm_80, sm_86, sm_89, sm_90a, sm_100a or sm_120; the stages "
                 "are then tile, loops and ptx");
  app.add_flag("--time", options.time, "say how long the compiler took");
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const Error &error) {
    std::fprintf(stderr, "ferro-compile: %s: %s\n",
                 std::string(toString(error.code())).c_str(), error.what());
    return 1;
  }
}
