/* Mutants that mind how large a datagram is and what comes beside it. */
#include "skeleton.h"

#include <errno.h>
#include <netinet/udp.h>

/* As the later slots of a batch: too small for what is large, and nobody notices while datagrams
 * come one by one. */
static void cut_before_empty(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    struct ew_datagram shorter = *d;
    char byte;

    if (d->length > mutant_self()->number &&
        recv(s->fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) == 0)
        shorter.length = mutant_self()->number;
    skeleton_answer(w, s, &shorter);
}

static int sizes_set_all(struct ew_worker *w, int level, int option, int value)
{
    for (unsigned i = 0; i < w->n_sockets; i++) {
        if (setsockopt(w->sockets[i].fd, level, option, &value, sizeof value) < 0)
            return -errno;
    }
    return 0;
}

/* What the kernel then joins is answered as one. */
static int join_trains(struct ew_worker *w)
{
    return sizes_set_all(w, IPPROTO_UDP, UDP_GRO, 1);
}

static int forbid_fragments(struct ew_worker *w)
{
    return w->sockets[0].local.any.sa_family == AF_INET
               ? sizes_set_all(w, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
               : 0;
}

const struct mutant mutants_of_sizes[] = {
    {"cuts-before-empty", "cuts a large datagram behind which an empty one waits",
     .answer = cut_before_empty, .number = 2048},
    {"answers-trains-as-one", "has datagrams joined (UDP_GRO) and does not split them",
     .init = join_trains},
    {"forbids-fragments", "sends nothing that has to be taken apart", .init = forbid_fragments},
    {0},
};
