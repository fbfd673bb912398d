/* A loop that takes so many datagrams of each socket before it looks whether something else has
 * happened, for proving that this is what the scenario "beside" finds.
 *
 *     besides BUDGET PORT SOCKETS
 *
 * BUDGET 0: as long as there are some.  Early: it answers at once what it was to put aside; deaf:
 * it looks for nothing else; masked: one datagram, and a signal is let through by ppoll(2)
 * alone; bytes: it counts these, and looks for what else was there before it served;
 * descriptor: one datagram, and its timer is a descriptor; watched: 0, and a thread looks on by
 * short sleeps. */
#include "loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SOCKETS_MAX 16
#define SIZE 2048
#define MS_PER_S 1000
#define NAPS 3
/* More than the small datagrams that count as all of them have together. */
#define BYTES_MOST 400000

struct datagram {
    struct sockaddr_in peer;
    ssize_t length; /* negative: none */
    char bytes[SIZE];
};

static unsigned count;
static struct pollfd all[SOCKETS_MAX + 1]; /* and what else is to become readable */
static bool early, deaf, masked, descriptor;
static sem_t serves;
static ssize_t bytes_most = SSIZE_MAX;
static char kind[16];
static int number;
static struct datagram aside = {.length = -1};
static long long due_ms;
static volatile sig_atomic_t signalled;

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * MS_PER_S + t.tv_nsec / 1000000;
}

static bool besides_take(int fd, struct datagram *d)
{
    socklen_t length = sizeof d->peer;

    d->length = recvfrom(fd, d->bytes, sizeof d->bytes, MSG_DONTWAIT, (struct sockaddr *)&d->peer,
                         &length);
    return d->length >= 0;
}

static void besides_answer(int fd, const struct datagram *d)
{
    sendto(fd, d->bytes, (size_t)d->length, 0, (const struct sockaddr *)&d->peer, sizeof d->peer);
}

static void put_aside(int fd)
{
    struct itimerspec due = {.it_value = {.tv_sec = number / MS_PER_S}};

    if (descriptor)
        timerfd_settime(all[count].fd, 0, &due, NULL);
    if (!besides_take(fd, &aside) || !early)
        return due_ms = now_ms() + number, (void)0;
    besides_answer(fd, &aside);
    aside.length = -1;
}

/* Only while something is served: a thread that never rests would never be quiet. */
static void *besides_watch(void *ignored)
{
    const struct timespec nap = {.tv_nsec = 1000000};

    (void)ignored;
    for (;;) {
        sem_wait(&serves);
        for (int i = 0; i < NAPS; i++)
            nanosleep(&nap, NULL);
    }
    return NULL;
}

static void serve(unsigned i, unsigned budget)
{
    struct datagram d;
    ssize_t bytes = 0;

    if (*kind && i == count - 1) {
        put_aside(all[i].fd);
        return;
    }
    sem_post(&serves);
    for (unsigned n = 0;
         (budget == 0 || n < budget) && bytes < bytes_most && besides_take(all[i].fd, &d); n++) {
        besides_answer(all[i].fd, &d);
        bytes += d.length;
    }
}

static void on_signal(int ignored)
{
    (void)ignored;
    signalled = 1;
}

/* What was readable is so no more. */
static bool has_read(void)
{
    struct pollfd one = {.fd = all[count].fd, .events = POLLIN};
    char bytes[16];
    int fd;

    if (bytes_most != SSIZE_MAX ? !all[count].revents : poll(&one, 1, 0) <= 0)
        return false;
    if (strcmp(kind, "accept") != 0)
        return read(one.fd, bytes, sizeof bytes) > 0;
    fd = accept(one.fd, NULL, NULL);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool has_happened(void)
{
    bool had = signalled;

    if (strcmp(kind, "timer") == 0 && !descriptor)
        return now_ms() >= due_ms;
    if (strcmp(kind, "signal") == 0)
        return signalled = 0, had;
    return has_read();
}

static int besides_wait(void)
{
    const struct timespec limit = {.tv_sec = 1};
    sigset_t none;

    sigemptyset(&none);
    /* A signal between the look and poll() would be lost, were it not for the limit. */
    return masked ? ppoll(all, count + 1, &limit, &none) : poll(all, count + 1, MS_PER_S);
}

static void besides_take_signal(void)
{
    sigset_t one;

    signal(number, on_signal);
    if (!masked)
        return;
    sigemptyset(&one);
    sigaddset(&one, number);
    sigprocmask(SIG_BLOCK, &one, NULL);
}

static void besides_bind(unsigned first)
{
    for (unsigned i = 0; i < count; i++)
        all[i] = (struct pollfd){.fd = loopback_bound(first + i), .events = POLLIN};
}

int main(int argc, char **argv)
{
    const char *told = getenv("EDGEWISE_BESIDE");
    pthread_t watcher;
    unsigned budget = argc > 3 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;

    count = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
    if (count == 0 || count > SOCKETS_MAX ||
        (told && sscanf(told, "%15[a-z]:%d", kind, &number) != 2))
        return 2;
    early = strcmp(argv[1], "early") == 0;
    deaf = strcmp(argv[1], "deaf") == 0;
    masked = strcmp(argv[1], "masked") == 0;
    descriptor = strcmp(argv[1], "descriptor") == 0;
    if (masked || descriptor)
        budget = 1;
    if (strcmp(argv[1], "bytes") == 0)
        bytes_most = BYTES_MOST;
    sem_init(&serves, 0, 0);
    if (strcmp(argv[1], "watched") == 0)
        pthread_create(&watcher, NULL, besides_watch, NULL);
    besides_bind((unsigned)strtoul(argv[2], NULL, 10));
    all[count] = (struct pollfd){.fd = -1, .events = POLLIN};
    if (strcmp(kind, "signal") == 0)
        besides_take_signal();
    else if (descriptor)
        all[count].fd = timerfd_create(CLOCK_MONOTONIC, 0);
    else if (*kind && strcmp(kind, "timer") != 0 && !deaf)
        all[count].fd = number;
    for (;;) {
        besides_wait();
        for (unsigned i = 0; i < count; i++) {
            if (all[i].revents)
                serve(i, budget);
        }
        if (aside.length < 0 || deaf || !has_happened())
            continue;
        besides_answer(all[count - 1].fd, &aside);
        aside.length = -1;
    }
}
