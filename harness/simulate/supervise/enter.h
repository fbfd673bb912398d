/* From a fresh child to one whose calls the supervisor sees. */
#ifndef EDGEWISE_SUPERVISE_ENTER_H
#define EDGEWISE_SUPERVISE_ENTER_H

#include "simulate/supervise/share.h"

#include <linux/filter.h>

/* Puts the calling process under that filter and waits until the supervisor has its listener.  0,
 * or -1 with errno; under the filter and without a supervisor that comes, it ends the process. */
int enter_filter(struct share *share, struct sock_filter *code, size_t length);

/* Called in the child, just before exec: says with errno why it goes no further, and gives -1. */
int enter_refuse(struct share *share, const char *what);

/* Called in the child: gives it a network of its own; false where that is not allowed. */
bool enter_network(struct share *share);

/* Called in the child after that, just before exec: opens the clients' sockets, and then as
 * enter_filter(). */
int enter_supervision(struct share *share);

#endif
