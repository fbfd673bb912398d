/* edgewise flood: load for a target or an address. */
#include "base/clock.h"
#include "base/interrupt.h"
#include "cli/commands.h"
#include "cli/flood_search.h"
#include "flood/corpus.h"
#include "flood/flood.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADDRESSES_MAX 1024u
#define CPUS_MAX 256u

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

static const struct cli_option options[OPTION_END + 1] = {
    [OPTION_BATCH] = {"batch", "plain|mmsg|gso",
                      "datagrams for each system call: one, or many (mmsg where there is sendmmsg)"},
    [OPTION_COUNT] = {"count", "N", "send so many datagrams"},
    [OPTION_DURATION] = {"duration", "S", "send for so many seconds (1, with --scale full 10)"},
    [OPTION_FLOWS] = {"flows", "N", "source ports (one for each target port)"},
    [OPTION_HGRM] = {"hgrm", "FILE|-", "write the latency from the intended send time as percentile text"},
    [OPTION_JUDGE] = {"judge", "SENT", "judge a corpus RECEIVED, the operand, against what was sent"},
    [OPTION_ONE_WAY] = {"one-way", NULL, "the target does not answer: only send"},
    [OPTION_PIN] = {"pin", "CPU,...", "pin thread i to the i-th of these processors"},
    [OPTION_QUIET] = {"quiet", NULL, "no report and no live line; the exit status and --json tell"},
    [OPTION_RATE] = {"rate", "N|max", "open loop: so many datagrams a second, or as many as possible"},
    [OPTION_REMOTE] = {"remote", NULL, "allow a target outside this machine, if it echoes a nonce"},
    [OPTION_REPLAY] = {"replay", "CORPUS", "send the datagrams of a corpus"},
    [OPTION_SEARCH] = {"search", NULL, "find the highest rate without loss, and confirm it"},
    [OPTION_SIZE] = {"size", "N|N,...|N-N", "bytes of a datagram: fixed, in turn, or evenly from a range (64)"},
    [OPTION_THREADS] = {"threads", "N", "threads that send and receive, each its own flows (1)"},
    [OPTION_WARMUP] = {"warmup", "S", "leave the first seconds out of latency and throughput (0)"},
    [OPTION_WINDOW] = {"window", "N",
                       "closed loop: datagrams under way for each flow (64; never more than the buffers hold)"},
};

struct flood_command {
    struct flood_config config;
    struct flood_address addresses[ADDRESSES_MAX];
    int cpus[CPUS_MAX];
    struct corpus replay;
    struct corpus sent;
    const char *replay_path;
    const char *judge_path;
    const char *hgrm_path;
    const char *name; /* of what is flooded or judged, for the results */
    bool quiet;
    bool search;
};

/* ---- options ---- */

static int take_seconds(struct cli *cli, int index, const char *value, int64_t *ns)
{
    char *end;
    double seconds = strtod(value, &end);

    if (end == value || *end || !(seconds >= 0) || seconds > 86400)
        return cli_usage(cli, "--%s takes seconds from 0 to 86400, not '%s'", options[index].name, value);
    *ns = (int64_t)(seconds * (double)NS_PER_S);
    return 0;
}

static int take_rate(struct cli *cli, struct flood_command *f, const char *value)
{
    f->config.pace = strcmp(value, "max") == 0 ? PACE_UNPACED : PACE_OPEN;
    return f->config.pace == PACE_UNPACED ? 0 : cli_number(cli, OPTION_RATE, value, 1, (uint64_t)NS_PER_S, &f->config.rate);
}

static int take_batch(struct cli *cli, struct flood_command *f, const char *value)
{
    static const struct {
        const char *name;
        enum flood_batch batch;
    } kinds[] = {{"plain", FLOOD_BATCH_PLAIN}, {"mmsg", FLOOD_BATCH_MMSG}, {"gso", FLOOD_BATCH_GSO}};

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

        if (*at < '0' || *at > '9' || cpu > 1023 || (*end && *end != ',') || f->config.n_cpus == CPUS_MAX)
            return cli_usage(cli, "--pin takes processor numbers like 1 or 0,1, not '%s'", value);
        f->cpus[f->config.n_cpus++] = (int)cpu;
        at = end + 1;
    } while (*end);
    f->config.cpus = f->cpus;
    return 0;
}

