/* From a fresh child to one whose calls the supervisor sees. */
#ifndef EDGEWISE_SUPERVISE_ENTER_H
#define EDGEWISE_SUPERVISE_ENTER_H

/* Called in the child, just before exec; `share` is a struct share.  Gives it a network of its own
 * where that is allowed, opens the clients' sockets there, and puts it under the filter.  0, or -1
 * with errno; under the filter and without a supervisor that comes, it ends the child. */
int enter_supervision(void *share);

#endif
