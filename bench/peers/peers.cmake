# What each family's CMakeLists.txt writes its rows with.
#
# A peer is a program in its family's folder, its row there, and a line in `packages`, which ci/setup --with peers=LOOP reads.
set(programs ${CMAKE_BINARY_DIR}/bin/peers)
set(target_files ${CMAKE_BINARY_DIR}/lib/edgewise/peers)
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/extended extended_peers REGEX "^[a-z]")

# Known results, for "expect": edgewise check tells what changed, bench/verdicts why.
set(any_source "WEAK: it answers whatever source a datagram claims, so that one with a forged source goes round and round")
set(unheld EXPECT queue-answers "WEAK: the library only tells of readiness, and an answer that the kernel refuses is dropped uncounted")
set(read_dry "WEAK|PASS: a socket is read until nothing is left before the next one has its turn")
set(drain starvation-burst "${read_dry}" starvation-flood "${read_dry}")
set(abort lifecycle-descriptors "WEAK: with too few descriptors for its own needs the library calls abort()")
set(runtime_aborts lifecycle-descriptors "WEAK: with too few descriptors for its own needs the runtime calls abort()")
set(batch "FAIL|PASS: when sendmmsg(2) refuses the first of the queued answers, libuv gives up all of that batch (libuv issue 3129)")

# Known findings of edgewise torture, for "torture": bench/torture puts them beside what it saw.
set(lost_signal "the signal that tells it to stop goes through a descriptor of its own, and is lost where that cannot be written or read")
set(unwatched "a socket whose epoll_ctl(2) fails is watched no more, of which only an event of errors tells that this program does not ask for")
set(uv_torture crash "libuv calls abort() where epoll_ctl(2), or read(2) and write(2) on descriptors of its own, fail as it does not foresee")

# What else a peer waits for, for "capabilities": it answers from the handler of each.
set(beside timer signal pipe accept stream)

function(to_json result)
  list(TRANSFORM ARGN REPLACE "(.+)" "\"\\1\"")
  list(JOIN ARGN ", " joined)
  set(${result} "[${joined}]" PARENT_SCOPE)
endfunction()

function(to_json_object result)
  set(pairs "")
  while(ARGN)
    list(POP_FRONT ARGN name value)
    list(APPEND pairs "\"${name}\": \"${value}\"")
  endwhile()
  list(JOIN pairs ", " joined)
  set(${result} "{${joined}}" PARENT_SCOPE)
endfunction()

# needs(LOOP what): the rows of LOOP say what is missing.
macro(needs loop what)
  set(${loop}_missing "needs ${what}; ci/setup --with peers=${loop} brings it")
endmacro()

# add_script(LOOP file what INTERPRETER word...): a program that needs no building.  That all it needs is here is seen by its
# --version, once: an interpreter takes its time.
macro(add_script loop file what)
  configure_file(${file} ${programs}/${file} COPYONLY)
  if(NOT PEER_HAS_${loop})
    execute_process(COMMAND ${ARGN} ${programs}/${file} --version RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    if(failed)
      needs(${loop} "${what}")
    else()
      set(PEER_HAS_${loop} TRUE CACHE INTERNAL "its --version answers")
    endif()
  endif()
endmacro()

# add_peer(NAME SUMMARY text PROGRAM file [LOOP name] [INTERPRETER word...] [FORM word] [CAN capability...]
#          [ENV name value] [EXPECT case verdict...] [TORTURE outcome reason...])
#
# The row of one peer in one form, "documented" if it says none.  PROGRAM lies in bin/peers; the target peer-PROGRAM, if
# there is one, builds it; it is called with FORM ADDRESS PORT SOCKETS, or with --version.  LOOP is NAME if it says none;
# ${LOOP}_missing says why it cannot be here.  ${language}, which rows share, is the one that its users write in.
function(add_peer name)
  cmake_parse_arguments(PARSE_ARGV 1 peer "" "SUMMARY;PROGRAM;FORM;LOOP" "CAN;ENV;EXPECT;INTERPRETER;TORTURE")
  if(NOT peer_FORM)
    set(peer_FORM documented)
  endif()
  if(NOT peer_LOOP)
    set(peer_LOOP ${name})
  endif()
  if(NOT language)
    message(FATAL_ERROR "peer ${name}: set(language ...) is missing before its row")
  endif()
  set(missing "${${peer_LOOP}_missing}")
  set(run ${peer_INTERPRETER} "{folder}/../../../bin/peers/${peer_PROGRAM}")
  to_json(command ${run} ${peer_FORM} "{address}" "{port}" "{sockets}")
  to_json(version ${run} --version)
  to_json(capabilities echo ipv6 sockets ${peer_CAN})
  to_json_object(env ${peer_ENV})
  to_json_object(expect loop-self "${any_source}" loop-sibling "${any_source}" ${peer_EXPECT})
  to_json_object(torture ${peer_TORTURE})
  set(head "{\n  \"name\": \"${name}\",\n  \"summary\": \"${peer_SUMMARY}\",\n  \"language\": \"${language}\",\n")
  set(tail "  \"command\": ${command},
  \"version\": ${version},
  \"env\": ${env},
  \"expect\": ${expect},
  \"torture\": ${torture},
")
  string(APPEND tail "  \"capabilities\": ${capabilities}
}
")

  set(ready ${CMAKE_CURRENT_BINARY_DIR}/${name}.json)
  file(CONFIGURE OUTPUT ${ready} CONTENT "${head}${tail}" @ONLY)
  if(missing)
    message(STATUS "peer ${name}: ${missing}")
  elseif(NOT EXISTS ${programs}/${peer_PROGRAM})
    set(missing "not built; cmake --build ${CMAKE_BINARY_DIR} --target peers")
  endif()
  if(missing)
    string(APPEND head "  \"missing\": \"${missing}\",\n")
  endif()
  file(CONFIGURE OUTPUT ${target_files}/${name}.json CONTENT "${head}${tail}" @ONLY)

  if(TARGET peer-${peer_PROGRAM})
    add_custom_target(peer-row-${name} COMMAND ${CMAKE_COMMAND} -E copy ${ready} ${target_files}/${name}.json
      COMMENT "Publishing peers/${name}.json")
    add_dependencies(peer-row-${name} peer-${peer_PROGRAM})
    add_dependencies(peers peer-row-${name})
    if(name IN_LIST extended_peers)
      add_dependencies(peers-extended peer-row-${name})
    endif()
  endif()
  if(BUILD_TESTING)
    add_test(NAME peer-${name} COMMAND ${Python3_EXECUTABLE} ${peers_dir}/peers_test.py ${target_files}/${name}.json)
    set(labels live peers)
    if(name IN_LIST extended_peers)
      list(APPEND labels extended)
    endif()
    set_tests_properties(peer-${name} PROPERTIES LABELS "${labels}" SKIP_RETURN_CODE 77 TIMEOUT 120)
  endif()
endfunction()

# build_peer(FILE source... COMMAND word... [COMMAND word...]...): the target peer-FILE, which makes bin/peers/FILE by a compiler
# that cmake does not know.
function(build_peer file)
  list(FIND ARGN COMMAND first)
  list(SUBLIST ARGN 0 ${first} sources)
  list(SUBLIST ARGN ${first} -1 commands)
  add_custom_command(OUTPUT ${programs}/${file} DEPENDS ${sources} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${programs}
    ${commands} COMMENT "Building the peer ${file}" VERBATIM)
  add_custom_target(peer-${file} DEPENDS ${programs}/${file})
endfunction()
