#include "emulator/Decoder.h"

#include "ferro/Error.h"

#include <algorithm>
#include <bit>
#include <cstring>

using namespace ferro;
using namespace ferro::emulator;

unsigned emulator::bitsOf(Tag tag) {
  using enum Tag;
  switch (tag) {
  case B8:
  case U8:
  case S8:
  case E4M3:
  case E5M2:
    return 8;
  case B16:
  case U16:
  case S16:
  case F16:
  case BF16:
  case E4M3x2:
  case E5M2x2:
    return 16;
  case B32:
  case U32:
  case S32:
  case F32:
  case TF32:
  case F16x2:
  case BF16x2:
  case U16x2:
  case S16x2:
    return 32;
  case B64:
  case U64:
  case S64:
  case F64:
    return 64;
  case B128:
    return 128;
  case U4:
  case S4:
    return 4;
  case U2:
  case S2:
    return 2;
  case B1:
  case Pred:
    return 1;
  }
  return 0;
}

static std::optional<Tag> tagNamed(const std::string &name) {
  static const std::map<std::string, Tag> tags = {
      {"b8", Tag::B8},       {"b16", Tag::B16},       {"b32", Tag::B32},
      {"b64", Tag::B64},     {"b128", Tag::B128},     {"u8", Tag::U8},
      {"u16", Tag::U16},     {"u32", Tag::U32},       {"u64", Tag::U64},
      {"s8", Tag::S8},       {"s16", Tag::S16},       {"s32", Tag::S32},
      {"s64", Tag::S64},     {"f16", Tag::F16},       {"f16x2", Tag::F16x2},
      {"bf16", Tag::BF16},   {"bf16x2", Tag::BF16x2}, {"f32", Tag::F32},
      {"f64", Tag::F64},     {"tf32", Tag::TF32},     {"e4m3", Tag::E4M3},
      {"e5m2", Tag::E5M2},   {"e4m3x2", Tag::E4M3x2}, {"e5m2x2", Tag::E5M2x2},
      {"u16x2", Tag::U16x2}, {"s16x2", Tag::S16x2},   {"u4", Tag::U4},
      {"s4", Tag::S4},       {"u2", Tag::U2},         {"s2", Tag::S2},
      {"b1", Tag::B1},       {"pred", Tag::Pred}};
  auto found = tags.find(name);
  if (found == tags.end())
    return std::nullopt;
  return found->second;
}

Decoding::Decoding(Builder &builder, Code &code, const Statement &statement)
    : builder(builder), code(code), statement(statement),
      taken(statement.modifiers.size()) {
  instruction.statement = &statement;
}

bool Decoding::take(std::string_view modifier) {
  for (std::size_t i = 0; i < taken.size(); ++i)
    if (!taken[i] && statement.modifiers[i] == modifier) {
      taken[i] = true;
      return true;
    }
  return false;
}

std::optional<unsigned>
Decoding::takeOne(std::initializer_list<const char *> names) {
  unsigned index = 0;
  for (const char *name : names) {
    if (take(name))
      return index;
    ++index;
  }
  return std::nullopt;
}

unsigned Decoding::one(std::initializer_list<const char *> names) {
  if (auto found = takeOne(names))
    return *found;
  std::string list;
  for (const char *name : names)
    list += (list.empty() ? "." : ", .") + std::string(name);
  fail("needs one of " + list);
}

std::optional<Tag> Decoding::takeType() {
  for (std::size_t i = 0; i < taken.size(); ++i)
    if (!taken[i])
      if (auto tag = tagNamed(statement.modifiers[i])) {
        taken[i] = true;
        return tag;
      }
  return std::nullopt;
}

Tag Decoding::type() {
  if (auto tag = takeType())
    return *tag;
  fail("has no type that is known");
}

Space Decoding::takeSpace() {
  if (takeOne({"global"}))
    return Space::Global;
  if (takeOne({"shared", "shared::cta", "shared::cluster"}))
    return Space::Shared;
  if (take("local"))
    return Space::Local;
  if (take("const"))
    return Space::Const;
  if (takeOne({"param", "param::entry", "param::func"}))
    return Space::Param;
  return Space::Generic;
}

void Decoding::ignore(std::initializer_list<const char *> names) {
  for (const char *name : names)
    take(name);
}

std::optional<Rounding> Decoding::takeRounding() {
  auto found = takeOne({"rn", "rz", "rm", "rp", "rna"});
  if (!found)
    return std::nullopt;
  return Rounding(*found);
}

const Operand &Decoding::operand(std::size_t i) const {
  if (i >= statement.operands.size())
    fail("has too few operands");
  return statement.operands[i];
}

void Decoding::expectOperands(std::size_t count) const {
  if (operandCount() != count)
    fail("takes " + std::to_string(count) + " operands, not " +
         std::to_string(operandCount()));
}

