#include "Operands.h"

#include "graph/Layout.h"

#include "ferro/Error.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <random>

namespace ferro::run {

using artifact::Artifact;
using graph::Type;
using npy::Array;

Block::Block(std::size_t bytes) : storage(bytes + 64) {
  auto address = reinterpret_cast<std::uintptr_t>(storage.data());
  begin = storage.data() + (64 - address % 64) % 64;
}

static std::string describe(DType dtype, const Shape &shape) {
  return std::string(toString(dtype)) + toString(shape);
}

static std::vector<std::size_t> openInputs(const Artifact &artifact) {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < artifact.manifest.inputs.size(); ++i)
    if (!artifact.manifest.inputs[i].frozen)
      open.push_back(i);
  return open;
}

[[noreturn]] static void refuse(const Artifact &artifact,
                                const std::string &text) {
  throw Error(Code::SignatureMismatch, artifact.manifest.function, text);
}

// --- inputs from files

namespace {
struct Argument {
  std::string name; // empty: by position
  std::string path;
};
} // namespace

static Argument splitArgument(const Artifact &artifact,
                              const std::string &text) {
  std::size_t equals = text.find('=');
  std::string name = text.substr(0, equals);
  bool isName =
      equals != std::string::npos &&
      std::ranges::any_of(artifact.manifest.inputs, [&](const auto &input) {
        return input.name == name;
      });
  return isName ? Argument{name, text.substr(equals + 1)} : Argument{"", text};
}

static Array readInput(const Artifact &artifact, const artifact::Input &input,
                       const std::string &path) {
  Array array = npy::read(path);
  if (array.dtype != input.type.dtype || array.shape != input.type.shape)
    refuse(artifact, path + " holds " + describe(array.dtype, array.shape) +
                         "; input " + input.name + " is " +
                         describe(input.type.dtype, input.type.shape));
  return array;
}

std::vector<Array> readInputs(const Artifact &artifact,
                              const std::vector<std::string> &arguments) {
  std::vector<std::size_t> open = openInputs(artifact);
  std::vector<std::optional<Array>> found(open.size());
  std::vector<Argument> byPosition;
  for (const std::string &text : arguments) {
    Argument argument = splitArgument(artifact, text);
    if (argument.name.empty()) {
      byPosition.push_back(argument);
      continue;
    }
    auto place = std::ranges::find_if(open, [&](std::size_t i) {
      return artifact.manifest.inputs[i].name == argument.name;
    });
    if (place == open.end())
      refuse(artifact,
             "input " + argument.name + " is frozen; it cannot be given");
    auto &slot = found[static_cast<std::size_t>(place - open.begin())];
    if (slot)
      refuse(artifact, "input " + argument.name + " is given twice");
    slot = readInput(artifact, artifact.manifest.inputs[*place], argument.path);
  }
  auto next = byPosition.begin();
  for (std::size_t i = 0; i < open.size(); ++i)
    if (!found[i] && next != byPosition.end())
      found[i] = readInput(artifact, artifact.manifest.inputs[open[i]],
                           (next++)->path);
  if (next != byPosition.end() ||
      std::ranges::any_of(found, [](const auto &array) { return !array; }))
    refuse(artifact, "found " + std::to_string(arguments.size()) + " inputs; " +
                         std::to_string(open.size()) +
                         " are needed (--info lists them)");
  std::vector<Array> arrays;
  for (std::optional<Array> &array : found)
    arrays.push_back(std::move(*array));
  return arrays;
}

// --- inputs by chance

static Array randomArray(const Type &type, std::mt19937 &engine) {
  Array array{type.dtype, type.shape, {}};
  visit(type.dtype, [&](auto zero) {
    using T = decltype(zero);
    std::normal_distribution<float> normal;
    array.bytes.resize(static_cast<std::size_t>(numel(type.shape)) * sizeof(T));
    for (std::size_t at = 0; at < array.bytes.size(); at += sizeof(T)) {
      T value = isFloat(type.dtype)         ? static_cast<T>(normal(engine))
                : type.dtype == DType::Bool ? static_cast<T>(engine() % 2)
                                            : static_cast<T>(engine() % 10);
      std::memcpy(&array.bytes[at], &value, sizeof(T));
    }
  });
  return array;
}

std::vector<Array> randomInputs(const Artifact &artifact) {
  std::mt19937 engine(1);
  std::vector<Array> arrays;
  for (std::size_t i : openInputs(artifact))
    arrays.push_back(randomArray(artifact.manifest.inputs[i].type, engine));
  return arrays;
}

// --- memory

/// Calls \p visit with the byte offset of every element, in row-major order.
template <typename Visit>
static void forEachElement(const Type &type, Visit visit) {
  Strides strides = graph::stridesOf(type);
  Dims index = Dims::filled(type.shape.size(), 0);
  auto itemSize = static_cast<std::int64_t>(byteSize(type.dtype));
  for (std::int64_t i = 0, count = numel(type.shape); i < count; ++i) {
    std::int64_t offset = 0;
    for (std::size_t axis = 0; axis < index.size(); ++axis)
      offset += index[axis] * strides[axis];
    visit(offset * itemSize);
    for (std::size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < type.shape[axis])
        break;
      index[axis] = 0;
    }
  }
}

/// The bytes from a type's first element to its last one's end.
static std::size_t extentBytes(const Type &type) {
  std::size_t end = 0;
  std::size_t itemSize = byteSize(type.dtype);
  forEachElement(type, [&](std::int64_t offset) {
    end = std::max(end, static_cast<std::size_t>(offset) + itemSize);
  });
  return end;
}

static Block scatter(std::span<const std::byte> elements, const Type &type) {
  Block block(extentBytes(type));
  const std::byte *from = elements.data();
  forEachElement(type, [&](std::int64_t offset) {
    std::memcpy(block.begin + offset, from, byteSize(type.dtype));
    from += byteSize(type.dtype);
  });
  return block;
}

Operands makeOperands(const Artifact &artifact,
                      const std::vector<Array> &arrays) {
  Operands operands;
  auto next = arrays.begin();
  for (const artifact::Input &input : artifact.manifest.inputs) {
    const std::vector<std::byte> &elements =
        input.frozen ? input.frozen->bytes : (next++)->bytes;
    operands.blocks.push_back(scatter(elements, input.type));
    operands.inputs.push_back(operands.blocks.back().begin);
  }
  for (std::uint64_t bytes : artifact.plan.outputBytes) {
    operands.blocks.emplace_back(bytes);
    operands.outputs.push_back(operands.blocks.back().begin);
  }
  return operands;
}

Array readOutput(const device::Executable &executable, const Operands &operands,
                 std::size_t index) {
  const Type &type = executable.artifact().plan.outputs[index].type;
  auto *first = static_cast<const std::byte *>(
      executable.outputPointer(index, operands.inputs, operands.outputs));
  Array array{type.dtype, type.shape, {}};
  forEachElement(type, [&](std::int64_t offset) {
    array.bytes.insert(array.bytes.end(), first + offset,
                       first + offset + byteSize(type.dtype));
  });
  return array;
}

} // namespace ferro::run
