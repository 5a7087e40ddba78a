#include "jit/Spawn.h"

#include "compiler/Protocol.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// ThreadSanitizer takes every clone for a fork and waits for itself in ours; it
// does not know this other name of the function.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FERRO_CLONE __clone
extern "C" int __clone(int (*)(void *), void *, int, void *, ...);
#endif
#endif
#ifndef FERRO_CLONE
#define FERRO_CLONE ::clone
#endif

namespace ferro::jit {

namespace {
struct Launch {
  const char *program;
  char *const *arguments;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error;
  pid_t pid;
};
} // namespace

// Runs in the clone, on the caller's memory, while the caller waits.
static int launch(void *argument) {
  auto *launch = static_cast<Launch *>(argument);
  launch->error =
      ::posix_spawn(&launch->pid, launch->program, &launch->actions,
                    &launch->attributes, launch->arguments, environ);
  return 0;
}

static void setUp(Launch &launch, int control, int output) {
  ::posix_spawn_file_actions_init(&launch.actions);
  ::posix_spawn_file_actions_addopen(&launch.actions, 0, "/dev/null", O_RDONLY,
                                     0);
  ::posix_spawn_file_actions_adddup2(&launch.actions, output, 1);
  ::posix_spawn_file_actions_adddup2(&launch.actions, output, 2);
  ::posix_spawn_file_actions_adddup2(&launch.actions, control,
                                     compiler::controlDescriptor);
#if __GLIBC_PREREQ(2, 34)
  ::posix_spawn_file_actions_addclosefrom_np(&launch.actions,
                                             compiler::controlDescriptor + 1);
#endif
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_init(&launch.attributes);
  ::posix_spawnattr_setflags(&launch.attributes, POSIX_SPAWN_SETSIGMASK |
                                                     POSIX_SPAWN_SETSIGDEF |
                                                     POSIX_SPAWN_SETSID);
  ::posix_spawnattr_setsigmask(&launch.attributes, &none);
  ::posix_spawnattr_setsigdefault(&launch.attributes, &all);
}

/// A descriptor above those that the new program gets.
static support::Descriptor movedUp(int fd) {
  return support::Descriptor(
      ::fcntl(fd, F_DUPFD_CLOEXEC, compiler::controlDescriptor + 1));
}

/// Runs launch() in the clone and waits for its end.
static int runClone(Launch &arguments) {
  constexpr std::size_t stackSize = std::size_t(256) << 10;
  void *stack = ::mmap(nullptr, stackSize, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED)
    return errno;
  // No handler of the program may run in the clone: it has the program's
  // memory.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  pid_t intermediate =
      FERRO_CLONE(launch, static_cast<std::byte *>(stack) + stackSize,
                  CLONE_VM | CLONE_VFORK /* exit signal 0 */, &arguments);
  int error = intermediate < 0 ? errno : 0;
  if (intermediate > 0)
    while (::waitpid(intermediate, nullptr, __WCLONE) < 0 && errno == EINTR) {
    }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::munmap(stack, stackSize);
  return error;
}

Spawned spawnUnnoticed(const std::vector<std::string> &arguments, int control,
                       int output) {
  std::vector<char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(const_cast<char *>(argument.c_str()));
  pointers.push_back(nullptr);
  support::Descriptor controlCopy = movedUp(control),
                      outputCopy = movedUp(output);
  Launch launch{pointers[0], pointers.data(), {}, {}, 0, 0};
  setUp(launch, controlCopy.get(), outputCopy.get());
  int error = runClone(launch);
  ::posix_spawn_file_actions_destroy(&launch.actions);
  ::posix_spawnattr_destroy(&launch.attributes);
  Spawned spawned;
  spawned.error = error ? error : launch.error;
  if (!spawned.error)
    spawned.pidfd = support::Descriptor(
        static_cast<int>(::syscall(SYS_pidfd_open, launch.pid, 0)));
  return spawned;
}

} // namespace ferro::jit
