// Expressions of tiles.
#include "Writer.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace fuzz {

static const Element table[] = {
    {"bool", Kind::Truth, 1},    {"i8", Kind::Signed, 8},
    {"i16", Kind::Signed, 16},   {"i32", Kind::Signed, 32},
    {"i64", Kind::Signed, 64},   {"u8", Kind::Unsigned, 8},
    {"u16", Kind::Unsigned, 16}, {"u32", Kind::Unsigned, 32},
    {"u64", Kind::Unsigned, 64}, {"f16", Kind::Float, 16},
    {"bf16", Kind::Float, 16},   {"f32", Kind::Float, 32},
    {"f64", Kind::Float, 64},
};

ElementRef elementNamed(const std::string &name) {
  for (const Element &each : table)
    if (name == each.name)
      return &each;
  return nullptr;
}

int sizeOf(const Shape &shape) {
  return std::accumulate(shape.begin(), shape.end(), 1, std::multiplies<>());
}

template <typename Numbers> static std::string listed(const Numbers &numbers) {
  std::string text;
  for (auto each : numbers)
    text += (text.empty() ? "" : ", ") + std::to_string(each);
  return text;
}
std::string dims(const Shape &shape) { return listed(shape); }

std::string tileType(ElementRef element, const Shape &shape) {
  std::string text = std::string("Tile<") + element->name;
  return text + (shape.empty() ? "" : ", ") + dims(shape) + ">";
}

static constexpr int mostElements = 512;

/// `name<4, 8>(x)` and the like.
static std::string call(const std::string &name, const std::string &x) {
  return name + "(" + x + ")";
}
static std::string call(const std::string &name, const std::string &x,
                        const std::string &y) {
  return name + "(" + x + ", " + y + ")";
}
static std::string to(ElementRef element) {
  return std::string("convert<") + element->name + ">";
}

ElementRef Writer::someElement() {
  return random.oneIn(4) ? &table[random.below(std::size(table))]
                         : random.of(elements);
}
Shape Writer::someShape() { return random.of(shapes); }

std::string Writer::literal(ElementRef element) {
  static const std::vector<std::string> ofFloats = {
      "0.5", "1.0", "2.0", "0.0", "3.0", "0.1", "7.0", "1.5", "1e-3"};
  if (element->isFloat())
    return random.of(ofFloats);
  if (element->isTruth())
    return random.oneIn(2) ? "true" : "false";
  return std::to_string(random.oneIn(4) ? random.between(9, 127)
                                        : random.below(9));
}
std::string Writer::typedLiteral(ElementRef element) {
  if (element->bits == 16 && element->isFloat())
    return call(to(element), literal(element) + "f");
  if (element->isInteger() && element->bits >= 32 && random.oneIn(12)) {
    static const std::vector<std::string> extremes = {
        "u64{1} << 31", "u64{1} << 63",  "~u64{0}",
        "~u64{0} >> 1", "~u64{0} >> 33", "u64{1} << 40"};
    return std::string("static_cast<") + element->name + ">(" +
           random.of(extremes) + ")";
  }
  std::string sign =
      element->kind == Kind::Signed && random.oneIn(3) ? "-" : "";
  std::string number = sign + literal(element);
  return std::string("static_cast<") + element->name + ">(" + number + ")";
}

std::string Writer::constant(ElementRef element, const Shape &shape) {
  if (shape.empty())
    return tileType(element, shape) + "(" + typedLiteral(element) + ")";
  return std::string("full<") + element->name + ", " + dims(shape) + ">(" +
         typedLiteral(element) + ")";
}

/// Whether From stretches to To, as NumPy's arrays do.
static bool stretches(const Shape &from, const Shape &to) {
  if (from.size() > to.size())
    return false;
  std::size_t missing = to.size() - from.size();
  for (std::size_t i = 0; i < from.size(); ++i)
    if (from[i] != 1 && from[i] != to[missing + i])
      return false;
  return true;
}

