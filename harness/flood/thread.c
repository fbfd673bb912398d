#include "flood/thread.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "flood/receiver.h"
#include "flood/sender.h"

#include <errno.h>
#include <string.h>

#if defined(__linux__)
#include <sched.h>
#include <sys/prctl.h>
#endif

/* A wait is never longer: interrupts and silence are looked for in between. */
#define WAIT_MAX_NS (50 * NS_PER_MS)
/* What the kernel refuses without telling when it will do better (ENOBUFS) is tried again so
 * soon. */
#define RETRY_NS NS_PER_MS

/* ---- waiting ---- */

#if defined(__linux__)
static int poll_ns(struct pollfd *polled, uint32_t count, int64_t timeout_ns)
{
    struct timespec t = {timeout_ns / NS_PER_S, timeout_ns % NS_PER_S};

    return ppoll(polled, count, &t, NULL);
}
#else
/* Whole milliseconds only: the rest is spent asking. */
static int poll_ns(struct pollfd *polled, uint32_t count, int64_t timeout_ns)
{
    return poll(polled, count, (int)(timeout_ns / NS_PER_MS));
}
#endif

/* Until when there is nothing to do but receive.  Looks at every flow: a heap would pay off with
 * thousands of them, and then each wait already costs a poll() over as many. */
static int64_t next_due_ns(const struct worker *w, int64_t now)
{
    int64_t next = now + WAIT_MAX_NS;

    for (uint32_t i = 0; i < w->n_flows; i++) {
        const struct flow *flow = &w->flows[i];
        int64_t due = flow->heard_ns + w->config->lost_ns;

        if (flow->blocked)
            due = now + RETRY_NS;
        else if (w->schedule->pace == PACE_OPEN)
            due = schedule_due_ns(w->schedule, flow->id, flow->ledger.counts.sent);
        else if (w->schedule->pace != PACE_CLOSED)
            due = now;
        next = due < next ? due : next;
    }
    return next < w->schedule->end_ns || w->schedule->end_ns <= now ? next : w->schedule->end_ns;
}

static void wait_and_receive(struct worker *w, int64_t timeout_ns)
{
    for (uint32_t i = 0; i < w->n_flows; i++)
        w->polled[i].events = w->flows[i].blocked ? POLLIN | POLLOUT : POLLIN;
    if (poll_ns(w->polled, w->n_flows, timeout_ns > 0 ? timeout_ns : 0) > 0)
        receive_round(w);
}

/* A whole window without an echo for so long is taken as lost, else the flow would stand still for
 * ever. */
static void give_up_lost(struct worker *w, int64_t now)
{
    if (w->schedule->pace != PACE_CLOSED || w->config->one_way)
        return;
    for (uint32_t i = 0; i < w->n_flows; i++) {
        struct flow *flow = &w->flows[i];

        if (now - flow->heard_ns < w->config->lost_ns || flow_under_way(flow) == 0)
            continue;
        flow->given_up = flow->ledger.counts.sent;
        asker_forget(&flow->ledger.asker);
        flow->heard_ns = now;
    }
}

/* ---- the whole ---- */

/* Refused by ICMP and never answered.  One refusal is enough: a batch that is sent in part swallows
 * the others. */
static bool nobody_listens(const struct worker *w)
{
    return w->unreachable > 0 && w->heard_ns == 0 && !w->config->one_way;
}

/* Counted from the first send that nothing answered, not from the last echo: who sends once an hour
 * hears nothing for long. */
static bool is_silent(const struct worker *w, int64_t now)
{
    return !w->config->one_way && w->unanswered_ns != 0 &&
           now - w->unanswered_ns > w->config->silence_ns;
}

static void say_nobody_listens(struct worker *w)
{
    const struct flow *flow = &w->flows[w->unreachable_flow - w->flows[0].id];
    char name[ADDRESS_TEXT];

    address_text(flow->address, name);
    error_set(&w->error, STATUS_CANNOT_RUN, "%s: connection refused: nobody listens there", name);
}

