// The module behind a script's result.
#pragma once

#include "jit/CompiledScript.h"

#include "ferro/Script.h"

#include <memory>
#include <span>

namespace ferro::detail {

/// Runs compiled code and gives every output the module.
/// \p tensors are the declared tensor arguments, then the captured ones.
void runModule(const std::shared_ptr<ModuleState> &module,
               std::span<const Handle *const> tensors,
               std::span<Handle> outputs);

} // namespace ferro::detail
