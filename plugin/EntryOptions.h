// The arguments of [[cutile::entry]] and [[cutile::hint]].
#pragma once

#include "Diagnostics.h"
#include "TileModule.h"

#include <set>
#include <string>

namespace ferro::plugin {

/// Reports what is wrong with the options of \p entry:
///
///   [[cutile::entry(print_ir, dump_mlir_dir = "ir", deny_in_kernel_checks,
///                   preconditions = (dim(a, 1) == dim(b, 0), dim(a, 0) % 8 ==
///                   0), optimization_hints = (sm_90 = (occupancy = 2)))]]
///
/// unchecked_accesses is for kernels that are also [[cutile::unsafe]].
void checkEntryOptions(const Entry &entry, Findings &findings);

/// Reports what is wrong with [[cutile::hint(sm_90, latency = 4)]].
/// \param constants the names that a value may be made of; a value with one of
///        these is known only when the kernel is instantiated.
void checkHint(const SpottedAttribute &hint,
               const std::set<std::string> &constants, Findings &findings);

} // namespace ferro::plugin
