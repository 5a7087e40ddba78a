#include "Generator.h"

#include "Writer.h"

namespace fuzz {

namespace {

/// Where an output's tiles come from and how it is written.
enum class Way { Whole, Parts, Mapped };

struct Output {
  std::string name;
  ElementRef element;
  Shape tile;
  Way way = Way::Whole;
  bool isRough = false;
};

/// Memory that blocks share: each only for one kind of atomic.
struct Shared {
  Memory memory;
  std::string mode; // `add`
};

class Generation {
public:
  explicit Generation(std::uint64_t seed)
      : writer(seed), random(writer.random) {
    kernel.seed = seed;
  }
  Kernel run(const std::string &name);

private:
  void chooseTypes();
  void addOutputs();
  void addInputs();
  void addNumbers();
  void addMemory();
  void likeOutput();
  std::vector<Statement> block(int count, int depth);
  void statement(std::vector<Statement> &into, int depth);
  void load();
  void defineTile(std::vector<Statement> &into);
  void defineNumber(std::vector<Statement> &into);
  void assign(std::vector<Statement> &into);
  void branch(std::vector<Statement> &into, int depth);
  void choose(std::vector<Statement> &into, int depth);
  void countedLoop(std::vector<Statement> &into, int depth);
  void whileLoop(std::vector<Statement> &into, int depth);
  void tileLoop(std::vector<Statement> &into, int depth);
  void leave(std::vector<Statement> &into);
  void divide(std::vector<Statement> &into);
  void atomic(std::vector<Statement> &into);
  void scatter(std::vector<Statement> &into);
  void addFunctions();
  void addSharedView();
  void viewMemory();
  void divideOutput();
  void early(std::vector<Statement> &into);
  void test(std::vector<Statement> &into);
  void storeOutputs();
  void storeParts(const Output &output);
  std::string stored(const Output &output, const Shape &shape);
  std::string fresh(const char *prefix) {
    return prefix + std::to_string(names++);
  }
  std::string anew() { return std::to_string(random.below(1000000)); }
  std::string fill() {
    static const std::vector<std::string> fills = {
        "fuzz::Fill::Patterns", "fuzz::Fill::Small", "fuzz::Fill::Finite"};
    return random.of(fills);
  }
  Shape someTile(int rank, int most);
  std::int64_t someExtent() {
    static const std::vector<int> extents = {1,  2,  3,  4,  5,  7,  8, 9,
                                             15, 16, 17, 31, 32, 33, 40};
    return random.of(extents);
  }

  Writer writer;
  Random &random;
  Kernel kernel;
  std::vector<Output> outputs;
  std::vector<std::int64_t> tiles; // of each output
  std::vector<double> ulps;
  std::vector<Shared> shared;
  std::string sharedView; // the atomic on a view that all blocks share
  ElementRef sharedElement = nullptr;
  Division sharedTiles;

