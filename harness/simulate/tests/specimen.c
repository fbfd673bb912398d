/* A server that is what its arguments say, for proving the fingerprint: it serves at most BUDGET
 * datagrams of a socket before the next one's turn, takes up to BATCH of them with a call, and
 * holds up to QUEUE replies of a socket that cannot be sent.
 *
 *     specimen PORT SOCKETS BUDGET QUEUE BATCH */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define SIZE 2048
#define BATCH_MAX 64

struct reply {
    struct sockaddr_in peer;
    size_t length;
    char bytes[SIZE];
};

struct queue {
    struct reply *replies;
    unsigned first, count;
};

struct settings {
    unsigned sockets, budget, queue, batch;
};

static bool specimen_send_reply(int fd, struct reply *r)
{
    return sendto(fd, r->bytes, r->length, MSG_DONTWAIT, (struct sockaddr *)&r->peer,
                  sizeof r->peer) >= 0;
}

static void specimen_flush(const struct settings *s, int fd, struct queue *q)
{
    while (q->count > 0 && specimen_send_reply(fd, &q->replies[q->first])) {
        q->first = (q->first + 1) % s->queue;
        q->count--;
    }
}

static void specimen_answer(const struct settings *s, int fd, struct queue *q, struct reply *r)
{
    if (q->count == 0 && specimen_send_reply(fd, r))
        return;
    if (q->count < s->queue)
        q->replies[(q->first + q->count++) % s->queue] = *r;
}

static int specimen_receive(int fd, unsigned most, struct reply *replies)
{
    struct mmsghdr messages[BATCH_MAX] = {0};
    struct iovec parts[BATCH_MAX];
    int n;

    for (unsigned i = 0; i < most; i++) {
        parts[i] = (struct iovec){replies[i].bytes, SIZE};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &replies[i].peer,
                                              .msg_namelen = sizeof replies[i].peer,
                                              .msg_iov = &parts[i],
                                              .msg_iovlen = 1};
    }
    n = recvmmsg(fd, messages, most, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++)
        replies[i].length = messages[i].msg_len;
    return n;
}

static void specimen_take_turn(const struct settings *s, int fd, struct queue *q)
{
    static struct reply replies[BATCH_MAX];
    int n = 1;

    for (unsigned left = s->budget; left > 0 && n > 0; left -= n > 0 ? (unsigned)n : 0) {
        n = specimen_receive(fd, left < s->batch ? left : s->batch, replies);
        for (int i = 0; i < n; i++)
            specimen_answer(s, fd, q, &replies[i]);
    }
}

static _Noreturn void specimen_serve(const struct settings *s, struct pollfd *fds,
                                     struct queue *queues)
{
    for (;;) {
        for (unsigned i = 0; i < s->sockets; i++)
            fds[i].events = queues[i].count > 0 ? POLLIN | POLLOUT : POLLIN;
        if (poll(fds, s->sockets, -1) < 0)
            exit(1);
        for (unsigned i = 0; i < s->sockets; i++) {
            if (fds[i].revents & POLLOUT)
                specimen_flush(s, fds[i].fd, &queues[i]);
            if (fds[i].revents & POLLIN)
                specimen_take_turn(s, fds[i].fd, &queues[i]);
        }
    }
}

int main(int argc, char **argv)
{
    unsigned numbers[5];
    struct settings s;
    struct pollfd *fds;
    struct queue *queues;

    for (int i = 0; i < 5; i++)
        numbers[i] = i + 1 < argc ? (unsigned)strtoul(argv[i + 1], NULL, 10) : 0;
    s = (struct settings){
        .sockets = numbers[1], .budget = numbers[2], .queue = numbers[3], .batch = numbers[4]};
    if (s.sockets == 0 || s.budget == 0 || s.queue == 0 || s.batch == 0 || s.batch > BATCH_MAX) {
        fprintf(stderr, "usage: %s PORT SOCKETS BUDGET QUEUE BATCH; a batch is at most %d\n",
                argv[0], BATCH_MAX);
        return 2;
    }
    fds = calloc(s.sockets, sizeof *fds);
    queues = calloc(s.sockets, sizeof *queues);
    for (unsigned i = 0; fds && queues && i < s.sockets; i++) {
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)(numbers[0] + i)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

        fds[i].fd = socket(AF_INET, SOCK_DGRAM, 0);
        queues[i].replies = calloc(s.queue, sizeof *queues[i].replies);
        if (!queues[i].replies || bind(fds[i].fd, (struct sockaddr *)&a, sizeof a) < 0)
            return 1;
    }
    specimen_serve(&s, fds, queues);
}
