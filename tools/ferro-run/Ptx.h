// ferro-run --ptx: a kernel of a PTX file on the emulator.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ferro::run {

struct PtxOptions {
  std::string file, kernel;
  /// Up to three extents each.
  std::vector<std::uint32_t> grid{1}, block{32}, cluster{1};
  std::uint32_t shared = 0;
  std::vector<std::string> arguments, outputs;
  std::uint64_t seed = 0, limit = 0;
  unsigned workers = 0;
  bool unchecked = false, globalRaces = false, statistics = false;
  std::string sarif;
};

/// Prints what the kernel printed, the arguments that change, and findings.
/// \returns whether nothing was found.
/// \throws Error for a file, kernel or argument that is not as it should be.
bool runPtx(const PtxOptions &options);

} // namespace ferro::run
