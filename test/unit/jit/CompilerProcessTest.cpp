#include "jit/CompilerProcess.h"

#include "Compilation.h"

#include "jit/InProcessCompiler.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace ferro;
using namespace ferro::jit;
using Clock = std::chrono::steady_clock;

namespace {
struct Compiler : Compilation {};
} // namespace

static void expectCompiles() { expectRight(*compile(makeSource("sample"))); }

/// The compiler process's id, which the fake tells as its version.
static pid_t compilerId() {
  return static_cast<pid_t>(std::stol(compilerVersion()));
}

/// Gone, or a zombie that nobody has waited for yet.
static bool hasEnded(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(status, text);
  std::size_t state = text.rfind(") ");
  return state == std::string::npos || text[state + 2] == 'Z';
}

static bool endsWithin(pid_t process, std::chrono::seconds limit) {
  for (auto end = Clock::now() + limit; Clock::now() < end;) {
    if (hasEnded(process))
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST_F(Compiler, oneProcessServesAll) {
  expectCompiles();
  unsigned starts = compilerStarts();
  pid_t process = compilerId();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back(expectCompiles);
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(compilerStarts(), starts);
  EXPECT_EQ(compilerId(), process);
  EXPECT_NE(process, ::getpid());
}

TEST_F(Compiler, severalRequestsAtOnce) {
  compilerVersion();
  auto start = Clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([] { compile(makeSource("slow")); });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_LT(Clock::now() - start,
            std::chrono::milliseconds(6 * 300)); // each takes 300 ms
}

TEST_F(Compiler, outlivesTheThreadThatStartedIt) {
  pid_t process = 0;
  std::thread([&process] { process = compilerId(); }).join();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  expectCompiles();
  EXPECT_EQ(compilerId(), process);
}

TEST_F(Compiler, deathIsAnErrorAndTheNextRequestWorks) {
  for (const char *way : {"abort", "killed", "exits", "fatal"}) {
    expectCompiles();
    Error error = errorOf([&] { compile(makeSource(way)); });
    EXPECT_EQ(error.code(), Code::CompilationFailed) << way;
    EXPECT_NE(std::string(error.what())
                  .find(way == std::string("fatal")
                            ? "planted"
                            : "stopped while compiling"),
              std::string::npos)
        << error.what();
    expectCompiles();
  }
}

TEST_F(Compiler, lastWordsOfADeadCompilerAreTold) {
  Error error = errorOf([] { compile(makeSource("abort")); });
  EXPECT_NE(error.text().find("fake assertion: it aborts"), std::string::npos)
      << error.what();
}

TEST_F(Compiler, hangsAreEnded) {
  ::setenv("FERRO_COMPILE_TIMEOUT", "1", 1);
  pid_t process = compilerId();
  Error error = errorOf([] { compile(makeSource("hangs")); });
  EXPECT_EQ(error.code(), Code::CompilationFailed);
  EXPECT_NE(error.text().find("FERRO_COMPILE_TIMEOUT"), std::string::npos)
      << error.what();
  EXPECT_TRUE(endsWithin(process, std::chrono::seconds(5)));
  expectCompiles();
}

TEST_F(Compiler, refusalsCarryTheirText) {
  Error error = errorOf([] { compile(makeSource("refused")); });
  EXPECT_EQ(error.code(), Code::CompilationFailed);
  EXPECT_EQ(error.text(), "cholesky is not supported on this target");
  EXPECT_EQ(error.op(), "sample");
}

TEST_F(Compiler, malformedAnswersAreErrors) {
  for (const char *way :
       {"noise", "truncated", "text", "one kernel", "no symbol"}) {
    EXPECT_EQ(errorOf([&] {
                loadOrCompile(way, [&] { return makeSource(way); });
              }).code(),
              Code::CompilationFailed)
        << way;
    EXPECT_FALSE(artifact::findCached(fullKey(way))) << way;
  }
  expectCompiles();
}

/// Runs \p check in a forked child, which has no compiler process yet.
static bool holdsInAChild(const std::function<bool()> &check) {
  pid_t child = ::fork();
  if (child == 0)
    ::_exit(check() && !testing::Test::HasFailure() ? 0 : 1);
  int status = 1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(Compiler, missingCompilersAreErrorsThatNameThePlace) {
  EXPECT_TRUE(holdsInAChild([] {
    ::setenv("FERRO_COMPILER", "/nowhere/libferro_compiler.so", 1);
    Error error = errorOf([] { compile(makeSource("sample")); });
    ::setenv("FERRO_COMPILER", FAKE_COMPILER, 1);
    expectCompiles();
    return error.code() == Code::CompilerUnavailable &&
           error.text().find("/nowhere/libferro_compiler.so") !=
               std::string::npos;
  }));
}

TEST_F(Compiler, filesThatAreNoCompilerAreRefused) {
  for (const char *path : {"/proc/self/exe", "/etc/passwd", SAMPLE_KERNELS})
    EXPECT_TRUE(holdsInAChild([path] {
      ::setenv("FERRO_COMPILER", path, 1);
      Error error = errorOf([] { compile(makeSource("sample")); });
      return error.code() == Code::CompilerUnavailable && !error.text().empty();
    })) << path;
}

TEST_F(Compiler, requestsBesideACrashSucceed) {
  for (int round = 0; round < 3; ++round) {
    compilerVersion();
    std::vector<std::thread> innocents;
    for (int i = 0; i < 4; ++i)
      innocents.emplace_back(
          [] { EXPECT_NO_THROW(expectRight(*compile(makeSource("slow")))); });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_EQ(errorOf([] { compile(makeSource("abort")); }).code(),
              Code::CompilationFailed);
    for (std::thread &innocent : innocents)
      innocent.join();
  }
}

TEST_F(Compiler, isStartedAgainWhenItDiedBetweenRequests) {
  pid_t process = compilerId();
  ::kill(process, SIGKILL);
  ASSERT_TRUE(endsWithin(process, std::chrono::seconds(5)));
  expectCompiles();
}

static std::atomic<int> numChildSignals{0};

TEST_F(Compiler, theProgramNeverNoticesTheProcess) {
  numChildSignals = 0;
  auto before = std::signal(SIGCHLD, [](int) { ++numChildSignals; });
  errorOf([] { compile(makeSource("abort")); });
  expectCompiles();
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  pid_t process = compilerId();
  ::kill(process, SIGKILL);
  ASSERT_TRUE(endsWithin(process, std::chrono::seconds(5)));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(numChildSignals, 0);
  std::signal(SIGCHLD, before);
}

TEST_F(Compiler, aForkedChildHasItsOwn) {
  pid_t parents = compilerId();
  EXPECT_TRUE(holdsInAChild([parents] {
    expectCompiles();
    return compilerId() != parents;
  }));
  EXPECT_EQ(compilerId(), parents);
  expectCompiles();
}

TEST_F(Compiler, endsWithItsClient) {
  for (bool byKill : {false, true}) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    pid_t child = ::fork();
    if (child == 0) {
      pid_t process = compilerId();
      [[maybe_unused]] ssize_t written =
          ::write(ends[1], &process, sizeof process);
      if (byKill)
        ::kill(::getpid(), SIGKILL);
      ::_exit(0);
    }
    pid_t process = 0;
    ASSERT_EQ(::read(ends[0], &process, sizeof process),
              ssize_t(sizeof process));
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(endsWithin(process, std::chrono::seconds(5)));
    ::close(ends[0]);
    ::close(ends[1]);
  }
}

// Also when a forked child of the client lives on.
TEST_F(Compiler, endsWithItsClientDespiteAForkedChild) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  pid_t child = ::fork();
  if (child == 0) {
    pid_t process = compilerId(), grandchild = ::fork();
    if (grandchild == 0) {
      ::pause();
      ::_exit(0);
    }
    pid_t both[2] = {process, grandchild};
    [[maybe_unused]] ssize_t written = ::write(ends[1], both, sizeof both);
    ::_exit(0);
  }
  pid_t both[2] = {};
  ASSERT_EQ(::read(ends[0], both, sizeof both), ssize_t(sizeof both));
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(endsWithin(both[0], std::chrono::seconds(5)));
  ::kill(both[1], SIGKILL);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(Compiler, endsWhenNothingIsAsked) {
  ::setenv("FERRO_COMPILER_IDLE", "1", 1);
  ::kill(compilerId(), SIGKILL); // one with that limit is started next
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  expectCompiles();
  pid_t process = compilerId();
  EXPECT_TRUE(endsWithin(process, std::chrono::seconds(10)));
  expectCompiles();
  EXPECT_NE(compilerId(), process);
}

TEST_F(Compiler, inheritsNoDescriptor) {
  int secret[2];
  ASSERT_EQ(::pipe(secret), 0); // without CLOEXEC
  ::kill(compilerId(), SIGKILL);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::string mine = "/proc/self/fd/" + std::to_string(secret[1]);
  std::string theirs = "/proc/" + std::to_string(compilerId()) + "/fd/" +
                       std::to_string(secret[1]);
  char here[100] = {}, there[100] = {};
  ASSERT_GT(::readlink(mine.c_str(), here, 99), 0);
  if (::readlink(theirs.c_str(), there, 99) > 0)
    EXPECT_STRNE(here, there);
  ::close(secret[0]);
  ::close(secret[1]);
}

// Last of its kind in the program: after FERRO_FATAL the library is not used.
TEST_F(Compiler, inProcess) {
  ::setenv("FERRO_COMPILER_MODE", "inprocess", 1);
  unsigned starts = compilerStarts();
  expectCompiles();
  EXPECT_EQ(errorOf([] { compile(makeSource("refused")); }).code(),
            Code::CompilationFailed);
  EXPECT_EQ(compilerStarts(), starts);
  EXPECT_EQ(errorOf([] { compile(makeSource("fatal")); }).code(),
            Code::CompilationFailed);
  EXPECT_EQ(usableInProcessCompiler(), nullptr);
  expectCompiles(); // by a process
}

TEST_F(Compiler, unknownModesAreNamed) {
  ::setenv("FERRO_COMPILER_MODE", "elsewhere", 1);
  EXPECT_EQ(errorOf([] { compile(makeSource("sample")); }).op(),
            "FERRO_COMPILER_MODE");
}
