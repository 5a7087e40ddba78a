#include "cutile/Compiled.h"
#include "cutile/Debug.h"

#include "artifact/KernelFacts.h"
#include "compiler/Abi.h"
#include "device/Executable.h"
#include "device/ThreadPool.h"
#include "jit/Compile.h"
#include "launch/Globals.h"
#include "launch/ModuleText.h"
#include "support/Bytes.h"
#include "support/Environment.h"

#include "ferro/Error.h"
#include "ferro/Registry.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace cutile::detail {

using ferro::Error;

//===--- the words of a launch (compiler/Abi.h)

namespace {
/// A list of a launch's own: on the stack, unless it is long.
template <typename T, std::size_t few> class Few {
public:
  /// \p count more elements, as they come.
  T *grow(std::size_t count) {
    std::size_t first = std::exchange(used, used + count);
    if (used > few && many.size() < used) {
      if (many.empty())
        many.assign(own, own + std::min(first, few));
      many.resize(std::max(used, 2 * many.size()));
    }
    return data() + first;
  }
  T *data() { return many.empty() ? own : many.data(); }
  std::size_t size() const { return used; }

private:
  T own[few];
  std::vector<T> many;
  std::size_t used = 0;
};

class Words {
public:
  void add(std::int64_t number) { *words.grow(1) = number; }
  void add(const ValueBytes &value) {
    std::size_t alignment = std::max<std::size_t>(value.alignment / 8, 1);
    while (words.size() % alignment != 0)
      add(0);
    std::size_t count = (value.size + 7) / 8;
    std::int64_t *to = words.grow(count);
    if (value.size != 0) {
      to[count - 1] = 0;
      std::memcpy(to, value.first, value.size);
    }
  }
  void *data() { return words.data(); }

private:
  Few<std::int64_t, 192> words;
};
} // namespace

static bool isView(ParameterKind kind) {
  return kind == ParameterKind::Output || kind == ParameterKind::Input ||
         kind == ParameterKind::Mapped;
}

static void addParameter(Words &words, const ParameterDescription &parameter,
                         const BoundMemory &memory, const ValueBytes &value) {
  if (parameter.kind == ParameterKind::Pointer) {
    words.add(static_cast<std::int64_t>(
        reinterpret_cast<std::uintptr_t>(memory.first)));
    return;
  }
  if (!isView(parameter.kind))
    return words.add(value);
  for (int axis = 0; axis < memory.rank; ++axis)
    words.add(memory.extents[axis]);
  for (int axis = 0; axis < memory.rank; ++axis)
    words.add(memory.strides[axis]);
  if (parameter.kind == ParameterKind::Output)
    for (int axis = 0; axis < memory.rank; ++axis)
      if (parameter.extents[axis] <= 0)
        words.add(memory.tile[axis]);
}

//===--- failures

// What a check in native code says, as an Error.
static std::string filledIn(std::string_view text, const std::int64_t *values,
                            std::int64_t count) {
  std::string result(text);
  for (std::int64_t i = 0; i < count; ++i) {
    std::string hole = "{" + std::to_string(i) + "}";
    if (std::size_t at = result.find(hole); at != result.npos)
      result.replace(at, hole.size(), std::to_string(values[i]));
  }
  return result;
}

