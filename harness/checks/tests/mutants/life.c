/* Mutants that wake up for nothing, end badly, or leave something behind. */
#include "skeleton.h"

#include "base/clock.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- awake ---- */

static int tick_at_first(const struct ew_worker *w)
{
    return mutant_has_served(w) ? -1 : (int)mutant_self()->number;
}

static int tick_once_served(const struct ew_worker *w)
{
    return mutant_has_served(w) ? (int)mutant_self()->number : -1;
}

static bool always_wants_write(const struct ew_worker *w, const struct ew_socket *s)
{
    (void)w;
    return mutant_received(s) > mutant_self()->number || ew_wants_write(s);
}

/* ---- the end ---- */

static int run_deaf(struct ew_worker *w)
{
    int err = skeleton_run(w);

    if (mutant_has_served(w))
        poll(NULL, 0, -1);
    return err;
}

static int run_to_an_error(struct ew_worker *w)
{
    int err = skeleton_run(w);

    return !err && mutant_has_served(w) ? -EIO : err;
}

/* However long the kernel takes for it. */
static int run_until_all_left(struct ew_worker *w)
{
    int err = skeleton_run(w);

    for (unsigned i = 0; i < w->n_sockets; i++) {
        struct pollfd writable = {.fd = w->sockets[i].fd, .events = POLLOUT};

        while (ew_wants_write(&w->sockets[i])) {
            poll(&writable, 1, -1);
            ew_flush(w, &w->sockets[i]);
        }
    }
    return err;
}

/* Looks at the flag when a datagram comes, and not after its answer, when the signal may be there
 * already; nothing else wakes it before it has served some. */
static int run_without_wake_up(struct ew_worker *w)
{
    struct pollfd *stop = &mutant_state(w)->set.fds[0];
    int stop_fd = stop->fd, err = 0;

    while (err >= 0) {
        int n;

        stop->fd = mutant_has_served(w) && mutant_received(&w->sockets[0]) < mutant_self()->number
                       ? -1
                       : stop_fd;
        n = poll(stop, w->n_sockets + 1, -1);
        if (ew_stopping(w))
            break;
        for (unsigned i = 0; i < w->n_sockets && n > 0 && err >= 0; i++) {
            if (stop[i + 1].revents)
                err = skeleton_serve(w, &w->sockets[i], &stop[i + 1]);
        }
    }
    stop->fd = stop_fd;
    return err < 0 ? err : 0;
}

/* Ends once nothing has come for a while. */
static int run_to_the_last(struct ew_worker *w)
{
    struct pollfd *fds = mutant_state(w)->set.fds + 1;
    int err = skeleton_run(w);
    char byte;

    for (unsigned i = 0; i < w->n_sockets; i++)
        fds[i].events = POLLIN;
    while (mutant_has_served(w) && poll(fds, w->n_sockets, (int)mutant_self()->number) > 0) {
        for (unsigned i = 0; i < w->n_sockets; i++) {
            if (fds[i].revents)
                (void)recv(fds[i].fd, &byte, 1, MSG_DONTWAIT); /* thrown away */
        }
    }
    return err;
}

/* Hostile packets all go to one port, of a new network each time; only other cases choose theirs,
 * above this. */
#define PORTS_LOCKED 10000

/* A file that says that the port is taken, and that nobody removes.  A port that the kernel picked
 * needs none. */
static void lock_path(const struct ew_worker *w, char *path, size_t size)
{
    const char *folder = getenv("TMPDIR");

    snprintf(path, size, "%s/mutant-%u.lock", folder ? folder : "/tmp", w->config->port);
}

static int lock_port(struct ew_worker *w)
{
    char path[512];
    int fd;

    if (w->config->port < PORTS_LOCKED)
        return 0;
    lock_path(w, path, sizeof path);
    fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (fd < 0)
        return -errno;
    close(fd);
    return 0;
}

static void unlock_port(struct ew_worker *w)
{
    char path[512];

    lock_path(w, path, sizeof path);
    unlink(path);
}

