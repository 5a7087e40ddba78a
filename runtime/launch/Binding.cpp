#include "cutile/Binding.h"

#include "launch/Overlap.h"
#include "tensor/Record.h"

#include <climits>
#include <cstddef>
#include <new>
#include <span>
#include <type_traits>

namespace cutile {

using ferro::Code;
using ferro::Dims;
using ferro::Error;
using ferro::detail::Record;

// --- what tables say

static const char *nameOf(ElementId element) {
  switch (element) {
#define CUTILE_ELEMENT(Id, name, CppType, kind, bits)                          \
  case ElementId::Id:                                                          \
    return name;
#include "cutile/Elements.def"
  }
  __builtin_unreachable();
}

/// The dtype of the tensors in which such elements live: where there is none
/// of the element's own, one of its size.
template <typename E> static constexpr ferro::DType storedAs() {
  if constexpr (StorageElement<E>)
    return sizeof(E) == 4 ? ferro::DType::F32 : ferro::DType::U8;
  else if constexpr (UnsignedElement<E> && sizeof(E) > 1)
    return sizeof(E) == 2   ? ferro::DType::I16
           : sizeof(E) == 4 ? ferro::DType::I32
                            : ferro::DType::I64;
  else
    return ferro::dtypeOf<E>;
}

static ferro::DType storedAs(ElementId element) {
  switch (element) {
#define CUTILE_ELEMENT(Id, name, CppType, kind, bits)                          \
  case ElementId::Id:                                                          \
    return storedAs<CppType>();
#include "cutile/Elements.def"
  }
  __builtin_unreachable();
}

static std::string toString(std::span<const int> extents) {
  std::string text = "[";
  for (std::size_t i = 0; i < extents.size(); ++i)
    text += (i ? ", " : "") +
            (extents[i] == dyn ? "dyn" : std::to_string(extents[i]));
  return text + "]";
}

static std::string toString(const Grid &grid) {
  return std::to_string(grid.x) + " x " + std::to_string(grid.y) + " x " +
         std::to_string(grid.z);
}

static bool isOutput(ParameterKind kind) {
  return kind == ParameterKind::Output || kind == ParameterKind::Mapped;
}

/// "parameter 2 (a)".
static std::string nameOf(const ParameterDescription &parameter,
                          std::size_t index) {
  std::string name = "parameter " + std::to_string(index + 1);
  if (parameter.name)
    name += std::string(" (") + parameter.name + ")";
  return name;
}

namespace {

/// A parameter and its argument, and how to speak of them.
struct Pair {
  std::string_view kernel;
  std::size_t index;
  const ParameterDescription &parameter;
  const ArgumentDescription &argument;
  launch::Range reach = {}; // of the tensor, if there is one

