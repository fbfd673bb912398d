#include "torture/faults.h"

#include "simulate/supervise/enter.h"
#include "simulate/supervise/filter.h"
#include "simulate/supervise/notify.h"
#include "target/platform.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* So long without a call, and one look was in vain. */
#define FAULTS_LOOK_MS 1

struct supervisor {
    struct faults *faults;
    int listener;
    int nothing; /* of /dev/null: what a descriptor becomes whose close() fails */
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

/* The child's own calls between the filter and exec are ours, not the program's, and what comes
 * next is the loader's: glibc 2.36's ends by a SIGSEGV when its first mmap() fails, which no
 * program can do anything about.  It sets up thread-local storage when it has mapped the
 * libraries. */
static void faults_begin(struct faults *f, int number)
{
    if (number == FILTER_START && !f->from_bind)
        atomic_store(&f->counting, true);
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

/* A descriptor that is not open the kernel refuses itself, and brk(0) only asks. */
static bool faults_can_fail(const struct seccomp_notif *call)
{
    char path[64], link[8];

    if (call->data.nr == SYS_brk)
        return call->data.args[0] != 0;
    if (call->data.nr != SYS_close)
        return true;
    snprintf(path, sizeof path, "/proc/%u/fd/%d", call->pid, (int)call->data.args[0]);
    return readlink(path, link, sizeof link) >= 0;
}

/* The error that this call is to fail with; 0: it goes on. */
static int faults_judge(struct supervisor *s, const struct seccomp_notif *call)
{
    struct faults *f = s->faults;
    size_t i = faults_index(s, call->data.nr);
    uint64_t nth;

    faults_begin(f, call->data.nr);
    if (i == TORTURE_CALLS_MAX || !f->counting)
        return 0;
    f->calls++;
    if (!faults_can_fail(call))
        return 0;
    nth = ++f->counts[i];
    if (call->data.nr != f->number || !faults_is_due(f, nth)) {
        s->run = 0;
        return 0;
    }
    f->given++;
    if (++s->run > f->row)
        f->row = s->run;
    return f->error;
}

/* Whatever close() says the file is let go of (close(2), "Dealing with error returns"): a socket
 * leaves its port and its epoll.  Only the number stays taken, which no supervisor can free. */
static void faults_close(struct supervisor *s, const struct seccomp_notif *call)
{
    struct seccomp_notif_addfd instead = {.id = call->id,
                                          .flags = SECCOMP_ADDFD_FLAG_SETFD,
                                          .srcfd = (uint32_t)s->nothing,
                                          .newfd = (uint32_t)call->data.args[0],
                                          .newfd_flags = O_CLOEXEC};

    if (ioctl(s->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &instead) >= 0)
        s->faults->kept++;
}

/* Field 47 of the process's stat (proc(5)), behind a name in brackets. */
static uint64_t faults_heap_begin(unsigned pid)
{
    char path[64], line[1024];
    const char *field = NULL;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    file = fopen(path, "re");
    if (file && fgets(line, sizeof line, file))
        field = strrchr(line, ')');
    if (file)
        fclose(file);
    for (int i = 2; field && i < 47; i++)
        field = strchr(field + 1, ' ');
    return field ? strtoull(field, NULL, 10) : 0;
}

/* Where the break is: the end of the heap, or where that is to begin. */
static uint64_t faults_break(unsigned pid)
{
    uint64_t at = faults_heap_begin(pid), begin, end;
    char path[64], line[512];
    FILE *file;

    snprintf(path, sizeof path, "/proc/%u/maps", pid);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (strstr(line, "[heap]") && sscanf(line, "%" SCNx64 "-%" SCNx64, &begin, &end) == 2)
            at = end;
    }
    if (file)
        fclose(file);
    return at;
}

/* brk() fails by leaving the break where it is, which it answers with (brk(2), "C library/kernel
 * differences"). */
static void faults_fail(struct supervisor *s, const struct seccomp_notif *call, int error,
                        struct seccomp_notif_resp *response)
{
    if (call->data.nr == SYS_brk) {
        response->val = (int64_t)faults_break(call->pid);
        return;
    }
    if (call->data.nr == SYS_close)
        faults_close(s, call);
    response->error = -error;
}

/* A response that nobody waits for any more is none (ENOENT): its thread was killed meanwhile. */
static void faults_serve(struct supervisor *s)
{
    struct seccomp_notif call = {0};
    struct seccomp_notif_resp response = {0};
    int error;

    if (ioctl(s->listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
        return;
    response.id = call.id;
    error = faults_judge(s, &call);
    if (error != 0)
        faults_fail(s, &call, error, &response);
    else
        response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* Ends with the target.  The other way round the target's calls fail with ENOSYS, which few
 * survive (seccomp_unotify(2)), and the harness sees by `finished` that this was not its fault. */
void faults_live(void *faults, struct share *share)
{
    struct supervisor s = {.faults = faults, .nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)};
    struct pollfd one = {.events = POLLIN};

    if (!share_await_entry(share))
        return;
    s.count = torture_numbers(s.numbers);
    s.listener = one.fd = platform_borrow(share->pid, share->listener);
    if (s.listener < 0 || s.nothing < 0) {
        snprintf(share->trouble, sizeof share->trouble, "%s cannot be had",
                 s.listener < 0 ? "its listener" : "/dev/null");
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
