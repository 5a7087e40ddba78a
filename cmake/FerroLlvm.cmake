# LLVM, MLIR and Clang 22.1, by version and from one prefix.
list(APPEND CMAKE_PREFIX_PATH /usr/lib/llvm-22)
foreach(package LLVM MLIR Clang)
  find_package(${package} 22.1 QUIET CONFIG)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR
      "FerroScript's plugin and compiler need ${package} 22.1; found: ${${package}_CONSIDERED_VERSIONS}. "
      "scripts/install-deps.sh installs it on Debian 12; "
      "with -DFERRO_BUILD_COMPILER=OFF the runtime alone is built")
  endif()
endforeach()
set(FERRO_LLVM_BIN ${LLVM_TOOLS_BINARY_DIR})
set(FERRO_LLVM_MAJOR ${LLVM_VERSION_MAJOR})

# ferro_tablegen(<target> <file.td> <output> <flags>...) runs mlir-tblgen and
# makes the target's sources wait for it. Outputs lie in the target's binary folder.
function(ferro_tablegen target td output)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${td})
  set(result ${CMAKE_CURRENT_BINARY_DIR}/${output})
  add_custom_command(OUTPUT ${result}
    COMMAND ${FERRO_LLVM_BIN}/mlir-tblgen ${ARGN} -I ${LLVM_INCLUDE_DIRS} ${source} -o ${result}
    DEPENDS ${source} VERBATIM)
  target_sources(${target} PRIVATE ${result})
endfunction()

# The static archives of LLVM, MLIR, Clang and lld, without the targets that we never
# make code for: LlvmTargets.cpp stands in for their initialisers.
function(ferro_llvm_archives result)
  file(GLOB archives ${LLVM_LIBRARY_DIR}/libMLIR*.a ${LLVM_LIBRARY_DIR}/liblldELF.a
    ${LLVM_LIBRARY_DIR}/liblldCommon.a ${LLVM_LIBRARY_DIR}/libclang[A-Z]*.a ${LLVM_LIBRARY_DIR}/libLLVM*.a)
  list(FILTER archives EXCLUDE REGEX "libLLVM(AArch64|AMDGPU|ARM|AVR|BPF|Hexagon|Lanai|LoongArch|Mips|MSP430|PowerPC|RISCV|Sparc|SPIRV|SystemZ|VE|WebAssembly|XCore|M68k|Xtensa|DirectX)|MLIRTest|clang(Daemon|Tidy|Doc|Include|Query|Move|Reorder|Change|StaticAnalyzer|Interpreter|Testing)")
  set(${result} ${archives} PARENT_SCOPE)
endfunction()
