// Stands in for what the library leaves out of LLVM: back ends it never makes
// code for, and link-time optimisation of bitcode in lld.
#include "llvm/ADT/SmallVector.h"

#include <cstdlib>

#define FERRO_NO_TARGET(Name)                                                  \
  extern "C" void LLVMInitialize##Name##Target() {}                            \
  extern "C" void LLVMInitialize##Name##TargetInfo() {}                        \
  extern "C" void LLVMInitialize##Name##TargetMC() {}                          \
  extern "C" void LLVMInitialize##Name##AsmPrinter() {}                        \
  extern "C" void LLVMInitialize##Name##AsmParser() {}                         \
  extern "C" void LLVMInitialize##Name##Disassembler() {}
FERRO_NO_TARGET(AArch64)
FERRO_NO_TARGET(AMDGPU)
FERRO_NO_TARGET(ARM)
FERRO_NO_TARGET(AVR)
FERRO_NO_TARGET(BPF)
FERRO_NO_TARGET(Hexagon)
FERRO_NO_TARGET(Lanai)
FERRO_NO_TARGET(LoongArch)
FERRO_NO_TARGET(M68k)
FERRO_NO_TARGET(Mips)
FERRO_NO_TARGET(MSP430)
FERRO_NO_TARGET(PowerPC)
FERRO_NO_TARGET(RISCV)
FERRO_NO_TARGET(Sparc)
FERRO_NO_TARGET(SPIRV)
FERRO_NO_TARGET(SystemZ)
FERRO_NO_TARGET(VE)
FERRO_NO_TARGET(WebAssembly)
FERRO_NO_TARGET(XCore)
FERRO_NO_TARGET(Xtensa)
#undef FERRO_NO_TARGET

namespace lld::elf {
struct Ctx;
class BitcodeFile;
class BitcodeCompiler {
public:
  explicit BitcodeCompiler(Ctx &);
  ~BitcodeCompiler();
  void add(BitcodeFile &);
  llvm::SmallVector<void *, 0> compile();
};
BitcodeCompiler::BitcodeCompiler(Ctx &) {}
BitcodeCompiler::~BitcodeCompiler() = default;
// We never link bitcode.
void BitcodeCompiler::add(BitcodeFile &) { std::abort(); }
llvm::SmallVector<void *, 0> BitcodeCompiler::compile() { return {}; }
} // namespace lld::elf

#define FERRO_NO_FUNCTION(mangled)                                             \
  extern "C" void mangled() { std::abort(); }
FERRO_NO_FUNCTION(_ZN4llvm3lto3LTO24getRuntimeLibcallSymbolsERKNS_6TripleE)
FERRO_NO_FUNCTION(_ZN4llvm3lto9InputFile6createENS_15MemoryBufferRefE)
FERRO_NO_FUNCTION(_ZN4llvm3lto9InputFileD1Ev)
#undef FERRO_NO_FUNCTION
