/* What the peers in C and C++ share and what is nobody's event loop: the command line, and sockets
 * for libraries that bring none.
 *
 *   NAME FORM ADDRESS PORT SOCKETS     serves consecutive ports until SIGTERM; a form is
 *                                      "documented" or the better one
 *   NAME --version                     prints the library's name and version
 *
 * Exit status: 0 after SIGTERM, 2 for usage, 4 when it could not run. */
#ifndef EDGEWISE_PEER_H
#define EDGEWISE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PEER_DATAGRAM_MAX = 65536, PEER_STOPPED = 0, PEER_USAGE = 2, PEER_CANNOT_RUN = 4 };

/* What else the loop waits for where EDGEWISE_BESIDE says so (docs/TARGETS.md): what comes to the
 * last socket is put aside, and answered from the handler of that. */
enum peer_beside { PEER_NOTHING, PEER_TIMER, PEER_SIGNAL, PEER_PIPE, PEER_ACCEPT, PEER_STREAM };

struct peer_aside {
    int fd;
    ssize_t length;
    struct sockaddr_storage from;
    socklen_t from_length;
    char bytes[PEER_DATAGRAM_MAX];
};

struct peer {
    const char *address;
    unsigned port;
    unsigned sockets;
    bool better; /* not the documented form */
    enum peer_beside beside;
    int beside_number; /* milliseconds, the signal's number or a descriptor */
};

/* False when there is nothing to serve: then `status` is what main() returns.  `better_form` is
 * NULL where there is none. */
bool peer_arguments(struct peer *peer, int argc, char **argv, const char *better_form,
                    const char *version, int *status);

/* Where socket `index` listens; the length, or 0 when the address is neither IPv4 nor IPv6. */
socklen_t peer_address(const struct peer *peer, unsigned index, struct sockaddr_storage *address);

/* A bound, non-blocking UDP socket, or -1 after a message. */
int peer_socket(const struct peer *peer, unsigned index);

/* Says what failed; returns PEER_CANNOT_RUN. */
int peer_failed(const char *what, const char *why);

/* Receives one datagram and sends it back; false when none was there.  An answer that the kernel
 * refuses is dropped: the libraries that leave sockets to their user have no queue to put it in. */
bool peer_echo(int fd);

/* Is what comes to this socket put aside? */
bool peer_puts_aside(const struct peer *peer, unsigned index);
/* Receives a datagram and keeps it; false when none was there. */
bool peer_put_aside(int fd, struct peer_aside *aside);
void peer_answer_aside(const struct peer_aside *aside);
/* Takes what made the descriptor of EDGEWISE_BESIDE readable: bytes, or a connection, which it
 * closes. */
void peer_take_beside(const struct peer *peer);

#ifdef __cplusplus
}
#endif

#endif
