#include "simulate/supervise/notify.h"

#include "simulate/supervise/borrow.h"
#include "simulate/supervise/tree.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, uint64_t)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1UL
#endif

/* Of the kernel's include/linux/errno.h, which is not for programs. */
#define ERESTARTNOINTR 513

/* Of 6.6; without it a call only costs more. */
void notify_hasten(int listener)
{
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

/* What the thread held for the call is of no use afterwards. */
static void notify_let_go(struct hold *h, struct hold_thread *t)
{
    borrow_drop(t);
    t->state = HOLD_RUNS;
    t->kind = NULL;
    t->socket = NULL;
    t->limited = t->expired = false;
    h->looked = false;
}

/* The kernel wants val and error 0 with CONTINUE, else EINVAL (seccomp_unotify(2)). */
static void notify_respond(struct hold *h, struct hold_thread *t, int64_t value, int error,
                           unsigned flags)
{
    struct seccomp_notif_resp response = {
        .id = t->id, .val = value, .error = -error, .flags = flags};

    /* ENOENT: its thread was killed meanwhile. */
    ioctl(h->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
    notify_let_go(h, t);
}

/* Only for calls whose arguments are no matter of security: the target may change what they point
 * to meanwhile (seccomp_unotify(2)).  Here it would only deceive itself. */
void notify_continue(struct hold *h, struct hold_thread *t)
{
    notify_respond(h, t, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

void notify_answer(struct hold *h, struct hold_thread *t, int64_t value, int error)
{
    notify_respond(h, t, error ? 0 : value, error, 0);
}

/* The kernel's own error for that, which never reaches a program; a supervisor may use it, too
 * (seccomp_unotify(2) tells of calls that are restarted). */
void notify_make_again(struct hold *h, struct hold_thread *t)
{
    t->interrupted = true;
    t->interrupted_number = t->number;
    memcpy(t->interrupted_arguments, t->arguments, sizeof t->arguments);
    notify_respond(h, t, 0, ERESTARTNOINTR, 0);
}

/* Handlers make calls of their own in between. */
static bool notify_is_made_again(struct hold_thread *t)
{
    if (!t->interrupted || t->interrupted_number != t->number ||
        memcmp(t->interrupted_arguments, t->arguments, sizeof t->arguments) != 0)
        return false;
    t->interrupted = false;
    return true;
}

/* Asked with poll() first, since the call that takes one waits until there is one; and a call that
 * a signal has interrupted between the two is gone, which is no error.  The kernel gives thread
 * numbers of the supervisor's own pid namespace. */
struct hold_thread *notify_take(struct hold *h)
{
    struct pollfd one = {.fd = h->listener, .events = POLLIN};
    struct seccomp_notif call = {0};
    struct hold_thread *t;

    if (poll(&one, 1, 0) != 1)
        return NULL;
    if (one.revents & POLLHUP) /* nobody is left */
        h->over = true;
    if (!(one.revents & POLLIN) || ioctl(h->listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
        return NULL;
    t = tree_thread(h, (pid_t)call.pid);
    if (!t)
        return NULL;
    t->id = call.id;
    t->number = call.data.nr;
    t->passes = -1;
    for (int i = 0; i < 6; i++)
        t->arguments[i] = call.data.args[i];
    t->again = notify_is_made_again(t);
    h->looked = false;
    return t;
}

/* process_vm_readv(2) asks for the same rights as ptrace(2) does, hence PR_SET_DUMPABLE in enter.c;
 * a partial copy, where a page is missing, counts as none. */
bool notify_read(const struct hold_thread *t, uint64_t address, void *to, size_t size)
{
    struct iovec own = {to, size}, other = {(void *)(uintptr_t)address, size};

    return size == 0 || process_vm_readv(t->process->pid, &own, 1, &other, 1, 0) == (ssize_t)size;
}

bool notify_write(const struct hold_thread *t, uint64_t address, const void *from, size_t size)
{
    struct iovec own = {(void *)(uintptr_t)from, size}, other = {(void *)(uintptr_t)address, size};

    return process_vm_writev(t->process->pid, &own, 1, &other, 1, 0) == (ssize_t)size;
}

void notify_spoil(struct hold_thread *t, uint64_t address, const void *with, size_t size)
{
    if (notify_read(t, address, t->spoilt_was, size) && notify_write(t, address, with, size)) {
        memcpy(t->spoilt_with, with, size);
        t->spoilt = address;
        t->spoilt_size = size;
    }
}

void notify_mend(struct hold_thread *t)
{
    unsigned char now[sizeof t->spoilt_with];

    if (t->spoilt != 0 && notify_read(t, t->spoilt, now, t->spoilt_size) &&
        memcmp(now, t->spoilt_with, t->spoilt_size) == 0)
        notify_write(t, t->spoilt, t->spoilt_was, t->spoilt_size);
    t->spoilt = 0;
}
