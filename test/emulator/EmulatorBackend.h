// The emulator as a device of the corpus.
#pragma once

#include "Backend.h"
#include "ferro/Emulator.h"

namespace ferro::gpucheck {

/// Launches fail on anything that the emulator finds.
std::unique_ptr<GpuBackend>
makeEmulatorBackend(const emulator::LaunchOptions &options = {});

} // namespace ferro::gpucheck
