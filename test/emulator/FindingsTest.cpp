// Every finding: a kernel with the bug planted, and its twin without.
#include "ferro/Emulator.h"
#include "ferro/Error.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

namespace ferro::emulator {
namespace {

/// A kernel with this body: %d0 is the buffer, %d1 this thread's word of it,
/// %r0 the thread, %r1 shared memory and %r2 this thread's word of that.
std::string kernel(const std::string &body) {
  return R"(.version 8.7
.target sm_90a
.address_size 64
.file 1 "planted.cu"
.extern .func __assertfail (.param .b64 a, .param .b64 b, .param .b32 c, .param .b64 d, .param .b64 e);
.global .align 1 .b8 text[6] = {105, 32, 60, 32, 110, 0};
.visible .entry planted(.param .u64 data)
{
  .reg .pred %p<8>;
  .reg .b32 %r<32>;
  .reg .b64 %d<16>;
  .reg .f32 %f<8>;
  .shared .align 1024 .b8 memory[8192];
  .shared .align 8 .b64 barrier;
  ld.param.u64 %d0, [data];
  mov.u32 %r0, %tid.x;
  mul.wide.u32 %d1, %r0, 4;
  add.u64 %d1, %d0, %d1;
  mov.u32 %r1, memory;
  mad.lo.u32 %r2, %r0, 4, %r1;
  setp.eq.u32 %p0, %r0, 0;
  .loc 1 7 3
)" + body +
         "\n  ret;\n}\n";
}

struct Planted {
  const char *name;
  FindingKind kind;
  const char *bug, *clean;
  unsigned threads = 128, blocks = 1;
};

const char *const initBarrier = R"(
  mov.u32 %r9, barrier;
  @%p0 mbarrier.init.shared::cta.b64 [%r9], 1;
  bar.sync 0;
)";

std::string withBarrier(const char *body) {
  return initBarrier + std::string(body);
}

const char *const products = R"(
  mov.f32 %f0, 0f00000000;
  mov.f32 %f1, 0f00000000;
  mov.f32 %f2, 0f00000000;
  mov.f32 %f3, 0f00000000;
  mul.wide.u32 %d2, %r0, 1;
  mad.lo.u32 %r3, %r0, 64, %r1;
  mov.u32 %r4, 0;
fill:
  mad.lo.u32 %r5, %r4, 4, %r3;
  st.shared.u32 [%r5], %r4;
  add.u32 %r4, %r4, 1;
  setp.lt.u32 %p1, %r4, 16;
  @%p1 bra fill;
  fence.proxy.async.shared::cta;
  bar.sync 0;
  shr.u32 %r6, %r1, 4;
  cvt.u64.u32 %d3, %r6;
  add.u64 %d3, %d3, 0x1000080000;
  setp.ne.u32 %p2, 0, 1;
)";

