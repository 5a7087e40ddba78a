#include "emulator/Lexer.h"
#include "emulator/Syntax.h"
#include "ferro/Error.h"

#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <stdexcept>

using namespace ferro;
using namespace ferro::emulator;

namespace {

std::optional<Space> spaceNamed(const std::string &word) {
  static const std::map<std::string, Space> spaces = {
      {".global", Space::Global}, {".shared", Space::Shared},
      {".local", Space::Local},   {".const", Space::Const},
      {".param", Space::Param},   {".tex", Space::Global}};
  auto found = spaces.find(word);
  if (found == spaces.end())
    return std::nullopt;
  return found->second;
}

std::optional<Type> typeNamed(const std::string &word) {
  if (word == ".pred")
    return Type{'p', 1};
  if (word == ".f16x2" || word == ".bf16x2")
    return Type{'b', 32};
  if (word == ".bf16")
    return Type{'b', 16};
  if (word == ".texref" || word == ".samplerref" || word == ".surfref")
    return Type{'b', 64};
  if (word.size() < 3 || !std::strchr("busf", word[1]))
    return std::nullopt;
  char *end = nullptr;
  unsigned long bits = std::strtoul(word.c_str() + 2, &end, 10);
  bool known =
      bits == 8 || bits == 16 || bits == 32 || bits == 64 || bits == 128;
  if (*end || !known)
    return std::nullopt;
  return Type{word[1], unsigned(bits)};
}

/// The names that are visible at one nesting of braces.
struct Scope {
  std::map<std::string, unsigned> registers, variables;
  unsigned number = 0;
};

/// What no text that a compiler makes comes near.
constexpr unsigned maximalNesting = 64;
constexpr unsigned long maximalRegisters = 1'000'000;
constexpr std::uint64_t maximalVariableBytes = 1ull << 30;

class Parser {
  Lexer lexer;
  Module module;
  std::vector<Scope> scopes;
  unsigned file = 0, sourceLine = 0;

public:
  explicit Parser(const std::string &text) : lexer(text) {}

  Module parse() {
    try {
      while (!lexer.atEnd())
        parseTopLevel();
    } catch (const std::logic_error &) { // of std::stoul
      lexer.fail("expected a number");
    }
    return std::move(module);
  }

private:
  bool parseCommonDirective(const std::string &word) {
    if (word == ".loc") {
      parseLocation();
    } else if (word == ".file") {
      std::string rest = lexer.restOfLine();
      unsigned number = unsigned(std::strtoul(rest.c_str(), nullptr, 10));
      std::size_t open = rest.find('"'), close = rest.rfind('"');
      if (open != rest.npos && close > open)
        module.files[number] = rest.substr(open + 1, close - open - 1);
    } else if (word == ".section") {
      lexer.word();
      lexer.skipBraces();
    } else if (word == ".pragma") {
      do
        lexer.quoted();
      while (lexer.take(','));
      lexer.expect(';');
    } else {
      return false;
    }
    return true;
  }

  void parseLocation() {
    std::istringstream rest(lexer.restOfLine());
    unsigned newFile = 0, newLine = 0;
    rest >> newFile >> newLine;
    file = newFile;
    // Line 0 says that an instruction belongs to no line of its own.
    if (newLine)
      sourceLine = newLine;
  }

  void parseTopLevel() {
    if (lexer.take(';'))
      return;
    std::string word = lexer.word();
    if (word == ".version") {
      module.version = lexer.word();
    } else if (word == ".target") {
      module.target = lexer.word();
      while (lexer.take(','))
        lexer.word();
    } else if (word == ".address_size") {
      if (lexer.word() != "64")
        lexer.fail("only 64-bit addresses are supported");
    } else if (word == ".alias") {
      lexer.fail("aliases of functions are not supported");
    } else if (!parseCommonDirective(word)) {
      parseDeclaration(word);
    }
  }

  void parseDeclaration(std::string word) {
    bool isExtern = false;
    while (word == ".visible" || word == ".extern" || word == ".weak" ||
           word == ".common") {
      isExtern |= word == ".extern";
      word = lexer.word();
    }
    if (word == ".func" || word == ".entry")
      return parseFunction(word == ".entry");
    std::optional<Space> space = spaceNamed(word);
    if (!space)
      lexer.fail("`" + word + "` is no directive that is known");
    parseVariables(*space, isExtern, [&](Variable variable) {
      module.variables.push_back(std::move(variable));
    });
    lexer.expect(';');
  }

