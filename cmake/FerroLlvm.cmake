# LLVM, MLIR and Clang 22.1, by version and from one prefix.
list(APPEND CMAKE_PREFIX_PATH /usr/lib/llvm-22)
find_package(LLVM 22.1 REQUIRED CONFIG)
find_package(MLIR 22.1 REQUIRED CONFIG)
find_package(Clang 22.1 REQUIRED CONFIG)
set(FERRO_LLVM_BIN ${LLVM_TOOLS_BINARY_DIR})