// A variable, brought to the element and the shape; one that nothing has used
// yet in half of the cases.
std::string Writer::leaf(ElementRef element, const Shape &shape) {
  std::vector<Variable *> same, fitting;
  for (Variable &each : variables) {
    if (each.isNumber)
      continue;
    if (each.shape == shape && each.element == element)
      same.push_back(&each);
    else if (each.shape == shape || stretches(each.shape, shape) ||
             (sizeOf(each.shape) == sizeOf(shape) && !each.shape.empty() &&
              !shape.empty()))
      fitting.push_back(&each);
  }
  auto pick = [&](const std::vector<Variable *> &from) -> Variable & {
    Variable *best = random.of(from);
    if (random.oneIn(2))
      for (Variable *each : from)
        best = each->uses < best->uses ? each : best;
    ++best->uses;
    return *best;
  };
  if (!same.empty() && !random.oneIn(3))
    return pick(same).name;
  if (!fitting.empty() && !random.oneIn(8)) {
    Variable &from = pick(fitting);
    std::string text = from.name;
    if (from.shape != shape)
      text = (stretches(from.shape, shape) ? "broadcast_to<" : "reshape<") +
             dims(shape) + ">(" + text + ")";
    return from.element == element ? text : call(to(element), text);
  }
  if (element->isInteger() && !shape.empty() && random.oneIn(2))
    return call(to(element), "iota<i32, " + dims(shape) + ">()");
  return constant(element, shape);
}

// Something that broadcasts to the shape.
Shape Writer::narrower(const Shape &shape) {
  Shape result = shape;
  for (int &extent : result)
    if (random.oneIn(3))
      extent = 1;
  while (!result.empty() && random.oneIn(4))
    result.erase(result.begin());
  return result;
}
std::string Writer::operand(ElementRef element, const Shape &shape, int depth) {
  return tile(element, random.oneIn(2) ? shape : narrower(shape), depth);
}

// An operand of another type that meets the element in the element.
std::string Writer::other(ElementRef element, const Shape &shape, int depth) {
  if (!random.oneIn(5) || shape.empty())
    return operand(element, shape, depth);
  static const std::vector<std::string> integers = {"i8",  "i16", "i32",
                                                    "i64", "u8",  "u32"};
  if (element->isFloat())
    return random.oneIn(2)
               ? operand(elementNamed(random.of(integers)), shape, depth)
               : number(elementNamed("i32"), depth);
  if (element->kind == Kind::Signed && element->bits >= 32)
    return number(elementNamed("i32"), depth);
  return operand(element, shape, depth);
}

/// The least value of an integer type, as a number of it.
static std::string least(ElementRef element) {
  std::string name = std::string("static_cast<") + element->name + ">(";
  return element->kind == Kind::Signed
             ? name + "u64{1} << " + std::to_string(element->bits - 1) + ")"
             : name + "0)";
}

std::string Writer::smallIntegers(ElementRef element, const Shape &shape,
                                  int most, int depth) {
  if (element->isInteger()) {
    std::string limit = std::to_string(most);
    return element->kind == Kind::Signed
               ? call("clamp", tile(element, shape, depth),
                      "-" + limit + ", " + limit)
               : call("min", tile(element, shape, depth), limit);
  }
  ElementRef whole = elementNamed(random.oneIn(2) ? "i32" : "i16");
  return call(to(element), "clamp(" + tile(whole, shape, depth) + ", -" +
                               std::to_string(most) + ", " +
                               std::to_string(most) + ")");
}

std::string Writer::indexTile(const Shape &shape, std::int64_t count,
                              int depth) {
  static const std::vector<std::string> types = {"i32", "i64", "u32"};
  std::string below = "(" + tile(elementNamed("u32"), shape, depth) + " % " +
                      std::to_string(count) + ")";
  std::string index = call("convert<" + random.of(types) + ">", below);
  if (random.oneIn(4))
    return "assume_bounds<0, " + std::to_string(count - 1) + ">(" + index + ")";
  return index;
}

std::string Writer::padding(ElementRef element) {
  static const std::vector<std::string> some = {"pad::zero", "pad::nan",
                                                "pad::inf", "pad::negative_inf",
                                                "pad::negative_zero"};
  return element->isFloat() ? random.of(some) : "pad::zero";
}

