#include "jit/InProcessCompiler.h"

#include "jit/CompilerPaths.h"
#include "support/Log.h"

#include "ferro/Error.h"

#include <atomic>
#include <cstring>
#include <dlfcn.h>
#include <memory>
#include <mutex>
#include <pthread.h>

namespace ferro::jit {

struct InProcessCompiler {
  decltype(&fc_abi_version) abiVersion = nullptr;
  decltype(&fc_compile) compile = nullptr;
  decltype(&fc_release) release = nullptr;
  std::atomic<bool> hasStopped{false};
};

[[noreturn]] static void unavailable(const std::string &text) {
  throw Error(Code::CompilerUnavailable, "compiler", text);
}

template <typename Function>
static void find(void *library, const char *name, Function &function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (!function)
    unavailable(std::string("the library has no ") + name);
}

// Never unloaded: LLVM's threads and destructors would be left without code.
static std::unique_ptr<InProcessCompiler> load() {
  std::string path = compilerLibraryPath();
  if (path.empty())
    unavailable("no compiler library; " + describeSearch());
  void *library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    unavailable(::dlerror());
  auto compiler = std::make_unique<InProcessCompiler>();
  find(library, "fc_abi_version", compiler->abiVersion);
  find(library, "fc_compile", compiler->compile);
  find(library, "fc_release", compiler->release);
  if (int version = compiler->abiVersion(); version != FERRO_COMPILER_ABI)
    unavailable(path + " speaks interface " + std::to_string(version) +
                "; this library speaks " + std::to_string(FERRO_COMPILER_ABI));
  support::log(support::Topic::Compile, "loaded " + path);
  return compiler;
}

InProcessCompiler *usableInProcessCompiler() {
  static std::mutex mutex;
  static InProcessCompiler *loaded = nullptr; // never destroyed
  std::lock_guard lock(mutex);
  if (!loaded)
    loaded = load().release();
  return loaded->hasStopped ? nullptr : loaded;
}

namespace {
struct Job {
  InProcessCompiler &compiler;
  std::span<const std::byte> request;
  CompilerReply reply;
};
} // namespace

static void *runJob(void *argument) {
  Job &job = *static_cast<Job *>(argument);
  FerroResponse *response = job.compiler.compile(
      reinterpret_cast<const std::uint8_t *>(job.request.data()),
      job.request.size());
  job.reply.status = response->status;
  if (response->status == FERRO_OK) {
    auto bytes = std::as_bytes(std::span(response->bytes, response->size));
    job.reply.bytes.assign(bytes.begin(), bytes.end());
  } else {
    job.reply.message = response->message;
  }
  if (response->status == FERRO_FATAL)
    job.compiler.hasStopped = true;
  job.compiler.release(response);
  return nullptr;
}

CompilerReply compileInProcess(InProcessCompiler &compiler,
                               std::span<const std::byte> request) {
  Job job{compiler, request, {}};
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, std::size_t(8) << 20);
  pthread_t thread;
  int error = ::pthread_create(&thread, &attributes, runJob, &job);
  ::pthread_attr_destroy(&attributes);
  if (error)
    unavailable(std::string("no thread for it: ") + std::strerror(error));
  ::pthread_join(thread, nullptr);
  return std::move(job.reply);
}

} // namespace ferro::jit
