#include "simulate/run/beside.h"

#include "edgewise/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Above the numbers that the library gives to what is its own, and the page's. */
#define BESIDE_FD_FIRST 910
/* Longer than any run takes of the target's time: only what makes it happen lets it pass. */
#define BESIDE_TIMER_MS 10000

static int listener(void)
{
    union address any = address_loopback(0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd >= 0 && bind(fd, &any.any, sizeof any.in) == 0 && listen(fd, 1) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static int open_pipe(int fds[BESIDE_FDS])
{
    return pipe(fds);
}

/* The library connects to it, and needs no other end. */
static int open_listener(int fds[BESIDE_FDS])
{
    fds[0] = listener();
    return fds[0] < 0 ? -1 : 0;
}

static int open_stream(int fds[BESIDE_FDS])
{
    union address to;
    socklen_t length = sizeof to;
    int listening = listener();

    fds[1] = socket(AF_INET, SOCK_STREAM, 0);
    if (listening >= 0 && fds[1] >= 0 && getsockname(listening, &to.any, &length) == 0 &&
        connect(fds[1], &to.any, length) == 0)
        fds[0] = accept(listening, NULL, NULL);
    if (listening >= 0)
        close(listening);
    return fds[0] < 0 ? -1 : 0;
}

static const struct {
    uint64_t can;
    const char *name;
    int number;                   /* what stands behind the name, where it is no descriptor */
    int (*open)(int[BESIDE_FDS]); /* NULL: nothing is to be opened */
} kinds[] = {
    {EW_CAN_TIMER, "timer", BESIDE_TIMER_MS, NULL},
    {EW_CAN_SIGNAL, "signal", SIGUSR2, NULL},
    {EW_CAN_PIPE, "pipe", 0, open_pipe},
    {EW_CAN_ACCEPT, "accept", 0, open_listener},
    {EW_CAN_STREAM, "stream", 0, open_stream},
};

/* Where they shift no number of the server's own. */
static int move_up(int *fd)
{
    int low = *fd;

    if (low < 0)
        return 0;
    *fd = fcntl(low, F_DUPFD_CLOEXEC, BESIDE_FD_FIRST);
    close(low);
    return *fd < 0 || fcntl(*fd, F_SETFL, fcntl(*fd, F_GETFL) | O_NONBLOCK) < 0 ? -1 : 0;
}

int beside_open(struct beside_ends *ends, uint64_t needs, struct sim_page *page, char *text,
                size_t size, struct error *error)
{
    unsigned i = 0;

    *ends = (struct beside_ends){.fds = {-1, -1}};
    page->beside = (struct sim_beside){.kind = needs, .fd = -1, .end = -1};
    *text = '\0';
    if (needs == 0)
        return 0;
    while (kinds[i].can != needs)
        i++;
    if (kinds[i].open &&
        (kinds[i].open(ends->fds) < 0 || move_up(&ends->fds[0]) < 0 || move_up(&ends->fds[1]) < 0))
        return error_set(error, STATUS_CANNOT_RUN,
                         "cannot open the %s that the target waits for: %s", kinds[i].name,
                         strerror(errno));
    page->beside.number = kinds[i].open ? ends->fds[0] : kinds[i].number;
    page->beside.fd = ends->fds[0];
    page->beside.end = ends->fds[1];
    snprintf(text, size, BESIDE_VARIABLE "=%s:%d", kinds[i].name, page->beside.number);
    return 0;
}

void beside_close(struct beside_ends *ends)
{
    for (int i = 0; i < BESIDE_FDS; i++) {
        if (ends->fds[i] >= 0)
            close(ends->fds[i]);
    }
}
