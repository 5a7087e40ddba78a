#include "Forms.h"
#include "../Random.h"
#include "Warpgroup.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <sstream>
#include <stdexcept>

namespace ferro::gpucheck {
namespace {

struct Row {
  const char *inputs, *output, *body;
};

constexpr Row rows[] = {
#define FORM(inputs, output, body) {inputs, output, body},
#include "Forms.def"
};

std::string replaced(std::string text, std::string_view from,
                     std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos;
       at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// Replaces the first group (x|y|z) by each of its alternatives, then the rest.
void expand(const std::string &text, std::vector<std::string> &results) {
  std::size_t open = text.find('(');
  if (open == text.npos)
    return results.push_back(text);
  std::size_t close = text.find(')', open);
  std::istringstream group(text.substr(open + 1, close - open - 1) + "|");
  for (std::string choice; std::getline(group, choice, '|');)
    expand(text.substr(0, open) + choice + text.substr(close + 1), results);
}

FormInput parseInput(std::string text) {
  FormInput input;
  if (text.back() == '!') {
    input.purpose = Purpose::Product;
    text.pop_back();
  }
  if (std::size_t star = text.find('*'); star != text.npos) {
    input.registers = unsigned(std::stoul(text.substr(star + 1)));
    text.resize(star);
  }
  input.valueClass = text;
  return input;
}

std::string bits(unsigned bytes) { return "b" + std::to_string(bytes * 8); }

/// `%a`, or `%a0` and so on where an operand is several registers.
std::string registerName(char operand, unsigned number, bool several) {
  std::string name = std::string("%") + operand;
  return several ? name + std::to_string(number) : name;
}

std::string registerList(char operand, unsigned count) {
  std::string list = "{";
  for (unsigned i = 0; i < count; ++i)
    list += (i ? ", " : "") + registerName(operand, i, true);
  return list + "}";
}

/// What names a form: the instruction the row is about, which is the one that
/// its mark or its first group belongs to, else the first.
std::string mnemonic(const std::string &row, const std::string &body) {
  std::size_t group = row.find('(');
  std::size_t start = 0;
  if (std::size_t mark = row.find('~'); mark != row.npos)
    start = mark + 1;
  else if (group != row.npos)
    if (std::size_t before = row.rfind(';', group); before != row.npos)
      start = row.find_first_not_of("; ", before);
  std::size_t end = body.find(' ', start);
  std::string name = body.substr(start, end - start);
  // The group may be an operand: then all of the instruction is its name.
  if (group != row.npos && row.find(' ', start) < group)
    name = replaced(body.substr(start, body.find(';', start) - start), " ", "");
  return name;
}

bool isSeveral(const std::string &spec) { return spec.find('*') != spec.npos; }

Form makeForm(const Row &row, const std::string &body) {
  Form form;
  form.name = mnemonic(row.body, body);
  std::string output = row.output;
  if (isSeveral(output)) {
    form.outputRegisters =
        unsigned(std::stoul(output.substr(output.find('*') + 1)));
    output.resize(output.find('*'));
  }
  form.outputBytes = unsigned(std::stoul(output.substr(1))) / 8;

  std::ostringstream ptx, loads;
  ptx << ".version 8.7\n.target sm_90a\n.address_size 64\n\n.visible .entry "
      << formKernel << "(.param .u64 result";
  std::istringstream specs(row.inputs);
  std::string expanded = replaced(body, "~", "");
  std::ostringstream registers;
  char operand = 'a';
  for (std::string spec; specs >> spec; ++operand) {
    FormInput input = parseInput(spec);
    unsigned bytes = valueBytes(input.valueClass);
    bool several = isSeveral(spec);
    ptx << ", .param .u64 " << operand;
    loads << "  ld.param.u64 %address, [" << operand << "];\n"
          << "  mad.wide.u32 %address, %i, " << input.threadBytes()
          << ", %address;\n";
    for (unsigned i = 0; i < input.registers; ++i) {
      registers << "  .reg ." << bits(bytes) << " "
                << registerName(operand, i, several) << ";\n";
      loads << "  ld.global." << bits(bytes) << " "
            << registerName(operand, i, several) << ", [%address+" << i * bytes
            << "];\n";
    }
    char upper = char(operand - 'a' + 'A');
    expanded = replaced(expanded, std::string("%") + upper,
                        registerList(operand, input.registers));
    form.inputs.push_back(std::move(input));
  }
  const std::string &first = form.inputs[0].valueClass;
  if (first.starts_with("sweep") || first.starts_with("every")) {
    form.blocks = 512;
    form.name += ":" + first;
  }
  expanded = replaced(expanded, "%D", registerList('d', form.outputRegisters));
  bool several = isSeveral(row.output);
  for (unsigned i = 0; i < form.outputRegisters; ++i)
    registers << "  .reg ." << bits(form.outputBytes) << " "
              << registerName('d', i, several) << ";\n";

  unsigned stride = form.outputRegisters * form.outputBytes;
  ptx << ")\n{\n"
      << registers.str()
      << "  .reg .pred %p, %q, %r;\n  .reg .b16 %h<4>;\n  .reg .b32 %t<8>;\n"
         "  .reg .b64 %u<4>;\n  .reg .b32 %i, %lane, %sm, %st, %warp;\n"
         "  .reg .b64 %s, %address;\n"
         "  .shared .align 16 .b8 memory[4096];\n\n"
         "  mov.u32 %t0, %ctaid.x;\n  mov.u32 %t1, %ntid.x;\n"
         "  mov.u32 %t2, %tid.x;\n  mad.lo.u32 %i, %t0, %t1, %t2;\n"
         "  and.b32 %lane, %t2, 31;\n  shr.u32 %warp, %t2, 5;\n"
         "  mov.u32 %sm, memory;\n  mad.lo.u32 %sm, %warp, 1024, %sm;\n"
         "  mad.lo.u32 %st, %lane, 16, %sm;\n"
      << loads.str() << "  ld.param.u64 %s, [result];\n"
      << "  mad.wide.u32 %s, %i, " << stride << ", %s;\n";
  if (expanded.find("%r") != expanded.npos)
    ptx << "  setp.lt.s32 %p, %c, 0;\n  mov.pred %r, %p;\n";
  ptx << "\n";
  std::istringstream instructions(expanded);
  for (std::string line; std::getline(instructions >> std::ws, line, ';');)
    ptx << "  " << line << ";\n";
  ptx << "\n";
  for (unsigned i = 0; i < form.outputRegisters; ++i)
    ptx << "  st.global." << bits(form.outputBytes) << " [%s+"
        << i * form.outputBytes << "], " << registerName('d', i, several)
        << ";\n";
  ptx << "  ret;\n}\n";
  form.ptx = ptx.str();
  return form;
}

} // namespace

std::vector<std::byte> Form::makeInput(std::size_t number) const {
  const FormInput &input = inputs.at(number);
  unsigned bytes = valueBytes(input.valueClass);
  std::size_t block = number < blockBytes.size() && blockBytes[number]
                          ? blockBytes[number]
                          : std::size_t(threads) * input.threadBytes();
  std::vector<std::byte> result(blocks * block);
  std::uint64_t seed = fingerprint(input.valueClass) + number;
  // Tiles are warps, or blocks where a block reads its input together.
  std::size_t tileBytes = block == std::size_t(threads) * input.threadBytes()
                              ? 32 * input.threadBytes()
                              : block;
  for (std::size_t i = 0; i * bytes < result.size(); ++i) {
    std::uint64_t value = makeValue(input.valueClass, input.purpose, seed, i,
                                    i * bytes / tileBytes);
    std::memcpy(&result[i * bytes], &value, bytes);
  }
  return result;
}

std::vector<std::byte> Form::initialResult() const {
  std::vector<std::byte> result(resultBytes());
  if (inputs.empty() || !blockBytes.empty())
    return result;
  std::vector<std::byte> first = makeInput(0);
  std::size_t stride = outputRegisters * outputBytes;
  std::size_t bytes = inputs[0].threadBytes();
  if (bytes > stride)
    return result;
  for (std::size_t i = 0; i < std::size_t(blocks) * threads; ++i)
    std::memcpy(&result[i * stride], &first[i * bytes], bytes);
  return result;
}

std::vector<std::byte>
Form::sample(const std::vector<std::byte> &result) const {
  // How much of each part: a warp group's tiles are blocks, other tiles follow
  // each other.
  std::size_t parts = 1, bytes = outputBytes * 256;
  if (!blockBytes.empty())
    parts = blocks, bytes = 512;
  else if (inputs[0].purpose == Purpose::Product || outputRegisters > 1)
    bytes = 4096;
  else if (blocks > 16)
    bytes = 0;
  std::vector<std::byte> kept;
  for (std::size_t part = 0; part < parts; ++part) {
    std::size_t from = result.size() / parts * part;
    std::size_t end = std::min(from + bytes, result.size());
    kept.insert(kept.end(), result.begin() + std::ptrdiff_t(from),
                result.begin() + std::ptrdiff_t(end));
  }
  return kept;
}

std::vector<Form> makeForms() {
  std::vector<Form> forms;
  for (const Row &row : rows) {
    std::vector<std::string> bodies;
    expand(row.body, bodies);
    for (const std::string &body : bodies)
      forms.push_back(makeForm(row, body));
  }
  for (Form &form : makeWarpgroupForms())
    forms.push_back(std::move(form));
  std::map<std::string, unsigned> seen;
  for (Form &form : forms)
    if (unsigned count = seen[form.name]++)
      form.name += "#" + std::to_string(count);
  return forms;
}

} // namespace ferro::gpucheck
