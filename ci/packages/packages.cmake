# The .deb and the .rpm, of what the install rules install; ci/release makes the rest and calls cpack.
set(CPACK_PACKAGE_NAME edgewise)
set(CPACK_PACKAGE_VENDOR "The edgewise developers")
# Whoever publishes packages names an address that is read.
set(EDGEWISE_CONTACT "The edgewise developers <packages@edgewise.example>" CACHE STRING "who answers for packages")
set(CPACK_PACKAGE_CONTACT ${EDGEWISE_CONTACT})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Check and measure UDP servers and their event loops")
set(CPACK_PACKAGE_DESCRIPTION
"edgewise tells, for its own family of UDP echo servers or for any other UDP
server that echoes or speaks DNS, NTP, STUN, SIP, QUIC and others, whether it
is right and how fast it is: cases with a verdict, load whose books balance
for every datagram, starvation bounds as integers from a simulated network,
and CPU time per echo with an interval.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE-MIT)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/before.cmake)

# Only `edgewise report` is Python; all else runs without, so that this is recommended and not required.
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3, python3-jinja2, python3-matplotlib")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE "Apache-2.0 OR MIT")
set(CPACK_RPM_PACKAGE_GROUP "Applications/Internet")
set(CPACK_RPM_COMPRESSION_TYPE xz)
set(CPACK_RPM_PACKAGE_DESCRIPTION ${CPACK_PACKAGE_DESCRIPTION})
# rpm looks for the dependencies of libraries that may be executed.
set(CPACK_RPM_INSTALL_WITH_EXEC ON)
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
  /usr/libexec /usr/share/cmake /usr/share/man /usr/share/man/man1 /usr/share/man/man7 /usr/share/pkgconfig)
# CPack 3.25 has no word for Recommends.  The other lines keep the machine and the hour out of the package.
set(CPACK_RPM_SPEC_MORE_DEFINE
"Recommends: python3
Recommends: python3-jinja2
Recommends: python3-matplotlib
Packager: ${CPACK_PACKAGE_CONTACT}
%global __requires_exclude ^/usr/bin/pkg-config$
%define _buildhost edgewise
%define clamp_mtime_to_source_date_epoch 1
%define use_source_date_epoch_as_buildtime 1
%define _build_id_links none")
include(CPack)
