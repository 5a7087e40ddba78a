# ferro_add_script(<target> [PLUGIN | REWRITE])
#
# Compiles the [[ferro::script]] functions of a target's C++ sources: Clang 22
# loads the plugin; for any other compiler ferro-rewrite writes the same text
# into the build folder as a step of its own. PLUGIN and REWRITE insist.
#
# Reads FERRO_PLUGIN, FERRO_REWRITE (paths) and FERRO_LLVM_MAJOR.

# Whether the C++ compiler is the Clang that the plugin was made for.
function(ferro_compiler_loads_plugin result)
  set(${result} FALSE PARENT_SCOPE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION MATCHES "^${FERRO_LLVM_MAJOR}\\.")
    set(${result} TRUE PARENT_SCOPE)
  endif()
endfunction()

# Refuses compilers that cannot compile FerroScript's headers.
function(ferro_check_compiler)
  set(least_GNU 12)
  set(least_Clang 15)
  set(least "${least_${CMAKE_CXX_COMPILER_ID}}")
  if(least AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL least)
    return()
  endif()
  message(FATAL_ERROR
    "FerroScript needs g++ ${least_GNU} or newer, or clang ${least_Clang} or newer; "
    "the C++ compiler is ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} (${CMAKE_CXX_COMPILER})")
endfunction()

# In FerroScript's own build the file is made by a target.
function(ferro_require_file variable target)
  if(NOT TARGET ${target} AND NOT EXISTS "${${variable}}")
    message(FATAL_ERROR
      "${variable} is \"${${variable}}\", which does not exist; "
      "FerroScript was installed without ${target} (FERRO_BUILD_COMPILER=OFF)")
  endif()
endfunction()

function(ferro_add_script target)
  cmake_parse_arguments(arg "PLUGIN;REWRITE" "" "" ${ARGN})
  if(NOT TARGET ${target} OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ferro_add_script(<target> [PLUGIN | REWRITE]): called with \"${target};${ARGN}\"")
  endif()
  ferro_check_compiler()
  ferro_compiler_loads_plugin(loads_plugin)
  if(arg_PLUGIN AND NOT loads_plugin)
    message(FATAL_ERROR
      "ferroscript.so is a plugin of Clang ${FERRO_LLVM_MAJOR}; "
      "the C++ compiler is ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} (${CMAKE_CXX_COMPILER}). "
      "Use clang++-${FERRO_LLVM_MAJOR}, or ferro_add_script(${target} REWRITE)")
  endif()
  ferro_keep_modules(${target})
  if(loads_plugin AND NOT arg_REWRITE)
    ferro_add_script_by_plugin(${target})
  else()
    ferro_add_script_by_rewriting(${target})
  endif()
endfunction()

# Nothing names the objects of an archive that hold tile modules, so the linker
# would leave them out: whoever links the archive takes all of it.
function(ferro_keep_modules target)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    target_link_options(${target} INTERFACE
      "LINKER:--whole-archive,$<TARGET_FILE:${target}>,--no-whole-archive")
  endif()
endfunction()

function(ferro_add_script_by_plugin target)
  ferro_require_file(FERRO_PLUGIN ferroscript)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fplugin=${FERRO_PLUGIN}>)
  target_compile_definitions(${target} PRIVATE FERRO_PLUGIN=1)
  # A new plugin compiles everything anew.
  get_target_property(sources ${target} SOURCES)
  set_property(SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS ${FERRO_PLUGIN})
endfunction()

# Each source is replaced by its rewritten text; headers that have scripts are
# written beside it, and its includes lead to them.
function(ferro_add_script_by_rewriting target)
  ferro_require_file(FERRO_REWRITE ferro-rewrite)
  target_compile_definitions(${target} PRIVATE FERRO_PLUGIN=1)
  set(includes $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
  set(definitions $<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>)
  set(standard $<IF:$<BOOL:$<TARGET_PROPERTY:${target},CXX_STANDARD>>,$<TARGET_PROPERTY:${target},CXX_STANDARD>,20>)
  get_target_property(sources ${target} SOURCES)
  get_target_property(source_folder ${target} SOURCE_DIR)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.scripts)
  set(rewritten_sources)
  foreach(source IN LISTS sources)
    if(NOT source MATCHES "\\.(cpp|cc|cxx|C)$")
      list(APPEND rewritten_sources ${source})
      continue()
    endif()
    get_filename_component(path ${source} ABSOLUTE BASE_DIR ${source_folder})
    file(RELATIVE_PATH name ${source_folder} ${path})
    string(REPLACE "../" "up/" name ${name})
    set(output ${folder}/${name})
    add_custom_command(OUTPUT ${output}
      COMMAND ${FERRO_REWRITE} ${path} -o ${output} --out-dir ${output}.headers --depfile ${output}.d --
        -std=c++${standard} "$<$<BOOL:${includes}>:-I$<JOIN:${includes},;-I>>"
        "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},;-D>>"
      DEPENDS ${path} ${FERRO_REWRITE}
      DEPFILE ${output}.d
      COMMENT "Rewriting ${name}"
      COMMAND_EXPAND_LISTS VERBATIM)
    list(APPEND rewritten_sources ${output})
  endforeach()
  set_property(TARGET ${target} PROPERTY SOURCES ${rewritten_sources})
endfunction()
