/* Servers of the kinds that were once misread, for proving that each gets its figures or a reason
 * why there are none.
 *
 *     kinds KIND PORT SOCKETS */
#include "loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SOCKETS_MAX 16
#define SIZE 2048
#define BYTES_A_TURN 8192

static unsigned count;
static struct pollfd all[SOCKETS_MAX];

/* What was received, and where it goes. */
struct job {
    int fd;
    struct sockaddr_in peer;
    ssize_t length;
    char bytes[SIZE];
};

static bool kinds_take(int fd, struct job *job)
{
    socklen_t length = sizeof job->peer;

    job->fd = fd;
    job->length = recvfrom(fd, job->bytes, sizeof job->bytes, MSG_DONTWAIT,
                           (struct sockaddr *)&job->peer, &length);
    return job->length >= 0;
}

static void kinds_answer(const struct job *job)
{
    sendto(job->fd, job->bytes, (size_t)job->length, MSG_DONTWAIT,
           (const struct sockaddr *)&job->peer, sizeof job->peer);
}

static void serve_one(int fd)
{
    struct job job;

    if (kinds_take(fd, &job))
        kinds_answer(&job);
}

static void kinds_bind(unsigned first)
{
    for (unsigned i = 0; i < count; i++)
        all[i] = (struct pollfd){.fd = loopback_bound(first + i), .events = POLLIN};
}

static void add_all(int epoll)
{
    for (unsigned i = 0; i < count; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.fd = all[i].fd};

        epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &e);
    }
}

/* Polls, and hands each ready socket on. */
static void poll_for(void (*serve)(int fd))
{
    for (;;) {
        if (poll(all, count, -1) < 0)
            continue;
        for (unsigned i = 0; i < count; i++) {
            if (all[i].revents)
                serve(all[i].fd);
        }
    }
}

/* ---- waits ---- */

static void serve_ready(int epoll, int timeout_ms)
{
    struct epoll_event ready[SOCKETS_MAX];
    int n = epoll_wait(epoll, ready, SOCKETS_MAX, timeout_ms);

    for (int i = 0; i < n; i++)
        serve_one(ready[i].data.fd);
}

/* An epoll inside an epoll, which was put there before it had a socket. */
static void run_nested(void)
{
    int outer = epoll_create1(0), inner = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN};

    epoll_ctl(outer, EPOLL_CTL_ADD, inner, &e);
    add_all(inner);
    for (;;) {
        if (epoll_wait(outer, &e, 1, -1) > 0)
            serve_ready(inner, 0);
    }
}

static void run_polled(void)
{
    int epoll = epoll_create1(0);
    struct pollfd one = {.fd = epoll, .events = POLLIN};

    add_all(epoll);
    for (;;) {
        poll(&one, 1, -1);
        serve_ready(epoll, 0);
    }
}

static void *wait_there(void *epoll)
{
    for (;;)
        serve_ready(*(int *)epoll, -1);
    return NULL;
}

/* A thread that already waits when its sockets come. */
static void run_late(void)
{
    static int epoll;
    pthread_t thread;

    epoll = epoll_create1(0);
    pthread_create(&thread, NULL, wait_there, &epoll);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    add_all(epoll);
    pthread_join(thread, NULL);
}

/* Made by hand: no libc sees it. */
static long raw_poll(void)
{
    long result = -ENOSYS;

#if defined __x86_64__
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"((long)SYS_poll), "D"(all), "S"((long)count), "d"(-1L)
                     : "rcx", "r11", "memory");
#endif
    return result;
}

static void run_raw(void)
{
    for (;;) {
        if (raw_poll() == -ENOSYS)
            exit(77);
        for (unsigned i = 0; i < count; i++)
            serve_one(all[i].fd);
    }
}

/* ---- receives ---- */

static void look_first(int fd)
{
    ssize_t n;
    char one;

    do
        n = recv(fd, &one, 1, MSG_PEEK | MSG_TRUNC);
    while (n < 0 && errno == EINTR);
    if (n >= 0)
        serve_one(fd);
}

static void take_many_bytes(int fd)
{
    struct job job;

    for (size_t taken = 0; taken < BYTES_A_TURN && kinds_take(fd, &job);
         taken += (size_t)job.length)
        kinds_answer(&job);
}

static void keep_quiet(int fd)
{
    struct job job;

    kinds_take(fd, &job);
}

/* As a library that takes any error for the end of its socket. */
static void close_on_error(int fd)
{
    struct job job;

    if (kinds_take(fd, &job)) {
        kinds_answer(&job);
    } else if (errno != EAGAIN) {
        close(fd);
        for (unsigned i = 0; i < count; i++)
            all[i].fd = all[i].fd == fd ? -1 : all[i].fd;
    }
}

/* And goes on with its timers. */
static void close_and_nap(int fd)
{
    close_on_error(fd);
    while (all[0].fd < 0)
        poll(NULL, 0, 20);
}

