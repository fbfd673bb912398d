/* A fixed amount of work for callgrind to count: cost SELECTOR sockets|registrations HOW_MANY
 * EVENTS
 *
 * So many sockets (or registrations) are registered with one poll; then as many times as EVENTS
 * says one of them becomes ready, is polled and is emptied.  Counted at two numbers of events, the
 * difference is the cost of the events alone. */
#include "mio/mio.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

static void must(int result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "cost: %s: %s\n", what, strerror(-result));
    exit(4);
}

static void poll_one(struct mio_poll *poll)
{
    struct mio_event events[16];
    int n = mio_poll(poll, events, 16, 0);

    must(n == 1 ? 0 : -71, "a poll did not give the one event");
}

/* Connected to itself, so that one descriptor is enough to make it ready. */
static int self_connected(void)
{
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof self;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    must(fd < 0 ? -errno : 0, "more descriptors are needed (ulimit -n)");
    must(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
    must(bind(fd, (struct sockaddr *)&self, sizeof self), "bind");
    must(getsockname(fd, (struct sockaddr *)&self, &length), "getsockname");
    must(connect(fd, (struct sockaddr *)&self, sizeof self), "connect");
    return fd;
}

static void work_sockets(struct mio_poll *poll, size_t many, unsigned long events)
{
    struct mio_socket *sockets = calloc(many, sizeof *sockets);
    char byte;

    for (size_t i = 0; i < many; i++) {
        mio_socket_init(&sockets[i], self_connected());
        must(mio_register(poll, &sockets[i], i, MIO_READABLE, MIO_EDGE), "register");
    }
    for (unsigned long e = 0; e < events; e++) {
        struct mio_socket *socket = &sockets[e % many];

        must((int)mio_sendto(socket, "x", 1, NULL, 0), "send");
        poll_one(poll);
        must((int)mio_recvfrom(socket, &byte, 1, NULL, NULL), "receive");
        mio_recvfrom(socket, &byte, 1, NULL, NULL); /* until EAGAIN, as edge mode wants */
    }
    free(sockets);
}

static void work_registrations(struct mio_poll *poll, size_t many, unsigned long events)
{
    struct mio_registration **registrations = calloc(many, sizeof *registrations);
    struct mio_set_readiness **sets = calloc(many, sizeof *sets);

    for (size_t i = 0; i < many; i++) {
        must(mio_registration_new(&registrations[i], &sets[i]), "new");
        must(mio_registration_register(poll, registrations[i], i, MIO_READABLE, MIO_EDGE),
             "register");
    }
    for (unsigned long e = 0; e < events; e++) {
        must(mio_set_readiness(sets[e % many], MIO_READABLE), "set");
        poll_one(poll);
    }
    for (size_t i = 0; i < many; i++) {
        mio_registration_free(registrations[i]);
        mio_set_readiness_free(sets[i]);
    }
    free(registrations);
    free(sets);
}

int main(int argc, char **argv)
{
    struct mio_options options = {.selector = argc == 5 ? argv[1] : NULL};
    struct rlimit limit;
    struct mio_poll *poll;

    if (argc != 5) {
        fprintf(stderr, "usage: cost SELECTOR sockets|registrations HOW_MANY EVENTS\n");
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    must(mio_poll_new(&options, &poll), "poll");
    if (strcmp(argv[2], "sockets") == 0)
        work_sockets(poll, strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
    else
        work_registrations(poll, strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
    mio_poll_free(poll);
    return 0;
}
