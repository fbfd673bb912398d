#include "cli/flood_options.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* A billion a second is one each nanosecond, the finest that the schedule can tell apart. */
static int take_rate(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    struct flood_command *f = into;

    f->config.pace = strcmp(value, "max") == 0 ? PACE_UNPACED : PACE_OPEN;
    return f->config.pace == PACE_UNPACED ? 0 : cli_take_u64(o, &f->config.rate, value, error);
}

/* 1023 is the highest number that a cpu_set_t of glibc has (CPU_SET(3)). */
static int take_cpus(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    struct flood_command *f = into;
    const char *at = value;
    char *end;

    do {
        unsigned long cpu = strtoul(at, &end, 10);

        if (*at < '0' || *at > '9' || cpu > 1023 || (*end && *end != ',') ||
            f->config.n_cpus == CPUS_MAX)
            return error_set(error, STATUS_USAGE,
                             "--%s takes processor numbers like 1 or 0,1, not '%s'", o->name,
                             value);
        f->cpus[f->config.n_cpus++] = (int)cpu;
        at = end + 1;
    } while (*end);
    f->config.cpus = f->cpus;
    return 0;
}

/* Parsed where sizes are drawn, so that what is taken and what is sent cannot differ. */
int cli_take_sizes(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    (void)o;
    return sizes_parse(into, value, error);
}

const struct cli_option flood_options[] = {
    {"batch", "plain|mmsg|gso",
     "datagrams for each system call: one, or many (mmsg where there is sendmmsg)",
     CLI_CHOICE(struct flood_command, config.batch, FLOOD_BATCH_PLAIN)},
    {"count", "N", "send so many datagrams",
     CLI_U64(struct flood_command, config.count, 1, UINT64_C(1) << 40)},
    {"duration", "S", "send for so many seconds (1, with --scale full 10)",
     CLI_SECONDS(struct flood_command, config.duration_ns)},
    {"flows", "N", "source ports (one for each target port)",
     CLI_U32(struct flood_command, config.flows, 1, FLOOD_FLOWS_MAX)},
    {"hgrm", "FILE|-", "write the latency from the intended send time as percentile text",
     CLI_FILE(struct flood_command, hgrm_path)},
    {"judge", "SENT", "judge a corpus RECEIVED, the operand, against what was sent",
     CLI_FILE(struct flood_command, judge_path)},
    {"one-way", NULL, "the target does not answer: only send",
     CLI_FLAG(struct flood_command, config.one_way)},
    {"pin", "CPU,...", "pin thread i to the i-th of these processors", .take = take_cpus},
    {"quiet", NULL, "no report and no live line; the exit status and --json tell",
     CLI_FLAG(struct flood_command, quiet)},
    {"rate", "N|max", "open loop: so many datagrams a second, or as many as possible",
     .take = take_rate, .least = 1, .most = (uint64_t)NS_PER_S},
    {"remote", NULL, "allow a target outside this machine, if it echoes a nonce",
     CLI_FLAG(struct flood_command, config.remote)},
    {"replay", "CORPUS", "send the datagrams of a corpus",
     CLI_FILE(struct flood_command, replay_path)},
    {"search", NULL, "find the highest rate without loss, and confirm it",
     CLI_FLAG(struct flood_command, search)},
    {"size", "N|N,...|N-N", "bytes of a datagram: fixed, in turn, or evenly from a range (64)",
     CLI_SIZES(struct flood_command, config.sizes)},
    {"threads", "N", "threads that send and receive, each its own flows (1)",
     CLI_U32(struct flood_command, config.threads, 1, FLOOD_THREADS_MAX)},
    {"warmup", "S", "leave the first seconds out of latency and throughput (0)",
     CLI_SECONDS(struct flood_command, config.warmup_ns)},
    {"window", "N",
     "closed loop: datagrams under way for each flow (64; never more than the buffers hold)",
     CLI_U32(struct flood_command, config.window, 1, 1 << 20)},
    {0},
};

/* A search has its own durations.  The factor of the nonce is odd, so that no two seeds give the
 * same one. */
void flood_settle(struct cli *cli, struct flood_command *f)
{
    struct flood_config *c = &f->config;

    if (c->count == 0 && c->duration_ns == 0 && !f->search)
        c->duration_ns = (cli->scale == SCALE_FULL ? 10 : 1) * NS_PER_S;
    c->lost_ns = (int64_t)((double)c->lost_ns * cli->timeout_scale);
    c->drain_ns = (int64_t)((double)c->drain_ns * cli->timeout_scale);
    c->silence_ns = (int64_t)((double)c->silence_ns * cli->timeout_scale);
    /* The same seed gives the same datagrams; zero would ask for a random nonce. */
    c->nonce = (cli->seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
}
