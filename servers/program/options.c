#include "program/options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PORT 2000 /* as in the programs that edgewise began with */

enum {
    OPT_ADDRESS = 256,
    OPT_PORT,
    OPT_SOCKETS,
    OPT_QUEUE,
    OPT_WHEN_FULL,
    OPT_BUDGET,
    OPT_WORKERS,
    OPT_DATAGRAM_MAX,
    OPT_RECEIVE_BUFFER,
    OPT_SEND_BUFFER,
    OPT_SELECTOR,
    OPT_REPLY,
    OPT_QUIET,
    OPT_STATS,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"address", required_argument, NULL, OPT_ADDRESS},
    {"port", required_argument, NULL, OPT_PORT},
    {"sockets", required_argument, NULL, OPT_SOCKETS},
    {"queue", required_argument, NULL, OPT_QUEUE},
    {"when-full", required_argument, NULL, OPT_WHEN_FULL},
    {"budget", required_argument, NULL, OPT_BUDGET},
    {"workers", required_argument, NULL, OPT_WORKERS},
    {"datagram-max", required_argument, NULL, OPT_DATAGRAM_MAX},
    {"receive-buffer", required_argument, NULL, OPT_RECEIVE_BUFFER},
    {"send-buffer", required_argument, NULL, OPT_SEND_BUFFER},
    {"selector", required_argument, NULL, OPT_SELECTOR},
    {"reply", no_argument, NULL, OPT_REPLY},
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"stats", no_argument, NULL, OPT_STATS},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

/* The limits keep every product below far from overflow; the machine gives out long before. */
static const struct number {
    int option;
    unsigned long min, max;
    size_t offset; /* of a uint32_t in struct ew_config */
} numbers[] = {
    {OPT_PORT, 0, 65535, offsetof(struct ew_config, port)},
    {OPT_SOCKETS, 1, 65536, offsetof(struct ew_config, sockets)},
    {OPT_QUEUE, 1, 65536, offsetof(struct ew_config, queue)},
    {OPT_BUDGET, 1, 1000000, offsetof(struct ew_config, budget)},
    {OPT_WORKERS, 1, 1024, offsetof(struct ew_config, workers)},
    {OPT_DATAGRAM_MAX, 1, EW_DATAGRAM_MAX, offsetof(struct ew_config, datagram_max)},
    {OPT_RECEIVE_BUFFER, 1, INT32_MAX / 2, offsetof(struct ew_config, receive_bytes)},
    {OPT_SEND_BUFFER, 1, INT32_MAX / 2, offsetof(struct ew_config, send_bytes)},
};

static const char *option_name(int option)
{
    for (const struct option *o = long_options; o->name; o++)
        if (o->val == option)
            return o->name;
    return "";
}

static bool options_parse_number(const struct number *n, const char *text, struct ew_config *config,
                                 const char *program)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < n->min || value > n->max) {
        fprintf(stderr, "%s: --%s takes a whole number from %lu to %lu, not '%s'\n", program,
                option_name(n->option), n->min, n->max, text);
        return false;
    }
    *(uint32_t *)(void *)((char *)config + n->offset) = (uint32_t)value;
    return true;
}

static bool parse_address(const char *text, struct ew_config *config, const char *program)
{
    unsigned char bytes[16];

    if (inet_pton(AF_INET, text, bytes) != 1 && inet_pton(AF_INET6, text, bytes) != 1) {
        fprintf(stderr, "%s: --address takes a numeric IPv4 or IPv6 address, not '%s'\n", program,
                text);
        return false;
    }
    config->address = text;
    return true;
}

static bool parse_when_full(const char *text, struct ew_config *config, const char *program)
{
    if (strcmp(text, "drop") == 0)
        config->when_full = EW_FULL_DROP;
    else if (strcmp(text, "pause") == 0)
        config->when_full = EW_FULL_PAUSE;
    else
        fprintf(stderr, "%s: --when-full takes drop or pause, not '%s'\n", program, text);
    return config->when_full != EW_FULL_DEFAULT;
}

static const char *when_full_name(uint32_t when_full)
{
    return when_full == EW_FULL_PAUSE  ? "pause"
           : when_full == EW_FULL_DROP ? "drop"
                                       : "by its own rule";
}

/* Which options depend on what the server is; the others are every server's. */
static bool has_use_for(const struct ew_description *server, int option)
{
    switch (option) {
    case OPT_QUEUE:
    case OPT_WHEN_FULL: return server->capabilities & EW_CAN_QUEUE;
    case OPT_BUDGET: return server->default_budget > 0;
    case OPT_WORKERS: return server->capabilities & EW_CAN_WORKERS;
    case OPT_SELECTOR: return server->capabilities & EW_CAN_SELECTOR;
    case OPT_REPLY: return server->capabilities & EW_CAN_REPLY;
    default: return true;
    }
}

