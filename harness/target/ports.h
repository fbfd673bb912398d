/* Free ports. */
#ifndef EDGEWISE_TARGET_PORTS_H
#define EDGEWISE_TARGET_PORTS_H

#include "base/address.h"
#include "base/status.h"

#define PORTS_ADDRESS "127.0.0.1"
#define PORTS_DEFAULT 2000 /* as in the programs that edgewise began with */

/* With *port 0, finds `count` consecutive ports at `address` that nobody has bound; else makes sure
 * that those are free. */
int ports_choose(const union address *address, unsigned *port, unsigned count, struct error *error);

#endif