const Planted table[] = {
    {"OutOfBounds", FindingKind::OutOfBounds, "st.global.u32 [%d1+1024], %r0;",
     "st.global.u32 [%d1+512], %r0;"},
    {"OutOfBoundsOfSharedMemory", FindingKind::OutOfBounds,
     "st.shared.u32 [%r2+16384], %r0;", "st.shared.u32 [%r2], %r0;"},
    {"OutOfBoundsOfParameters", FindingKind::OutOfBounds,
     "ld.param.u32 %r3, [data+8];", "ld.param.u32 %r3, [data+4];"},
    {"Misaligned", FindingKind::Misaligned, "ld.global.u32 %r3, [%d1+2];",
     "ld.global.u32 %r3, [%d1+4];"},
    {"MisalignedVector", FindingKind::Misaligned,
     "ld.global.v2.u32 {%r3, %r4}, [%d1];",
     "ld.global.v2.u32 {%r3, %r4}, [%d0];"},
    {"UninitializedSharedMemory", FindingKind::UninitializedMemory,
     "ld.shared.u32 %r3, [%r2];",
     "st.shared.u32 [%r2], %r0; ld.shared.u32 %r3, [%r2];"},
    {"UninitializedRegister", FindingKind::UninitializedRegister,
     "@%p0 mov.u32 %r4, 1; add.u32 %r3, %r4, 1;",
     "mov.u32 %r4, 0; @%p0 mov.u32 %r4, 1; add.u32 %r3, %r4, 1;"},
    {"SharedRace", FindingKind::SharedRace,
     "st.shared.u32 [%r2], 0; bar.sync 0; st.shared.u32 [%r2], %r0; xor.b32 "
     "%r3, %r0, 64; mad.lo.u32 %r3, %r3, 4, "
     "%r1; ld.shared.u32 %r4, [%r3]; bar.sync 0;",
     "st.shared.u32 [%r2], 0; bar.sync 0; st.shared.u32 [%r2], %r0; xor.b32 "
     "%r3, %r0, 64; mad.lo.u32 %r3, %r3, 4, "
     "%r1; bar.sync 0; ld.shared.u32 %r4, [%r3]; bar.sync 0;"},
    {"SharedRaceAfterRead", FindingKind::SharedRace,
     "st.shared.u32 [%r2], %r0; bar.sync 0; xor.b32 %r3, %r0, 64; mad.lo.u32 "
     "%r3, %r3, 4, %r1; ld.shared.u32 %r4, [%r3]; st.shared.u32 [%r2], %r4;",
     "st.shared.u32 [%r2], %r0; bar.sync 0; xor.b32 %r3, %r0, 64; mad.lo.u32 "
     "%r3, %r3, 4, %r1; ld.shared.u32 %r4, [%r3]; bar.sync 0; st.shared.u32 "
     "[%r2], %r4;"},
    {"SharedRaceInAWarp", FindingKind::SharedRace,
     "st.shared.u32 [%r2], %r0; xor.b32 %r3, %r0, 1; mad.lo.u32 %r3, %r3, 4, "
     "%r1; ld.shared.u32 %r4, [%r3];",
     "st.shared.u32 [%r2], %r0; xor.b32 %r3, %r0, 1; mad.lo.u32 %r3, %r3, 4, "
     "%r1; bar.warp.sync -1; ld.shared.u32 %r4, [%r3];"},
    {"CopyReadBeforeItsWait", FindingKind::ReadBeforeWait,
     "cp.async.ca.shared.global [%r2], [%d1], 4; cp.async.commit_group; "
     "ld.shared.u32 %r3, [%r2]; cp.async.wait_all;",
     "cp.async.ca.shared.global [%r2], [%d1], 4; cp.async.commit_group; "
     "cp.async.wait_group 0; ld.shared.u32 %r3, [%r2];"},
    {"CopyReadTwoGroupsEarly", FindingKind::ReadBeforeWait,
     "cp.async.ca.shared.global [%r2], [%d1], 4; cp.async.commit_group; "
     "cp.async.ca.shared.global [%r2+1024], [%d1], 4; cp.async.commit_group; "
     "cp.async.wait_group 1; ld.shared.u32 %r3, [%r2+1024];",
     "cp.async.ca.shared.global [%r2], [%d1], 4; cp.async.commit_group; "
     "cp.async.ca.shared.global [%r2+1024], [%d1], 4; cp.async.commit_group; "
     "cp.async.wait_group 1; ld.shared.u32 %r3, [%r2];"},
    {"BulkStoreWithoutProxyFence", FindingKind::AsyncProxy,
     "st.shared.u32 [%r2], %r0; bar.sync 0; @%p0 "
     "cp.async.bulk.global.shared::cta.bulk_group [%d0], [%r1], 512; "
     "cp.async.bulk.commit_group; cp.async.bulk.wait_group 0;",
     "st.shared.u32 [%r2], %r0; fence.proxy.async.shared::cta; bar.sync 0; "
     "@%p0 "
     "cp.async.bulk.global.shared::cta.bulk_group [%d0], [%r1], 512; "
     "cp.async.bulk.commit_group; cp.async.bulk.wait_group 0;"},
    {"OverwriteOfABulkStoresSource", FindingKind::OverwriteBeforeWait,
     "st.shared.u32 [%r2], %r0; fence.proxy.async.shared::cta; bar.sync 0; "
     "@%p0 "
     "cp.async.bulk.global.shared::cta.bulk_group [%d0], [%r1], 512; "
     "cp.async.bulk.commit_group; @%p0 st.shared.u32 [%r2], 1; "
     "cp.async.bulk.wait_group 0;",
     "st.shared.u32 [%r2], %r0; fence.proxy.async.shared::cta; bar.sync 0; "
     "@%p0 "
     "cp.async.bulk.global.shared::cta.bulk_group [%d0], [%r1], 512; "
     "cp.async.bulk.commit_group; cp.async.bulk.wait_group.read 0; @%p0 "
     "st.shared.u32 [%r2], 1;"},
    {"BarrierMismatch", FindingKind::BarrierMismatch,
     "setp.lt.u32 %p1, %r0, 64; @%p1 bar.sync 1, 128; @!%p1 bar.sync 1, 64;",
     "setp.lt.u32 %p1, %r0, 64; @%p1 bar.sync 1, 128; @!%p1 bar.sync 1, 128;"},
    {"Deadlock", FindingKind::Deadlock,
     "setp.lt.u32 %p1, %r0, 64; @%p1 bar.sync 1, 128;", "bar.sync 1, 128;"},
    {"DivergentBarrier", FindingKind::DivergentBarrier,
     "and.b32 %r3, %r0, 16; setp.eq.u32 %p1, %r3, 0; @!%p1 bra past; bar.sync "
     "0; past: mov.u32 %r4, 0; bar.sync 1;",
     "bar.sync 0; past: mov.u32 %r4, 0; bar.sync 1;"},
    {"InstructionLimit", FindingKind::InstructionLimit,
     "again: add.u32 %r0, %r0, 1; bra again;", "add.u32 %r0, %r0, 1;"},
    {"Trap", FindingKind::Trap, "@%p0 trap;", "@%p0 mov.u32 %r3, 0;"},
    {"WarpMask", FindingKind::WarpMask,
     "shfl.sync.bfly.b32 %r3, %r0, 1, 31, 0xfffffffe;",
     "shfl.sync.bfly.b32 %r3, %r0, 1, 31, -1;"},
    {"GlobalRace", FindingKind::GlobalRace, "st.global.u32 [%d1], %r0;",
     "mov.u32 %r3, %ctaid.x; mad.wide.u32 %d2, %r3, 512, %d1; st.global.u32 "
     "[%d2], %r0;",
     128, 2},
};

