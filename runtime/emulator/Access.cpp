// From an address to bytes, with everything that can be wrong about it.
#include "emulator/Machine.h"

#include <cstdio>

using namespace ferro;
using namespace ferro::emulator;

static std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx",
                static_cast<unsigned long long>(value));
  return text;
}

static const char *verb(AccessKind kind) {
  return kind == AccessKind::Read    ? "reads"
         : kind == AccessKind::Write ? "writes"
                                     : "updates";
}

static std::string describe(AccessKind kind, unsigned bytes,
                            std::uint64_t address) {
  return std::string(verb(kind)) + " " + std::to_string(bytes) + " bytes at " +
         hex(address);
}

void Warp::report(const Instruction &i, FindingKind kind, unsigned lane,
                  std::uint64_t address, std::string text) {
  const Grid &grid = cta.grid;
  cta.grid.findings.add(i.pc, kind, [&] {
    Finding finding;
    finding.kind = kind;
    finding.kernel = grid.code.function->name;
    finding.instruction = i.statement->text;
    finding.ptxLine = i.statement->line;
    const auto &files = grid.program.module.files;
    if (auto file = files.find(i.statement->file); file != files.end()) {
      finding.sourceFile = file->second;
      finding.sourceLine = i.statement->sourceLine;
    }
    finding.block = cta.id;
    std::uint32_t linear = laneThread(lane);
    finding.thread = {linear % grid.block.x,
                      linear / grid.block.x % grid.block.y,
                      linear / grid.block.x / grid.block.y};
    finding.address = address;
    finding.text = std::move(text);
    return finding;
  });
}

std::byte *Warp::resolve(const Instruction &i, unsigned lane,
                         std::uint64_t address, unsigned bytes, Space space,
                         AccessKind kind) {
  if (space == Space::Generic && address >= parameterWindow) {
    if (address >= sharedWindow && address < sharedWindow + windowBytes) {
      address -= sharedWindow;
      space = Space::Shared;
    } else if (address >= localWindow && address < localWindow + windowBytes) {
      address -= localWindow;
      space = Space::Local;
    }
  }
  if (address & (bytes - 1)) {
    report(i, FindingKind::Misaligned, lane, address,
           describe(kind, bytes, address) + ", which is no multiple of " +
               std::to_string(bytes));
    return nullptr;
  }
  if (space == Space::Shared)
    return resolveShared(i, lane, std::uint32_t(address), bytes, kind);
  if (space == Space::Local ||
      (space == Space::Param && address < parameterWindow))
    return resolveLocal(i, lane, address, bytes, kind);
  return resolveGlobal(i, lane, address, bytes, kind);
}

std::byte *Warp::resolveLocal(const Instruction &i, unsigned lane,
                              std::uint64_t address, unsigned bytes,
                              AccessKind kind) {
  std::vector<std::byte> &memory = local[lane];
  if (address < 16 || address + bytes > memory.size()) {
    report(i, FindingKind::OutOfBounds, lane, address,
           describe(kind, bytes, address) + " of local memory, which has " +
               std::to_string(memory.size()) + " bytes");
    return nullptr;
  }
  if (checking) {
    std::byte *written = &localWritten[lane][address];
    bool missing = false;
    for (unsigned k = 0; k < bytes; ++k) {
      missing |= written[k] == std::byte(0);
      if (kind != AccessKind::Read || missing)
        written[k] = std::byte(1);
    }
    if (missing && kind != AccessKind::Write)
      report(i, FindingKind::UninitializedMemory, lane, address,
             describe(kind, bytes, address) +
                 " of local memory that were not written");
  }
  return &memory[address];
}

