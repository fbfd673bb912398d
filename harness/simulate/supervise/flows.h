/* Which of the sockets that share a port (SO_REUSEPORT) a client's datagrams go to.
 *
 * The kernel's hash is another in each network namespace, and so would the figures be.  As on the
 * other carrier it is a matter of the client's number here, unless the target has a program of its
 * own for it, or sockets that are connected: these are left to the kernel. */
#ifndef EDGEWISE_SUPERVISE_FLOWS_H
#define EDGEWISE_SUPERVISE_FLOWS_H

#include "simulate/supervise/hold.h"

/* Before something is sent to the scenario's socket of that number. */
void flows_settle(struct hold *hold, unsigned socket);
/* One more may have been bound to its port: it is settled anew. */
void flows_unsettle(struct hold *hold, const struct hold_socket *socket);

#endif
