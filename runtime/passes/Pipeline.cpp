#include "passes/Pipeline.h"

#include "graph/Verify.h"
#include "passes/FuseGroups.h"
#include "passes/Passes.h"

#include "ferro/Error.h"

#include <string>

namespace ferro::passes {

static constexpr PassInfo table[] = {
#define FERRO_PASS(Id, function, flag, summary) {flag, summary, &function},
#define FERRO_ANALYSIS(Id, function, flag, summary) {flag, summary, nullptr},
#include "passes/Passes.def"
};

std::span<const PassInfo> passTable() { return table; }

template <typename Pass>
static void runAndVerify(graph::Graph &graph, const Pass &pass) {
  pass(graph);
  graph::verify(graph);
}

void runPass(graph::Graph &graph, std::string_view flag) {
  for (const PassInfo &pass : table)
    if (pass.flag == flag && pass.run)
      return runAndVerify(graph, pass.run);
  throw Error(Code::InvalidArgument, "passes",
              "there is no pass '" + std::string(flag) + "'");
}

void optimize(graph::Graph &graph, const PassOptions &options) {
  if (options.foldConstants)
    runAndVerify(graph, foldConstants);
  if (options.simplify)
    runAndVerify(graph, simplify);
  for (const auto &pass : options.custom)
    runAndVerify(graph, pass);
  if (options.simplify)
    runAndVerify(graph, mergeDuplicates);
  if (options.eliminateDeadOps)
    runAndVerify(graph, eliminateDeadOps);
  Fusion fusion = options.fuseGroups ? Fusion::Joined : Fusion::Single;
  runAndVerify(graph, [&](graph::Graph &fused) { fuseGroups(fused, fusion); });
}

} // namespace ferro::passes