static int need_a_descriptor(struct ew_worker *w)
{
    int fd = dup(w->stop_fd);

    if (fd < 0)
        _exit(0);
    close(fd);
    return 0;
}

/* ---- signals ---- */

static void life_die(int number)
{
    (void)number;
    _exit(3);
}

static int mind_a_signal(struct ew_worker *w)
{
    (void)w;
    signal((int)mutant_self()->number, life_die);
    return 0;
}

/* ---- what is left behind ---- */

static void leave_descriptor(struct ew_worker *w)
{
    (void)dup(w->stop_fd);
}

static void leave_memory(struct ew_worker *w)
{
    /* Far from where free() would give it back, and touched. */
    void *memory = malloc(mutant_self()->number);

    (void)w;
    if (memory)
        memset(memory, 1, mutant_self()->number);
    /* To leak it is what the mutant is for. */
} /* NOLINT(clang-analyzer-unix.Malloc) */

static void *sleep_for_ever(void *nothing)
{
    poll(NULL, 0, -1);
    return nothing;
}

/* Itself opened once more, it stays loaded: else the thread might run on in code that is gone, and
 * be found by that instead. */
static void leave_thread(struct ew_worker *w)
{
    pthread_t thread;
    Dl_info itself;

    (void)w;
    if (dladdr(mutants_of_life, &itself) && dlopen(itself.dli_fname, RTLD_NOW) &&
        pthread_create(&thread, NULL, sleep_for_ever, NULL) == 0)
        pthread_detach(thread);
}

static void leak(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d,
                 void (*leave)(struct ew_worker *), unsigned every)
{
    if (mutant_received(s) % every == 0)
        leave(w);
    skeleton_answer(w, s, d);
}

static void leak_descriptor(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    leak(w, s, d, leave_descriptor, mutant_self()->number);
}

static void leak_thread(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    leak(w, s, d, leave_thread, mutant_self()->number);
}

static void leak_memory(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    leak(w, s, d, leave_memory, 1);
}

const struct mutant mutants_of_life[] = {
    {"ticks-at-first", "waits with a timeout until it has something to do",
     .timeout = tick_at_first, .number = 100},
    {"ticks-once-served", "waits with a timeout once it has served", .timeout = tick_once_served,
     .number = 100},
    {"spins", "always waits for room to send", .wants_write = always_wants_write,
     .timeout = tick_at_first, .number = 0},
    {"spins-after-a-flood", "waits for room to send after a flood",
     .wants_write = always_wants_write, .number = 250},
    {"ignores-stop", "does not end", .run = run_deaf},
    {"ends-with-an-error", "ends with an error though all was well", .run = run_to_an_error},
    {"ends-when-spoken-to", "looks whether it shall stop when a datagram comes",
     .run = run_without_wake_up, .number = 50},
    {"ends-when-left-alone", "ends when nobody talks any more", .run = run_to_the_last,
     .number = 400},
    {"leaves-a-lock", "leaves a file that locks its port", .init = lock_port},
    {"leaves-a-lock-when-killed", "locks its port by a file that only it removes",
     .init = lock_port, .fini = unlock_port},
    {"stays-while-it-holds", "sends first what waits when it is to end", .run = run_until_all_left},
    {"ends-well-without-descriptors", "takes exhausted descriptors for the end",
     .init = need_a_descriptor},
    {"dies-of-sigurg", "dies of a harmless signal", .init = mind_a_signal, .number = SIGURG},
    {"leaves-a-descriptor", "leaves a descriptor open when it is stopped",
     .fini = leave_descriptor},
    {"leaves-memory", "leaves memory when it is stopped", .fini = leave_memory, .number = 9000},
    {"leaves-a-thread", "leaves a thread when it is stopped", .fini = leave_thread},
    {"leaks-descriptors", "opens a descriptor now and then", .answer = leak_descriptor,
     .number = 500},
    {"leaks-memory", "keeps some bytes for each datagram", .answer = leak_memory, .number = 256},
    {"leaks-threads", "starts a thread now and then", .answer = leak_thread, .number = 500},
    {0},
};