  /// What follows the space of a declaration: alignment, type, names, values.
  template <typename Add>
  void parseVariables(Space space, bool isExtern, Add add) {
    Variable proto;
    proto.space = space;
    proto.isExtern = isExtern;
    unsigned lanes = 1;
    bool typed = false;
    unsigned alignment = 0;
    while (lexer.peek() == '.') {
      std::string word = lexer.word();
      if (word == ".align" && typed) {
        lexer.word(); // of what a .ptr points to
      } else if (word == ".align") {
        alignment = unsigned(std::stoul(lexer.word()));
      } else if (word == ".v2" || word == ".v4") {
        lanes = word == ".v2" ? 2 : 4;
      } else if (std::optional<Type> type = typeNamed(word)) {
        proto.type = *type;
        typed = true;
      } else if (word == ".ptr" || word == ".attribute" || spaceNamed(word)) {
        if (word == ".attribute")
          parseParenthesised();
      } else {
        lexer.fail("`" + word + "` is no type that is known");
      }
    }
    do {
      Variable variable = proto;
      variable.name = lexer.word();
      std::uint64_t count = lanes;
      bool unsized = false;
      if (variable.name.size() > 1 && lexer.take('<')) {
        // Numbered variables.
        unsigned long copies = std::stoul(lexer.word());
        lexer.expect('>');
        if (copies > maximalRegisters)
          lexer.fail("too many variables");
        variable.bytes = variable.type.bytes() * count;
        variable.alignment = alignment ? alignment : variable.type.bytes();
        for (unsigned long i = 0; i < copies; ++i) {
          Variable numbered = variable;
          numbered.name += std::to_string(i);
          add(std::move(numbered));
        }
        continue;
      }
      while (lexer.take('[')) {
        if (lexer.peek() == ']')
          unsized = true;
        else
          count *= std::stoull(lexer.word(), nullptr, 0);
        if (count > maximalVariableBytes / 16)
          lexer.fail("a variable is larger than 2^30 bytes");
        lexer.expect(']');
      }
      variable.bytes = unsized ? 0 : variable.type.bytes() * count;
      variable.alignment =
          alignment ? alignment : variable.type.bytes() * lanes;
      if (variable.alignment & (variable.alignment - 1) ||
          variable.alignment > 1u << 20)
        lexer.fail("an alignment is no power of two up to 2^20");
      if (lexer.take('='))
        parseInitial(variable);
      add(std::move(variable));
    } while (space != Space::Param && lexer.take(','));
  }

  void parseParenthesised() {
    lexer.expect('(');
    for (unsigned depth = 1; depth;) {
      if (lexer.take('('))
        ++depth;
      else if (lexer.take(')'))
        --depth;
      else if (!lexer.take(','))
        lexer.word();
    }
  }

  void parseInitial(Variable &variable) {
    std::size_t offset = 0;
    variable.initial.assign(variable.bytes, std::byte(0));
    parseInitialValue(variable, offset);
    if (variable.bytes == 0)
      variable.bytes = variable.initial.size();
  }

  void parseInitialValue(Variable &variable, std::size_t &offset,
                         unsigned depth = 0) {
    if (depth > maximalNesting)
      lexer.fail("braces nest too deep");
    if (lexer.take('{')) {
      while (!lexer.take('}')) {
        parseInitialValue(variable, offset, depth + 1);
        lexer.take(',');
      }
      return;
    }
    unsigned bytes = variable.type.bytes();
    if (variable.initial.size() < offset + bytes)
      variable.initial.resize(offset + bytes);
    Operand value = parseScalar();
    std::int64_t bits = value.value;
    if (value.kind == Operand::Kind::Symbol) {
      std::string symbol = value.symbol;
      if (symbol == "generic" && lexer.take('(')) {
        value = parseScalar();
        symbol = value.symbol;
        lexer.expect(')');
        if (lexer.take('+'))
          value.value += parseScalar().value;
      }
      variable.relocations.push_back({offset, bytes, symbol, value.value});
    } else {
      if (value.kind == Operand::Kind::Double && bytes == 4)
        bits = std::bit_cast<std::int32_t>(
            float(std::bit_cast<double>(value.value)));
      std::memcpy(&variable.initial[offset], &bits, std::min(bytes, 8u));
    }
    offset += bytes;
  }

