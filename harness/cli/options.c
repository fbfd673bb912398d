/* The options of an invocation: those that every subcommand has, its own, and those of targets. */
#include "base/interrupt.h"
#include "cli/cli.h"

#include <assert.h>
#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* More than any command has.  The assertion in add_options() finds out at the first start. */
#define OPTIONS_MAX 64
/* getopt_long() gives rows back as numbers; these keep clear of the letters, '?' and ':'. */
#define FIRST_ROW 1000

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

/* A hundredth is for tests that want a deadline to pass, a thousand for emulated machines. */
static bool read_scale(const char *value, double *scale)
{
    char *end;

    *scale = strtod(value, &end);
    return end != value && *end == '\0' && *scale >= 0.01 && *scale <= 1000;
}

/* Deadlines alone are scaled: what is measured for some time is measured as long everywhere. */
int64_t cli_timeout_ms(const struct cli *cli, int64_t value_ms)
{
    return (int64_t)((double)value_ms * cli->timeout_scale);
}

/* A word that is none is refused here, and passed over in the environment: an invocation must not
 * fail by what somebody set for another program. */
static int take_timeout_scale(const struct cli_option *o, void *into, const char *value,
                              struct error *error)
{
    if (read_scale(value, into))
        return 0;
    return error_set(error, STATUS_USAGE, "--%s takes a number from 0.01 to 1000, not '%s'",
                     o->name, value);
}

/* That it was given is kept, too: who reads files has a seed of theirs. */
static int take_seed(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    struct cli *cli = into;

    if (cli_take_u64(o, &cli->seed, value, error) < 0)
        return -1;
    cli->seed_given = true;
    return 0;
}

/* ---- the table ---- */

const struct cli_option cli_common_options[] = {
    {"help", NULL, "show this text", CLI_FLAG(struct cli, help), .letter = 'h'},
    {"json", "FILE|-", "write the result as JSON", CLI_FILE(struct cli, json_path)},
    {"junit", "FILE|-", "write the cases as JUnit XML", CLI_FILE(struct cli, junit_path)},
    {"list", NULL, "show what would run, and run nothing", CLI_FLAG(struct cli, list)},
    {"plain", NULL,
     "one sentence a line, without tables, marks, colours or lines that change: for screen readers",
     CLI_FLAG(struct cli, plain)},
    {"scale", "quick|full", "how thorough (quick)", CLI_CHOICE(struct cli, scale, SCALE_QUICK)},
    {"seed", "N", "repeat a run with this seed (chosen and shown otherwise)", .take = take_seed,
     .most = INT64_MAX},
    {"timeout-scale", "X", "multiply all deadlines (EDGEWISE_TIMEOUT_SCALE, else 1)",
     CLI_MEMBER(take_timeout_scale, double, struct cli, timeout_scale)},
    {0},
};

/* The manual pages are made of this text (man/): what it says is all there is to say. */
void cli_help(const struct cli_command *command, FILE *out)
{
    fprintf(out, "usage: edgewise %s [options]%s%s\n\n%c%s.\n", command->name,
            *command->operands ? " " : "", command->operands,
            toupper((unsigned char)command->summary[0]), command->summary + 1);
    if (command->details)
        fprintf(out, "\n%s\n", command->details);
    if (command->options) {
        fprintf(out, "\nOptions of %s:\n", command->name);
        option_help(command->options, out);
    }
    if (command->takes_targets) {
        fprintf(out, "\nTargets (a server's name, a group, a .so, a target file, or a command):\n");
        option_help(cli_target_options, out);
    }
    fprintf(out, "\nCommon options:\n");
    option_help(cli_common_options, out);
}

/* ---- reading ---- */

/* A seed of nine digits: short enough to be typed again.  Time, its fraction and the process, so
 * that commands which start together differ.  The factor is Knuth's for multiplicative hashing,
 * 2^32 divided by the golden ratio. */
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

