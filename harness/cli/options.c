/* The options that every subcommand has, and those it has of its own, read and explained in one
 * place. */
#include "base/interrupt.h"
#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    COMMON_HELP,
    COMMON_JSON,
    COMMON_JUNIT,
    COMMON_LIST,
    COMMON_SCALE,
    COMMON_SEED,
    COMMON_TIMEOUT_SCALE,
    COMMON_COUNT
};

static const struct cli_option common_options[COMMON_COUNT] = {
    [COMMON_HELP] = {"help", NULL, "show this text"},
    [COMMON_JSON] = {"json", "FILE|-", "write the result as JSON"},
    [COMMON_JUNIT] = {"junit", "FILE|-", "write the cases as JUnit XML"},
    [COMMON_LIST] = {"list", NULL, "show what would run, and run nothing"},
    [COMMON_SCALE] = {"scale", "quick|full", "how thorough (quick)"},
    [COMMON_SEED] = {"seed", "N", "repeat a run with this seed (chosen and shown otherwise)"},
    [COMMON_TIMEOUT_SCALE] = {"timeout-scale", "X",
                              "multiply all deadlines (EDGEWISE_TIMEOUT_SCALE, else 1)"},
};

#define OPTIONS_MAX 64
/* getopt_long() gives rows back as numbers; these keep clear of '?' and ':'. */
#define FIRST_COMMON 1000
#define FIRST_TARGET 2000
#define FIRST_OWN 3000

static int count_rows(const struct cli_option *options)
{
    int n = 0;

    while (options && options[n].name)
        n++;
    return n;
}

/* ---- help ---- */

static void print_options(const struct cli_option *options, int count, FILE *out)
{
    for (int i = 0; i < count; i++) {
        char left[48];

        snprintf(left, sizeof left, "--%s%s%s", options[i].name, options[i].value ? " " : "",
                 options[i].value ? options[i].value : "");
        fprintf(out, "  %-28s %s\n", left, options[i].help);
    }
}

void cli_help(const struct cli_command *command, FILE *out)
{
    fprintf(out, "usage: edgewise %s [options]%s%s\n\n%c%s.\n", command->name,
            *command->operands ? " " : "", command->operands,
            toupper((unsigned char)command->summary[0]), command->summary + 1);
    if (command->details)
        fprintf(out, "\n%s\n", command->details);
    if (command->options) {
        fprintf(out, "\nOptions of %s:\n", command->name);
        print_options(command->options, count_rows(command->options), out);
    }
    if (command->takes_targets) {
        fprintf(out, "\nTargets (a server's name, a group, a .so, a target file, or a command):\n");
        print_options(cli_target_options, count_rows(cli_target_options), out);
    }
    fprintf(out, "\nCommon options:\n");
    print_options(common_options, COMMON_COUNT, out);
}

/* ---- values ---- */

int cli_usage(struct cli *cli, const char *format, ...)
{
    va_list arguments;

    cli->error.status = STATUS_USAGE;
    va_start(arguments, format);
    vsnprintf(cli->error.text, sizeof cli->error.text, format, arguments);
    va_end(arguments);
    return -1;
}

static bool read_number(const char *value, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(value, &end, 10);
    return errno == 0 && *value >= '0' && *value <= '9' && *end == '\0';
}

int cli_read_number(struct cli *cli, const char *name, const char *value, uint64_t least,
                    uint64_t most, uint64_t *number)
{
    if (read_number(value, number) && *number >= least && *number <= most)
        return 0;
    return cli_usage(cli, "--%s takes a whole number from %" PRIu64 " to %" PRIu64 ", not '%s'",
                     name, least, most, value);
}

int cli_number(struct cli *cli, int index, const char *value, uint64_t least, uint64_t most,
               uint64_t *number)
{
    return cli_read_number(cli, cli->command->options[index].name, value, least, most, number);
}

static bool read_scale(const char *value, double *scale)
{
    char *end;

    *scale = strtod(value, &end);
    return end != value && *end == '\0' && *scale >= 0.01 && *scale <= 1000;
}

int64_t cli_timeout_ms(const struct cli *cli, int64_t value_ms)
{
    return (int64_t)((double)value_ms * cli->timeout_scale);
}

