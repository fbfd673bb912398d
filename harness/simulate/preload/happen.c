/* What happens beside datagrams, made to happen inside a receive of the target's. */
#include "base/clock.h"
#include "edgewise/server.h"
#include "simulate/preload/network.h"
#include "simulate/preload/real.h"
#include "simulate/preload/timers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

/* Loopback delivers at once, but for when the kernel puts that off. */
#define SHOWN_MS 1000

/* It is closed with the next, when the target has long accepted it. */
static void connect_to(int listener)
{
    static int last = -1;
    union address to;
    socklen_t length = sizeof to;
    int fd = real_raise(real()->socket(AF_INET, SOCK_STREAM, 0));

    if (fd < 0 || real()->getsockname(listener, &to.any, &length) < 0)
        return;
    real()->connect(fd, &to.any, length);
    if (last >= 0)
        real()->close(last);
    last = fd;
}

static void make_readable(const struct sim_beside *b)
{
    struct pollfd shown = {.fd = b->fd, .events = POLLIN};

    if (b->end >= 0)
        real()->write(b->end, "!", 1);
    else
        connect_to(b->fd);
    real()->poll(&shown, 1, SHOWN_MS);
}

/* A timer is due twice over: loops round up and remember the time. */
static void let_pass(struct sim_page *page)
{
    int64_t ns = 2 * NS_PER_MS * page->beside.number;

    timers_expire(atomic_fetch_add(&page->passed_ns, ns) + ns);
}

void net_happen(void)
{
    struct sim_page *page = net_page();
    int error = errno;

    if (!atomic_exchange(&page->happens, false))
        return;
    if (page->beside.fd >= 0)
        make_readable(&page->beside);
    else if (page->beside.kind == EW_CAN_SIGNAL)
        kill(getpid(), page->beside.number);
    else
        let_pass(page);
    errno = error;
}
