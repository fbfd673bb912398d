/* The UDP sockets of a target's tree, and those of others, by their ports. */
#ifndef EDGEWISE_TARGET_SOCKETS_H
#define EDGEWISE_TARGET_SOCKETS_H

#include "target/platform.h"

struct sockets_found {
    struct platform_socket *items; /* by port, those of one port as they were made */
    int count;                     /* -1: not told here, and no items */
};

/* Fills `found` with what platform_sockets() says of `root`, and is to be ended by sockets_free();
 * it does not fail: where nothing is told, `count` is -1.  What it says is as old as the call:
 * whoever opens or closes sockets meanwhile is seen or not. */
void sockets_look(struct sockets_found *found, pid_t root, bool others);

/* `found` says nothing after it; may be called of what has no items. */
void sockets_free(struct sockets_found *found);

/* How many are at `port`, at whatever address, in host byte order; 0 where nothing is told.
 * `first` is the first of them, valid as long as `found`, and not to be read where there is
 * none. */
int sockets_at(const struct sockets_found *found, uint16_t port,
               const struct platform_socket **first);

#endif
