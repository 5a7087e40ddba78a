// From an optimised graph to code that runs.
#pragma once

#include "artifact/Artifact.h"
#include "device/Executable.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ferro::jit {

/// What has to be compiled, and what the artifact shall say of it.
struct Source {
  std::string function; // the script's name
  graph::Graph graph;   // optimised and fused
  artifact::Plan plan;
  std::vector<artifact::Input> inputs; // artifact::describeInputs
  std::vector<artifact::StaticArgument> statics;
  /// Of a tile module, instead of the graph; the machine is filled in.
  std::optional<artifact::KernelRequest> kernel = std::nullopt;
};

/// Compiles for this machine. No cache is asked or filled.
/// \throws Error CompilationFailed, CompilerUnavailable.
std::shared_ptr<const device::Executable> compile(Source source,
                                                  std::string key = {});

/// The code for \p key from memory, else from the disk cache, else made by the
/// compiler from what \p makeSource returns and then kept in both. One thread
/// makes it; others that ask for the same key meanwhile wait and share the
/// result or the error. A failure is not kept.
/// \param key all that the code depends on, beside this library, the compiler
///        and the machine, which join it here.
/// \throws Error CompilationFailed, CompilerUnavailable and what \p makeSource
///         throws.
std::shared_ptr<const device::Executable>
loadOrCompile(std::string_view key, const std::function<Source()> &makeSource);

/// \p key, preceded by what else code depends on; each part with its length.
std::string fullKey(std::string_view key);

/// Forgets the code in memory; executables that are in use stay.
void forgetCode();

} // namespace ferro::jit
