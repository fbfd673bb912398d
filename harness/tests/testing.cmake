# How the rooms declare their tests.  A test has one name: its file's, behind its room's where the file's alone says too little.
set(EDGEWISE_TESTS ${CMAKE_CURRENT_LIST_DIR})

# Debian's scapy is visible to its own Python only, and another python3 may come first on the PATH.
foreach(candidate python3 /usr/bin/python3 /opt/homebrew/opt/scapy/libexec/bin/python3 /usr/local/opt/scapy/libexec/bin/python3)
  execute_process(COMMAND ${candidate} -c "import scapy" RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
  if(result EQUAL 0)
    set(SCAPY_PYTHON ${candidate})
    break()
  endif()
endforeach()

# add_cmocka_program(NAME LIBRARY...): builds NAME_test from NAME_test.c.
function(add_cmocka_program name)
  add_executable(${name}_test ${name}_test.c)
  target_include_directories(${name}_test PRIVATE . ${EDGEWISE_TESTS})
  target_compile_definitions(${name}_test PRIVATE CMOCKA_NO_DEPRECATION_WARNINGS)
  target_link_libraries(${name}_test PRIVATE ${ARGN} PkgConfig::CMOCKA)
endfunction()

# add_unit_test(NAME LIBRARY...): the same, run without arguments.
function(add_unit_test name)
  add_cmocka_program(${name} ${ARGN})
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES LABELS unit SKIP_RETURN_CODE 77 TIMEOUT 120)
endfunction()

# Modules that tests of all rooms import lie here: result_json.  Where what the PATH has first is such a script (CMakeLists.txt), what the
# tests start finds the interpreter, too.
find_program(EDGEWISE_FIRST_PYTHON python3)
function(import_from_tests name)
  set(environment "PYTHONPATH=path_list_prepend:${CMAKE_CURRENT_FUNCTION_LIST_DIR}")
  if(NOT EDGEWISE_FIRST_PYTHON STREQUAL Python3_EXECUTABLE)
    get_filename_component(folder ${Python3_EXECUTABLE} DIRECTORY)
    list(APPEND environment "PATH=path_list_prepend:${folder}")
  endif()
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT_MODIFICATION "${environment}")
endfunction()

# add_script_test(NAME SCRIPT [LABELS label...] [TIMEOUT seconds] [ARGUMENTS argument...]): "live" and 300 s by default; the limits are for who hangs.
function(add_script_test name script)
  cmake_parse_arguments(PARSE_ARGV 2 test "" "TIMEOUT" "LABELS;ARGUMENTS")
  if(NOT test_LABELS)
    set(test_LABELS live)
  endif()
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 300)
  endif()
  get_filename_component(script ${script} ABSOLUTE)
  add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${script} ${test_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES LABELS "${test_LABELS}" SKIP_RETURN_CODE 77 TIMEOUT ${test_TIMEOUT})
  import_from_tests(${name})
endfunction()

# add_scapy_test(NAME SCRIPT ARGUMENT...): by the Python that has scapy.
function(add_scapy_test name script)
  get_filename_component(script ${script} ABSOLUTE)
  if(SCAPY_PYTHON)
    add_test(NAME ${name} COMMAND ${SCAPY_PYTHON} ${script} ${ARGN})
  else()
    add_test(NAME ${name} COMMAND sh -c "echo 'skipped: no python3 here can import scapy'; exit 77")
  endif()
  import_from_tests(${name})
  set_tests_properties(${name} PROPERTIES LABELS live SKIP_RETURN_CODE 77 TIMEOUT 120)
endfunction()
