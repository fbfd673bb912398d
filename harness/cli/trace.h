/* One run on the simulated network, as `edgewise trace` shows it. */
#ifndef EDGEWISE_CLI_TRACE_H
#define EDGEWISE_CLI_TRACE_H

#include "simulate/engine.h"

#include <jansson.h>
#include <stdio.h>

struct trace {
    const char *target;
    char id[64]; /* "starvation.first-start" */
    unsigned sockets;
    const json_t *found; /* what fingerprint has of this run: figures, or why there are none */
    struct log log;
};

/* "received 16, answered 16", from `found`. */
void trace_put_figures(const struct trace *trace, char *text, size_t size);

/* "recvfrom: received"; the socket's number is not in it. */
void trace_put_event(const struct log_event *event, char *text, size_t size);

/* For people at a terminal: the target's calls on the left, the scenario's doings on the right;
 * `plain`: as sentences. */
void trace_print(const struct trace *trace, bool plain, FILE *out);

/* For cli_write(): a timeline that runs downwards, one lane for each socket and one for the loop;
 * 390 pixels wide, as a telephone is. */
void trace_put_svg(const void *trace, FILE *out);

#endif