std::string Writer::tile(ElementRef element, const Shape &shape, int depth) {
  if (depth <= 0)
    return leaf(element, shape);
  switch (random.below(13)) {
  case 0:
    return leaf(element, shape);
  case 1:
    return converted(element, shape, depth - 1);
  case 2:
    return shaped(element, shape, depth - 1);
  case 3:
    return random.oneIn(2) ? joined(element, shape, depth - 1)
                           : reduced(element, shape, depth - 1);
  case 4:
    return random.oneIn(2) ? scanned(element, shape, depth - 1)
                           : product(element, shape, depth - 1);
  case 5:
  case 6:
  case 12:
    return loaded(element, shape, depth - 1);
  case 7:
    return mapped(element, shape, depth - 1);
  case 8:
    return "select(" + operand(elementNamed("bool"), shape, depth - 1) + ", " +
           tile(element, shape, depth - 1) + ", " +
           operand(element, shape, depth - 1) + ")";
  default:
    return element->isTruth()   ? truths(shape, depth - 1)
           : element->isFloat() ? floats(element, shape, depth - 1)
                                : integers(element, shape, depth - 1);
  }
}

std::string Writer::converted(ElementRef element, const Shape &shape,
                              int depth) {
  static const std::vector<std::string> storage = {"f8e4m3", "f8e5m2", "tf32",
                                                   "f4e2m1"};
  if (element->isFloat() && random.oneIn(5))
    return call(to(element), call("convert<" + random.of(storage) + ">",
                                  tile(element, shape, depth)));
  if (random.oneIn(4))
    return sameBits(element, shape, depth);
  if (!element->isTruth() && random.oneIn(8))
    return call(
        to(element),
        "convert<i4>(" +
            tile(elementNamed(random.oneIn(2) ? "i8" : "f32"), shape, depth) +
            ")");
  return call(to(element), tile(someElement(), shape, depth));
}

// The bits of a NaN are nobody's promise: none are taken.
std::string Writer::sameBits(ElementRef element, const Shape &shape,
                             int depth) {
  std::vector<ElementRef> others;
  for (const Element &each : table)
    if (each.bits == element->bits && !each.isTruth() && &each != element)
      others.push_back(&each);
  if (others.empty())
    return tile(element, shape, depth);
  ElementRef from = random.of(others);
  std::string x = tile(from, shape, depth);
  if (from->isFloat())
    x = "max(" + x + ", 0.25)";
  Shape bytes = shape;
  if (!shape.empty() && element->bits > 8 && random.oneIn(3)) {
    bytes.back() *= element->bits / 8;
    if (sizeOf(bytes) <= mostElements)
      return std::string("unpack<") + element->name + ">(" +
             tile(elementNamed("u8"), bytes, depth) + ")";
  }
  return std::string("bit_cast<") + element->name + ">(" + x + ")";
}

