#include "target/upstream.h"

#include "target/arguments.h"
#include "target/ports.h"
#include "target/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define UPSTREAM_ROOM 65536
/* All that a frozen forwarder has been asked comes at once when it goes on. */
#define UPSTREAM_BYTES (8 << 20)

static bool upstream_is_asked(const struct target *t)
{
    return t->kind == TARGET_COMMAND &&
           (t->upstream != 0 || arguments_mention(t->argv, "{upstream}") ||
            arguments_mention(t->env, "{upstream}"));
}

/* Free, and none of those that the target is about to take. */
int upstream_choose(const struct target *t, const union address *first, unsigned sockets,
                    unsigned *port, struct error *error)
{
    unsigned own = address_port(first);

    *port = 0;
    if (!upstream_is_asked(t))
        return 0;
    if (!exchange_protocol(&t->exchange)->respond)
        return error_set(error, STATUS_USAGE,
                         "%s: it asks an {upstream}, and edgewise cannot be one that speaks %s",
                         t->name, exchange_protocol(&t->exchange)->name);
    do {
        *port = t->upstream;
        if (ports_choose(first, port, 1, error) < 0)
            return -1;
    } while (t->upstream == 0 && *port >= own && *port - own < sockets);
    return 0;
}

/* ---- the process ---- */

/* What is no request is left without an answer: whoever sends such a thing waits in vain, as he
 * would elsewhere.  A blocking send: what the network does not take now, it takes later. */
static void upstream_answer(int fd, const struct exchange *x)
{
    static uint8_t in[UPSTREAM_ROOM], out[UPSTREAM_ROOM];
    union address from;
    socklen_t length = sizeof from;
    ssize_t n = recvfrom(fd, in, sizeof in, MSG_DONTWAIT, &from.any, &length);
    size_t size = n < 0 ? 0 : exchange_protocol(x)->respond(x, out, sizeof out, in, (size_t)n);

    if (size > 0)
        (void)sendto(fd, out, size, 0, &from.any, length);
}

static _Noreturn void upstream_main(int fd, int control, const struct exchange *x)
{
    struct pollfd fds[] = {{.fd = control, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

    /* Ctrl-C at the terminal is for the harness, whose end of the pair then goes. */
    setpgid(0, 0);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    launch_close_others((const int[]){fd, control, -1});
    while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
        if (fds[0].revents)
            break;
        if (fds[1].revents)
            upstream_answer(fd, x);
    }
    _exit(0);
}

/* ---- starting and stopping ---- */

static int upstream_open(const union address *address)
{
    int fd = socket(address->any.sa_family, SOCK_DGRAM, 0), bytes = UPSTREAM_BYTES;

    if (fd < 0)
        return -1;
#ifdef SO_RCVBUFFORCE /* beyond what everybody may ask for; needs CAP_NET_ADMIN (socket(7)) */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
#endif
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (bind(fd, &address->any, address_length(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static int upstream_fork(struct upstream *u, int fd, const struct exchange *x)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    u->pid = fork();
    if (u->pid == 0)
        upstream_main(fd, ends[1], x);
    close(ends[1]);
    u->control = ends[0];
    if (u->pid > 0)
        return 0;
    close(ends[0]);
    u->pid = 0;
    return -1;
}

int upstream_start(struct upstream *u, const struct target *t, const union address *first,
                   unsigned sockets, struct error *error)
{
    union address at = *first;
    int fd, result;

    if (upstream_choose(t, first, sockets, &u->port, error) < 0)
        return -1;
    if (u->port == 0)
        return 0;
    address_set_port(&at, (uint16_t)u->port);
    fd = upstream_open(&at);
    result = fd < 0 ? -1 : upstream_fork(u, fd, &t->exchange);
    if (result < 0)
        error_set(error, STATUS_CANNOT_RUN, "%s: no upstream for it at port %u: %s", t->name,
                  u->port, strerror(errno));
    if (fd >= 0)
        close(fd);
    return result;
}

void upstream_stop(struct upstream *u)
{
    if (u->pid <= 0)
        return;
    close(u->control);
    kill(u->pid, SIGKILL); /* it may be in a send that a queueing discipline holds up */
    while (waitpid(u->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    *u = (struct upstream){0};
}
