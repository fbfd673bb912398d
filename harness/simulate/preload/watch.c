#include "simulate/preload/watch.h"

#include "simulate/page.h"
#include "simulate/preload/real.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>

#define FD_MAX 65535
/* Loops hold one instance inside another, not hundreds. */
#define NESTED_MAX 256
/* No target's own: data is its to choose, but hardly this. */
#define BELL_DATA UINT64_C(0x656467657769736c)

enum { NO_EPOLL, SILENT, REPORTS };

/* A preloaded library has nothing but file scope to keep it in. */
static struct {
    _Atomic uint8_t kind[FD_MAX];
    /* by descriptor: which it was duplicated from, plus one; 0: from none */
    _Atomic uint16_t origin[FD_MAX];
    _Atomic uint16_t passed[FD_MAX]; /* threads in waits that were left to the kernel */
    /* `inner` was added to `outer`; pairs of closed descriptors have -1 */
    struct {
        atomic_int outer, inner;
    } nested[NESTED_MAX];
    atomic_uint nested_count;
    atomic_int bell; /* an eventfd that can always be read, plus one; 0: none yet */
} watch;

static bool is_known(int fd)
{
    return fd >= 0 && fd < FD_MAX && watch.kind[fd] != NO_EPOLL;
}

static unsigned watch_origin_of(int fd)
{
    return watch.origin[fd] ? watch.origin[fd] : (unsigned)fd + 1;
}

void watch_opened(int fd)
{
    if (fd < 0 || fd >= FD_MAX)
        return;
    watch.kind[fd] = SILENT;
    watch.origin[fd] = watch.passed[fd] = 0;
}

bool watch_reports(int fd)
{
    return fd >= 0 && fd < FD_MAX && watch.kind[fd] == REPORTS;
}

/* ---- calling back ---- */

static int bell_fd(void)
{
    int high, none = 0;

    if (watch.bell)
        return watch.bell - 1;
    high = real_raise(eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!atomic_compare_exchange_strong(&watch.bell, &none, high + 1))
        real()->close(high);
    return watch.bell - 1;
}

/* Being readable, the bell ends every wait on that instance; who waits next is not left to the
 * kernel any more. */
static void call_back(int epoll)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = BELL_DATA};

    if (watch.passed[epoll] > 0)
        real()->epoll_ctl(epoll, EPOLL_CTL_ADD, bell_fd(), &event);
}

bool watch_begin_pass(int epoll)
{
    if (epoll < 0 || epoll >= FD_MAX)
        return true;
    watch.passed[epoll]++;
    if (!watch_reports(epoll))
        return true;
    watch.passed[epoll]--;
    return false;
}

void watch_end_pass(int epoll)
{
    if (epoll >= 0 && epoll < FD_MAX)
        watch.passed[epoll]--;
}

/* The last that was called back takes the bell away: before that others may still sleep. */
int watch_filter(int epoll, struct epoll_event *events, int count)
{
    int kept = 0;

    for (int i = 0; i < count; i++) {
        if (events[i].data.u64 != BELL_DATA)
            events[kept++] = events[i];
        else if (watch.passed[epoll] == 0)
            real()->epoll_ctl(epoll, EPOLL_CTL_DEL, bell_fd(), NULL);
    }
    return count < 0 ? count : kept;
}

/* ---- what reports ---- */

static void mark(int fd);

/* Whatever holds one that reports does so, too. */
static void mark_outer(int inner)
{
    unsigned count = watch.nested_count;

    for (unsigned i = 0; i < count && i < NESTED_MAX; i++) {
        int outer = watch.nested[i].outer;

        if (watch.nested[i].inner == inner && outer >= 0 && !watch_reports(outer))
            mark(outer);
    }
}

/* Duplicates watch the same: tokio registers with one and waits on the other. */
static void mark(int fd)
{
    unsigned origin = watch_origin_of(fd);

    watch.kind[fd] = REPORTS;
    for (int other = 0; other < FD_MAX; other++) {
        if (other != fd && watch.origin[other] != origin && (unsigned)other + 1 != origin)
            continue;
        watch.kind[other] = REPORTS;
        call_back(other);
        mark_outer(other);
    }
}

static void note_nested(int outer, int inner)
{
    unsigned i = atomic_fetch_add(&watch.nested_count, 1);

    if (i >= NESTED_MAX)
        return;
    watch.nested[i].outer = outer;
    watch.nested[i].inner = inner;
}

void watch_added(int epoll, int fd, bool simulated)
{
    if (epoll < 0 || epoll >= FD_MAX)
        return;
    if (is_known(fd))
        note_nested(epoll, fd);
    if ((simulated || watch_reports(fd)) && !watch_reports(epoll))
        mark(epoll);
}

void watch_copied(int fd, int copy)
{
    if (copy < 0 || copy >= FD_MAX || !is_known(fd))
        return;
    watch.origin[copy] = (uint16_t)watch_origin_of(fd);
    watch.kind[copy] = watch.kind[fd];
}

/* Its number will be another file's. */
void watch_closed(int fd)
{
    unsigned count = watch.nested_count;

    if (!is_known(fd))
        return;
    watch.kind[fd] = NO_EPOLL;
    watch.origin[fd] = 0;
    for (unsigned i = 0; i < count && i < NESTED_MAX; i++) {
        if (watch.nested[i].outer == fd || watch.nested[i].inner == fd)
            watch.nested[i].outer = watch.nested[i].inner = -1;
    }
}