class PlantedBug : public testing::TestWithParam<Planted> {};

LaunchReport run(const std::string &ptx, unsigned threads, unsigned blocks,
                 LaunchOptions options = {}) {
  Emulator device;
  device.load(ptx);
  std::uint64_t data = device.allocate(1024);
  std::vector<std::byte> zeros(1024), parameters(8);
  device.write(data, zeros.data(), zeros.size());
  std::memcpy(parameters.data(), &data, 8);
  options.instructionLimit = 100'000;
  options.globalRaces = true;
  return device.launch("planted", {{blocks}, {threads}, {}, 0}, parameters,
                       options);
}

std::set<FindingKind> kinds(const LaunchReport &report) {
  std::set<FindingKind> result;
  for (const Finding &finding : report.findings)
    result.insert(finding.kind);
  return result;
}

TEST_P(PlantedBug, IsFoundAndItsTwinIsClean) {
  const Planted &row = GetParam();
  LaunchReport report = run(kernel(row.bug), row.threads, row.blocks);
  ASSERT_EQ(kinds(report), std::set{row.kind}) << toText(report.findings);
  const Finding &finding = report.findings[0];
  EXPECT_EQ(finding.kernel, "planted");
  EXPECT_EQ(finding.sourceFile, "planted.cu");
  EXPECT_EQ(finding.sourceLine, 7u);
  EXPECT_GE(finding.ptxLine, 23u);
  EXPECT_FALSE(finding.text.empty());
  LaunchReport twin = run(kernel(row.clean), row.threads, row.blocks);
  EXPECT_TRUE(twin.findings.empty()) << toText(twin.findings);
}

INSTANTIATE_TEST_SUITE_P(Findings, PlantedBug, testing::ValuesIn(table),
                         [](const auto &row) { return row.param.name; });

