/* What the demonstrations share: options, a socket, and how they end. */
#ifndef EDGEWISE_DEMOS_DEMO_H
#define EDGEWISE_DEMOS_DEMO_H

#include "mio/mio.h"

#include <errno.h>

#define DEMO_BUFFER 1500 /* as the originals' */

enum { DEMO_CANNOT_RUN = 4 }; /* exit status */

/* A demonstration, as its file describes itself. */
struct demo {
    const char *name;
    const char *summary;
    const char *help;     /* what to look for, and how */
    unsigned interval_ms; /* what --interval-ms is by default; 0: it takes none */
    bool takes_port, takes_selector, takes_awakener;
    const char *serve; /* what --serve does; NULL: it takes none */
};

/* What it was told; what it does not take keeps its default. */
struct demo_options {
    uint16_t port;
    unsigned interval_ms;
    bool serve;
    /* A pipe, as the originals had, unless --awakener says otherwise.  Its `trace` prints, or is
     * empty: demo_tell() asks it, too. */
    struct mio_options poll;
};

/* True: go on.  False: *status is the exit status, and all was said.  From here on SIGINT and
 * SIGTERM end the program with status 0: it holds nothing that the kernel does not take back. */
bool demo_begin(const struct demo *demo, int argc, char **argv, struct demo_options *options,
                int *status);

/* Prints a moment of the demonstration's own, if it was told to (--trace). */
void demo_tell(const struct demo_options *options, const char *moment);

/* Says what failed and how to mend it; gives DEMO_CANNOT_RUN. */
int demo_failed(const struct demo *demo, const char *what, int err, const char *advice);

/* A nonblocking UDP socket on 127.0.0.1, or a negative errno. */
int demo_socket(uint16_t port);

/* Prints where it listens, as the servers do. */
void demo_announce(int fd);

/* Receives one datagram and prints a line about it; the number of bytes or a negative errno. */
ssize_t demo_receive(struct mio_socket *socket);

#endif
