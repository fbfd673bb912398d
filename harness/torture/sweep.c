#include "torture/sweep.h"

#include "base/clock.h"
#include "simulate/run/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* The quick scale's k, beside the last. */
#define SWEEP_FIRST 3
/* A target that makes a call for ever has no k at which none fires. */
#define SWEEP_NTH_MOST 1000

struct sweep {
    struct torture_subject subject;
    const struct torture_settings *settings;
    int numbers[TORTURE_CALLS_MAX];
    size_t count;
};

/* How often the call was made without a fault. */
static uint64_t sweep_calls(const struct sweep *s, const struct torture_row *row)
{
    size_t i = 0;

    while (s->numbers[i] != row->number)
        i++;
    return s->subject.counts[i];
}

static bool sweep_has_time(const struct sweep *s)
{
    return s->settings->until_ns == 0 || clock_now_ns() < s->settings->until_ns;
}

/* `outcome`: of the cell, if it has one. */
static int sweep_cell(struct sweep *s, const struct torture_row *row, uint64_t nth, bool lasting,
                      enum torture_outcome *outcome, struct error *error)
{
    const struct torture_settings *t = s->settings;
    struct torture_cell cell = {.row = row, .nth = nth, .lasting = lasting};

    if (!t->knows(t->context, s->subject.target, &cell)) {
        if (!sweep_has_time(s))
            cell.outcome = TORTURE_NOT_FINISHED;
        else if (torture_cell_run(&s->subject, &cell, error) < 0)
            return -1;
    }
    t->done(t->context, s->subject.target, &cell);
    *outcome = cell.outcome;
    return 0;
}

static int sweep_row_quick(struct sweep *s, const struct torture_row *row, struct error *error)
{
    uint64_t last = sweep_calls(s, row);
    enum torture_outcome outcome;

    for (uint64_t nth = 1; nth <= SWEEP_FIRST && nth <= last; nth++) {
        if (sweep_cell(s, row, nth, false, &outcome, error) < 0)
            return -1;
    }
    return last > SWEEP_FIRST ? sweep_cell(s, row, last, false, &outcome, error) : 0;
}

/* The number of calls depends on what was answered before, so that only one that is not reached
 * shows that there are no more. */
static int sweep_row_full(struct sweep *s, const struct torture_row *row, struct error *error)
{
    for (int lasting = 0; lasting <= 1; lasting++) {
        enum torture_outcome outcome = TORTURE_SERVED;

        for (uint64_t nth = 1; nth <= SWEEP_NTH_MOST && outcome != TORTURE_NOT_REACHED &&
                               (outcome != TORTURE_NOT_FINISHED || sweep_has_time(s));
             nth++) {
            if (sweep_cell(s, row, nth, lasting, &outcome, error) < 0)
                return -1;
        }
    }
    return 0;
}

/* A call that is never made without a fault is not looked for with one in another call. */
static int sweep_row(struct sweep *s, const struct torture_row *row, struct error *error)
{
    struct torture_cell none = {.row = row, .nth = 1};

    if (sweep_calls(s, row) > 0)
        return (s->settings->full ? sweep_row_full : sweep_row_quick)(s, row, error);
    s->settings->done(s->settings->context, s->subject.target, &none);
    return 0;
}

/* Without a fault it must do what is asked of it with one. */
static int sweep_look_first(struct sweep *s, struct error *error)
{
    struct torture_cell cell = {0};
    const char *name = s->subject.target->name;

    if (torture_cell_run(&s->subject, &cell, error) < 0)
        return -1;
    if (cell.outcome != TORTURE_SERVED)
        return error_set(error,
                         cell.outcome == TORTURE_NOT_FINISHED ? STATUS_INVALID : STATUS_CANNOT_RUN,
                         "%s: without any fault: %s%s%s", name, torture_outcome_name(cell.outcome),
                         *cell.detail ? ": " : "", cell.detail);
    return 0;
}

static int sweep_rows(struct sweep *s, struct error *error)
{
    bool ours = s->subject.target->kind == TARGET_PLUGIN;

    if (sweep_look_first(s, error) < 0)
        return -1;
    for (size_t i = 0; i < torture_table_count; i++) {
        const struct torture_row *row = &torture_table[i];

        if ((row->memory && !ours) || !s->settings->wants(s->settings->context, row))
            continue;
        if (sweep_row(s, row, error) < 0)
            return -1;
    }
    return 0;
}

const char *torture_refuses(const struct target *target)
{
    return target->missing ? target->missing : runtime_refuses_supervisor(target);
}

int torture_sweep(const struct target *target, const struct torture_settings *settings,
                  struct error *error)
{
    /* Options are copied: their port becomes that of the first run. */
    struct sweep s = {.settings = settings,
                      .subject = {.target = target,
                                  .options = *settings->options,
                                  .timeout_scale = settings->timeout_scale}};
    int result;

    s.count = torture_numbers(s.numbers);
    s.subject.faults = mmap(NULL, sizeof *s.subject.faults, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s.subject.faults == MAP_FAILED)
        return error_set(error, STATUS_CANNOT_RUN, "no shared memory: %s", strerror(errno));
    result = sweep_rows(&s, error);
    munmap(s.subject.faults, sizeof *s.subject.faults);
    return result;
}
