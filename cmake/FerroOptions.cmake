# Flags shared by everything we compile.
add_library(ferro_options INTERFACE)
target_compile_options(ferro_options INTERFACE -Wall -Wextra -Werror -fvisibility=hidden -fvisibility-inlines-hidden)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(ferro_options INTERFACE -Wdocumentation)
  find_program(FERRO_LLD NAMES ld.lld-22)
  if(FERRO_LLD)
    target_link_options(ferro_options INTERFACE --ld-path=${FERRO_LLD})
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees overlaps and overflows in std::string and std::vector that are
  # not there (gcc.gnu.org/PR105651, PR105329).
  target_compile_options(ferro_options INTERFACE
    -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
endif()
# Cache keys name the builds of the library and of the compiler.
target_link_options(ferro_options INTERFACE -Wl,--build-id)
# The reference kernels are the specification: no contraction behind our back.
target_compile_options(ferro_options INTERFACE -ffp-contract=off)
if(FERRO_SANITIZE)
  target_compile_options(ferro_options INTERFACE -fsanitize=${FERRO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(ferro_options INTERFACE -fsanitize=${FERRO_SANITIZE})
endif()
find_package(Threads REQUIRED)
