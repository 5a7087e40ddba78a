#include "device/Executable.h"

#include "device/CpuFeatures.h"
#include "device/Memory.h"
#include "device/NativeLibrary.h"
#include "device/ThreadPool.h"

#include "ferro/Error.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace ferro::device {

using artifact::Place;
using artifact::Slot;

static constexpr std::size_t alignment = 64;

static std::size_t roundUp(std::size_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

/// A copy of \p bytes whose first byte, at \p begin, is aligned as kernels like
/// it.
static std::vector<std::byte> alignedCopy(std::span<const std::byte> bytes,
                                          const std::byte *&begin) {
  std::vector<std::byte> storage(bytes.size() + alignment);
  auto address = reinterpret_cast<std::uintptr_t>(storage.data());
  std::byte *aligned = storage.data() + (roundUp(address) - address);
  if (!bytes.empty())
    std::memcpy(aligned, bytes.data(), bytes.size());
  begin = aligned;
  return storage;
}

Executable::Executable(artifact::Artifact source)
    : description(std::move(source)) {
  artifact::verify(description);
  if (description.manifest.kernelAbi != FERRO_COMPILER_ABI)
    throw Error(Code::ArtifactMismatch, "artifact",
                "its kernels speak interface " +
                    std::to_string(description.manifest.kernelAbi) +
                    "; this library speaks " +
                    std::to_string(FERRO_COMPILER_ABI));
  requireHost(description.manifest.target);
  if (!description.kernels.empty())
    library = loadNative(description.object);

  const artifact::Plan &plan = description.plan;
  for (const graph::Literal &literal : plan.constants) {
    const std::byte *begin = nullptr;
    alignedConstants.push_back(alignedCopy(literal.bytes, begin));
    constants.push_back(begin);
  }
  for (const artifact::Step &step : plan.steps) {
    calls.push_back({library->kernel(description.kernels[step.kernel].symbol),
                     static_cast<std::uint32_t>(buffers.size()),
                     static_cast<std::uint32_t>(step.buffers.size())});
    for (const Slot &slot : step.buffers)
      buffers.push_back(resolve(slot));
    maxBuffers = std::max(maxBuffers, calls.back().numBuffers);
  }
  arenaBytes = roundUp(plan.arenaBytes);
  for (const artifact::Kernel &kernel : description.kernels)
    workspaceBytes = std::max<std::size_t>(workspaceBytes, kernel.workspace);
}

Executable::~Executable() = default;

FerroKernel *Executable::tileKernel() const {
  return library->kernel(description.kernels.front().symbol);
}

// Bases are: the inputs, the outputs, the arena, and a null for constants.
Executable::Buffer Executable::resolve(const Slot &slot) const {
  auto numInputs =
      static_cast<std::uint32_t>(description.manifest.inputs.size());
  auto numOutputs =
      static_cast<std::uint32_t>(description.plan.outputBytes.size());
  switch (slot.place) {
  case Place::Input:
    return {slot.index, slot.byteOffset};
  case Place::Output:
    return {numInputs + slot.index, slot.byteOffset};
  case Place::Arena:
    return {numInputs + numOutputs, slot.byteOffset};
  case Place::Constant:
    return {numInputs + numOutputs + 1,
            reinterpret_cast<std::uintptr_t>(constants[slot.index]) +
                slot.byteOffset};
  }
  __builtin_unreachable();
}

static std::byte *pointerTo(std::byte *base, std::uint64_t offset) {
  return reinterpret_cast<std::byte *>(reinterpret_cast<std::uintptr_t>(base) +
                                       offset);
}

void Executable::runCalls(std::byte *const *bases, void **arguments,
                          void *workspace) const {
  const FerroHost &host = kernelHost();
  for (const Call &call : calls) {
    const Buffer *buffer = &buffers[call.firstBuffer];
    for (std::uint32_t i = 0; i < call.numBuffers; ++i)
      arguments[i] = pointerTo(bases[buffer[i].base], buffer[i].offset);
    call.kernel(arguments, workspace, &host);
  }
}

/// This thread's temporary memory, shared by all executables: a thread runs one
/// at a time.
static std::byte *temporaryMemory(std::size_t bytes) {
  static thread_local AlignedBuffer buffer;
  auto *memory = static_cast<std::byte *>(buffer.tryAtLeast(bytes));
  if (!memory)
    throw Error(Code::OutOfMemory, "run",
                "no memory for " + std::to_string(bytes) +
                    " bytes of intermediate values");
  return memory;
}

void Executable::run(std::span<void *const> inputs,
                     std::span<void *const> outputs) const {
  std::size_t numInputs = description.manifest.inputs.size(),
              numOutputs = description.plan.outputBytes.size();
  if (inputs.size() != numInputs || outputs.size() != numOutputs)
    throw Error(Code::SignatureMismatch, description.manifest.function,
                "found " + std::to_string(inputs.size()) + " inputs and " +
                    std::to_string(outputs.size()) + " output buffers; " +
                    std::to_string(numInputs) + " and " +
                    std::to_string(numOutputs) + " are needed");
  std::byte *temporary =
      temporaryBytes() ? temporaryMemory(temporaryBytes()) : nullptr;

  // Pointers of common calls stand on the stack.
  constexpr std::size_t onStack = 64;
  std::array<std::byte *, onStack> basesHere;
  std::array<void *, onStack> argumentsHere;
  std::vector<std::byte *> basesElsewhere;
  std::vector<void *> argumentsElsewhere;
  std::byte **bases = basesHere.data();
  void **arguments = argumentsHere.data();
  std::size_t numBases = numInputs + numOutputs + 2;
  if (numBases > onStack)
    bases = (basesElsewhere.resize(numBases), basesElsewhere.data());
  if (maxBuffers > onStack)
    arguments =
        (argumentsElsewhere.resize(maxBuffers), argumentsElsewhere.data());

  std::byte **next = bases;
  for (void *input : inputs)
    *next++ = static_cast<std::byte *>(input);
  for (void *output : outputs)
    *next++ = static_cast<std::byte *>(output);
  *next++ = temporary;
  *next = nullptr;
  runCalls(bases, arguments, temporary + arenaBytes);
}

void *Executable::outputPointer(std::size_t index,
                                std::span<void *const> inputs,
                                std::span<void *const> outputs) const {
  const Slot &slot = description.plan.outputs[index].slot;
  switch (slot.place) {
  case Place::Input:
    return static_cast<std::byte *>(inputs[slot.index]) + slot.byteOffset;
  case Place::Output:
    return static_cast<std::byte *>(outputs[slot.index]) + slot.byteOffset;
  case Place::Constant:
    return const_cast<std::byte *>(constants[slot.index]) + slot.byteOffset;
  case Place::Arena:
    break; // verify() refuses outputs there
  }
  __builtin_unreachable();
}

} // namespace ferro::device
