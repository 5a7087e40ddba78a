// Expressions of numbers, conditions, and the bodies of closures.
#include "Writer.h"

namespace fuzz {

static const std::vector<std::string> comparisons = {" < ",  " <= ", " > ",
                                                     " >= ", " == ", " != "};

std::string Writer::condition(int depth) {
  static const std::vector<std::string> types = {"i32", "f32", "u32", "i64",
                                                 "f64"};
  for (const Variable &each : variables)
    if (each.isNumber && each.element->isTruth() && random.oneIn(3))
      return each.name;
  if (depth <= 0 || random.oneIn(3)) {
    ElementRef of = elementNamed(random.of(types));
    return "(" + number(of, depth - 1) + random.of(comparisons) +
           number(of, depth - 1) + ")";
  }
  switch (random.below(shapes.empty() ? 2 : 3)) {
  case 0:
    return "!" + condition(depth - 1);
  case 1:
    return "(" + condition(depth - 1) + (random.oneIn(2) ? " && " : " || ") +
           condition(depth - 1) + ")";
  default:
    return "static_cast<bool>(" +
           std::string(random.oneIn(2) ? "any_of(" : "all_of(") +
           tile(elementNamed("bool"), someShape(), depth - 1) + "))";
  }
}

std::string Writer::below(std::int64_t count, int depth) {
  if (count <= 1)
    return "0";
  if (random.oneIn(4))
    return std::to_string(random.below(static_cast<int>(count)));
  return "static_cast<i32>(" + number(elementNamed("u32"), depth) + " % " +
         std::to_string(count) + "u)";
}

std::string Writer::number(ElementRef element, int depth) {
  if (element->isTruth())
    return condition(depth);
  std::vector<const Variable *> same, others;
  for (const Variable &each : variables)
    if (each.isNumber)
      (each.element == element ? same : others).push_back(&each);
  std::string converted = std::string("convert<") + element->name + ">(";
  if (depth <= 0 || random.oneIn(4)) {
    if (!same.empty() && !random.oneIn(5))
      return random.of(same)->name;
    if (!others.empty() && !random.oneIn(3))
      return converted + random.of(others)->name + ")";
    if (!shapes.empty() && random.oneIn(3))
      return converted +
             (random.oneIn(2) ? "tile_block_id()" : "num_tile_blocks()") +
             (random.oneIn(2) ? ".x)" : ".y)");
    if (!shapes.empty() && !views.empty() && random.oneIn(3)) {
      const View &view = random.of(views);
      return converted + view.name + ".extent(" +
             std::to_string(
                 random.below(static_cast<int>(view.extents.size()))) +
             "))";
    }
    return typedLiteral(element);
  }
  for (const Function &each : functions)
    if (each.result == element && random.oneIn(4)) {
      std::string given;
      for (ElementRef parameter : each.parameters)
        given += ", " + number(parameter, depth - 1);
      return each.name + "(" + given.substr(2) + ")";
    }
  if (!shapes.empty())
    for (const Memory &each : readable)
      if (each.element == element && random.oneIn(3))
        return each.name + "[" + below(each.count, depth - 1) + "]";
  if (random.oneIn(6))
    return "(" + condition(depth - 1) + " ? " + number(element, depth - 1) +
           " : " + number(element, depth - 1) + ")";
  if (random.oneIn(6))
    return converted +
           number(random.oneIn(2) ? elementNamed("f32") : elementNamed("i64"),
                  depth - 1) +
           ")";
  if (!shapes.empty() && random.oneIn(4))
    return std::string("static_cast<") + element->name + ">(" +
           tile(element, {}, depth - 1) + ")";
  return element->isFloat() ? floatNumber(element, depth - 1)
                            : integerNumber(element, depth - 1);
}

std::string Writer::integerNumber(ElementRef element, int depth) {
  static const std::vector<std::string> named = {
      "add",         "sub",        "mul",         "max",     "min",
      "cutile::div", "remainder",  "floor_div",   "bit_and", "bit_or",
      "bit_xor",     "shift_left", "shift_right", "mul_hi"};
  static const std::vector<std::string> infix = {" + ", " - ", " * ",
                                                 " & ", " | ", " ^ "};
  std::string a = number(element, depth), b = number(element, depth);
  // C++'s own operators wrap for these only.
  if (element->kind == Kind::Unsigned && element->bits >= 32) {
    if (random.oneIn(4))
      return "(" + a + (random.oneIn(2) ? " >> " : " << ") +
             std::to_string(random.below(element->bits)) + ")";
    if (random.oneIn(4))
      return "(" + a + (random.oneIn(2) ? " / " : " % ") + "(" + b + " | 1u))";
    if (random.oneIn(2))
      return "(" + a + random.of(infix) + b + ")";
  }
  return random.of(named) + "(" + a + ", " + b + ")";
}

std::string Writer::floatNumber(ElementRef element, int depth) {
  static const std::vector<std::string> named = {
      "add", "sub", "mul", "cutile::div", "max", "min", "remainder"};
  static const std::vector<std::string> infix = {" + ", " - ", " * ", " / "};
  static const std::vector<std::string> unary = {
      "abs", "floor", "ceil", "trunc", "rint", "round", "sqrt"};
  std::string a = number(element, depth), b = number(element, depth);
  if (random.oneIn(5))
    return random.of(unary) + "(" + a + ")";
  if (random.oneIn(6))
    return "fma(" + a + ", " + b + ", " + number(element, depth) + ")";
  if (element->bits >= 32 && random.oneIn(2))
    return "(" + a + random.of(infix) + b + ")";
  if (element->bits >= 32 && random.oneIn(4)) // never one operation
    return "(" + a + " * " + b + " + " + number(element, depth) + ")";
  return random.of(named) + "(" + a + ", " + b + ")";
}

std::string Writer::closureBody(ElementRef element, int depth) {
  std::string name = element->name;
  switch (random.below(6)) {
  case 0: { // an early return
    std::string text =
        "if (" + condition(1) + ") return " + number(element, 1) + "; ";
    return text + "return " + number(element, depth) + ";";
  }
  case 1: { // a loop over a number of its own
    std::string text = name + " r = " + number(element, 1) + "; ";
    variables.push_back({"r", element, {}, true, false});
    text += "for (i32 j = 0; j < " + std::to_string(random.between(1, 4)) +
            "; ++j) { ";
    if (random.oneIn(3))
      text += "if (" + condition(1) + ") break; ";
    text += "r = " + number(element, 1) + "; } return r;";
    return text;
  }
  case 2: { // a switch
    std::string text =
        "switch (" + number(elementNamed("u32"), 1) + " % 4u) { ";
    for (int i = 0; i < 3; ++i)
      text +=
          "case " + std::to_string(i) + ": return " + number(element, 1) + "; ";
    return text + "default: return " + number(element, 1) + "; }";
  }
  default:
    return "return " + number(element, depth + 1) + ";";
  }
}

} // namespace fuzz