void Decoding::result(const Operand &operand) {
  if (operand.kind == Operand::Kind::Register)
    resultSlots.push_back(operand.index);
  else if (operand.kind == Operand::Kind::Sink)
    resultSlots.push_back(builder.newSlot(code));
  else
    fail("needs a register for its result");
}

void Decoding::results(const Operand &operand) {
  if (operand.kind != Operand::Kind::Vector)
    return result(operand);
  for (const Operand &element : operand.elements)
    result(element);
}

void Decoding::sources(const Operand &operand, Tag type) {
  if (operand.kind != Operand::Kind::Vector)
    return source(operand, type);
  for (const Operand &element : operand.elements)
    source(element, type);
}

void Decoding::source(const Operand &operand, Tag type) {
  if (operand.negated && type != Tag::Pred)
    fail("only predicates can be negated");
  sourceSlots.push_back(slotOf(operand, type));
}

void Decoding::constant(std::uint64_t value) {
  sourceSlots.push_back(builder.constantSlot(code, value));
}

static std::optional<SpecialKind> specialNamed(const std::string &name) {
  using enum SpecialKind;
  static const std::map<std::string, SpecialKind> kinds = {
      {"%tid.x", TidX},
      {"%tid.y", TidY},
      {"%tid.z", TidZ},
      {"%ntid.x", NtidX},
      {"%ntid.y", NtidY},
      {"%ntid.z", NtidZ},
      {"%ctaid.x", CtaidX},
      {"%ctaid.y", CtaidY},
      {"%ctaid.z", CtaidZ},
      {"%nctaid.x", NctaidX},
      {"%nctaid.y", NctaidY},
      {"%nctaid.z", NctaidZ},
      {"%laneid", Laneid},
      {"%warpid", Warpid},
      {"%nwarpid", Nwarpid},
      {"%smid", Smid},
      {"%nsmid", Nsmid},
      {"%gridid", Gridid},
      {"%lanemask_eq", LanemaskEq},
      {"%lanemask_lt", LanemaskLt},
      {"%lanemask_le", LanemaskLe},
      {"%lanemask_gt", LanemaskGt},
      {"%lanemask_ge", LanemaskGe},
      {"%clusterid.x", ClusteridX},
      {"%clusterid.y", ClusteridY},
      {"%clusterid.z", ClusteridZ},
      {"%nclusterid.x", NclusteridX},
      {"%nclusterid.y", NclusteridY},
      {"%nclusterid.z", NclusteridZ},
      {"%cluster_ctaid.x", ClusterCtaidX},
      {"%cluster_ctaid.y", ClusterCtaidY},
      {"%cluster_ctaid.z", ClusterCtaidZ},
      {"%cluster_nctaid.x", ClusterNctaidX},
      {"%cluster_nctaid.y", ClusterNctaidY},
      {"%cluster_nctaid.z", ClusterNctaidZ},
      {"%cluster_ctarank", ClusterCtarank},
      {"%cluster_nctarank", ClusterNctarank},
      {"%is_explicit_cluster", IsExplicitCluster},
      {"%dynamic_smem_size", DynamicSmemSize},
      {"%total_smem_size", TotalSmemSize},
      {"%aggr_smem_size", AggrSmemSize}};
  auto found = kinds.find(name);
  if (found == kinds.end())
    return std::nullopt;
  return found->second;
}

static std::uint64_t bitsAs(const Operand &operand, Tag type,
                            const Decoding &d) {
  double value = 0;
  if (operand.kind == Operand::Kind::Integer) {
    unsigned bits = bitsOf(type);
    auto raw = std::uint64_t(operand.value);
    if (type == Tag::Pred)
      return raw != 0;
    if (type == Tag::F32)
      return std::bit_cast<std::uint32_t>(float(operand.value));
    if (type == Tag::F64)
      return std::bit_cast<std::uint64_t>(double(operand.value));
    return bits >= 64 ? raw : raw & ((1ull << bits) - 1);
  }
  if (operand.kind == Operand::Kind::Single) {
    if (bitsOf(type) == 32)
      return std::uint64_t(operand.value) & 0xffffffff;
    value = std::bit_cast<float>(std::uint32_t(operand.value));
  } else {
    value = std::bit_cast<double>(operand.value);
  }
  if (bitsOf(type) == 64)
    return std::bit_cast<std::uint64_t>(value);
  if (bitsOf(type) == 32)
    return std::bit_cast<std::uint32_t>(float(value));
  d.fail("cannot have this number as an operand");
}

