#include "Kernels.h"

#include "device/CpuFeatures.h"
#include "device/ThreadPool.h"
#include "graph/Text.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <dlfcn.h>
#include <limits>
#include <stdexcept>

namespace ferro::test {

using graph::Graph;
using graph::Literal;

//===--- the library

struct Library {
  decltype(&fc_compile) compile;
  decltype(&fc_release) release;
};

static const Library &library() {
  static const Library loaded = [] {
    void *handle = dlopen(FERRO_COMPILER_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
      throw std::runtime_error(dlerror());
    return Library{
        reinterpret_cast<decltype(&fc_compile)>(dlsym(handle, "fc_compile")),
        reinterpret_cast<decltype(&fc_release)>(dlsym(handle, "fc_release"))};
  }();
  return loaded;
}

CompilerAnswer callCompiler(const std::vector<std::byte> &request) {
  FerroResponse *response = library().compile(
      reinterpret_cast<const uint8_t *>(request.data()), request.size());
  const auto *bytes = reinterpret_cast<const std::byte *>(response->bytes);
  CompilerAnswer answer{
      response->status, response->message, {bytes, bytes + response->size}};
  library().release(response);
  return answer;
}

static artifact::CompileRequest requestFor(const Graph &region,
                                           artifact::Stage stage) {
  artifact::CompileRequest request;
  graph::Node fused{graph::OpKind::Fused,
                    {{"kind", std::string("elementwise")}},
                    {},
                    {},
                    {},
                    nullptr};
  for (graph::ValueId input : region.inputs)
    fused.operands.push_back(request.graph.addInput(
        region.type(input), region.values[input.index].name));
  for (graph::ValueId output : region.outputs) {
    graph::Type type = region.type(output);
    type.strides = {};
    fused.results.push_back(
        {static_cast<std::uint32_t>(request.graph.values.size())});
    request.graph.values.push_back({type, {}});
  }
  request.graph.name = "test";
  request.graph.outputs = fused.results;
  fused.region = std::make_shared<Graph>(region);
  request.graph.nodes.push_back(fused);
  request.target = device::hostTarget();
  request.stage = stage;
  return request;
}

CompilerAnswer compileRegion(const Graph &region, artifact::Stage stage) {
  return callCompiler(artifact::serialize(requestFor(region, stage)));
}

CompiledRegion::CompiledRegion(const Graph &region) : region(region) {
  CompilerAnswer answer = compileRegion(region);
  if (answer.status != FERRO_OK)
    throw std::runtime_error(answer.message);
  artifact::CompileResponse response =
      artifact::deserializeResponse(answer.bytes);
  library = device::loadNative(response.object);
  kernel = library->kernel(response.kernels.at(0).symbol);
  workspace = response.kernels.at(0).workspace;
}

//===--- buffers

// Guarded memory: whatever a kernel writes beyond a buffer shows.
struct Buffer {
  static constexpr std::size_t guard = 256;
  std::vector<std::byte> bytes;
  std::size_t size;
  std::size_t start;

  explicit Buffer(std::size_t size)
      : bytes(size + 2 * guard + 64, std::byte{0xa5}), size(size) {
    auto address = reinterpret_cast<std::uintptr_t>(bytes.data()) + guard;
    start = guard + (64 - address % 64) % 64;
  }
  std::byte *data() { return bytes.data() + start; }
  bool isIntact() const {
    auto untouched = [](std::byte b) { return b == std::byte{0xa5}; };
    return std::all_of(bytes.begin(), bytes.begin() + start, untouched) &&
           std::all_of(bytes.begin() + start + size, bytes.end(), untouched);
  }
};

static std::size_t extentOf(const Shape &shape, const Strides &strides) {
  std::int64_t last = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0)
      return 0;
    last += (shape[i] - 1) * strides[i];
  }
  return static_cast<std::size_t>(last + 1);
}

static Buffer layOut(const Literal &literal, const graph::Type &type) {
  Strides strides =
      type.strides.empty() ? contiguousStrides(type.shape) : type.strides;
  std::size_t bytes = byteSize(type.dtype);
  Buffer buffer(extentOf(type.shape, strides) * bytes);
  for (std::int64_t i = 0; i < numel(type.shape); ++i) {
    std::int64_t at = 0, rest = i;
    for (std::size_t axis = type.shape.size(); axis-- > 0;
         rest /= type.shape[axis])
      at += rest % type.shape[axis] * strides[axis];
    std::memcpy(buffer.data() + at * bytes, literal.bytes.data() + i * bytes,
                bytes);
  }
  return buffer;
}

