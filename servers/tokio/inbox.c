#include "tokio/inbox.h"

#include <stddef.h>

void tokio_inbox_init(struct tokio_inbox *inbox)
{
    atomic_init(&inbox->newest, NULL);
    inbox->oldest = NULL;
    inbox->closed.next = NULL;
}

bool tokio_inbox_push(struct tokio_inbox *inbox, struct tokio_link *link)
{
    struct tokio_link *newest = atomic_load(&inbox->newest);

    do {
        if (newest == &inbox->closed)
            return false;
        link->next = newest;
    } while (!atomic_compare_exchange_weak(&inbox->newest, &newest, link));
    return true;
}

static bool is_closed(const struct tokio_inbox *inbox)
{
    return atomic_load(&inbox->newest) == &inbox->closed;
}

bool tokio_inbox_empty(const struct tokio_inbox *inbox)
{
    return !inbox->oldest && (atomic_load(&inbox->newest) == NULL || is_closed(inbox));
}

static struct tokio_link *oldest_first(struct tokio_link *newest)
{
    struct tokio_link *list = NULL, *next;

    for (; newest; newest = next) {
        next = newest->next;
        newest->next = list;
        list = newest;
    }
    return list;
}

void tokio_inbox_collect(struct tokio_inbox *inbox)
{
    if (!inbox->oldest && !is_closed(inbox))
        inbox->oldest = oldest_first(atomic_exchange(&inbox->newest, NULL));
}

struct tokio_link *tokio_inbox_pop(struct tokio_inbox *inbox)
{
    struct tokio_link *link = inbox->oldest;

    if (link)
        inbox->oldest = link->next;
    return link;
}

struct tokio_link *tokio_inbox_close(struct tokio_inbox *inbox)
{
    struct tokio_link *rest = atomic_exchange(&inbox->newest, &inbox->closed);
    struct tokio_link *list = inbox->oldest;
    struct tokio_link **end = &list;

    inbox->oldest = NULL;
    while (*end)
        end = &(*end)->next;
    *end = rest == &inbox->closed ? NULL : oldest_first(rest);
    return list;
}
