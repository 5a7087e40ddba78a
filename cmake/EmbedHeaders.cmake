# cmake -DROOT=... -DHEADERS=a,b,... -DOUTPUT=... -P EmbedHeaders.cmake writes a
# source file with the texts of these headers, for EmbeddedHeaders.h.
string(REPLACE "," ";" HEADERS "${HEADERS}")
set(text "#include \"compiler/fromSource/EmbeddedHeaders.h\"\n\n")
string(APPEND text "static constexpr ferro::fromSource::EmbeddedHeader headers[] = {\n")
foreach(header IN LISTS HEADERS)
  file(READ "${ROOT}/${header}" content)
  string(APPEND text "{\"${header}\", R\"__header__(${content})__header__\"},\n")
endforeach()
string(APPEND text "};\n\nstd::span<const ferro::fromSource::EmbeddedHeader> ferro::fromSource::embeddedHeaders() {\n"
  "  return headers;\n}\n")
file(WRITE "${OUTPUT}" "${text}")