  void parseFunction(bool isEntry) {
    Function function;
    function.isEntry = isEntry;
    function.line = lexer.line();
    scopes.assign(1, {});
    auto declare = [&](std::vector<unsigned> &list) {
      while (!lexer.take(')')) {
        std::string word = lexer.word();
        if (word == ".reg")
          lexer.fail("parameters in registers are not supported");
        if (word != ".param")
          lexer.fail("expected .param");
        parseVariables(Space::Param, false, [&](Variable variable) {
          list.push_back(addVariable(function, std::move(variable)));
        });
        lexer.take(',');
      }
    };
    if (lexer.take('('))
      declare(function.results);
    function.name = lexer.word();
    if (lexer.take('('))
      declare(function.parameters);
    parseFunctionDirectives(function);
    if (!lexer.take(';')) {
      lexer.expect('{');
      function.hasBody = true;
      parseBody(function);
    }
    addFunction(std::move(function));
  }

  void addFunction(Function function) {
    for (Function &other : module.functions)
      if (other.name == function.name) {
        if (function.hasBody)
          other = std::move(function);
        return;
      }
    module.functions.push_back(std::move(function));
  }

  void parseFunctionDirectives(Function &function) {
    while (lexer.peek() == '.') {
      std::string word = lexer.word();
      if (word == ".maxntid" || word == ".reqntid") {
        function.threadsRequired = word == ".reqntid";
        parseExtents(function.maxThreads);
      } else if (word == ".reqnctapercluster" || word == ".maxclusterrank") {
        unsigned ignored[3];
        parseExtents(word == ".maxclusterrank" ? ignored : function.cluster);
      } else if (word == ".minnctapersm" || word == ".maxnctapersm" ||
                 word == ".maxnreg") {
        lexer.word();
      } else if (word == ".noreturn" || word == ".explicitcluster" ||
                 word == ".blocksareclusters") {
      } else if (word == ".attribute") {
        parseParenthesised();
      } else if (!parseCommonDirective(word)) {
        lexer.fail("`" + word +
                   "` is no directive of a function that is known");
      }
    }
  }

  void parseExtents(unsigned (&extents)[3]) {
    extents[0] = extents[1] = extents[2] = 1;
    unsigned i = 0;
    do {
      if (i == 3)
        lexer.fail("more than three extents");
      extents[i++] = unsigned(std::stoul(lexer.word()));
    } while (lexer.take(','));
  }

  unsigned addVariable(Function &function, Variable variable) {
    unsigned index = unsigned(function.variables.size());
    scopes.back().variables[variable.name] = index;
    function.variables.push_back(std::move(variable));
    return index;
  }

  void pushScope(Function &function) {
    function.scopes.push_back(scopes.back().number);
    Scope scope;
    scope.number = unsigned(function.scopes.size());
    scopes.push_back(std::move(scope));
  }

  void parseBody(Function &function) {
    pushScope(function);
    std::size_t outer = scopes.size();
    while (true) {
      if (lexer.take('}')) {
        scopes.pop_back();
        if (scopes.size() < outer)
          return;
      } else if (lexer.take('{')) {
        pushScope(function);
      } else if (!lexer.take(';')) {
        parseStatement(function);
      }
    }
  }

  void parseStatement(Function &function) {
    std::size_t begin = lexer.position();
    Statement statement;
    statement.line = lexer.line();
    if (lexer.take('@')) {
      statement.guardNegated = lexer.take('!');
      statement.guard = int(registerNamed(lexer.word()));
    }
    std::string word = lexer.word();
    if (word[0] == '.')
      return parseBodyDirective(function, word);
    if (lexer.take(':')) {
      function.labels[{scopes.back().number, word}] =
          function.statements.size();
      if (lexer.startsWith(".branchtargets"))
        parseBranchTargets(function.branchTargets[word]);
      else if (lexer.startsWith(".callprototype"))
        skipPrototype();
      return;
    }
    splitOpcode(word, statement);
    if (statement.opcode == "call")
      return parseCall(function, std::move(statement), begin);
    while (!lexer.take(';')) {
      statement.operands.push_back(parseOperand());
      if (!lexer.take(',') && lexer.peek() != ';')
        lexer.fail("expected ',' or ';'");
    }
    finish(function, std::move(statement), begin);
  }

