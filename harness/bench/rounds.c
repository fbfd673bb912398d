#include "bench/rounds.h"

#include "base/interrupt.h"
#include "bench/floor_process.h"
#include "bench/stats.h"
#include "flood/flood.h"
#include "flood/flow.h"
#include "flood/highest.h"
#include "flood/served.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a target may take, once it answers, until its start is over. */
#define SETTLE_LIMIT_MS 2000
/* A sample that the environment spoiled is taken again this often at most. */
#define TRIES_MAX 3

const double bench_percentiles[BENCH_PERCENTILES] = {50, 90, 99, 99.9};

void bench_percentile_name(size_t i, char *name, size_t size)
{
    snprintf(name, size, "p%g", bench_percentiles[i]);
}

static int64_t rounds_server_drops(void *context)
{
    return target_socket_drops(context);
}

/* Those of the target that get traffic; NULL: no memory. */
static union address *active_addresses(const struct bench_config *config,
                                       const struct target_run *run, unsigned *count)
{
    unsigned sockets = target_sockets(run);
    union address *addresses;

    *count = config->active < sockets ? config->active : sockets;
    addresses = calloc(*count, sizeof *addresses);
    for (unsigned i = 0; addresses && i < *count; i++)
        addresses[i] = *target_address(run, i);
    return addresses;
}

/* The load of `run`; -1 without memory.  The addresses are the caller's to free. */
static int describe_load(const struct bench_config *config, struct target_run *run,
                         struct flood_config *f, union address **addresses, struct error *error)
{
    *f = flood_defaults;
    *addresses = active_addresses(config, run, &f->n_addresses);
    if (!*addresses)
        return error_set(error, STATUS_CANNOT_RUN, "no memory for %u ports", f->n_addresses);
    f->addresses = *addresses;
    f->exchange = &target_of(run)->exchange;
    f->page = target_page(run);
    f->server_drops = rounds_server_drops;
    f->context = run;
    f->server_receive_bytes = target_receive_bytes(run);
    f->pace = PACE_CLOSED;
    f->duration_ns = config->sample_ns;
    f->flows = config->flows;
    f->window = config->window;
    f->sizes = config->sizes;
    f->batch = config->batch;
    f->n_cpus = config->client_cpu ? 1 : 0;
    return 0;
}

/* At least one datagram a second. */
static uint64_t rate_of(const struct bench_config *config, const struct target *target)
{
    uint64_t rate = 0;

    for (size_t i = 0; i < config->n_highest; i++) {
        if (config->highest[i].target == target)
            rate = config->highest[i].rate * config->percent / 100;
    }
    return rate ? rate : 1;
}

static int rounds_load(const struct bench_config *config, struct target_run *run,
                       struct flood_result *flood, struct error *error)
{
    struct flood_config f;
    union address *addresses;
    int cpu = config->client_cpu - 1;
    int result = describe_load(config, run, &f, &addresses, error);

    f.cpus = &cpu;
    if (config->percent) {
        f.pace = PACE_OPEN;
        f.rate = rate_of(config, target_of(run));
    }
    if (result == 0)
        result = flood_run(&f, flood, error);
    free(addresses);
    return result;
}

int bench_find_highest(const struct bench_config *config, const struct target *target,
                       struct bench_highest *highest, struct error *error)
{
    struct flood_config f;
    struct search_result found = {0};
    union address *addresses;
    struct target_run *run;
    int cpu = config->client_cpu - 1;
    int result;

    *highest = (struct bench_highest){.target = target};
    if (target_start(target, &config->target, &run, error) < 0)
        return -1;
    target_settle(run, SETTLE_LIMIT_MS);
    result = describe_load(config, run, &f, &addresses, error);
    f.cpus = &cpu;
    if (result == 0)
        result = highest_rate(&f, config->sample_ns, NULL, NULL, &found, error);
    free(addresses);
    target_stop(run, NULL);
    highest->rate = found.rate;
    if (result == 0 && found.rate == 0 && !interrupted())
        result = error_set(error, STATUS_INVALID, "%s: no rate without loss was found",
                           target->name);
    return result;
}

/* Whom each worker served is taken over from the flood. */
static void rounds_judge(struct bench_sample *sample, struct flood_result *flood, int64_t cpu_ns)
{
    served_fini(&sample->served);
    sample->served = flood->served;
    flood->served = (struct flood_served){0};
    sample->trains = flood->trains;
    for (size_t i = 0; i < BENCH_PERCENTILES; i++)
        sample->latency_ns[i] = histogram_percentile(flood->corrected, bench_percentiles[i]);
    sample->valid = flood->end == FLOOD_COMPLETE && flood->verdict == VERDICT_PASS &&
                    flood->counts.echoed > 0 && cpu_ns >= 0;
    sample->client_cpu_part = flood->cpu_part;
    sample->steal_part = flood->steal_part;
    sample->receive_bytes = flood->receive_bytes;
    sample->window = flood->window;
    sample->under_way = flood->under_way;
    sample->echoes_per_s = flood->echoed_per_s;
    sample->cpu_ns = sample->valid ? (double)cpu_ns / (double)flood->counts.echoed : 0;
    snprintf(sample->reason, sizeof sample->reason, "%s",
             sample->valid      ? ""
             : cpu_ns < 0       ? "CPU time is not told here"
             : flood->reason[0] ? flood->reason
                                : "no echo came back");
}

