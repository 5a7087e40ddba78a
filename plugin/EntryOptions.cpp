#include "EntryOptions.h"

#include "Attributes.h"
#include "SourceText.h"

#include "clang/AST/Decl.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/StringExtras.h"

#include <optional>

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

// ---------------------------------------------------------------- tables

namespace {
enum class HintShape { PowerOfTwo, Count, Flag };
enum HintStands : unsigned { InHint = 1, InOption = 2 };

struct HintKind {
  StringRef key;
  long least, most;
  HintShape shape;
  unsigned stands;
};
} // namespace

static constexpr HintKind hintKinds[] = {
#define FERRO_HINT(key, least, most, shape, stands)                            \
  {#key, least, most, HintShape::shape, stands},
#include "Hints.def"
};

// As numbers they are those of __CUDA_ARCH__; 0 is every architecture.
static constexpr StringRef architectures[] = {
    "sm_80",  "sm_86",   "sm_87",  "sm_89",  "sm_90",  "sm_90a",
    "sm_100", "sm_100a", "sm_103", "sm_110", "sm_120", "sm_121",
    "0",      "800",     "860",    "870",    "890",    "900",
    "1000",   "1030",    "1100",   "1200",   "1210"};

static constexpr StringRef optionNames[] = {
    "deny_in_kernel_checks", "dump_mlir_dir", "optimization_hints",
    "preconditions",         "print_ir",      "unchecked_accesses"};

static std::string didYouMean(const std::optional<std::string> &meant) {
  return meant ? "; did you mean '" + *meant + "'?" : "";
}

// ---------------------------------------------------------------- tokens

namespace {

// Reads the tokens between an attribute's parentheses.
class ArgumentReader {
public:
  ArgumentReader(const SpottedAttribute &attribute, Findings &findings)
      : attribute(attribute), findings(findings) {}

protected:
  StringRef peek(unsigned ahead = 0) const {
    return next + ahead < attribute.arguments.size()
               ? StringRef(attribute.arguments[next + ahead].text)
               : StringRef();
  }
  SourceLocation loc() const {
    return next < attribute.arguments.size() ? attribute.arguments[next].loc
                                             : attribute.end;
  }
  bool atEnd() const { return next >= attribute.arguments.size(); }
  bool accept(StringRef text) {
    if (peek() != text)
      return false;
    ++next;
    return true;
  }
  bool expect(StringRef text, StringRef behind) {
    if (accept(text))
      return true;
    return fail(Diag::AttributeSyntax,
                {attribute.fullName(),
                 ("'" + text + "' behind " + behind).str(), found()});
  }
  std::string found() const {
    return atEnd() ? "the end" : ("'" + peek() + "'").str();
  }
  static bool isName(StringRef text) {
    return !text.empty() && (llvm::isAlpha(text[0]) || text[0] == '_');
  }
  static std::optional<long> integer(StringRef text) {
    long value;
    std::string digits = text.str();
    llvm::erase(digits, '\'');
    if (StringRef(digits).rtrim("uUlL").getAsInteger(0, value))
      return std::nullopt;
    return value;
  }
  // False, so that callers give up with `return fail(...)`.
  bool fail(Diag diag, std::vector<std::string> args) {
    return failAt(loc(), diag, std::move(args));
  }
  bool failAt(SourceLocation at, Diag diag, std::vector<std::string> args,
              const std::optional<std::string> &fixed = std::nullopt) {
    Finding finding{diag, at, std::move(args)};
    if (fixed && at.isFileID())
      finding.fixIts.push_back(
          FixItHint::CreateReplacement(SourceRange(at), *fixed));
    findings.push_back(std::move(finding));
    return false;
  }

  const SpottedAttribute &attribute;
  Findings &findings;
  unsigned next = 0;
};

// What both attributes say about hints.
class HintReader : public ArgumentReader {
public:
  HintReader(const SpottedAttribute &attribute, HintStands stands,
             const std::set<std::string> *constants, Findings &findings)
      : ArgumentReader(attribute, findings), stands(stands),
        constants(constants) {}

  // [[cutile::hint(ARCH, KEY = VALUE, ...)]]
  bool hint() {
    std::set<std::string> seen;
    if (atEnd())
      return fail(Diag::AttributeSyntax, {attribute.fullName(),
                                          "an architecture, as in "
                                          "(sm_90, latency = 4)",
                                          found()});
    if (!architecture() || !expect(",", "the architecture"))
      return false;
    do
      if (!keyAndValue(seen))
        return false;
    while (accept(","));
    return atEnd() || expect(",", "a value");
  }

protected:
  bool architecture() {
    StringRef text = peek();
    if (!llvm::is_contained(architectures, text))
      return failAt(loc(), Diag::HintArchitecture,
                    {text.str(), didYouMean(nearest(text, architectures))},
                    nearest(text, architectures));
    isSm80 = text.starts_with("sm_8") || (text.size() == 3 && text[0] == '8');
    ++next;
    return true;
  }

  bool keyAndValue(std::set<std::string> &seen);
  bool value(const HintKind &kind);

  HintStands stands;
  const std::set<std::string> *constants;
  bool isSm80 = false;
};

} // namespace

bool HintReader::keyAndValue(std::set<std::string> &seen) {
  StringRef key = peek();
  const HintKind *kind = llvm::find_if(
      hintKinds, [&](const HintKind &each) { return each.key == key; });
  if (kind == std::end(hintKinds)) {
    std::vector<StringRef> keys;
    for (const HintKind &each : hintKinds)
      if (each.stands & stands)
        keys.push_back(each.key);
    std::optional<std::string> meant = nearest(key, keys);
    return failAt(loc(), Diag::UnknownHint,
                  {atEnd() ? std::string() : key.str(), didYouMean(meant)},
                  meant);
  }
  if (!(kind->stands & stands))
    return fail(
        Diag::HintPlace,
        {key.str(), stands == InOption
                        ? "in [[cutile::hint]], on a load, a store or "
                          "a kernel"
                        : "in optimization_hints of [[cutile::entry]]"});
  if (!seen.insert(key.str()).second)
    return fail(Diag::RepeatedKey, {key.str()});
  ++next;
  return expect("=", ("'" + key + "'").str()) && value(*kind);
}

// What the hint takes, in words.
static std::string domainOf(const HintKind &kind, bool isSm80) {
  if (kind.shape == HintShape::Flag)
    return "true or false";
  if (isSm80 && kind.key == "num_cta_in_cga")
    return "1 before sm_90, which has no clusters";
  return std::string(kind.shape == HintShape::PowerOfTwo ? "a power of two"
                                                         : "a number") +
         " from " + std::to_string(kind.least) + " to " +
         std::to_string(kind.most);
}

bool HintReader::value(const HintKind &kind) {
  SourceLocation begin = loc();
  unsigned first = next, depth = 0;
  std::string text;
  bool hasConstant = false;
  while (!atEnd() && (depth || (peek() != "," && peek() != ")"))) {
    depth += peek() == "(";
    depth -= peek() == ")";
    hasConstant |= constants && constants->contains(peek().str());
    text += peek();
    ++next;
  }
  if (hasConstant) // known when the kernel is instantiated
    return true;
  bool isFlag = kind.shape == HintShape::Flag;
  std::optional<long> number = isFlag ? (text == "true"    ? std::optional(1L)
                                         : text == "false" ? std::optional(0L)
                                                           : std::nullopt)
                                      : integer(text);
  long most = isSm80 && kind.key == "num_cta_in_cga" ? 1 : kind.most;
  bool isGood = number && *number >= kind.least && *number <= most &&
                (kind.shape != HintShape::PowerOfTwo ||
                 llvm::isPowerOf2_64(static_cast<uint64_t>(*number)));
  if (isGood)
    return true;
  std::optional<std::string> fixed;
  if (number && next - first == 1)
    fixed = std::to_string(std::clamp<long>(
        kind.shape == HintShape::PowerOfTwo && *number > 0
            ? static_cast<long>(llvm::bit_floor(static_cast<uint64_t>(*number)))
            : *number,
        kind.least, most));
  else if (isFlag && next - first == 1)
    fixed = nearest(text, {StringRef("true"), StringRef("false")});
  return failAt(begin, Diag::HintValue,
                {kind.key.str(), text, domainOf(kind, isSm80)}, fixed);
}

void ferro::plugin::checkHint(const SpottedAttribute &hint,
                              const std::set<std::string> &constants,
                              Findings &findings) {
  HintReader(hint, InHint, &constants, findings).hint();
}

// ---------------------------------------------------------------- options

namespace {

class OptionReader : public HintReader {
public:
  OptionReader(const Entry &entry, Findings &findings)
      : HintReader(*entry.written, InOption, nullptr, findings), entry(entry) {}

  bool options() {
    std::set<std::string> seen;
    while (!atEnd()) {
      if (!option(seen))
        return false;
      if (!atEnd() && !expect(",", "an option"))
        return false;
    }
    return true;
  }

private:
  bool option(std::set<std::string> &seen);
  bool flag(StringRef name, SourceLocation at);
  bool list(StringRef name, bool (OptionReader::*item)());
  bool architectureHints();
  bool precondition();
  bool dimension();

  const Entry &entry;
  std::set<std::string> seenArchitectures;
};

} // namespace

bool OptionReader::option(std::set<std::string> &seen) {
  StringRef name = peek();
  SourceLocation at = loc();
  if (!llvm::is_contained(optionNames, name)) {
    std::optional<std::string> meant = nearest(name, optionNames);
    return failAt(at, Diag::UnknownOption, {name.str(), didYouMean(meant)},
                  meant);
  }
  if (!seen.insert(name.str()).second)
    return fail(Diag::RepeatedKey, {name.str()});
  ++next;
  if (name == "optimization_hints")
    return list(name, &OptionReader::architectureHints);
  if (name == "preconditions")
    return list(name, &OptionReader::precondition);
  if (name != "dump_mlir_dir")
    return flag(name, at);
  if (!expect("=", "'dump_mlir_dir'"))
    return false;
  if (!peek().starts_with("\""))
    return fail(
        Diag::AttributeSyntax,
        {attribute.fullName(), "the name of a folder in quotes", found()});
  ++next;
  return true;
}

bool OptionReader::flag(StringRef name, SourceLocation at) {
  bool value = true;
  if (accept("=")) {
    value = peek() == "true";
    if (!value && peek() != "false")
      return fail(Diag::AttributeSyntax,
                  {attribute.fullName(),
                   ("true or false for '" + name + "'").str(), found()});
    ++next;
  }
  if (value && name == "unchecked_accesses" &&
      !hasAttribute(entry.marked, AttrKind::Unsafe))
    return failAt(at, Diag::UncheckedEntry,
                  {"'" + entry.marked->getNameAsString() + "'"});
  return true;
}

// `name = (item, ...)` or `name(item, ...)`.
bool OptionReader::list(StringRef name, bool (OptionReader::*item)()) {
  accept("=");
  if (!expect("(", ("'" + name + "'").str()))
    return false;
  while (peek() != ")") {
    if (!(this->*item)())
      return false;
    if (peek() != ")" && !expect(",", "this"))
      return false;
  }
  ++next;
  return true;
}

// `sm_90 = (occupancy = 2, ...)`
bool OptionReader::architectureHints() {
  StringRef name = peek();
  if (!architecture())
    return false;
  if (!seenArchitectures.insert(name.str()).second) {
    --next;
    return fail(Diag::RepeatedKey, {name.str()});
  }
  accept("=");
  if (!expect("(", ("'" + name + "'").str()))
    return false;
  std::set<std::string> seen;
  while (peek() != ")") {
    if (!keyAndValue(seen))
      return false;
    if (peek() != ")" && !expect(",", "a value"))
      return false;
  }
  ++next;
  return true;
}

// `dim(tensor, axis)`
bool OptionReader::dimension() {
  if (peek() != "dim" || peek(1) != "(")
    return fail(Diag::PreconditionNotDim, {found()});
  next += 2;
  StringRef tensor = peek();
  if (!isName(tensor))
    return fail(Diag::PreconditionTensor, {found()});
  std::vector<StringRef> names;
  for (const ParmVarDecl *parameter : entry.marked->parameters())
    if (parameter->getIdentifier())
      names.push_back(parameter->getName());
  if (!llvm::is_contained(names, tensor)) {
    std::optional<std::string> meant = nearest(tensor, names);
    return failAt(loc(), Diag::PreconditionParameter,
                  {tensor.str(), "'" + entry.marked->getNameAsString() + "'",
                   didYouMean(meant)},
                  meant);
  }
  ++next;
  if (!expect(",", "the tensor"))
    return false;
  if (peek() == "-")
    return fail(Diag::PreconditionNegativeAxis, {("-" + peek(1)).str()});
  if (!integer(peek()))
    return fail(Diag::PreconditionAxis, {found()});
  ++next;
  return expect(")", "the axis");
}

// `dim(a, 1) == dim(b, 0)` or `dim(a, 0) % 8 == 0`
bool OptionReader::precondition() {
  if (!dimension())
    return false;
  bool isDivisibility = accept("%");
  if (isDivisibility) {
    std::optional<long> divisor = integer(peek());
    if (!divisor || *divisor < 1)
      return fail(Diag::PreconditionDivisor, {found()});
    ++next;
  }
  if (!accept("=="))
    return fail(Diag::PreconditionNotEquality, {found()});
  if (!isDivisibility)
    return dimension();
  if (integer(peek()) != 0)
    return fail(Diag::PreconditionRemainder, {found()});
  ++next;
  return true;
}

void ferro::plugin::checkEntryOptions(const Entry &entry, Findings &findings) {
  if (entry.written)
    OptionReader(entry, findings).options();
}
