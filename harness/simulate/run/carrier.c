#include "simulate/run/carrier.h"

#include "base/clock.h"
#include "simulate/run/runtime.h"
#include "simulate/scenario.h"

#include <stdio.h>
#include <string.h>

/* What a call on a socket takes of the target's time. */
#define CARRIER_TICK_NS 1000
/* Where no bound was found, so that a fifth of the datagrams takes twice the time. */
#define CARRIER_TICK_BRIEFLY_NS (10 * CARRIER_TICK_NS)

static int64_t carrier_figure(const struct sim_result *r, const char *name)
{
    const struct engine_figure *figure = figure_find(r->figures, r->figure_count, name);

    return r->outcome == SIM_MEASURED && figure ? figure->value : 0;
}

/* ---- bounds of time ---- */

/* Go's scheduler takes a processor from who has had it for ten milliseconds: how many datagrams
 * that is depends on how long a call takes, so the number is none of the target's. */
static int64_t carrier_time_ms(const struct sim_result *r, int64_t tick_ns)
{
    int64_t calls = carrier_figure(r, "received") + carrier_figure(r, "answered");

    return (calls * tick_ns + NS_PER_MS / 2) / NS_PER_MS;
}

static void carrier_say_time(struct sim_result *r, int64_t ms)
{
    for (unsigned i = 0; i < r->figure_count; i++) {
        struct engine_figure *f = &r->figures[i];

        f->is_time = strcmp(f->name, "received") == 0 || strcmp(f->name, "answered") == 0;
        if (f->is_time)
            f->value = ms;
    }
}

static int carrier_run_with(struct sim_order *order, int64_t tick_ns, enum engine_look look,
                            struct sim_result *result, struct error *error)
{
    order->tick_ns = tick_ns;
    order->look = look;
    return sim_run(order, result, error);
}

/* After a wait so long that a look at the first ended there: it is one of time if it is another
 * number of datagrams when calls take longer.  What has no bound then, either, has none. */
static int carrier_run_long(struct sim_order *order, struct sim_result *result, struct error *error)
{
    const struct sim_result first = *result;
    bool unbounded = carrier_figure(&first, "received") == ENGINE_UNBOUNDED, timed;
    int64_t slower = unbounded ? CARRIER_TICK_BRIEFLY_NS : 2 * CARRIER_TICK_NS, ms;

    if (carrier_run_with(order, slower, unbounded ? ENGINE_LOOK_BRIEFLY : ENGINE_LOOK_FIRST, result,
                         error) < 0)
        return -1;
    timed = carrier_figure(result, "received") != carrier_figure(&first, "received");
    if (unbounded && !timed) {
        *result = first;
        return 0;
    }
    if (carrier_run_with(order, timed ? slower : CARRIER_TICK_NS,
                         timed ? ENGINE_LOOK_ROUGHLY : ENGINE_LOOK_THROUGH, result, error) < 0)
        return -1;
    ms = timed ? carrier_time_ms(result, slower) : 0;
    if (ms > 0) {
        carrier_say_time(result, ms);
    } else if (timed) { /* another number of datagrams, but not by its clock */
        *result = first;
        result->uncertain = true;
    }
    return 0;
}

/* A monitor that ends a turn only if it finds the thread outside of a call never does here: whoever
 * serves is in one whenever time goes on.  So that a bound which it might give cannot be told from
 * none. */
static void carrier_doubt(struct sim_result *r)
{
    if (!r->watched || carrier_figure(r, "received") != ENGINE_UNBOUNDED)
        return;
    *r = (struct sim_result){
        .outcome = SIM_PARTLY, .started = r->started, .ring_denied = r->ring_denied};
    snprintf(
        r->text, sizeof r->text,
        "a thread of it ends turns by the clock, and would find the others in a held system call "
        "each time");
}

static int carrier_hold(struct sim_order *order, struct sim_result *result, struct error *error)
{
    bool is_bound = scenarios[order->scenario]->is_bound;

    order->carrier = SIM_SUPERVISE;
    if (carrier_run_with(order, CARRIER_TICK_NS, is_bound ? ENGINE_LOOK_FIRST : ENGINE_LOOK_THROUGH,
                         result, error) < 0)
        return -1;
    if (result->outcome == SIM_MEASURED && result->cut_short)
        return carrier_run_long(order, result, error);
    carrier_doubt(result);
    return 0;
}

/* Who can do without io_uring is measured without it, as on the other carrier. */
static int carrier_supervise(struct carrier *c, struct sim_order *order, struct sim_result *result,
                             struct error *error)
{
    const char *refusal = runtime_refuses_supervisor(order->target);

    if (refusal) {
        *result = (struct sim_result){.outcome = SIM_UNSUPPORTED};
        snprintf(result->text, sizeof result->text, "not interposable: %s", refusal);
        return 0;
    }
    order->ring_allowed = c->rings;
    if (carrier_hold(order, result, error) < 0)
        return -1;
    if (result->outcome != SIM_UNSUPPORTED || !result->ring_denied)
        return 0;
    c->rings = order->ring_allowed = true;
    return carrier_hold(order, result, error);
}