std::string Writer::floats(ElementRef element, const Shape &shape, int depth) {
  static const std::vector<std::string> infix = {" + ", " - ", " * ", " / ",
                                                 " % "};
  static const std::vector<std::string> unary = {
      "abs", "floor", "ceil", "trunc", "rint", "round", "sqrt", "-"};
  static const std::vector<std::string> modes = {
      "rounding::toward_positive", "rounding::toward_negative",
      "rounding::toward_zero", "rounding::nearest_even"};
  static const std::vector<std::string> directed = {"add", "sub", "mul", "div"};
  std::string x = tile(element, shape, depth), mode = random.of(modes);
  switch (random.below(12)) {
  case 10:
    return random.oneIn(2)
               ? call("sqrt", x, mode)
               : call(to(element),
                      tile(elementNamed(element->bits == 64 ? "i64" : "f64"),
                           shape, depth),
                      mode);
  case 11:
    if (element->bits == 32)
      return "uniform(" + number(elementNamed("u64"), 0) + ", " +
             tile(elementNamed("i32"), shape, depth) + ")";
    return "fma(" + x + ", " + tile(element, shape, depth) + ", " +
           tile(element, shape, depth) + ", " + mode + ")";
  case 0:
    return call(random.of(unary), x);
  case 1:
    return "fma(" + x + ", " + operand(element, shape, depth) + ", " +
           operand(element, shape, depth) + ")";
  case 2:
    return random.of(directed) + "(" + x + ", " +
           operand(element, shape, depth) + ", " + mode + ")";
  case 3:
    return call(random.oneIn(2) ? "max" : "min", x,
                operand(element, shape, depth) +
                    (random.oneIn(2) ? ", propagate_nan" : ""));
  case 4:
    return "(" + x + random.of(infix) + literal(element) + ")";
  case 5:
    return call("copysign", x, "min(" + tile(element, shape, depth) + ", 0.5)");
  case 6:
    return "(" + operand(element, shape, depth) + random.of(infix) + x + ")";
  case 7:
    if (element->bits == 32)
      return random.of(directed) + "(" + x + ", " +
             operand(element, shape, depth) + ", rounding::nearest_even, ftz)";
    [[fallthrough]];
  default:
    return "(" + x + random.of(infix) + other(element, shape, depth) + ")";
  }
}

std::string Writer::integers(ElementRef element, const Shape &shape,
                             int depth) {
  static const std::vector<std::string> infix = {
      " + ", " - ", " * ", " / ", " % ", " & ", " | ", " ^ ", " << ", " >> "};
  static const std::vector<std::string> named = {"max", "min", "mul_hi",
                                                 "floor_div", "ceil_div"};
  std::string x = tile(element, shape, depth);
  switch (random.below(9)) {
  case 0:
    return (random.oneIn(2) ? "-(" : "~(") + x + ")";
  case 1:
    return call("abs", x);
  case 2:
  case 3:
    return call(random.of(named), x, operand(element, shape, depth));
  case 4:
    return "(" + x + random.of(infix) + literal(element) + ")";
  case 5:
    return "(" + operand(element, shape, depth) + random.of(infix) + x + ")";
  case 6:
    if (std::string(element->name) == "u32")
      return "random_bits(" + number(elementNamed("u64"), 0) + ", " +
             tile(elementNamed("i32"), shape, depth) + ")";
    [[fallthrough]];
  default:
    return "(" + x + random.of(infix) + other(element, shape, depth) + ")";
  }
}

std::string Writer::truths(const Shape &shape, int depth) {
  static const std::vector<std::string> compare = {" < ",  " <= ", " > ",
                                                   " >= ", " == ", " != "};
  static const std::vector<std::string> logic = {" && ", " || ", " & ", " | ",
                                                 " ^ "};
  static const std::vector<std::string> tests = {"isnan", "isinf", "isfinite"};
  ElementRef truth = elementNamed("bool");
  switch (random.below(5)) {
  case 0:
    return "!(" + tile(truth, shape, depth) + ")";
  case 1:
    return "(" + tile(truth, shape, depth) + random.of(logic) +
           operand(truth, shape, depth) + ")";
  case 2:
    return call(
        random.of(tests),
        tile(elementNamed(random.oneIn(2) ? "f32" : "f64"), shape, depth));
  default: {
    ElementRef of = someElement();
    return "(" + tile(of, shape, depth) + random.of(compare) +
           operand(of, shape, depth) + ")";
  }
  }
}

