#include "cli/check_run.h"

#include "base/interrupt.h"
#include "checks/tools/control.h"
#include "cli/check_jobs.h"
#include "cli/check_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What was told of a target before its turn to be reported came. */
struct check_waiting {
    struct check_event *events;
    size_t count;
};

/* Events come in any order of targets, and are reported in that of the command line. */
struct check_order {
    struct cli *cli;
    const struct check_plan *plan;
    struct check_report report;
    struct check_waiting *waiting; /* one for each target */
    size_t current;                /* whose turn it is */
    enum status status;            /* of those whose turn is over */
};

/* What cannot run here needs no process and no event. */
static void order_pass_missing(struct check_order *order)
{
    const struct target_list *targets = &order->plan->targets;

    while (order->current < targets->count && targets->items[order->current]->missing &&
           !interrupted())
        report_missing(&order->report, targets->items[order->current++]);
}

static void order_tell(struct check_order *order, const struct check_event *event)
{
    report_event(&order->report, order->plan->targets.items[order->current], event);
    if (event->kind == CHECK_EVENT_END) {
        order->status = status_worst(order->status, event->status);
        order->current++;
        order_pass_missing(order);
    }
}

/* Each in its turn, which may bring that of the next, whose events may be complete, too. */
static void order_tell_waiting(struct check_order *order)
{
    while (order->current < order->plan->targets.count) {
        struct check_waiting *waiting = &order->waiting[order->current];
        size_t current = order->current;

        for (size_t i = 0; i < waiting->count; i++)
            order_tell(order, &waiting->events[i]);
        free(waiting->events);
        *waiting = (struct check_waiting){0};
        if (order->current == current)
            return;
    }
}

/* That a case begins is news only now. */
static void order_keep(struct check_order *order, struct check_waiting *waiting,
                       const struct check_event *event)
{
    struct check_event *more;

    if (event->kind == CHECK_EVENT_BEGIN)
        return;
    more = realloc(waiting->events, (waiting->count + 1) * sizeof *more);
    if (!more) {
        error_set(&order->cli->error, STATUS_CANNOT_RUN, "no memory for another case");
        return;
    }
    more[waiting->count++] = *event;
    waiting->events = more;
}

static void on_event(void *context, size_t target, const struct check_event *event)
{
    struct check_order *order = context;

    report_seen(&order->report, target, event);
    if (target != order->current) {
        order_keep(order, &order->waiting[target], event);
    } else {
        order_tell(order, event);
        if (event->kind == CHECK_EVENT_END)
            order_tell_waiting(order);
    }
}

/* Here, and one after the other: whose turn it is tells. */
static void on_current(void *context, const struct check_event *event)
{
    struct check_order *order = context;

    on_event(order, order->current, event);
}

static void check_one_by_one(struct check_order *order)
{
    const struct target_list *targets = &order->plan->targets;

    while (order->current < targets->count && !interrupted())
        check_target(order->plan, targets->items[order->current], on_current, order);
}

/* Not without a namespace for each, where each job would be the others' nuisance. */
static bool choose_side_by_side(const struct cli *cli, const struct check_plan *plan)
{
    int missing = plan->jobs > 1 && plan->targets.count > 1 ? check_jobs_missing() : EAGAIN;

    if (plan->private)
        cli_go_private(cli->command->name);
    if (missing && missing != EAGAIN)
        fprintf(stderr,
                "edgewise %s: no network namespace for each job here (%s); the targets are checked "
                "one after the other\n",
                cli->command->name, strerror(missing));
    return missing == 0;
}

static void check_in_order(struct check_order *order, struct check_plan *plan)
{
    bool side_by_side = choose_side_by_side(order->cli, plan);

    report_init(&order->report, order->cli, plan);
    plan->settings.live = order->report.show.live;
    json_object_set_new(order->cli->result, "catalogue", check_plan_catalogue(plan));
    order_pass_missing(order);
    if (!side_by_side)
        check_one_by_one(order);
    else if (check_jobs_run(plan, on_event, order, &order->cli->error) < 0)
        order->status = order->cli->error.status;
    report_end(&order->report, plan->repeat);
}

/* The control first: on a machine where our own tools see what is not there, no verdict would mean
 * anything. */
enum status check_plan_run(struct cli *cli, struct check_plan *plan)
{
    struct check_order order = {.cli = cli, .plan = plan};

    if (check_control(&cli->error) < 0)
        return cli->error.status;
    order.waiting = calloc(plan->targets.count, sizeof *order.waiting);
    if (!order.waiting) {
        error_set(&cli->error, STATUS_CANNOT_RUN, "no memory for the list of targets");
        return STATUS_CANNOT_RUN;
    }
    check_in_order(&order, plan);
    for (size_t i = 0; i < plan->targets.count; i++)
        free(order.waiting[i].events);
    free(order.waiting);
    /* Jobs are asked to stop by a signal of their own, which is not the one that we had. */
    return interrupted() ? interrupted() : status_worst(order.status, cli_cases_status(cli));
}
