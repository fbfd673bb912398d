/* Held calls: taken, let go on, answered; and the memory of who made them. */
#ifndef EDGEWISE_SUPERVISE_NOTIFY_H
#define EDGEWISE_SUPERVISE_NOTIFY_H

#include "simulate/supervise/hold.h"

/* Has the kernel wake one for the other at once, on the same processor. */
void notify_hasten(int listener);

/* The next call that waits, without waiting for one; its thread, whose fields tell of it, or NULL
 * for none. */
struct hold_thread *notify_take(struct hold *hold);

/* The call goes on as if nothing had been. */
void notify_continue(struct hold *hold, struct hold_thread *thread);
/* The call is not made; it gives `value`, or fails with `error` where that is not 0. */
void notify_answer(struct hold *hold, struct hold_thread *thread, int64_t value, int error);

/* The call is made again once a signal's handler has returned, and is the same one then (`again`).
 * The signal must be there for the thread already: without one it would see an error that nobody is
 * to see. */
void notify_make_again(struct hold *hold, struct hold_thread *thread);

/* Copies `size` bytes of the thread's memory, from or to `address`; false: not all of it is
 * there. */
bool notify_read(const struct hold_thread *thread, uint64_t address, void *to, size_t size);
bool notify_write(const struct hold_thread *thread, uint64_t address, const void *from,
                  size_t size);

/* Changes it for the call only; at most as much as `spoilt_was` holds, once for each call. */
void notify_spoil(struct hold_thread *thread, uint64_t address, const void *with, size_t size);
/* The call is over: puts it back, unless the thread has written there meanwhile: it may have been a
 * stack frame. */
void notify_mend(struct hold_thread *thread);

#endif
