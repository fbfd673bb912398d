/* A second one on a port that has its owner: it should be refused. */
#ifndef EDGEWISE_CHECK_SECOND_H
#define EDGEWISE_CHECK_SECOND_H

#include "checks/check.h"

/* Starts the target where a plain socket of the harness has the port: the one that the target is
 * told, or the one that its command has without being told.  True when it did not start: `end` says
 * how it ended.  False with a verdict. */
bool second_finds_holder(struct check *c, struct target_end *end);

/* Starts a second instance beside the running target, on its port; else as above.  When it does
 * start the verdict says what became of the first one's clients: FAIL, WEAK where SO_REUSEPORT
 * shares them, UNSUPPORTED of who claims 'shares-port'.  The first one may stand still from then
 * on. */
bool second_finds_first(struct check *c, struct target_end *end);

#endif
