#include "mio/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#ifdef MIO_EVENTFD
#include <sys/eventfd.h>
#endif

#ifdef __linux__
static int mio_awakener_open_pipe(int fds[2])
{
    return pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0 ? -errno : 0;
}
#else
static int mio_awakener_open_pipe(int fds[2])
{
    if (pipe(fds) < 0)
        return -errno;
    for (int i = 0; i < 2; i++)
        if (fcntl(fds[i], F_SETFL, O_NONBLOCK) < 0 || fcntl(fds[i], F_SETFD, FD_CLOEXEC) < 0) {
            int err = -errno;

            close(fds[0]);
            close(fds[1]);
            return err;
        }
    return 0;
}
#endif

/* An eventfd is one descriptor instead of two, and one read empties it.  EVFILT_USER would spare a
 * descriptor on FreeBSD and Apple, but other BSDs have none: the pipe serves all. */
static int open_best(int fds[2])
{
#ifdef MIO_EVENTFD
    fds[0] = fds[1] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return fds[0] < 0 ? -errno : 0;
#else
    return mio_awakener_open_pipe(fds);
#endif
}

int mio_waker_init(struct mio_waker *waker, const struct mio_options *options)
{
    int fds[2] = {-1, -1};
    int err = options->awakener == MIO_AWAKENER_BEST ? open_best(fds) : mio_awakener_open_pipe(fds);

    atomic_init(&waker->state, MIO_AWAKE);
    atomic_init(&waker->written, 0);
    atomic_init(&waker->received, 0);
    waker->form_2017 = options->awakener == MIO_AWAKENER_2017;
    waker->trace = options->trace;
    waker->read_fd = err ? -1 : fds[0];
    waker->write_fd = err ? -1 : fds[1];
    return err;
}

void mio_waker_fini(struct mio_waker *waker)
{
    if (waker->read_fd >= 0)
        close(waker->read_fd);
    if (waker->write_fd >= 0 && waker->write_fd != waker->read_fd)
        close(waker->write_fd);
    waker->read_fd = waker->write_fd = -1;
}

/* EAGAIN: full, so readable already. */
static int write_wake(struct mio_waker *waker)
{
    uint64_t one = 1;
    size_t size = waker->read_fd == waker->write_fd ? sizeof one : 1;
    ssize_t n;

    atomic_fetch_add_explicit(&waker->written, 1, memory_order_relaxed);
    if (waker->trace.tell)
        waker->trace.tell(waker->trace.context, MIO_AWAKENER_WRITE, 0);
    do
        n = write(waker->write_fd, &one, size);
    while (n < 0 && errno == EINTR);
    return n < 0 && errno != EAGAIN ? -errno : 0;
}

int mio_waker_wake(struct mio_waker *waker)
{
    return atomic_exchange(&waker->state, MIO_NOTIFIED) == MIO_SLEEPING ? write_wake(waker) : 0;
}

void mio_waker_announce(struct mio_waker *waker)
{
    atomic_store(&waker->state, MIO_SLEEPING);
}

void mio_waker_awake(struct mio_waker *waker)
{
    atomic_store(&waker->state, MIO_AWAKE);
}

/* Bytes or a negative errno. */
static int64_t read_wakes(struct mio_waker *waker)
{
    char bytes[128];
    ssize_t n = read(waker->read_fd, bytes, sizeof bytes);
    int64_t result = n < 0 ? -errno : n;

    if (waker->trace.tell)
        waker->trace.tell(waker->trace.context, MIO_AWAKENER_READ, result);
    return result;
}

/* A pipe is read until it has nothing, as the original read it; an eventfd is empty after one
 * read. */
void mio_waker_drain(struct mio_waker *waker)
{
    int64_t n;

    atomic_fetch_add_explicit(&waker->received, 1, memory_order_relaxed);
    do
        n = read_wakes(waker);
    while ((n > 0 && waker->read_fd != waker->write_fd) || n == -EINTR);
}
