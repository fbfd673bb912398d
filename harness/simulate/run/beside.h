/* What happens beside datagrams in a run of scenarios/beside.c, and how its target is told to wait
 * for that: by a variable of its environment, KIND:NUMBER (docs/TARGETS.md). */
#ifndef EDGEWISE_SIMULATE_BESIDE_H
#define EDGEWISE_SIMULATE_BESIDE_H

#include "base/status.h"
#include "simulate/page.h"

#define BESIDE_VARIABLE "EDGEWISE_BESIDE"
#define BESIDE_FDS 2

/* What the target inherits: its descriptor and the one by which the library makes that readable; -1
 * both where there is none. */
struct beside_ends {
    int fds[BESIDE_FDS];
};

/* Sets the page's `beside`, and `text` to the variable.  `needs`: of enum ew_capability the run's
 * one; 0: nothing happens, and `text` is "".  0, or -1 with `error`. */
int beside_open(struct beside_ends *ends, uint64_t needs, struct sim_page *page, char *text,
                size_t size, struct error *error);
void beside_close(struct beside_ends *ends);

#endif