  void finish(Function &function, Statement statement, std::size_t begin) {
    statement.scope = scopes.back().number;
    statement.text = lexer.since(begin);
    statement.file = file;
    statement.sourceLine = sourceLine;
    function.statements.push_back(std::move(statement));
  }

  void skipPrototype() {
    lexer.word();
    while (!lexer.take(';')) {
      if (lexer.peek() == '(')
        parseParameterList();
      else
        lexer.word();
    }
  }

  void parseParameterList() {
    lexer.expect('(');
    while (!lexer.take(')'))
      if (!lexer.take('[') && !lexer.take(']') && !lexer.take(','))
        lexer.word();
  }

  void parseBranchTargets(std::vector<std::string> &targets) {
    lexer.word();
    do
      targets.push_back(lexer.word());
    while (lexer.take(','));
    lexer.expect(';');
  }

  static void splitOpcode(const std::string &word, Statement &statement) {
    std::size_t dot = word.find('.');
    statement.opcode = word.substr(0, dot);
    while (dot != word.npos) {
      std::size_t next = word.find('.', dot + 1);
      statement.modifiers.push_back(word.substr(dot + 1, next - dot - 1));
      dot = next;
    }
  }

  /// call (result), function, (arguments), prototype: the operands are always
  /// a list, the function, a list.
  void parseCall(Function &function, Statement statement, std::size_t begin) {
    Operand results, arguments, callee;
    results.kind = arguments.kind = Operand::Kind::List;
    if (lexer.peek() == '(') {
      parseList(results);
      lexer.expect(',');
    }
    callee = parseOperand();
    if (lexer.take(',')) {
      if (lexer.peek() == '(')
        parseList(arguments);
      else
        lexer.word();
      if (lexer.take(','))
        lexer.word(); // the prototype, or a list of targets
    }
    lexer.expect(';');
    statement.operands = {std::move(results), std::move(callee),
                          std::move(arguments)};
    finish(function, std::move(statement), begin);
  }

  void parseList(Operand &list) {
    lexer.expect('(');
    while (!lexer.take(')')) {
      list.elements.push_back(parseOperand());
      lexer.take(',');
    }
  }

  void parseBodyDirective(Function &function, const std::string &word) {
    if (word == ".reg")
      return parseRegisters(function);
    if (parseCommonDirective(word))
      return;
    if (word == ".branchtargets" || word == ".callprototype")
      lexer.fail("`" + word + "` needs a label");
    bool isExtern = word == ".extern";
    std::optional<Space> space =
        spaceNamed(isExtern || word == ".visible" ? lexer.word() : word);
    if (!space)
      lexer.fail("`" + word + "` is no directive that is known");
    parseVariables(*space, isExtern, [&](Variable variable) {
      addVariable(function, std::move(variable));
    });
    lexer.expect(';');
  }

  void parseRegisters(Function &function) {
    std::string word = lexer.word();
    std::optional<Type> type = typeNamed(word);
    if (word == ".v2" || word == ".v4" || !type)
      lexer.fail("`" + word + "` is no type of registers that is known");
    do {
      std::string name = lexer.word();
      if (lexer.take('<')) {
        unsigned long count = std::stoul(lexer.word());
        lexer.expect('>');
        if (count > maximalRegisters)
          lexer.fail("too many registers");
        for (unsigned long i = 0; i < count; ++i)
          addRegister(function, name + std::to_string(i), *type);
      } else {
        addRegister(function, name, *type);
      }
    } while (lexer.take(','));
    lexer.expect(';');
  }

  void addRegister(Function &function, std::string name, Type type) {
    scopes.back().registers[name] = unsigned(function.registers.size());
    function.registers.push_back({std::move(name), type});
  }

  std::optional<unsigned> findRegister(const std::string &name) const {
    for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope)
      if (auto found = scope->registers.find(name);
          found != scope->registers.end())
        return found->second;
    return std::nullopt;
  }

