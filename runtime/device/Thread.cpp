#include "device/Thread.h"

#include <csignal>
#include <memory>
#include <pthread.h>
#include <utility>

namespace ferro::device {

namespace {
struct Start {
  std::string name;
  std::function<void()> body;
};
} // namespace

static void *runThread(void *argument) {
  std::unique_ptr<Start> start(static_cast<Start *>(argument));
  ::pthread_setname_np(::pthread_self(), start->name.c_str());
  std::function<void()> body = std::move(start->body);
  start.reset();
  body();
  return nullptr;
}

static sigset_t foreignSignals() {
  sigset_t set;
  ::sigfillset(&set);
  for (int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGPROF})
    ::sigdelset(&set, own);
  return set;
}

bool startThread(const std::string &name, std::function<void()> body) {
  auto start = std::make_unique<Start>(Start{name, std::move(body)});
  sigset_t blocked = foreignSignals(), before;
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  bool isStarted =
      ::pthread_create(&thread, &attributes, runThread, start.get()) == 0;
  ::pthread_attr_destroy(&attributes);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (isStarted)
    static_cast<void>(start.release()); // the thread's
  return isStarted;
}

} // namespace ferro::device
