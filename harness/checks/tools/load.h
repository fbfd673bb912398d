/* Floods as cases use them: bounded, with deadlines scaled, and judged alike. */
#ifndef EDGEWISE_CHECK_LOAD_H
#define EDGEWISE_CHECK_LOAD_H

#include "checks/check.h"
#include "flood/flood.h"

#define LOAD_PORTS_MAX 16

/* A flood of the running target, all its sockets, to be changed as the case wants. */
struct load {
    struct flood_config config;
    union address addresses[LOAD_PORTS_MAX];
    struct flood_result result;
};

void load_init(struct load *load, struct check *c);

/* Runs it.  False when there is nothing to judge: it could not run, was interrupted, or was spoiled
 * (INVALID). */
bool load_run(struct load *load, struct check *c);
void load_fini(struct load *load);

/* FAIL for anything that came back wrong: corrupt, truncated, foreign, misdirected, twice. */
void load_judge_echoes(const struct load *load, struct check *c);

/* FAIL when echoes are missing that no counter of a drop explains. */
void load_judge_losses(const struct load *load, struct check *c);

/* Sends to the first `ports` ports of the target from another process, as fast as it can, until
 * load_background_end(), for five seconds at most: from a socket that nobody reads, or from
 * `clients`, one for each port, which the caller may read.  Its pid, or -1 with a verdict. */
struct client;
pid_t load_background(struct check *c, unsigned ports, const struct client *clients);
void load_background_end(pid_t pid);

#endif