std::uint32_t Decoding::slotOf(const Operand &operand, Tag type) {
  using enum Operand::Kind;
  switch (operand.kind) {
  case Register:
    return operand.index;
  case Special:
    if (auto kind = specialNamed(operand.symbol))
      return builder.specialSlot(code, *kind, 0);
    if (operand.symbol.starts_with("%envreg"))
      return builder.constantSlot(code, 0);
    fail("`" + operand.symbol + "` is neither declared nor a special register");
  case Integer:
  case Single:
  case Double:
    return builder.constantSlot(code, bitsAs(operand, type, *this));
  case Variable: {
    const emulator::Variable &variable =
        code.function->variables[operand.index];
    std::uint64_t offset = builder.offsetOf(code, operand.index);
    bool inFrame = variable.space == Space::Local ||
                   (variable.space == Space::Param && offset < parameterWindow);
    if (inFrame)
      return builder.specialSlot(code, SpecialKind::LocalStart,
                                 std::int64_t(offset) + operand.value);
    if (variable.space == Space::Shared && variable.isExtern)
      return builder.specialSlot(code, SpecialKind::DynamicShared,
                                 operand.value);
    return builder.constantSlot(code, offset + std::uint64_t(operand.value));
  }
  case Symbol: {
    if (auto found = builder.program.addresses.find(operand.symbol);
        found != builder.program.addresses.end())
      return builder.constantSlot(code,
                                  found->second + std::uint64_t(operand.value));
    for (const emulator::Variable &variable : builder.program.module.variables)
      if (variable.name == operand.symbol && variable.space == Space::Shared) {
        if (variable.isExtern)
          return builder.specialSlot(code, SpecialKind::DynamicShared,
                                     operand.value);
        return builder.constantSlot(code,
                                    builder.sharedAddress(operand.symbol) +
                                        std::uint64_t(operand.value));
      }
    int function = builder.functionIndex(operand.symbol);
    if (function >= 0)
      return builder.constantSlot(code,
                                  functionWindow + 16 * unsigned(function));
    fail("`" + operand.symbol + "` was not declared");
  }
  default:
    fail("cannot take this operand here");
  }
}

void Decoding::address(const Operand &operand, Space space) {
  const Operand *base = &operand;
  if (operand.kind == Operand::Kind::Address)
    base = &operand.elements[0];
  Operand plain = *base;
  instruction.immediate = 0;
  if (plain.kind == Operand::Kind::Register) {
    instruction.immediate = plain.value;
    plain.value = 0;
  }
  // A variable's name in a generic access means its place in its own window.
  source(plain, Tag::U64);
  (void)space;
}

std::int64_t Decoding::number(std::size_t i) const {
  if (operand(i).kind != Operand::Kind::Integer)
    fail("needs a number as operand " + std::to_string(i + 1));
  return operand(i).value;
}

Type Decoding::registerType(const Operand &operand) const {
  if (operand.kind == Operand::Kind::Register)
    return code.function->registers[operand.index].type;
  return {'b', 64};
}

void Decoding::fail(const std::string &what) const {
  throw Error(ferro::Code::ParseError, "ptx",
              "line " + std::to_string(statement.line) + ": `" +
                  statement.opcode + "` " + what + " in `" + statement.text +
                  "`");
}

void Decoding::emit(Handler handler, OpClass opClass) {
  for (std::size_t i = 0; i < taken.size(); ++i)
    if (!taken[i])
      fail("has a modifier that is not known, ." + statement.modifiers[i] +
           ",");
  std::vector<std::uint32_t> &pool = builder.program.operandPool;
  instruction.run = handler;
  instruction.opClass = opClass;
  instruction.guard = statement.guard;
  instruction.guardNegated = statement.guardNegated;
  instruction.pc = std::uint32_t(builder.program.instructions.size());
  instruction.firstOperand = std::uint32_t(pool.size());
  instruction.results = std::uint16_t(resultSlots.size());
  instruction.sources = std::uint16_t(sourceSlots.size());
  pool.insert(pool.end(), resultSlots.begin(), resultSlots.end());
  pool.insert(pool.end(), sourceSlots.begin(), sourceSlots.end());
  builder.program.instructions.push_back(instruction);
}

std::uint32_t Builder::constantSlot(Code &code, std::uint64_t value) {
  auto [found, isNew] = constants.try_emplace({&code, value}, code.slots);
  if (isNew)
    code.constants.push_back({code.slots++, value});
  return found->second;
}

std::uint32_t Builder::specialSlot(Code &code, SpecialKind kind,
                                   std::int64_t addend) {
  for (const SpecialSlot &slot : code.specials)
    if (slot.kind == kind && slot.addend == addend)
      return slot.slot;
  code.specials.push_back({code.slots, kind, addend});
  return code.slots++;
}

std::uint64_t Builder::offsetOf(const Code &code, unsigned variable) const {
  return offsets.at(&code).at(variable);
}

