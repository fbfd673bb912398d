#include "checks/check.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/random.h"
#include "checks/alone.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- which ---- */

const struct check_case *check_case_at(size_t index)
{
    for (size_t i = 0; i < check_chapter_count; i++) {
        if (index < check_chapters[i]->count)
            return &check_chapters[i]->cases[index];
        index -= check_chapters[i]->count;
    }
    return NULL;
}

const struct check_chapter *check_chapter_of(const struct check_case *one)
{
    for (size_t i = 0; i < check_chapter_count; i++) {
        for (size_t j = 0; j < check_chapters[i]->count; j++) {
            if (&check_chapters[i]->cases[j] == one)
                return check_chapters[i];
        }
    }
    return NULL;
}

bool check_is_named(const struct check_case *one, const char *word)
{
    return strcmp(one->id, word) == 0 || strcmp(check_chapter_of(one)->name, word) == 0;
}

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

void check_repeat_command(const struct check *c, const struct check_case *one, char *text,
                          size_t size)
{
    snprintf(text, size, "edgewise check %s --case %s --seed %" PRIu64 "%s%s", c->target->word,
             one->id, c->settings->seed, c->settings->full ? " --scale full" : "",
             c->settings->options_text);
}

void check_reason(const struct check *c, const struct check_case *one, char *text, size_t size)
{
    char repeat[512];

    check_repeat_command(c, one, repeat, sizeof repeat);
    if (c->verdict == VERDICT_FAIL || c->verdict == VERDICT_WEAK)
        snprintf(text, size, "expected: %s; seen: %s; again: %s", c->expected, c->seen, repeat);
    else
        snprintf(text, size, "%s", c->seen);
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
    options.ready_ms = check_ms(c, 5000);
    options.stop_ms = check_ms(c, 1000);
    return options;
}

bool check_start(struct check *c, const struct target_options *options)
{
    struct target_options defaults = check_options(c);
    struct error error = {0};

    if (target_start(c->target, options ? options : &defaults, &c->run, &error) == 0)
        return true;
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

/* Each case has a sequence of its own, so that it sees the same alone and after others. */
static uint64_t seed_of(uint64_t seed, const char *id)
{
    for (; *id; id++)
        seed = (seed ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
    return seed;
}

/* ---- counters ---- */

static int64_t read_counter(const void *slot, size_t slot_size, size_t offset)
{
    const ew_counter *counter = (const void *)((const char *)slot + offset);

    return offset + sizeof *counter <= slot_size
               ? (int64_t)atomic_load_explicit(counter, memory_order_relaxed)
               : 0;
}

int64_t check_socket_counter(const struct check *c, size_t offset)
{
    const struct ew_page *page = target_page(c->run);
    int64_t sum = page ? 0 : -1;

    offset += offsetof(struct ew_socket_slot, counters);
    for (unsigned i = 0; page && i < page->sockets; i++)
        sum += read_counter(ew_page_socket(page, i), page->socket_slot_size, offset);
    return sum;
}

int64_t check_worker_counter(const struct check *c, size_t offset)
{
    const struct ew_page *page = target_page(c->run);
    int64_t sum = page ? 0 : -1;

    for (unsigned i = 0; page && i <= page->workers; i++)
        sum += read_counter(ew_page_worker(page, i), page->worker_slot_size, offset);
    return sum;
}

int64_t check_counted_drops(const struct check *c)
{
    static const size_t reasons[] = {
        offsetof(struct ew_socket_counters, dropped_queue_full),
        offsetof(struct ew_socket_counters, dropped_send_error),
        offsetof(struct ew_socket_counters, dropped_too_large),
        offsetof(struct ew_socket_counters, dropped_own_source),
    };
    int64_t sum = 0, one;

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        one = check_socket_counter(c, reasons[i]);

        sum += one > 0 ? one : 0;
    }
    one = target_socket_drops(c->run);
    return sum + (one > 0 ? one : 0);
}

/* ---- running ---- */

#define CAPABILITY_NAME(bit, NAME, name, meaning) [bit] = name,

/* The first capability that the case needs and the target does not claim; NULL: none. */
static const char *lacking(const struct check_case *one, const struct target *target)
{
    static const char *const names[] = {EW_CAPABILITIES(CAPABILITY_NAME)};

    for (size_t bit = 0; bit < sizeof names / sizeof *names; bit++) {
        if (one->needs & ~target->capabilities & UINT64_C(1) << bit)
            return names[bit];
    }
    return NULL;
}

/* A target that is gone explains whatever the case thought it saw. */
static void note_death(struct check *c)
{
    struct target_end end;
    char how[128], said[600];

    if (!c->run || target_alive(c->run))
        return;
    check_stop(c, &end);
    target_end_text(&end, how, sizeof how);
    target_end_said(&end, said, sizeof said);
    c->verdict = VERDICT_PASS;
    check_fail(c, "the target goes on serving", "it %s%s%s", how,
               *said ? "; its standard error: " : "", said);
}

static void run_to_the_end(struct check *c)
{
    c->one->run(c);
    note_death(c);
    check_stop(c, NULL);
}

static void try_once(struct check *c)
{
    const char *lack = lacking(c->one, c->target);

    c->random = seed_of(c->settings->seed, c->one->id);
    c->verdict = VERDICT_PASS;
    c->expected[0] = c->seen[0] = '\0';
    c->tries++;
    if (lack)
        check_unsupported(c, "the target does not claim '%s'", lack);
    else if (c->one->needs & CHECK_ALONE)
        alone_run(c, run_to_the_end);
    else
        run_to_the_end(c);
}

bool check_run(struct check *c, const struct check_case *one, const struct target *target,
               const struct check_settings *settings)
{
    int64_t start_ns = clock_now_ns();

    *c = (struct check){.target = target, .settings = settings, .one = one};
    try_once(c);
    while (c->verdict == VERDICT_INVALID && c->tries < CHECK_TRIES && interrupted() == STATUS_OK) {
        memcpy(c->spoiled, c->seen, sizeof c->spoiled);
        try_once(c);
    }
    c->seconds = (double)(clock_now_ns() - start_ns) / NS_PER_S;
    return interrupted() == STATUS_OK;
}
