// What the compiler's work is kept as: the JIT's result, the disk cache's entry
// and the file that is shipped are the same bytes.
#pragma once

#include "artifact/Plan.h"
#include "artifact/Request.h"
#include "graph/Graph.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ferro::artifact {

/// Raised with every change of the layout.
inline constexpr std::uint32_t formatVersion = 3;

/// One input of the graph, in the graph's order.
struct Input {
  std::string name;
  graph::Type type;
  /// Captured by the body rather than passed by the caller.
  bool hidden = false;
  /// A hidden input's value, where save has frozen it.
  std::optional<graph::Literal> frozen;
  friend bool operator==(const Input &, const Input &) = default;
};

/// A parameter that is no tensor: its value is burnt into the graph.
struct StaticArgument {
  std::string name;
  std::uint32_t position = 0; // among all the function's parameters
  std::string value;          // as the signature writes it
  friend bool operator==(const StaticArgument &,
                         const StaticArgument &) = default;
};

struct Manifest {
  std::string function;        // the script's name
  std::string libraryVersion;  // of libferro
  std::string compilerVersion; // compilerIdentity of jit/CompilerPaths.h
  std::uint32_t kernelAbi = 0; // FERRO_COMPILER_ABI of the object
  std::string key;             // the full request key
  Target target;               // what the object needs
  std::vector<Input> inputs;
  std::vector<StaticArgument> statics;
  /// Of a tile module: there is one kernel, and no graph that calls it.
  bool isTileKernel = false;
  friend bool operator==(const Manifest &, const Manifest &) = default;
};

struct Artifact {
  Manifest manifest;
  graph::Graph graph; // optimised and fused
  /// The graph before the passes, where save has written it: gradients need
  /// what the passes drop, such as detach.
  std::optional<graph::Graph> captured;
  Plan plan;
  std::vector<Kernel> kernels;   // one per Fused node, or the tile kernel
  std::vector<std::byte> object; // an ELF shared object; empty without kernels
};

/// Inputs as \p graph declares them, the ones from \p numDeclared on hidden.
std::vector<Input> describeInputs(const graph::Graph &graph,
                                  std::size_t numDeclared);

/// Checks that the plan, the kernels and the inputs fit the graph and each
/// other, so that running cannot leave a buffer.
/// \throws Error SerializationError.
void verify(const Artifact &artifact);

/// The magic, the format version, the size and XXH3-128 digest of the rest,
/// then the rest.
std::vector<std::byte> toBytes(const Artifact &artifact);
/// Reads and verifies. \throws Error SerializationError if the bytes are
/// damaged or no artifact, ArtifactMismatch if another version wrote them.
Artifact fromBytes(std::span<const std::byte> bytes);

/// \throws Error IoError.
void save(const Artifact &artifact, const std::string &path);
/// \throws Error IoError and as fromBytes.
Artifact load(const std::string &path);

} // namespace ferro::artifact
