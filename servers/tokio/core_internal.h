/* What a core lets its sockets do. */
#ifndef EDGEWISE_TOKIO_CORE_INTERNAL_H
#define EDGEWISE_TOKIO_CORE_INTERNAL_H

#include <stdint.h>

struct mio_poll;
struct tokio_core;
struct tokio_source;

struct mio_poll *tokio_core_poll(struct tokio_core *core);

/* Finds a place whose number gives *token: events that carry it are the source's.  -ENOMEM. */
int tokio_core_add(struct tokio_core *core, struct tokio_source *source, uintptr_t *token);
void tokio_core_remove(struct tokio_core *core, struct tokio_source *source);

#endif
