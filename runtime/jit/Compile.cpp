#include "jit/Compile.h"

#include "artifact/Cache.h"
#include "device/CpuFeatures.h"
#include "jit/CompilerPaths.h"
#include "jit/CompilerProcess.h"
#include "jit/Dump.h"
#include "support/Bytes.h"
#include "support/Log.h"

#include "ferro/Error.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <future>
#include <mutex>
#include <pthread.h>
#include <unordered_map>

namespace ferro::jit {

using artifact::Artifact;
using device::Executable;
using ExecutablePointer = std::shared_ptr<const Executable>;

// --- compiling

static bool hasKernels(const graph::Graph &graph) {
  return std::ranges::any_of(graph.nodes, [](const graph::Node &node) {
    return node.op == graph::OpKind::Fused;
  });
}

static artifact::CompileResponse askForObject(const Source &source) {
  dumpStages(source);
  CompilerReply reply =
      askCompiler(requestFor(source, artifact::Stage::Object));
  ++artifact::cacheCounters().compiles;
  if (reply.status != FERRO_OK)
    throw Error(Code::CompilationFailed, source.function, reply.message);
  return artifact::deserializeResponse(reply.bytes);
}

static Artifact makeArtifact(Source source, std::string key) {
  Artifact artifact;
  if (source.kernel || hasKernels(source.graph)) {
    artifact::CompileResponse response = askForObject(source);
    artifact.kernels = std::move(response.kernels);
    artifact.object = std::move(response.object);
    artifact.manifest.target = device::hostTarget();
  } else {
    artifact.manifest.target.triple =
        device::hostTarget().triple; // nothing runs that needs features
  }
  artifact.manifest.function = std::move(source.function);
  artifact.manifest.libraryVersion = FERRO_VERSION;
  artifact.manifest.compilerVersion = compilerIdentity();
  artifact.manifest.kernelAbi = FERRO_COMPILER_ABI;
  artifact.manifest.key = std::move(key);
  artifact.manifest.isTileKernel = source.kernel.has_value();
  artifact.manifest.inputs = std::move(source.inputs);
  artifact.manifest.statics = std::move(source.statics);
  artifact.graph = std::move(source.graph);
  artifact.plan = std::move(source.plan);
  return artifact;
}

ExecutablePointer compile(Source source, std::string key) {
  std::string function = source.function;
  try {
    return std::make_shared<const Executable>(
        makeArtifact(std::move(source), std::move(key)));
  } catch (const Error &error) {
    // What the compiler sent is not what was asked for.
    if (error.code() == Code::SerializationError)
      throw Error(Code::CompilationFailed, function, error.what());
    throw;
  }
}

// --- keys

std::string fullKey(std::string_view key) {
  const artifact::Target &target = device::hostTarget();
  support::ByteWriter writer;
  writer.string(libraryIdentity());
  writer.write<std::uint32_t>(FERRO_COMPILER_ABI);
  writer.write(artifact::formatVersion);
  writer.string(compilerIdentity());
  writer.string(target.triple);
  writer.string(target.cpu);
  writer.count(target.features.size());
  for (const std::string &feature : target.features)
    writer.string(feature);
  writer.string(key);
  std::span<const std::byte> bytes = writer.view();
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

// --- memory

namespace {
/// Code by full key; while it is being made, a promise of it. Never destroyed.
struct Memory {
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_future<ExecutablePointer>> code;
};
} // namespace

static Memory &memory() {
  static Memory *const memory = new Memory;
  return *memory;
}

static bool isReady(const std::shared_future<ExecutablePointer> &future) {
  return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

static void beforeFork() { memory().mutex.lock(); }
static void afterForkInParent() { memory().mutex.unlock(); }
// The threads that were making code exist in the parent only.
static void afterForkInChild() {
  std::erase_if(memory().code,
                [](const auto &entry) { return !isReady(entry.second); });
  memory().mutex.unlock();
}

void forgetCode() {
  std::lock_guard lock(memory().mutex);
  std::erase_if(memory().code,
                [](const auto &entry) { return isReady(entry.second); });
}

// --- all together

namespace {
/// Says where code came from, and after how long.
class Watch {
public:
  void say(const Executable &executable, const char *origin) const {
    if (!support::isLogged(support::Topic::Compile))
      return;
    std::chrono::duration<double, std::milli> passed =
        std::chrono::steady_clock::now() - start;
    char time[32];
    std::snprintf(time, sizeof time, " in %.2f ms", passed.count());
    support::log(support::Topic::Compile,
                 executable.artifact().manifest.function + ": " + origin +
                     time);
  }

private:
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
};
} // namespace

static ExecutablePointer loadFromDisk(const std::string &key) {
  std::optional<Artifact> artifact = artifact::findCached(key);
  if (!artifact)
    return nullptr;
  try {
    auto executable = std::make_shared<const Executable>(std::move(*artifact));
    ++artifact::cacheCounters().diskHits;
    return executable;
  } catch (const Error &error) { // made anew instead
    ++artifact::cacheCounters().rejected;
    support::log(support::Topic::Cache, error.what());
    return nullptr;
  }
}

static ExecutablePointer loadOrMake(const std::string &key,
                                    const std::function<Source()> &makeSource) {
  Watch watch;
  if (ExecutablePointer executable = loadFromDisk(key)) {
    watch.say(*executable, "from the disk cache");
    return executable;
  }
  ++artifact::cacheCounters().misses;
  expectRequests(); // it starts while the source is made
  // Loaded before it is stored: what cannot be loaded is never stored.
  ExecutablePointer executable = compile(makeSource(), key);
  watch.say(*executable, "compiled");
  artifact::storeCached(executable->artifact());
  return executable;
}

ExecutablePointer loadOrCompile(std::string_view partialKey,
                                const std::function<Source()> &makeSource) {
  static const int registered =
      ::pthread_atfork(beforeFork, afterForkInParent, afterForkInChild);
  static_cast<void>(registered);
  std::string key = fullKey(partialKey);
  std::promise<ExecutablePointer> promise;
  std::unique_lock lock(memory().mutex);
  auto [place, isNew] =
      memory().code.try_emplace(key, promise.get_future().share());
  if (!isNew) {
    std::shared_future<ExecutablePointer> future = place->second;
    lock.unlock();
    ExecutablePointer executable = future.get();
    ++artifact::cacheCounters().memoryHits;
    return executable;
  }
  lock.unlock();
  try {
    ExecutablePointer executable = loadOrMake(key, makeSource);
    promise.set_value(executable);
    return executable;
  } catch (...) {
    lock.lock();
    memory().code.erase(key); // the next call tries again
    lock.unlock();
    promise.set_exception(std::current_exception());
    throw;
  }
}

} // namespace ferro::jit
