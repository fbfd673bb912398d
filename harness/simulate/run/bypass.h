/* What of a target goes past the library that was preloaded: detected, not guessed, by what the
 * kernel shows of its processes, since from inside one that does looks as one that is slow to
 * start. */
#ifndef EDGEWISE_SIMULATE_BYPASS_H
#define EDGEWISE_SIMULATE_BYPASS_H

#include "simulate/run/simulation.h"

/* A thread that was found in a wait of its own, and how often; all zero at first. */
struct bypass {
    pid_t tid;
    uint64_t runs; /* on a processor, when it was seen first */
    unsigned looks;
};

/* Looks once more; true: it never will get as far as to run, and `text` says why. */
bool bypass_look(const struct simulation *simulation, struct bypass *bypass, char *text,
                 size_t size);

/* Does one of its threads sit in a wait of the kernel's?  Its name. */
bool bypass_waits_in(pid_t pid, char *name, size_t size);

#endif