std::byte *Warp::resolveGlobal(const Instruction &i, unsigned lane,
                               std::uint64_t address, unsigned bytes,
                               AccessKind kind) {
  if (address >= parameterWindow && address < parameterWindow + windowBytes) {
    std::uint64_t offset = address - parameterWindow;
    std::vector<std::byte> &parameters = cta.grid.parameters;
    if (kind == AccessKind::Read && offset + bytes <= parameters.size())
      return &parameters[offset];
    report(i, FindingKind::OutOfBounds, lane, address,
           describe(kind, bytes, address) +
               " among the kernel's parameters, which are " +
               std::to_string(parameters.size()) + " bytes and constant");
    return nullptr;
  }
  Allocation *allocation = lastAllocation;
  if (!allocation || address < allocation->address ||
      address + bytes > allocation->address + allocation->bytes) {
    allocation = cta.grid.memory.at(address);
    lastAllocation = allocation;
  }
  std::uint64_t offset = allocation ? address - allocation->address : 0;
  if (!allocation || offset + bytes > allocation->bytes) {
    // Which allocation was meant is a guess: the one below.
    std::string near;
    if (allocation)
      near = ", " + std::to_string(offset) + " bytes into the " +
             std::to_string(allocation->bytes) + " of the allocation at " +
             hex(allocation->address) +
             (allocation->name.empty() ? "" : " (`" + allocation->name + "`)");
    lastAllocation = nullptr;
    report(i, FindingKind::OutOfBounds, lane, address,
           describe(kind, bytes, address) + near);
    return nullptr;
  }
  if (!allocation->live) {
    report(i, FindingKind::UseAfterFree, lane, address,
           describe(kind, bytes, address) + ", " + std::to_string(offset) +
               " bytes into an allocation of " +
               std::to_string(allocation->bytes) + " bytes that was released");
    return nullptr;
  }
  if (allocation->readOnly && kind != AccessKind::Read) {
    report(i, FindingKind::OutOfBounds, lane, address,
           describe(kind, bytes, address) + " of the constant `" +
               allocation->name + "`");
    return nullptr;
  }
  if (checking) {
    std::uint8_t *written = &allocation->written[offset];
    bool missing = false;
    for (unsigned k = 0; k < bytes; ++k) {
      if (kind != AccessKind::Write)
        missing |= !__atomic_load_n(written + k, __ATOMIC_RELAXED);
      if (kind != AccessKind::Read)
        __atomic_store_n(written + k, std::uint8_t(1), __ATOMIC_RELAXED);
    }
    if (missing)
      report(i, FindingKind::UninitializedMemory, lane, address,
             describe(kind, bytes, address) + " that were not written");
    if (cta.grid.raceShadow)
      checkGlobalRace(i, lane, *allocation, offset, bytes, kind);
  }
  return &allocation->memory[offset];
}

void Warp::markGlobalWritten(std::uint64_t address, unsigned bytes) {
  Allocation *allocation = cta.grid.memory.at(address);
  if (!checking || !allocation || !allocation->live)
    return;
  std::uint64_t offset = address - allocation->address;
  for (unsigned k = 0; k < bytes && offset + k < allocation->bytes; ++k)
    __atomic_store_n(&allocation->written[offset + k], std::uint8_t(1),
                     __ATOMIC_RELAXED);
}

std::byte *Warp::resolveShared(const Instruction &i, unsigned lane,
                               std::uint64_t address, unsigned bytes,
                               AccessKind kind) {
  unsigned rank = unsigned(address >> rankShift);
  std::uint64_t offset = address & ((1u << rankShift) - 1);
  Cta *owner = &cta;
  if (rank)
    owner = rank <= cta.cluster.ctas.size() ? cta.cluster.ctas[rank - 1].get()
                                            : nullptr;
  if (!owner || offset < sharedStart || offset + bytes > owner->shared.size()) {
    report(i, FindingKind::OutOfBounds, lane, address,
           describe(kind, bytes, address) + " of shared memory, which is " +
               hex(sharedStart) + " to " + hex(cta.shared.size()) +
               (owner ? ""
                      : " in " + std::to_string(cta.cluster.ctas.size()) +
                            " CTAs"));
    return nullptr;
  }
  if (owner->finished() && owner != &cta) {
    report(i, FindingKind::UseAfterFree, lane, address,
           describe(kind, bytes, address) + " of the shared memory of CTA " +
               std::to_string(rank - 1) + " of the cluster, which has ended");
    return nullptr;
  }
  if (checking)
    checkShared(i, lane, *owner, std::uint32_t(offset), bytes, kind);
  return &owner->shared[offset];
}
