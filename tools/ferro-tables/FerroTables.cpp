// ferro-tables: prints the reference pages from the tables, so that they can
// say nothing else.
//
//   ferro-tables --page ops
//   ferro-tables --out docs/reference
#include "Markdown.h"
#include "TilePages.h"

#include "graph/OpInfo.h"
#include "passes/Pipeline.h"

#include "ferro/DType.h"
#include "ferro/Error.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

using namespace ferro;

/// A formula with blanks behind * and &&, which the formatter of the table
/// takes for declarations of pointers and references.
static std::string spaced(std::string_view formula) {
  std::string result;
  for (std::size_t i = 0; i < formula.size(); ++i) {
    result += formula[i];
    bool isAnd = formula[i] == '&' && i > 0 && formula[i - 1] == '&';
    bool isGlued = (formula[i] == '*' || isAnd) && i + 1 < formula.size() &&
                   formula[i + 1] != ' ';
    result += isGlued ? " " : "";
  }
  return result;
}

// --- ops

/// What the gradient columns say of one op.
static std::string gradientOf(std::initializer_list<std::string_view> columns) {
  static constexpr const char *names[] = {"dx", "dy", "dz"};
  std::string result;
  std::size_t i = 0;
  for (std::string_view column : columns) {
    if (column != "NO_GRADIENT")
      result += (result.empty() ? "" : "; ") + std::string(names[i]) + " = " +
                code(spaced(column));
    ++i;
  }
  return result.empty() ? "none" : result;
}