std::uint64_t Builder::sharedAddress(const std::string &symbol) const {
  return sharedSymbols.at(symbol);
}

int Builder::functionIndex(const std::string &name) const {
  for (std::size_t i = 0; i < program.codes.size(); ++i)
    if (program.codes[i].function->name == name)
      return int(i);
  return -1;
}

static std::uint64_t alignTo(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// Shared variables of the module and of device functions come first; behind
// them each kernel has its own.
void Builder::layOutShared() {
  std::uint64_t end = sharedStart;
  for (const Variable &variable : program.module.variables)
    if (variable.space == Space::Shared && !variable.isExtern) {
      end = alignTo(end, variable.alignment);
      sharedSymbols[variable.name] = end;
      end += variable.bytes;
    }
  auto place = [&](Code &code, std::uint64_t from) {
    offsets[&code].resize(code.function->variables.size());
    for (std::size_t i = 0; i < code.function->variables.size(); ++i) {
      const Variable &variable = code.function->variables[i];
      if (variable.space != Space::Shared || variable.isExtern)
        continue;
      from = alignTo(from, variable.alignment);
      offsets[&code][i] = from;
      from += variable.bytes;
    }
    return from;
  };
  for (Code &code : program.codes)
    if (!code.function->isEntry)
      end = place(code, end);
  for (Code &code : program.codes)
    if (code.function->isEntry) {
      code.sharedBytes = place(code, end);
      std::uint64_t alignment = 16;
      for (const Variable &variable : program.module.variables)
        if (variable.space == Space::Shared && variable.isExtern)
          alignment = std::max<std::uint64_t>(alignment, variable.alignment);
      for (const Variable &variable : code.function->variables)
        if (variable.space == Space::Shared && variable.isExtern)
          alignment = std::max<std::uint64_t>(alignment, variable.alignment);
      code.dynamicSharedStart = alignTo(code.sharedBytes, alignment);
    }
}

// Parameters of kernels, and what lies in a frame.
void Builder::layOut(Code &code) {
  const Function &function = *code.function;
  std::vector<std::uint64_t> &places = offsets[&code];
  for (std::size_t i = 0; i < function.variables.size(); ++i) {
    const Variable &variable = function.variables[i];
    std::uint64_t alignment = std::max(variable.alignment, 1u);
    bool isParameter =
        std::find(function.parameters.begin(), function.parameters.end(), i) !=
        function.parameters.end();
    if (function.isEntry && isParameter) {
      code.parameterBytes = alignTo(code.parameterBytes, alignment);
      places[i] = parameterWindow + code.parameterBytes;
      code.launchParameters.push_back({code.parameterBytes, variable.bytes});
      code.parameterBytes += variable.bytes;
    } else if (variable.space == Space::Local ||
               variable.space == Space::Param) {
      code.localBytes =
          alignTo(code.localBytes, std::max<std::uint64_t>(alignment, 8));
      places[i] = code.localBytes;
      code.localBytes += variable.bytes;
    } else if (variable.space != Space::Shared) {
      places[i] = program.addresses.at(function.name + "::" + variable.name +
                                       "#" + std::to_string(i));
    }
  }
  auto parts = [&](const std::vector<unsigned> &list) {
    std::vector<FramePart> result;
    for (unsigned index : list)
      result.push_back({places[index], function.variables[index].bytes});
    return result;
  };
  code.parameters = parts(function.parameters);
  code.results = parts(function.results);
}

void Builder::decodeBody(Code &code) {
  const Function &function = *code.function;
  code.firstPc = std::uint32_t(program.instructions.size());
  code.slots = std::uint32_t(function.registers.size());
  for (const Statement &statement : function.statements) {
    auto found = decoders.find(statement.opcode);
    Decoding d(*this, code, statement);
    if (found == decoders.end())
      d.fail("is no instruction that is known");
    found->second(d);
  }
  // Falling off the end is a return.
  static const Statement end = [] {
    Statement statement;
    statement.opcode = statement.text = "ret";
    return statement;
  }();
  Decoding d(*this, code, end);
  decoders.at("ret")(d);
}

void Builder::build() {
  decoders = {
#define FERRO_INSTRUCTION(opcode, decoder, opClass) {#opcode, decoder},
#include "emulator/Instructions.def"
  };
  for (const Function &function : program.module.functions) {
    Code code;
    code.function = &function;
    program.codes.push_back(std::move(code));
  }
  layOutShared();
  for (Code &code : program.codes)
    layOut(code);
  for (Code &code : program.codes)
    if (code.function->hasBody)
      decodeBody(code);
  for (Instruction &instruction : program.instructions)
    instruction.operands =
        program.operandPool.data() + instruction.firstOperand;
}

void ferro::emulator::decode(Program &program) { Builder(program).build(); }
