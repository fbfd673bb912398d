/* What a flood's figures say: about the target, and about the generator itself, which must not pass
 * its own troubles off as the target's. */
#ifndef EDGEWISE_VERDICT_H
#define EDGEWISE_VERDICT_H

#include "flood/config.h"
#include "flood/result.h"

/* Fills result->verdict and ->reason. */
void verdict_give(struct flood_result *result, const struct flood_config *config);

/* The exit status it deserves. */
enum status flood_status(const struct flood_result *result);

#endif