/// What a body does beside its twin, where one piece of text differs.
void expectOnly(FindingKind kind, const std::string &bug,
                const std::string &clean, unsigned threads = 128) {
  LaunchReport report = run(kernel(bug), threads, 1);
  EXPECT_TRUE(kinds(report).contains(kind)) << toText(report.findings);
  LaunchReport twin = run(kernel(clean), threads, 1);
  EXPECT_TRUE(twin.findings.empty()) << toText(twin.findings);
}

TEST(Findings, AnMbarrierThatNobodyInitialised) {
  expectOnly(
      FindingKind::MbarrierMisuse,
      "mov.u32 %r9, barrier; @%p0 mbarrier.arrive.shared::cta.b64 _, [%r9];",
      withBarrier("@%p0 mbarrier.arrive.shared::cta.b64 _, [%r9];"));
}

TEST(Findings, MoreArrivalsThanAPhaseHas) {
  expectOnly(FindingKind::MbarrierMisuse,
             withBarrier("@%p0 mbarrier.arrive.shared::cta.b64 _, [%r9], 2;"),
             withBarrier("@%p0 mbarrier.arrive.shared::cta.b64 _, [%r9], 1;"));
}

const char *const waitLoop = R"(
wait:
  mbarrier.try_wait.parity.shared::cta.b64 %p3, [%r9], 0;
  @!%p3 bra wait;
)";

TEST(Findings, APhaseThatNeverCompletesIsADeadlock) {
  LaunchOptions options;
  Emulator device;
  device.load(kernel(withBarrier(waitLoop)));
  std::uint64_t data = device.allocate(1024);
  std::vector<std::byte> parameters(8);
  std::memcpy(parameters.data(), &data, 8);
  LaunchReport report =
      device.launch("planted", {{1}, {64}, {}, 0}, parameters, options);
  EXPECT_EQ(kinds(report), std::set{FindingKind::Deadlock});
  EXPECT_NE(report.findings[0].text.find("mbarrier.try_wait"),
            std::string::npos)
      << report.findings[0].text;
  EXPECT_TRUE(run(kernel(withBarrier("@%p0 mbarrier.arrive.shared::cta.b64 _, "
                                     "[%r9];") +
                         waitLoop),
                  64, 1)
                  .findings.empty());
}

TEST(Findings, ABulkCopyReadBeforeItsMbarrierSaysSo) {
  std::string copy = withBarrier(R"(
  @%p0 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r9], 512;
  @%p0 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%d0], 512, [%r9];
)");
  expectOnly(FindingKind::ReadBeforeWait,
             copy + "ld.shared.u32 %r3, [%r2];" + waitLoop,
             copy + waitLoop + "ld.shared.u32 %r3, [%r2];");
}

TEST(Findings, ProductsReadBeforeTheirWait) {
  std::string product =
      std::string(products) +
      "wgmma.fence.sync.aligned;\n"
      "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%f0, %f1, %f2, %f3}, "
      "%d3, %d3, %p2, 1, 1, 0, 0;\nwgmma.commit_group.sync.aligned;\n";
  expectOnly(
      FindingKind::ReadBeforeWait,
      product + "add.f32 %f4, %f0, %f1; wgmma.wait_group.sync.aligned 0;",
      product + "wgmma.wait_group.sync.aligned 0; add.f32 %f4, %f0, %f1;");
}

TEST(Findings, ProductsOfRegistersWrittenSinceTheFence) {
  auto product = [](const char *before, const char *after) {
    return std::string(products) + before + "wgmma.fence.sync.aligned;\n" +
           after +
           "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%f0, %f1, %f2, "
           "%f3}, %d3, %d3, %p2, 1, 1, 0, 0;\n"
           "wgmma.commit_group.sync.aligned;\n"
           "wgmma.wait_group.sync.aligned 0;";
  };
  const char *write = "mov.f32 %f2, 0f3f800000;\n";
  expectOnly(FindingKind::ProductFence, product("", write), product(write, ""));
}

TEST(Findings, ProductsOfPartOfAGroup) {
  std::string product =
      std::string(products) +
      "wgmma.fence.sync.aligned;\n"
      "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%f0, %f1, %f2, %f3}, "
      "%d3, %d3, %p2, 1, 1, 0, 0;\nwgmma.commit_group.sync.aligned;\n"
      "wgmma.wait_group.sync.aligned 0;";
  LaunchReport report = run(kernel(product), 64, 1);
  EXPECT_TRUE(kinds(report).contains(FindingKind::WarpgroupShape));
  EXPECT_TRUE(run(kernel(product), 128, 1).findings.empty());
}