// What a laid-out buffer holds, in row-major order: positions that strides of 0
// share hold one value.
static Literal readBack(Buffer &buffer, const graph::Type &type) {
  Strides strides =
      type.strides.empty() ? contiguousStrides(type.shape) : type.strides;
  Literal literal{type.dtype, type.shape, {}};
  std::size_t bytes = byteSize(type.dtype);
  literal.bytes.resize(numel(type.shape) * bytes);
  for (std::int64_t i = 0; i < numel(type.shape); ++i) {
    std::int64_t at = 0, rest = i;
    for (std::size_t axis = type.shape.size(); axis-- > 0;
         rest /= type.shape[axis])
      at += rest % type.shape[axis] * strides[axis];
    std::memcpy(literal.bytes.data() + i * bytes, buffer.data() + at * bytes,
                bytes);
  }
  return literal;
}

//===--- hosts

using Body = void (*)(void *, std::int64_t, std::int64_t);

static void *ownScratch(std::size_t bytes) {
  static thread_local std::vector<std::byte> memory;
  memory.resize(bytes + 64);
  auto address = reinterpret_cast<std::uintptr_t>(memory.data());
  return memory.data() + (64 - address % 64) % 64;
}
static void asAsked(std::int64_t n, std::int64_t grain, Body body,
                    void *context) {
  for (std::int64_t i = 0; i < n; i += grain)
    body(context, i, std::min(i + grain, n));
}
static void oneByOne(std::int64_t n, std::int64_t, Body body, void *context) {
  for (std::int64_t i = 0; i < n; ++i)
    body(context, i, i + 1);
}
static void backwards(std::int64_t n, std::int64_t grain, Body body,
                      void *context) {
  for (std::int64_t i = (n - 1) / grain * grain; i >= 0; i -= grain)
    body(context, i, std::min(i + grain, n));
}

static FerroHost hostFor(Ranges ranges) {
  switch (ranges) {
  case Ranges::AsAsked:
    return {asAsked, ownScratch, nullptr, nullptr, nullptr};
  case Ranges::OneByOne:
    return {oneByOne, ownScratch, nullptr, nullptr, nullptr};
  case Ranges::Backwards:
    return {backwards, ownScratch, nullptr, nullptr, nullptr};
  case Ranges::Threads:
    return device::kernelHost();
  }
  __builtin_unreachable();
}

std::vector<Literal> CompiledRegion::run(const std::vector<Literal> &inputs,
                                         Ranges ranges) const {
  std::vector<Buffer> buffers;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    buffers.push_back(layOut(inputs[i], region.type(region.inputs[i])));
  for (graph::ValueId output : region.outputs)
    buffers.emplace_back(numel(region.type(output).shape) *
                         byteSize(region.type(output).dtype));
  std::vector<void *> pointers;
  for (Buffer &buffer : buffers)
    pointers.push_back(buffer.data());
  Buffer space(workspace);
  FerroHost host = hostFor(ranges);
  kernel(pointers.data(), space.data(), &host);
  if (!space.isIntact())
    throw std::runtime_error("the kernel wrote beyond its workspace");
  std::vector<Literal> results;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    if (!buffers[i].isIntact())
      throw std::runtime_error("the kernel wrote beyond buffer " +
                               std::to_string(i));
    if (i < inputs.size())
      continue;
    const graph::Type &type = region.type(region.outputs[i - inputs.size()]);
    results.push_back(
        {type.dtype,
         type.shape,
         {buffers[i].data(), buffers[i].data() + buffers[i].size}});
  }
  return results;
}

//===--- inputs and comparison