static int take_common(struct cli *cli, int index, const char *value)
{
    switch (index) {
    case COMMON_JSON: cli->json_path = value; return 0;
    case COMMON_JUNIT: cli->junit_path = value; return 0;
    case COMMON_LIST: cli->list = true; return 0;
    case COMMON_SCALE:
        cli->scale = strcmp(value, "full") == 0 ? SCALE_FULL : SCALE_QUICK;
        if (strcmp(value, "full") != 0 && strcmp(value, "quick") != 0)
            return cli_usage(cli, "--scale takes quick or full, not '%s'", value);
        return 0;
    case COMMON_SEED:
        if (!read_number(value, &cli->seed) || cli->seed > INT64_MAX)
            return cli_usage(cli, "--seed takes a whole number, not '%s'", value);
        return 0;
    default:
        if (!read_scale(value, &cli->timeout_scale))
            return cli_usage(cli, "--timeout-scale takes a number from 0.01 to 1000, not '%s'",
                             value);
        return 0;
    }
}

/* ---- reading ---- */

/* A seed of nine digits: short enough to be typed again. */
static void set_defaults(struct cli *cli)
{
    const char *scale = getenv("EDGEWISE_TIMEOUT_SCALE");
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    cli->seed = ((uint64_t)now.tv_nsec * 2654435761u ^ (uint64_t)now.tv_sec ^
                 (uint64_t)getpid() << 16) %
                1000000000;
    if (!scale || !read_scale(scale, &cli->timeout_scale))
        cli->timeout_scale = 1;
}

static void fill_table(struct option *table, const struct cli_option *options, int count, int first)
{
    for (int i = 0; i < count; i++)
        table[i] = (struct option){
            options[i].name, options[i].value ? required_argument : no_argument, NULL, first + i};
}

/* getopt_long() gives '?' for an unknown or ambiguous option, ':' for a missing value; the word is
 * the last one read. */
static int options_refuse(struct cli *cli, int found, const char *word)
{
    if (found == ':')
        return cli_usage(cli, "%s needs a value; see edgewise help %s", word, cli->command->name);
    return cli_usage(cli, "unknown option %s; see edgewise help %s", word, cli->command->name);
}

/* Goes on after a mistake, so that --json after it is still known and the mistake is in the result;
 * the first one counts. */
static bool read_options(struct cli *cli, int argc, char **argv, const struct option *table,
                         cli_take take, void *context)
{
    struct error first = {0};
    bool help = false;
    int found;

    while ((found = getopt_long(argc, argv, ":", table, NULL)) != -1) {
        int result = 0;

        if (found >= FIRST_OWN)
            result = take(cli, context, found - FIRST_OWN, optarg);
        else if (found >= FIRST_TARGET)
            result = cli_take_target_option(cli, found - FIRST_TARGET, optarg);
        else if (found == FIRST_COMMON + COMMON_HELP)
            help = true;
        else if (found >= FIRST_COMMON)
            result = take_common(cli, found - FIRST_COMMON, optarg);
        else
            result = options_refuse(cli, found, argv[optind - 1]);
        if (result < 0 && first.status == STATUS_OK)
            first = cli->error;
    }
    cli->error = first;
    return help;
}

int cli_parse(struct cli *cli, int argc, char **argv, cli_take take, void *context)
{
    struct option table[OPTIONS_MAX] = {{0}};
    int own = count_rows(cli->command->options);
    bool help;
    int operands;

    interrupt_install();
    set_defaults(cli);
    fill_table(table, common_options, COMMON_COUNT, FIRST_COMMON);
    fill_table(table + COMMON_COUNT, cli->command->options, own, FIRST_OWN);
    if (cli->command->takes_targets)
        fill_table(table + COMMON_COUNT + own, cli_target_options, count_rows(cli_target_options),
                   FIRST_TARGET);
    help = read_options(cli, argc, argv, table, take, context);
    if ((cli->json_path && strcmp(cli->json_path, "-") == 0) ||
        (cli->junit_path && strcmp(cli->junit_path, "-") == 0))
        cli->text = stderr;
    if (cli->error.status != STATUS_OK)
        return -1;
    if (help) {
        cli_help(cli->command, cli->text);
        return -1;
    }
    operands = argc - optind;
    memmove(argv, argv + optind, (size_t)(operands + 1) * sizeof *argv);
    return operands;
}