  unsigned registerNamed(const std::string &name) {
    if (auto found = findRegister(name))
      return *found;
    lexer.fail("register `" + name + "` was not declared");
  }

  Operand parseOperand(unsigned depth = 0) {
    Operand operand;
    if (depth > maximalNesting)
      lexer.fail("operands nest too deep");
    if (lexer.take('{')) {
      operand.kind = Operand::Kind::Vector;
      while (!lexer.take('}')) {
        operand.elements.push_back(parseOperand(depth + 1));
        lexer.take(',');
      }
      return operand;
    }
    if (lexer.take('[')) {
      operand = parseAddress();
      lexer.expect(']');
      return operand;
    }
    if (lexer.take('!')) {
      operand = parseScalar();
      operand.negated = true;
      return operand;
    }
    operand = parseScalar();
    if (lexer.take('|')) {
      Operand pair;
      pair.kind = Operand::Kind::Pair;
      pair.elements = {operand, parseScalar()};
      return pair;
    }
    return operand;
  }

  Operand parseAddress() {
    Operand address;
    address.kind = Operand::Kind::Address;
    address.elements.push_back(parseScalar());
    while (lexer.take(','))
      address.elements.push_back(parseOperand(maximalNesting - 1));
    return address;
  }

  /// A name or number, with what is added to it.
  Operand parseScalar() {
    Operand operand = parseAtom();
    while (lexer.peek() == '+' ||
           (lexer.peek() == '-' && operand.kind != Operand::Kind::Integer)) {
      bool minus = lexer.take('-');
      if (!minus)
        lexer.expect('+');
      Operand addend = parseAtom();
      if (addend.kind != Operand::Kind::Integer)
        lexer.fail("only numbers can be added to a name");
      operand.value += minus ? -addend.value : addend.value;
    }
    return operand;
  }

  Operand parseAtom() {
    bool minus = lexer.take('-');
    std::string word = lexer.word();
    if (word[0] >= '0' && word[0] <= '9')
      return parseNumber(word, minus);
    if (minus)
      lexer.fail("only numbers can be negative");
    Operand operand;
    if (word == "_")
      return operand;
    if (auto found = findRegister(word)) {
      operand.kind = Operand::Kind::Register;
      operand.index = *found;
      return operand;
    }
    for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope)
      if (auto found = scope->variables.find(word);
          found != scope->variables.end()) {
        operand.kind = Operand::Kind::Variable;
        operand.index = found->second;
        return operand;
      }
    operand.symbol = word;
    operand.kind =
        word[0] == '%' ? Operand::Kind::Special : Operand::Kind::Symbol;
    if (word == "WARP_SZ") {
      operand.kind = Operand::Kind::Integer;
      operand.value = 32;
    }
    return operand;
  }

  Operand parseNumber(std::string word, bool minus) {
    Operand operand;
    char second = word.size() > 1 ? word[1] : '\0';
    char *end = nullptr;
    errno = 0;
    if (word[0] == '0' &&
        (second == 'f' || second == 'F' || second == 'd' || second == 'D')) {
      bool single = second == 'f' || second == 'F';
      operand.kind = single ? Operand::Kind::Single : Operand::Kind::Double;
      std::uint64_t bits = std::strtoull(word.c_str() + 2, &end, 16);
      if (minus)
        bits ^= single ? 1ull << 31 : 1ull << 63;
      operand.value = std::int64_t(bits);
    } else if (word.find('.') != word.npos) {
      operand.kind = Operand::Kind::Double;
      double value = std::strtod(word.c_str(), &end);
      operand.value = std::bit_cast<std::int64_t>(minus ? -value : value);
    } else {
      operand.kind = Operand::Kind::Integer;
      if (word.back() == 'U')
        word.pop_back();
      bool binary = second == 'b' || second == 'B';
      std::uint64_t bits = binary ? std::strtoull(word.c_str() + 2, &end, 2)
                                  : std::strtoull(word.c_str(), &end, 0);
      operand.value = std::int64_t(minus ? 0 - bits : bits);
    }
    if (*end || errno)
      lexer.fail("`" + word + "` is no number");
    return operand;
  }
};

} // namespace

Module emulator::parsePtx(const std::string &text) {
  return Parser(text).parse();
}