Literal randomLiteral(const graph::Type &type, std::mt19937 &random,
                      bool zeros) {
  Literal literal{type.dtype, type.shape, {}};
  literal.bytes.resize(numel(type.shape) * byteSize(type.dtype));
  visit(type.dtype, [&](auto sample) {
    using T = decltype(sample);
    std::uniform_real_distribution<double> reals(-4, 4);
    std::uniform_int_distribution<int> integers(
        dtypeOf<T> == DType::U8 ? 0 : -9, 9);
    for (std::int64_t i = 0; i < numel(type.shape); ++i) {
      T value;
      if constexpr (dtypeOf<T> == DType::Bool)
        value = random() % 2 != 0;
      else if constexpr (isFloat(dtypeOf<T>))
        value = T(static_cast<float>(reals(random)));
      else
        value = static_cast<T>(integers(random));
      if constexpr (!isFloat(dtypeOf<T>) && dtypeOf<T> != DType::Bool)
        if (!zeros && value == T(0))
          value = T(3);
      std::memcpy(literal.bytes.data() + i * sizeof(T), &value, sizeof(T));
    }
  });
  return literal;
}

std::vector<Literal> randomInputs(const Graph &graph, std::mt19937 &random) {
  bool divides = std::any_of(
      graph.nodes.begin(), graph.nodes.end(),
      [](const graph::Node &node) { return node.op == graph::OpKind::Div; });
  std::vector<Literal> inputs;
  for (graph::ValueId input : graph.inputs)
    inputs.push_back(randomLiteral(graph.type(input), random, !divides));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const graph::Type &type = graph.type(graph.inputs[i]);
    Buffer buffer = layOut(inputs[i], type);
    inputs[i] = readBack(buffer, type);
  }
  return inputs;
}

template <typename T> static double distance(T a, T b, double scale) {
  if constexpr (!isFloat(dtypeOf<T>)) {
    return a == b ? 0 : HUGE_VAL;
  } else {
    double x = static_cast<double>(a), y = static_cast<double>(b);
    if (x == y || (std::isnan(x) && std::isnan(y)))
      return 0;
    if (!std::isfinite(x) || !std::isfinite(y))
      return HUGE_VAL;
    double epsilon = dtypeOf<T> == DType::F64   ? 0x1p-52
                     : dtypeOf<T> == DType::F32 ? 0x1p-23
                     : dtypeOf<T> == DType::F16 ? 0x1p-10
                                                : 0x1p-7;
    double smallest = dtypeOf<T> == DType::F64   ? 0x1p-1022
                      : dtypeOf<T> == DType::F16 ? 0x1p-14
                                                 : 0x1p-126;
    return std::abs(x - y) /
           (epsilon * std::max({std::abs(y), scale, smallest}));
  }
}

std::string difference(const Literal &found, const Literal &expected,
                       double ulps, double scale) {
  if (found.shape != expected.shape || found.dtype != expected.dtype)
    return "found " + std::string(toString(found.dtype)) +
           toString(found.shape) + ", expected " +
           std::string(toString(expected.dtype)) + toString(expected.shape);
  std::string text;
  visit(found.dtype, [&](auto sample) {
    using T = decltype(sample);
    for (std::int64_t i = 0; i < numel(found.shape); ++i) {
      T a, b;
      std::memcpy(&a, found.bytes.data() + i * sizeof(T), sizeof(T));
      std::memcpy(&b, expected.bytes.data() + i * sizeof(T), sizeof(T));
      double apart = distance(a, b, scale);
      if (apart > ulps && text.empty())
        text = "element " + std::to_string(i) + " is " +
               std::to_string(static_cast<double>(a)) +
               ", the reference says " +
               std::to_string(static_cast<double>(b)) + ", " +
               std::to_string(apart) + " ulp apart";
    }
  });
  return text;
}

std::string checkRegion(const Graph &region, double ulps, double scale,
                        unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Literal> inputs = randomInputs(region, random);
  std::vector<Literal> expected = exec::interpret(region, inputs);
  try {
    std::vector<Literal> found = CompiledRegion(region).run(inputs);
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (std::string text = difference(found[i], expected[i], ulps, scale);
          !text.empty())
        return "output " + std::to_string(i) + ": " + text + "\n" +
               graph::print(region);
  } catch (const std::exception &error) {
    return std::string(error.what()) + "\n" + graph::print(region);
  }
  return "";
}

std::string checkText(const std::string &text, double ulps, double scale) {
  return checkRegion(graph::parse(text), ulps, scale);
}

} // namespace ferro::test