static int take_small(struct cli *cli, int index, const char *value, uint64_t most, uint32_t *number)
{
    uint64_t wide;

    if (cli_number(cli, index, value, 1, most, &wide) < 0)
        return -1;
    *number = (uint32_t)wide;
    return 0;
}

static int take(struct cli *cli, void *context, int index, const char *value)
{
    struct flood_command *f = context;
    struct flood_config *c = &f->config;

    switch (index) {
    case OPTION_BATCH: return take_batch(cli, f, value);
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

/* What follows from the options together. */
static void settle(struct cli *cli, struct flood_command *f)
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

/* ---- running ---- */

/* Only on a terminal: in a file or a pipe it would be noise. */
static void show_live(void *context, const struct flood_progress *p)
{
    (void)context;
    fprintf(stderr, "\r\033[1m%6.1f s\033[0m  sent %llu  echoed %llu\033[K", (double)p->elapsed_ns / NS_PER_S,
            (unsigned long long)p->sent, (unsigned long long)p->echoed);
}

static void clear_live(void)
{
    fputs("\r\033[K", stderr);
}

static void put_hgrm(const void *histogram, FILE *out)
{
    histogram_write_hgrm(histogram, out);
}

static enum status report(struct cli *cli, struct flood_command *f, const struct flood_result *result)
{
    enum status status = flood_status(result);

    cli->result = flood_json(result);
    cli_case(cli, f->name, "flood", result->verdict, (double)result->elapsed_ns / (double)NS_PER_S,
             *result->reason ? result->reason : NULL);
    if (!f->quiet)
        flood_print(result, cli->text);
    if (f->hgrm_path && result->corrected && cli_write(cli, f->hgrm_path, put_hgrm, result->corrected) < 0)
        status = status_worst(status, STATUS_CANNOT_RUN);
    return result->end == FLOOD_INTERRUPTED ? interrupted() : status;
}

static enum status flood_and_report(struct cli *cli, struct flood_command *f)
{
    struct flood_result result;
    bool live = !f->quiet && isatty(STDERR_FILENO);
    enum status status;
    int failed;

    if (f->search)
        return flood_search(cli, f->name, &f->config, f->quiet);
    if (live)
        f->config.progress = show_live;
    failed = flood_run(&f->config, &result, &cli->error);
    if (live)
        clear_live();
    status = failed < 0 ? cli->error.status : report(cli, f, &result);
    flood_result_fini(&result);
    return status;
}

/* --list: what would be flooded. */
static enum status show_target(struct cli *cli, const char *name)
{
    cli->result = json_pack("{s:s}", "target", name);
    fprintf(cli->text, "%s\n", name);
    return STATUS_OK;
}

static enum status flood_address(struct cli *cli, struct flood_command *f, const char *word)
{
    int count = flood_parse_addresses(word, f->addresses, ADDRESSES_MAX, &cli->error);

    if (count < 0)
        return cli->error.status;
    f->config.addresses = f->addresses;
    f->config.n_addresses = (unsigned)count;
    if (cli->list)
        return show_target(cli, word);
    f->name = word;
    return flood_and_report(cli, f);
}

/* ---- targets ---- */

static int64_t drops_of_run(void *context)
{
    return target_socket_drops(context);
}

/* The window must fit what the server's socket was granted; where its socket cannot be borrowed, the default is taken for
 * it. */
static unsigned receive_bytes_of(struct target_run *run)
{
    int fd = target_borrow_socket(run, 0);
    int bytes = 0;
    socklen_t size = sizeof bytes;

    if (fd < 0)
        return 0;
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size) < 0 || bytes < 0)
        bytes = 0;
    close(fd);
    return (unsigned)bytes;
}

static int take_addresses(struct flood_command *f, const struct target_run *run, struct error *error)
{
    unsigned count = target_sockets(run);

    if (count > ADDRESSES_MAX)
        return error_set(error, STATUS_USAGE, "one run takes at most %u ports", ADDRESSES_MAX);
    for (unsigned i = 0; i < count; i++) {
        socklen_t length;
        const struct sockaddr *address = target_address(run, i, &length);

        memset(&f->addresses[i], 0, sizeof f->addresses[i]);
        memcpy(&f->addresses[i], address, length < sizeof f->addresses[i] ? length : sizeof f->addresses[i]);
    }
    f->config.addresses = f->addresses;
    f->config.n_addresses = count;
    return 0;
}

