/* Mutants on epoll(7), which tells of an arrival once, and of being stopped and continued.
 * Linux. */
#include "skeleton.h"

#include "loops/epoll.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int edge_init(struct ew_worker *w)
{
    struct ew_epoll *epoll = calloc(1, sizeof *epoll);

    mutant_state(w)->epoll = epoll;
    return epoll ? ew_epoll_init(epoll, w, mutant_self()->bits) : -ENOMEM;
}

static void edge_fini(struct ew_worker *w)
{
    if (mutant_state(w)->epoll)
        ew_epoll_fini(mutant_state(w)->epoll);
    free(mutant_state(w)->epoll);
}

/* A few: who reads one only is caught wherever two come close to each other, but by chance. */
static int serve_a_few(struct ew_epoll *epoll, struct ew_worker *w, struct ew_socket *s,
                       uint32_t ready)
{
    int outcome = EW_DONE;

    for (unsigned left = mutant_self()->number; left > 0 && outcome > EW_BLOCKED; left--)
        outcome = ew_echo(w, s);
    ew_count(&s->counters->polls, 1);
    (void)epoll, (void)ready;
    return outcome < 0 ? outcome : 0;
}

/* What arrives between two looks is announced once, so what is left waits for somebody else to
 * send. */
static int read_a_few_for_each_edge(struct ew_worker *w)
{
    return ew_epoll_run(mutant_state(w)->epoll, w, serve_a_few);
}

/* As an epoll server should, level-triggered. */
static int serve_well(struct ew_epoll *epoll, struct ew_worker *w, struct ew_socket *s,
                      uint32_t ready)
{
    int outcome = EW_BLOCKED;

    if (ready & EPOLLOUT)
        ew_flush(w, s);
    if (ready & ~(uint32_t)EPOLLOUT)
        outcome = ew_echo(w, s);
    ew_count(&s->counters->polls, 1);
    if (outcome < 0)
        return outcome;
    return ew_epoll_interest(
        epoll, s, (ew_wants_read(w, s) ? EPOLLIN : 0u) | (ew_wants_write(s) ? EPOLLOUT : 0u));
}

/* A wait that returns nothing was interrupted.  So many are forgiven, over a whole life. */
static int give_up_on_interrupts(struct ew_worker *w)
{
    struct ew_epoll *epoll = mutant_state(w)->epoll;
    unsigned left = mutant_self()->number;

    while (!ew_stopping(w)) {
        int n = ew_epoll_wait(epoll, w, -1), err = 0;

        for (int i = 0; i < n && err >= 0; i++)
            err = serve_well(epoll, w, epoll->fired[i].data.ptr, epoll->fired[i].events);
        if (n < 0 || err < 0)
            return n < 0 ? n : err;
        if (n == 0 && !ew_stopping(w) && left-- == 0)
            return -EINTR;
    }
    return 0;
}

/* ---- as the originals ---- */

/* Edge-triggered, so that everything is read until nothing is left. */
static int serve_by_edges(struct ew_epoll *epoll, struct ew_worker *w, struct ew_socket *s,
                          uint32_t ready)
{
    int outcome = EW_DONE;

    if (ready & EPOLLOUT && mutant_self()->flush)
        mutant_self()->flush(w, s);
    else if (ready & EPOLLOUT)
        ew_flush(w, s);
    while (outcome > EW_BLOCKED && ew_wants_read(w, s))
        outcome = ew_echo(w, s);
    ew_count(&s->counters->polls, 1);
    (void)epoll;
    return outcome < 0 ? outcome : 0;
}

static int run_by_edges(struct ew_worker *w)
{
    return ew_epoll_run(mutant_state(w)->epoll, w, serve_by_edges);
}

/* What it does not look at is announced no more. */
static int take_the_first_events(struct ew_worker *w)
{
    struct ew_epoll *epoll = mutant_state(w)->epoll;
    int err = 0;

    while (!ew_stopping(w) && err >= 0) {
        int n = ew_epoll_wait(epoll, w, -1);

        err = n < 0 ? n : 0;
        for (int i = 0; i < n && i < (int)mutant_self()->number && err >= 0; i++)
            err = serve_by_edges(epoll, w, epoll->fired[i].data.ptr, epoll->fired[i].events);
    }
    return err;
}

/* What Rust's runtime ends with when its main thread has panicked. */
#define STATUS_PANIC 101

/* Takes an interrupted wait for what cannot happen. */
static int panic_of_interrupts(struct ew_worker *w)
{
    struct ew_epoll *epoll = mutant_state(w)->epoll;
    int err = 0;

    while (!ew_stopping(w) && err >= 0) {
        int n = ew_epoll_wait(epoll, w, -1);

        if (n == 0 && !ew_stopping(w)) {
            fputs("thread 'main' panicked: the wait failed: Interrupted system call\n", stderr);
            _exit(STATUS_PANIC);
        }
        err = n < 0 ? n : 0;
        for (int i = 0; i < n && err >= 0; i++)
            err = serve_by_edges(epoll, w, epoll->fired[i].data.ptr, epoll->fired[i].events);
    }
    return err;
}

#define BY_EDGES (EPOLLIN | EPOLLOUT | EPOLLET)

const struct mutant mutants_on_epoll[] = {
    {"reads-a-few", "edge-triggered, and reads four for each edge", .init = edge_init,
     .run = read_a_few_for_each_edge, .fini = edge_fini, .bits = EPOLLIN | EPOLLET, .number = 4},
    {"dies-when-stopped", "takes an interrupted wait for the end", .init = edge_init,
     .run = give_up_on_interrupts, .fini = edge_fini, .bits = EPOLLIN, .number = 0},
    {"dies-when-stopped-often", "counts interrupted waits as errors", .init = edge_init,
     .run = give_up_on_interrupts, .fini = edge_fini, .bits = EPOLLIN, .number = 15},
    {"edge-reorders", "edge-triggered, puts a refused reply at the end of its queue",
     .init = edge_init, .run = run_by_edges, .flush = mutant_put_back_at_the_end, .fini = edge_fini,
     .bits = BY_EDGES},
    {"takes-twelve-events", "edge-triggered, looks at twelve events of a wait", .init = edge_init,
     .run = take_the_first_events, .fini = edge_fini, .bits = BY_EDGES, .number = 12},
    {"edge-panics", "edge-triggered, panics when a wait is interrupted", .init = edge_init,
     .run = panic_of_interrupts, .fini = edge_fini, .bits = BY_EDGES},
    {"edge-reorders-and-panics", "does both, as the originals", .init = edge_init,
     .run = panic_of_interrupts, .flush = mutant_put_back_at_the_end, .fini = edge_fini,
     .bits = BY_EDGES},
    {0},
};
