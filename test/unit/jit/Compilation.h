// The sample as a source to compile, and a cache and compiler for a test.
#pragma once

#include "Sample.h"

#include "artifact/Cache.h"
#include "jit/Compile.h"

#include "ferro/Cache.h"
#include "ferro/Error.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

namespace ferro::jit {

/// \p way is what FakeCompiler.cpp shall do.
inline Source makeSource(const std::string &way) {
  Source source{"sample", sample::graph(), sample::plan(), {}, {}};
  source.graph.name = way;
  source.inputs = artifact::describeInputs(source.graph, 2);
  return source;
}

inline void expectRight(const device::Executable &executable,
                        unsigned seed = 1) {
  std::vector<float> a = sample::random(seed), b = sample::random(seed + 1),
                     w = sample::random(seed + 2);
  std::vector<float> y(sample::size);
  void *const inputs[] = {a.data(), b.data(), w.data()};
  void *const outputs[] = {y.data()};
  executable.run(inputs, outputs);
  EXPECT_EQ(y, sample::expected(a, b, w));
}

inline Error errorOf(const std::function<void()> &action) {
  try {
    action();
  } catch (const Error &error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(Code::Internal, "", "");
}

struct Compilation : testing::Test {
  sample::TemporaryFolder folder;

  void SetUp() override {
    ::setenv("FERRO_COMPILER", FAKE_COMPILER, 1);
    cache::set_directory(folder.path);
    forgetCode();
    cache::reset_stats();
  }
  void TearDown() override {
    for (const char *name : {"FERRO_COMPILER_MODE", "FERRO_COMPILE_TIMEOUT",
                             "FERRO_COMPILER_IDLE", "FERRO_COMPILERD"})
      ::unsetenv(name);
    cache::disable();
  }
};

} // namespace ferro::jit
