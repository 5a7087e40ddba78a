// Decoded PTX: what warps execute. Every operand is a slot of the frame's
// registers, immediates and special registers included, so that a handler only
// walks arrays of 32 lanes.
#pragma once

#include "emulator/Syntax.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ferro::emulator {

class Warp;
struct Instruction;
using Handler = void (*)(Warp &, const Instruction &);

/// The classes by which statistics count.
enum class OpClass : std::uint8_t {
  Integer,
  Float,
  Half,
  Convert,
  Move,
  Control,
  Memory,
  Atomic,
  Synchronize,
  Exchange,
  Matrix,
  AsyncCopy
};
inline constexpr unsigned opClasses = 12;

struct Instruction {
  Handler run = nullptr;
  /// Slots: results first, then sources.
  const std::uint32_t *operands = nullptr;
  std::int32_t guard = -1;
  std::uint16_t results = 0, sources = 0;
  bool guardNegated = false;
  OpClass opClass = OpClass::Integer;
  /// What the handler needs to know; each says in its decoder.
  std::uint8_t a = 0, b = 0, c = 0, d = 0;
  std::int64_t immediate = 0;
  std::uint32_t target = 0;
  std::uint32_t pc = 0;
  std::uint32_t firstOperand = 0;
  const Statement *statement = nullptr;
  const void *extra = nullptr;

  std::uint32_t result(unsigned i) const { return operands[i]; }
  std::uint32_t source(unsigned i) const { return operands[results + i]; }
};

enum class SpecialKind {
  TidX,
  TidY,
  TidZ,
  NtidX,
  NtidY,
  NtidZ,
  CtaidX,
  CtaidY,
  CtaidZ,
  NctaidX,
  NctaidY,
  NctaidZ,
  Laneid,
  Warpid,
  Nwarpid,
  Smid,
  Nsmid,
  Gridid,
  LanemaskEq,
  LanemaskLt,
  LanemaskLe,
  LanemaskGt,
  LanemaskGe,
  ClusteridX,
  ClusteridY,
  ClusteridZ,
  NclusteridX,
  NclusteridY,
  NclusteridZ,
  ClusterCtaidX,
  ClusterCtaidY,
  ClusterCtaidZ,
  ClusterNctaidX,
  ClusterNctaidY,
  ClusterNctaidZ,
  ClusterCtarank,
  ClusterNctarank,
  IsExplicitCluster,
  DynamicSmemSize,
  TotalSmemSize,
  AggrSmemSize,
  /// Where an extern .shared array starts.
  DynamicShared,
  /// Where the frame's local variables start.
  LocalStart
};

struct SpecialSlot {
  std::uint32_t slot;
  SpecialKind kind;
  std::int64_t addend;
};

struct ConstantSlot {
  std::uint32_t slot;
  std::uint64_t value;
};

/// Where a device function's parameter lies in its frame's local memory.
struct FramePart {
  std::uint64_t offset = 0, bytes = 0;
};

struct Code {
  const Function *function = nullptr;
  std::uint32_t firstPc = 0, slots = 0;
  std::vector<ConstantSlot> constants;
  std::vector<SpecialSlot> specials;
  /// Of the local variables, and of the parameters of a device function.
  std::uint64_t localBytes = 0;
  std::vector<FramePart> parameters, results;
  /// Of an entry: offset and size of each parameter in the launch's bytes.
  std::vector<FramePart> launchParameters;
  std::uint64_t parameterBytes = 0;
  /// Of an entry: end of the static shared variables.
  std::uint64_t sharedBytes = 0;
  std::uint64_t dynamicSharedStart = 0;
};

/// A call's arguments: where they lie in the caller's frame.
struct CallSite {
  std::vector<FramePart> results, arguments;
  int callee = -1; ///< index of the code, or -1 if a register says
};

struct Program {
  Module module;
  std::vector<Instruction> instructions;
  std::vector<std::uint32_t> operandPool;
  std::vector<Code> codes;
  /// What instructions' \c extra points to.
  std::vector<std::shared_ptr<const void>> extras;
  /// Addresses of the module's variables, by name.
  std::map<std::string, std::uint64_t> addresses;

  const Code *entry(const std::string &name) const {
    for (const Code &code : codes)
      if (code.function->isEntry && code.function->name == name)
        return &code;
    return nullptr;
  }
};

/// The lowest shared address that a kernel may use: the first KiB is the
/// system's, as on sm_90.
inline constexpr std::uint64_t sharedStart = 1024;

/// Windows of generic addresses. Global addresses are generic as they are.
inline constexpr std::uint64_t sharedWindow = 0x00007e0000000000;
inline constexpr std::uint64_t localWindow = 0x00007d0000000000;
inline constexpr std::uint64_t windowBytes = 0x0000000100000000;
/// Kernel parameters, one region for every launch.
inline constexpr std::uint64_t parameterWindow = 0x00007c0000000000;
/// Addresses of functions, 16 apart.
inline constexpr std::uint64_t functionWindow = 0x00007b0000000000;
/// Of shared::cluster addresses: the CTA's rank plus one, or 0 for the own.
inline constexpr unsigned rankShift = 24;

/// Decodes \c program.module, whose variables have their addresses already.
/// \throws ferro::Error (ParseError) that quotes the first instruction that is
/// not known, with its line.
void decode(Program &program);

} // namespace ferro::emulator
