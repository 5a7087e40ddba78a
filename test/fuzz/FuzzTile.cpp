// fuzz-tile: random tile kernels, as reference and as native code.
//
//   fuzz-tile [--seed N] [--kernels N] [--seconds N] [--first N] [--only N]
//             [--batch N] [--folder PATH] [--minimise N]
//
// Ends with 1 if a kernel fails: the seed, its number and the smallest kernel
// that fails alike are printed.
#include "Batch.h"
#include "Generator.h"
#include "Minimise.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

using Clock = std::chrono::steady_clock;

namespace {

struct Options {
  std::uint64_t seed = 1;
  int kernels = 1 << 30, seconds = 60, first = 0, batch = 12, minimise = 3;
  std::string folder = FERRO_FUZZ_FOLDER;
};

/// What a run has seen.
struct Tally {
  std::map<std::string, int> verdicts;
  int kernels = 0, failures = 0;
};

} // namespace

static const char *variable(const char *name) {
  const char *text = std::getenv(name);
  return text && *text ? text : nullptr;
}

static Options optionsOf(int argc, char **argv) {
  Options options;
  if (const char *text = variable("FERRO_FUZZ_SEED"))
    options.seed = std::strtoull(text, nullptr, 10);
  if (const char *text = variable("FERRO_FUZZ_SECONDS"))
    options.seconds = std::atoi(text);
  if (const char *text = variable("FERRO_FUZZ_KERNELS")) {
    options.kernels = std::atoi(text);
    options.seconds = 1 << 30;
  }
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string_view name = argv[i];
    int number = std::atoi(argv[i + 1]);
    if (name == "--seed")
      options.seed = std::strtoull(argv[i + 1], nullptr, 10);
    else if (name == "--kernels")
      options.kernels = number, options.seconds = 1 << 30;
    else if (name == "--seconds")
      options.seconds = number;
    else if (name == "--first")
      options.first = number;
    else if (name == "--only")
      options.first = number, options.kernels = 1;
    else if (name == "--batch")
      options.batch = number;
    else if (name == "--folder")
      options.folder = argv[i + 1];
    else if (name == "--minimise")
      options.minimise = number;
    else
      std::fprintf(stderr, "fuzz-tile: no option %s\n", argv[i]), std::exit(2);
  }
  return options;
}

static void report(const fuzz::Workshop &workshop, const Options &options,
                   const fuzz::Kernel &kernel, const std::string &verdict,
                   Tally &tally) {
  std::printf("%s of seed %llu, with %s: %s\n", kernel.name.c_str(),
              static_cast<unsigned long long>(options.seed),
              workshop.environment.c_str(), verdict.c_str());
  std::fflush(stdout);
  bool isSlow = verdict.starts_with("stalls"); // so would be what is smaller
  if (tally.failures++ < options.minimise && !isSlow)
    std::printf("%s\n",
                fuzz::printProgram({fuzz::minimise(workshop, kernel, verdict)})
                    .c_str());
  std::fflush(stdout);
}

int main(int argc, char **argv) {
  Options options = optionsOf(argc, argv);
  fuzz::Workshop workshop{options.folder, FERRO_FUZZ_COMPILER,
                          FERRO_FUZZ_LIBRARIES, ""};
  std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
  std::fflush(stdout);
  auto start = Clock::now();
  auto seconds = [&] {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  if (!workshop.prepare(FERRO_FUZZ_SOURCES)) {
    std::printf("Compare.h does not compile, see %s/prepare.log\n",
                options.folder.c_str());
    return 1;
  }
  // Where checks are made is not to change what a kernel does.
  // [J09]

  static const char *const checks[] = {"auto", "block", "nohoist"};
  Tally tally;
  double longest = 0;
  for (int next = options.first, batch = 0;
       tally.kernels < options.kernels &&
       (batch == 0 || seconds() + longest < options.seconds);
       ++batch) {
    double begin = seconds();
    workshop.environment =
        std::string("FERRO_KERNELS=compiled FERRO_CACHE=0 FERRO_CHECKS=") +
        checks[batch % 3];
    std::vector<fuzz::Kernel> kernels;
    for (int i = 0; i < options.batch && tally.kernels + i < options.kernels;
         ++i)
      kernels.push_back(fuzz::generate(options.seed, next++));
    auto verdicts = workshop.verdicts(kernels);
    tally.kernels += static_cast<int>(kernels.size());
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      ++tally.verdicts[fuzz::kindOf(verdicts[i])];
      if (fuzz::isFailure(verdicts[i]))
        report(workshop, options, kernels[i], verdicts[i], tally);
    }
    longest = std::max(longest, seconds() - begin);
  }
  for (const auto &[verdict, count] : tally.verdicts)
    std::printf("%6d %s\n", count, verdict.c_str());
  std::printf("%d kernels of seed %llu in %.0f s, %d failures\n", tally.kernels,
              static_cast<unsigned long long>(options.seed), seconds(),
              tally.failures);
  return tally.failures > 0 || tally.kernels == 0;
}
