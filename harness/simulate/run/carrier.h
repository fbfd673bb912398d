/* On which carrier a target is run, and whether two of them find the same. */
#ifndef EDGEWISE_SIMULATE_CARRIER_H
#define EDGEWISE_SIMULATE_CARRIER_H

#include "simulate/run/run.h"

/* In the order of the words of --carrier (cli/fingerprint.c). */
enum carrier_choice {
    CARRIER_ABLE, /* preload; supervise for targets that this cannot interpose */
    CARRIER_PRELOAD,
    CARRIER_SUPERVISE,
    CARRIER_BOTH, /* preload's figures; that supervise finds others is a finding of edgewise */
};

/* What is known of one target, over all its runs. */
struct carrier {
    enum carrier_choice choice;
    bool supervised;      /* the last run was done by supervise alone */
    bool rings;           /* it does not do without io_uring */
    char difference[512]; /* CARRIER_BOTH: what differed in the last run, or "" */
};

/* As sim_run(), on the carrier that the choice and the runs before it say. */
int carrier_run(struct carrier *carrier, struct sim_order *order, struct sim_result *result,
                struct error *error);

#endif
