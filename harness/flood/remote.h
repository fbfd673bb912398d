/* edgewise is not a weapon: what lies outside this machine is loaded only when asked to, and only
 * if it shows that it wants to be: it must echo a nonce before anything else is sent. */
#ifndef EDGEWISE_REMOTE_H
#define EDGEWISE_REMOTE_H

#include "base/status.h"
#include "flood/config.h"

/* 0: every address may be loaded. */
int remote_admit(const struct flood_config *config, uint64_t nonce, struct error *error);

#endif