  std::string name() const { return nameOf(parameter, index); }
  [[noreturn]] void refuse(Code code, const std::string &text) const {
    throw Error(code, std::string(kernel), name() + text);
  }
  const Record &record() const { return *argument.tensor->get(); }
  std::string shape() const {
    return "the tensor is " + ferro::toString(record().shape);
  }
};

} // namespace

// --- one argument

static void checkKind(const Pair &pair) {
  const ArgumentDescription &argument = pair.argument;
  bool isPartition = argument.tiling && argument.tiling->map.empty();
  switch (pair.parameter.kind) {
  case ParameterKind::Output:
    if (!isPartition)
      pair.refuse(Code::SignatureMismatch,
                  " is an output; its argument is tensor.partition({...})");
    return;
  case ParameterKind::Mapped:
    if (!argument.tiling || isPartition)
      pair.refuse(Code::SignatureMismatch,
                  " is a mapped output; its argument is "
                  "tensor.partition({...}).map({...}, blocks)");
    return;
  case ParameterKind::Input:
    if (!argument.tensor || argument.tiling)
      pair.refuse(Code::SignatureMismatch,
                  " is an input; its argument is a tensor");
    return;
  case ParameterKind::Pointer:
    if (!argument.isPointer && (!argument.tensor || argument.tiling))
      pair.refuse(Code::SignatureMismatch,
                  " is a pointer; its argument is a pointer or a tensor");
    return;
  case ParameterKind::Value:
    if (argument.tensor || argument.isPointer)
      pair.refuse(Code::SignatureMismatch,
                  " is a value; its argument is no tensor");
    return;
  }
  __builtin_unreachable();
}

static void checkTensor(const Pair &pair) {
  if (!pair.argument.tensor->get())
    pair.refuse(Code::InvalidArgument, ": the tensor is empty");
  const Record &record = pair.record();
  if (record.isTraced())
    pair.refuse(Code::TracingError,
                ": the tensor is traced and has no elements");
  if (record.device != ferro::cpu)
    pair.refuse(Code::DeviceMismatch, ": the tensor is on " +
                                          ferro::toString(record.device) +
                                          "; the reference runs on the cpu");
  ferro::DType expected = storedAs(pair.parameter.element);
  if (record.dtype != expected)
    pair.refuse(Code::DTypeMismatch,
                " has elements " + std::string(nameOf(pair.parameter.element)) +
                    ", which tensors of " +
                    std::string(ferro::toString(expected)) +
                    " hold; the tensor is of " +
                    std::string(ferro::toString(record.dtype)));
}

static void checkInput(const Pair &pair) {
  const ferro::Shape &shape = pair.record().shape;
  std::span<const int> extents = pair.parameter.extents;
  if (shape.size() != extents.size())
    pair.refuse(Code::ShapeMismatch, " is a view " + toString(extents) + ", " +
                                         pair.shape() +
                                         "; the ranks are equal");
  for (std::size_t axis = 0; axis < extents.size(); ++axis)
    if (extents[axis] != dyn && extents[axis] != shape[axis])
      pair.refuse(Code::ShapeMismatch, " is a view " + toString(extents) +
                                           ", " + pair.shape() + "; axis " +
                                           std::to_string(axis) + " differs");
}

static void checkOutput(const Pair &pair) {
  const Dims &tile = pair.argument.tiling->tile;
  std::span<const int> extents = pair.parameter.extents;
  bool isEqual = tile.size() == extents.size();
  for (std::size_t axis = 0; isEqual && axis < extents.size(); ++axis)
    isEqual = extents[axis] == dyn || extents[axis] == tile[axis];
  if (!isEqual)
    pair.refuse(Code::ShapeMismatch, " has tiles " + toString(extents) +
                                         ", the partition has " +
                                         ferro::toString(tile));
  if (pair.parameter.kind == ParameterKind::Mapped) {
    const Dims &map = pair.argument.tiling->map;
    for (std::size_t axis = 0; axis < map.size(); ++axis)
      if (map[axis] != pair.parameter.map[axis])
        pair.refuse(Code::ShapeMismatch,
                    " has the map " + toString(pair.parameter.map) +
                        ", the argument has " + ferro::toString(map));
  }
  if (!launch::hasDistinctElements(pair.record()))
    pair.refuse(Code::InvalidArgument,
                ": " + pair.shape() + " with strides " +
                    ferro::toString(pair.record().strides) +
                    "; the elements of an output lie in places of their own");
}

static void boundTo(const Pair &pair, BoundMemory &memory) {
  if (pair.argument.isPointer)
    memory.first = pair.argument.pointer;
  if (!pair.argument.tensor)
    return;
  const Record &record = pair.record();
  memory.first = record.bytes();
  memory.rank = static_cast<int>(record.shape.size());
  memory.elementBytes = static_cast<int>(ferro::byteSize(record.dtype));
  memory.hasBounds = true;
  for (int axis = 0; axis < memory.rank; ++axis) {
    memory.extents[axis] = record.shape[axis];
    memory.strides[axis] = record.strides[axis];
  }
  if (pair.argument.tiling)
    for (int axis = 0; axis < memory.rank; ++axis)
      memory.tile[axis] = pair.argument.tiling->tile[axis];
}

static void bindOne(const Pair &pair, BoundMemory &memory) {
  checkKind(pair);
  if (pair.argument.tensor) {
    checkTensor(pair);
    if (pair.parameter.kind == ParameterKind::Input)
      checkInput(pair);
    else if (isOutput(pair.parameter.kind))
      checkOutput(pair);
  }
  boundTo(pair, memory);
}

// --- all arguments

namespace {
/// The pairs of a launch; those of most launches need no allocation.
class PairList {
public:
  explicit PairList(std::size_t count) {
    if (count > inPlace)
      more.reserve(count);
    isLong = count > inPlace;
  }
  void add(const Pair &pair) {
    if (isLong)
      more.push_back(pair);
    else
      new (places + size * sizeof(Pair)) Pair(pair);
    ++size;
  }
  std::span<Pair> all() {
    return {isLong ? more.data() : reinterpret_cast<Pair *>(places), size};
  }

private:
  static constexpr std::size_t inPlace = 20;
  static_assert(std::is_trivially_destructible_v<Pair>);
  alignas(Pair) std::byte places[inPlace * sizeof(Pair)];
  std::vector<Pair> more;
  std::size_t size = 0;
  bool isLong;
};
} // namespace

/// \throws Error InvalidArgument if the output and the other share memory.
static void checkOverlap(const Pair &output, const Pair &other) {
  bool overlaps =
      other.argument.tensor
          ? output.reach.meets(other.reach) &&
                launch::overlap(output.record(), other.record())
          : other.argument.isPointer &&
                launch::contains(output.record(), other.argument.pointer);
  if (overlaps)
    output.refuse(Code::InvalidArgument,
                  " is an output and overlaps " + other.name() +
                      " in memory; nothing else reaches an output's elements");
}

static Grid gridOf(const Pair &pair) {
  const ferro::detail::Tiling &tiling = *pair.argument.tiling;
  if (!tiling.map.empty())
    return {tiling.blocks, 1, 1};
  Dims counts = ferro::detail::tileCounts(*pair.argument.tensor, tiling);
  auto at = [&](std::size_t axis) {
    return axis < counts.size() ? counts[axis] : 1;
  };
  return {at(0), at(1), at(2)};
}

/// \p found, or \p asked where it is at most that.
static void checkGrid(std::string_view kernel, const Pair &output,
                      const Grid &asked) {
  Grid found = gridOf(output);
  bool fits =
      output.argument.tiling->isPrefix
          ? asked.x <= found.x && asked.y <= found.y && asked.z <= found.z
          : asked == found;
  if (!fits)
    throw Error(Code::ShapeMismatch, std::string(kernel),
                "the grid is " + toString(asked) + ", " + output.name() +
                    " has " + toString(found) + " tiles" +
                    (output.argument.tiling->isPrefix
                         ? "; a prefix has no more"
                         : "; there is a block for each"));
}

static void checkLimits(std::string_view kernel, const Grid &grid) {
  std::int64_t product = 1;
  for (std::int64_t extent : {grid.x, grid.y, grid.z}) {
    if (extent < 0 || extent > INT_MAX)
      throw Error(Code::InvalidArgument, std::string(kernel),
                  "the grid is " + toString(grid) +
                      "; extents are from 0 to 2^31 - 1");
    if (__builtin_mul_overflow(product, extent, &product))
      throw Error(Code::InvalidArgument, std::string(kernel),
                  "the grid is " + toString(grid) +
                      "; there are fewer than 2^63 blocks");
  }
}

static Grid findGrid(std::string_view kernel, std::span<const Pair> pairs,
                     const std::optional<Grid> &asked) {
  std::optional<Grid> grid = asked;
  // Outputs that cannot give way say how many blocks there are.
  for (bool isPrefix : {false, true})
    for (const Pair &pair : pairs)
      if (!grid && isOutput(pair.parameter.kind) &&
          pair.argument.tiling->isPrefix == isPrefix)
        grid = gridOf(pair);
  if (!grid)
    throw Error(Code::InvalidArgument, std::string(kernel),
                "there is no output to take the grid from; say "
                ".grid({x, y, z})");
  checkLimits(kernel, *grid);
  for (const Pair &pair : pairs)
    if (isOutput(pair.parameter.kind))
      checkGrid(kernel, pair, *grid);
  return *grid;
}

Binding bind(std::string_view kernel,
             std::span<const ParameterDescription> parameters,
             std::span<const ArgumentDescription> arguments,
             const LaunchRequest &asked) {
  if (parameters.size() != arguments.size())
    throw Error(Code::SignatureMismatch, std::string(kernel),
                std::to_string(arguments.size()) + " arguments for " +
                    std::to_string(parameters.size()) + " parameters");
  Binding binding;
  binding.memory.resize(parameters.size());
  PairList list(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i)
    list.add({kernel, i, parameters[i], arguments[i]});
  std::span<Pair> pairs = list.all();
  for (Pair &pair : pairs) {
    bindOne(pair, binding.memory[pair.index]);
    if (pair.argument.tensor)
      pair.reach = launch::rangeOf(pair.record());
  }
  for (const Pair &output : pairs)
    if (isOutput(output.parameter.kind))
      for (const Pair &other : pairs)
        if (&other != &output)
          checkOverlap(output, other);
  binding.grid = findGrid(kernel, pairs, asked.grid);
  binding.asked = asked;
  if (asked.isOnlyCompiled)
    return binding;
  // In-place writes, as autograd counts them.
  for (const Pair &pair : pairs)
    if (isOutput(pair.parameter.kind))
      pair.record().storage->version.fetch_add(1);
  return binding;
}

void Binding::nameParameters(std::span<const ParameterDescription> parameters) {
  names.clear();
  for (std::size_t i = 0; i < parameters.size(); ++i)
    names.push_back(nameOf(parameters[i], i));
  for (std::size_t i = 0; i < parameters.size(); ++i)
    memory[i].name = names[i].c_str();
}

} // namespace cutile
