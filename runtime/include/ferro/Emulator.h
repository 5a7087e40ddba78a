// A GPU in software: loads PTX, runs its kernels on the CPU and reports what
// they do wrong, with the place in PTX and in the source.
#pragma once

#include "ferro/Export.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ferro::emulator {

enum class FindingKind {
#define FERRO_FINDING(Id, name, advice) Id,
#include "ferro/Findings.def"
};

/// "out-of-bounds" and so on.
FERRO_API std::string_view toString(FindingKind kind);
/// What to do about it, one sentence.
FERRO_API std::string_view advice(FindingKind kind);

struct Extent {
  std::uint32_t x = 1, y = 1, z = 1;
  std::uint64_t count() const { return std::uint64_t(x) * y * z; }
};

/// Something that a kernel does wrong. Each place is reported once, for the
/// first thread that came there.
struct Finding {
  FindingKind kind = FindingKind::Trap;
  std::string kernel;
  /// The instruction as written, and its line in the PTX text, from 1.
  std::string instruction;
  unsigned ptxLine = 0;
  /// From .loc and .file; empty and 0 without them.
  std::string sourceFile;
  unsigned sourceLine = 0;
  Extent block{0, 0, 0}, thread{0, 0, 0};
  std::uint64_t address = 0;
  /// What was found, with its values.
  std::string text;
  /// How often it was seen.
  std::uint64_t count = 1;
};

struct LaunchShape {
  Extent grid, block, cluster;
  /// Bytes.
  std::uint32_t dynamicShared = 0;
};

struct LaunchOptions {
  /// Uninitialised reads, races, asynchronous results read early. Addresses and
  /// barriers are checked always.
  bool checks = true;
  /// Races between CTAs on global memory; one worker only.
  bool globalRaces = false;
  /// 0 runs warps in order; other seeds shuffle them, each in its own way and
  /// the same way every time.
  std::uint64_t seed = 0;
  /// Threads of the host, 0 for as many as the machine has. A seed means one.
  unsigned workers = 0;
  /// Instructions of warps after which the launch stops, 0 for no limit.
  std::uint64_t instructionLimit = 0;
};

/// What a launch did.
struct Statistics {
  /// Instructions of warps and of threads, by class (\c classNames).
  std::array<std::uint64_t, 12> warpInstructions{}, threadInstructions{};
  /// Accesses to global memory by whole warps, and the 32-byte sectors that
  /// they touched.
  std::uint64_t globalLoads = 0, globalStores = 0, loadSectors = 0,
                storeSectors = 0;
  /// Accesses to shared memory, and the passes over its 32 banks that were
  /// needed beyond one each.
  std::uint64_t sharedAccesses = 0, bankConflicts = 0;
  /// Times that a warp had to wait at a barrier.
  std::uint64_t barrierWaits = 0;
  std::uint64_t divergentBranches = 0;
  double seconds = 0;

  std::uint64_t allThreadInstructions() const {
    std::uint64_t sum = 0;
    for (std::uint64_t count : threadInstructions)
      sum += count;
    return sum;
  }
};

/// The names of the classes of \c Statistics, in order.
FERRO_API std::string_view className(unsigned index);

struct LaunchReport {
  std::string printed;
  std::vector<Finding> findings;
  Statistics statistics;
};

/// For people: one paragraph for each finding.
FERRO_API std::string toText(const std::vector<Finding> &findings);
/// For tools: a SARIF 2.1.0 log. \p ptxFile names the text that was loaded.
FERRO_API std::string toSarif(const std::vector<Finding> &findings,
                              const std::string &ptxFile);
FERRO_API std::string toText(const Statistics &statistics);

/// A tiled tensor map, innermost dimension first; numbers are those of cuda.h.
struct TensorMapShape {
  unsigned type = 7; ///< CUtensorMapDataType, float
  unsigned interleave = 0, swizzle = 0, promotion = 0, fill = 0;
  std::vector<std::uint64_t> sizes;
  /// In bytes, of every dimension but the innermost.
  std::vector<std::uint64_t> strides;
  std::vector<std::uint32_t> box, elementStrides;
};

/// One device with its memory and one module. Not thread-safe.
class FERRO_API Emulator {
public:
  Emulator();
  ~Emulator();
  Emulator(Emulator &&) noexcept;
  Emulator &operator=(Emulator &&) noexcept;

  /// Replaces the module.
  /// \throws ferro::Error (ParseError) naming the line that is not understood.
  void load(const std::string &ptx);
  /// \returns an address aligned to 256 bytes; the memory is uninitialised.
  std::uint64_t allocate(std::size_t bytes);
  /// \throws ferro::Error (InvalidArgument) unless \p address is allocated.
  void release(std::uint64_t address);
  /// \throws ferro::Error (IndexOutOfBounds) outside of one allocation.
  void write(std::uint64_t to, const void *from, std::size_t bytes);
  void read(void *to, std::uint64_t from, std::size_t bytes) const;
  /// The kernels of the module.
  std::vector<std::string> kernels() const;
  /// The bytes of a kernel's parameters, each aligned as PTX declares it.
  std::size_t parameterBytes(const std::string &kernel) const;
  /// Runs a kernel to its end or to what stops it. \p parameters has each
  /// parameter at a multiple of its alignment.
  /// \throws ferro::Error (InvalidArgument) for a kernel that is not there or a
  /// shape that the device cannot have.
  LaunchReport launch(const std::string &kernel, const LaunchShape &shape,
                      const std::vector<std::byte> &parameters,
                      const LaunchOptions &options = {});
  /// The 128 bytes of a tensor map, as the driver makes them.
  /// \throws ferro::Error (InvalidArgument) naming the rule that is broken.
  static std::array<std::byte, 128> encode(const TensorMapShape &map,
                                           std::uint64_t address);

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace ferro::emulator
