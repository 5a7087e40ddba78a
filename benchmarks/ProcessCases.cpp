// The cases whose result is the time of a process: compiling, starting.
#include "Harness.h"
#include "ScratchFolder.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>

namespace bench {

namespace fs = std::filesystem;

std::vector<Row> warmCall();
std::vector<Row> tileLaunch();
std::vector<Row> tileCold();
std::vector<Row> emulatorSpeed();
std::vector<Row> launchOverhead();

static std::string outputOf(const std::string &command) {
  FILE *pipe = popen(command.c_str(), "r");
  if (!pipe)
    throw std::runtime_error(command + ": cannot be started");
  std::string output;
  char piece[256];
  while (std::size_t size = std::fread(piece, 1, sizeof piece, pipe))
    output.append(piece, size);
  if (pclose(pipe) != 0)
    throw std::runtime_error(command + ": ended with an error");
  return output;
}

static double best(int times, const std::function<double()> &measure) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < times; ++i)
    least = std::min(least, measure());
  return least;
}

// Milliseconds that the first call of a script took over its second one, in a
// new process.
static double firstCall(const fs::path &cache) {
  fs::path program = fs::read_symlink("/proc/self/exe").parent_path() /
                     "ferro-bench-first-call";
  return std::stod(
      outputOf("FERRO_CACHE_DIR=" + cache.string() + " " + program.string()));
}

static std::string clang(const fs::path &source, const std::string &flags) {
  return FERRO_BENCH_CLANG
         " -std=c++20 -Wno-unknown-attributes -I" FERRO_BENCH_INCLUDE " " +
         flags + " " + source.string();
}

static double clangProcess(const fs::path &folder) {
  fs::path source = folder / "chain.cpp";
  std::ofstream(source) << R"(
    extern "C" void chain(const float *x, const float *w, float *y, long n) {
      for (long i = 0; i < n; ++i) {
        float t = x[i] * w[i] + x[i];
        t = (t > 0 ? t : 0) * 0.5f - w[i];
        y[i] = t * t;
      }
    })";
  std::string command = clang(source, "-O3 -march=native -shared -fPIC -o " +
                                          (folder / "chain.so").string());
  return best(5, [&] { return millisecondsOf([&] { outputOf(command); }); });
}

static std::vector<Row> coldCompile() {
  double ours = best(9, [] { return firstCall(ScratchFolder().path); });
  return {{"cold-compile-chain", ours, "budget of 30 ms", 30, 0},
          {"cold-compile-chain", ours, "clang++ -O3 process",
           clangProcess(ScratchFolder().path), 0}};
}

static std::vector<Row> diskHit() {
  ScratchFolder cache;
  firstCall(cache.path);
  return {{"new-process-disk-hit",
           best(30, [&] { return firstCall(cache.path); }), "budget of 1 ms", 1,
           0}};
}

// A file of some 200 lines with ten functions; scripts or not.
static fs::path writeSource(const fs::path &folder, bool scripts) {
  fs::path path = folder / (scripts ? "scripts.cpp" : "plain.cpp");
  std::ofstream file(path);
  file << "#include <ferro/ferro.h>\n#include <vector>\nusing namespace "
          "ferro;\n";
  for (int i = 0; i < 10; ++i) {
    file << (scripts ? "[[ferro::script]] " : "") << "Tensor<float> f" << i
         << "(Tensor<float> x, Tensor<float> w) {\n"
            "  auto scaled = x * w + "
         << i << ";\n"
         << "  auto active = relu(scaled);\n"
            "  return sum(active * active);\n"
            "}\n";
    file << "int plain" << i << "(const std::vector<int> &values) {\n"
         << "  int total = " << i << ";\n"
         << "  for (int value : values) {\n    if (value > " << i
         << ")\n      total += value;\n    else\n      total -= value;\n  }\n  "
            "return total;\n}\n";
  }
  return path;
}

static Row pluginRow(const std::string &name, const fs::path &source,
                     const std::string &flags) {
  std::string with = clang(
      source, "-fplugin=" FERRO_BENCH_PLUGIN " -DFERRO_PLUGIN=1 " + flags);
  std::string without = clang(source, flags);
  double ours = std::numeric_limits<double>::infinity(), plain = ours;
  for (int i = 0; i < 5; ++i) {
    ours = std::min(ours, millisecondsOf([&] { outputOf(with); }));
    plain = std::min(plain, millisecondsOf([&] { outputOf(without); }));
  }
  return {name, ours, "clang without the plugin", plain, 0};
}

static std::vector<Row> pluginOverhead() {
  ScratchFolder folder;
  fs::path scripts = writeSource(folder.path, true),
           plain = writeSource(folder.path, false);
  return {pluginRow("plugin-scripts-O2-g", scripts, "-O2 -g -c -o /dev/null"),
          pluginRow("plugin-plain-O2-g", plain, "-O2 -g -c -o /dev/null"),
          pluginRow("plugin-scripts-syntax", scripts, "-fsyntax-only")};
}

std::vector<TimedCase> processCases() {
  return {{"warm-call", warmCall},           {"tile-launch", tileLaunch},
          {"emulator", emulatorSpeed},       {"launch", launchOverhead},
          {"tile-cold", tileCold},           {"cold-compile", coldCompile},
          {"new-process-disk-hit", diskHit}, {"plugin", pluginOverhead}};
}

} // namespace bench