TEST(Findings, ADescriptorBeyondSharedMemory) {
  std::string product =
      std::string(products) +
      "%s"
      "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%f0, %f1, %f2, %f3}, "
      "%d3, %d3, %p2, 1, 1, 0, 0;\nwgmma.commit_group.sync.aligned;\n"
      "wgmma.wait_group.sync.aligned 0;";
  auto with = [&](const std::string &text) {
    std::string result = product;
    return result.replace(result.find("%s"), 2, text);
  };
  expectOnly(FindingKind::BadDescriptor,
             with("add.u64 %d3, %d3, 4096; wgmma.fence.sync.aligned;\n"),
             with("wgmma.fence.sync.aligned;\n"));
}

TEST(Findings, BytesThatAreNoTensorMap) {
  LaunchReport report = run(
      kernel(withBarrier("@%p0 cp.async.bulk.tensor.1d.shared::cluster.global."
                         "tile.mbarrier::complete_tx::bytes [%r1], [%d0, "
                         "{%r0}], [%r9];")),
      128, 1);
  EXPECT_EQ(kinds(report), std::set{FindingKind::BadTensorMap});
}

TEST(Findings, AnAssertionThatDoesNotHold) {
  std::string call = R"(
  mov.u64 %d4, text;
  cvta.global.u64 %d4, %d4;
  { .param .b64 param0; st.param.b64 [param0], %d4;
    .param .b64 param1; st.param.b64 [param1], %d4;
    .param .b32 param2; st.param.b32 [param2], 42;
    .param .b64 param3; st.param.b64 [param3], %d4;
    .param .b64 param4; st.param.b64 [param4], 1;
    call.uni __assertfail, (param0, param1, param2, param3, param4); }
)";
  LaunchReport report = run(kernel(call), 1, 1);
  ASSERT_EQ(kinds(report), std::set{FindingKind::AssertFailed});
  EXPECT_EQ(report.findings[0].text,
            "i < n:42: i < n: assertion `i < n` does not hold");
}

TEST(Findings, MemoryThatWasReleased) {
  Emulator device;
  device.load(kernel("ld.global.u32 %r3, [%d1];"));
  std::uint64_t data = device.allocate(1024);
  std::vector<std::byte> zeros(1024), parameters(8);
  device.write(data, zeros.data(), zeros.size());
  std::memcpy(parameters.data(), &data, 8);
  EXPECT_TRUE(device.launch("planted", {{1}, {32}, {}, 0}, parameters)
                  .findings.empty());
  device.release(data);
  LaunchReport report =
      device.launch("planted", {{1}, {32}, {}, 0}, parameters);
  EXPECT_EQ(kinds(report), std::set{FindingKind::UseAfterFree});
}

TEST(Findings, MemoryThatNobodyWrote) {
  Emulator device;
  device.load(kernel("ld.global.u32 %r3, [%d1];"));
  std::uint64_t data = device.allocate(1024);
  std::vector<std::byte> parameters(8);
  std::memcpy(parameters.data(), &data, 8);
  LaunchReport report =
      device.launch("planted", {{1}, {32}, {}, 0}, parameters);
  ASSERT_EQ(kinds(report), std::set{FindingKind::UninitializedMemory});
  EXPECT_EQ(report.findings[0].count, 32u);
  EXPECT_EQ(report.findings[0].address, data);
}

TEST(Findings, ComeOncePerPlaceWithThreadAndAddress) {
  LaunchReport report = run(kernel("st.global.u32 [%d1+1000], %r0;"), 128, 1);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].thread.x, 6u);
  EXPECT_EQ(report.findings[0].count, 122u);
}

TEST(Findings, AreTheSameForTheSameSeed) {
  const std::string ptx = kernel(table[7].bug);
  for (std::uint64_t seed : {1, 2, 3}) {
    LaunchOptions options;
    options.seed = seed;
    EXPECT_EQ(toText(run(ptx, 128, 1, options).findings),
              toText(run(ptx, 128, 1, options).findings));
  }
}

