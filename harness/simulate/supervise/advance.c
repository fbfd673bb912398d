#include "simulate/supervise/advance.h"

#include "simulate/supervise/clients.h"
#include "simulate/supervise/sockets.h"

void advance_scenario(struct hold *h)
{
    struct sim_page *page = h->page;

    unsigned bound = sockets_bound(h);

    if (page->state != SIM_RUNNING && bound < page->engine.sockets) {
        char where[PAGE_WHERE_TEXT];

        page_where(page, where);
        hold_give_up(h, "waits for datagrams, but has not bound all of %s", where);
        return;
    }
    engine_closed(&page->engine, page->engine.sockets - bound);
    atomic_compare_exchange_strong(&page->state, &(int){SIM_HELLO}, SIM_RUNNING);
    clients_collect(h);
    h->looked = false; /* what it sends may wake threads whose calls are not held */
    if (!engine_quiet(&page->engine, clients_begin(h)))
        hold_finish(h, SIM_OVER);
}
