// PTX text as a tree: what the parser hands to the decoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ferro::emulator {

/// A PTX type: kind `b`, `u`, `s`, `f` or `p` (predicate), and its width.
struct Type {
  char kind = 'b';
  unsigned bits = 32;
  unsigned bytes() const { return bits < 8 ? 1 : bits / 8; }
};

enum class Space { Generic, Global, Shared, Local, Const, Param };

struct Operand {
  enum class Kind {
    Register, ///< \c index of the function's registers
    Special,  ///< \c symbol, such as `%tid.x`
    Integer,  ///< \c value
    Single,   ///< \c value holds the bits of an f32 (0f...)
    Double,   ///< \c value holds the bits of an f64 (0d... or decimal)
    Variable, ///< \c index of the function's variables, plus \c value
    Symbol,   ///< a module's variable, function or a label, plus \c value
    Address,  ///< [elements[0] + value], further elements are coordinates
    Vector,   ///< {elements...}
    Pair,     ///< elements[0] | elements[1]
    List,     ///< (elements...), of a call
    Sink      ///< `_`
  };
  Kind kind = Kind::Sink;
  unsigned index = 0;
  std::int64_t value = 0;
  bool negated = false;
  std::string symbol;
  std::vector<Operand> elements;
};

struct Statement {
  std::string opcode;
  /// What follows the opcode, split at the dots.
  std::vector<std::string> modifiers;
  std::vector<Operand> operands;
  int guard = -1; ///< a register, or -1
  bool guardNegated = false;
  unsigned line = 0;
  unsigned file = 0, sourceLine = 0; ///< of the latest .loc
  unsigned scope = 0;                ///< the nesting of braces
  /// As written, for messages.
  std::string text;
};

struct Register {
  std::string name;
  Type type;
};

/// A symbol's address, put into the bytes of an initial value.
struct Relocation {
  std::size_t offset = 0;
  unsigned bytes = 8;
  std::string symbol;
  std::int64_t addend = 0;
};

struct Variable {
  std::string name;
  Space space = Space::Global;
  Type type;
  unsigned alignment = 1;
  std::uint64_t bytes = 0;
  bool isExtern = false;
  std::vector<std::byte> initial;
  std::vector<Relocation> relocations;
};

struct Function {
  std::string name;
  bool isEntry = false, hasBody = false;
  unsigned line = 0;
  /// Of the parameters and results, which are the first of the variables.
  std::vector<unsigned> parameters, results;
  std::vector<Variable> variables;
  std::vector<Register> registers;
  std::vector<Statement> statements;
  /// By the number of their nesting of braces and their name: inline assembly
  /// repeats names.
  std::map<std::pair<unsigned, std::string>, std::size_t> labels;
  /// The nesting around each nesting of braces.
  std::vector<unsigned> scopes;
  std::map<std::string, std::vector<std::string>> branchTargets;
  unsigned maxThreads[3] = {0, 0, 0};
  bool threadsRequired = false;
  unsigned cluster[3] = {0, 0, 0};
};

struct Module {
  std::string version, target;
  std::vector<Variable> variables;
  std::vector<Function> functions;
  std::map<unsigned, std::string> files;
};

/// \throws ferro::Error (ParseError) that quotes the line and its number.
Module parsePtx(const std::string &text);

} // namespace ferro::emulator
