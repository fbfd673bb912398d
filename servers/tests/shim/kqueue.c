#include <sys/event.h>

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>

/* What is registered for one descriptor with one queue.  The queue is an epoll descriptor, so
 * close(2) closes it; what was registered with it is forgotten when the number comes up again. */
struct note {
    int kq;
    int fd;
    struct filter {
        bool added;
        bool enabled;
        uint16_t flags;
        void *udata;
    } filters[2]; /* read, write */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct note *notes;
static size_t n_notes;

static struct note *kqueue_find(int kq, int fd)
{
    for (size_t i = 0; i < n_notes; i++)
        if (notes[i].kq == kq && notes[i].fd == fd)
            return &notes[i];
    return NULL;
}

static struct note *find_or_make(int kq, int fd)
{
    struct note *note = kqueue_find(kq, fd), *grown;

    if (!note)
        note = kqueue_find(-1, -1);
    if (!note) {
        grown = realloc(notes, (n_notes + 1) * sizeof *notes);
        if (!grown)
            return NULL;
        notes = grown;
        note = &notes[n_notes++];
    }
    if (note->kq != kq || note->fd != fd)
        *note = (struct note){.kq = kq, .fd = fd};
    return note;
}

static void kqueue_forget(struct note *note)
{
    *note = (struct note){.kq = -1, .fd = -1};
}

static uint32_t epoll_bits(const struct note *note)
{
    uint32_t bits = 0;

    for (int i = 0; i < 2; i++)
        if (note->filters[i].added && note->filters[i].enabled)
            bits |= (i == 0 ? EPOLLIN : EPOLLOUT) |
                    (note->filters[i].flags & EV_CLEAR ? EPOLLET : 0);
    return bits;
}

/* MOD re-evaluates readiness, as EV_ADD and EV_ENABLE do. */
static int apply(struct note *note)
{
    struct epoll_event event = {.events = epoll_bits(note), .data.fd = note->fd};

    if (!note->filters[0].added && !note->filters[1].added) {
        int result = epoll_ctl(note->kq, EPOLL_CTL_DEL, note->fd, NULL);

        kqueue_forget(note);
        return result < 0 && errno != ENOENT && errno != EBADF ? errno : 0;
    }
    if (epoll_ctl(note->kq, EPOLL_CTL_MOD, note->fd, &event) == 0)
        return 0;
    if (errno == ENOENT && epoll_ctl(note->kq, EPOLL_CTL_ADD, note->fd, &event) == 0)
        return 0;
    return errno;
}

static int shim_kqueue_change(int kq, const struct kevent *c)
{
    struct note *note = c->flags & EV_ADD ? find_or_make(kq, (int)c->ident)
                                          : kqueue_find(kq, (int)c->ident);
    struct filter *filter;
    int err;

    if (!note)
        return c->flags & EV_ADD ? ENOMEM : ENOENT;
    filter = &note->filters[c->filter == EVFILT_WRITE];
    if (!(c->flags & EV_ADD) && !filter->added)
        return ENOENT;
    if (c->flags & EV_DELETE) {
        filter->added = false;
        return apply(note);
    }
    if (c->flags & EV_ADD)
        *filter = (struct filter){
            .added = true, .enabled = true, .flags = c->flags, .udata = c->udata};
    if (c->flags & (EV_ENABLE | EV_DISABLE))
        filter->enabled = !(c->flags & EV_DISABLE);
    err = apply(note);
    if (err)
        kqueue_forget(note);
    return err;
}

/* Writes the events of one descriptor, at most two; their number. */
static int kqueue_report(int kq, const struct epoll_event *fired, struct kevent *events, int room)
{
    struct note *note = kqueue_find(kq, fired->data.fd);
    bool changed = false;
    int n = 0;

    for (int i = 0; note && i < 2 && n < room; i++) {
        struct filter *filter = &note->filters[i];
        uint32_t bits = (i == 0 ? EPOLLIN : EPOLLOUT) | EPOLLERR | EPOLLHUP;

        if (!filter->added || !filter->enabled || !(fired->events & bits))
            continue;
        EV_SET(&events[n], fired->data.fd, i == 0 ? EVFILT_READ : EVFILT_WRITE,
               (filter->flags & (EV_CLEAR | EV_ONESHOT | EV_DISPATCH)) |
                   (fired->events & EPOLLHUP ? EV_EOF : 0),
               0, 0, filter->udata);
        n++;
        if (filter->flags & (EV_ONESHOT | EV_DISPATCH)) {
            filter->added = !(filter->flags & EV_ONESHOT);
            filter->enabled = false;
            changed = true;
        }
    }
    if (changed)
        apply(note);
    return n;
}

int kqueue(void)
{
    int kq = epoll_create1(0);

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n_notes; i++)
        if (notes[i].kq == kq)
            kqueue_forget(&notes[i]);
    pthread_mutex_unlock(&lock);
    return kq;
}

static int timeout_ms(const struct timespec *timeout)
{
    int64_t ms = timeout ? timeout->tv_sec * INT64_C(1000) + (timeout->tv_nsec + 999999) / 1000000
                         : -1;

    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static int make_changes(int kq, const struct kevent *changes, int n_changes, struct kevent *events,
                        int n_events)
{
    int n = 0;

    for (int i = 0; i < n_changes; i++) {
        int err = shim_kqueue_change(kq, &changes[i]);

        if (!err && !(changes[i].flags & EV_RECEIPT))
            continue;
        if (n == n_events) {
            errno = err;
            return -1;
        }
        events[n] = changes[i];
        events[n].flags = EV_ERROR;
        events[n++].data = err;
    }
    return n;
}

int kevent(int kq, const struct kevent *changes, int n_changes, struct kevent *events, int n_events,
           const struct timespec *timeout)
{
    struct epoll_event fired[64];
    int n, result;

    pthread_mutex_lock(&lock);
    result = make_changes(kq, changes, n_changes, events, n_events);
    pthread_mutex_unlock(&lock);
    if (result != 0 || n_events == 0)
        return result;

    /* Each descriptor can give two events, so only half as many are asked for. */
    n = epoll_wait(kq, fired,
                   n_events < 2        ? 1
                   : n_events / 2 < 64 ? n_events / 2
                                       : 64,
                   timeout_ms(timeout));
    pthread_mutex_lock(&lock);
    for (int i = 0; i < n; i++)
        result += kqueue_report(kq, &fired[i], events + result, n_events - result);
    pthread_mutex_unlock(&lock);
    return n < 0 ? -1 : result;
}