// reshape, permute, broadcast_to, squeeze and unsqueeze.
std::string Writer::shaped(ElementRef element, const Shape &shape, int depth) {
  if (shape.empty())
    return reducedAll(element, depth);
  switch (random.below(4)) {
  case 0: {
    Shape from = narrower(shape);
    return "broadcast_to<" + dims(shape) + ">(" + tile(element, from, depth) +
           ")";
  }
  case 1:
    if (shape.size() > 1) {
      std::vector<int> axes(shape.size());
      std::iota(axes.begin(), axes.end(), 0);
      for (std::size_t i = axes.size() - 1; i > 0; --i)
        std::swap(axes[i], axes[static_cast<std::size_t>(
                               random.below(static_cast<int>(i) + 1))]);
      Shape from(shape.size());
      for (std::size_t i = 0; i < axes.size(); ++i)
        from[static_cast<std::size_t>(axes[i])] = shape[i];
      return "permute<" + dims(axes) + ">(" + tile(element, from, depth) + ")";
    }
    [[fallthrough]];
  case 2: {
    std::vector<Shape> others;
    for (const Shape &each : shapes)
      if (sizeOf(each) == sizeOf(shape) && each != shape && !each.empty())
        others.push_back(each);
    if (!others.empty())
      return "reshape<" + dims(shape) + ">(" +
             tile(element, random.of(others), depth) + ")";
    [[fallthrough]];
  }
  default: {
    Shape flat = {sizeOf(shape)};
    if (random.oneIn(2) && shape[0] > 1)
      flat = {2, sizeOf(shape) / 2};
    return "reshape<" + dims(shape) + ">(" + tile(element, flat, depth) + ")";
  }
  }
}

// cat, extract, insert.
std::string Writer::joined(ElementRef element, const Shape &shape, int depth) {
  if (shape.empty())
    return reducedAll(element, depth);
  auto axis =
      static_cast<std::size_t>(random.below(static_cast<int>(shape.size())));
  auto places = [&](const Shape &whole, const Shape &part) {
    std::string text;
    for (std::size_t i = 0; i < whole.size(); ++i)
      text += ", " + below(whole[i] / part[i], 0);
    return text;
  };
  Shape half = shape, twice = shape;
  half[axis] /= 2;
  twice[axis] *= 2;
  switch (random.below(3)) {
  case 0:
    if (half[axis] > 0)
      return "cat<" + std::to_string(axis) + ">(" + tile(element, half, depth) +
             ", " + tile(element, half, depth) + ")";
    [[fallthrough]];
  case 1:
    if (sizeOf(twice) <= mostElements)
      return "extract<" + dims(shape) + ">(" + tile(element, twice, depth) +
             places(twice, shape) + ")";
    [[fallthrough]];
  default: {
    Shape part = shape;
    for (int &extent : part)
      extent = random.oneIn(2) && extent > 1 ? extent / 2 : extent;
    return "insert(" + tile(element, shape, depth) + ", " +
           tile(element, part, depth) + places(shape, part) + ")";
  }
  }
}

// What combines exactly in any order: min, max, and sums of what is small.
std::string Writer::reduced(ElementRef element, const Shape &shape, int depth) {
  if (shape.empty())
    return reducedAll(element, depth);
  auto axis =
      static_cast<std::size_t>(random.below(static_cast<int>(shape.size())));
  Shape from = shape;
  bool isKept = shape[axis] == 1;
  if (isKept)
    from[axis] = 1 << random.between(0, 4);
  else
    from.insert(from.begin() + static_cast<std::ptrdiff_t>(axis),
                1 << random.between(0, 4));
  if (sizeOf(from) > mostElements || from.size() > 6)
    return leaf(element, shape);
  std::string along = "<" + std::to_string(axis) + ">(";
  auto drop = [&](const std::string &x) {
    return isKept ? x : "squeeze" + along + x + ")";
  };
  if (element->isTruth()) {
    static const std::vector<std::string> names = {"all_of", "any_of",
                                                   "none_of"};
    return drop(random.of(names) + along + tile(element, from, depth) + ")");
  }
  if (std::string(element->name) == "i32" && random.oneIn(3))
    return drop(
        (random.oneIn(2) ? "argmax" : "argmin") + along +
        tile(elementNamed(random.oneIn(2) ? "f32" : "i16"), from, depth) + ")");
  switch (random.below(4)) {
  case 0:
    return drop((random.oneIn(2) ? "reduce_max" : "reduce_min") + along +
                tile(element, from, depth) + ")");
  case 1:
    if (element->isInteger()) {
      static const std::vector<std::string> names = {
          "prod", "reduce_bitand", "reduce_bitor", "reduce_bitxor"};
      return drop(random.of(names) + along + tile(element, from, depth) + ")");
    }
    [[fallthrough]];
  case 2:
    if (element->isInteger()) {
      static const std::vector<std::string> closures = {
          "return add(a, b);", "return mul(a, b);", "return a < b ? b : a;",
          "return bit_xor(a, b);", "return max(a, b);"};
      static const std::vector<std::string> identities = {"0", "1", "", "0",
                                                          ""};
      int which = random.below(static_cast<int>(closures.size()));
      auto at = static_cast<std::size_t>(which);
      std::string identity = identities[at];
      if (identity.empty())
        identity = least(element);
      std::string text = std::string("reduce") + along +
                         tile(element, from, depth) + ", " + identity +
                         ", [](" + element->name + " a, " + element->name +
                         " b) { " + closures[at] + " })";
      return isKept ? "unsqueeze" + along + text + ")" : text;
    }
    [[fallthrough]];
  default:
    return drop("sum" + along +
                (element->isFloat() ? smallIntegers(element, from, 8, depth)
                                    : tile(element, from, depth)) +
                ")");
  }
}

