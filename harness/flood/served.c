#include "flood/served.h"

#include "base/counters.h"

#include <stdlib.h>

#define SERVED offsetof(struct ew_worker_counters, datagrams_served)

void served_begin(struct flood_served *s, const struct ew_page *page)
{
    *s = (struct flood_served){0};
    if (!page || page->magic != EW_PAGE_MAGIC || counters_of_worker(page, 0, SERVED) < 0)
        return;
    s->datagrams = calloc(page->workers ? page->workers : 1, sizeof *s->datagrams);
    s->workers = s->datagrams ? page->workers : 0;
    for (unsigned i = 0; i < s->workers; i++)
        s->datagrams[i] = counters_of_worker(page, i, SERVED);
}

void served_end(struct flood_served *s, const struct ew_page *page)
{
    for (unsigned i = 0; i < s->workers; i++)
        s->datagrams[i] = counters_of_worker(page, i, SERVED) - s->datagrams[i];
}

void served_fini(struct flood_served *s)
{
    free(s->datagrams);
    *s = (struct flood_served){0};
}

json_t *served_json(const struct flood_served *s)
{
    json_t *workers = json_array();

    for (unsigned i = 0; i < s->workers; i++)
        json_array_append_new(workers, json_integer(s->datagrams[i]));
    return workers;
}