static const std::map<std::string_view, std::string> gradients = {
#define FERRO_UNARY(Id, name, dtypes, formula, dx, summary)                    \
  {#name, gradientOf({#dx})},
#define FERRO_BINARY(Id, name, dtypes, formula, dx, dy, summary)               \
  {#name, gradientOf({#dx, #dy})},
#define FERRO_TERNARY(Id, name, dtypes, formula, dx, dy, dz, summary)          \
  {#name, gradientOf({#dx, #dy, #dz})},
#include "ferro/Ops.def"
};

static std::string_view nameOf(graph::DTypeRule rule) {
  switch (rule) {
  case graph::DTypeRule::Promote:
    return "promote";
  case graph::DTypeRule::Float:
    return "float";
  case graph::DTypeRule::Compare:
    return "compare";
  case graph::DTypeRule::Logic:
    return "logic";
  case graph::DTypeRule::Select:
    return "select";
  case graph::DTypeRule::Structured:
    return "";
  }
  __builtin_unreachable();
}

static std::string_view titleOf(graph::Family family) {
  switch (family) {
  case graph::Family::Elementwise:
    return "Element by element";
  case graph::Family::Reduction:
    return "Reductions";
  case graph::Family::MatrixProduct:
    return "Matrix products";
  case graph::Family::View:
    return "Views";
  case graph::Family::Movement:
    return "Copies";
  case graph::Family::Normalisation:
    return "Normalisation";
  case graph::Family::Literal:
    return "Constants";
  case graph::Family::Group:
    return "Groups";
  }
  __builtin_unreachable();
}

static std::string elementwiseTable() {
  std::string page = "| op | formula over x, y, z | dtypes | gradient from g, "
                     "with r the result | |\n|---|---|---|---|---|\n";
  for (const graph::OpInfo &op : graph::opTable())
    if (op.family == graph::Family::Elementwise)
      page += "| " + code(op.name) + " | " + code(spaced(op.formula)) + " | " +
              std::string(nameOf(op.dtypes)) + " | " + gradients.at(op.name) +
              " | " + escaped(op.summary) + " |\n";
  return page;
}

static std::string operandCount(const graph::OpInfo &op) {
  if (op.maxOperands < 0)
    return std::to_string(op.minOperands) + " or more";
  if (op.maxOperands == op.minOperands)
    return std::to_string(op.minOperands);
  return std::to_string(op.minOperands) + " to " +
         std::to_string(op.maxOperands);
}

static std::string structuredTable(graph::Family family) {
  std::string page = "| op | operands | attributes | |\n|---|---|---|---|\n";
  for (const graph::OpInfo &op : graph::opTable())
    if (op.family == family)
      page += "| " + code(op.name) + " | " + operandCount(op) + " | " +
              code(op.attributes) + " | " + escaped(op.summary) + " |\n";
  return page;
}

static std::string opsPage() {
  using graph::Family;
  std::string page =
      "# Operations\n\n" + std::string(notice) +
      "Shapes broadcast as in NumPy: aligned at the last axis, extents are "
      "equal or 1. Negative axes count from the end.\n"
      "Rules for dtypes: *promote* computes in the common dtype and gives it, "
      "numbers only; *float* the same, with integers\n"
      "and bool as f32; *compare* promotes and gives bool; *logic* takes and "
      "gives bool; *select* takes a bool x and\n"
      "promotes y and z. Sums and products of integers and bool give i64, "
      "means f32. Matrix products and `cat` want one dtype.\n";
  for (Family family :
       {Family::Elementwise, Family::Reduction, Family::Normalisation,
        Family::MatrixProduct, Family::View, Family::Movement, Family::Literal,
        Family::Group}) {
    page += "\n## " + std::string(titleOf(family)) + "\n\n";
    page += family == Family::Elementwise ? elementwiseTable()
                                          : structuredTable(family);
  }
  return page;
}

// --- dtypes, errors, passes

static std::string dtypesPage() {
  std::string page = "# Element types\n\n" + std::string(notice) +
                     "| dtype | C++ type | kind | bits |\n|---|---|---|---|\n";
#define FERRO_DTYPE(Id, name, CppType, kind, bits)                             \
  page += "| " + code(name) + " | " + code(#CppType) +                         \
          " | " #kind " | " #bits " |\n";
#include "ferro/DTypes.def"
  page += "\n## Promotion\n\nThe dtype in which an operation on both is "
          "computed.\n\n|";
  const DType all[] = {
#define FERRO_DTYPE(Id, name, CppType, kind, bits) DType::Id,
#include "ferro/DTypes.def"
  };
  for (DType column : all)
    page += " | " + std::string(toString(column));
  page += " |\n|---";
  for (std::size_t i = 0; i < std::size(all); ++i)
    page += "|---";
  page += "|\n";
  for (DType row : all) {
    page += "| " + std::string(toString(row));
    for (DType column : all)
      page += " | " + std::string(toString(promote(row, column)));
    page += " |\n";
  }
  return page;
}

static std::string errorsPage() {
  std::string page =
      "# Errors\n\n" + std::string(notice) +
      "What `ferro::Error::code()` says. `what()` is the operation, what was "
      "found, then the rule.\n\n| code | meaning |\n|---|---|\n";
#define FERRO_ERROR(Id, meaning)                                               \
  page += "| " + code(#Id) + " | " + escaped(meaning) + " |\n";
#include "ferro/Errors.def"
  return page;
}

static std::string passesPage() {
  std::string page =
      "# Passes over the graph\n\n" + std::string(notice) +
      "In the order in which a traced graph meets them. `ferro-opt --<pass> "
      "FILE.graph` runs one alone.\n\n| pass | |\n|---|---|\n";
  for (const passes::PassInfo &pass : passes::passTable())
    page += "| " + code(pass.flag) + " | " + escaped(pass.summary) + " |\n";
  return page;
}

static const std::map<std::string, std::string (*)()> pages = {
    {"dtypes", dtypesPage},
    {"errors", errorsPage},
    {"ops", opsPage},
    {"passes", passesPage},
    {"tile-elements", tileElementsPage},
    {"tile-ops", tileOpsPage}};

static bool writeAll(const std::filesystem::path &folder) {
  for (const auto &[name, make] : pages) {
    std::ofstream file(folder / (name + ".md"), std::ios::binary);
    file << make();
    if (!file.flush()) {
      std::fprintf(stderr, "ferro-tables: cannot write %s\n",
                   (folder / (name + ".md")).c_str());
      return false;
    }
  }
  return true;
}

int main(int argc, char **argv) {
  CLI::App app("Prints the reference pages from the tables.", "ferro-tables");
  std::string page, folder;
  auto *pageOption =
      app.add_option("--page", page,
                     "prints one page: dtypes, errors, ops, passes, "
                     "tile-elements or tile-ops")
          ->check(CLI::IsMember(pages));
  app.add_option("--out", folder, "writes every page into this folder")
      ->check(CLI::ExistingDirectory)
      ->excludes(pageOption);
  app.require_option(1);
  CLI11_PARSE(app, argc, argv);
  if (!folder.empty())
    return writeAll(folder) ? 0 : 1;
  std::cout << pages.at(page)();
}