// A tile without axes.
std::string Writer::reducedAll(ElementRef element, int depth) {
  Shape from = someShape();
  if (element->isTruth())
    return call(random.oneIn(2) ? "any_of" : "all_of",
                tile(element, from, depth));
  switch (random.below(4)) {
  case 0:
    return call("sum", element->isFloat()
                           ? smallIntegers(element, from, 4, depth)
                           : tile(element, from, depth));
  case 1:
    return tileType(element, {}) + "(" + number(element, depth) + ")";
  default:
    return call(random.oneIn(2) ? "reduce_max" : "reduce_min",
                tile(element, from, depth));
  }
}

std::string Writer::scanned(ElementRef element, const Shape &shape, int depth) {
  if (shape.empty() || element->isTruth())
    return leaf(element, shape);
  int axis = random.below(static_cast<int>(shape.size()));
  std::string along = "<" + std::to_string(axis) + ">(";
  std::string name = element->name;
  std::string direction =
      random.oneIn(2) ? "direction::reverse" : "direction::forward";
  if (random.oneIn(2))
    return "partial_sum" + along + smallIntegers(element, shape, 4, depth) +
           ", " + direction + ")";
  std::string inclusion = random.oneIn(2) ? "inclusive" : "exclusive";
  // The identity leaves every operand as it is: -0 and NaN are kept out.
  std::string x = tile(element, shape, depth), combine, identity;
  if (element->isFloat()) {
    x = "abs(max(" + x + ", 0.0))";
    identity = call(to(element), "0.0f");
    combine = random.oneIn(2) ? "return max(a, b);"
                              : "return convert<f64>(b) != 0 ? b : a;";
  } else {
    switch (random.below(4)) {
    case 0: // the last that is not zero: associative, not commutative
      combine = "return b != 0 ? b : a;";
      identity = "0";
      break;
    case 1:
      combine = "return max(a, b);";
      identity = least(element);
      break;
    case 2:
      combine = "return mul(a, b);";
      identity = "1";
      break;
    default:
      combine = "return bit_xor(a, b);";
      identity = "0";
    }
  }
  return inclusion + "_scan" + along + x + ", " + identity + ", [](" + name +
         " a, " + name + " b) { " + combine + " }, " + direction + ")";
}

