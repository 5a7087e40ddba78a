#include "jit/CompilerProcess.h"

#include "compiler/Protocol.h"
#include "jit/CompilerPaths.h"
#include "jit/InProcessCompiler.h"
#include "jit/Spawn.h"
#include "support/Environment.h"
#include "support/Files.h"
#include "support/Log.h"

#include "ferro/Error.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ferro::jit {

using compiler::Deadline;
using compiler::Message;
using compiler::MessageHeader;
using compiler::Transfer;
using support::Descriptor;
using support::Variable;

static constexpr const char *subject = "compiler";
static constexpr std::chrono::seconds startTimeout{30};

[[noreturn]] static void unavailable(const std::string &text) {
  throw Error(Code::CompilerUnavailable, subject, text);
}

static void note(const std::string &text) {
  support::log(support::Topic::Compile, text);
}

namespace {

/// One compiler process. Its end of the control socket closes with the last
/// request that uses it; the process then ends.
struct Process {
  Descriptor control;
  Descriptor pidfd;
  Descriptor output; // what it wrote to standard error
  std::string version;

  // Guarded by State::mutex.
  bool isReady = false;         // it has told its version
  std::vector<Descriptor> idle; // connections without a request
  std::vector<int> open;        // descriptors of all connections
  int numRequests = 0;
  bool diedShared = false; // with several requests under way

  void kill() const;
  /// The end of what it wrote to standard error.
  std::string lastWords() const;
  /// It has ended, or is about to.
  bool hasLeft() const;
  /// It ended because nothing was asked of it.
  bool wasIdle() const;
};

/// Never destroyed, so that threads may compile until the process ends.
struct State {
  std::mutex mutex;
  std::shared_ptr<Process> current;
  std::vector<std::weak_ptr<Process>> all; // for the forked child to forget
};

struct Outcome {
  Transfer transfer = Transfer::Done;
  bool diedShared = false;
  CompilerReply reply;
};

} // namespace

static std::atomic<unsigned> numStarts{0};

static State &state() {
  static State *const state = new State;
  return *state;
}

// --- fork: the child keeps no end of its parent's sockets, or the compiler
// would not see the parent end.

static void beforeFork() { state().mutex.lock(); }
static void afterForkInParent() { state().mutex.unlock(); }

static void afterForkInChild() {
  for (const std::weak_ptr<Process> &weak : state().all)
    if (std::shared_ptr<Process> process = weak.lock()) {
      process->control.close();
      process->pidfd.close();
      for (int fd : process->open)
        ::close(fd);
      for (Descriptor &idle : process->idle)
        static_cast<void>(idle.release()); // closed as one of `open`
      process->idle.clear();
    }
  state().all.clear();
  state().current.reset();
  state().mutex.unlock();
}

static void watchForks() {
  static const int registered =
      ::pthread_atfork(beforeFork, afterForkInParent, afterForkInChild);
  static_cast<void>(registered);
}

// --- one process

void Process::kill() const {
  if (pidfd)
    ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
  ::shutdown(control.get(), SHUT_RDWR); // and without a pidfd it ends by itself
}

std::string Process::lastWords() const {
  constexpr off_t most = 2000;
  char text[most];
  off_t size = ::lseek(output.get(), 0, SEEK_END),
        from = size > most ? size - most : 0;
  ssize_t got = size > 0 ? ::pread(output.get(), text, most, from) : 0;
  std::string words(text, got > 0 ? static_cast<std::size_t>(got) : 0);
  while (!words.empty() &&
         std::isspace(static_cast<unsigned char>(words.back())))
    words.pop_back();
  return words.empty() ? "" : ": " + words;
}

// Idle is the only message after Ready, and the socket closes after it.
bool Process::hasLeft() const {
  char byte;
  ssize_t got = ::recv(control.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EINTR);
}

