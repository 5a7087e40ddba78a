// The C ABI: what is refused, what is malformed, and what LLVM's end does.
#include "Kernels.h"

#include "device/CpuFeatures.h"
#include "graph/Text.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace ferro;
using namespace ferro::test;
using graph::Graph;
using graph::OpKind;
using graph::ValueId;

static Graph addition() {
  return graph::parse("graph @g(%a: f32[40], %b: f32[40]) -> (f32[40]) {\n"
                      "  %0 = add %a, %b : f32[40]\n  return %0\n}\n");
}

TEST(Abi, ShowsEveryStage) {
  auto text = [](artifact::Stage stage) {
    CompilerAnswer answer = compileRegion(addition(), stage);
    EXPECT_EQ(answer.status, FERRO_OK) << answer.message;
    return std::string(reinterpret_cast<const char *>(answer.bytes.data()),
                       answer.bytes.size());
  };
  EXPECT_NE(text(artifact::Stage::Tile).find("tile.addf"), std::string::npos);
  EXPECT_NE(text(artifact::Stage::Loops).find("arith.addf"), std::string::npos);
  EXPECT_NE(text(artifact::Stage::Vector).find("vector.load"),
            std::string::npos);
  EXPECT_NE(text(artifact::Stage::Llvm).find("define void @ferro_kernel_0"),
            std::string::npos);
  EXPECT_NE(text(artifact::Stage::Asm).find("vaddps"), std::string::npos);
}

// An op without a schedule is an error that names it, never dropped.
TEST(Abi, RefusesWhatItHasNoScheduleForByName) {
  Graph graph;
  graph.name = "g";
  ValueId x = graph.addInput({DType::F32, {4, 5}, {}}, "x");
  ValueId y =
      graph.addNode(OpKind::Transpose, {x},
                    {{"axis0", std::int64_t(0)}, {"axis1", std::int64_t(1)}});
  graph.outputs = {graph.addNode(OpKind::Neg, {y})};
  CompilerAnswer answer = compileRegion(graph);
  EXPECT_EQ(answer.status, FERRO_REFUSED);
  EXPECT_NE(answer.message.find("transpose"), std::string::npos)
      << answer.message;
}

TEST(Abi, RefusesAMachineWithoutVectors) {
  Graph region = addition();
  artifact::CompileRequest request;
  request.graph.name = "g";
  request.target = device::hostTarget();
  request.target.features = {"+sse2"};
  CompilerAnswer answer = callCompiler(artifact::serialize(request));
  EXPECT_EQ(answer.status, FERRO_REFUSED);
  EXPECT_NE(answer.message.find("+avx2"), std::string::npos) << answer.message;
}

TEST(Abi, CallsBytesThatAreNoRequestMalformed) {
  EXPECT_EQ(callCompiler({}).status, FERRO_MALFORMED);
  EXPECT_EQ(callCompiler(std::vector<std::byte>(100, std::byte{7})).status,
            FERRO_MALFORMED);
}

// LLVM's fatal errors unwind to a message; the process goes on.
TEST(Abi, SurvivesAFatalErrorOfLlvm) {
  pid_t child = fork();
  if (child == 0) {
    setenv("FERRO_PLANT_FATAL", "1", 1);
    CompilerAnswer answer = compileRegion(addition());
    bool good = answer.status == FERRO_FATAL &&
                answer.message.find("FERRO_PLANT_FATAL") != std::string::npos;
    _exit(good ? 42 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST(Abi, MakesTheSameBytesEveryTime) {
  EXPECT_EQ(compileRegion(addition()).bytes, compileRegion(addition()).bytes);
}
