#include "simulate/preload/step.h"

#include "simulate/preload/network.h"
#include "simulate/preload/real.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* Who is not looking itself looks again after this. */
#define RETRY_MS 2

static pid_t own_thread(void)
{
    return (pid_t)real()->syscall(SYS_gettid);
}

static _Noreturn void finish(enum sim_state state)
{
    int running = SIM_RUNNING, hello = SIM_HELLO;

    if (!atomic_compare_exchange_strong(&net_page()->state, &running, state))
        atomic_compare_exchange_strong(&net_page()->state, &hello, state);
    real()->syscall(SYS_exit_group, 0);
    for (;;)
        ;
}

static _Noreturn __attribute__((format(printf, 1, 2))) void give_up(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(net_page()->trouble, sizeof net_page()->trouble, format, arguments);
    va_end(arguments);
    finish(SIM_TROUBLE);
}

/* ---- is all quiet? ---- */

/* What two looks compare: equal sums of context switches of all threads mean that nobody ran in between. */
struct look {
    unsigned others;
    uint64_t switches;
    bool asleep;
    pid_t awake; /* one that is not asleep */
};

static bool read_text(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : real()->read(fd, text, size - 1);

    if (fd >= 0)
        real()->close(fd);
    text[n < 0 ? 0 : n] = '\0';
    return n > 0;
}

static uint64_t number_after(const char *text, const char *word)
{
    const char *found = strstr(text, word);

    return found ? strtoull(found + strlen(word), NULL, 10) : 0;
}

/* A thread that has just ended is gone, which is as good as asleep. */
static void look_at_thread(struct look *l, pid_t pid, const char *tid)
{
    char path[64], status[2048];
    const char *state;

    snprintf(path, sizeof path, "/proc/%d/task/%.12s/status", pid, tid);
    if (!read_text(path, status, sizeof status) || !(state = strstr(status, "\nState:\t")))
        return;
    l->others++;
    l->switches += number_after(status, "\nvoluntary_ctxt_switches:\t") + number_after(status, "nonvoluntary_ctxt_switches:\t");
    if (!strchr("SZXtT", state[8])) {
        l->asleep = false;
        l->awake = atoi(tid);
    }
}

static void look_at_process(struct look *l, pid_t pid, pid_t self)
{
    char path[32];
    struct dirent *entry;
    DIR *threads;

    snprintf(path, sizeof path, "/proc/%d/task", pid);
    threads = opendir(path);
    while (threads && (entry = readdir(threads)) != NULL) {
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != self)
            look_at_thread(l, pid, entry->d_name);
    }
    if (threads)
        closedir(threads);
}

static struct look look_around(pid_t self)
{
    struct look l = {.asleep = net_page()->napping == 0};

    for (unsigned i = 0; i < SIM_PROCESSES_MAX && net_page()->processes[i] != 0; i++)
        look_at_process(&l, net_page()->processes[i], self);
    return l;
}

/* Sound because whoever wakes another makes it runnable at once: "all asleep, and nobody ran in between" cannot hide a wake-up
 * that is under way. */
static bool is_quiet(pid_t *awake)
{
    pid_t self = own_thread();
    struct look first = look_around(self), second;

    *awake = first.awake;
    if (!first.asleep || first.others == 0)
        return first.asleep;
    second = look_around(self);
    *awake = second.awake;
    return second.asleep && second.others == first.others && second.switches == first.switches;
}

/* ---- stepping ---- */

static void step(void)
{
    struct sim_page *page = net_page();
    bool more;

    net_lock();
    if (!net_is_ready()) {
        net_unlock();
        give_up("waits for datagrams, but has not bound all of the %u ports from %u on", page->engine.sockets, page->first_port);
    }
    atomic_compare_exchange_strong(&page->state, &(int){SIM_HELLO}, SIM_RUNNING);
    more = engine_quiet(&page->engine, &net_carrier);
    net_unlock();
    if (!more)
        finish(SIM_OVER);
}

void step_check_spin(void)
{
    struct sim_page *page = net_page();

    net_lock();
    if (page->engine.spins && page->state == SIM_RUNNING) {
        engine_end_spinning(&page->engine);
        net_unlock();
        finish(SIM_OVER);
    }
    net_unlock();
}

static int64_t now_ms(void)
{
    struct timespec t;

    real()->clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The elected thread's part; what its wait has meanwhile, 0 for nothing.  The last probe is after the look around: before it
 * somebody may have written to what this thread waits for, and then gone to sleep. */
static int look_and_step(const struct step_wait *wait, int64_t *waiting_since)
{
    pid_t awake = 0;
    bool quiet = is_quiet(&awake);
    int n = wait->probe(wait->call, 0);

    if (n != 0)
        return n;
    if (quiet) {
        step();
        *waiting_since = now_ms();
    } else if (now_ms() - *waiting_since > net_page()->deadline_ms) {
        give_up("never quiet: thread %d of it is always busy", (int)awake);
    }
    return 0;
}

static int wait_turn(const struct step_wait *wait, int64_t *waiting_since)
{
    atomic_int *stepper = &net_page()->stepper;
    int nobody = 0, n;

    if (!atomic_compare_exchange_strong(stepper, &nobody, own_thread()))
        return wait->probe(wait->call, RETRY_MS);
    n = look_and_step(wait, waiting_since);
    atomic_store(stepper, 0);
    return n;
}

int step_wait(const struct step_wait *wait)
{
    int64_t since = now_ms();
    int n, error;

    net_lock();
    engine_waits(&net_page()->engine, wait->write);
    net_unlock();
    step_check_spin();
    error = net_fail_once(ENGINE_WAIT);
    if (error)
        return errno = error, -1;
    for (;;) {
        n = wait->probe(wait->call, 0);
        if (n != 0)
            return n;
        if (wait->at_once) {
            net_lock();
            engine_empty_wait(&net_page()->engine);
            net_unlock();
            return 0;
        }
        n = wait_turn(wait, &since);
        if (n != 0)
            return n;
    }
}

static int probe_one(void *call, int timeout_ms)
{
    return real()->poll(call, 1, timeout_ms);
}

void step_until(int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    struct step_wait wait = {.probe = probe_one, .call = &one};
    int64_t since = now_ms();

    while (probe_one(&one, 0) == 0 && wait_turn(&wait, &since) == 0)
        ;
}

/* A process without sockets, as the shell that has started the server, sleeps as long as it says. */
bool step_sleep(void)
{
    struct sim_page *page = net_page();
    bool alone = net_is_registered() && look_around(own_thread()).others == 0, idle;

    if (!alone || !net_is_ready())
        return alone;
    net_lock();
    idle = engine_sleeps(&page->engine);
    net_unlock();
    step_check_spin();
    if (idle)
        step();
    return true;
}
