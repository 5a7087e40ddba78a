#include "Warpgroup.h"

#include <sstream>

namespace ferro::gpucheck {
namespace {

/// The bytes of each factor's shared memory; descriptors must stay within.
constexpr unsigned factorBytes = 16384;

struct Types {
  const char *accumulator, *lhs, *rhs;
  /// The classes of values of the factors.
  const char *lhsClass, *rhsClass;
  unsigned depth;
  /// After the depth's types, where there is more: `.and.popc`.
  const char *suffix;

  bool isFloat() const { return accumulator[0] == 'f'; }
  /// Only 16-bit factors may be transposed.
  bool transposes() const { return depth == 16; }
  bool halfAccumulator() const { return std::string(accumulator) == "f16"; }
};

constexpr Types types[] = {
    {"f32", "f16", "f16", "f16x2", "f16x2", 16, ""},
    {"f16", "f16", "f16", "f16x2", "f16x2", 16, ""},
    {"f32", "bf16", "bf16", "bf16x2", "bf16x2", 16, ""},
    {"f32", "tf32", "tf32", "f32", "f32", 8, ""},
    {"f32", "e4m3", "e4m3", "e4m3x4", "e4m3x4", 32, ""},
    {"f32", "e4m3", "e5m2", "e4m3x4", "e5m2x4", 32, ""},
    {"f32", "e5m2", "e4m3", "e5m2x4", "e4m3x4", 32, ""},
    {"f32", "e5m2", "e5m2", "e5m2x4", "e5m2x4", 32, ""},
    {"f16", "e4m3", "e4m3", "e4m3x4", "e4m3x4", 32, ""},
    {"f16", "e5m2", "e5m2", "e5m2x4", "e5m2x4", 32, ""},
    {"s32", "s8", "s8", "bits32", "bits32", 32, ""},
    {"s32", "s8", "u8", "bits32", "bits32", 32, ""},
    {"s32", "u8", "s8", "bits32", "bits32", 32, ""},
    {"s32", "u8", "u8", "bits32", "bits32", 32, ""},
    {"s32", "u8", "u8", "bits32", "bits32", 32, ".satfinite"},
    {"s32", "s8", "s8", "bits32", "bits32", 32, ".satfinite"},
    {"s32", "b1", "b1", "bits32", "bits32", 256, ".and.popc"},
};

/// The fields of a shared memory descriptor, offsets in bytes.
struct Layout {
  const char *name;
  unsigned leading, stride;
  /// Bits 62 and 63: 0 none, 1 for 128 bytes, 2 for 64, 3 for 32.
  unsigned swizzle;
};

constexpr Layout plain = {"", 128, 256, 0};
constexpr Layout byDepth[] = {{"gaps", 1024, 128, 0},
                              {"32B", 16, 256, 3},
                              {"64B", 16, 512, 2},
                              {"128B", 16, 1024, 1}};
constexpr Layout byRow[] = {{"none", 128, 1024, 0},
                            {"none-gaps", 2048, 256, 0},
                            {"32B", 512, 2048, 3},
                            {"64B", 1024, 2048, 2},
                            {"128B", 4096, 1024, 1}};

struct Variant {
  unsigned columns = 8;
  Layout lhs = plain, rhs = plain;
  bool lhsTransposed = false, rhsTransposed = false;
  bool lhsInRegisters = false;
  bool accumulates = true;
  int lhsScale = 1, rhsScale = 1;
  std::string note;
};

std::uint64_t descriptor(const Layout &layout) {
  return std::uint64_t(layout.leading >> 4) << 16 |
         std::uint64_t(layout.stride >> 4) << 32 |
         std::uint64_t(layout.swizzle) << 62;
}

std::string list(const char *name, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i)
    text += (i ? ", %" : "%") + std::string(name) + std::to_string(i);
  return text + "}";
}

std::string instruction(const Types &row, const Variant &variant) {
  std::ostringstream text;
  bool saturates = std::string(row.suffix) == ".satfinite";
  text << "wgmma.mma_async.sync.aligned.m64n" << variant.columns << "k"
       << row.depth << (saturates ? ".s32" : "")
       << (saturates ? "" : std::string(".") + row.accumulator) << "."
       << row.lhs << "." << row.rhs << row.suffix;
  return text.str();
}

/// Copies a factor from global to shared memory, 16 bytes a thread at a time.
void copyFactor(std::ostringstream &ptx, const char *name, unsigned at) {
  ptx << "  ld.param.u64 %address, [" << name << "];\n"
      << "  mad.wide.u32 %address, %block, " << factorBytes << ", %address;\n"
      << "  mad.wide.u32 %address, %thread, 16, %address;\n"
      << "  mad.lo.u32 %t0, %thread, 16, %memory;\n"
      << "  mov.u32 %t1, 0;\n"
      << "copy_" << name << ":\n"
      << "  ld.global.v4.b32 {%t2, %t3, %t4, %t5}, [%address];\n"
      << "  st.shared.v4.b32 [%t0+" << at << "], {%t2, %t3, %t4, %t5};\n"
      << "  add.u64 %address, %address, 2048;\n"
      << "  add.u32 %t0, %t0, 2048;\n"
      << "  add.u32 %t1, %t1, 1;\n"
      << "  setp.lt.u32 %p, %t1, " << factorBytes / 2048 << ";\n"
      << "  @%p bra copy_" << name << ";\n";
}

Form makeForm(const Types &row, const Variant &variant) {
  Form form;
  std::string mnemonic = instruction(row, variant);
  form.name = mnemonic + (variant.note.empty() ? "" : ":" + variant.note);
  unsigned registers = variant.columns / (row.halfAccumulator() ? 4 : 2);
  form.outputRegisters = registers;
  form.threads = 128;
  form.blocks = variant.columns > 64 ? 1 : variant.columns > 16 ? 2 : 8;
  form.blockBytes = {factorBytes, factorBytes, 0, 0};
  form.inputs = {{row.lhsClass, Purpose::Product, 1},
                 {row.rhsClass, Purpose::Product, 1},
                 {!row.isFloat()          ? "b32"
                  : row.halfAccumulator() ? "f16x2"
                                          : "f32",
                  Purpose::Product, registers},
                 {row.lhsClass, Purpose::Product, 4}};

  std::ostringstream ptx;
  ptx << ".version 8.7\n.target sm_90a\n.address_size 64\n\n.visible .entry "
      << formKernel
      << "(.param .u64 result, .param .u64 lhs, .param .u64 rhs,\n"
         "  .param .u64 sum, .param .u64 fragment)\n.reqntid 128\n{\n"
         "  .reg .pred %p;\n  .reg .b32 %t<8>, %a<4>, %d<"
      << registers
      << ">;\n  .reg .b32 %block, %thread, %memory, %i;\n"
         "  .reg .b64 %address, %x, %y, %base;\n"
         "  .shared .align 1024 .b8 memory["
      << 2 * factorBytes
      << "];\n\n  mov.u32 %block, %ctaid.x;\n  mov.u32 %thread, %tid.x;\n"
         "  mad.lo.u32 %i, %block, 128, %thread;\n  mov.u32 %memory, memory;\n";
  copyFactor(ptx, "lhs", 0);
  copyFactor(ptx, "rhs", factorBytes);
  ptx << "  ld.param.u64 %address, [sum];\n  mad.wide.u32 %address, %i, "
      << registers * 4 << ", %address;\n";
  for (unsigned i = 0; i < registers; ++i)
    ptx << "  ld.global.b32 %d" << i << ", [%address+" << i * 4 << "];\n";
  ptx << "  ld.param.u64 %address, [fragment];\n"
         "  mad.wide.u32 %address, %i, 16, %address;\n"
         "  ld.global.v4.b32 {%a0, %a1, %a2, %a3}, [%address];\n"
         "  fence.proxy.async.shared::cta;\n  bar.sync 0;\n\n"
         "  shr.u32 %t0, %memory, 4;\n  and.b32 %t0, %t0, 16383;\n"
         "  cvt.u64.u32 %base, %t0;\n"
      << "  add.u64 %x, %base, " << descriptor(variant.lhs) << "U;\n"
      << "  add.u64 %y, %base, " << descriptor(variant.rhs) + (factorBytes >> 4)
      << "U;\n  setp.eq.u32 %p, 0, " << (variant.accumulates ? 0 : 1)
      << ";\n\n  wgmma.fence.sync.aligned;\n  " << mnemonic << " "
      << list("d", registers) << ", "
      << (variant.lhsInRegisters ? list("a", 4) : "%x") << ", %y, %p";
  if (row.isFloat()) {
    ptx << ", " << variant.lhsScale << ", " << variant.rhsScale;
    if (row.transposes()) {
      if (!variant.lhsInRegisters)
        ptx << ", " << variant.lhsTransposed;
      ptx << ", " << variant.rhsTransposed;
    }
  }
  ptx << ";\n  wgmma.commit_group.sync.aligned;\n"
         "  wgmma.wait_group.sync.aligned 0;\n\n"
         "  ld.param.u64 %address, [result];\n  mad.wide.u32 %address, %i, "
      << registers * 4 << ", %address;\n";
  for (unsigned i = 0; i < registers; ++i)
    ptx << "  st.global.b32 [%address+" << i * 4 << "], %d" << i << ";\n";
  ptx << "  ret;\n}\n";
  form.ptx = ptx.str();
  return form;
}

void addLayouts(const Types &row, std::vector<Form> &forms) {
  for (const Layout &layout : byDepth) {
    Variant variant;
    variant.columns = 16;
    variant.lhs = variant.rhs = layout;
    variant.note = layout.name;
    forms.push_back(makeForm(row, variant));
  }
  if (!row.transposes())
    return;
  for (const Layout &layout : byRow) {
    Variant lhs;
    lhs.columns = 16;
    lhs.lhs = layout;
    lhs.lhsTransposed = true;
    lhs.note = std::string("lhs-transposed-") + layout.name;
    forms.push_back(makeForm(row, lhs));
    Variant rhs;
    rhs.columns = 64;
    rhs.rhs = layout;
    rhs.rhsTransposed = true;
    rhs.note = std::string("rhs-transposed-") + layout.name;
    forms.push_back(makeForm(row, rhs));
  }
}

} // namespace

std::vector<Form> makeWarpgroupForms() {
  std::vector<Form> forms;
  for (const Types &row : types) {
    Variant variant;
    forms.push_back(makeForm(row, variant));
    variant.lhsInRegisters = true;
    variant.note = "registers";
    forms.push_back(makeForm(row, variant));
    variant = {};
    variant.accumulates = false;
    variant.note = "fresh";
    forms.push_back(makeForm(row, variant));
    if (row.isFloat()) {
      variant = {};
      variant.lhsScale = -1;
      variant.note = "minus-lhs";
      forms.push_back(makeForm(row, variant));
      variant = {};
      variant.rhsScale = -1;
      variant.lhsInRegisters = true;
      variant.note = "minus-rhs-registers";
      forms.push_back(makeForm(row, variant));
    }
  }
  for (const Types &row : {types[0], types[3], types[4], types[10]})
    addLayouts(row, forms);
  for (unsigned columns : {24u, 128u, 256u}) {
    Variant variant;
    variant.columns = columns;
    forms.push_back(makeForm(types[0], variant));
  }
  return forms;
}

} // namespace ferro::gpucheck
