/* An echo server on poll(2) that does right whatever fails, or wrong in one cell only:
 * torture_mutant PORT [crash|hang|spin|leak|repeat|silent]. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MUTANT_ROOM 65536

enum mutant_call { MUTANT_POLL, MUTANT_RECEIVE, MUTANT_SEND, MUTANT_CALLS };

struct mutant {
    const char *name;
    enum mutant_call call;
    int error;
    unsigned nth;
};

static const struct mutant mutants[] = {
    {"crash", MUTANT_RECEIVE, ENOMEM, 2}, {"hang", MUTANT_SEND, EINTR, 1},
    {"spin", MUTANT_POLL, EINTR, 3},      {"leak", MUTANT_RECEIVE, ECONNREFUSED, 1},
    {"repeat", MUTANT_SEND, ENOBUFS, 2},  {"silent", MUTANT_RECEIVE, EHOSTUNREACH, 3},
};

struct server {
    int fd;
    unsigned made[MUTANT_CALLS];
    const struct mutant *mutant; /* NULL: it does right */
    int wait_ms;
    bool repeats;
};

static void misbehave(struct server *s)
{
    if (strcmp(s->mutant->name, "crash") == 0)
        abort();
    if (strcmp(s->mutant->name, "hang") == 0)
        pause();
    if (strcmp(s->mutant->name, "silent") == 0)
        _exit(1);
    if (strcmp(s->mutant->name, "spin") == 0)
        s->wait_ms = 0;
    if (strcmp(s->mutant->name, "leak") == 0 && dup(s->fd) < 0)
        abort();
    s->repeats = strcmp(s->mutant->name, "repeat") == 0;
}

/* Of a call that gave `result`: did it fail? */
static bool note(struct server *s, enum mutant_call call, ssize_t result)
{
    int error = result < 0 ? errno : 0;

    s->made[call]++;
    if (s->mutant && s->mutant->call == call && s->mutant->error == error &&
        s->mutant->nth == s->made[call])
        misbehave(s);
    errno = error;
    return result < 0;
}

static void serve_one(struct server *s)
{
    static char bytes[MUTANT_ROOM];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t n = recvfrom(s->fd, bytes, sizeof bytes, MSG_DONTWAIT, (void *)&from, &length);

    if (note(s, MUTANT_RECEIVE, n))
        return;
    for (int copies = s->repeats ? 2 : 1; copies > 0; copies--)
        note(s, MUTANT_SEND, sendto(s->fd, bytes, (size_t)n, 0, (void *)&from, length));
}

static int fail_with(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv)
{
    struct server s = {.wait_ms = -1};
    struct sockaddr_in local = {.sin_family = AF_INET};
    struct pollfd one = {.events = POLLIN};

    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    local.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0));
    for (size_t i = 0; argc > 2 && i < sizeof mutants / sizeof *mutants; i++) {
        if (strcmp(mutants[i].name, argv[2]) == 0)
            s.mutant = &mutants[i];
    }
    s.fd = one.fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (s.fd < 0)
        return fail_with("socket");
    if (bind(s.fd, (void *)&local, sizeof local) < 0)
        return fail_with("bind");
    /* A close() for the table: whatever it says, nothing of it is this program's fault. */
    close(dup(s.fd));
    for (;;) {
        int n = poll(&one, 1, s.wait_ms);

        if (note(&s, MUTANT_POLL, n) && errno != EINTR)
            return fail_with("poll");
        if (n > 0)
            serve_one(&s);
    }
}
