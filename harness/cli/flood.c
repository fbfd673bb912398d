/* edgewise flood: load for a target or an address. */
#include "base/clock.h"

#include "flood/address.h"
#include "base/interrupt.h"
#include "cli/commands.h"
#include "cli/flood_options.h"
#include "cli/flood_search.h"
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>

/* ---- running ---- */

/* Only on a terminal: in a file or a pipe it would be noise. */
static void show_live(void *context, const struct flood_progress *p)
{
    (void)context;
    fprintf(stderr, "\r\033[K%6.1f s  sent %llu  echoed %llu", (double)p->elapsed_ns / NS_PER_S,
            (unsigned long long)p->sent, (unsigned long long)p->echoed);
}

static void flood_clear_live(void)
{
    fputs("\r\033[K", stderr);
}

/* The percentile text of HdrHistogram, which its plotters read. */
static void put_hgrm(const void *histogram, FILE *out)
{
    histogram_write_hgrm(histogram, out);
}

/* A partial result is a result: it is reported like any other, and the status says that it was
 * interrupted. */
static enum status flood_report(struct cli *cli, struct flood_command *f,
                                const struct flood_result *result)
{
    enum status status = flood_status(result);

    cli->result = flood_json(result);
    cli_case(cli, f->name, "flood", result->verdict, (double)result->elapsed_ns / (double)NS_PER_S,
             *result->reason ? result->reason : NULL);
    if (!f->quiet)
        (cli->plain ? flood_say : flood_print)(result, cli->text);
    if (f->hgrm_path && result->corrected &&
        cli_write(cli, f->hgrm_path, put_hgrm, result->corrected) < 0)
        status = status_worst(status, STATUS_CANNOT_RUN);
    return result->end == FLOOD_INTERRUPTED ? interrupted() : status;
}

/* The line is wiped before an error or the report is written: on a terminal both streams are
 * one. */
static enum status flood_and_report(struct cli *cli, struct flood_command *f)
{
    struct flood_result result;
    bool live = !f->quiet && terminal_of(stderr, cli->plain).redraws;
    enum status status;
    int failed;

    if (f->search)
        return flood_search(cli, f->name, &f->config, f->quiet);
    if (live)
        f->config.progress = show_live;
    failed = flood_run(&f->config, &result, &cli->error);
    if (live)
        flood_clear_live();
    status = failed < 0 ? cli->error.status : flood_report(cli, f, &result);
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

/* Nothing is known of who listens there: no page, no socket to borrow, so that some terms of the
 * ledger stay unknown. */
static enum status flood_address(struct cli *cli, struct flood_command *f, const char *word)
{
    int count = flood_parse_addresses(word, f->addresses, ADDRESSES_MAX, &cli->error);

    if (count < 0)
        return cli->error.status;
    f->config.addresses = f->addresses;
    f->config.n_addresses = (unsigned)count;
    f->config.exchange = &cli->targets.speaks.exchange;
    if (cli->list)
        return show_target(cli, word);
    f->name = word;
    return flood_and_report(cli, f);
}

/* ---- targets ---- */

/* The form in which flood_run() asks, which knows no targets. */
static int64_t drops_of_run(void *context)
{
    return target_socket_drops(context);
}

/* Where it fails meanwhile the term is unknown; that it can be asked was tried at the start. */
static int64_t told_by_run(void *context)
{
    struct error error = {0};
    int64_t told;

    return target_told_drops(context, &told, &error) < 0 ? -1 : told;
}

/* Tried before anything is sent: who cannot tell ends the command here, and loses no figure. */
static int take_drops(struct flood_command *f, struct target_run *run, struct error *error)
{
    int64_t told;

    if (!target_of(run)->drops_argv)
        return 0;
    f->config.told_drops = told_by_run;
    return target_told_drops(run, &told, error);
}

static int take_addresses(struct flood_command *f, const struct target_run *run,
                          struct error *error)
{
    unsigned count = target_sockets(run);

    if (count > ADDRESSES_MAX)
        return error_set(error, STATUS_USAGE, "one run takes at most %u ports", ADDRESSES_MAX);
    for (unsigned i = 0; i < count; i++)
        f->addresses[i] = *target_address(run, i);
    f->config.addresses = f->addresses;
    f->config.n_addresses = count;
    return 0;
}

/* The drops of the server's socket are asked for while it runs, by flood_run(); a target that died
 * meanwhile is a finding of its own, told with the tail of its standard error. */
static enum status flood_run_of(struct cli *cli, struct flood_command *f, struct target_run *run)
{
    enum status status;
    struct target_end end;
    char text[64];
    bool died;

