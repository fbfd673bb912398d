#include "cli/flood_options.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPTION_BATCH,
    OPTION_COUNT,
    OPTION_DURATION,
    OPTION_FLOWS,
    OPTION_HGRM,
    OPTION_JUDGE,
    OPTION_ONE_WAY,
    OPTION_PIN,
    OPTION_QUIET,
    OPTION_RATE,
    OPTION_REMOTE,
    OPTION_REPLAY,
    OPTION_SEARCH,
    OPTION_SIZE,
    OPTION_THREADS,
    OPTION_WARMUP,
    OPTION_WINDOW,
    OPTION_END
};

const struct cli_option flood_options[OPTION_END + 1] = {
    [OPTION_BATCH] =
        {"batch", "plain|mmsg|gso",
         "datagrams for each system call: one, or many (mmsg where there is sendmmsg)"},
    [OPTION_COUNT] = {"count", "N", "send so many datagrams"},
    [OPTION_DURATION] = {"duration", "S", "send for so many seconds (1, with --scale full 10)"},
    [OPTION_FLOWS] = {"flows", "N", "source ports (one for each target port)"},
    [OPTION_HGRM] = {"hgrm", "FILE|-",
                     "write the latency from the intended send time as percentile text"},
    [OPTION_JUDGE] = {"judge", "SENT",
                      "judge a corpus RECEIVED, the operand, against what was sent"},
    [OPTION_ONE_WAY] = {"one-way", NULL, "the target does not answer: only send"},
    [OPTION_PIN] = {"pin", "CPU,...", "pin thread i to the i-th of these processors"},
    [OPTION_QUIET] = {"quiet", NULL, "no report and no live line; the exit status and --json tell"},
    [OPTION_RATE] = {"rate", "N|max",
                     "open loop: so many datagrams a second, or as many as possible"},
    [OPTION_REMOTE] = {"remote", NULL, "allow a target outside this machine, if it echoes a nonce"},
    [OPTION_REPLAY] = {"replay", "CORPUS", "send the datagrams of a corpus"},
    [OPTION_SEARCH] = {"search", NULL, "find the highest rate without loss, and confirm it"},
    [OPTION_SIZE] = {"size", "N|N,...|N-N",
                     "bytes of a datagram: fixed, in turn, or evenly from a range (64)"},
    [OPTION_THREADS] = {"threads", "N", "threads that send and receive, each its own flows (1)"},
    [OPTION_WARMUP] = {"warmup", "S", "leave the first seconds out of latency and throughput (0)"},
    [OPTION_WINDOW] =
        {"window", "N",
         "closed loop: datagrams under way for each flow (64; never more than the buffers hold)"},
};

static int take_seconds(struct cli *cli, int index, const char *value, int64_t *ns)
{
    char *end;
    double seconds = strtod(value, &end);

    if (end == value || *end || !(seconds >= 0) || seconds > 86400)
        return cli_usage(cli, "--%s takes seconds from 0 to 86400, not '%s'",
                         flood_options[index].name, value);
    *ns = (int64_t)(seconds * (double)NS_PER_S);
    return 0;
}

static int take_rate(struct cli *cli, struct flood_command *f, const char *value)
{
    f->config.pace = strcmp(value, "max") == 0 ? PACE_UNPACED : PACE_OPEN;
    return f->config.pace == PACE_UNPACED
               ? 0
               : cli_number(cli, OPTION_RATE, value, 1, (uint64_t)NS_PER_S, &f->config.rate);
}

static int flood_options_take_batch(struct cli *cli, struct flood_command *f, const char *value)
{
    static const struct {
        const char *name;
        enum flood_batch batch;
    } kinds[] = {
        {"plain", FLOOD_BATCH_PLAIN}, {"mmsg", FLOOD_BATCH_MMSG}, {"gso", FLOOD_BATCH_GSO}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(value, kinds[i].name) == 0) {
            f->config.batch = kinds[i].batch;
            return 0;
        }
    }
    return cli_usage(cli, "--batch takes plain, mmsg or gso, not '%s'", value);
}

static int take_cpus(struct cli *cli, struct flood_command *f, const char *value)
{
    const char *at = value;
    char *end;

    do {
        unsigned long cpu = strtoul(at, &end, 10);

        if (*at < '0' || *at > '9' || cpu > 1023 || (*end && *end != ',') ||
            f->config.n_cpus == CPUS_MAX)
            return cli_usage(cli, "--pin takes processor numbers like 1 or 0,1, not '%s'", value);
        f->cpus[f->config.n_cpus++] = (int)cpu;
        at = end + 1;
    } while (*end);
    f->config.cpus = f->cpus;
    return 0;
}

static int take_small(struct cli *cli, int index, const char *value, uint64_t most,
                      uint32_t *number)
{
    uint64_t wide;

    if (cli_number(cli, index, value, 1, most, &wide) < 0)
        return -1;
    *number = (uint32_t)wide;
    return 0;
}

int flood_take(struct cli *cli, void *context, int index, const char *value)
{
    struct flood_command *f = context;
    struct flood_config *c = &f->config;

    switch (index) {
    case OPTION_BATCH: return flood_options_take_batch(cli, f, value);
    case OPTION_COUNT: return cli_number(cli, index, value, 1, UINT64_C(1) << 40, &c->count);
    case OPTION_DURATION: return take_seconds(cli, index, value, &c->duration_ns);
    case OPTION_FLOWS: return take_small(cli, index, value, FLOOD_FLOWS_MAX, &c->flows);
    case OPTION_HGRM: f->hgrm_path = value; return 0;
    case OPTION_JUDGE: f->judge_path = value; return 0;
    case OPTION_ONE_WAY: c->one_way = true; return 0;
    case OPTION_PIN: return take_cpus(cli, f, value);
    case OPTION_QUIET: f->quiet = true; return 0;
    case OPTION_RATE: return take_rate(cli, f, value);
    case OPTION_REMOTE: c->remote = true; return 0;
    case OPTION_REPLAY: f->replay_path = value; return 0;
    case OPTION_SEARCH: f->search = true; return 0;
    case OPTION_SIZE: return sizes_parse(&c->sizes, value, &cli->error);
    case OPTION_THREADS: return take_small(cli, index, value, FLOOD_THREADS_MAX, &c->threads);
    case OPTION_WARMUP: return take_seconds(cli, index, value, &c->warmup_ns);
    default: return take_small(cli, index, value, 1 << 20, &c->window);
    }
}

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