  std::vector<Memory> own; // memory of which each block has a part
  int names = 0, loops = 0;
};

} // namespace

static std::string braces(const std::vector<std::int64_t> &numbers) {
  std::string text;
  for (auto each : numbers)
    text += (text.empty() ? "" : ", ") + std::to_string(each);
  return "{" + text + "}";
}
/// An element type outside of modules.
static std::string spelled(const std::string &type) {
  return type == "bool" ? type : "cutile::" + type;
}
static std::string braces(const Shape &numbers) {
  return "{" + dims(numbers) + "}";
}
static std::string dyns(std::size_t rank) {
  std::string text = "dyn";
  for (std::size_t i = 1; i < rank; ++i)
    text += ", dyn";
  return text;
}

Shape Generation::someTile(int rank, int most) {
  Shape shape;
  for (int axis = 0; axis < rank; ++axis) {
    int extent = 1 << random.between(0, 5);
    while (extent > most)
      extent /= 2;
    most /= extent;
    shape.push_back(extent);
  }
  return shape;
}

void Generation::chooseTypes() {
  static const std::vector<std::string> names = {
      "bool", "i8",   "i16", "i32", "i64", "u8",  "u16", "u32", "u64",
      "f16",  "bf16", "f32", "f64", "f32", "i32", "f32", "i64"};
  for (int i = 0; i < 4; ++i)
    writer.elements.push_back(elementNamed(random.of(names)));
  int rank = random.between(1, 3);
  Shape main = someTile(rank, 256);
  writer.shapes = {main, main, main};
  Shape flat = {sizeOf(main)}, turned(main.rbegin(), main.rend());
  writer.shapes.push_back(flat);
  writer.shapes.push_back(turned);
  Shape row = main;
  row[static_cast<std::size_t>(random.below(rank))] = 1;
  writer.shapes.push_back(row);
  writer.shapes.push_back(someTile(random.between(1, 3), 128));
  writer.gridRank = rank;
}

void Generation::addOutputs() {
  auto rank = static_cast<std::size_t>(writer.gridRank);
  for (std::size_t axis = 0; axis < rank; ++axis)
    tiles.push_back(random.between(1, axis == 0 ? 3 : 2));
  int count = random.between(1, 3);
  bool isMapped = random.oneIn(8);
  for (int i = 0; i < (isMapped ? 1 : count); ++i) {
    Output output;
    output.name = "y" + std::to_string(i);
    output.element = writer.someElement();
    output.tile = random.oneIn(2) ? writer.shapes[0]
                                  : someTile(static_cast<int>(rank), 256);
    output.way = isMapped          ? Way::Mapped
                 : random.oneIn(4) ? Way::Parts
                                   : Way::Whole;
    output.isRough = output.element->isFloat() && i > 0 && random.oneIn(2);
    std::vector<std::int64_t> extents;
    for (std::size_t axis = 0; axis < rank; ++axis)
      extents.push_back((tiles[axis] - 1) * output.tile[axis] +
                        random.between(1, output.tile[axis]));
    std::string type = output.element->name;
    outputs.push_back(output);
    ulps.push_back(0);
    if (isMapped) {
      std::string map = "1";
      Shape numbers(rank, 1);
      std::int64_t all = 1;
      for (auto each : tiles)
        all *= each;
      kernel.arguments.push_back(
          {output.name,
           "MappedPartitionMut<" + type + ", TileShape<" + dims(output.tile) +
               ">, TileMap<" + dims(numbers) + ">> " + output.name,
           "fuzz::mapped<" + spelled(type) + ">(" + braces(extents) + ", " +
               braces(output.tile) + ", " + braces(numbers) + ", " +
               std::to_string(random.between(1, static_cast<int>(all))) + ", " +
               anew() + ")"});
      continue;
    }
    bool isDynamic = output.way == Way::Parts && random.oneIn(2);
    kernel.arguments.push_back(
        {output.name,
         "TensorView<" + type + ", " +
             (isDynamic ? dyns(rank) : dims(output.tile)) + "> &" + output.name,
         "fuzz::output<" + spelled(type) + ">(" + braces(extents) + ", " +
             braces(output.tile) + ", " + anew() + ", ULPS" +
             std::to_string(i) + ")"});
    if (i == 0 && !isDynamic)
      writer.outputTile = output.tile;
  }
}

void Generation::likeOutput() {
  if (writer.outputTile.empty())
    return;
  View view{"like", writer.someElement(), {}};
  for (std::size_t axis = 0; axis < tiles.size(); ++axis)
    view.extents.push_back((tiles[axis] - 1) * writer.outputTile[axis] +
                           random.between(1, writer.outputTile[axis]));
  writer.likeOutput.push_back(view);
  std::string type = view.element->name;
  kernel.arguments.push_back(
      {view.name,
       "const TensorView<" + type + ", " + dyns(tiles.size()) + "> &like",
       "fuzz::input<" + spelled(type) + ">(" + braces(view.extents) + ", " +
           anew() + ", " + fill() + ", fuzz::Layout::Plain)"});
}

void Generation::addInputs() {
  static const std::vector<std::string> layouts = {
      "fuzz::Layout::Plain", "fuzz::Layout::Plain", "fuzz::Layout::Turned",
      "fuzz::Layout::Shifted"};
  int count = random.between(1, 3);
  for (int i = 0; i < count; ++i) {
    View view{"x" + std::to_string(i), random.of(writer.elements), {}};
    int rank = random.oneIn(3) ? random.between(1, 3) : writer.gridRank;
    std::string extents;
    for (int axis = 0; axis < rank; ++axis) {
      view.extents.push_back(someExtent());
      extents += ", " + (random.oneIn(4) ? std::to_string(view.extents.back())
                                         : std::string("dyn"));
    }
    std::string type = view.element->name;
    kernel.arguments.push_back(
        {view.name, "const TensorView<" + type + extents + "> &" + view.name,
         "fuzz::input<" + spelled(type) + ">(" + braces(view.extents) + ", " +
             anew() + ", " + fill() + ", " + random.of(layouts) + ")"});
    writer.views.push_back(view);
  }
}

void Generation::addNumbers() {
  static const std::vector<std::string> types = {"i32", "i64", "f32",
                                                 "f64", "u32", "u64"};
  int count = random.between(0, 2);
  for (int i = 0; i < count; ++i) {
    std::string type = random.of(types), name = "n" + std::to_string(i);
    kernel.arguments.push_back(
        {name, type + " " + name,
         "fuzz::value<cutile::" + type + ">(" +
             std::to_string(random.between(type[0] == 'u' ? 0 : -9, 40)) +
             ")"});
    writer.variables.push_back({name, elementNamed(type), {}, true, false});
  }
}

// Memory by address: to read, to write by block, and for atomics.
void Generation::addMemory() {
  static const std::vector<std::string> atomics = {"add", "and", "or",
                                                   "xor", "min", "max"};
  static const std::vector<std::string> words = {"i32", "i64", "u32", "u64"};
  auto add = [&](const std::string &name, const char *qualifier,
                 ElementRef element, std::int64_t count) {
    std::string type = element->name;
    kernel.arguments.push_back({name, qualifier + type + " *" + name,
                                "fuzz::memory<" + spelled(type) + ">(" +
                                    std::to_string(count) + ", " + anew() +
                                    ", fuzz::Fill::Small)"});
    kernel.isUnsafe = true;
    return Memory{name, element, count};
  };
  if (random.oneIn(3))
    writer.readable.push_back(
        add("r0", "const ", random.of(writer.elements), someExtent()));
  if (random.oneIn(4)) {
    std::string mode = random.of(atomics);
    ElementRef element = elementNamed(random.of(words));
    if (mode == "add" && random.oneIn(2))
      element = elementNamed(random.oneIn(2) ? "f32" : "f64");
    shared.push_back({add("a0", "", element, someExtent()), mode});
  }
  bool isMapped = outputs[0].way == Way::Mapped;
  if (random.oneIn(4) && !isMapped) {
    std::int64_t blocks = 1;
    for (auto each : tiles)
      blocks *= each;
    std::int64_t count = blocks * sizeOf(writer.shapes[0]);
    own.push_back(add("w0", "", random.of(writer.elements),
                      count - random.below(sizeOf(writer.shapes[0]))));
  }
}

void Generation::defineTile(std::vector<Statement> &into) {
  ElementRef element = writer.someElement();
  Shape shape = writer.someShape();
  bool isMutable = random.oneIn(3);
  std::string name = fresh(isMutable ? "m" : "t");
  std::string type = isMutable || random.oneIn(3) ? tileType(element, shape)
                                                  : std::string("auto");
  std::string value = writer.tile(element, shape, random.between(1, 3));
  into.push_back({type + " " + name + " = " + value + ";", name,
                  tileType(element, shape) + " " + name + " = " +
                      writer.constant(element, shape) + ";"});
  writer.variables.push_back({name, element, shape, false, isMutable});
}

// What the rest of the kernel computes with.
void Generation::load() {
  const View &view = random.of(writer.views);
  Shape shape = writer.someShape();
  std::string name = fresh("t");
  kernel.statements.push_back(
      {"auto " + name + " = " + writer.loaded(view.element, shape, 0) + ";",
       name,
       "auto " + name + " = " + writer.constant(view.element, shape) + ";"});
  writer.variables.push_back({name, view.element, shape});
}

void Generation::defineNumber(std::vector<Statement> &into) {
  static const std::vector<std::string> types = {"i32", "i64",  "f32",  "f64",
                                                 "u32", "u64",  "bool", "f32",
                                                 "f16", "bf16", "i8",   "u16"};
  ElementRef element = elementNamed(random.of(types));
  bool isMutable = random.oneIn(2) && !element->isTruth();
  std::string name = fresh(isMutable ? "m" : "s");
  std::string declared = std::string(element->name) + " " + name + " = ";
  into.push_back({declared + writer.number(element, 2) + ";", name,
                  declared + writer.typedLiteral(element) + ";"});
  writer.variables.push_back({name, element, {}, true, isMutable});
}

void Generation::assign(std::vector<Statement> &into) {
  std::vector<Variable> targets;
  for (const Variable &each : writer.variables)
    if (each.isMutable)
      targets.push_back(each);
  if (targets.empty())
    return defineTile(into);
  const Variable target = random.of(targets);
  std::string value = target.isNumber
                          ? writer.number(target.element, 2)
                          : writer.tile(target.element, target.shape, 2);
  static const std::vector<std::string> arithmetic = {" += ", " -= ", " *= "};
  bool isCompound = !target.isNumber && !target.element->isTruth() &&
                    !target.shape.empty() && random.oneIn(3);
  into.push_back(
      {target.name + (isCompound ? random.of(arithmetic) : std::string(" = ")) +
           value + ";",
       "", ""});
}

// Variables of a block are gone behind it.
std::vector<Statement> Generation::block(int count, int depth) {
  auto variables = writer.variables;
  auto divisions = writer.divisions;
  auto indices = writer.indices;
  std::vector<Statement> body;
  for (int i = 0; i < count; ++i)
    statement(body, depth);
  writer.variables = variables;
  writer.divisions = divisions;
  writer.indices = indices;
  return body;
}

void Generation::branch(std::vector<Statement> &into, int depth) {
  Statement result{"if (" + writer.condition(2) + ")", "", ""};
  result.isBlock = true;
  result.body = block(random.between(1, 3), depth - 1);
  if (random.oneIn(2))
    result.otherwise = block(random.between(1, 2), depth - 1);
  into.push_back(result);
}

void Generation::choose(std::vector<Statement> &into, int depth) {
  Statement result{
      "switch (" + writer.number(elementNamed("u32"), 1) + " % 4u)", "", ""};
  result.isBlock = true;
  for (int i = 0; i < random.between(1, 3); ++i) {
    Statement one{i == 2 ? "default:" : "case " + std::to_string(i) + ":", "",
                  ""};
    one.isBlock = true;
    one.body = block(random.between(1, 2), depth - 1);
    if (!random.oneIn(4))
      one.body.push_back({"break;", "", ""});
    else
      one.body.push_back({"[[fallthrough]];", "", ""});
    result.body.push_back(one);
  }
  // No case falls out of the switch.
  result.body.back().body.back().text = "break;";
  into.push_back(result);
}

void Generation::countedLoop(std::vector<Statement> &into, int depth) {
  std::string name = fresh("at");
  std::string bound = random.oneIn(2) ? std::to_string(random.between(0, 4))
                                      : writer.below(random.between(2, 5), 1);
  Statement result{"for (i32 " + name + " = " + (random.oneIn(4) ? "1" : "0") +
                       "; " + name + " < " + bound + "; " +
                       (random.oneIn(4) ? name + " += 2" : "++" + name) + ")",
                   "", ""};
  result.isBlock = true;
  auto variables = writer.variables;
  writer.variables.push_back({name, elementNamed("i32"), {}, true, false});
  ++loops;
  result.body = block(random.between(1, 4), depth - 1);
  --loops;
  writer.variables = variables;
  into.push_back(result);
}

void Generation::whileLoop(std::vector<Statement> &into, int depth) {
  std::string name = fresh("c");
  into.push_back({"i32 " + name + " = 0;", name, ""});
  bool isDo = random.oneIn(4);
  std::string going = name + "++ < " + std::to_string(random.between(0, 4));
  Statement result{
      (isDo ? "do"
            : "while (" + going +
                  (random.oneIn(2) ? " && " + writer.condition(1) : "") + ")"),
      "", ""};
  result.isBlock = true;
  ++loops;
  result.body = block(random.between(1, 4), depth - 1);
  --loops;
  into.push_back(result);
  if (isDo)
    into.push_back({"while (" + going + ");", "", ""});
}

void Generation::divide(std::vector<Statement> &into) {
  const View &view = random.of(writer.views);
  std::string name = fresh("p");
  Division division{name, view.element, {}, {}};
  auto rank = static_cast<int>(view.extents.size());
  division.tile = rank == writer.gridRank && random.oneIn(2)
                      ? writer.shapes[0]
                      : someTile(rank, 128);
  // Tile axis i runs along axis map[i] of the view.
  Shape map;
  for (int axis = 0; axis < rank; ++axis)
    map.push_back(axis);
  bool isTurned = rank > 1 && random.oneIn(4);
  if (isTurned)
    std::swap(map.front(), map.back());
  for (int axis = 0; axis < rank; ++axis) {
    auto at = static_cast<std::size_t>(axis);
    auto extent = view.extents[static_cast<std::size_t>(map[at])];
    division.counts.push_back((extent + division.tile[at] - 1) /
                              division.tile[at]);
  }
  std::string tags = writer.padding(view.element);
  if (isTurned)
    tags += ", axes<" + dims(map) + ">";
  into.push_back({"auto " + name + " = " + view.name + ".partition<" +
                      dims(division.tile) + ">(" + tags + ");",
                  name, ""});
  writer.divisions.push_back(division);
}

void Generation::tileLoop(std::vector<Statement> &into, int depth) {
  if (writer.divisions.empty())
    divide(into);
  const Division division = random.of(writer.divisions);
  int axis = random.below(static_cast<int>(division.counts.size()));
  std::string name = fresh("k");
  std::int64_t turns = division.counts[static_cast<std::size_t>(axis)];
  if (random.oneIn(3)) {
    axis = -1;
    turns = 1;
    for (auto each : division.counts)
      turns *= each;
  }
  // The reference takes its time, and loops stand in loops.
  if (turns > 12)
    return defineTile(into);
  Statement result{"for (auto " + name +
                       (axis < 0 ? " : tiles(" + division.name + "))"
                                 : " : num_tiles(" + division.name + ", " +
                                       std::to_string(axis) + "))"),
                   "", ""};
  result.isBlock = true;
  auto indices = writer.indices;
  auto variables = writer.variables;
  writer.indices.push_back({name, division.name, axis});
  ++loops;
  std::vector<Statement> body;
  result.body = block(random.between(1, 3), depth - 1);
  --loops;
  writer.variables = variables;
  writer.indices = indices;
  into.push_back(result);
}

void Generation::leave(std::vector<Statement> &into) {
  Statement result{"if (" + writer.condition(2) + ")", "", ""};
  result.isBlock = true;
  static const std::vector<std::string> ways = {"break;", "continue;", "break;",
                                                "return;"};
  std::string way = loops > 0 ? random.of(ways) : "return;";
  if (way == "return;" && !random.oneIn(3))
    return;
  result.body.push_back({way, "", ""});
  into.push_back(result);
}

// What the atomics leave is the same in any order: whole numbers, one mode.
void Generation::atomic(std::vector<Statement> &into) {
  const Shared target = random.of(shared);
  const Memory &memory = target.memory;
  Shape shape = writer.someShape();
  std::string values = memory.element->isFloat()
                           ? writer.smallIntegers(memory.element, shape, 4, 1)
                           : writer.tile(memory.element, shape, 2);
  std::string mask =
      random.oneIn(2) ? ", " + writer.tile(elementNamed("bool"), shape, 1) : "";
  into.push_back({"atomic_fetch_" + target.mode + "(" + memory.name + " + " +
                      writer.indexTile(shape, memory.count, 1) + ", " + values +
                      mask + ", memory::relaxed);",
                  "", ""});
}

// Each block writes a part of its own.
void Generation::scatter(std::vector<Statement> &into) {
  const Memory memory = random.of(own);
  const Shape &shape = writer.shapes[0];
  std::string block = "tile_block_id().x";
  if (tiles.size() > 1)
    block = "(" + block + " * " + std::to_string(tiles[1]) +
            " + tile_block_id().y)";
  if (tiles.size() > 2)
    block = "(" + block + " * " + std::to_string(tiles[2]) +
            " + tile_block_id().z)";
  std::string at = fresh("t");
  into.push_back({"auto " + at + " = iota<i32, " + dims(shape) + ">() + " +
                      block + " * " + std::to_string(sizeOf(shape)) + ";",
                  at, ""});
  std::string inside = at + " < " + std::to_string(memory.count);
  if (random.oneIn(2))
    inside =
        "(" + inside + ") & " + writer.tile(elementNamed("bool"), shape, 1);
  into.push_back({"scatter(" + memory.name + " + " + at + ", " +
                      writer.tile(memory.element, shape, 2) + ", " + inside +
                      ");",
                  "", ""});
  std::string read = fresh("t");
  into.push_back({"auto " + read + " = gather(" + memory.name + " + " + at +
                      ", " + at + " < " + std::to_string(memory.count) + ");",
                  read, ""});
  writer.variables.push_back({read, memory.element, shape, false, false});
}

// Functions of numbers, each of which may call those before it.
void Generation::addFunctions() {
  static const std::vector<std::string> types = {"f32", "i32", "u32", "f64",
                                                 "i64", "f16", "u8"};
  std::vector<Shape> shapes;
  shapes.swap(writer.shapes); // no tiles in it
  for (int i = random.below(3); i > 0; --i) {
    Function function{fresh("g"), elementNamed(random.of(types)), {}};
    std::string text;
    for (int n = random.between(1, 2); n > 0; --n) {
      ElementRef element = elementNamed(random.of(types));
      std::string name = "e" + std::to_string(n);
      text += ", " + std::string(element->name) + " " + name;
      function.parameters.push_back(element);
      writer.variables.push_back({name, element, {}, true, false});
    }
    text = std::string("inline ") + function.result->name + " " +
           function.name + "(" + text.substr(2) + ") { " +
           writer.closureBody(function.result, 2) + " }";
    writer.variables.clear();
    kernel.functions.push_back({text, function.name, ""});
    writer.functions.push_back(function);
  }
  shapes.swap(writer.shapes);
}

// An output that blocks share for atomics of one kind.
void Generation::addSharedView() {
  static const std::vector<std::string> modes = {"add", "and", "or",
                                                 "xor", "min", "max"};
  static const std::vector<std::string> words = {"i32", "i64", "u32", "u64"};
  auto rank = static_cast<std::size_t>(writer.gridRank);
  sharedElement = elementNamed(random.of(words));
  Shape tile = someTile(static_cast<int>(rank), 64);
  sharedTiles = {
      "va", sharedElement, someTile(static_cast<int>(rank), 64), {}, true};
  std::vector<std::int64_t> extents;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    extents.push_back((tiles[axis] - 1) * tile[axis] +
                      random.between(1, tile[axis]));
    sharedTiles.counts.push_back((extents.back() + sharedTiles.tile[axis] - 1) /
                                 sharedTiles.tile[axis]);
  }
  std::string type = sharedElement->name;
  kernel.arguments.push_back(
      {"shared", "TensorView<" + type + ", " + dims(tile) + "> &shared",
       "fuzz::output<cutile::" + type + ">(" + braces(extents) + ", " +
           braces(tile) + ", " + anew() + ", 0)"});
  kernel.statements.push_back(
      {"auto va = shared.partition_full_mut<" + dims(sharedTiles.tile) + ">();",
       "va", ""});
  sharedView = "atomic_" + random.of(modes);
}

