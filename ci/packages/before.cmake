# What a distribution wants beside what the install rules install: called by cpack with the files staged.  No list of them: what
# is staged is looked through.
set(root ${CPACK_TEMPORARY_DIRECTORY}/usr)
set(doc ${root}/share/doc/edgewise)

# Compressed without the name and the time of the file, as Debian's policy (12.3) has it.
function(compress)
  if(ARGN)
    execute_process(COMMAND gzip -9n ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
  endif()
endfunction()

file(GLOB_RECURSE pages ${root}/share/man/*)
foreach(page ${pages})
  if(IS_SYMLINK ${page})
    file(READ_SYMLINK ${page} other)
    file(REMOVE ${page})
    file(CREATE_LINK ${other}.gz ${page}.gz SYMBOLIC)
  else()
    compress(${page})
  endif()
endforeach()
if(CPACK_GENERATOR STREQUAL "DEB")
  # Licenses are told by "copyright" there.
  file(GLOB licenses ${doc}/LICENSE-*)
  file(REMOVE ${licenses})
  file(RENAME ${doc}/CHANGELOG.md ${doc}/NEWS.md)
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH
  file(WRITE ${doc}/changelog
    "edgewise (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n"
    "  * Release ${CPACK_PACKAGE_VERSION}; NEWS.md.gz tells what changed.\n\n"
    " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
  compress(${doc}/changelog ${doc}/NEWS.md)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/copyright ${doc}/copyright COPYONLY)
endif()
