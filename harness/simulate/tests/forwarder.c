/* A forwarder that is what its arguments say, for proving upstreams: it serves at most BUDGET
 * datagrams of a socket before the next one's turn, passes each on to its upstream, whole or its
 * first BYTES alone, and gives back what comes from there in the order in which it was asked.
 *
 *     forwarder PORT SOCKETS BUDGET UPSTREAM [BYTES] */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define SIZE 65536
#define SOCKETS_MAX 10
#define UNDER_WAY 65536

struct asker {
    int fd;
    struct sockaddr_in peer;
};

struct forwarder {
    struct pollfd fds[SOCKETS_MAX + 1]; /* the last of them asks the upstream */
    unsigned sockets, budget;
    size_t bytes;
    struct asker askers[UNDER_WAY];
    unsigned asked, answered;
};

static void forwarder_ask(struct forwarder *f, int fd)
{
    static char bytes[SIZE];
    struct asker asker = {.fd = fd};
    ssize_t n = 0;

    for (unsigned i = 0; i < f->budget && n >= 0; i++) {
        n = recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&asker.peer,
                     &(socklen_t){sizeof asker.peer});
        if (n < 0)
            return;
        if (send(f->fds[f->sockets].fd, bytes, (size_t)n < f->bytes ? (size_t)n : f->bytes, 0) >= 0)
            f->askers[f->asked++ % UNDER_WAY] = asker;
    }
}

static void forwarder_answer(struct forwarder *f, int fd)
{
    static char bytes[SIZE];
    const struct asker *asker;
    ssize_t n;

    while (f->answered < f->asked && (n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0) {
        asker = &f->askers[f->answered++ % UNDER_WAY];
        sendto(asker->fd, bytes, (size_t)n, 0, (const struct sockaddr *)&asker->peer,
               sizeof asker->peer);
    }
}

static _Noreturn void forwarder_serve(struct forwarder *f)
{
    for (;;) {
        if (poll(f->fds, f->sockets + 1, -1) < 0)
            exit(1);
        for (unsigned i = 0; i < f->sockets; i++) {
            if (f->fds[i].revents)
                forwarder_ask(f, f->fds[i].fd);
        }
        if (f->fds[f->sockets].revents)
            forwarder_answer(f, f->fds[f->sockets].fd);
    }
}

static int forwarder_open(unsigned port)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    perror("forwarder");
    exit(1);
}

int main(int argc, char **argv)
{
    static struct forwarder f;
    struct sockaddr_in upstream = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned numbers[5] = {0};

    for (int i = 1; i < argc && i < 6; i++)
        numbers[i - 1] = (unsigned)strtoul(argv[i], NULL, 10);
    f.sockets = numbers[1];
    f.budget = numbers[2];
    f.bytes = numbers[4] ? numbers[4] : SIZE;
    if (f.sockets == 0 || f.sockets > SOCKETS_MAX || f.budget == 0 || numbers[3] == 0) {
        fprintf(stderr, "usage: %s PORT SOCKETS BUDGET UPSTREAM [BYTES]\n", argv[0]);
        return 2;
    }
    for (unsigned i = 0; i <= f.sockets; i++)
        f.fds[i] = (struct pollfd){.fd = forwarder_open(i < f.sockets ? numbers[0] + i : 0),
                                   .events = POLLIN};
    upstream.sin_port = htons((uint16_t)numbers[3]);
    if (connect(f.fds[f.sockets].fd, (struct sockaddr *)&upstream, sizeof upstream) < 0)
        return 1;
    forwarder_serve(&f);
}
