#include "simulate/supervise/borrow.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int borrow_one(const struct hold_process *p, int fd)
{
    return fd < 0 ? (errno = EBADF, -1) : (int)syscall(SYS_pidfd_getfd, p->pidfd, fd, 0);
}

bool borrow_all(struct hold_thread *t)
{
    bool all = true;

    if (t->copies)
        return true;
    t->copies = malloc((t->waits_count + 1) * sizeof *t->copies);
    for (unsigned i = 0; t->copies && i < t->waits_count; i++) {
        t->copies[i] = t->waits_for[i].fd < 0 ? -1 : borrow_one(t->process, t->waits_for[i].fd);
        all &= t->copies[i] >= 0 || t->waits_for[i].fd < 0;
    }
    return all && t->copies;
}

void borrow_drop(struct hold_thread *t)
{
    for (unsigned i = 0; t->copies && i < t->waits_count; i++) {
        if (t->copies[i] >= 0)
            close(t->copies[i]);
    }
    free(t->copies);
    free(t->waits_for);
    t->copies = NULL;
    t->waits_for = NULL;
    t->waits_count = 0;
}
