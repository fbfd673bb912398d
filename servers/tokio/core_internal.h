/* What the core and its sockets know of each other. */
#ifndef EDGEWISE_TOKIO_CORE_INTERNAL_H
#define EDGEWISE_TOKIO_CORE_INTERNAL_H

#include "tokio/udp.h"

struct mio_poll *tokio_core_poll(struct tokio_core *core);

/* Finds a place whose number gives *token; -ENOMEM. */
int tokio_core_add(struct tokio_core *core, struct tokio_udp *udp, uintptr_t *token);
void tokio_core_remove(struct tokio_core *core, struct tokio_udp *udp);

/* An event came: remembers it and tells who waits. */
void tokio_udp_dispatch(struct tokio_udp *udp, uint32_t readiness);

#endif
