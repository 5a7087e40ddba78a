// The generator's insides: what is in scope, and the expressions made of it.
#pragma once

#include "Kernel.h"
#include "Random.h"

#include <string>
#include <vector>

namespace fuzz {

using Shape = std::vector<int>;

enum class Kind { Truth, Signed, Unsigned, Float };

/// An element type that arithmetic takes.
struct Element {
  const char *name;
  Kind kind;
  int bits;
  bool isFloat() const { return kind == Kind::Float; }
  bool isInteger() const {
    return kind == Kind::Signed || kind == Kind::Unsigned;
  }
  bool isTruth() const { return kind == Kind::Truth; }
};
/// Elements are told apart by their place in the table.
using ElementRef = const Element *;
ElementRef elementNamed(const std::string &name);

/// A tile or a number that expressions may name.
struct Variable {
  std::string name;
  ElementRef element;
  Shape shape;
  bool isNumber = false;
  bool isMutable = false;
  int uses = 0;
};

/// A view of a parameter, whose extents the generator knows.
struct View {
  std::string name;
  ElementRef element;
  std::vector<std::int64_t> extents;
};

/// A function of numbers in the module.
struct Function {
  std::string name;
  ElementRef result;
  std::vector<ElementRef> parameters;
};

/// `auto p = x.partition<...>(...)` in scope, of an output if it can store.
struct Division {
  std::string name;
  ElementRef element;
  Shape tile;
  std::vector<std::int64_t> counts;
  bool isOutput = false;
};

/// A loop variable that runs over the tiles of a division's axis, or over all
/// of them, with axis -1.
struct TileIndex {
  std::string name, division;
  int axis;
};

/// Memory by address, with \p count elements.
struct Memory {
  std::string name;
  ElementRef element;
  std::int64_t count;
};

int sizeOf(const Shape &shape);
std::string dims(const Shape &shape);                         // `4, 8`
std::string tileType(ElementRef element, const Shape &shape); // `Tile<f32, 4>`

/// Writes expressions of a kernel from what is in scope.
class Writer {
public:
  explicit Writer(std::uint64_t seed) : random(seed) {}

  /// An expression of type Tile<element, shape...>.
  std::string tile(ElementRef element, const Shape &shape, int depth);
  /// An expression of a number.
  std::string number(ElementRef element, int depth);
  /// An expression of type bool.
  std::string condition(int depth);
  /// A tile of floats whose last bits depend on how it is computed, by at most
  /// `ulps`.
  std::string rough(ElementRef element, const Shape &shape, double &ulps);

  std::string constant(ElementRef element, const Shape &shape);
  std::string literal(ElementRef element);
  std::string typedLiteral(ElementRef element);
  /// A number below \p count, which is at least 1, from any number.
  std::string below(std::int64_t count, int depth);
  Shape someShape();
  ElementRef someElement();
  /// An index tile with elements below \p count.
  std::string indexTile(const Shape &shape, std::int64_t count, int depth);
  /// Floats that are integers of at most \p most in size, or integers so small.
  std::string smallIntegers(ElementRef element, const Shape &shape, int most,
                            int depth);
  std::string padding(ElementRef element);
  /// Statements of a function of numbers that end in its result.
  std::string closureBody(ElementRef element, int depth);
  /// An index of a tile of \p division: `i, j`.
  std::string tileOf(const Division &division, int depth);
  /// A tile of a view or of memory.
  std::string loaded(ElementRef element, const Shape &shape, int depth);

  Random random;
  std::vector<Variable> variables;
  std::vector<View> views;
  std::vector<View> likeOutput; // inputs with as many tiles as output 0
  Shape outputTile;
  std::vector<Division> divisions;
  std::vector<TileIndex> indices;
  std::vector<Memory> readable;
  std::vector<Function> functions;
  std::vector<Shape> shapes;
  std::vector<ElementRef> elements;
  int gridRank = 1;

private:
  std::string leaf(ElementRef element, const Shape &shape);
  std::string floats(ElementRef element, const Shape &shape, int depth);
  std::string integers(ElementRef element, const Shape &shape, int depth);
  std::string truths(const Shape &shape, int depth);
  std::string shaped(ElementRef element, const Shape &shape, int depth);
  std::string joined(ElementRef element, const Shape &shape, int depth);
  std::string reduced(ElementRef element, const Shape &shape, int depth);
  std::string reducedAll(ElementRef element, int depth);
  std::string scanned(ElementRef element, const Shape &shape, int depth);
  std::string product(ElementRef element, const Shape &shape, int depth);
  std::string loadedBy(const View &view, const Shape &shape, int depth);
  std::string mapped(ElementRef element, const Shape &shape, int depth);
  std::string converted(ElementRef element, const Shape &shape, int depth);
  std::string sameBits(ElementRef element, const Shape &shape, int depth);
  std::string operand(ElementRef element, const Shape &shape, int depth);
  std::string other(ElementRef element, const Shape &shape, int depth);
  Shape narrower(const Shape &shape);
  std::string integerNumber(ElementRef element, int depth);
  std::string floatNumber(ElementRef element, int depth);
};

} // namespace fuzz
