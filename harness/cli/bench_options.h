/* The options of edgewise bench. */
#ifndef EDGEWISE_CLI_BENCH_OPTIONS_H
#define EDGEWISE_CLI_BENCH_OPTIONS_H

#include "bench/goals.h"
#include "bench/rounds.h"
#include "cli/cli.h"

/* One invocation: what its options say. */
struct bench_command {
    struct bench_config config;
    const char *baseline;
    const char *goals_path; /* NULL: those that came with the program */
    struct bench_goals goals;
    const char *traffic; /* a name; NULL: none */
    const char *curve;   /* a parameter's name; NULL: one comparison */
    struct sizes values; /* of it, a list; none: the curve's own */
    uint32_t sockets;    /* of a curve, in the place of --sockets; 0: as that says */
    uint32_t workers;    /* likewise */
    bool no_pin;
    enum { FORMAT_TEXT, FORMAT_BENCHER } format;
};

/* Fills a struct bench_command. */
extern const struct cli_option bench_options[];

/* What follows from the options together: the rounds that the scale asks for, the named traffic and
 * the defaults, what the targets' options say. */
void bench_settle(struct cli *cli, struct bench_command *b);

/* All that a repetition needs beside the seed, as it is and not as it was asked for. */
json_t *bench_config_json(const struct bench_command *b);

#endif
