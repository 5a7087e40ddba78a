#include "Minimise.h"

#include <cctype>
#include <functional>

namespace fuzz {

static constexpr std::size_t mostAtOnce = 24;

using Statements = std::vector<Statement>;
using Visit = std::function<void(Statements &, std::size_t)>;

/// Calls \p visit for each statement, the last first, those in a block before
/// the block.
static void walk(Statements &statements, const Visit &visit) {
  for (std::size_t i = statements.size(); i-- > 0;) {
    walk(statements[i].otherwise, visit);
    walk(statements[i].body, visit);
    visit(statements, i);
  }
}

/// The operands of every call in \p text: where the call begins and ends, and
/// the operand that could take its place.
struct Operand {
  std::size_t begin, end;
  std::string text;
};

static std::size_t nameBefore(const std::string &text, std::size_t at) {
  int depth = 0;
  while (at > 0) {
    char c = text[at - 1];
    if (c == '>')
      ++depth;
    else if (c == '<' && depth > 0)
      --depth;
    else if (depth == 0 && !std::isalnum(static_cast<unsigned char>(c)) &&
             c != '_' && c != '.' && c != ':')
      break;
    --at;
  }
  return at;
}

static std::vector<Operand> operandsIn(const std::string &text) {
  std::vector<Operand> result;
  for (std::size_t open = text.find('('); open != std::string::npos;
       open = text.find('(', open + 1)) {
    std::size_t begin = nameBefore(text, open), first = open + 1;
    std::vector<std::string> operands;
    int depth = 0;
    std::size_t at = first;
    for (; at < text.size(); ++at) {
      char c = text[at];
      if (c == '(' || c == '[' || c == '{' || c == '<')
        ++depth;
      bool isEnd = c == ')' && depth == 0;
      if (isEnd || (c == ',' && depth == 0)) {
        operands.push_back(text.substr(first, at - first));
        first = at + 1;
      }
      if (isEnd)
        break;
      if (c == ')' || c == ']' || c == '}' || c == '>')
        --depth;
    }
    for (const std::string &each : operands)
      if (at < text.size() && each.size() > 1)
        result.push_back({begin, at + 1, each});
  }
  return result;
}

namespace {

class Minimiser {
public:
  Minimiser(const Workshop &makes, Kernel start, const std::string &verdict)
      : workshop(makes), kernel(std::move(start)), kind(kindOf(verdict)) {}

  Kernel run() {
    while (round(statementEdits()))
      ;
    while (round(argumentEdits()) || round(operandEdits()))
      ;
    return kernel;
  }

private:
  std::vector<Kernel> statementEdits();
  std::vector<Kernel> operandEdits();
  std::vector<Kernel> argumentEdits();
  bool round(std::vector<Kernel> candidates);

  const Workshop &workshop;
  Kernel kernel;
  std::string kind;
};

} // namespace

/// Takes the first candidate that fails alike; false if none does.
bool Minimiser::round(std::vector<Kernel> candidates) {
  for (std::size_t begin = 0; begin < candidates.size(); begin += mostAtOnce) {
    std::size_t end = std::min(candidates.size(), begin + mostAtOnce);
    std::vector<Kernel> some(
        candidates.begin() + static_cast<std::ptrdiff_t>(begin),
        candidates.begin() + static_cast<std::ptrdiff_t>(end));
    for (std::size_t i = 0; i < some.size(); ++i)
      some[i].name = kernel.name + "_" + std::to_string(i);
    auto verdicts = workshop.verdicts(some);
    for (std::size_t i = 0; i < some.size(); ++i)
      if (kindOf(verdicts[i]) == kind) {
        std::string name = kernel.name;
        kernel = some[i];
        kernel.name = name;
        return true;
      }
  }
  return false;
}

// Many statements at once first, then each.
std::vector<Kernel> Minimiser::statementEdits() {
  std::vector<Kernel> result;
  std::size_t count = 0;
  walk(kernel.statements, [&](Statements &, std::size_t) { ++count; });
  auto edited = [&](std::size_t first, std::size_t last, auto edit) {
    Kernel copy = kernel;
    std::size_t n = 0;
    bool isEdited = false;
    walk(copy.statements, [&](Statements &list, std::size_t i) {
      if (n >= first && n < last)
        isEdited |= edit(copy, list, i);
      ++n;
    });
    if (isEdited)
      result.push_back(copy);
  };
  auto drop = [](Kernel &copy, Statements &list, std::size_t i) {
    Statement gone = list[i];
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
    if (gone.defines.empty() || !mentions(copy.statements, gone.defines))
      return true;
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(i), gone);
    return false;
  };
  auto simplify = [](Kernel &, Statements &list, std::size_t i) {
    bool isNew = !list[i].simpler.empty() && list[i].text != list[i].simpler;
    if (isNew)
      list[i].text = list[i].simpler;
    return isNew;
  };
  auto unwrap = [](Kernel &, Statements &list, std::size_t i) {
    if (!list[i].isBlock)
      return false;
    Statements body = list[i].body;
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(i), body.begin(),
                body.end());
    return true;
  };
  for (std::size_t size = count; size >= 1; size /= 2)
    for (std::size_t first = 0; first < count; first += size)
      edited(first, first + size, drop);
  for (std::size_t i = 0; i < count; ++i) {
    edited(i, i + 1, unwrap);
    edited(i, i + 1, simplify);
  }
  return result;
}

std::vector<Kernel> Minimiser::operandEdits() {
  std::vector<Kernel> result;
  std::vector<std::vector<Operand>> operands;
  walk(kernel.statements, [&](Statements &list, std::size_t i) {
    operands.push_back(operandsIn(list[i].text));
  });
  for (std::size_t n = 0; n < operands.size(); ++n)
    for (const Operand &each : operands[n]) {
      Kernel copy = kernel;
      std::size_t at = 0;
      walk(copy.statements, [&](Statements &list, std::size_t i) {
        if (at++ == n)
          list[i].text.replace(each.begin, each.end - each.begin, each.text);
      });
      result.push_back(copy);
    }
  return result;
}

std::vector<Kernel> Minimiser::argumentEdits() {
  Kernel copy = kernel;
  std::erase_if(copy.arguments, [&](const Argument &argument) {
    return argument.name != "y0" && !mentions(copy.statements, argument.name);
  });
  std::erase_if(copy.functions, [&](const Statement &function) {
    return !mentions(copy.statements, function.defines);
  });
  if (copy.arguments.size() == kernel.arguments.size() &&
      copy.functions.size() == kernel.functions.size())
    return {};
  return {copy};
}

Kernel minimise(const Workshop &workshop, Kernel kernel,
                const std::string &verdict) {
  return Minimiser(workshop, std::move(kernel), verdict).run();
}

} // namespace fuzz