// Products of small integers are exact in any order.
std::string Writer::product(ElementRef element, const Shape &shape, int depth) {
  std::string name = element->name;
  bool isPossible = shape.size() == 2 || shape.size() == 3;
  if (name == "i32" && isPossible) {
    Shape a = shape, b = shape;
    a[a.size() - 1] = b[b.size() - 2] = 1 << random.between(0, 4);
    if (sizeOf(a) > mostElements || sizeOf(b) > mostElements)
      return leaf(element, shape);
    return "mma(" +
           tile(elementNamed(random.oneIn(2) ? "i8" : "u8"), a, depth) + ", " +
           tile(elementNamed(random.oneIn(2) ? "i8" : "u8"), b, depth) + ", " +
           tile(element, shape, depth) + ")";
  }
  if ((name != "f32" && name != "f64" && name != "f16") || !isPossible)
    return random.oneIn(2) ? shaped(element, shape, depth)
                           : reduced(element, shape, depth);
  static const std::vector<std::string> ofF32 = {"f16", "bf16", "f32"};
  ElementRef factor = name == "f32" ? elementNamed(random.of(ofF32)) : element;
  Shape a = shape, b = shape;
  a[a.size() - 1] = b[b.size() - 2] = 1 << random.between(0, 4);
  if (sizeOf(a) > mostElements || sizeOf(b) > mostElements)
    return leaf(element, shape);
  return "mma(" + smallIntegers(factor, a, 3, depth) + ", " +
         smallIntegers(factor, b, 3, depth) + ", " +
         smallIntegers(element, shape, 8, depth) + ")";
}

std::string Writer::tileOf(const Division &division, int depth) {
  std::string text;
  for (const TileIndex &each : indices)
    if (each.division == division.name && each.axis < 0 && !random.oneIn(4))
      return each.name;
  for (std::size_t axis = 0; axis < division.counts.size(); ++axis) {
    std::string index;
    for (const TileIndex &each : indices)
      if (each.division == division.name &&
          each.axis == static_cast<int>(axis) && !random.oneIn(4))
        index = each.name;
    text +=
        ", " + (index.empty() ? below(division.counts[axis], depth) : index);
  }
  return text.substr(2);
}

std::string Writer::loaded(ElementRef element, const Shape &shape, int depth) {
  std::vector<const Division *> fitting;
  for (const Division &each : divisions)
    if (each.element == element && each.tile == shape)
      fitting.push_back(&each);
  if (!fitting.empty() && !random.oneIn(4)) {
    const Division &from = *random.of(fitting);
    return from.name + ".load(" + tileOf(from, depth) + ")";
  }
  if (!likeOutput.empty() && shape == outputTile && random.oneIn(2)) {
    const View &like = random.of(likeOutput);
    std::string text = "load_tile_like(" + like.name + ", y0" +
                       (random.oneIn(2) ? ", " + padding(like.element) : "") +
                       ")";
    return like.element == element ? text : call(to(element), text);
  }
  std::vector<const View *> same;
  for (const View &each : views)
    if (each.element == element)
      same.push_back(&each);
  const View &view = same.empty() ? random.of(views) : *random.of(same);
  if (shape.size() != view.extents.size() || random.oneIn(5)) {
    // By index: any shape.
    if (shape.empty())
      return leaf(element, shape);
    for (const Memory &each : readable)
      if (each.element == element && random.oneIn(2)) {
        std::string at =
            each.name + " + " + indexTile(shape, each.count, depth);
        if (random.oneIn(2))
          return "gather(" + at + ")";
        return "gather(" + at + ", " +
               tile(elementNamed("bool"), shape, depth) + ", " +
               typedLiteral(element) + ")";
      }
    std::string text = "gather(" + view.name;
    for (std::size_t axis = 0; axis < view.extents.size(); ++axis)
      text += ", " + indexTile(axis == 0 ? shape : narrower(shape),
                               view.extents[axis], depth);
    text += ")";
    return view.element == element ? text : call(to(element), text);
  }
  std::string text = loadedBy(view, shape, depth);
  return view.element == element ? text : call(to(element), text);
}

