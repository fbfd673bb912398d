#include "program/options.h"

#include "program/settings.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

/* The settings by their rows, old names included; then what a program has beside them. */
enum { OPT_QUIET = 256, OPT_TRACE, OPT_FOREGROUND, OPT_STATS, OPT_HELP, OPT_VERSION };

static const struct option program_options[] = {
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"trace", no_argument, NULL, OPT_TRACE},
    {"foreground-loop", no_argument, NULL, OPT_FOREGROUND},
    {"stats", no_argument, NULL, OPT_STATS},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

#define PROGRAM_OPTIONS (sizeof program_options / sizeof *program_options)

/* For getopt_long(); NULL without memory.  The caller frees. */
static struct option *options_table(void)
{
    struct option *table = calloc(2 * ew_settings_count + PROGRAM_OPTIONS, sizeof *table);
    size_t n = 0;

    for (size_t i = 0; table && i < ew_settings_count; i++) {
        const struct ew_setting *s = &ew_settings[i];
        int argument = s->value ? required_argument : no_argument;

        table[n++] = (struct option){s->name, argument, NULL, (int)i};
        if (s->old_name)
            table[n++] = (struct option){s->old_name, argument, NULL, (int)i};
    }
    for (size_t i = 0; table && i < PROGRAM_OPTIONS; i++)
        table[n++] = program_options[i];
    return table;
}

static unsigned sockets_of(const struct ew_description *server)
{
    unsigned described = ew_described(server, offsetof(struct ew_description, default_sockets));

    return described ? described : 1;
}

/* Only what this server makes something of, with what leaving it out means. */
static void options_print_setting(const struct ew_setting *s, const struct ew_description *server)
{
    char left[40], text[16];
    const char *otherwise = ew_setting_default(s, server, text, sizeof text);

    if (!otherwise)
        return;
    snprintf(left, sizeof left, "--%s%s%s", s->name, s->value ? " " : "", s->value ? s->value : "");
    printf("  %-22s %s", left, s->help);
    printf(*otherwise ? " (%s)\n" : "\n", otherwise);
}

/* What --help says is made from the description, so that it is true of this server. */
static void options_print_help(const struct ew_description *server, const char *program)
{
    printf("Usage: %s [OPTION]...\n%s: %s.\n", program, server->name, server->summary);
    if (server->needs)
        printf("Needs %s.\n", server->needs);
    if (server->missing)
        printf("Cannot run here: %s.\n", server->missing);
    printf("\nRuns until SIGINT or SIGTERM.\n\n");
    for (size_t i = 0; i < ew_settings_count; i++)
        options_print_setting(&ew_settings[i], server);
    printf(
        "  --quiet                print nothing for each datagram\n"
        "  --trace                print each moment of the loop, too: waits, events, what would "
        "block\n"
        "  --foreground-loop      refuse what cannot serve on the main thread, where plain strace "
        "shows the loop;\n"
        "                         what can does so anyhow\n"
        "  --stats                print the counters at the end\n"
        "  --help, --version\n");
    if (server->capabilities & EW_CAN_QUEUE)
        printf("\nMemory at worst: --datagram-max bytes for each worker and, once replies of a "
               "socket had to wait, --queue times\n"
               "--datagram-max for that socket: %u bytes by default.\n",
               EW_DEFAULT_QUEUE * EW_DATAGRAM_MAX);
    printf("\nExit status: 0 after a clean stop, 2 for a usage error, 4 when it could not run.\n");
}

/* An option without a use is refused: who gives it expects something of it. */
static bool options_take_setting(struct program_options *o, const struct ew_setting *s,
                                 const struct ew_description *server, const char *program)
{
    char wanted[64];

    if (!ew_setting_concerns(s, server)) {
        fprintf(stderr, "%s: %s has no use for --%s; try '%s --help'\n", program, server->name,
                s->name, program);
        return false;
    }
    if (ew_setting_take(s, optarg, &o->config) == 0)
        return true;
    ew_setting_wants(s, wanted, sizeof wanted);
    fprintf(stderr, "%s: --%s takes %s, not '%s'\n", program, s->name, wanted, optarg);
    return false;
}

/* One option that getopt_long() found.  PROGRAM_RUN: go on. */
static enum program_next options_take(struct program_options *o,
                                      const struct ew_description *server, int option,
                                      const char *program)
{
    switch (option) {
    case OPT_HELP: options_print_help(server, program); return PROGRAM_DONE;
    case OPT_VERSION:
        printf("%s (edgewise ABI %u)\n", server->name, server->abi);
        return PROGRAM_DONE;
    case OPT_QUIET: o->quiet = true; return PROGRAM_RUN;
    case OPT_TRACE: o->trace = true; return PROGRAM_RUN;
    case OPT_FOREGROUND: o->foreground_loop = true; return PROGRAM_RUN;
    case OPT_STATS: o->stats = true; return PROGRAM_RUN;
    case '?': fprintf(stderr, "Try '%s --help'.\n", program); return PROGRAM_USAGE;
    default:
        return options_take_setting(o, &ew_settings[option], server, program) ? PROGRAM_RUN
                                                                              : PROGRAM_USAGE;
    }
}

/* Refused here, where the options can be named; ew_start would say -EINVAL. */
static bool ports_fit(const struct ew_config *config, const char *program)
{
    if (config->port == 0 || config->port + config->sockets - 1 <= 65535)
        return true;
    fprintf(stderr,
            "%s: %u ports from %u on end beyond 65535; choose a lower --port or fewer --sockets\n",
            program, config->sockets, config->port);
    return false;
}

enum program_next program_options_parse(struct program_options *o,
                                        const struct ew_description *server, int argc, char **argv)
{
    struct option *table = options_table();
    enum program_next next = PROGRAM_RUN;
    int option;

    *o = (struct program_options){.config = {.size = sizeof o->config,
                                             .port = EW_PROGRAM_PORT,
                                             .sockets = sockets_of(server)}};
    if (!table) {
        fprintf(stderr, "%s: no memory for the options\n", argv[0]);
        return PROGRAM_USAGE;
    }
    optind = 1;
    while (next == PROGRAM_RUN && (option = getopt_long(argc, argv, "", table, NULL)) != -1)
        next = options_take(o, server, option, argv[0]);
    free(table);
    if (next != PROGRAM_RUN)
        return next;
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s'; try '%s --help'\n", argv[0], argv[optind],
                argv[0]);
        return PROGRAM_USAGE;
    }
    /* who gives both expects something of each */
    if (o->quiet && o->trace) {
        fprintf(stderr, "%s: --quiet prints nothing and --trace everything: give one of them\n",
                argv[0]);
        return PROGRAM_USAGE;
    }
    return ports_fit(&o->config, argv[0]) ? PROGRAM_RUN : PROGRAM_USAGE;
}
