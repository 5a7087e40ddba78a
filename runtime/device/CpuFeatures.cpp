#include "device/CpuFeatures.h"

#include "ferro/Error.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace ferro::device {

#if defined(__x86_64__)

static constexpr const char *hostTriple = "x86_64-unknown-linux-gnu";

namespace {
struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};
enum class SavedState { None, Avx, Avx512 };
} // namespace

/// All zero where the processor does not know the leaf.
static Registers cpuid(unsigned leaf, unsigned subleaf) {
  Registers r;
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

/// XCR0: which registers the operating system saves.
static std::uint64_t savedRegisters() {
  bool hasXgetbv = cpuid(1, 0).ecx >> 27 & 1;
  if (!hasXgetbv)
    return 0;
  unsigned low, high;
  asm("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t(high) << 32 | low;
}

static bool isSaved(SavedState state, std::uint64_t xcr0) {
  constexpr std::uint64_t avx = 0x6, avx512 = 0xe6; // SDM vol. 1, 13.3
  std::uint64_t needed = state == SavedState::None  ? 0
                         : state == SavedState::Avx ? avx
                                                    : avx512;
  return (xcr0 & needed) == needed;
}

static std::vector<std::string> findFeatures() {
  std::uint64_t xcr0 = savedRegisters();
  std::vector<std::string> features;
#define FERRO_CPU_FEATURE(name, leaf, subleaf, register, bit, state)           \
  if ((cpuid(leaf, subleaf).register >> bit & 1) &&                            \
      isSaved(SavedState::state, xcr0))                                        \
    features.push_back("+" name);
#include "device/CpuFeatures.def"
  return features;
}

namespace {
/// A processor by the display family and model of CPUID leaf 1.
struct Model {
  std::string_view name; // LLVM's
  bool isAmd;
  unsigned family;
  unsigned firstModel, lastModel;
  std::vector<std::string_view> beyond; // what it has beyond the level's
};
} // namespace

// Source: llvm/lib/TargetParser/Host.cpp and X86TargetParser.cpp.
static const std::vector<Model> &models() {
  static const std::vector<std::string_view> icelake = {
      "+avx512vnni",      "+avx512vbmi", "+avx512vbmi2", "+avx512bitalg",
      "+avx512vpopcntdq", "+avx512ifma", "+gfni"};
  static const std::vector<std::string_view> sapphire = [] {
    auto list = icelake;
    list.insert(list.end(), {"+avx512bf16", "+avx512fp16", "+avxvnni"});
    return list;
  }();
  static const std::vector<std::string_view> zen4 = [] {
    auto list = icelake;
    list.push_back("+avx512bf16");
    return list;
  }();
  static const std::vector<Model> table = {
      {"skylake-avx512", false, 6, 0x55, 0x55, {}},
      {"icelake-server", false, 6, 0x6a, 0x6c, icelake},
      {"sapphirerapids", false, 6, 0x8f, 0x8f, sapphire},
      {"sapphirerapids", false, 6, 0xcf, 0xcf, sapphire}, // emeraldrapids
      {"znver4", true, 0x19, 0x10, 0x1f, zen4},
      {"znver4", true, 0x19, 0x60, 0x7f, zen4},
      {"znver4", true, 0x19, 0xa0, 0xaf, zen4},
  };
  return table;
}

static bool hasAll(const std::vector<std::string> &features,
                   const std::vector<std::string_view> &wanted) {
  return std::ranges::all_of(wanted, [&](std::string_view name) {
    return std::ranges::binary_search(features, name);
  });
}

static std::string findCpu(const std::vector<std::string> &features) {
  static const std::vector<std::string_view> level4 = {
      "+avx2",     "+avx512bw", "+avx512cd", "+avx512dq", "+avx512f",
      "+avx512vl", "+bmi",      "+bmi2",     "+cx16",     "+f16c",
      "+fma",      "+lzcnt",    "+movbe",    "+popcnt"};
  unsigned signature = cpuid(1, 0).eax;
  unsigned family = signature >> 8 & 15, model = signature >> 4 & 15;
  if (family == 15)
    family += signature >> 20 & 255;
  if (family >= 6)
    model |= (signature >> 16 & 15) << 4;
  bool isAmd = cpuid(0, 0).ebx == signature_AMD_ebx;
  for (const Model &row : models())
    if (row.isAmd == isAmd && row.family == family && model >= row.firstModel &&
        model <= row.lastModel)
      return hasAll(features, level4) && hasAll(features, row.beyond)
                 ? std::string(row.name)
                 : std::string();
  return {};
}

#else

static constexpr const char *hostTriple =
#if defined(__aarch64__)
    "aarch64-unknown-linux-gnu";
#else
    "unknown-unknown-linux-gnu";
#endif
static std::vector<std::string> findFeatures() { return {}; }
static std::string findCpu(const std::vector<std::string> &) { return {}; }

#endif

const artifact::Target &hostTarget() {
  static const artifact::Target target = [] {
    std::vector<std::string> features = findFeatures();
    std::ranges::sort(features);
    return artifact::Target{hostTriple, findCpu(features), features};
  }();
  return target;
}

std::vector<std::string> missingFeatures(const artifact::Target &target) {
  std::vector<std::string> missing;
  for (const std::string &feature : target.features)
    if (feature.starts_with('+') &&
        !std::ranges::binary_search(hostTarget().features, feature))
      missing.push_back(feature.substr(1));
  return missing;
}

static std::string_view architecture(std::string_view triple) {
  return triple.substr(0, triple.find('-'));
}

void requireHost(const artifact::Target &target) {
  if (architecture(target.triple) != architecture(hostTarget().triple))
    throw Error(Code::ArtifactMismatch, "artifact",
                "it is for " + target.triple + "; this machine is " +
                    hostTarget().triple);
  std::string list;
  for (const std::string &feature : missingFeatures(target))
    list += (list.empty() ? "" : ", ") + feature;
  if (!list.empty())
    throw Error(Code::CpuFeatureMissing, "artifact",
                "it uses " + list + ", which this processor lacks");
}

} // namespace ferro::device
