/* What cases use: leaving a verdict, starting and stopping the target, chance. */
#include "checks/check.h"

#include "base/interrupt.h"
#include "base/random.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- verdicts ---- */

/* The first one stays: what follows from it is no news.  Only a weakness gives way to a fault. */
static void conclude(struct check *c, enum verdict verdict, const char *expected,
                     const char *format, va_list arguments)
{
    if (c->verdict != VERDICT_PASS && !(c->verdict == VERDICT_WEAK && verdict == VERDICT_FAIL))
        return;
    c->verdict = verdict;
    snprintf(c->expected, sizeof c->expected, "%s", expected);
    vsnprintf(c->seen, sizeof c->seen, format, arguments);
}

void check_fail(struct check *c, const char *expected, const char *seen, ...)
{
    va_list arguments;

    va_start(arguments, seen);
    conclude(c, VERDICT_FAIL, expected, seen, arguments);
    va_end(arguments);
}

void check_weak(struct check *c, const char *expected, const char *seen, ...)
{
    va_list arguments;

    va_start(arguments, seen);
    conclude(c, VERDICT_WEAK, expected, seen, arguments);
    va_end(arguments);
}

void check_unsupported(struct check *c, const char *why, ...)
{
    va_list arguments;

    va_start(arguments, why);
    conclude(c, VERDICT_UNSUPPORTED, "", why, arguments);
    va_end(arguments);
}

void check_invalid(struct check *c, const char *why, ...)
{
    va_list arguments;

    va_start(arguments, why);
    conclude(c, VERDICT_INVALID, "", why, arguments);
    va_end(arguments);
}

void check_note(struct check *c, const char *figures, ...)
{
    va_list arguments;

    va_start(arguments, figures);
    if (c->verdict == VERDICT_PASS)
        vsnprintf(c->seen, sizeof c->seen, figures, arguments);
    va_end(arguments);
}

bool check_over(const struct check *c)
{
    return c->verdict != VERDICT_PASS || interrupted() != STATUS_OK;
}

/* ---- the target ---- */

bool check_can(const struct check *c, uint64_t capability)
{
    return (c->target->capabilities & capability) == capability;
}

int check_ms(const struct check *c, int ms)
{
    return (int)(ms * c->settings->timeout_scale);
}

struct target_options check_options(const struct check *c)
{
    struct target_options options = *c->settings->options;

    options.sockets = 1;
    options.ready_ms = check_ms(c, TARGET_READY_MS);
    options.stop_ms = check_ms(c, TARGET_STOP_MS);
    return options;
}

bool check_try_start(struct check *c, const struct target_options *options, struct target_run **run,
                     struct error *error)
{
    if (target_start(c->target, options, run, error) == 0)
        return true;
    if (error->status == STATUS_INVALID)
        check_invalid(c, "%s", error->text);
    return false;
}

bool check_start(struct check *c, const struct target_options *options)
{
    struct target_options defaults = check_options(c);
    struct error error = {0};

    if (check_try_start(c, options ? options : &defaults, &c->run, &error))
        return true;
    if (error.status != STATUS_INVALID)
        check_fail(c, "the target starts", "%s", error.text);
    return false;
}

void check_stop(struct check *c, struct target_end *end)
{
    target_stop(c->run, end);
    c->run = NULL;
}

unsigned check_ports(const struct check *c, unsigned most)
{
    if (!check_can(c, EW_CAN_SOCKETS))
        return 1;
    if (c->settings->options->port + most > 65536)
        most = 65536 - c->settings->options->port;
    return c->target->ports != 0 && c->target->ports < most ? c->target->ports : most;
}

/* ---- chance ---- */

uint64_t check_random(struct check *c)
{
    return random_next(&c->random);
}