static ferro::Code codeNamed(std::string_view name) {
#define FERRO_ERROR(Id, summary)                                               \
  if (name == #Id)                                                             \
    return ferro::Code::Id;
#include "ferro/Errors.def"
  return ferro::Code::Internal;
}

namespace {
/// The launch that a thread works for.
struct Running {
  std::string_view kernel;
  Grid grid;
};
} // namespace
static thread_local const Running *running = nullptr;

[[noreturn]] static void fail(const char *code, const char *text,
                              const std::int64_t *values, std::int64_t count,
                              std::int64_t block) {
  std::string_view all = text;
  std::string_view place = all.substr(all.rfind('\n') + 1);
  std::string said = filledIn(all.substr(0, all.rfind('\n')), values, count);
  const Grid &grid = running->grid;
  // "load of parameter 2: index ..." in block (...).
  std::size_t colon = said.find(": ");
  std::string where =
      block < 0 ? ""
                : " in block (" + std::to_string(block % grid.x) + ", " +
                      std::to_string(block / grid.x % grid.y) + ", " +
                      std::to_string(block / grid.x / grid.y) + ")";
  said.insert(colon == said.npos ? said.size() : colon, where);
  if (!place.empty())
    said += ", at " + std::string(place);
  throw Error(codeNamed(code), std::string(running->kernel), said);
}

namespace {
/// A loop over blocks whose failures cross threads.
struct Loop {
  void (*body)(void *, std::int64_t, std::int64_t);
  void *context;
  const Running *launch;
  std::mutex mutex;
  std::exception_ptr failure;
  std::int64_t failed = 0; // where the range of `failure` begins
};
} // namespace

static void runRange(void *context, std::int64_t begin, std::int64_t end) {
  Loop &loop = *static_cast<Loop *>(context);
  const Running *outer = std::exchange(running, loop.launch);
  try {
    loop.body(loop.context, begin, end);
  } catch (...) {
    // Of several, the first block's is told.
    std::lock_guard lock(loop.mutex);
    if (!loop.failure || begin < loop.failed) {
      loop.failure = std::current_exception();
      loop.failed = begin;
    }
  }
  running = outer;
}

static void parallelFor(std::int64_t n, std::int64_t grain,
                        void (*body)(void *, std::int64_t, std::int64_t),
                        void *context) {
  Loop loop{body, context, running, {}, {}, 0};
  ferro::device::parallelFor(n, grain, runRange, &loop);
  if (loop.failure)
    std::rethrow_exception(loop.failure);
}

//===--- printing

template <typename E>
static void writeElements(std::ostream &out, const FerroPrinted &value) {
  const E *elements = static_cast<const E *>(value.elements);
  std::int64_t size = 1;
  for (std::int64_t axis = 0; axis < value.rank; ++axis)
    size *= value.extents[axis];
  // As reference::write of a tile.
  for (std::int64_t i = 0; i < size; ++i) {
    std::string before, behind;
    std::int64_t row = 1;
    for (std::int64_t axis = value.rank - 1; axis >= 0; --axis) {
      row *= value.extents[axis];
      before += i % row == 0 ? "[" : "";
      behind += (i + 1) % row == 0 ? "]" : "";
    }
    out << (i == 0 ? "" : ", ") << before;
    reference::write(out, elements[i]);
    out << behind;
  }
}

static void writeValue(std::ostream &out, const FerroPrinted &value) {
  switch (static_cast<ElementId>(value.element)) {
#define CUTILE_ELEMENT(Id, name, CppType, kind, bits)                          \
  case ElementId::Id:                                                          \
    return writeElements<CppType>(out, value);
#include "cutile/Elements.def"
  }
}

static void print(const char *text, const FerroPrinted *values,
                  std::int64_t count) {
  std::ostringstream line;
  for (std::int64_t i = 0; i < count; ++i) {
    text = reference::writeUntilPlace(line, text);
    writeValue(line, values[i]);
  }
  reference::writeUntilPlace(line, text);
  line << '\n';
  std::fputs(line.str().c_str(), stdout);
}

//===--- numbers that outlive launches

static void *global(const char *name) {
  if (void *address = ferro::launch::globalNamed(name))
    return address;
  throw Error(ferro::Code::ModuleNotFound, std::string(running->kernel),
              "the program registers no cutile::Global of the name " +
                  std::string(name) +
                  "; it is a variable of a module's namespace");
}

//===--- code

namespace {
/// What compiled code may rely on, as the bytes of artifact/KernelFacts.h.
class Facts {
public:
  Facts(const Binding &binding,
        std::span<const ParameterDescription> parameters,
        std::span<const ValueBytes> values)
      : most(std::countr_zero(
            unsigned(binding.asked.options.max_divisibility.value_or(1)))) {
    addOptions(binding);
    for (std::size_t i = 0; i < parameters.size(); ++i)
      if (isView(parameters[i].kind))
        addTensor(binding.memory[i]);
      else if (most != 0 && parameters[i].kind == ParameterKind::Pointer)
        addNumber(addressOf(binding.memory[i]));
      else if (most != 0 && parameters[i].isInteger)
        addNumber(bitsOf(values[i]));
      else
        add(Tag::Other);
  }
  std::span<const std::uint8_t> bytes() { return {list.data(), list.size()}; }

private:
  using Tag = ferro::artifact::FactsTag;

  template <typename T> void add(T byte) {
    *list.grow(1) = static_cast<std::uint8_t>(byte);
  }
  void addOptions(const Binding &binding) {
    const CompileOptions &options = binding.asked.options;
    add(options.occupancy.value_or(0));
    add(options.num_cta_in_cga.value_or(0));
    add(options.num_worker_warps_per_cta.value_or(0));
    add(binding.asked.isConstGrid);
    if (binding.asked.isConstGrid)
      for (std::int64_t extent :
           {binding.grid.x, binding.grid.y, binding.grid.z})
        for (int byte = 0; byte < 4; ++byte)
          add(extent >> 8 * byte);
  }
  void addNumber(std::uint64_t number) {
    add(Tag::Number);
    add(divisorOf(number));
  }
  void addTensor(const BoundMemory &memory) {
    bool isContiguous =
        memory.rank == 0 || memory.strides[memory.rank - 1] == 1;
    if (most == 0) {
      add(Tag::Brief);
      return add(isContiguous);
    }
    add(Tag::Full);
    add(memory.rank);
    add(isContiguous | isDistinct(memory) << 1);
    unsigned units = 0;
    for (int axis = 0; axis < memory.rank; ++axis)
      units |= unsigned(memory.strides[axis] == 1) << axis;
    add(units);
    add(divisorOf(addressOf(memory)));
    for (int axis = 0; axis < memory.rank; ++axis)
      add(divisorOf(static_cast<std::uint64_t>(memory.extents[axis])) |
          divisorOf(static_cast<std::uint64_t>(memory.strides[axis])) << 4);
  }

  // Everything divides 0.
  int divisorOf(std::uint64_t number) const {
    return std::min(std::countr_zero(number), most);
  }
  static std::uint64_t addressOf(const BoundMemory &memory) {
    return reinterpret_cast<std::uintptr_t>(memory.first);
  }
  static std::uint64_t bitsOf(const ValueBytes &value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, value.first, std::min(value.size, sizeof bits));
    return bits;
  }
  // Each axis steps over all that the ones with smaller strides reach.
  static bool isDistinct(const BoundMemory &memory) {
    std::array<int, ferro::maxRank> order{};
    int count = 0;
    for (int axis = 0; axis < memory.rank; ++axis)
      if (memory.extents[axis] > 1)
        order[count++] = axis;
    auto step = [&](int axis) { return std::abs(memory.strides[axis]); };
    std::sort(order.begin(), order.begin() + count,
              [&](int a, int b) { return step(a) < step(b); });
    std::int64_t reach = 0;
    for (int i = 0; i < count; ++i) {
      if (step(order[i]) <= reach)
        return false;
      reach += (memory.extents[order[i]] - 1) * step(order[i]);
    }
    return true;
  }

  int most; // the logarithm of the greatest divisor
  Few<std::uint8_t, 192> list;
};

/// Code for some facts, in a list that only grows: launches read it unlocked.
struct Made {
  std::vector<std::uint8_t> facts;
  std::shared_ptr<const ferro::device::Executable> executable;
  FerroKernel *kernel;
  const Made *next;
};
} // namespace

