/* Where a target listens, by what it is told and what its file says. */
#include "target/arguments.h"
#include "target/ports.h"

/* Free at the first of its addresses, a port may be taken at the next: then another is tried. */
#define WHERE_TRIES 20

unsigned target_own_port(const struct target *target, unsigned port)
{
    if (target->port != 0)
        return target->port;
    if (port == 0 && target->kind == TARGET_COMMAND && !arguments_mention(target->argv, "{port}") &&
        !arguments_mention(target->env, "{port}"))
        return PORTS_DEFAULT;
    return port;
}

union address target_own_address(const struct target *target, const union address *host,
                                 unsigned port, unsigned index)
{
    union address a = target->addresses ? target->addresses[index] : *host;

    address_set_port(&a, (uint16_t)(target->addresses ? port : port + index));
    return a;
}

static bool where_is_free(const struct target *target, unsigned sockets, unsigned port,
                          struct error *error)
{
    unsigned i = 0;

    while (i < sockets && ports_choose(&target->addresses[i], &port, 1, error) == 0)
        i++;
    return i == sockets;
}

int target_choose_port(const struct target *target, const union address *host, unsigned sockets,
                       unsigned *port, struct error *error)
{
    unsigned told = *port;

    /* Addresses that its setup makes are not there yet. */
    if (!target->addresses || target->setup)
        return ports_choose(host, port, target->addresses ? 1 : sockets, error);
    for (int i = 0; i < WHERE_TRIES; i++) {
        *port = told;
        if (ports_choose(&target->addresses[0], port, 1, error) == 0 &&
            where_is_free(target, sockets, *port, error))
            return 0;
        if (told != 0)
            break;
    }
    return -1;
}