// Memory by address, as a view.
void Generation::viewMemory() {
  const Memory &memory = writer.readable[0];
  View view{"v0", memory.element, {memory.count}};
  std::string text = "auto v0 = make_tensor_view(r0, TileShape<dyn>{}, coord(" +
                     std::to_string(memory.count) + "), coord(1));";
  if (memory.count >= 4 && random.oneIn(2)) {
    auto rows = memory.count / 3;
    view.extents = {rows, 3};
    text = "auto v0 = make_tensor_view(r0, TileShape<dyn, 3>{}, coord(" +
           std::to_string(rows) + ", 3), coord(" +
           (random.oneIn(2) ? "3, 1" : "1, " + std::to_string(rows)) + "));";
  }
  kernel.statements.push_back({text, "v0", ""});
  writer.views.push_back(view);
}

// Parts of the block's tile, to be loaded and stored one at a time.
void Generation::divideOutput() {
  const Output &output = random.of(outputs);
  if (output.way != Way::Whole || output.isRough)
    return;
  Division division{fresh("p"), output.element, output.tile, {}, true};
  for (int &extent : division.tile)
    extent = extent > 1 && random.oneIn(2) ? extent / 2 : extent;
  for (std::size_t axis = 0; axis < division.tile.size(); ++axis)
    division.counts.push_back(output.tile[axis] / division.tile[axis]);
  kernel.statements.push_back({"auto " + division.name + " = partition_mut<" +
                                   dims(division.tile) + ">(" + output.name +
                                   ");",
                               division.name, ""});
  writer.divisions.push_back(division);
}

