/* Mutants that ask the kernel how a datagram came, or what became of an answer, and mind it.
 * Linux: ip(7). */
#include "skeleton.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <string.h>

/* `number` is the option of ip(7). */
static int told_ask(struct ew_worker *w)
{
    int yes = 1;

    for (unsigned i = 0; i < w->n_sockets; i++) {
        if (w->sockets[i].local.any.sa_family == AF_INET &&
            setsockopt(w->sockets[i].fd, IPPROTO_IP, (int)mutant_self()->number, &yes, sizeof yes) <
                0)
            return -errno;
    }
    return 0;
}

/* Receives the next datagram, and throws it away if it is refused. */
static int receive_unless(bool refused, struct ew_worker *w, struct ew_socket *s,
                          struct ew_datagram *d)
{
    int outcome = ew_receive(w, s, d);

    return refused && outcome == EW_DONE ? EW_BLOCKED : outcome;
}

static int refuse_options(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    uint8_t first;

    return receive_unless(
        mutant_told(s, MSG_PEEK, IPPROTO_IP, IP_RECVOPTS, &first, sizeof first) > 0, w, s, d);
}

static int refuse_fragments(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    int largest;

    return receive_unless(
        mutant_told(s, MSG_PEEK, IPPROTO_IP, IP_RECVFRAGSIZE, &largest, sizeof largest) > 0, w, s,
        d);
}

/* Random datagrams have a content of chance, those of the corpus begin with a name. */
static int refuse_short_lives(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    int lifetime = 255;
    bool is_short = mutant_told(s, MSG_PEEK, IPPROTO_IP, IP_TTL, &lifetime, sizeof lifetime) > 0 &&
                    lifetime <= 1;
    int outcome = ew_receive(w, s, d);

    return outcome == EW_DONE && is_short && d->length > 4 && memcmp(d->data, "ttl/", 4) == 0
               ? EW_BLOCKED
               : outcome;
}

static int die_of_errors(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    struct sock_extended_err error;

    if (mutant_told(s, MSG_ERRQUEUE, IPPROTO_IP, IP_RECVERR, &error, sizeof error) == sizeof error)
        return -EIO;
    return ew_receive(w, s, d);
}

static int die_of_hosts_gone(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    struct sock_extended_err error;

    if (mutant_told(s, MSG_ERRQUEUE, IPPROTO_IP, IP_RECVERR, &error, sizeof error) ==
            sizeof error &&
        error.ee_errno == EHOSTUNREACH)
        return -EIO;
    return ew_receive(w, s, d);
}

/* Of this length, and no text, as the corpus's datagrams are: another case's are not concerned. */
#define LENGTH_LOST 48

/* The error about one client's answer costs the next client its own. */
static int lose_the_next(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    struct sock_extended_err error;
    bool was_told = mutant_told(s, MSG_ERRQUEUE, IPPROTO_IP, IP_RECVERR, &error, sizeof error) ==
                    sizeof error;
    int outcome = ew_receive(w, s, d);

    return outcome == EW_DONE && was_told && d->length == LENGTH_LOST && d->data[0] < ' '
               ? EW_DROPPED
               : outcome;
}

const struct mutant mutants_told_by_ip[] = {
    {"loses-the-next", "drops what follows an ICMP error", .init = told_ask,
     .receive = lose_the_next, .number = IP_RECVERR},
    {"refuses-options", "drops what came with IP options", .init = told_ask,
     .receive = refuse_options, .number = IP_RECVOPTS},
    {"refuses-fragments", "drops what came in pieces", .init = told_ask,
     .receive = refuse_fragments, .number = IP_RECVFRAGSIZE},
    {"refuses-short-lives", "drops what could go no further", .init = told_ask,
     .receive = refuse_short_lives, .number = IP_RECVTTL},
    {"dies-of-icmp", "takes any ICMP error for its own", .init = told_ask, .receive = die_of_errors,
     .number = IP_RECVERR},
    {"dies-of-hosts-gone", "takes \"host unreachable\" for its own", .init = told_ask,
     .receive = die_of_hosts_gone, .number = IP_RECVERR},
    {0},
};