struct CompiledKernel::Code {
  std::string tag; // mangled: the compiler reads it
  std::mutex mutex;
  std::atomic<const Made *> made{nullptr};
  std::atomic<std::uint64_t> runs{0};
  std::atomic<bool> hasNoSource{false};

  const Made *find(std::span<const std::uint8_t> facts) const {
    const Made *each = made.load(std::memory_order_acquire);
    while (each && !std::ranges::equal(facts, each->facts))
      each = each->next;
    return each;
  }
  const Made *add(std::span<const std::uint8_t> facts,
                  std::shared_ptr<const ferro::device::Executable> executable) {
    std::lock_guard lock(mutex);
    if (const Made *other = find(facts)) // another thread was faster
      return other;
    FerroKernel *kernel = executable->tileKernel();
    made.store(
        new Made{
            {facts.begin(), facts.end()}, std::move(executable), kernel, made},
        std::memory_order_release);
    return made;
  }
};

CompiledKernel::CompiledKernel(const std::type_info &tag)
    : code(std::make_unique<Code>()) {
  code->tag = std::string("_ZTI") + tag.name();
}
CompiledKernel::~CompiledKernel() {
  for (const Made *each = code->made; each;)
    delete std::exchange(each, each->next);
}
std::uint64_t CompiledKernel::runs() const { return code->runs; }

