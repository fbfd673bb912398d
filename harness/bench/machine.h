/* What of the machine belongs beside a figure. */
#ifndef EDGEWISE_BENCH_MACHINE_H
#define EDGEWISE_BENCH_MACHINE_H

#include <jansson.h>

/* An object: kernel, machine, cpu (model), cpus (online), governor, load; null for what the
 * platform does not tell.  A new reference. */
json_t *machine_describe(void);

/* Processors online. */
int machine_cpus(void);

#endif
