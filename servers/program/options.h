/* The options that every server's program takes. */
#ifndef EDGEWISE_PROGRAM_OPTIONS_H
#define EDGEWISE_PROGRAM_OPTIONS_H

#include "edgewise/server.h"

#include <stdbool.h>

/* What the command line said. */
struct program_options {
    struct ew_config config; /* without log and page */
    bool quiet;
    bool stats;
    bool trace;
    bool foreground_loop; /* a server that cannot be served so is refused */
};

enum program_next {
    PROGRAM_RUN,
    PROGRAM_DONE,  /* help or version was printed */
    PROGRAM_USAGE, /* the fault was reported on the standard error */
};

/* Reads the whole command line for `server`, of which help and refusals are true.  `options` keeps
 * pointers into argv.  Fills all of it, also when it does not say PROGRAM_RUN; uses getopt's
 * globals, so one thread at a time. */
enum program_next program_options_parse(struct program_options *options,
                                        const struct ew_description *server, int argc, char **argv);

#endif
