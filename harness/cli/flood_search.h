/* edgewise flood --search: the highest rate without loss. */
#ifndef EDGEWISE_CLI_FLOOD_SEARCH_H
#define EDGEWISE_CLI_FLOOD_SEARCH_H

#include "cli/cli.h"
#include "flood/flood.h"

/* Floods again and again with `config`, whose pace, rate and count it sets; a duration is that of
 * one trial.  Reports and fills cli->result. */
enum status flood_search(struct cli *cli, const char *name, const struct flood_config *config,
                         bool quiet);

#endif
