#include "target/ports.h"

#include "base/clock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Below what Linux (32768) and macOS (49152) give to whoever asks for any port, so that no client
 * takes one meanwhile. */
#define FIRST 10000u
#define LAST 32000u
#define TRIES 200

/* 0, or the errno of the bind. */
static int try_bind(const union address *address, unsigned port)
{
    union address a = *address;
    int fd = socket(address->any.sa_family, SOCK_DGRAM, 0);
    int err = 0;

    if (fd < 0)
        return errno;
    address_set_port(&a, (uint16_t)port);
    if (bind(fd, &a.any, address_length(&a)) < 0)
        err = errno;
    close(fd);
    return err;
}

static int try_range(const union address *address, unsigned first, unsigned count, unsigned *at)
{
    int err = 0;

    for (*at = first; *at < first + count && err == 0; ++*at)
        err = try_bind(address, *at);
    return err;
}

int ports_choose(const union address *address, unsigned *port, unsigned count, struct error *error)
{
    /* Where the search begins need not be good randomness, only different for those who search at
     * the same time. */
    uint64_t state = (uint64_t)clock_now_ns() ^ (uint64_t)getpid() << 32;
    unsigned at;
    int err;

    if (*port != 0) {
        if (*port + count > 65536)
            return error_set(
                error, STATUS_USAGE,
                "%u ports from %u on end beyond 65535; choose a lower port or fewer sockets", count,
                *port);
        err = try_range(address, *port, count, &at);
        if (err == 0)
            return 0;
        return error_set(
            error, STATUS_CANNOT_RUN, "port %u: %s%s", at - 1, strerror(err),
            err == EADDRINUSE ? ": somebody else listens there; stop that, or choose another port"
            : err == EACCES   ? ": ports below 1024 need privileges; choose a higher port"
                              : "");
    }
    for (int i = 0; i < TRIES && count <= LAST - FIRST; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        *port = FIRST + (unsigned)(state >> 33) % (LAST - FIRST - count + 1);
        if (try_range(address, *port, count, &at) == 0)
            return 0;
    }
    return error_set(error, STATUS_CANNOT_RUN, "no %u free consecutive ports from %u to %u", count,
                     FIRST, LAST);
}