// A tile of a view with as many axes.
std::string Writer::loadedBy(const View &view, const Shape &shape, int depth) {
  auto rank = static_cast<int>(shape.size());
  auto extent = [&](int axis) {
    return view.extents[static_cast<std::size_t>(axis)];
  };
  std::string pad = random.oneIn(2) ? padding(view.element) + ", " : "";
  std::string places;
  switch (random.below(4)) {
  case 0:
    for (int axis = 0; axis < rank; ++axis)
      places += ", " + number(elementNamed(random.oneIn(2) ? "i32" : "i64"),
                              random.oneIn(4) ? depth : 0);
    return view.name + ".window<" + dims(shape) + ">(" + pad +
           places.substr(2) + ")";
  case 1: {
    int along = random.below(rank);
    for (int axis = 0; axis < rank; ++axis)
      places += ", " + (axis == along ? "0"
                                      : "static_cast<i32>(" +
                                            below(extent(axis), depth) + ")");
    Shape line = {shape[static_cast<std::size_t>(along)]};
    return view.name + ".gather_along<" + std::to_string(along) + ", " +
           dims(shape) + ">(" + indexTile(line, extent(along), depth) + ", " +
           pad + places.substr(2) + ")";
  }
  case 2: {
    Shape steps;
    for (int axis = 0; axis < rank; ++axis) {
      steps.push_back(random.between(1, 9));
      places +=
          ", " + below((extent(axis) + steps.back() - 1) / steps.back(), depth);
    }
    return view.name + ".strided<" + dims(shape) + ">(steps<" + dims(steps) +
           ">" + (pad.empty() ? "" : ", " + padding(view.element)) + ").load(" +
           places.substr(2) + ")";
  }
  default:
    for (int axis = 0; axis < rank; ++axis) {
      int tileExtent = shape[static_cast<std::size_t>(axis)];
      places +=
          ", " + below((extent(axis) + tileExtent - 1) / tileExtent, depth);
    }
    return view.name + ".load_tile<" + dims(shape) + ">(" + pad +
           places.substr(2) + ")";
  }
}

std::string Writer::mapped(ElementRef element, const Shape &shape, int depth) {
  if (shape.empty())
    return reducedAll(element, depth);
  int count = random.between(1, 3);
  std::string parameters, operands;
  std::vector<Variable> outside = variables;
  std::vector<Variable> inputs;
  for (int i = 0; i < count; ++i) {
    ElementRef each = random.oneIn(2) ? element : someElement();
    std::string name = "e" + std::to_string(i);
    operands += ", " + (i == 0 ? tile(each, shape, depth)
                               : operand(each, shape, depth));
    inputs.push_back({name, each, {}, true, false});
    parameters += std::string(i ? ", " : "") + each->name + " " + name;
  }
  // In a closure there are numbers only.
  std::vector<Variable> inside;
  for (const Variable &each : variables)
    if (each.isNumber)
      inside.push_back(each);
  inside.insert(inside.end(), inputs.begin(), inputs.end());
  variables.swap(inside);
  std::vector<Shape> noShapes;
  shapes.swap(noShapes);
  std::string body = closureBody(element, depth);
  shapes.swap(noShapes);
  variables = outside;
  return "map([=](" + parameters + ") -> " + element->name + " { " + body +
         " }" + operands + ")";
}

// Of one function whose value is away from zero, or a sum of positive numbers.
std::string Writer::rough(ElementRef element, const Shape &shape,
                          double &ulps) {
  static const std::vector<std::string> functions = {
      "exp",   "exp2",  "sin",  "cos",  "tanh", "erf",  "atan",
      "sinh",  "cosh",  "cbrt", "tan",  "asin", "acos", "expm1",
      "rsqrt", "log1p", "log",  "log2", "log10"};
  ulps = 5;
  std::string x = tile(element, shape, 2);
  if (std::string(element->name) == "f32" && random.oneIn(6)) {
    ulps = 64;
    return "normal(" + number(elementNamed("u64"), 0) + ", " +
           tile(elementNamed("i64"), shape, 1) + ")";
  }
  switch (random.below(5)) {
  case 0: {
    ulps = 64;
    Shape from = shape;
    from.back() = 16;
    if (sizeOf(from) > mostElements)
      return call("exp", x);
    // NaN becomes the lower end.
    std::string positive = "clamp(" + tile(element, from, 2) + ", 0.5, 4.0)";
    return "broadcast_to<" + dims(shape) + ">(sum<" +
           std::to_string(shape.size() - 1) + ">(" + positive + "))";
  }
  case 1:
    return call(random.oneIn(2) ? "pow" : "atan2", x,
                operand(element, shape, 1));
  default:
    return call(random.of(functions), x);
  }
}

} // namespace fuzz
