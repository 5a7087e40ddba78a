// Compiles what the CPU emitters emit, by the compiler's own back end, for this
// machine and for a narrower one.
#pragma once

#include "compiler/cpu/CpuTarget.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>
#include <vector>

namespace mlir {
class OpBuilder;
} // namespace mlir

namespace ferro::test {

struct Machine {
  std::string name;
  cpu::CpuTarget target;
  std::vector<std::string> features;
};

/// AVX-512 and AVX2 with FMA, as far as this processor has them.
std::vector<Machine> machines();

/// Loaded code. Building it ends the program if anything refuses it.
class NativeModule {
public:
  /// \p build inserts func.func operations.
  NativeModule(const Machine &machine,
               llvm::function_ref<void(mlir::OpBuilder &)> build);
  ~NativeModule();
  NativeModule(const NativeModule &) = delete;

  void *find(const std::string &symbol) const;

private:
  void *library = nullptr;
};

} // namespace ferro::test
