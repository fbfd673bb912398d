#include "flood/histogram.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct histogram *histogram_new(void)
{
    return calloc(1, sizeof(struct histogram));
}

/* Values below 2 * PARTS have a slot each.  Above, the value is shifted down until it lies in
 * [PARTS, 2 * PARTS). */
static unsigned slot_of(uint64_t value)
{
    unsigned shift = 0;

    if (value >= 2 * HISTOGRAM_PARTS)
        shift = 53u - (unsigned)__builtin_clzll(value); /* 53 = 63 less the 10 bits of PARTS */
    /* Hours: such a value is a mistake or a suspended machine, and its exact size is in `most`. */
    if (shift >= HISTOGRAM_POWERS)
        return HISTOGRAM_SLOTS - 1;
    return HISTOGRAM_PARTS * shift + (unsigned)(value >> shift);
}

/* The inverse: where a slot begins, and half of its width. */
static int64_t middle_of(unsigned slot)
{
    unsigned shift = slot < 2 * HISTOGRAM_PARTS ? 0 : slot / HISTOGRAM_PARTS - 1;
    uint64_t low = (uint64_t)(slot - HISTOGRAM_PARTS * shift) << shift;

    return (int64_t)(low + ((UINT64_C(1) << shift) >> 1));
}

void histogram_add(struct histogram *h, int64_t value)
{
    if (value < 0)
        value = 0;
    if (h->total == 0 || value < h->least)
        h->least = value;
    if (value > h->most)
        h->most = value;
    h->total++;
    h->sum += (double)value;
    h->slots[slot_of((uint64_t)value)]++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    if (from->total == 0)
        return;
    if (into->total == 0 || from->least < into->least)
        into->least = from->least;
    if (from->most > into->most)
        into->most = from->most;
    into->total += from->total;
    into->sum += from->sum;
    for (unsigned i = 0; i < HISTOGRAM_SLOTS; i++)
        into->slots[i] += from->slots[i];
}

/* The extremes are known exactly, and no estimate may lie beyond them. */
static int64_t within(const struct histogram *h, int64_t value)
{
    return value < h->least ? h->least : value > h->most ? h->most : value;
}

int64_t histogram_percentile(const struct histogram *h, double percent)
{
    double wanted = ceil(percent / 100 * (double)h->total);
    uint64_t seen = 0;

    if (h->total == 0)
        return 0;
    if (wanted >= (double)h->total)
        return h->most;
    for (unsigned i = 0; i < HISTOGRAM_SLOTS; i++) {
        seen += h->slots[i];
        if (seen > 0 && (double)seen >= wanted)
            return within(h, middle_of(i));
    }
    return h->most;
}

double histogram_mean(const struct histogram *h)
{
    return h->total ? h->sum / (double)h->total : 0;
}

static void write_line(const struct histogram *h, int64_t value, uint64_t seen, FILE *out)
{
    double part = (double)seen / (double)h->total;

    fprintf(out, "%12.3f %14.12f %10" PRIu64, (double)within(h, value) / 1000, part, seen);
    if (seen < h->total)
        fprintf(out, " %14.2f", 1 / (1 - part));
    fputc('\n', out);
}

/* Five lines for each halving of what lies above, as the format has it; a line for every slot would
 * be thousands. */
void histogram_write_hgrm(const struct histogram *h, FILE *out)
{
    const double lines_per_halving = 5;
    double next = 0;
    uint64_t seen = 0;

    fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
            "1/(1-Percentile)");
    for (unsigned i = 0; i < HISTOGRAM_SLOTS && seen < h->total; i++) {
        double part;

        seen += h->slots[i];
        part = h->total ? (double)seen / (double)h->total : 1;
        if (h->slots[i] == 0 || part < next)
            continue;
        write_line(h, seen == h->total ? h->most : middle_of(i), seen, out);
        while (next <= part && part < 1)
            next += (1 - next) / (2 * lines_per_halving);
    }
    fprintf(out,
            "#[Mean    = %12.3f, Total count    = %12" PRIu64
            "]\n#[Max     = %12.3f, Buckets        = %12u]\n",
            histogram_mean(h) / 1000, h->total, (double)h->most / 1000, HISTOGRAM_SLOTS);
}