static void thread_send_all(struct worker *w)
{
    bool over = false;

    while (!interrupted() && !w->error.status && !w->silent && !nobody_listens(w) &&
           !atomic_load(w->failed)) {
        unsigned sent = send_round(w, &over);
        int64_t now;

        if (over)
            return;
        if (sent > 0 && w->config->one_way)
            continue;
        now = clock_now_ns();
        wait_and_receive(w, sent > 0 ? 0 : next_due_ns(w, now) - now);
        now = clock_now_ns();
        give_up_lost(w, now);
        w->silent = is_silent(w, now);
    }
}

enum arrival {
    ARRIVAL_ALL, /* everything that was sent has come back */
    /* the last of each flow has: what is missing was overtaken, and will hardly come */
    ARRIVAL_LAST,
    ARRIVAL_OPEN
};

static enum arrival arrival(const struct worker *w)
{
    enum arrival least = ARRIVAL_ALL;

    for (uint32_t i = 0; i < w->n_flows; i++) {
        const struct ledger *l = &w->flows[i].ledger;

        if (l->next < l->counts.sent)
            return ARRIVAL_OPEN;
        if (ledger_answered(&l->counts) < l->counts.sent)
            least = ARRIVAL_LAST;
    }
    return least;
}

static bool may_still_answer(const struct worker *w)
{
    return w->config->target_sleeps && !w->config->target_sleeps(w->config->context);
}

/* Whatever is left in the sockets when everything was echoed would be duplicates: one look, without
 * waiting. */
static void thread_drain(struct worker *w)
{
    int64_t quiet_since = clock_now_ns();
    int64_t deadline = quiet_since + 20 * w->config->drain_ns;
    enum arrival seen;

    while ((seen = arrival(w)) != ARRIVAL_ALL && !nobody_listens(w)) {
        int64_t now = clock_now_ns();

        quiet_since = w->heard_ns > quiet_since ? w->heard_ns : quiet_since;
        if (now > deadline ||
            (now - quiet_since > w->config->drain_ns / (seen == ARRIVAL_LAST ? 5 : 1) &&
             !may_still_answer(w)))
            return;
        wait_and_receive(w, WAIT_MAX_NS);
    }
    wait_and_receive(w, 0);
}

static int64_t thread_cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

#if defined(__linux__)
static void prepare_thread(struct worker *w)
{
    cpu_set_t set;

    /* Sleeps end when they should: the default slack of 50 us would be seen as lag. */
    prctl(PR_SET_TIMERSLACK, 1UL);
    if (w->cpu < 0)
        return;
    CPU_ZERO(&set);
    CPU_SET((size_t)w->cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) < 0)
        error_set(&w->error, STATUS_USAGE, "cannot pin to processor %d: %s", w->cpu,
                  strerror(errno));
}
#else
static void prepare_thread(struct worker *w)
{
    if (w->cpu >= 0)
        error_set(&w->error, STATUS_USAGE, "this platform does not pin threads: leave --pin out");
}
#endif

void thread_flood(struct worker *w)
{
    int64_t begun;
    int64_t cpu_before = thread_cpu_ns();

    prepare_thread(w);
    begun = clock_now_ns();
    for (uint32_t i = 0; i < w->n_flows; i++)
        w->flows[i].heard_ns = begun;
    thread_send_all(w);
    /* The part of the time is that of sending: waiting for stragglers would make a busy generator
     * look idle. */
    w->cpu_ns = thread_cpu_ns() - cpu_before;
    w->cpu_part = (double)w->cpu_ns / (double)(clock_now_ns() - begun + 1);
    if (!w->config->one_way && !w->error.status)
        thread_drain(w);
    if (nobody_listens(w) && !w->error.status)
        say_nobody_listens(w);
    if (w->error.status)
        atomic_store(w->failed, true);
    w->cpu_ns = thread_cpu_ns() - cpu_before;
}
