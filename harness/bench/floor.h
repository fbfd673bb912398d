/* The floor: what an echo costs whoever serves it by sockets, measured beside the rounds and on the
 * same processors.  Each part is timed alone:
 *
 *     call       an empty system call
 *     line       a cache line, to the generator's processor and back
 *     copies     a datagram copied in and out
 *     path       a datagram sent and received on loopback by one thread: the kernel's own path
 *     reflector  the same with an echo in tc on the far end of a veth pair, without a second socket
 *
 * An echo needs two calls, one line and the copies, where calls and line may serve all datagrams
 * that are under way at once: floor_sum().  Path and reflector are no parts of that sum: they stand
 * beside it.
 *
 * A figure is the least of a few batches: whatever disturbs makes it longer.  It is CPU time of the
 * one thread, as that of the targets is.  A part that cannot be had says why. */
#ifndef EDGEWISE_BENCH_FLOOR_H
#define EDGEWISE_BENCH_FLOOR_H

#include "base/status.h"
#include "flood/schedule.h"

/* X(NAME, "name", "what one of it is") */
#define FLOOR_PARTS_LIST(X)                                                             \
    X(CALL, "call", "an empty system call (getppid)")                                   \
    X(LINE, "line", "a cache line, to the generator's processor and back")              \
    X(COPIES, "copies", "a datagram copied in and copied out")                          \
    X(PATH, "path", "a datagram sent to itself on loopback and received by one thread") \
    X(REFLECTOR, "reflector", "a datagram sent into a veth pair, echoed there by tc, received")

#define FLOOR_CONSTANT(NAME, name, meaning) FLOOR_##NAME,
enum floor_part { FLOOR_PARTS_LIST(FLOOR_CONSTANT) FLOOR_PARTS };

/* Texts of the list; static. */
const char *floor_name(enum floor_part part);
const char *floor_meaning(enum floor_part part);

struct floor_config {
    struct sizes sizes;         /* of the datagrams; none: 64 bytes */
    int client_cpu, server_cpu; /* the numbers plus one; 0: not pinned */
    uint32_t calls;             /* of each part in a batch; 0: what takes some milliseconds */
};

struct floor_figure {
    double ns;        /* of one; 0: missing */
    uint64_t calls;   /* that were made in all batches */
    char reason[160]; /* why it is missing; "" */
};

/* What an echo costs at least, in nanoseconds, where `batch` datagrams may share calls and line;
 * what is missing counts as nothing. */
double floor_sum(const struct floor_figure figures[FLOOR_PARTS], uint32_t batch);

#endif
