#include "ferro/Emulator.h"

#include "emulator/Machine.h"
#include "ferro/Error.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

using namespace ferro;
using namespace ferro::emulator;

struct Emulator::State {
  GlobalMemory memory;
  std::unique_ptr<Program> program;
  /// Of the module's variables.
  std::vector<const Allocation *> variables;

  const emulator::Code &entry(const std::string &kernel) const;
  void unload();
  Allocation &allocation(std::uint64_t address, std::size_t bytes) const;
};

static std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx",
                static_cast<unsigned long long>(value));
  return text;
}

[[noreturn]] static void refuse(const std::string &text) {
  throw Error(ferro::Code::InvalidArgument, "emulator", text);
}

const emulator::Code &Emulator::State::entry(const std::string &kernel) const {
  const emulator::Code *code = program ? program->entry(kernel) : nullptr;
  if (!code)
    refuse("the module has no kernel `" + kernel + "`");
  return *code;
}

void Emulator::State::unload() {
  program.reset();
  for (const Allocation *variable : variables)
    memory.remove(*variable);
  variables.clear();
}

Allocation &Emulator::State::allocation(std::uint64_t address,
                                        std::size_t bytes) const {
  Allocation *found = memory.at(address);
  if (!found || !found->live || address + bytes > found->address + found->bytes)
    throw Error(ferro::Code::IndexOutOfBounds, "emulator",
                std::to_string(bytes) + " bytes at " + hex(address) +
                    " are in no allocation");
  return *found;
}

Emulator::Emulator() : state(std::make_unique<State>()) {}
Emulator::~Emulator() = default;
Emulator::Emulator(Emulator &&) noexcept = default;
Emulator &Emulator::operator=(Emulator &&) noexcept = default;

static std::uint64_t placeVariable(GlobalMemory &memory,
                                   std::vector<const Allocation *> &variables,
                                   const Variable &variable) {
  Allocation &allocation =
      memory.allocate(variable.bytes, std::max(variable.alignment, 256u));
  allocation.name = variable.name;
  allocation.readOnly = variable.space == Space::Const;
  if (!variable.initial.empty())
    std::copy(variable.initial.begin(), variable.initial.end(),
              allocation.memory.get());
  // Variables without a value are zero.
  std::fill_n(allocation.written.get(), variable.bytes, std::uint8_t(1));
  variables.push_back(&allocation);
  return allocation.address;
}

static void relocate(GlobalMemory &memory, const Program &program,
                     const Variable &variable, std::uint64_t at) {
  for (const Relocation &relocation : variable.relocations) {
    std::uint64_t value = 0;
    bool known = false;
    if (auto found = program.addresses.find(relocation.symbol);
        found != program.addresses.end()) {
      value = found->second;
      known = true;
    }
    for (std::size_t i = 0; !known && i < program.codes.size(); ++i)
      if (program.codes[i].function->name == relocation.symbol) {
        value = functionWindow + 16 * i;
        known = true;
      }
    if (!known)
      throw Error(ferro::Code::ParseError, "ptx",
                  "the value of `" + variable.name + "` names `" +
                      relocation.symbol + "`, which was not declared");
    value += std::uint64_t(relocation.addend);
    Allocation &allocation = *memory.at(at);
    std::memcpy(&allocation.memory[relocation.offset], &value,
                relocation.bytes);
  }
}

void Emulator::load(const std::string &ptx) {
  state->unload();
  auto program = std::make_unique<Program>();
  program->module = parsePtx(ptx);
  auto inMemory = [](const Variable &variable) {
    return variable.space == Space::Global || variable.space == Space::Const;
  };
  for (const Variable &variable : program->module.variables)
    if (inMemory(variable) && (!variable.isExtern || variable.bytes))
      program->addresses[variable.name] =
          placeVariable(state->memory, state->variables, variable);
  for (const Function &function : program->module.functions)
    for (std::size_t i = 0; i < function.variables.size(); ++i)
      if (inMemory(function.variables[i]))
        program->addresses[function.name + "::" + function.variables[i].name +
                           "#" + std::to_string(i)] =
            placeVariable(state->memory, state->variables,
                          function.variables[i]);
  decode(*program);
  for (const Variable &variable : program->module.variables)
    if (inMemory(variable))
      relocate(state->memory, *program, variable,
               program->addresses[variable.name]);
  state->program = std::move(program);
}