TEST(Reports, SayWhereInSourceAndPtx) {
  LaunchReport report = run(kernel("st.global.u32 [%d1+1024], %r0;"), 128, 1);
  std::string text = toText(report.findings);
  for (const char *part :
       {"planted: out-of-bounds: writes 4 bytes at", "planted.cu:7",
        "st.global.u32 [%d1+1024], %r0;", "block (0, 0, 0), thread (0, 0, 0)",
        "to do: check the index"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  std::string sarif = toSarif(report.findings, "planted.ptx");
  for (const char *part :
       {"\"version\":\"2.1.0\"", "\"ruleId\":\"out-of-bounds\"",
        "\"uri\":\"planted.cu\"", "\"startLine\":7", "\"uri\":\"planted.ptx\""})
    EXPECT_NE(sarif.find(part), std::string::npos) << sarif;
}

TEST(Statistics, CountSectorsConflictsAndClasses) {
  LaunchReport report =
      run(kernel("mad.lo.u32 %r3, %r0, 64, %r1; st.shared.u32 [%r3], %r0;"
                 "st.global.u32 [%d1], %r0; bar.sync 0;"),
          32, 1);
  EXPECT_EQ(report.statistics.globalStores, 1u);
  EXPECT_EQ(report.statistics.storeSectors, 4u);
  EXPECT_EQ(report.statistics.sharedAccesses, 1u);
  EXPECT_EQ(report.statistics.bankConflicts, 15u);
  EXPECT_EQ(report.statistics.barrierWaits, 1u);
}

std::string loadError(const std::string &ptx) {
  try {
    Emulator().load(ptx);
  } catch (const Error &error) {
    return error.text();
  }
  return "";
}

TEST(Text, WhatIsNotKnownIsQuotedWithItsLine) {
  EXPECT_EQ(loadError(kernel("frob.b32 %r3, %r0;")),
            "line 23: `frob` is no instruction that is known in `frob.b32 %r3, "
            "%r0;`");
  EXPECT_EQ(loadError(kernel("add.frob.s32 %r3, %r0, %r1;")),
            "line 23: `add` has a modifier that is not known, .frob, in "
            "`add.frob.s32 %r3, %r0, %r1;`");
  EXPECT_EQ(loadError(kernel("add.s32 %r3, %r0, %x;")),
            "line 23: `add` `%x` is neither declared nor a special register in "
            "`add.s32 %r3, %r0, %x;`");
  EXPECT_EQ(loadError(kernel("add.s32 %r3, %r0;")),
            "line 23: `add` takes 3 operands, not 2 in `add.s32 %r3, %r0;`");
  EXPECT_EQ(
      loadError(kernel("bra nowhere;")),
      "line 23: `bra` goes to `nowhere`, which is no label in `bra nowhere;`");
  EXPECT_NE(loadError(kernel("add.s32 %r3")), "");
  EXPECT_NE(loadError("no ptx"), "");
  EXPECT_NE(loadError(kernel("fence.frob;")), "");
  EXPECT_NE(loadError(kernel("mov.b32 %r3, " + std::string(100000, '{'))), "");
  EXPECT_NE(loadError(".global .b8 huge[99999999999];"), "");
  EXPECT_NE(loadError(".global .b8 x[2] = " + std::string(100000, '{')), "");
}

TEST(Launches, RefuseShapesThatNoDeviceHas) {
  Emulator device;
  device.load(kernel(""));
  std::vector<std::byte> parameters(8);
  EXPECT_THROW(device.launch("nothing", {{1}, {32}, {}, 0}, parameters), Error);
  EXPECT_THROW(device.launch("planted", {{1}, {2048}, {}, 0}, parameters),
               Error);
  EXPECT_THROW(device.launch("planted", {{3}, {32}, {2}, 0}, parameters),
               Error);
  EXPECT_THROW(device.launch("planted", {{1}, {32}, {}, 1 << 20}, parameters),
               Error);
  EXPECT_THROW(device.launch("planted", {{1}, {32}, {}, 0}, {}), Error);
  EXPECT_THROW(device.release(4), Error);
  EXPECT_THROW(device.read(parameters.data(), 4, 8), Error);
}

} // namespace
} // namespace ferro::emulator
