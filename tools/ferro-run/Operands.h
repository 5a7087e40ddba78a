// An artifact's inputs and outputs as memory.
#pragma once

#include "artifact/Artifact.h"
#include "device/Executable.h"

#include "ferro/Npy.h"

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ferro::run {

/// Memory for a type's elements, aligned to 64 bytes.
struct Block {
  std::vector<std::byte> storage;
  std::byte *begin = nullptr;
  explicit Block(std::size_t bytes);
};

/// The inputs of one call and the buffers of its outputs.
struct Operands {
  std::vector<Block> blocks;
  std::vector<void *> inputs;
  std::vector<void *> outputs;
};

/// The arrays for the inputs that the artifact has no frozen value of, each
/// "NAME=PATH" or "PATH" in the order of the parameters.
/// \throws Error SignatureMismatch if one is missing, unknown or of another
/// type.
std::vector<npy::Array> readInputs(const artifact::Artifact &artifact,
                                   const std::vector<std::string> &arguments);

/// Reproducible numbers for those inputs: normal for floats, 0 to 9 for
/// integers.
std::vector<npy::Array> randomInputs(const artifact::Artifact &artifact);

Operands makeOperands(const artifact::Artifact &artifact,
                      const std::vector<npy::Array> &arrays);

/// Output \p index, once the executable has run, as row-major elements.
npy::Array readOutput(const device::Executable &executable,
                      const Operands &operands, std::size_t index);

} // namespace ferro::run