/* Start-up is not part of the figure: the CPU clocks are read when the target is ready and again
 * after the load. */
static int take_sample(const struct bench_config *config, const struct target *target,
                       struct bench_sample *sample, struct error *error)
{
    struct target_usage before, after;
    struct flood_result flood = {0};
    struct target_run *run;
    int result;

    if (target_start(target, &config->target, &run, error) < 0)
        return -1;
    target_settle(run, SETTLE_LIMIT_MS);
    result = target_usage(run, &before);
    if (result == 0)
        result = rounds_load(config, run, &flood, error);
    if (result == 0) {
        bool told = target_usage(run, &after) == 0 && after.cpu_ns >= 0 && before.cpu_ns >= 0;

        rounds_judge(sample, &flood, told ? after.cpu_ns - before.cpu_ns : -1);
    }
    flood_result_fini(&flood);
    target_stop(run, NULL);
    return result;
}

static int sample_until_valid(const struct bench_config *config, const struct target *target,
                              struct bench_sample *sample, struct error *error)
{
    *sample = (struct bench_sample){0};
    for (unsigned tries = 1; tries <= TRIES_MAX && !sample->valid && !interrupted(); tries++) {
        if (take_sample(config, target, sample, error) < 0)
            return -1;
        sample->tries = tries;
    }
    return 0;
}

static int rounds_run_round(const struct bench_config *config, struct stats_random *random,
                            struct bench_row *rows, unsigned *order, size_t count, unsigned round,
                            struct error *error)
{
    stats_shuffle(random, order, (unsigned)count);
    for (size_t i = 0; i < count && !interrupted(); i++) {
        struct bench_row *row = &rows[order[i]];

        if (sample_until_valid(config, row->target, &row->samples[round], error) < 0)
            return -1;
        if (config->progress)
            config->progress(config->context, round, row->target->name);
    }
    return 0;
}

static bool is_enough(const struct bench_config *config, const struct bench_row *rows, size_t count)
{
    return config->least && rows[0].rounds >= config->least && bench_is_narrow(config, rows, count);
}

/* Interleaved as the targets are: what disturbs a round disturbs its floor, too. */
static int run_rounds(const struct bench_config *config, size_t count, struct bench_row *rows,
                      struct bench_floor *floors, unsigned *order, struct error *error)
{
    struct stats_random random = {.state = config->seed};
    struct floor_config of = {
        .sizes = config->sizes, .client_cpu = config->client_cpu, .server_cpu = config->target.cpu};
    struct floor floor;
    int result = floor_start(&floor, &of, error);

    for (unsigned round = 0;
         result == 0 && round < config->rounds && !interrupted() && !is_enough(config, rows, count);
         round++) {
        floor_measure(&floor, floors[round].figures);
        result = rounds_run_round(config, &random, rows, order, count, round, error);
        for (size_t i = 0; i < count && result == 0 && !interrupted(); i++)
            rows[i].rounds = round + 1;
    }
    floor_stop(&floor);
    return result;
}

int bench_run(const struct bench_config *config, const struct target_list *list,
              struct bench_row *rows, struct bench_floor *floors, struct error *error)
{
    unsigned *order = calloc(list->count, sizeof *order);
    uint32_t sockets = config->flows > config->target.sockets ? config->flows
                                                              : config->target.sockets;
    bool memory = order != NULL;
    int result;

    for (size_t i = 0; i < list->count; i++) {
        rows[i] = (struct bench_row){.target = list->items[i],
                                     .room = config->rounds,
                                     .samples = calloc(config->rounds, sizeof *rows[i].samples)};
        memory = memory && rows[i].samples;
    }
    /* The targets inherit the limit. */
    result = flow_raise_limit(sockets, error);
    if (result == 0)
        result = memory ? run_rounds(config, list->count, rows, floors, order, error)
                        : error_set(error, STATUS_CANNOT_RUN,
                                    "no memory for %u rounds; ask for fewer", config->rounds);
    free(order);
    return result;
}

void bench_rows_fini(struct bench_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (unsigned k = 0; rows[i].samples && k < rows[i].room; k++)
            served_fini(&rows[i].samples[k].served);
        free(rows[i].samples);
    }
}

unsigned bench_ratios(const struct bench_row *row, const struct bench_row *base, double *ratios)
{
    unsigned n = 0;

    for (unsigned i = 0; i < row->rounds && i < base->rounds; i++)
        if (row->samples[i].valid && base->samples[i].valid)
            ratios[n++] = row->samples[i].cpu_ns / base->samples[i].cpu_ns;
    return n;
}

bool bench_is_narrow(const struct bench_config *config, const struct bench_row *rows, size_t count)
{
    double *ratios = calloc(config->rounds, sizeof *ratios);
    bool narrow = ratios != NULL;

    for (size_t i = 0; i < count && narrow; i++) {
        unsigned n = bench_ratios(&rows[i], &rows[config->base], ratios);
        struct interval found;

        narrow = n > 0;
        if (narrow) {
            found = stats_bootstrap(ratios, n, config->seed);
            narrow = 100 * (found.high - found.low) <= config->until;
        }
    }
    free(ratios);
    return narrow;
}
