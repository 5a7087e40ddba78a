// Compiles kernels into one program, runs it, and reads what it says.
#pragma once

#include "Kernel.h"

#include <filesystem>
#include <string>
#include <vector>

namespace fuzz {

/// Where programs are made and what makes them.
struct Workshop {
  std::filesystem::path folder;
  std::string compiler;    // clang++ with the plugin and all options
  std::string libraries;   // what to link
  std::string environment; // NAME=VALUE ... of the runs

  /// Precompiles Compare.h, which lies in \p sources, once for all programs.
  /// False if that does not compile.
  bool prepare(const std::filesystem::path &sources);

  /// What became of each kernel: a verdict of Compare.h, `crashes: ...`,
  /// `stalls: ...`, or
  /// `unbuildable: ...` if clang does not compile it.
  std::vector<std::string> verdicts(const std::vector<Kernel> &kernels) const;

private:
  std::vector<std::string> build(const std::vector<Kernel> &kernels,
                                 const std::filesystem::path &program) const;
};

/// Whether a verdict tells of a bug.
bool isFailure(const std::string &verdict);
/// What two failures of one bug have in common: the first word, and of an error
/// the text without its place.
std::string kindOf(const std::string &verdict);

} // namespace fuzz
