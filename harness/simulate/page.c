#include "simulate/page.h"

bool page_is_engine_socket(const struct sim_page *page, const struct sim_socket *s, unsigned *index)
{
    unsigned port = ntohs(s->local.in.sin_port); /* at the same place in both families */

    *index = port - page->first_port;
    return s->bound && port >= page->first_port && *index < page->engine.sockets;
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
