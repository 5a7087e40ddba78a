// A captured graph with its code.
#pragma once

#include "artifact/Artifact.h"
#include "device/Executable.h"
#include "graph/Graph.h"

#include "ferro/TracedModule.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ferro::jit {

/// What one signature of a script became. Immutable and shared by the modules
/// of all its calls.
struct CompiledScript {
  std::string name;
  /// Before optimisation. Gradients are taken from it.
  std::shared_ptr<const graph::Graph> captured;
  std::shared_ptr<const device::Executable> code;
  /// The script's parameters: tensors as declared inputs in order, the others
  /// as static arguments at their positions.
  std::size_t numArguments = 0;
  std::vector<artifact::StaticArgument> statics;
  /// The graph's inputs: declared ones first, then captured tensors.
  std::size_t numDeclared = 0;
  /// Whether each output must be copied: the optimised graph shares its memory
  /// with an input or another output where the captured one does not.
  std::vector<bool> outputsToCopy;
};

/// A static argument's value as signatures and errors write it: "i 2", "f 0.5".
std::string staticText(const detail::Argument &argument);

/// The code of \p captured from memory, from disk or from the compiler.
/// \param numHidden how many of the graph's last inputs are captured tensors.
/// \throws Error CompilationFailed, CompilerUnavailable, and as the passes do.
std::shared_ptr<const CompiledScript>
compileScript(std::string name, graph::Graph captured, std::size_t numHidden,
              std::span<const detail::Argument> arguments);

/// The artifact that save writes: \p hidden are the captured tensors' values,
/// frozen.
artifact::Artifact exportScript(const CompiledScript &script,
                                std::span<const graph::Literal> hidden);

/// A module from its artifact.
/// \throws Error ArtifactMismatch, CpuFeatureMissing, SerializationError.
std::shared_ptr<const CompiledScript> importScript(artifact::Artifact artifact);

} // namespace ferro::jit
