// ferro-compilerd LIBRARY IDLE_SECONDS: compiles what its client asks for, and
// ends with it. Started by libferro (jit/CompilerProcess), never by hand; what
// a crash of LLVM takes down is this process and not the client's.
#include "compiler/Abi.h"
#include "compiler/Protocol.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

using namespace ferro::compiler;
using Clock = std::chrono::steady_clock;

namespace {
struct Library {
  decltype(&fc_abi_version) abiVersion = nullptr;
  decltype(&fc_compile) compile = nullptr;
  decltype(&fc_release) release = nullptr;
  decltype(&fc_version) version = nullptr;
};
} // namespace

static Library library;
static std::atomic<int> numConnections{0}; // that are at work
static std::atomic<Clock::rep> lastWork{0};

static std::span<const std::byte> bytesOf(const std::string &text) {
  return std::as_bytes(std::span(text));
}

template <typename Function>
static bool find(void *handle, const char *name, Function &function) {
  function = reinterpret_cast<Function>(::dlsym(handle, name));
  return function != nullptr;
}

/// The reason why the library cannot be used; empty if it can.
static std::string load(const char *path) {
  void *handle = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return ::dlerror();
  if (!find(handle, "fc_abi_version", library.abiVersion) ||
      !find(handle, "fc_compile", library.compile) ||
      !find(handle, "fc_release", library.release) ||
      !find(handle, "fc_version", library.version))
    return std::string(path) + " is no FerroScript compiler";
  if (int version = library.abiVersion(); version != FERRO_COMPILER_ABI)
    return std::string(path) + " speaks interface " + std::to_string(version) +
           "; this process speaks " + std::to_string(FERRO_COMPILER_ABI);
  return {};
}

/// False if the client has gone or the library must not be used again.
static bool answer(int connection, const std::vector<std::byte> &request) {
  FerroResponse *response = library.compile(
      reinterpret_cast<const std::uint8_t *>(request.data()), request.size());
  FerroStatus status = response->status;
  std::span<const std::byte> bytes =
      status == FERRO_OK
          ? std::as_bytes(std::span(response->bytes, response->size))
          : std::as_bytes(
                std::span(response->message, std::strlen(response->message)));
  bool sent =
      sendMessage(connection, Message::Reply, status, bytes) == Transfer::Done;
  library.release(response);
  if (status == FERRO_FATAL)
    ::_exit(EXIT_FAILURE);
  return sent;
}

static void *serve(void *argument) {
  int connection = static_cast<int>(reinterpret_cast<std::intptr_t>(argument));
  MessageHeader header;
  std::vector<std::byte> request;
  bool goesOn = true;
  while (goesOn &&
         receiveMessage(connection, header, request) == Transfer::Done) {
    ++numConnections;
    goesOn = answer(connection, request);
    lastWork = Clock::now().time_since_epoch().count();
    --numConnections;
  }
  ::close(connection);
  return nullptr;
}

static void startServing(int connection) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  ::pthread_attr_setstacksize(
      &attributes, std::size_t(8) << 20); // LLVM needs more than some defaults
  pthread_t thread;
  auto argument =
      reinterpret_cast<void *>(static_cast<std::intptr_t>(connection));
  if (::pthread_create(&thread, &attributes, serve, argument) != 0)
    ::close(connection);
  ::pthread_attr_destroy(&attributes);
}

/// The connection that the client sends; -1 if the client has gone.
static int receiveConnection() {
  char byte;
  iovec part{&byte, 1};
  alignas(cmsghdr) char buffer[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = buffer;
  message.msg_controllen = sizeof buffer;
  ssize_t got;
  do
    got = ::recvmsg(controlDescriptor, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  const cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (!header || header->cmsg_type != SCM_RIGHTS)
    return -1;
  int connection;
  std::memcpy(&connection, CMSG_DATA(header), sizeof connection);
  return connection;
}

static bool isIdle(std::chrono::seconds limit) {
  Clock::time_point last{Clock::duration(lastWork.load())};
  return numConnections == 0 && Clock::now() - last >= limit;
}

int main(int count, char **arguments) {
  if (count != 3 || ::fcntl(controlDescriptor, F_GETFD) < 0) {
    std::fprintf(
        stderr,
        "ferro-compilerd is started by programs that use FerroScript\n");
    return EXIT_FAILURE;
  }
  rlimit noCore{0, 0};
  ::setrlimit(RLIMIT_CORE,
              &noCore); // a crash is reported to the client instead
  std::chrono::seconds idle(std::atoll(arguments[2]));
  if (std::string failure = load(arguments[1]); !failure.empty()) {
    sendMessage(controlDescriptor, Message::Failed, 0, bytesOf(failure));
    return EXIT_FAILURE;
  }
  lastWork = Clock::now().time_since_epoch().count();
  sendMessage(controlDescriptor, Message::Ready, 0, bytesOf(library.version()));
  for (;;) {
    Transfer result =
        waitFor(controlDescriptor, POLLIN,
                Clock::now() + std::min(idle, std::chrono::seconds(5)));
    if (result == Transfer::TimedOut && isIdle(idle)) {
      sendMessage(controlDescriptor, Message::Idle, 0, {});
      ::_exit(EXIT_SUCCESS);
    }
    if (result == Transfer::TimedOut)
      continue;
    int connection = receiveConnection();
    if (connection <
        0) // _exit: compilations that nobody waits for are not waited for
      ::_exit(EXIT_SUCCESS);
    startServing(connection);
  }
}
