#include "Compilation.h"

#include "jit/CompilerPaths.h"
#include "jit/CompilerProcess.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace ferro;
using namespace ferro::jit;

namespace {
struct LoadOrCompile : Compilation {};
} // namespace

static Source mustNotCompile() {
  ADD_FAILURE() << "asked for the source of code that is cached";
  return makeSource("sample");
}

// [B52]
TEST_F(LoadOrCompile, compilesAndRuns) {
  auto executable = loadOrCompile("key", [] { return makeSource("sample"); });
  expectRight(*executable);
  EXPECT_EQ(executable->artifact().manifest.function, "sample");
  EXPECT_EQ(cache::stats().compiles, 1u);
  EXPECT_EQ(cache::stats().misses, 1u);
}

TEST_F(LoadOrCompile, memoryThenDisk) {
  auto first = loadOrCompile("key", [] { return makeSource("sample"); });
  EXPECT_EQ(loadOrCompile("key", mustNotCompile), first);
  EXPECT_EQ(cache::stats().memoryHits, 1u);
  forgetCode();
  auto third = loadOrCompile("key", mustNotCompile);
  EXPECT_NE(third, first);
  expectRight(*third);
  EXPECT_EQ(cache::stats().diskHits, 1u);
  EXPECT_EQ(cache::stats().compiles, 1u);
}

TEST_F(LoadOrCompile, otherKeysAreOtherCode) {
  auto a = loadOrCompile("a", [] { return makeSource("sample"); });
  auto b = loadOrCompile("b", [] { return makeSource("sample"); });
  EXPECT_NE(a, b);
  EXPECT_EQ(cache::stats().compiles, 2u);
}

TEST_F(LoadOrCompile, worksWithoutADisk) {
  cache::disable();
  EXPECT_EQ(cache::directory(), "");
  expectRight(*loadOrCompile("key", [] { return makeSource("sample"); }));
  EXPECT_EQ(cache::stats().fallbacks, 1u);
  EXPECT_EQ(cache::stats().writes, 0u);
}

// [G38]
TEST_F(LoadOrCompile, sixteenThreadsCompileOnce) {
  std::vector<std::thread> threads;
  std::vector<std::shared_ptr<const device::Executable>> found(16);
  for (auto &place : found)
    threads.emplace_back([&place] {
      place = loadOrCompile("key", [] { return makeSource("slow"); });
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const auto &executable : found)
    EXPECT_EQ(executable, found[0]);
  EXPECT_EQ(cache::stats().compiles, 1u);
  EXPECT_EQ(cache::stats().memoryHits, 15u);
}

// [G38]
TEST_F(LoadOrCompile, aFailureIsSharedAndNotKept) {
  std::atomic<int> numFailed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&numFailed] {
      try {
        loadOrCompile("key", [] { return makeSource("refused"); });
      } catch (const Error &) {
        ++numFailed;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(numFailed, 4);
  expectRight(*loadOrCompile("key", [] { return makeSource("sample"); }));
}

// [G46]
TEST_F(LoadOrCompile, storedCodeThatDoesNotLoadIsMadeAgain) {
  artifact::Artifact broken = sample::artifact(fullKey("key"));
  broken.object.resize(100);
  artifact::storeCached(broken);
  expectRight(*loadOrCompile("key", [] { return makeSource("sample"); }));
  EXPECT_EQ(cache::stats().compiles, 1u);
  EXPECT_EQ(cache::stats().rejected, 1u);
  forgetCode();
  expectRight(*loadOrCompile("key", mustNotCompile));
}

TEST_F(LoadOrCompile, graphsWithoutKernelsNeedNoCompiler) {
  ::setenv("FERRO_COMPILER", "/nowhere", 1);
  Source source{"identity", {}, {}, {}, {}};
  graph::Type type{DType::F32, {3}, {}};
  source.graph.outputs = {source.graph.addInput(type, "x")};
  source.plan.outputs = {{{artifact::Place::Input, 0, 0}, type}};
  source.inputs = artifact::describeInputs(source.graph, 1);
  auto executable = compile(source);
  float x[3];
  void *const inputs[] = {x};
  executable->run(inputs, {});
  EXPECT_EQ(executable->outputPointer(0, inputs, {}), x);
}

// [G42]
TEST_F(LoadOrCompile, theCompilerIsPartOfTheKey) {
  std::string with = fullKey("key");
  EXPECT_EQ(with, fullKey("key"));
  ::setenv("FERRO_COMPILER", "/nowhere", 1);
  EXPECT_EQ(compilerIdentity(), "none");
  EXPECT_NE(fullKey("key"), with);
}

// [G11] [G42]
TEST_F(LoadOrCompile, theBuildsArePartOfTheKey) {
  std::string key = fullKey("key");
  EXPECT_NE(key.find(libraryIdentity()), std::string::npos);
  EXPECT_NE(key.find(compilerIdentity()), std::string::npos);
  EXPECT_GT(libraryIdentity().size(), 20u) << "there is no build id";
  EXPECT_EQ(compilerIdentity().find("build "), 0u);
}

TEST_F(LoadOrCompile, clearForgetsMemoryAndDisk) {
  loadOrCompile("key", [] { return makeSource("sample"); });
  EXPECT_EQ(cache::clear(), 2u); // the entry and its object
  loadOrCompile("key", [] { return makeSource("sample"); });
  EXPECT_EQ(cache::stats().compiles, 2u);
}

// Run in a process of its own by the next test.
TEST_F(LoadOrCompile, DISABLED_inAFreshProcess) {
  cache::set_directory(std::getenv("FERRO_TEST_CACHE"));
  expectRight(*loadOrCompile("key", mustNotCompile));
  EXPECT_EQ(compilerStarts(), 0u);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    EXPECT_EQ(line.find("libLLVM"), std::string::npos) << line;
    EXPECT_EQ(line.find("compiler.so"), std::string::npos) << line;
  }
}

TEST_F(LoadOrCompile, aHitNeverLoadsOrStartsTheCompiler) {
  loadOrCompile("key", [] { return makeSource("sample"); });
  std::string program = std::filesystem::read_symlink("/proc/self/exe");
  std::string command = "FERRO_TEST_CACHE=" + folder.path + " " + program +
                        " --gtest_also_run_disabled_tests "
                        "--gtest_filter=*DISABLED_inAFreshProcess > " +
                        folder.path + "/log 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0);
}
