// Findings and statistics as text and as SARIF.
#include "emulator/Machine.h"

#include <cstdio>
#include <set>

using namespace ferro;
using namespace ferro::emulator;

std::string_view emulator::toString(FindingKind kind) {
  switch (kind) {
#define FERRO_FINDING(Id, name, advice)                                        \
  case FindingKind::Id:                                                        \
    return name;
#include "ferro/Findings.def"
  }
  return "";
}

std::string_view emulator::advice(FindingKind kind) {
  switch (kind) {
#define FERRO_FINDING(Id, name, advice)                                        \
  case FindingKind::Id:                                                        \
    return advice;
#include "ferro/Findings.def"
  }
  return "";
}

std::string_view emulator::className(unsigned index) {
  static constexpr const char *names[opClasses] = {
      "integer", "float",  "half",        "convert",  "move",   "control",
      "memory",  "atomic", "synchronize", "exchange", "matrix", "async copy"};
  return index < opClasses ? names[index] : "";
}

void emulator::add(Statistics &sum, const Statistics &part) {
  for (unsigned i = 0; i < opClasses; ++i) {
    sum.warpInstructions[i] += part.warpInstructions[i];
    sum.threadInstructions[i] += part.threadInstructions[i];
  }
  sum.globalLoads += part.globalLoads;
  sum.globalStores += part.globalStores;
  sum.loadSectors += part.loadSectors;
  sum.storeSectors += part.storeSectors;
  sum.sharedAccesses += part.sharedAccesses;
  sum.bankConflicts += part.bankConflicts;
  sum.barrierWaits += part.barrierWaits;
  sum.divergentBranches += part.divergentBranches;
}

static std::string text(const Extent &extent) {
  return "(" + std::to_string(extent.x) + ", " + std::to_string(extent.y) +
         ", " + std::to_string(extent.z) + ")";
}

std::string emulator::toText(const std::vector<Finding> &findings) {
  std::string result;
  for (const Finding &finding : findings) {
    result += finding.kernel + ": " + std::string(toString(finding.kind)) +
              ": " + finding.text + "\n";
    if (!finding.sourceFile.empty())
      result += "  source: " + finding.sourceFile + ":" +
                std::to_string(finding.sourceLine) + "\n";
    result += "  ptx: line " + std::to_string(finding.ptxLine) + ": " +
              finding.instruction + "\n  block " + text(finding.block) +
              ", thread " + text(finding.thread);
    if (finding.count > 1)
      result += ", the first of " + std::to_string(finding.count);
    result += "\n  to do: " + std::string(advice(finding.kind)) + "\n";
  }
  return result;
}

static std::string quoted(const std::string &text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", c);
      result += code;
    } else {
      result += c;
    }
  }
  return result + "\"";
}

static std::string location(const std::string &file, unsigned line) {
  return "{\"physicalLocation\":{\"artifactLocation\":{\"uri\":" +
         quoted(file) +
         "},\"region\":{\"startLine\":" + std::to_string(std::max(line, 1u)) +
         "}}}";
}

std::string emulator::toSarif(const std::vector<Finding> &findings,
                              const std::string &ptxFile) {
  std::string rules, results;
  std::set<FindingKind> kinds;
  for (const Finding &finding : findings) {
    std::string id(toString(finding.kind)), what(advice(finding.kind));
    if (kinds.insert(finding.kind).second)
      rules += (rules.empty() ? "" : ",") + ("{\"id\":" + quoted(id)) +
               ",\"help\":{\"text\":" + quoted(what) + "}}";
    std::string message = finding.kernel + ": " + finding.text + "; block " +
                          text(finding.block) + ", thread " +
                          text(finding.thread);
    std::string ptx = location(ptxFile, finding.ptxLine);
    bool hasSource = !finding.sourceFile.empty();
    results +=
        (results.empty() ? "" : ",") + ("{\"ruleId\":" + quoted(id)) +
        ",\"level\":\"error\",\"message\":{\"text\":" + quoted(message) +
        "},\"locations\":[" +
        (hasSource ? location(finding.sourceFile, finding.sourceLine) : ptx) +
        "]" + (hasSource ? ",\"relatedLocations\":[" + ptx + "]" : "") + "}";
  }
  return "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\","
         "\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":"
         "\"FerroScript emulator\",\"rules\":[" +
         rules + "]}},\"results\":[" + results + "]}]}\n";
}

std::string emulator::toText(const Statistics &statistics) {
  std::string result;
  char line[160];
  auto row = [&](const char *name, std::uint64_t first, const char *unit,
                 std::uint64_t second, const char *other) {
    std::snprintf(line, sizeof line, "%-14s %14llu %-8s %14llu %s\n", name,
                  static_cast<unsigned long long>(first), unit,
                  static_cast<unsigned long long>(second), other);
    result += line;
  };
  for (unsigned i = 0; i < opClasses; ++i)
    if (statistics.warpInstructions[i])
      row(std::string(className(i)).c_str(), statistics.warpInstructions[i],
          "of warps", statistics.threadInstructions[i], "of threads");
  row("global loads", statistics.globalLoads, "of warps",
      statistics.loadSectors, "sectors");
  row("global stores", statistics.globalStores, "of warps",
      statistics.storeSectors, "sectors");
  row("shared memory", statistics.sharedAccesses, "of warps",
      statistics.bankConflicts, "bank conflicts");
  row("barriers", statistics.barrierWaits, "of warps",
      statistics.divergentBranches, "divergent branches");
  double millions = double(statistics.allThreadInstructions()) * 1e-6;
  std::snprintf(line, sizeof line,
                "%.0f ms, %.1f million instructions of threads a second\n",
                statistics.seconds * 1e3,
                statistics.seconds > 0 ? millions / statistics.seconds : 0.0);
  result += line;
  return result;
}