/* ---- comparing ---- */

/* By what system call libc's function is: the supervisor sees only that. */
static const char *carrier_call(const char *name)
{
    static const char *const same[][2] = {
        {"recv", "recvfrom"}, {"send", "sendto"}, {"select", "pselect"}};

    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        if (strcmp(name, same[i][0]) == 0)
            return same[i][1];
    }
    return name;
}

static int64_t carrier_sum(const struct sim_result *r, const char *name)
{
    int64_t sum = 0;

    for (unsigned i = 0; i < r->figure_count; i++) {
        if (strcmp(carrier_call(r->figures[i].name), carrier_call(name)) != 0)
            continue;
        if (r->figures[i].value == ENGINE_UNBOUNDED)
            return ENGINE_UNBOUNDED;
        sum += r->figures[i].value;
    }
    return sum;
}

/* A figure of `a` that `b` has otherwise. */
static bool carrier_differs(const struct sim_result *a, const struct sim_result *b, char *text,
                            size_t size)
{
    for (unsigned i = 0; i < a->figure_count; i++) {
        const char *name = a->figures[i].name;

        if (carrier_sum(a, name) == carrier_sum(b, name))
            continue;
        snprintf(text, size, "%s is %lld by preload and %lld by supervise", name,
                 (long long)carrier_sum(a, name), (long long)carrier_sum(b, name));
        return true;
    }
    return false;
}

/* How a target ended is compared, what it said when it did is not: that may name its port. */
static void carrier_compare(struct carrier *c, const struct sim_result *preload,
                            const struct sim_result *supervise)
{
    int told = (int)strcspn(preload->text, ";");

    if (preload->outcome != supervise->outcome ||
        (preload->outcome == SIM_ENDED &&
         (strncmp(preload->text, supervise->text, (size_t)told) != 0 ||
          strcspn(supervise->text, ";") != (size_t)told))) {
        snprintf(c->difference, sizeof c->difference, "by preload: %.200s; by supervise: %.200s",
                 preload->outcome == SIM_MEASURED ? "measured" : preload->text,
                 supervise->outcome == SIM_MEASURED ? "measured" : supervise->text);
        return;
    }
    if (preload->outcome != SIM_MEASURED)
        return;
    if (!carrier_differs(preload, supervise, c->difference, sizeof c->difference))
        carrier_differs(supervise, preload, c->difference, sizeof c->difference);
}

/* ---- running ---- */

/* Where neither can, what preload has found, or why it has not, is told. */
static int carrier_turn_to_supervise(struct carrier *c, struct sim_order *order,
                                     struct sim_result *result, struct error *error)
{
    const struct sim_result preload = *result;

    if (carrier_supervise(c, order, result, error) < 0)
        return -1;
    c->supervised = result->outcome != SIM_UNSUPPORTED || preload.outcome == SIM_UNSUPPORTED;
    if (!c->supervised) {
        *result = preload;
    } else if (result->outcome == SIM_UNSUPPORTED && strcmp(result->text, preload.text) != 0) {
        char both[sizeof result->text];

        snprintf(both, sizeof both, "%.240s; nor can a supervisor: %.240s", preload.text,
                 result->text);
        memcpy(result->text, both, sizeof both);
    }
    return 0;
}

/* Whatever carries it, the network does something when the target sleeps. */
static bool carrier_waits_in_vain(const struct sim_order *order, struct sim_result *result)
{
    if (!(order->target->capabilities & EW_CAN_SPINS))
        return false;
    *result = (struct sim_result){.outcome = SIM_UNSUPPORTED};
    snprintf(result->text, sizeof result->text,
             "not interposable: it claims 'spins', and the simulated network has its turn only "
             "when the target sleeps");
    return true;
}

int carrier_run(struct carrier *c, struct sim_order *order, struct sim_result *result,
                struct error *error)
{
    struct sim_result other;

    c->difference[0] = '\0';
    if (carrier_waits_in_vain(order, result))
        return 0;
    if (c->choice == CARRIER_SUPERVISE || c->supervised) {
        c->supervised = true;
        return carrier_supervise(c, order, result, error);
    }
    order->carrier = SIM_PRELOAD;
    order->look = ENGINE_LOOK_THROUGH; /* the other carrier's run before may have had another */
    if (sim_run(order, result, error) < 0)
        return -1;
    if (c->choice == CARRIER_PRELOAD)
        return 0;
    if (result->outcome == SIM_UNSUPPORTED || result->ticks)
        return carrier_turn_to_supervise(c, order, result, error);
    if (c->choice != CARRIER_BOTH || result->outcome == SIM_PARTLY)
        return 0;
    if (carrier_supervise(c, order, &other, error) < 0)
        return -1;
    carrier_compare(c, result, &other);
    result->uncertain |= other.uncertain;
    return 0;
}