using ferro::artifact::CheckPlaces;

static CheckPlaces checkPlaces() {
  std::string places =
      ferro::support::environment(ferro::support::Variable::Checks);
  if (places == "auto")
    return CheckPlaces::Auto;
  if (places == "block")
    return CheckPlaces::Block;
  if (places == "nohoist")
    return CheckPlaces::NoHoist;
  throw Error(ferro::Code::InvalidArgument, "FERRO_CHECKS",
              "it is " + places + "; it can be auto, block or nohoist");
}

static std::shared_ptr<const ferro::device::Executable>
compile(std::string_view name, const std::string &tag,
        const ferro::registry::Module &module,
        std::span<const std::uint8_t> facts) {
  ferro::support::ByteWriter key;
  key.string("tile kernel");
  key.string(module.hash);
  key.string(tag);
  key.bytes(std::as_bytes(facts));
  CheckPlaces checks = checkPlaces();
  key.write(checks);
  std::span<const std::byte> bytes = key.view();
  return ferro::jit::loadOrCompile(
      {reinterpret_cast<const char *>(bytes.data()), bytes.size()}, [&] {
        ferro::jit::Source source;
        source.function = name;
        source.kernel = {ferro::launch::sourceOf(module),
                         tag,
                         module.standard,
                         module.signedChar,
                         {facts.begin(), facts.end()},
                         {},
                         {},
                         checks};
        return source;
      });
}

namespace {
/// What FERRO_KERNELS says.
enum class Wanted { Auto, Compiled, Reference };
} // namespace

static Wanted wanted() {
  std::string kernels =
      ferro::support::environment(ferro::support::Variable::Kernels);
  if (kernels == "auto")
    return Wanted::Auto;
  if (kernels == "compiled")
    return Wanted::Compiled;
  if (kernels == "reference")
    return Wanted::Reference;
  throw Error(ferro::Code::InvalidArgument, "FERRO_KERNELS",
              "it is " + kernels + "; it can be auto, compiled or reference");
}

bool CompiledKernel::run(std::string_view name, const Binding &binding,
                         std::span<const ParameterDescription> parameters,
                         std::span<const ValueBytes> values) {
  static const Wanted kernels = wanted();
  if (kernels == Wanted::Reference || code->hasNoSource)
    return false;
  Facts facts(binding, parameters, values);
  const Made *made = code->find(facts.bytes());
  if (!made) {
    auto module = ferro::registry::find(name);
    if (!module && kernels == Wanted::Auto) {
      code->hasNoSource = true;
      return false;
    }
    if (!module)
      throw Error(ferro::Code::ModuleNotFound, std::string(name),
                  "FERRO_KERNELS is compiled, and the program does not hold "
                  "this kernel's source: was it compiled with the plugin?");
    made = code->add(facts.bytes(),
                     compile(name, code->tag, *module, facts.bytes()));
  }
  if (binding.asked.isOnlyCompiled)
    return true;
  Words words;
  words.add(binding.grid.x);
  words.add(binding.grid.y);
  words.add(binding.grid.z);
  Few<void *, 32> buffers;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (isView(parameters[i].kind))
      *buffers.grow(1) = binding.memory[i].first;
    addParameter(words, parameters[i], binding.memory[i], values[i]);
  }
  *buffers.grow(1) = words.data();
  static const FerroHost host{parallelFor, ferro::device::scratch, fail, print,
                              global};
  Running launch{name, binding.grid};
  const Running *outer = std::exchange(running, &launch);
  struct Restore {
    const Running *outer;
    ~Restore() { running = outer; }
  } restore{outer};
  made->kernel(buffers.data(), nullptr, &host);
  ++code->runs;
  return true;
}

} // namespace cutile::detail
