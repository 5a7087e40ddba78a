# What `cmake --install` lays down:
#   include/ferro, cutile        headers
#   lib                          libferro, libferro_compiler
#   lib/ferro/ferroscript.so     the plugin
#   lib/cmake/FerroScript        the package
#   bin                          tools, ferro-compilerd
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/FerroScript)
set(FERRO_INSTALLED_PLUGIN ${CMAKE_INSTALL_LIBDIR}/ferro/ferroscript.so)
set(FERRO_INSTALLED_REWRITE ${CMAKE_INSTALL_BINDIR}/ferro-rewrite)

install(DIRECTORY runtime/include/ferro runtime/include/cutile DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS ferro EXPORT FerroScriptTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT FerroScriptTargets NAMESPACE ferro:: DESTINATION ${package_folder})

configure_package_config_file(cmake/FerroScriptConfig.cmake.in
  ${PROJECT_BINARY_DIR}/FerroScriptConfig.cmake INSTALL_DESTINATION ${package_folder}
  PATH_VARS FERRO_INSTALLED_PLUGIN FERRO_INSTALLED_REWRITE)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/FerroScriptConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES cmake/FerroAddScript.cmake
  ${PROJECT_BINARY_DIR}/FerroScriptConfig.cmake ${PROJECT_BINARY_DIR}/FerroScriptConfigVersion.cmake
  DESTINATION ${package_folder})

# Each finds the libraries relative to itself, so the prefix can be moved.
foreach(tool ferro-compilerd ferro-rewrite ferro-opt ferro-compile ferro-run)
  if(TARGET ${tool})
    set_target_properties(${tool} PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
    install(TARGETS ${tool} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
if(TARGET ferro_compiler)
  install(TARGETS ferro_compiler LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
if(TARGET ferroscript)
  install(TARGETS ferroscript LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/ferro)
endif()