bool Process::wasIdle() const {
  char byte;
  return ::recv(control.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

static std::pair<Descriptor, Descriptor> makeSockets() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    unavailable(std::string("no socket for it: ") + std::strerror(errno));
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// Standard error, for those who want to see it, or a file in memory.
static Descriptor makeOutput() {
  if (support::isLogged(support::Topic::Compile))
    return Descriptor(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  return Descriptor(::memfd_create("ferro-compilerd-output", MFD_CLOEXEC));
}

static void awaitReady(Process &process) {
  MessageHeader header;
  std::vector<std::byte> bytes;
  Transfer result =
      compiler::receiveMessage(process.control.get(), header, bytes,
                               std::chrono::steady_clock::now() + startTimeout);
  std::string text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (result != Transfer::Done) {
    process.kill();
    unavailable("the compiler process did not start" + process.lastWords());
  }
  if (header.kind != Message::Ready)
    unavailable(text);
  process.version = text;
  process.isReady = true;
  note("started (" + text + ")");
}

static std::shared_ptr<Process> startProcess() {
  std::string library = compilerLibraryPath(), program = compilerdPath();
  if (library.empty())
    unavailable("no compiler library; " + describeSearch());
  if (program.empty())
    unavailable("no ferro-compilerd beside " + library);
  auto process = std::make_shared<Process>();
  auto [ours, theirs] = makeSockets();
  process->output = makeOutput();
  std::string idle =
      std::to_string(support::environmentNumber(Variable::CompilerIdle));
  Spawned spawned = spawnUnnoticed({program, library, idle}, theirs.get(),
                                   process->output.get());
  theirs.close();
  if (spawned.error)
    unavailable(program + " does not start: " + std::strerror(spawned.error));
  ++numStarts;
  process->control = std::move(ours);
  process->pidfd = std::move(spawned.pidfd);
  note("starts " + program + " with " + library);
  return process;
}

/// The process that serves everyone, started if need be but perhaps not ready.
/// Needs the mutex.
static std::shared_ptr<Process> beginProcess() {
  std::shared_ptr<Process> &current = state().current;
  if (current && current->isReady && current->hasLeft())
    current.reset();
  if (!current) {
    current = startProcess();
    std::erase_if(state().all, [](const auto &weak) { return weak.expired(); });
    state().all.push_back(current);
  }
  return current;
}

/// The same, ready. Needs the mutex.
static std::shared_ptr<Process> currentProcess() {
  std::shared_ptr<Process> process = beginProcess();
  try {
    if (!process->isReady)
      awaitReady(*process);
  } catch (const Error &) {
    state().current.reset();
    throw;
  }
  return process;
}

/// A process for one request. Needs the mutex.
static std::shared_ptr<Process> privateProcess() {
  std::shared_ptr<Process> process = startProcess();
  state().all.push_back(process);
  awaitReady(*process);
  return process;
}

static void passDescriptor(int control, int connection) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char buffer[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = buffer;
  message.msg_controllen = sizeof buffer;
  cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &connection, sizeof connection);
  // If the process has died, the exchange on the connection will tell.
  static_cast<void>(::sendmsg(control, &message, MSG_NOSIGNAL));
}

/// A connection of its own for a request. Needs the mutex.
static Descriptor connect(Process &process) {
  if (!process.idle.empty()) {
    Descriptor connection = std::move(process.idle.back());
    process.idle.pop_back();
    return connection;
  }
  auto [ours, theirs] = makeSockets();
  passDescriptor(process.control.get(), theirs.get());
  process.open.push_back(ours.get());
  return std::move(ours);
}

/// Keeps a connection that is good for another request. Needs the mutex.
static void disconnect(Process &process, Descriptor connection, bool isGood) {
  if (isGood)
    return process.idle.push_back(std::move(connection));
  std::erase(process.open, connection.get());
}

// --- one request

static Deadline requestDeadline() {
  std::int64_t seconds = support::environmentNumber(Variable::CompileTimeout);
  // Beyond a year a limit is none, and the sum would overflow.
  return seconds > 31'536'000
             ? compiler::never
             : std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
}

static Transfer exchange(int connection, std::span<const std::byte> request,
                         CompilerReply &reply) {
  Deadline deadline = requestDeadline();
  Transfer result =
      compiler::sendMessage(connection, Message::Request, 0, request, deadline);
  if (result != Transfer::Done)
    return result;
  MessageHeader header;
  result = compiler::receiveMessage(connection, header, reply.bytes, deadline);
  if (result != Transfer::Done)
    return result;
  reply.status = static_cast<FerroStatus>(header.status);
  if (reply.status != FERRO_OK)
    reply.message.assign(reinterpret_cast<const char *>(reply.bytes.data()),
                         reply.bytes.size());
  return Transfer::Done;
}

static Outcome ask(const std::shared_ptr<Process> &process,
                   Descriptor connection, std::span<const std::byte> request) {
  Outcome outcome;
  outcome.transfer = exchange(connection.get(), request, outcome.reply);
  std::lock_guard lock(state().mutex);
  bool isGood =
      outcome.transfer == Transfer::Done && outcome.reply.status != FERRO_FATAL;
  if (!isGood) {
    if (process->numRequests > 1)
      process->diedShared = true;
    if (state().current == process)
      state().current.reset(); // the next request starts another
  }
  --process->numRequests;
  outcome.diedShared = process->diedShared;
  disconnect(*process, std::move(connection), isGood);
  return outcome;
}

static Outcome askOne(bool alone, std::span<const std::byte> request,
                      std::shared_ptr<Process> &process) {
  Descriptor connection;
  {
    std::lock_guard lock(state().mutex);
    process = alone ? privateProcess() : currentProcess();
    connection = connect(*process);
    ++process->numRequests;
  }
  return ask(process, std::move(connection), request);
}

static CompilerReply askProcess(std::span<const std::byte> request) {
  watchForks();
  bool alone = false;
  for (int attempt = 0;; ++attempt) {
    std::shared_ptr<Process> process;
    Outcome outcome = askOne(alone, request, process);
    switch (outcome.transfer) {
    case Transfer::Done:
      return std::move(outcome.reply);
    case Transfer::TimedOut:
      process->kill();
      throw Error(
          Code::CompilationFailed, subject,
          "no answer within " + support::environment(Variable::CompileTimeout) +
              " s (FERRO_COMPILE_TIMEOUT); the compiler process was ended");
    case Transfer::Closed:
      break;
    }
    if (process->wasIdle() && attempt < 3)
      continue;
    if (!outcome.diedShared || alone)
      throw Error(Code::CompilationFailed, subject,
                  "the compiler process stopped while compiling" +
                      process->lastWords());
    alone = true; // who was guilty is found out one by one
  }
}

CompilerReply askCompiler(std::span<const std::byte> request) {
  std::string mode = support::environment(Variable::CompilerMode);
  if (mode == "inprocess")
    if (InProcessCompiler *compiler = usableInProcessCompiler())
      return compileInProcess(*compiler, request);
  if (mode != "inprocess" && mode != "process")
    throw Error(Code::InvalidArgument, "FERRO_COMPILER_MODE",
                "found \"" + mode + "\"; process or inprocess is expected");
  return askProcess(request);
}

void expectRequests() {
  if (support::environment(Variable::CompilerMode) != "process")
    return;
  watchForks();
  std::lock_guard lock(state().mutex);
  try {
    beginProcess();
  } catch (const Error &) { // the request will tell
  }
}

std::string compilerVersion() {
  watchForks();
  std::lock_guard lock(state().mutex);
  return currentProcess()->version;
}

unsigned compilerStarts() { return numStarts; }

} // namespace ferro::jit
