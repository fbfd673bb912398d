# Texts into the program: a file of C with tables of them, made when CMake runs.

# embed_texts(TABLE FILE...): a row for each file, by its name without ending, into `embedded_source`.  ASCII alone: a char may be signed.
function(embed_texts table)
  set(rows "")
  foreach(file ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} bytes HEX)
    # As numbers: a compiler need not take strings of more than 4,095 bytes (C11, 5.2.4.1).
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND embedded_source "static const char ${table}_${name}[] = {${bytes}0};\n")
    string(APPEND rows "    {\"${name}\", ${table}_${name}},\n")
  endforeach()
  string(APPEND embedded_source "const struct embedded_text ${table}[] = {\n${rows}    {0},\n};\n")
  set(embedded_source "${embedded_source}" PARENT_SCOPE)
endfunction()

# whole_schema(FILE OUT): the schema with those that it refers to inside, so that it needs no other file.  Each has $defs, once; bench
# and check stand before envelope, to which they refer themselves.
function(whole_schema file out)
  get_filename_component(folder ${file} DIRECTORY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  foreach(name bench check envelope)
    string(FIND "${text}" "\"${name}.json" refers)
    if(NOT refers EQUAL -1)
      file(READ ${folder}/${name}.json inner)
      string(REGEX REPLACE "  \"[$]schema\":[^\n]*\n" "" inner "${inner}")
      string(REPLACE "\"#/" "\"#/$defs/${name}/" inner "${inner}")
      string(REPLACE "\"${name}.json#" "\"#/$defs/${name}" text "${text}")
      string(REPLACE "\"${name}.json" "\"#/$defs/${name}" text "${text}")
      # Behind the first "$defs" alone: what is inside already has its own.
      string(FIND "${text}" "\"$defs\": {" at)
      string(SUBSTRING "${text}" 0 ${at} before)
      string(SUBSTRING "${text}" ${at} -1 after)
      string(REGEX REPLACE "^\"[$]defs\": {" "\"$defs\": {\n\"${name}\": @inner@," after "${after}")
      string(REPLACE "@inner@" "${inner}" after "${after}")
      set(text "${before}${after}")
    endif()
  endforeach()
  file(CONFIGURE OUTPUT ${out} CONTENT "${text}" @ONLY)
endfunction()