std::uint64_t Emulator::allocate(std::size_t bytes) {
  return state->memory.allocate(bytes).address;
}

void Emulator::release(std::uint64_t address) {
  Allocation *found = state->memory.at(address);
  if (!found || found->address != address || !found->live)
    refuse("nothing is allocated at " + hex(address));
  found->live = false;
  // The address stays known, so that later uses of it are noticed.
  found->memory.reset();
  found->written.reset();
}

void Emulator::write(std::uint64_t to, const void *from, std::size_t bytes) {
  Allocation &allocation = state->allocation(to, bytes);
  std::memcpy(&allocation.memory[to - allocation.address], from, bytes);
  std::fill_n(&allocation.written[to - allocation.address], bytes,
              std::uint8_t(1));
}

void Emulator::read(void *to, std::uint64_t from, std::size_t bytes) const {
  Allocation &allocation = state->allocation(from, bytes);
  std::memcpy(to, &allocation.memory[from - allocation.address], bytes);
}

std::vector<std::string> Emulator::kernels() const {
  std::vector<std::string> names;
  if (state->program)
    for (const emulator::Code &code : state->program->codes)
      if (code.function->isEntry)
        names.push_back(code.function->name);
  return names;
}

std::size_t Emulator::parameterBytes(const std::string &kernel) const {
  return state->entry(kernel).parameterBytes;
}

static std::string text(const Extent &extent) {
  return std::to_string(extent.x) + "x" + std::to_string(extent.y) + "x" +
         std::to_string(extent.z);
}

static void checkShape(const emulator::Code &code, LaunchShape &shape,
                       const std::vector<std::byte> &parameters) {
  const Function &function = *code.function;
  const std::string &name = function.name;
  std::uint64_t threads = shape.block.count();
  if (!shape.grid.count() || !threads || threads > 1024 || shape.block.z > 64)
    refuse(name + ": grid " + text(shape.grid) + ", block " +
           text(shape.block) +
           "; blocks have 1 to 1024 threads, at most 64 deep");
  if (function.maxThreads[0]) {
    std::uint64_t most = std::uint64_t(function.maxThreads[0]) *
                         function.maxThreads[1] * function.maxThreads[2];
    if (function.threadsRequired ? threads != most : threads > most)
      refuse(name + ": block " + text(shape.block) + "; the kernel is for " +
             std::to_string(most) + " threads");
  }
  if (function.cluster[0] && shape.cluster.count() == 1)
    shape.cluster = {function.cluster[0], function.cluster[1],
                     function.cluster[2]};
  const Extent &cluster = shape.cluster;
  if (!cluster.count() || cluster.count() > 16 || shape.grid.x % cluster.x ||
      shape.grid.y % cluster.y || shape.grid.z % cluster.z)
    refuse(name + ": cluster " + text(cluster) + " of grid " +
           text(shape.grid) +
           "; clusters have at most 16 blocks and divide the grid");
  std::uint64_t shared = code.dynamicSharedStart + shape.dynamicShared;
  if (shared > 228 * 1024)
    refuse(name + ": " + std::to_string(shared) +
           " bytes of shared memory; a block has 233472");
  if (parameters.size() != code.parameterBytes)
    refuse(name + ": " + std::to_string(parameters.size()) +
           " bytes of parameters; it declares " +
           std::to_string(code.parameterBytes));
}

/// One thread of the host: takes clusters until there are none.
namespace {
struct Worker {
  Grid &grid;
  std::atomic<std::uint64_t> &next;
  std::uint64_t count;
  Statistics statistics;
  std::vector<std::unique_ptr<Cluster>> resident;

  /// Clusters that wait for later ones must not keep them from starting.
  static constexpr std::size_t maximalResident = 2048;
  static constexpr std::uint64_t turn = 400'000;
  static constexpr std::uint64_t idleRoundsOfDeadlock = 2'000'000;

  std::unique_ptr<Cluster> start(std::uint64_t number) const;
  void run();
  void account(std::uint64_t executed);
  bool stuck() const;
};
} // namespace

