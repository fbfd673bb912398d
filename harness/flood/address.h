/* Where a flood may go. */
#ifndef EDGEWISE_FLOOD_ADDRESS_H
#define EDGEWISE_FLOOD_ADDRESS_H

#include "base/address.h"
#include "base/status.h"

#include <stdbool.h>

/* "ADDR:PORT", "ADDR:PORT-PORT", "[IPV6]:PORT": writes up to `room` addresses; their number, or
 * -1. */
int flood_parse_addresses(const char *text, union address *addresses, unsigned room,
                          struct error *error);

/* Loopback, or an address of an interface in this network namespace. */
bool flood_address_is_local(const union address *address);

#endif
