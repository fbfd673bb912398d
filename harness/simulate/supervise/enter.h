/* From a fresh child to one whose calls the supervisor sees. */
#ifndef EDGEWISE_SUPERVISE_ENTER_H
#define EDGEWISE_SUPERVISE_ENTER_H

#include "simulate/supervise/share.h"

#include <linux/filter.h>

/* Puts the calling process under that filter and waits until the supervisor has its listener.  0,
 * or -1 with errno; under the filter and without a supervisor that comes, it ends the process. */
int enter_filter(struct share *share, struct sock_filter *code, size_t length);

/* Called in the child, just before exec; `share` is a struct share.  Gives it a network of its own
 * where that is allowed, opens the clients' sockets there, and then as enter_filter(). */
int enter_supervision(void *share);

#endif