static void answer_twice(int fd)
{
    struct job job;

    if (!kinds_take(fd, &job))
        return;
    kinds_answer(&job);
    kinds_answer(&job);
}

static void answer_by_chance(int fd)
{
    struct job job;

    for (int left = rand() % 50; left >= 0 && kinds_take(fd, &job); left--)
        kinds_answer(&job);
}

static void answer_by_draw(int fd)
{
    unsigned char left;
    struct job job;

    if (getrandom(&left, sizeof left, 0) != sizeof left)
        exit(1);
    for (left %= 50; kinds_take(fd, &job); left--) {
        kinds_answer(&job);
        if (left == 0)
            return;
    }
}

/* ---- sends ---- */

/* Sixteen at most leave with one send, which the kernel is to cut; all of this test's are of one
 * client and one size. */
static void answer_in_trains(int fd)
{
    static char bytes[16 * SIZE];
    size_t length = 0, segment = 0;
    struct job job, last = {0};

    for (int i = 0; i < 16 && kinds_take(fd, &job); i++) {
        if (segment == 0)
            segment = (size_t)job.length;
        memcpy(bytes + length, job.bytes, (size_t)job.length);
        length += (size_t)job.length;
        last = job;
    }
    if (length == 0)
        return;
    setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &(int){(int)segment}, sizeof(int));
    sendto(fd, bytes, length, 0, (struct sockaddr *)&last.peer, sizeof last.peer);
}

static void fork_for_each(int fd)
{
    struct job job;

    if (!kinds_take(fd, &job))
        return;
    if (fork() != 0)
        return;
    kinds_answer(&job);
    _exit(0);
}

static void *answer_job(void *job)
{
    kinds_answer(job);
    free(job);
    return NULL;
}

static void begin_thread_for_each(int fd)
{
    struct job *job = malloc(sizeof *job);
    pthread_attr_t detached;
    pthread_t thread;

    if (!job || !kinds_take(fd, job)) {
        free(job);
        return;
    }
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &detached, answer_job, job);
}

/* ---- the rest ---- */

static void *nap(void *none)
{
    for (;;) {
        struct timespec t = {.tv_nsec = 100000000};

        nanosleep(&t, &t);
    }
    return none;
}

/* One struct for what is asked and what is left, as Rust's library has it. */
static void nap_beside(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, nap, NULL);
}

static void ask_for_error_queue(void)
{
    for (unsigned i = 0; i < count; i++)
        setsockopt(all[i].fd, IPPROTO_IP, IP_RECVERR, &(int){1}, sizeof(int));
}

/* A byte to itself and back for each echo, as loops that are woken by others have it. */
static void wake_itself(int fd)
{
    static int ends[2];
    char byte = 0;

    if (ends[1] == 0 && pipe(ends) < 0)
        exit(1);
    if (write(ends[1], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1)
        serve_one(fd);
}

static void try_ring(void)
{
    char parameters[256] = {0};

    if (syscall(SYS_io_uring_setup, 8, parameters) >= 0)
        exit(9);
}

static const struct kind {
    const char *name;
    void (*before)(void), (*run)(void), (*serve)(int fd);
} kinds[] = {
    {"nested", NULL, run_nested, NULL},    {"polled", NULL, run_polled, NULL},
    {"late", NULL, run_late, NULL},        {"raw", nap_beside, run_raw, NULL},
    {"looks", NULL, NULL, look_first},     {"bytes", NULL, NULL, take_many_bytes},
    {"silent", NULL, NULL, keep_quiet},    {"closes", NULL, NULL, close_on_error},
    {"twice", NULL, NULL, answer_twice},   {"chance", NULL, NULL, answer_by_chance},
    {"drawn", NULL, NULL, answer_by_draw}, {"trains", NULL, NULL, answer_in_trains},
    {"forks", NULL, NULL, fork_for_each},  {"threads", NULL, NULL, begin_thread_for_each},
    {"naps", nap_beside, NULL, serve_one}, {"queued-errors", ask_for_error_queue, NULL, serve_one},
    {"wakes", NULL, NULL, wake_itself},    {"ring", try_ring, NULL, serve_one},
    {"closed", NULL, NULL, close_and_nap},
};

int main(int argc, char **argv)
{
    const struct kind *kind = kinds;

    while (argc > 3 && kind < kinds + sizeof kinds / sizeof *kinds &&
           strcmp(kind->name, argv[1]) != 0)
        kind++;
    count = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
    if (count == 0 || count > SOCKETS_MAX || kind == kinds + sizeof kinds / sizeof *kinds) {
        fprintf(stderr, "usage: %s KIND PORT SOCKETS\n", argv[0]);
        return 2;
    }
    signal(SIGCHLD, SIG_IGN);
    srand((unsigned)getpid());
    kinds_bind((unsigned)strtoul(argv[2], NULL, 10));
    if (kind->before)
        kind->before();
    if (kind->run)
        kind->run();
    poll_for(kind->serve);
}
