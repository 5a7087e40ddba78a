// ferro-run FILE.ferro --input x.npy --output y.npy: runs a saved module where
// no compiler is installed. ferro-run --ptx FILE.ptx: a kernel on the emulator.
#include "Describe.h"
#include "Operands.h"
#include "Ptx.h"

#include "ferro/Error.h"
#include "ferro/Threads.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace ferro;
using namespace ferro::run;

namespace {
struct Options {
  std::string file;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  int threads = 0;
  bool showInfo = false;
  bool bench = false;
};
} // namespace

static double measureOnce(const device::Executable &executable,
                          const Operands &operands) {
  auto start = std::chrono::steady_clock::now();
  executable.run(operands.inputs, operands.outputs);
  return std::chrono::duration<double, std::micro>(
             std::chrono::steady_clock::now() - start)
      .count();
}

/// Times calls for a second, 10 at least, after one that warms up.
static void bench(const device::Executable &executable,
                  const Operands &operands) {
  measureOnce(executable, operands);
  std::vector<double> times;
  for (double total = 0; total < 1e6 || times.size() < 10;
       total += times.back())
    times.push_back(measureOnce(executable, operands));
  std::ranges::sort(times);
  std::printf(
      "%zu calls, %d threads: median %.2f us, best %.2f us, worst %.2f us\n",
      times.size(), num_threads(), times[times.size() / 2], times.front(),
      times.back());
}

static void writeOutputs(const device::Executable &executable,
                         const Operands &operands, const Options &options) {
  std::size_t numOutputs = executable.artifact().plan.outputs.size();
  if (options.outputs.size() > numOutputs)
    throw Error(Code::InvalidArgument, "--output",
                "found " + std::to_string(options.outputs.size()) +
                    " files; there are " + std::to_string(numOutputs) +
                    " outputs");
  for (std::size_t i = 0; i < numOutputs; ++i) {
    npy::Array array = readOutput(executable, operands, i);
    if (i < options.outputs.size())
      npy::write(options.outputs[i], array);
    else
      std::printf("output %zu: %s\n", i, describe(array).c_str());
  }
}

static void runFile(const Options &options) {
  set_num_threads(options.threads);
  artifact::Artifact artifact = artifact::load(options.file);
  if (options.showInfo) {
    std::fputs(describe(artifact).c_str(), stdout);
    return;
  }
  bool isRandom = options.bench && options.inputs.empty();
  Operands operands =
      makeOperands(artifact, isRandom ? randomInputs(artifact)
                                      : readInputs(artifact, options.inputs));
  device::Executable executable(std::move(artifact));
  executable.run(operands.inputs, operands.outputs);
  if (!isRandom)
    writeOutputs(executable, operands, options);
  if (options.bench)
    bench(executable, operands);
}

static void addPtxOptions(CLI::App &app, PtxOptions &options) {
  app.add_option("--ptx", options.file,
                 "run a kernel of this PTX file on the emulator instead");
  app.add_option("--kernel", options.kernel,
                 "the kernel's name, if there are several");
  app.add_option("--grid", options.grid, "blocks, X,Y,Z")->delimiter(',');
  app.add_option("--block", options.block, "threads, X,Y,Z")->delimiter(',');
  app.add_option("--cluster", options.cluster, "blocks of a cluster, X,Y,Z")
      ->delimiter(',');
  app.add_option("--shared", options.shared, "bytes of dynamic shared memory");
  app.add_option("--arg", options.arguments,
                 "a parameter: FILE.npy, zeros:BYTES, buffer:BYTES, or a "
                 "number as i32:5, u64:5, f32:0.5; repeated, in order");
  app.add_option("--seed", options.seed, "shuffle the schedule by this number");
  app.add_option("--workers", options.workers, "threads of the host; 0: all");
  app.add_option("--limit", options.limit,
                 "stop after so many instructions of warps; 0: never");
  app.add_option("--sarif", options.sarif, "write the findings to this file");
  app.add_flag("--no-checks", options.unchecked,
               "look for wild addresses and stuck barriers only");
  app.add_flag("--global-races", options.globalRaces,
               "look for races between blocks as well");
  app.add_flag("--stats", options.statistics, "print what was executed");
}

int main(int count, char **arguments) {
  Options options;
  CLI::App app("Runs a saved FerroScript module; no compiler is needed.");
  auto *file =
      app.add_option("file", options.file, "the module, a .ferro file");
  app.add_option("-i,--input", options.inputs,
                 "an input's .npy file, in order or as NAME=FILE; repeated");
  app.add_option(
      "-o,--output", options.outputs,
      "an output's .npy file, in order; outputs without one are printed");
  app.add_option("--threads", options.threads, "the threads to run on; 0: all");
  app.add_flag("--info", options.showInfo,
               "print what the module holds and do not run it");
  app.add_flag("--bench", options.bench,
               "time calls; without --input on random numbers");
  app.set_version_flag("--version", std::string("ferro-run ") + FERRO_VERSION);
  PtxOptions ptx;
  addPtxOptions(app, ptx);
  CLI11_PARSE(app, count, arguments);
  try {
    if (!ptx.file.empty()) {
      ptx.outputs = options.outputs;
      return runPtx(ptx) ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (!file->count())
      throw Error(Code::InvalidArgument, "file",
                  "there is no module to run; see --help");
    runFile(options);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "ferro-run: %s\n", error.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
