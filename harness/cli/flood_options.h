/* The options of edgewise flood. */
#ifndef EDGEWISE_CLI_FLOOD_OPTIONS_H
#define EDGEWISE_CLI_FLOOD_OPTIONS_H

#include "cli/cli.h"
#include "flood/corpus.h"
#include "flood/flood.h"

/* What loops are compared with is 10,000 sockets, of which one is active or all are. */
#define ADDRESSES_MAX 16384u
#define CPUS_MAX 256u

/* One invocation: what its options say, and the memory that the configuration points into.  Large,
 * and on the stack of main's thread, which has room for it. */
struct flood_command {
    struct flood_config config;
    union address addresses[ADDRESSES_MAX];
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

/* Sizes of datagrams, into a struct sizes; a row of any table. */
int cli_take_sizes(const struct cli_option *o, void *into, const char *value, struct error *error);
#define CLI_SIZES(type, member) CLI_MEMBER(cli_take_sizes, struct sizes, type, member)

/* Fills a struct flood_command. */
extern const struct cli_option flood_options[];

/* What follows from the options together: defaults that depend on the scale, scaled deadlines, the
 * nonce of the seed. */
void flood_settle(struct cli *cli, struct flood_command *f);

#endif