// An output is written and read before the end.
void Generation::early(std::vector<Statement> &into) {
  std::vector<Division> parts;
  for (const Division &each : writer.divisions)
    if (each.isOutput)
      parts.push_back(each);
  if (!parts.empty() && random.oneIn(2)) {
    const Division part = random.of(parts);
    std::string text = writer.tile(part.element, part.tile, 2);
    into.push_back(
        {part.name + ".store(" + text + ", " + writer.tileOf(part, 1) + ");",
         "", ""});
    return;
  }
  const Output &output = random.of(outputs);
  if (output.way != Way::Whole || output.isRough)
    return defineTile(into);
  if (random.oneIn(2)) {
    std::string name = fresh("t");
    into.push_back({"auto " + name + " = " + output.name + ".load();", name,
                    "auto " + name + " = " +
                        writer.constant(output.element, output.tile) + ";"});
    writer.variables.push_back({name, output.element, output.tile});
    return;
  }
  into.push_back({output.name + ".store(" +
                      writer.tile(output.element, output.tile, 2) + ");",
                  "", ""});
}

void Generation::test(std::vector<Statement> &into) {
  std::string condition = writer.condition(2);
  // One that fails ends the launch, and all that it could have shown.
  if (!random.oneIn(12))
    condition = "(" + condition + ") || true";
  else if (random.oneIn(2))
    condition = writer.tile(elementNamed("bool"), writer.someShape(), 2);
  into.push_back({"check(" + condition + ", \"a test\");", "", ""});
}

