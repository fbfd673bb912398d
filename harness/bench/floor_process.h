/* Who measures the floor while a bench goes on. */
#ifndef EDGEWISE_BENCH_FLOOR_PROCESS_H
#define EDGEWISE_BENCH_FLOOR_PROCESS_H

#include "bench/floor.h"

/* A process that measures when it is told to: one that may be pinned and moved into a network
 * namespace. */
struct floor {
    int fd;    /* -1: there is none */
    int child; /* its process */
};

/* Starts it; before any thread is started.  -1 with `error` filled; floor_stop() is safe then. */
int floor_start(struct floor *floor, const struct floor_config *config, struct error *error);
/* All parts, one after the other: some hundredths of a second, some seconds at most.  When the
 * process does not answer, each part is missing for that reason. */
void floor_measure(struct floor *floor, struct floor_figure figures[FLOOR_PARTS]);
void floor_stop(struct floor *floor);

#endif