    f->config.exchange = &target_of(run)->exchange;
    f->config.page = target_page(run);
    f->config.server_drops = drops_of_run;
    f->config.context = run;
    f->config.server_receive_bytes = target_receive_bytes(run);
    f->name = target_of(run)->name;
    if (take_addresses(f, run, &cli->error) < 0 || take_drops(f, run, &cli->error) < 0)
        status = cli->error.status;
    else
        status = flood_and_report(cli, f);
    died = !target_alive(run);
    target_stop(run, &end);
    target_end_text(&end, text, sizeof text);
    if (!died)
        return status;
    error_set(&cli->error, STATUS_FAILED, "the target ended under the flood: %s%s%s", text,
              *end.stderr_tail ? ": " : "", end.stderr_tail);
    return status_worst(status, STATUS_FAILED);
}

/* One at a time: two under load at once measure each other. */
static enum status flood_target(struct cli *cli, struct flood_command *f, int operands, char **argv)
{
    struct target_list list = {0};
    struct target_run *run;
    enum status status;

    if (cli_targets_find(&cli->targets, operands, argv, &list, &cli->error) == 0 && list.count > 1)
        cli_usage(cli, "one target at a time, not %zu", list.count);
    if (cli->error.status == STATUS_OK && list.items[0]->missing)
        error_set(&cli->error, STATUS_CANNOT_RUN, "%s is missing here: %s", list.items[0]->name,
                  list.items[0]->missing);
    if (cli->error.status == STATUS_OK && cli->list)
        status = show_target(cli, list.items[0]->name);
    else if (cli->error.status != STATUS_OK ||
             target_start(list.items[0], &cli->targets.options, &run, &cli->error) < 0)
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

/* For answers that somebody else has collected: the ledger is the same as of a flood, without the
 * terms of sockets. */
static enum status cli_flood_judge(struct cli *cli, struct flood_command *f,
                                   const char *received_path)
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
        status = flood_report(cli, f, &result);
    flood_result_fini(&result);
    corpus_free(&received);
    return status;
}

/* A corpus says how many ports it was made for; --sockets may still say otherwise. */
static enum status cli_flood_run(struct cli *cli, int argc, char **argv)
{
    struct flood_command f = {.config = flood_defaults};
    int operands = cli_parse(cli, argc, argv, &f);
    enum status status;

    if (operands < 0)
        return cli->error.status;
    if (f.judge_path && operands != 1) {
        cli_usage(cli, "--judge SENT takes one operand, the corpus RECEIVED");
        return STATUS_USAGE;
    }
    flood_settle(cli, &f);
    if (f.replay_path && corpus_load(&f.replay, f.replay_path, CORPUS_TO_SEND, &cli->error) < 0)
        return cli->error.status;
    if (f.replay_path)
        f.config.replay = &f.replay;
    if (f.replay_path && cli->targets.options.sockets == 0)
        cli->targets.options.sockets = f.replay.ports;
    if (f.judge_path)
        status = cli_flood_judge(cli, &f, argv[0]);
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
        "Without --rate the loop is closed: a window of datagrams for each flow, the next "
        "goes out when an echo comes\n"
        "in.  With --rate it is open: the times are fixed beforehand, and latency counts "
        "from the intended time too.\n"
        "\n"
        "--search has one search goal, in the terms of MLRsearch (RFC 9971): goal loss ratio 0, "
        "goal exceed ratio 0,\n"
        "goal initial trial duration --duration, goal final trial duration and goal duration sum "
        "three times that, goal\n"
        "width 2 % of the upper bound.  A load is an upper bound when one trial had loss, a short "
        "one, too, or when it\n"
        "could not be offered to within 2 %; it is a lower bound when a full-length trial had "
        "none.  The search stops when\n"
        "the relevant upper bound, the least one, and the relevant lower bound, the greatest one "
        "below it, are no further\n"
        "apart than the goal width.  The highest rate is the conditional throughput: the "
        "forwarding rate at the relevant\n"
        "lower bound.",
    .options = flood_options,
    .run = cli_flood_run,
};