void Generation::statement(std::vector<Statement> &into, int depth) {
  int kind = random.below(depth > 0 ? 18 : 11) - 2;
  if (kind == -2)
    return random.oneIn(4) ? test(into) : early(into);
  if (kind == -1)
    return early(into);
  if (kind < 3)
    return defineTile(into);
  if (kind < 5)
    return assign(into);
  if (kind == 5)
    return defineNumber(into);
  if (kind == 6)
    return leave(into);
  if (kind == 7)
    return divide(into);
  if (kind == 8) {
    if (!sharedView.empty() && random.oneIn(2)) {
      std::string text = writer.tile(sharedElement, sharedTiles.tile, 2);
      into.push_back({sharedView + "(va, " + text + ", " +
                          writer.tileOf(sharedTiles, 1) + ");",
                      "", ""});
      return;
    }
    if (!shared.empty() && random.oneIn(2))
      return atomic(into);
    if (!own.empty())
      return scatter(into);
    return defineTile(into);
  }
  if (kind < 11)
    return branch(into, depth);
  if (kind == 11)
    return choose(into, depth);
  if (kind < 14)
    return countedLoop(into, depth);
  if (kind == 14)
    return whileLoop(into, depth);
  return tileLoop(into, depth);
}

std::string Generation::stored(const Output &output, const Shape &shape) {
  if (!output.isRough)
    return writer.tile(output.element, shape, 2);
  auto at = static_cast<std::size_t>(&output - outputs.data());
  double bound = 0;
  std::string text = writer.rough(output.element, shape, bound);
  ulps[at] = std::max(ulps[at], bound);
  return text;
}

