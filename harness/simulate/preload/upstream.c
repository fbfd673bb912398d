/* Whom a forwarder asks, on the simulated network: there is no process and no socket of an
 * upstream.  In the call by which the target sends a request to its address the answer is put into
 * the same pair, so that it is there before that call returns.
 *
 * So nothing is ever under way between the target and its upstream: all is quiet when all of the
 * target sleeps, as without one, and what comes when does not depend on the machine. */
#include "simulate/preload/network.h"

#include "simulate/preload/real.h"

#define UPSTREAM_ROOM 65536

void net_answer_upstream(struct sim_socket *s, const union address *upstream,
                         const uint8_t *request, size_t size)
{
    static uint8_t answer[UPSTREAM_ROOM]; /* the page's lock is held */
    struct sim_page *page = net_page();
    struct net_header header = {.kind = NET_DATA, .address = *upstream};
    const struct protocol *p = exchange_protocol(&page->exchange);
    size_t length = p->respond(&page->exchange, answer, sizeof answer, request, size);
    struct iovec parts[] = {{&header, sizeof header}, {answer, length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    engine_called_others(&page->engine, PAGE_UPSTREAM_CALLS);
    if (length == 0 || real()->sendmsg(net_far(s), &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        page->upstream_misses = true; /* no figure rather than one of answers that are lost */
}
