/* Which descriptor of the target is which UDP socket.
 *
 * Asked for once and then remembered: whatever gives a descriptor another meaning (close, dup2,
 * exec) is held, too, and told here first.  So a copy of ours never outlives the target's own by
 * more than the call that closes it; an epoll would go on reporting it else. */
#ifndef EDGEWISE_SUPERVISE_SOCKETS_H
#define EDGEWISE_SUPERVISE_SOCKETS_H

#include "simulate/supervise/hold.h"

/* NULL: no UDP socket. */
struct hold_socket *sockets_find(struct hold *hold, struct hold_process *process, int fd);
/* A call on what is none: counted if it is of a kind that counts. */
void sockets_called_other(struct hold *hold, const struct hold_process *process, int fd);

/* Does this epoll descriptor watch a UDP socket? */
bool sockets_is_watcher(struct hold *hold, struct hold_process *process, int fd);

/* The same of one that did not when it was last asked for, and which may since. */
bool sockets_look_at_watcher(struct hold *hold, struct hold_process *process, int fd);
/* A UDP socket is about to be put on this epoll descriptor. */
void sockets_note_watcher(struct hold *hold, struct hold_process *process, int fd);

/* `fd` is about to be closed. */
void sockets_forget(struct hold *hold, struct hold_process *process, int fd);
void sockets_forget_range(struct hold *hold, struct hold_process *process, unsigned first,
                          unsigned last);
void sockets_forget_all(struct hold *hold, struct hold_process *process);
/* A fork: the child's descriptors mean what its parent's do. */
void sockets_inherit(struct hold *hold, const struct hold_process *parent,
                     struct hold_process *child);

/* A copy of it; -1: nobody has it any more. */
int sockets_copy(struct hold *hold, struct hold_socket *socket);
/* It may have got an address. */
void sockets_look_at_address(struct hold *hold, struct hold_socket *socket);
/* Which of the scenario's sockets it is; false: none. */
bool sockets_index(const struct hold *hold, const struct hold_socket *socket, unsigned *index);
/* How many of the ports that the scenario wants are bound. */
unsigned sockets_bound(const struct hold *hold);
/* Does the target ask whether any can be written? */
bool sockets_want_write(const struct hold *hold);

#endif
