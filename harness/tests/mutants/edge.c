/* Mutants on epoll(7), which tells of an arrival once, and of being stopped and continued.  Linux. */
#include "skeleton.h"

#include "core/epoll.h"

/* Runs `loop` with a descriptor of epoll's in the place of the skeleton's list. */
static int on_epoll(struct ew_worker *w, uint32_t bits, int (*loop)(struct ew_worker *w))
{
    void *state = w->state;
    struct ew_epoll epoll;
    int err;

    w->state = &epoll;
    err = ew_epoll_init(w, bits);
    if (!err)
        err = loop(w);
    ew_epoll_fini(w);
    w->state = state;
    return err;
}

/* What is dropped does not count: who stops at that is caught in cases that send something else before, but only by chance. */
static int serve_once(struct ew_epoll *epoll, struct ew_worker *w, struct ew_socket *s, uint32_t ready)
{
    int outcome;

    do
        outcome = ew_echo(w, s);
    while (outcome == EW_DROPPED);
    ew_count(&s->counters->polls, 1);
    (void)epoll, (void)ready;
    return outcome < 0 ? outcome : 0;
}

static int loop_once(struct ew_worker *w)
{
    return ew_epoll_run(w, serve_once);
}

/* What arrives between two looks is announced once, so all but the first of it waits for somebody else to send. */
static int read_once_for_each_edge(struct ew_worker *w)
{
    return on_epoll(w, EPOLLIN | EPOLLET, loop_once);
}

/* A wait that returns nothing was interrupted.  So many are forgiven, over a whole life. */
static int loop_until_interrupted(struct ew_worker *w)
{
    struct ew_epoll *epoll = w->state;
    unsigned left = mutant_self()->number;

    while (!ew_stopping(w)) {
        int n = ew_epoll_wait(epoll, w, -1), err = 0;

        for (int i = 0; i < n && err >= 0; i++)
            err = serve_once(epoll, w, epoll->fired[i].data.ptr, epoll->fired[i].events);
        if (n < 0 || err < 0)
            return n < 0 ? n : err;
        if (n == 0 && !ew_stopping(w) && left-- == 0)
            return -EINTR;
    }
    return 0;
}

static int give_up_on_interrupts(struct ew_worker *w)
{
    return on_epoll(w, EPOLLIN, loop_until_interrupted);
}

const struct mutant mutants_on_epoll[] = {
    {"reads-once", "edge-triggered, and reads once for each edge", .run = read_once_for_each_edge},
    {"dies-when-stopped", "takes an interrupted wait for the end", .run = give_up_on_interrupts, .number = 0},
    {"dies-when-stopped-often", "counts interrupted waits as errors", .run = give_up_on_interrupts, .number = 15},
    {0},
};
