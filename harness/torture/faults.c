#include "torture/faults.h"

#include "simulate/supervise/enter.h"
#include "simulate/supervise/filter.h"
#include "simulate/supervise/notify.h"
#include "target/platform.h"

#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* So long without a call, and one look was in vain. */
#define FAULTS_LOOK_MS 1

struct supervisor {
    struct faults *faults;
    int listener;
    int numbers[TORTURE_CALLS_MAX];
    size_t count;
    uint64_t run; /* faults since the last other call */
};

/* Between fork and exec, so that not even the loader's calls are missed. */
int faults_enter(void *context)
{
    struct sock_filter code[FILTER_ROOM];
    int numbers[TORTURE_CALLS_MAX];
    size_t count = torture_numbers(numbers);

    return enter_filter(context, code, filter_build_of(code, numbers, count));
}

/* The counter of a call; TORTURE_CALLS_MAX: it is none of the table's. */
static size_t faults_index(const struct supervisor *s, int number)
{
    size_t i = 0;

    while (i < s->count && s->numbers[i] != number)
        i++;
    return i < s->count ? i : TORTURE_CALLS_MAX;
}

/* The child's own calls between the filter and exec are ours, not the program's. */
static void faults_begin(struct faults *f, int number)
{
#ifdef SYS_arch_prctl
    if (number == SYS_arch_prctl && !f->from_bind)
        atomic_store(&f->counting, true);
#endif
    if (number == SYS_bind && f->from_bind)
        atomic_store(&f->counting, true);
}

/* Threads count together: which of them makes the k-th call is the scheduler's doing. */
static bool faults_is_due(const struct faults *f, uint64_t nth)
{
    if (!f->lasting)
        return nth == f->first;
    return nth >= f->first && f->given < FAULTS_LASTING && !f->lifted;
}

/* The error that this call is to fail with; 0: it goes on. */
static int faults_judge(struct supervisor *s, int number)
{
    struct faults *f = s->faults;
    size_t i = faults_index(s, number);
    uint64_t nth;

    faults_begin(f, number);
    if (i == TORTURE_CALLS_MAX || !f->counting)
        return 0;
    f->calls++;
    nth = ++f->counts[i];
    if (number != f->number || !faults_is_due(f, nth)) {
        s->run = 0;
        return 0;
    }
    f->given++;
    if (++s->run > f->row)
        f->row = s->run;
    return f->error;
}

/* A response that nobody waits for any more is none (ENOENT): its thread was killed meanwhile. */
static void faults_serve(struct supervisor *s)
{
    struct seccomp_notif call = {0};
    struct seccomp_notif_resp response = {0};

    if (ioctl(s->listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
        return;
    response.id = call.id;
    response.error = -faults_judge(s, call.data.nr);
    if (response.error == 0)
        response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* Ends with the target.  The other way round the target's calls fail with ENOSYS, which few
 * survive (seccomp_unotify(2)), and the harness sees by `finished` that this was not its fault. */
void faults_live(void *faults, struct share *share)
{
    struct supervisor s = {.faults = faults};
    struct pollfd one = {.events = POLLIN};

    if (!share_await_entry(share))
        return;
    s.count = torture_numbers(s.numbers);
    s.listener = one.fd = platform_borrow(share->pid, share->listener);
    if (s.listener < 0) {
        snprintf(share->trouble, sizeof share->trouble, "its listener cannot be had");
        share_set_stage(share, SHARE_REFUSED);
        return;
    }
    notify_hasten(s.listener);
    share_set_stage(share, SHARE_TAKEN);
    /* Waits as long as the target does: limits are the harness's, which stops the target.
     * POLLHUP alone: the last process under the filter is gone (seccomp_unotify(2)). */
    do {
        one.revents = 0;
        if (poll(&one, 1, FAULTS_LOOK_MS) == 0)
            s.faults->looks++;
        else if (one.revents & POLLIN)
            faults_serve(&s);
    } while (!(one.revents & POLLHUP) || one.revents & POLLIN);
    atomic_store(&share->finished, true);
}