static enum status flood_run_of(struct cli *cli, struct flood_command *f, struct target_run *run)
{
    enum status status;
    struct target_end end;
    char text[64];
    bool died;

    f->config.page = target_page(run);
    f->config.server_drops = drops_of_run;
    f->config.context = run;
    f->config.server_receive_bytes = receive_bytes_of(run);
    f->name = target_of(run)->name;
    status = take_addresses(f, run, &cli->error) < 0 ? cli->error.status : flood_and_report(cli, f);
    died = !target_alive(run);
    target_stop(run, &end);
    target_end_text(&end, text, sizeof text);
    if (!died)
        return status;
    error_set(&cli->error, STATUS_FAILED, "the target ended under the flood: %s%s%s", text, *end.stderr_tail ? ": " : "",
              end.stderr_tail);
    return status_worst(status, STATUS_FAILED);
}

static enum status flood_target(struct cli *cli, struct flood_command *f, int operands, char **argv)
{
    struct target_list list = {0};
    struct target_run *run;
    enum status status;

    if (cli_find_targets(cli, operands, argv, &list) == 0 && list.count > 1)
        cli_usage(cli, "one target at a time, not %zu", list.count);
    if (cli->error.status == STATUS_OK && list.items[0]->missing)
        error_set(&cli->error, STATUS_CANNOT_RUN, "%s is missing here: %s", list.items[0]->name, list.items[0]->missing);
    if (cli->error.status == STATUS_OK && cli->list)
        status = show_target(cli, list.items[0]->name);
    else if (cli->error.status != STATUS_OK || target_start(list.items[0], &cli->targets.options, &run, &cli->error) < 0)
        status = cli->error.status;
    else
        status = flood_run_of(cli, f, run);
    target_list_free(&list);
    return status;
}

/* An address has a colon; paths, which may have one too, have a slash. */
static bool is_address(const char *word)
{
    return strchr(word, ':') && !strchr(word, '/');
}

static enum status judge(struct cli *cli, struct flood_command *f, const char *received_path)
{
    struct corpus received = {0};
    struct flood_result result = {0};
    enum status status;

    f->name = received_path;
    if (corpus_load(&f->sent, f->judge_path, CORPUS_TO_SEND, &cli->error) < 0 ||
        corpus_load(&received, received_path, CORPUS_RECEIVED, &cli->error) < 0 ||
        flood_judge(&f->sent, &received, &result, &cli->error) < 0)
        status = cli->error.status;
    else
        status = report(cli, f, &result);
    flood_result_fini(&result);
    corpus_free(&received);
    return status;
}

static enum status run(struct cli *cli, int argc, char **argv)
{
    struct flood_command f = {.config = flood_defaults};
    int operands = cli_parse(cli, argc, argv, take, &f);
    enum status status;

    if (operands < 0)
        return cli->error.status;
    if (f.judge_path && operands != 1) {
        cli_usage(cli, "--judge SENT takes one operand, the corpus RECEIVED");
        return STATUS_USAGE;
    }
    settle(cli, &f);
    if (f.replay_path && corpus_load(&f.replay, f.replay_path, CORPUS_TO_SEND, &cli->error) < 0)
        return cli->error.status;
    if (f.replay_path)
        f.config.replay = &f.replay;
    if (f.replay_path && cli->targets.options.sockets == 0)
        cli->targets.options.sockets = f.replay.ports;
    if (f.judge_path)
        status = judge(cli, &f, argv[0]);
    else if (operands == 1 && is_address(argv[0]))
        status = flood_address(cli, &f, argv[0]);
    else
        status = flood_target(cli, &f, operands, argv);
    corpus_free(&f.replay);
    corpus_free(&f.sent);
    return status;
}

const struct cli_command command_flood = {
    .name = "flood",
    .summary = "load a server, with a ledger that adds up and honest latency",
    .operands = "TARGET|ADDR:PORT[-PORT]",
    .takes_targets = true,
    .details =
        "Without --rate the loop is closed: a window of datagrams for each flow, the next goes out when an echo comes\n"
        "in.  With --rate it is open: the times are fixed beforehand, and latency counts from the intended time too.",
    .options = options,
    .run = run,
};
