/* Soak: very many echoes in one life. */
#include "checks/check.h"
#include "checks/tools/load.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* So many that the first, in which everything is made that is made once, is a small part of all. */
#define PARTS 20
#define ECHOES_QUICK 150000
#define ECHOES_FULL 100000000
/* A slow target does what it can in this time. */
#define PART_QUICK_MS 500
#define PART_FULL_MS 600000
/* An allocator may take some pages late; so much, twice, is a leak. */
#define BYTES_LIMIT (1 << 20)

struct soak {
    struct check *check;
    struct target_usage usage[3]; /* after the first part, in the middle, at the end */
    uint64_t echoed, lost;
    int64_t start_ns;
    bool is_shown;
};

/* Over the line that report_begin() has put there; only on a terminal. */
static void soak_show(const struct soak *s, uint64_t of)
{
    double seconds = (double)(clock_now_ns() - s->start_ns) / NS_PER_S;

    if (s->is_shown)
        fprintf(stderr, "\r\033[K  ...   %s: %" PRIu64 " of %" PRIu64 " echoes, %.0f a second",
                s->check->one->id, s->echoed, of, (double)s->echoed / seconds);
}

/* One part; its own ledger must balance.  Each part has clients of its own, so that a state that is
 * kept for each of them adds up. */
static bool run_part(struct soak *s, uint64_t count)
{
    struct check *c = s->check;
    struct load load;

    load_init(&load, c);
    load.config.count = count;
    load.config.flows = 4;
    load.config.duration_ns = check_ms(c, c->settings->full ? PART_FULL_MS : PART_QUICK_MS) *
                              NS_PER_MS;
    if (load_run(&load, c)) {
        load_judge_echoes(&load, c);
        load_judge_losses(&load, c);
    }
    s->echoed += load.result.counts.echoed;
    s->lost += load.result.counts.sent - load.result.counts.echoed;
    load_fini(&load);
    return !check_over(c);
}

/* Twice: a runtime that warms up comes to rest, a leak does not. */
static bool soak_grows(int64_t a, int64_t b, int64_t d, int64_t by)
{
    return b - a > by && d - b > by;
}

static void soak_judge(const struct soak *s)
{
    const struct target_usage *u = s->usage;
    struct check *c = s->check;

    if (soak_grows(u[0].descriptors, u[1].descriptors, u[2].descriptors, 0) ||
        soak_grows(u[0].threads, u[1].threads, u[2].threads, 0))
        check_fail(c, "as many descriptors and threads as before",
                   "%" PRId64 ", %" PRId64 ", %" PRId64 " descriptors, %" PRId64 ", %" PRId64
                   ", %" PRId64 " threads",
                   u[0].descriptors, u[1].descriptors, u[2].descriptors, u[0].threads, u[1].threads,
                   u[2].threads);
    else if (soak_grows(u[0].resident_bytes, u[1].resident_bytes, u[2].resident_bytes, BYTES_LIMIT))
        check_fail(c, "as much memory as before", "%" PRId64 ", %" PRId64 ", %" PRId64 " bytes",
                   u[0].resident_bytes, u[1].resident_bytes, u[2].resident_bytes);
    else
        check_note(c,
                   "%" PRIu64 " echoes in %.1f s, %" PRIu64 " lost, %" PRId64
                   " bytes resident, at first %" PRId64,
                   s->echoed, (double)(clock_now_ns() - s->start_ns) / NS_PER_S, s->lost,
                   u[2].resident_bytes, u[0].resident_bytes);
}

static void soak_echoes(struct check *c)
{
    struct soak s = {.check = c, .start_ns = clock_now_ns(), .is_shown = isatty(STDERR_FILENO)};
    uint64_t all = c->settings->full ? ECHOES_FULL : ECHOES_QUICK;
    bool well = check_start(c, NULL);

    for (unsigned part = 0; part < PARTS && well; part++) {
        well = run_part(&s, all / PARTS);
        soak_show(&s, all);
        if (part == 0 || part == PARTS / 2 || part == PARTS - 1)
            well = well && target_usage(c->run, &s.usage[part == 0           ? 0
                                                         : part == PARTS - 1 ? 2
                                                                             : 1]) == 0;
    }
    if (well)
        soak_judge(&s);
}

static const struct check_case cases[] = {
    {"soak-echoes", "after very many echoes all is as before, and every datagram is accounted for",
     "Echoes 100 million datagrams at full scale, 150,000 at quick scale (or as many as there\n"
     "is time for), in 20 parts.\n"
     "Why: a counter that overflows, a byte kept for some datagrams or a loss in a million\n"
     "shows only after long.\n"
     "Good: each part's ledger balances, every echo is right, and descriptors, threads and\n"
     "memory (more than a mebibyte) do not grow twice in a row, from the first part to the\n"
     "middle and to the end.\n"
     "Source: proc(5); edgewise explain sent.",
     EW_CAN_ECHO, soak_echoes},
};

const struct check_chapter check_soak = {"soak", cases, sizeof cases / sizeof *cases};
