// ferro-opt: reads graphs in their text form, runs passes, prints the result.
//
//   ferro-opt --fold-constants --fuse-groups graph.graph
//   ferro-opt --optimize --plan - < graph.graph
#include "exec/Interpreter.h"
#include "graph/Serialize.h"
#include "graph/Text.h"
#include "graph/Verify.h"
#include "passes/Passes.h"
#include "passes/Pipeline.h"

#include "ferro/Error.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

using namespace ferro;

/// Elements of a graph input that anyone can repeat: small halves of either
/// sign, drawn by the seed; never all zero.
static graph::Literal generate(const graph::Type &type, std::mt19937 &random) {
  graph::Literal literal{type.dtype, type.shape, {}};
  for (std::int64_t i = 0; i < numel(type.shape); ++i)
    visit(type.dtype, [&]<typename T>(T) {
      double half = (static_cast<int>(random() % 31) - 15) / 2.0;
      T value;
      if constexpr (std::is_same_v<T, bool>)
        value = half > 0;
      else if constexpr (std::is_integral_v<T>)
        value = static_cast<T>(static_cast<std::int64_t>(half * 2));
      else
        value = static_cast<T>(static_cast<float>(half));
      auto *bytes = reinterpret_cast<const std::byte *>(&value);
      literal.bytes.insert(literal.bytes.end(), bytes, bytes + sizeof value);
    });
  return literal;
}

static std::string interpreted(const graph::Graph &source, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<graph::Literal> inputs;
  for (graph::ValueId input : source.inputs)
    inputs.push_back(generate(source.type(input), random));
  graph::Graph results;
  results.name = source.name + ".results";
  for (graph::Literal &output : exec::interpret(source, inputs))
    results.outputs.push_back(results.addConstant(std::move(output)));
  return graph::print(results);
}

static std::string read(const std::string &path) {
  if (path == "-")
    return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw Error(Code::IoError, "ferro-opt",
                "cannot read " + path + ": " + std::strerror(errno));
  return {std::istreambuf_iterator<char>(file), {}};
}

// What happens to every graph, in the order of the command line.
using Action = std::function<void(graph::Graph &)>;

static void print(const std::string &text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int main(int argc, char **argv) {
  CLI::App app("Runs passes on graphs in their text form, in the order of the "
               "flags, and prints the graphs.",
               "ferro-opt");
  std::string path = "-";
  unsigned seed = 1;
  bool quiet = false;
  std::vector<Action> actions;
  auto addFlag = [&](std::string_view name, std::string_view summary,
                     Action action) {
    app.add_flag_callback(
           "--" + std::string(name),
           [&actions, action] { actions.push_back(action); },
           std::string(summary))
        ->trigger_on_parse();
  };
  app.add_option("file", path, "the graphs; - is standard input")
      ->capture_default_str();
  for (const passes::PassInfo &pass : passes::passTable())
    if (pass.run)
      addFlag(pass.flag, pass.summary,
              [flag = pass.flag](graph::Graph &source) {
                passes::runPass(source, flag);
              });
  addFlag("optimize",
          "Runs all passes, as scripts do before they are compiled.",
          [](graph::Graph &source) { passes::optimize(source); });
  addFlag("verify", "Checks the graph and says so.", [](graph::Graph &source) {
    graph::verify(source);
    print("// @" + source.name + " is well formed\n");
  });
  addFlag("round-trip", "Writes the graph as bytes and reads them back.",
          [](graph::Graph &source) {
            source = graph::deserialize(graph::serialize(source));
          });
  addFlag("plan", "Prints where every value of the fused graph lies in memory.",
          [](graph::Graph &source) {
            print(passes::toString(passes::planMemory(source)));
          });
  addFlag("interpret", "Prints the outputs for inputs drawn by --seed.",
          [&seed](graph::Graph &source) { print(interpreted(source, seed)); });
  app.add_option("--seed", seed, "for --interpret")->capture_default_str();
  app.add_flag("--quiet", quiet, "does not print the graph at the end");
  CLI11_PARSE(app, argc, argv);
  try {
    for (graph::Graph &each : graph::parseAll(read(path))) {
      for (const Action &action : actions)
        action(each);
      if (!quiet)
        print(graph::print(each));
    }
  } catch (const Error &error) {
    std::fprintf(stderr, "ferro-opt: %s: %s\n",
                 std::string(toString(error.code())).c_str(), error.what());
    return 1;
  }
}