/* The options of one invocation, of all its tables, in the forms that getopt_long() wants.  Rows
 * stay where their tables are; this has pointers to them.  An alias is a row like any other. */
struct option_set {
    struct {
        const struct cli_option *option;
        void *base; /* of its offset */
    } rows[OPTIONS_MAX];
    int count;
    struct option names[OPTIONS_MAX + 1];
    char letters[2 * OPTIONS_MAX + 2]; /* "h", "n:" */
};

/* The leading colon makes getopt_long() tell a missing value from an unknown option. */
static void add_letter(struct option_set *set, const struct cli_option *o)
{
    size_t n = strlen(set->letters);

    if (o->letter)
        snprintf(set->letters + n, sizeof set->letters - n, "%c%s", o->letter, o->value ? ":" : "");
}

/* Common ones come first: of two rows with one letter the first is found. */
static void add_options(struct option_set *set, const struct cli_option *options, void *base)
{
    assert(set->count + option_count(options) <= OPTIONS_MAX);
    for (const struct cli_option *o = options; o && o->name; o++) {
        set->rows[set->count].option = o;
        set->rows[set->count].base = base;
        set->names[set->count] = (struct option){
            o->name, o->value ? required_argument : no_argument, NULL, FIRST_ROW + set->count};
        add_letter(set, o);
        set->count++;
    }
}

static void gather_options(struct option_set *set, struct cli *cli, void *own)
{
    *set = (struct option_set){.letters = ":"};
    add_options(set, cli_common_options, cli);
    add_options(set, cli->command->options, own);
    if (cli->command->takes_targets)
        add_options(set, cli_target_options, &cli->targets);
}

/* What getopt_long() found: a row's number, or its letter; -1: neither. */
static int row_of(const struct option_set *set, int found)
{
    if (found >= FIRST_ROW)
        return found - FIRST_ROW;
    for (int i = 0; i < set->count; i++) {
        if (set->rows[i].option->letter == found)
            return i;
    }
    return -1;
}

/* A row knows where its member lies in its structure, and the set where that is. */
static int take_row(const struct option_set *set, int row, const char *value, struct error *error)
{
    const struct cli_option *o = set->rows[row].option;

    assert(o);
    return o->take(o, (char *)set->rows[row].base + o->offset, value, error);
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
 * the first one counts.  getopt_long(3) moves the operands behind the options, so that both may be
 * mixed, up to "--". */
static void read_options(struct cli *cli, int argc, char **argv, const struct option_set *set)
{
    struct error first = {0};
    int found;

    while ((found = getopt_long(argc, argv, set->letters, set->names, NULL)) != -1) {
        int row = row_of(set, found);
        int result = row >= 0 ? take_row(set, row, optarg, &cli->error)
                              : options_refuse(cli, found, argv[optind - 1]);

        if (result < 0 && first.status == STATUS_OK)
            first = cli->error;
    }
    cli->error = first;
}

static bool is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

/* Also after a mistake or --help the report goes where it would have gone: a program that reads our
 * JSON from the standard output finds nothing else there. */
int cli_parse(struct cli *cli, int argc, char **argv, void *own)
{
    struct option_set set;
    int operands;

    interrupt_install();
    set_defaults(cli);
    gather_options(&set, cli, own);
    read_options(cli, argc, argv, &set);
    if (is_stdout(cli->json_path) || is_stdout(cli->junit_path))
        cli->text = stderr;
    if (cli->error.status != STATUS_OK)
        return -1;
    if (cli->help) {
        cli_help(cli->command, cli->text);
        return -1;
    }
    cli->targets.options.ready_ms = (int)cli_timeout_ms(cli, TARGET_READY_MS);
    cli->targets.options.stop_ms = (int)cli_timeout_ms(cli, TARGET_STOP_MS);
    operands = argc - optind;
    memmove(argv, argv + optind, (size_t)(operands + 1) * sizeof *argv);
    return operands;
}
