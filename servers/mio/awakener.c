#include "mio/awakener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>

static int make_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
}

static int open_best(struct awakener *a)
{
    a->read_fd = a->write_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return a->read_fd < 0 ? -errno : 0;
}
#else
static int make_pipe(int ends[2])
{
    if (pipe(ends) < 0)
        return -errno;
    for (int i = 0; i < 2; i++)
        if (fcntl(ends[i], F_SETFD, FD_CLOEXEC) < 0 || fcntl(ends[i], F_SETFL, O_NONBLOCK) < 0)
            return -errno;
    return 0;
}

#define open_best open_pipe
#endif

static int open_pipe(struct awakener *a)
{
    int ends[2] = {-1, -1}, err = make_pipe(ends);

    a->read_fd = ends[0];
    a->write_fd = ends[1];
    return err;
}

int awakener_init(struct awakener *a, enum mio_awakener kind)
{
    a->read_fd = a->write_fd = -1;
    return kind == MIO_AWAKENER_PIPE ? open_pipe(a) : open_best(a);
}

void awakener_fini(struct awakener *a)
{
    if (a->read_fd >= 0)
        close(a->read_fd);
    if (a->write_fd >= 0 && a->write_fd != a->read_fd)
        close(a->write_fd);
    a->read_fd = a->write_fd = -1;
}

int awakener_write(const struct awakener *a)
{
    uint64_t one = 1;
    ssize_t n = write(a->write_fd, &one, a->write_fd == a->read_fd ? sizeof one : 1);

    return n < 0 && errno != EAGAIN ? -errno : 0;
}

void awakener_drain(const struct awakener *a)
{
    char bytes[128];

    if (a->read_fd == a->write_fd) {
        ssize_t ignored = read(a->read_fd, bytes, sizeof(uint64_t)); /* takes the whole count */

        (void)ignored;
        return;
    }
    while (read(a->read_fd, bytes, sizeof bytes) > 0)
        ;
}
