/* io_uring: the rings of the target, as they are mapped here, and what it has told the kernel of
 * its buffers and descriptors.
 *
 * Source: io_uring(7), io_uring_setup(2), io_uring_register(2). */
#ifndef EDGEWISE_SUPERVISE_RINGS_H
#define EDGEWISE_SUPERVISE_RINGS_H

#include "simulate/supervise/hold.h"

/* io_uring_setup(2), io_uring_register(2). */
void rings_set_up(struct hold *hold, struct hold_thread *thread);
void rings_register(struct hold *hold, struct hold_thread *thread);

/* The run ends: this target is not for this carrier, and `why` says so. */
void rings_bypass(struct hold *hold, const char *why);

/* The ring that io_uring_enter(2) or io_uring_register(2) is called with; NULL: it cannot be looked
 * into. */
struct hold_ring *rings_of(struct hold *hold, const struct hold_thread *thread, bool registered);

/* The entry that is the call's `i`th; where it lies is the same until the call goes on. */
struct io_uring_sqe *rings_entry(const struct hold_ring *ring, unsigned i);
/* How many entries the call that is held submits, at most. */
unsigned rings_submitted(const struct hold_ring *ring, const struct hold_thread *thread);

/* The descriptor that an operation names; negative: one of a table that is not known. */
int rings_descriptor(const struct hold_ring *ring, const struct io_uring_sqe *entry);
/* The table's entries from `offset` on are the numbers at `address` of the thread's memory. */
void rings_note_files(struct hold_ring *ring, const struct hold_thread *thread, uint64_t offset,
                      uint64_t count, uint64_t address);

/* The group of buffers of this number; NULL: there are too many. */
struct hold_group *rings_group(struct hold_ring *ring, uint16_t id);
/* How many of its buffers are free. */
unsigned rings_buffers_left(const struct hold_thread *thread, const struct hold_group *group);

/* `fd` is about to be closed. */
void rings_forget(struct hold *hold, const struct hold_process *process, int fd);

#endif