// Smaller tiles, in loops over all of them or as many as there are.
void Generation::storeParts(const Output &output) {
  Shape part = output.tile;
  for (int &extent : part)
    extent = extent > 1 && random.oneIn(2) ? extent / 2 : extent;
  std::string name = fresh("p"), places;
  kernel.statements.push_back({"auto " + name + " = partition_mut<" +
                                   dims(part) + ">(" + output.name + ");",
                               name, ""});
  std::vector<Statement> *into = &kernel.statements;
  auto variables = writer.variables;
  for (std::size_t axis = 0; axis < part.size(); ++axis) {
    std::string index = fresh("k");
    Statement loop{"for (auto " + index + " : num_tiles(" + name + ", " +
                       std::to_string(axis) + "))",
                   "", ""};
    loop.isBlock = true;
    into->push_back(loop);
    into = &into->back().body;
    places += ", " + index;
  }
  std::string text = stored(output, part);
  if (random.oneIn(3))
    into->push_back({"if (" + writer.condition(2) + ")", "", ""}),
        into->back().isBlock = true, into = &into->back().body;
  into->push_back({name + ".store(" + text + places + ");", "", ""});
  writer.variables = variables;
}

void Generation::storeOutputs() {
  for (const Output &output : outputs) {
    if (output.way == Way::Parts) {
      storeParts(output);
      continue;
    }
    if (output.way == Way::Whole) {
      if (output.element->isFloat() == false && random.oneIn(4))
        kernel.statements.push_back(
            {output.name + ".store(" + output.name + ".load() ^ " +
                 writer.tile(output.element, output.tile, 2) + ");",
             "", ""});
      else
        kernel.statements.push_back(
            {output.name + ".store(" + stored(output, output.tile) + ");", "",
             ""});
      continue;
    }
    Statement loop{"for (auto index : y0.iter_indices())", "", ""};
    loop.isBlock = true;
    auto variables = writer.variables;
    ++loops;
    loop.body = block(random.between(0, 3), 1);
    --loops;
    loop.body.push_back(
        {"y0.store(" + stored(output, output.tile) + ", index);", "", ""});
    writer.variables = variables;
    kernel.statements.push_back(loop);
  }
}

