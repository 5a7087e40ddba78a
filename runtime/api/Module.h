// The module behind a script's result.
#pragma once

#include "jit/CompiledScript.h"

#include "ferro/Script.h"

#include <memory>
#include <vector>

namespace ferro::detail {

/// Shared by every output of one script call.
struct ModuleState {
  std::shared_ptr<const jit::CompiledScript> script;
  /// Null for a loaded module.
  std::shared_ptr<const ScriptFunction> function;
  /// The captured tensors of the call, in the order of the graph's inputs
  /// after the declared ones.
  std::vector<Handle> hidden;
};

/// Runs compiled code and gives every output the module.
/// \p tensors are the declared tensor arguments, then the captured ones.
void runModule(const std::shared_ptr<ModuleState> &module,
               std::span<const Handle *const> tensors,
               std::span<Handle> outputs);

} // namespace ferro::detail
