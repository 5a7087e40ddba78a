#include "compiler/Abi.h"

#include "llvm/Config/llvm-config.h"

__attribute__((visibility("default"))) int fc_abi_version() {
  return FERRO_COMPILER_ABI;
}

__attribute__((visibility("default"))) const char *fc_version() {
  return "ferro " FERRO_VERSION " llvm " LLVM_VERSION_STRING;
}