static unsigned sockets_of(const struct ew_description *server)
{
    return server->default_sockets ? server->default_sockets : 1;
}

/* What --help says is made from the description, so that it is true of this server. */
static void options_print_help(const struct ew_description *server, const char *program)
{
    printf("Usage: %s [OPTION]...\n%s: %s.\n", program, server->name, server->summary);
    if (server->needs)
        printf("Needs %s.\n", server->needs);
    if (server->missing)
        printf("Cannot run here: %s.\n", server->missing);
    printf("\nRuns until SIGINT or SIGTERM.\n\n"
           "  --address A         numeric IPv4 or IPv6 address to listen on (127.0.0.1)\n"
           "  --port P            first port; 0: the kernel picks one for each socket (%d)\n"
           "  --sockets N         listen on N consecutive ports (%u)\n",
           DEFAULT_PORT, sockets_of(server));
    if (has_use_for(server, OPT_REPLY))
        printf("  --reply             echo what is received; otherwise it is only told\n");
    if (has_use_for(server, OPT_QUEUE))
        printf("  --queue N           replies held for each socket while the kernel refuses them "
               "(%u)\n"
               "  --when-full WHAT    drop: the newest is dropped and counted; pause: stop reading "
               "(%s)\n",
               EW_DEFAULT_QUEUE, when_full_name(server->default_full));
    if (has_use_for(server, OPT_BUDGET))
        printf("  --budget N          datagrams served of one socket before the next one's turn "
               "(%u)\n",
               server->default_budget);
    if (has_use_for(server, OPT_WORKERS))
        printf("  --workers N         threads, which share the sockets (1)\n");
    if (has_use_for(server, OPT_SELECTOR))
        printf("  --selector NAME     epoll, kqueue or poll (the platform's best)\n");
    printf("  --datagram-max N    larger datagrams are dropped whole and counted (%u)\n"
           "  --receive-buffer N  SO_RCVBUF in bytes (the system's default)\n"
           "  --send-buffer N     SO_SNDBUF in bytes (the system's default)\n"
           "  --quiet             print nothing for each datagram\n"
           "  --stats             print the counters at the end\n"
           "  --help, --version\n",
           EW_DATAGRAM_MAX);
    if (has_use_for(server, OPT_QUEUE))
        printf("\nMemory at worst: --datagram-max bytes for each worker and, once replies of a "
               "socket had to wait, --queue times\n"
               "--datagram-max for that socket: %u bytes by default.\n",
               EW_DEFAULT_QUEUE * EW_DATAGRAM_MAX);
    printf("\nExit status: 0 after a clean stop, 2 for a usage error, 4 when it could not run.\n");
}

static bool options_take(struct program_options *o, int option, const char *program)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].option == option)
            return options_parse_number(&numbers[i], optarg, &o->config, program);
    if (option == OPT_ADDRESS)
        return parse_address(optarg, &o->config, program);
    if (option == OPT_WHEN_FULL)
        return parse_when_full(optarg, &o->config, program);
    if (option == OPT_SELECTOR)
        o->config.selector = optarg;
    o->config.reply = o->config.reply || option == OPT_REPLY;
    o->quiet = o->quiet || option == OPT_QUIET;
    o->stats = o->stats || option == OPT_STATS;
    return true;
}

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
    int option;

    *o = (struct program_options){
        .config = {.size = sizeof o->config, .port = DEFAULT_PORT, .sockets = sockets_of(server)}};
    optind = 1;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == OPT_HELP) {
            options_print_help(server, argv[0]);
            return PROGRAM_DONE;
        }
        if (option == OPT_VERSION) {
            printf("%s (edgewise ABI %u)\n", server->name, server->abi);
            return PROGRAM_DONE;
        }
        if (option == '?') {
            fprintf(stderr, "Try '%s --help'.\n", argv[0]);
            return PROGRAM_USAGE;
        }
        if (!has_use_for(server, option)) {
            fprintf(stderr, "%s: %s has no use for --%s; try '%s --help'\n", argv[0], server->name,
                    option_name(option), argv[0]);
            return PROGRAM_USAGE;
        }
        if (!options_take(o, option, argv[0]))
            return PROGRAM_USAGE;
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s'; try '%s --help'\n", argv[0], argv[optind],
                argv[0]);
        return PROGRAM_USAGE;
    }
    return ports_fit(&o->config, argv[0]) ? PROGRAM_RUN : PROGRAM_USAGE;
}
