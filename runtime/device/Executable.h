// An artifact, loaded and ready to run.
#pragma once

#include "artifact/Artifact.h"
#include "compiler/Abi.h"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace ferro::device {

class NativeLibrary;

/// Runs an artifact's plan on the CPU. Any number of threads may run the same
/// executable at once.
class Executable {
public:
  /// \throws Error ArtifactMismatch, CpuFeatureMissing or CompilationFailed.
  explicit Executable(artifact::Artifact artifact);
  ~Executable();
  Executable(const Executable &) = delete;
  Executable &operator=(const Executable &) = delete;

  const artifact::Artifact &artifact() const { return description; }

  /// \param inputs the first element of every graph input, in order, laid out
  /// as
  ///        the input's type says.
  /// \param outputs fresh buffers of plan.outputBytes bytes, 64-byte aligned;
  /// the
  ///        graph's outputs are the views of them that plan.outputs describes.
  /// \throws Error OutOfMemory; SignatureMismatch if a span is too short.
  void run(std::span<void *const> inputs, std::span<void *const> outputs) const;

  /// The kernel of a tile module.
  FerroKernel *tileKernel() const;

  /// The first element of graph output \p index after a run with these buffers.
  void *outputPointer(std::size_t index, std::span<void *const> inputs,
                      std::span<void *const> outputs) const;

  /// The bytes of temporary memory that a run uses.
  std::size_t temporaryBytes() const { return arenaBytes + workspaceBytes; }

private:
  /// A buffer as one of the call's base pointers and an offset: inputs, outputs
  /// and the arena change from call to call, the bases of constants are null
  /// and their offsets addresses.
  struct Buffer {
    std::uint32_t base;
    std::uint64_t offset;
  };
  struct Call {
    FerroKernel *kernel;
    std::uint32_t firstBuffer;
    std::uint32_t numBuffers;
  };

  Buffer resolve(const artifact::Slot &slot) const;
  void runCalls(std::byte *const *bases, void **arguments,
                void *workspace) const;

  artifact::Artifact description;
  std::unique_ptr<NativeLibrary> library; // null without kernels
  std::vector<std::vector<std::byte>> alignedConstants;
  std::vector<const std::byte *> constants;
  std::vector<Buffer> buffers;
  std::vector<Call> calls;
  std::uint32_t maxBuffers = 0;
  std::size_t arenaBytes = 0;
  std::size_t workspaceBytes = 0;
};

} // namespace ferro::device
