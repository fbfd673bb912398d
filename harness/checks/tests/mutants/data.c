/* Mutants that damage data, lose it, or answer from elsewhere. */
#include "skeleton.h"

#include <string.h>
#include <unistd.h>

static void drop_this_length(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (d->length != mutant_self()->number)
        skeleton_answer(w, s, d);
}

static void drop_one_byte(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (d->length != 1 || d->peer.any.sa_family != AF_INET)
        skeleton_answer(w, s, d);
}

static void cut(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    struct ew_datagram shorter = *d;

    if (shorter.length > mutant_self()->number)
        shorter.length = mutant_self()->number;
    skeleton_answer(w, s, &shorter);
}

static void change_a_byte(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (d->length > mutant_self()->number)
        d->data[mutant_self()->number] ^= 1;
    skeleton_answer(w, s, d);
}

static void strip_zeros(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    struct ew_datagram text = *d;

    while (text.length > 1 && text.data[text.length - 1] == 0 && text.data[text.length - 2] == 0)
        text.length--;
    skeleton_answer(w, s, &text);
}

/* At least three of them, which random bytes have once in sixteen million datagrams. */
static void strip_newlines(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    struct ew_datagram text = *d;

    if (text.length > 3 && memcmp(text.data + text.length - 3, "\n\n\n", 3) == 0)
        text.length -= 3;
    skeleton_answer(w, s, &text);
}

static void strip_marks(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    struct ew_datagram text = *d;

    if (text.length > 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) {
        text.data += 3;
        text.length -= 3;
    }
    skeleton_answer(w, s, &text);
}

static void die_of_large(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (d->length > mutant_self()->number)
        _exit(9);
    skeleton_answer(w, s, d);
}

static void answer_from_first_port(struct ew_worker *w, struct ew_socket *s,
                                   const struct ew_datagram *d)
{
    (void)s;
    skeleton_answer(w, &w->sockets[0], d);
}

static void answer_some_from_first_port(struct ew_worker *w, struct ew_socket *s,
                                        const struct ew_datagram *d)
{
    skeleton_answer(w, d->length == mutant_self()->number ? &w->sockets[0] : s, d);
}

static void answer_from_new_socket(struct ew_worker *w, struct ew_socket *s,
                                   const struct ew_datagram *d)
{
    int fd = d->length > mutant_self()->number ? socket(d->peer.any.sa_family, SOCK_DGRAM, 0) : -1;

    if (fd < 0)
        skeleton_answer(w, s, d);
    else if (sendto(fd, d->data, d->length, 0, &d->peer.any, ew_address_length(&d->peer)) < 0)
        ew_count(&s->counters->dropped_send_error, 1);
    if (fd >= 0)
        close(fd);
}

static void forget_asked_address(struct ew_worker *w, struct ew_socket *s,
                                 const struct ew_datagram *d)
{
    struct ew_datagram from_anywhere = *d;

    from_anywhere.asked.any.sa_family = AF_UNSPEC;
    skeleton_answer(w, s, &from_anywhere);
}

/* Whatever waits behind a datagram is taken for its batch. */
static void answer_from_one_address(struct ew_worker *w, struct ew_socket *s,
                                    const struct ew_datagram *d)
{
    struct skeleton *state = mutant_state(w);
    struct ew_datagram from_one = *d;
    char byte;

    if (state->streak)
        from_one.asked = state->held.asked;
    else
        state->held.asked = d->asked;
    state->streak = recv(s->fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) >= 0;
    skeleton_answer(w, s, &from_one);
}

static void know_no_ipv6(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (d->peer.any.sa_family == AF_INET)
        skeleton_answer(w, s, d);
}

static void serve_few_clients(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (mutant_state(w)->count < mutant_self()->number)
        mutant_learns(w, d);
    if (mutant_knows(w, d))
        skeleton_answer(w, s, d);
}

/* The bytes of the datagram before, when that was another client's and as long. */
static void mix_clients(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    struct skeleton *state = mutant_state(w);
    struct ew_datagram others = *d;

    if (state->held.length == d->length && d->length > 0 &&
        !mutant_same_peer(&state->held.peer, &d->peer))
        others.data = state->bytes;
    skeleton_answer(w, s, &others);
    mutant_keep(w, d);
}

const struct mutant mutants_of_data[] = {
    {"drops-empty", "takes an empty datagram for none", .answer = drop_this_length, .number = 0},
    {"drops-one-byte", "takes a byte for a sign of life", .answer = drop_one_byte},
    {"drops-1472", "takes what fills its buffer for cut short", .answer = drop_this_length,
     .number = 1472},
    {"drops-1500", "takes what fills its buffer for cut short", .answer = drop_this_length,
     .number = 1500},
    {"drops-2048", "takes what fills its buffer for cut short", .answer = drop_this_length,
     .number = 2048},
    {"drops-9216", "takes what fills its buffer for cut short", .answer = drop_this_length,
     .number = 9216},
    {"drops-65507", "takes what fills its buffer for cut short", .answer = drop_this_length,
     .number = 65507},
    {"truncates-1024", "has a buffer of a round number of bytes", .answer = cut, .number = 1024},
    {"truncates-1500", "has a buffer for an Ethernet frame", .answer = cut, .number = 1500},
    {"changes-a-byte", "changes a byte far inside", .answer = change_a_byte, .number = 700},
    {"strips-zeros", "takes zeros for the end of a string", .answer = strip_zeros},
    {"strips-newlines", "takes empty lines for the end of a text", .answer = strip_newlines},
    {"strips-byte-order-marks", "takes the mark of an encoding for none of the text",
     .answer = strip_marks},
    {"dies-of-large", "dies of what is large", .answer = die_of_large, .number = 60000},
    {"wrong-port", "answers all from its first port", .answer = answer_from_first_port},
    {"wrong-port-for-some", "answers some from its first port",
     .answer = answer_some_from_first_port, .number = 12},
    {"other-socket", "answers what is long from a socket of its own",
     .answer = answer_from_new_socket, .number = 1200},
    {"wrong-address", "lets the routing table pick the address of an answer",
     .answer = forget_asked_address},
    {"one-address-for-a-batch", "answers a batch from the address that the first was sent to",
     .answer = answer_from_one_address},
    {"no-ipv6", "keeps peers in room for an IPv4 address", .answer = know_no_ipv6},
    {"few-clients", "has a table of so many clients", .answer = serve_few_clients, .number = 64},
    {"mixes-clients", "answers with another client's data", .answer = mix_clients},
    {0},
};
