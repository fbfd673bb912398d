/* A flood: load for any UDP echo server, with a ledger that adds up and honest latency.
 *
 *     struct flood_config config = flood_defaults;
 *     config.addresses = &address; config.n_addresses = 1; config.count = 20000;
 *     if (flood_run(&config, &result, &error) == 0)
 *         ... result.counts, result.books, result.verdict ...
 *     flood_result_fini(&result);
 *
 * Each flow is one connected socket with a source port of its own; flow f goes to address f %
 * n_addresses.  Traffic leaves this machine only with `remote`. */
#ifndef EDGEWISE_FLOOD_H
#define EDGEWISE_FLOOD_H

#include "flood/config.h"
#include "flood/result.h"
#include "flood/verdict.h"

#include <jansson.h>
#include <stdio.h>

/* Runs it.  0 and `result` filled, also when interrupted or spoiled; -1 and `error` when it could
 * not run. flood_result_fini() is safe after both.  May start threads; all have ended on return. */
int flood_run(const struct flood_config *config, struct flood_result *result, struct error *error);
void flood_result_fini(struct flood_result *result);

/* What a client of another make sent and received, judged by the same ledger.  The books know sent
 * and echoed only. */
int flood_judge(const struct corpus *sent, const struct corpus *received,
                struct flood_result *result, struct error *error);

/* ---- reports ---- */

json_t *flood_json(const struct flood_result *result);
json_t *flood_trains_json(const struct flood_trains *trains);
void flood_print(const struct flood_result *result, FILE *out);
/* The same as sentences, one a line. */
void flood_say(const struct flood_result *result, FILE *out);

#endif