Kernel Generation::run(const std::string &name) {
  kernel.name = name;
  addFunctions();
  chooseTypes();
  addOutputs();
  if (random.oneIn(2))
    likeOutput();
  addInputs();
  addNumbers();
  addMemory();
  if (outputs[0].way != Way::Mapped && random.oneIn(5))
    addSharedView();
  if (!writer.readable.empty() && random.oneIn(2))
    viewMemory();
  if (random.oneIn(2))
    divideOutput();
  for (int i = random.between(2, 4); i > 0; --i)
    load();
  int count = random.between(3, 9);
  for (int i = 0; i < count; ++i)
    statement(kernel.statements, 2);
  storeOutputs();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::string &made = kernel.arguments[i].made;
    std::string mark = "ULPS" + std::to_string(i);
    if (auto at = made.find(mark); at != std::string::npos)
      made.replace(at, mark.size(), std::to_string(static_cast<int>(ulps[i])));
  }
  return kernel;
}

Kernel generate(std::uint64_t seed, int index) {
  std::uint64_t mixed = seed * 0x9e3779b97f4a7c15u +
                        static_cast<std::uint64_t>(index) * 0xbf58476d1ce4e5b9u;
  return Generation(mixed ^ (mixed >> 31)).run("k" + std::to_string(index));
}

} // namespace fuzz
