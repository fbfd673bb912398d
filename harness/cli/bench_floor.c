#include "cli/bench_floor.h"

#include "bench/stats.h"

#include <string.h>

/* So many datagrams may share a call: all that are under way. */
static uint32_t datagrams_under_way(const struct bench_found *f)
{
    uint32_t most = 1;

    for (size_t i = 0; i < f->count; i++) {
        for (unsigned k = 0; k < f->rows[i].rounds; k++) {
            uint32_t one = f->rows[i].samples[k].under_way;

            most = one > most ? one : most;
        }
    }
    return most;
}

/* Into `figure` what all rounds come to.  A round in which it could not be had is left out: a busy
 * machine may keep the one processor from the other for a whole batch. */
static json_t *floor_part_json(const struct bench_found *f, enum floor_part part,
                               struct floor_figure *figure, double *room)
{
    unsigned n = 0;

    *figure = (struct floor_figure){0};
    for (unsigned i = 0; i < f->rows[0].rounds; i++) {
        const struct floor_figure *one = &f->floors[i].figures[part];

        figure->calls += one->calls;
        if (one->ns > 0)
            room[n++] = one->ns;
        else
            memcpy(figure->reason, one->reason, sizeof figure->reason);
    }
    if (n > 0)
        *figure = (struct floor_figure){.ns = stats_median(room, n), .calls = figure->calls};
    return json_pack("{s:o, s:o, s:o, s:I, s:s?}", "ns", n ? json_real(figure->ns) : json_null(),
                     "least", n ? json_real(stats_least(room, n)) : json_null(), "most",
                     n ? json_real(stats_most(room, n)) : json_null(), "calls",
                     (json_int_t)figure->calls, "missing", n ? NULL : figure->reason);
}

/* Tenths: an empty call and a small copy are some tens of nanoseconds. */
static void floor_show_part(const struct cli *cli, enum floor_part part,
                            const struct floor_figure *figure)
{
    char name[64];
    char text[320];

    snprintf(name, sizeof name, "%s %s", cli->plain ? "Of the floor," : "floor:", floor_name(part));
    if (figure->ns > 0)
        snprintf(text, sizeof text, "%.1f ns, %s", figure->ns, floor_meaning(part));
    else
        snprintf(text, sizeof text, "missing: %s", figure->reason);
    cli_put_row(cli, CLI_NAME_WIDTH, name, text);
}

/* Before the rows, which are told as multiples of it.  What is missing is told, too: who compares
 * two machines must know that one floor lacks the line. */
struct bench_measure bench_floor_report(struct cli *cli, const struct bench_found *f, double *room)
{
    struct floor_figure figures[FLOOR_PARTS];
    uint32_t batch = datagrams_under_way(f);
    json_t *parts = json_object();
    double sum;

    for (int i = 0; i < FLOOR_PARTS; i++) {
        enum floor_part part = (enum floor_part)i;

        json_object_set_new(parts, floor_name(part), floor_part_json(f, part, &figures[i], room));
        floor_show_part(cli, part, &figures[i]);
    }
    /* A call that takes all that is under way is the best that anybody can do. */
    sum = floor_sum(figures, batch);
    json_object_set_new(
        cli->result, "floor",
        json_pack("{s:f, s:i, s:o}", "ns", sum, "batch", (int)batch, "parts", parts));
    fprintf(cli->text,
            cli->plain
                ? "By sockets an echo takes at least %.1f nanoseconds: two calls and a line for "
                  "%u datagrams, and the copies.\n"
                : "floor of an echo: %.1f ns = (2 calls + line) / %u under way + copies\n\n",
            sum, batch);
    return (struct bench_measure){sum, figures[FLOOR_PATH].ns};
}
