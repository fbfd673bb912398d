/* Joining results: what the kinds of results have to be joined by. */
#ifndef EDGEWISE_CLI_MERGE_H
#define EDGEWISE_CLI_MERGE_H

#include "cli/cli.h"
#include "cli/result_file.h"

/* One function for each kind, all of one type, for the table in merge.c.
 *
 * Fills cli->result (and cli->cases, where the kind has cases) from `count` files, at least two, of
 * the kind that the function is for.  0, or -1 with cli->error filled: they do not go together, or
 * are not as edgewise writes them. */
int merge_bench(struct cli *cli, const struct result_file *files, size_t count,
                const char *goals_path);
int merge_check(struct cli *cli, const struct result_file *files, size_t count,
                const char *goals_path);

#endif
