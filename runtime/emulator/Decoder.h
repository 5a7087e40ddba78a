// From a statement to an instruction: what the rows of Instructions.def use.
#pragma once

#include "emulator/Program.h"

#include <optional>
#include <string>
#include <string_view>

namespace ferro::emulator {

/// Types as modifiers name them.
enum class Tag : std::uint8_t {
  B8,
  B16,
  B32,
  B64,
  B128,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  F16,
  F16x2,
  BF16,
  BF16x2,
  F32,
  F64,
  TF32,
  E4M3,
  E5M2,
  E4M3x2,
  E5M2x2,
  U16x2,
  S16x2,
  U4,
  S4,
  U2,
  S2,
  B1,
  Pred
};

unsigned bitsOf(Tag tag);
inline bool isSigned(Tag tag) {
  return (tag >= Tag::S8 && tag <= Tag::S64) || tag == Tag::S16x2 ||
         tag == Tag::S4 || tag == Tag::S2;
}
inline bool isFloat(Tag tag) { return tag >= Tag::F16 && tag <= Tag::E5M2x2; }

enum class Rounding : std::uint8_t { Nearest, Zero, Down, Up, Away };

class Builder;

/// One statement while it becomes an instruction.
class Decoding {
public:
  Builder &builder;
  Code &code;
  const Statement &statement;
  Instruction instruction;

  Decoding(Builder &builder, Code &code, const Statement &statement);

  /// Takes a modifier if it is there.
  bool take(std::string_view modifier);
  /// Takes the first modifier of a list that is there, and says which.
  std::optional<unsigned> takeOne(std::initializer_list<const char *> names);
  /// Takes one of them or fails.
  unsigned one(std::initializer_list<const char *> names);
  std::optional<Tag> takeType();
  Tag type();
  Space takeSpace();
  void ignore(std::initializer_list<const char *> names);
  std::optional<Rounding> takeRounding();

  std::size_t operandCount() const { return statement.operands.size(); }
  const Operand &operand(std::size_t i) const;
  void expectOperands(std::size_t count) const;
  /// Appends a result; all results come before the sources.
  void result(const Operand &operand);
  void result(std::size_t i) { result(operand(i)); }
  void source(const Operand &operand, Tag type);
  void source(std::size_t i, Tag type) { source(operand(i), type); }
  /// The elements of {a, b}, or the operand itself.
  void results(const Operand &operand);
  void sources(const Operand &operand, Tag type);
  /// [base + offset]: a source, and \c immediate.
  void address(const Operand &operand, Space space);
  void constant(std::uint64_t value);
  /// An operand that must be a number.
  std::int64_t number(std::size_t i) const;
  Type registerType(const Operand &operand) const;
  std::uint32_t slotOf(const Operand &operand, Tag type);
  [[noreturn]] void fail(const std::string &what) const;
  /// Emits the instruction; every modifier must have been taken.
  void emit(Handler handler, OpClass opClass);

private:
  std::vector<bool> taken;
  std::vector<std::uint32_t> resultSlots, sourceSlots;
};

using DecodeFunction = void (*)(Decoding &);

/// The decoders of Instructions.def.
#define FERRO_INSTRUCTION(opcode, decoder, opClass) void decoder(Decoding &d);
#include "emulator/Instructions.def"

class Builder {
public:
  Program &program;
  explicit Builder(Program &program) : program(program) {}
  void build();
  std::uint32_t constantSlot(Code &code, std::uint64_t value);
  std::uint32_t specialSlot(Code &code, SpecialKind kind, std::int64_t addend);
  std::uint32_t newSlot(Code &code) { return code.slots++; }
  /// Where a variable of a function lies: in shared memory, or from the start
  /// of its frame's local memory, or among the launch's parameters.
  std::uint64_t offsetOf(const Code &code, unsigned variable) const;
  std::uint64_t sharedAddress(const std::string &symbol) const;
  int functionIndex(const std::string &name) const;

private:
  void layOutShared();
  void layOut(Code &code);
  void decodeBody(Code &code);
  std::map<std::string, std::uint64_t> sharedSymbols;
  std::map<const Code *, std::vector<std::uint64_t>> offsets;
  std::map<std::pair<const Code *, std::uint64_t>, std::uint32_t> constants;
  std::map<std::string, DecodeFunction> decoders;
};

} // namespace ferro::emulator