std::unique_ptr<Cluster> Worker::start(std::uint64_t number) const {
  auto cluster = std::make_unique<Cluster>(grid);
  const Extent &shape = grid.clusterShape;
  std::uint64_t nx = grid.grid.x / shape.x, ny = grid.grid.y / shape.y;
  Extent first{std::uint32_t(number % nx * shape.x),
               std::uint32_t(number / nx % ny * shape.y),
               std::uint32_t(number / nx / ny * shape.z)};
  cluster->random = grid.options.seed * 0x9e3779b97f4a7c15 + number;
  unsigned rank = 0;
  for (std::uint32_t z = 0; z < shape.z; ++z)
    for (std::uint32_t y = 0; y < shape.y; ++y)
      for (std::uint32_t x = 0; x < shape.x; ++x)
        cluster->ctas.push_back(std::make_unique<Cta>(
            grid, *cluster, Extent{first.x + x, first.y + y, first.z + z},
            rank++));
  return cluster;
}

void Worker::account(std::uint64_t executed) {
  std::uint64_t total = grid.executed.fetch_add(executed) + executed;
  std::uint64_t limit = grid.options.instructionLimit;
  if (!limit || total < limit || grid.stopped.exchange(true))
    return;
  for (auto &cluster : resident)
    for (auto &cta : cluster->ctas)
      for (auto &warp : cta->warps)
        if (!warp->finished()) {
          warp->report(grid.program.instructions[warp->paths[0].pc],
                       FindingKind::InstructionLimit, 0, 0,
                       "stopped after " + std::to_string(total) +
                           " instructions");
          return;
        }
}

bool Worker::stuck() const {
  return std::all_of(resident.begin(), resident.end(), [](const auto &cluster) {
    return cluster->idleRounds > idleRoundsOfDeadlock;
  });
}

void Worker::run() {
  std::size_t at = 0;
  while (!grid.stopped) {
    if (at == resident.size()) {
      std::uint64_t number = resident.size() < maximalResident ? next++ : count;
      if (number < count) {
        resident.push_back(start(number));
      } else if (resident.empty()) {
        return;
      } else {
        if (stuck() && next >= count)
          resident[0]->reportDeadlock();
        at = 0;
      }
      continue;
    }
    Cluster &cluster = *resident[at];
    std::uint64_t executed = 0;
    // The limit is met to a round of the warps.
    std::uint64_t limit = grid.options.instructionLimit;
    std::uint64_t ownTurn = limit ? std::min(turn, limit) : turn;
    while (!grid.stopped && !cluster.finished() && executed < ownTurn) {
      executed += cluster.step();
      // Nothing of its own moves: others may help.
      if (cluster.idleRounds && cluster.idleRounds % 64 == 0)
        break;
    }
    account(executed);
    if (!cluster.finished()) {
      ++at;
      continue;
    }
    add(statistics, cluster.statistics);
    resident.erase(resident.begin() + std::ptrdiff_t(at));
  }
  for (auto &cluster : resident)
    add(statistics, cluster->statistics);
}

LaunchReport Emulator::launch(const std::string &kernel,
                              const LaunchShape &wanted,
                              const std::vector<std::byte> &parameters,
                              const LaunchOptions &options) {
  const emulator::Code &code = state->entry(kernel);
  LaunchShape shape = wanted;
  checkShape(code, shape, parameters);
  Grid grid(*state->program, state->memory, code);
  grid.grid = shape.grid;
  grid.block = shape.block;
  grid.clusterShape = shape.cluster;
  grid.dynamicShared = shape.dynamicShared;
  grid.parameters = parameters;
  grid.options = options;
  if (options.globalRaces)
    grid.raceShadow = std::make_unique<
        std::map<const Allocation *, std::vector<GlobalCell>>>();
  auto begin = std::chrono::steady_clock::now();
  std::uint64_t clusters = shape.grid.count() / shape.cluster.count();
  unsigned workers = options.workers
                         ? options.workers
                         : std::max(1u, std::thread::hardware_concurrency());
  if (options.seed || options.globalRaces)
    workers = 1;
  workers = unsigned(std::min<std::uint64_t>(workers, clusters));
  std::atomic<std::uint64_t> next{0};
  std::vector<Worker> all;
  for (unsigned i = 0; i < workers; ++i)
    all.push_back({grid, next, clusters, {}, {}});
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < workers; ++i)
    threads.emplace_back([&all, i] { all[i].run(); });
  all[0].run();
  for (std::thread &thread : threads)
    thread.join();
  LaunchReport report;
  for (Worker &worker : all)
    add(report.statistics, worker.statistics);
  report.printed = std::move(grid.printed);
  report.findings = grid.findings.all();
  report.statistics.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  return report;
}
