/* Soak: very many echoes in one life. */
#include "checks/check.h"
#include "checks/tools/growth.h"
#include "checks/tools/load.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>

/* So many that the first, in which everything is made that is made once, is a small part of all. */
#define PARTS 20
/* What the target has is looked at so often. */
#define LOOKS 5
#define FLOWS 4
#define ECHOES_QUICK 150000
#define ECHOES_FULL 100000000
/* A slow target does what it can in this time. */
#define PART_QUICK_MS 500
#define PART_FULL_MS 600000
/* An allocator may take some pages late; so much, again and again, is a leak. */
#define BYTES_LIMIT (1 << 20)

struct soak {
    struct check *check;
    struct growth growth;
    uint64_t echoed, lost;
    int64_t start_ns;
    bool is_shown;
};

/* Over the line that says which case runs. */
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
    load.config.flows = FLOWS;
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

/* What was lost is told and no verdict: each part's ledger has already judged whether it was
 * counted. */
static void soak_judge(const struct soak *s)
{
    const struct growth *g = &s->growth;
    const char *what = growth_goes_on(g);

    if (what)
        growth_fail(g, what, "fifth of all echoes");
    else
        check_note(s->check,
                   "%" PRIu64 " echoes in %.1f s, %" PRIu64 " lost, %" PRId64
                   " bytes resident, at first %" PRId64,
                   s->echoed, (double)(clock_now_ns() - s->start_ns) / NS_PER_S, s->lost,
                   g->at[g->parts - 1].resident_bytes, g->at[0].resident_bytes);
}

/* Looks are few, since what is judged is whether the last fifths still grow, and a look at a large
 * process costs more than a part of the echoes. */
static void soak_echoes(struct check *c)
{
    struct soak s = {
        .check = c,
        .growth = {.check = c, .clients = FLOWS * PARTS / LOOKS, .bytes_least = BYTES_LIMIT},
        .start_ns = clock_now_ns(),
        .is_shown = c->settings->live};
    uint64_t all = c->settings->full ? ECHOES_FULL : ECHOES_QUICK;
    bool well = check_start(c, NULL);
    uint64_t looked = 0;

    for (unsigned part = 0; part < PARTS && well; part++) {
        well = run_part(&s, all / PARTS);
        soak_show(&s, all);
        if ((part + 1) % (PARTS / LOOKS) == 0) {
            well = well && growth_look(&s.growth, (int64_t)(s.echoed - looked));
            looked = s.echoed;
        }
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
     "memory (more than a mebibyte) do not grow with each of the last three fifths.\n"
     "Source: proc(5); edgewise explain sent.",
     EW_CAN_ECHO, soak_echoes},
};

const struct check_chapter check_soak = {"soak", cases, sizeof cases / sizeof *cases};
