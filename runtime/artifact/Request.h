// What crosses to the compiler, and back.
#pragma once

#include "graph/Graph.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ferro::artifact {

/// The machine to compile for. Features as LLVM spells them, sorted.
struct Target {
  std::string triple;                // "x86_64-unknown-linux-gnu"
  std::string cpu;                   // "" lets the features decide
  std::vector<std::string> features; // "+avx512f", sorted
  friend bool operator==(const Target &, const Target &) = default;
};

/// What a response shows instead of an object: a stage's text.
enum class Stage : std::uint8_t {
  Object,
  Tile,
  Loops,
  Vector,
  Llvm,
  Asm,
  Ast,
  Checks
};

/// The stages by the names that tools and FERRO_DUMP give them, in the order
/// of the compiler's work.
inline constexpr std::pair<std::string_view, Stage> stageNames[] = {
    {"ast", Stage::Ast},       {"tile", Stage::Tile},
    {"checks", Stage::Checks}, {"loops", Stage::Loops},
    {"vector", Stage::Vector}, {"llvm", Stage::Llvm},
    {"asm", Stage::Asm},       {"object", Stage::Object}};

/// Whether only the kernels of tile modules have \p stage.
constexpr bool isOfKernels(Stage stage) {
  return stage == Stage::Ast || stage == Stage::Checks;
}

/// The graph's nodes are Fused groups and views; every group becomes a kernel.
struct CompileRequest {
  graph::Graph graph;
  Target target;
  Stage stage = Stage::Object;
};

/// Where a kernel's checks may be made.
enum class CheckPlaces : std::uint8_t {
  Auto,   ///< wherever it is right
  Block,  ///< in their places, all of them
  NoHoist ///< in their places, those that are not proven
};

/// A kernel of a tile module, with what a launch says of its arguments.
struct KernelRequest {
  std::string source; // registry::text of the module
  /// An expression: "kernels::gemm<128, 256, 64>"; or the mangled name of the
  /// type cutile::detail::KernelTag<kernel>.
  std::string kernel;
  std::string standard;   // as for -std: "c++20"
  bool signedChar = true; // whether char is signed
  /// What the launch says of its arguments: the bytes of
  /// artifact/KernelFacts.h.
  std::vector<std::uint8_t> facts;
  Target target;
  Stage stage = Stage::Object;
  CheckPlaces checks = CheckPlaces::Auto;
};

/// One row per Fused node, in the graph's order.
struct Kernel {
  std::string symbol;
  std::uint64_t workspace = 0; // bytes
  friend bool operator==(const Kernel &, const Kernel &) = default;
};

struct CompileResponse {
  std::vector<Kernel> kernels;
  std::vector<std::byte> object; // an ELF shared object
};

std::vector<std::byte> serialize(const CompileRequest &request);
std::vector<std::byte> serialize(const KernelRequest &request);
std::vector<std::byte> serialize(const CompileResponse &response);
/// Whether the bytes are those of a KernelRequest.
bool isKernelRequest(std::span<const std::byte> bytes);
/// \throws Error SerializationError.
CompileRequest deserializeRequest(std::span<const std::byte> bytes);
KernelRequest deserializeKernelRequest(std::span<const std::byte> bytes);
CompileResponse deserializeResponse(std::span<const std::byte> bytes);

} // namespace ferro::artifact
