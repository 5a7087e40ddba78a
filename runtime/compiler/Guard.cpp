#include "compiler/Guard.h"

#include "llvm/Support/ErrorHandling.h"

#include <mutex>
#include <pthread.h>

using namespace llvm;

namespace {

/// Thrown through LLVM's frames, which have unwind tables but no handlers.
struct Fatal {
  std::string message;
};

thread_local bool guarding = false;

struct Work {
  function_ref<void()> run;
  std::optional<std::string> fatal;
};

} // namespace

static void throwFatal(void *, const char *reason, bool) {
  if (guarding)
    throw Fatal{reason};
}

// Linked with --wrap: LLVM's exit(), which lld calls on malformed input.
extern "C" {
[[noreturn]] void __real__ZN4llvm3sys7Process4ExitEib(int code, bool noCleanup);
[[noreturn]] void __wrap__ZN4llvm3sys7Process4ExitEib(int code,
                                                      bool noCleanup) {
  if (guarding)
    throw Fatal{"LLVM exited with code " + std::to_string(code)};
  __real__ZN4llvm3sys7Process4ExitEib(code, noCleanup);
}
}

std::optional<std::string> ferro::guarded(function_ref<void()> work) {
  static std::once_flag once;
  std::call_once(once, [] { install_fatal_error_handler(throwFatal); });
  bool previous = guarding;
  guarding = true;
  std::optional<std::string> fatal;
  try {
    work();
  } catch (const Fatal &thrown) {
    fatal = thrown.message;
  }
  guarding = previous;
  return fatal;
}

std::optional<std::string> ferro::guardedOnOwnStack(function_ref<void()> work) {
  constexpr std::size_t stackBytes = 8 << 20;
  Work task{work, std::nullopt};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stackBytes);
  pthread_t thread;
  int failed = pthread_create(
      &thread, &attributes,
      [](void *context) -> void * {
        auto &task = *static_cast<Work *>(context);
        task.fatal = guarded(task.run);
        return nullptr;
      },
      &task);
  pthread_attr_destroy(&attributes);
  if (failed)
    return "no thread to compile on";
  pthread_join(thread, nullptr);
  return task.fatal;
}
