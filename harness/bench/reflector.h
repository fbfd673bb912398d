/* An echo inside the kernel: a veth pair, on whose far end tc turns every UDP datagram round and
 * sends it back.  What it costs is the path of a datagram without a server: there is no second
 * socket, no copy, no system call, nobody to wake. */
#ifndef EDGEWISE_BENCH_REFLECTOR_H
#define EDGEWISE_BENCH_REFLECTOR_H

#include <stddef.h>

/* Moves this process, while it has one thread, into a network namespace of its own and makes the
 * pair there.  A UDP socket that is connected through it: what is sent comes back.  Or -1, and in
 * `reason` what is missing. */
int reflector_open(char *reason, size_t size);

#endif
