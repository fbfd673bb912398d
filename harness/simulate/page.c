#include "simulate/page.h"

#include <stdio.h>

static bool page_is_one_of(const struct sim_page *page, const union address *local, unsigned *index)
{
    *index = 0;
    while (*index < page->address_count && !address_same_host(local, &page->addresses[*index]))
        ++*index;
    return *index < page->address_count && address_port(local) == page->first_port;
}

bool page_is_engine_address(const struct sim_page *page, const union address *local,
                            unsigned *index)
{
    unsigned port = address_port(local);

    if (page->address_count > 0)
        return page_is_one_of(page, local, index) && *index < page->engine.sockets;
    *index = port - page->first_port;
    return port >= page->first_port && *index < page->engine.sockets;
}

bool page_is_engine_socket(const struct sim_page *page, const struct sim_socket *s, unsigned *index)
{
    return s->bound && page_is_engine_address(page, &s->local, index);
}

void page_where(const struct sim_page *page, char text[PAGE_WHERE_TEXT])
{
    if (page->address_count > 0)
        snprintf(text, PAGE_WHERE_TEXT, "port %u of %u addresses", page->first_port,
                 page->engine.sockets);
    else
        snprintf(text, PAGE_WHERE_TEXT, "the %u ports from %u on", page->engine.sockets,
                 page->first_port);
}

bool page_is_upstream(const struct sim_page *page, const union address *address)
{
    return page->upstream_port != 0 && ntohs(address->in.sin_port) == page->upstream_port;
}

unsigned page_bound_ports(const struct sim_page *page)
{
    bool bound[ENGINE_SOCKETS] = {0};
    unsigned index, count = 0;

    for (unsigned i = 0; i < page->socket_count; i++) {
        if (page->sockets[i].references == 0 ||
            !page_is_engine_socket(page, &page->sockets[i], &index))
            continue;
        count += !bound[index];
        bound[index] = true;
    }
    return count;
}
