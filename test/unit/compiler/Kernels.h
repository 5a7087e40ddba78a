// Compiles groups through the library's C ABI and compares them with the
// reference.
#pragma once

#include "artifact/Request.h"
#include "compiler/Abi.h"
#include "device/NativeLibrary.h"
#include "exec/Interpreter.h"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace ferro::test {

/// What fc_compile answered.
struct CompilerAnswer {
  FerroStatus status;
  std::string message;
  std::vector<std::byte> bytes;
};
CompilerAnswer callCompiler(const std::vector<std::byte> &request);
CompilerAnswer compileRegion(const graph::Graph &region,
                             artifact::Stage stage = artifact::Stage::Object);

/// How a kernel's blocks are given to parallelFor's body.
enum class Ranges { AsAsked, OneByOne, Backwards, Threads };

/// A region compiled as the only kernel of a library.
class CompiledRegion {
public:
  explicit CompiledRegion(const graph::Graph &region);
  /// The results for inputs given in row-major order; they are laid out with
  /// the strides that the region's inputs declare.
  std::vector<graph::Literal> run(const std::vector<graph::Literal> &inputs,
                                  Ranges ranges = Ranges::AsAsked) const;

private:
  const graph::Graph region;
  std::unique_ptr<device::NativeLibrary> library;
  FerroKernel *kernel = nullptr;
  std::uint64_t workspace = 0;
};

/// Elements between -4 and 4 (floats), or small integers, all of them different
/// enough to tell positions apart; integers have zeros only if \p zeros.
graph::Literal randomLiteral(const graph::Type &type, std::mt19937 &random,
                             bool zeros = true);
std::vector<graph::Literal> randomInputs(const graph::Graph &graph,
                                         std::mt19937 &random);

/// Every element of \p found within \p ulps units in the last place of
/// \p expected, or within \p ulps times the dtype's epsilon of \p scale.
/// \returns what differs, or "".
std::string difference(const graph::Literal &found,
                       const graph::Literal &expected, double ulps,
                       double scale = 0);

/// Compiles \p region, runs it on random inputs and compares with the
/// reference. \returns what differs, or "".
std::string checkRegion(const graph::Graph &region, double ulps = 4,
                        double scale = 0, unsigned seed = 1);
/// The same for a region as text.
std::string checkText(const std::string &text, double ulps = 4,
                      double scale = 0);

} // namespace ferro::test
