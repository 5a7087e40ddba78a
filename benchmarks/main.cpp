// ferro-bench: ours against the best of others, in one run.
#include "Harness.h"
#include "Machine.h"
#include "ScratchFolder.h"
#include "peers/Peers.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <fmt/core.h>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>

using namespace bench;

static void printMachine(const Machine &machine) {
  fmt::print("{}, {} threads; copy {:.1f} GB/s, multiply-add {:.0f} GFLOP/s\n",
             machine.cpu, machine.threads, machine.copyGBs, machine.peakGFs);
  fmt::print("{}; {}; {}; {}\n\n", peers::openBlasVersion(),
             peers::oneDnnVersion(), peers::eigenVersion(),
             peers::loopsVersion());
  fmt::print("{:<24} {:>11}  {:<26} {:>11} {:>7} {:>7}\n", "case", "ours ms",
             "peer", "peer ms", "ratio", "floor");
}

static void print(const Row &row) {
  fmt::print("{:<24} {:>11.5f}  {:<26} {:>11.5f} {:>6.2f}x {:>7}\n", row.name,
             row.oursMs, row.peer, row.peerMs, row.ratio(),
             row.floor > 0 ? fmt::format("{:.2f}", row.floor) : "-");
  std::fflush(stdout);
}

static std::vector<Row> rowsOf(const TensorCase &tensorCase,
                               const Machine &machine) {
  Case benchmark = tensorCase.make();
  verify(benchmark);
  std::vector<const Contestant *> contestants{&benchmark.ours};
  for (const Contestant &peer : benchmark.peers)
    contestants.push_back(&peer);
  // Not in turn with the others: the threads that OpenMP leaves spinning would
  // slow the copy down. Before and behind, for the bandwidth drifts.
  double before = copyMs(benchmark.floor.bytes);
  std::vector<double> times = measure(contestants);
  double copy = std::min(before, copyMs(benchmark.floor.bytes));
  double least = machine.leastMs(benchmark.floor, copy);

  std::vector<Row> rows;
  for (std::size_t i = 0; i < benchmark.peers.size(); ++i)
    rows.push_back({tensorCase.name, times[0], benchmark.peers[i].name,
                    times[i + 1], least / times[0]});
  return rows;
}

static void writeJson(const std::string &path, const std::vector<Row> &rows) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (const Row &row : rows)
    array.push_back({{"name", row.name},
                     {"ours_ms", row.oursMs},
                     {"peer", row.peer},
                     {"peer_ms", row.peerMs},
                     {"ratio", row.ratio()},
                     {"floor", row.floor > 0 ? nlohmann::ordered_json(row.floor)
                                             : nullptr}});
  std::ofstream file(path);
  file << array.dump(2) << '\n';
  if (!file.flush())
    throw std::runtime_error(path + ": cannot be written");
}

static int run(const std::string &filter, const std::string &json) {
  std::regex wanted(filter);
  std::vector<Row> all;
  auto report = [&](const std::vector<Row> &rows) {
    for (const Row &row : rows)
      print(row);
    all.insert(all.end(), rows.begin(), rows.end());
  };

  Machine machine = measureMachine();
  printMachine(machine);
  for (const TimedCase &benchmark : processCases())
    if (std::regex_search(benchmark.name, wanted))
      report(benchmark.measure());
  std::vector<TensorCase> cases = tensorCases();
  std::ranges::copy(tileCases(), std::back_inserter(cases));
  for (const TensorCase &tensorCase : cases)
    if (std::regex_search(tensorCase.name, wanted))
      report(rowsOf(tensorCase, machine));

  if (all.empty())
    throw std::runtime_error("no case matches " + filter);
  if (!json.empty())
    writeJson(json, all);
  return 0;
}

int main(int count, char **arguments) {
  peers::chooseOpenBlasCore(arguments);

  CLI::App app("Times FerroScript against its peers. ratio = peer / ours; "
               "floor = the least "
               "time this machine allows / ours.",
               "ferro-bench");
  std::string filter, json;
  app.add_option("--filter", filter,
                 "Run the cases whose name matches this regular expression");
  app.add_option("--json", json, "Also write the rows to this file");
  CLI11_PARSE(app, count, arguments);

  try {
    // What is compiled here is compiled anew, and leaves nothing behind.
    ScratchFolder cache;
    setenv("FERRO_CACHE_DIR", cache.path.c_str(), 1);
    return run(filter, json);
  } catch (const std::exception &error) {
    fmt::print(stderr, "ferro-bench: {}\n", error.what());
    return 1;
  }
}
