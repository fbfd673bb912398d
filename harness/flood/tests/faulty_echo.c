#include "faulty_echo.h"

#include "cmocka_all.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER (64u * 1024u)

struct datagram {
    struct sockaddr_in peer;
    size_t length;
    uint8_t bytes[BUFFER];
};

static void faulty_echo_answer(const struct faulty_echo *e, const struct datagram *d)
{
    sendto(e->fd, d->bytes, d->length, 0, (const struct sockaddr *)&d->peer, sizeof d->peer);
}

/* Returns false when `d` was kept back and must be sent after the next. */
static bool answer_wrongly(struct faulty_echo *e, struct datagram *d,
                           const struct sockaddr_in *before)
{
    struct sockaddr_in peer = d->peer;

    e->faults++;
    switch (e->fault) {
    case FAULT_NONE:
    case FAULT_FALL_SILENT: break;
    case FAULT_CORRUPT: d->bytes[d->length - 1] ^= 0x80; break;
    case FAULT_TRUNCATE: d->length--; break;
    case FAULT_LENGTHEN: d->length++; break;
    case FAULT_DUPLICATE: faulty_echo_answer(e, d); break;
    case FAULT_SWAP: return false;
    case FAULT_MISDIRECT: d->peer = *before; break;
    case FAULT_DROP: return true;
    case FAULT_COUNTED_DROP:
        atomic_fetch_add(&ew_page_socket(e->page, 0)->counters.dropped_queue_full, 1);
        return true;
    case FAULT_MAKE_UP:
        sendto(e->fd, "made up", 7, 0, (const struct sockaddr *)&d->peer, sizeof d->peer);
        break;
    }
    faulty_echo_answer(e, d);
    d->peer = peer;
    return true;
}

static void faulty_echo_note(struct faulty_echo *e, const struct datagram *d)
{
    if (e->received < LOG_MAX && d->length >= PAYLOAD_MIN) {
        memcpy(&e->log[e->received].sequence, d->bytes + 16, 8);
        memcpy(&e->log[e->received].flow, d->bytes + 40, 4);
    }
    e->received++;
}

static bool is_to_be_wrong(const struct faulty_echo *e, const struct datagram *d,
                           const struct sockaddr_in *before)
{
    if (e->fault == FAULT_NONE || e->fault == FAULT_FALL_SILENT || e->received % FAULT_EVERY != 1)
        return false;
    return e->fault != FAULT_MISDIRECT ||
           (before->sin_port != 0 && before->sin_port != d->peer.sin_port);
}

static void faulty_echo_serve_one(struct faulty_echo *e, struct datagram *d, struct datagram *held,
                                  struct sockaddr_in *before)
{
    socklen_t size = sizeof d->peer;
    ssize_t length = recvfrom(e->fd, d->bytes, sizeof d->bytes, MSG_DONTWAIT,
                              (struct sockaddr *)&d->peer, &size);

    if (length < 0)
        return;
    d->length = (size_t)length;
    faulty_echo_note(e, d);
    if (e->fault == FAULT_FALL_SILENT && e->received > SILENT_AFTER)
        return;
    if (is_to_be_wrong(e, d, before)) {
        if (!answer_wrongly(e, d, before))
            *held = *d;
    } else {
        faulty_echo_answer(e, d);
        if (held->length)
            faulty_echo_answer(e, held);
        held->length = 0;
    }
    *before = d->peer;
}

static void *faulty_echo_serve(void *argument)
{
    struct faulty_echo *e = argument;
    struct pollfd polled[2] = {{.fd = e->fd, .events = POLLIN},
                               {.fd = e->stop[0], .events = POLLIN}};
    struct datagram *d = calloc(2, sizeof *d);
    struct sockaddr_in before = {0};

    while (d && poll(polled, 2, -1) > 0 && !polled[1].revents)
        faulty_echo_serve_one(e, &d[0], &d[1], &before);
    free(d);
    return NULL;
}

void faulty_echo_bind(struct faulty_echo *e)
{
    socklen_t size = sizeof e->address.in;

    memset(e, 0, sizeof *e);
    e->address = address_loopback(0);
    e->fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(e->fd >= 0);
    assert_int_equal(bind(e->fd, &e->address.any, sizeof e->address.in), 0);
    assert_int_equal(getsockname(e->fd, &e->address.any, &size), 0);
    assert_int_equal(pipe(e->stop), 0);
    e->page = ew_page_init(calloc(1, ew_page_size(1, 1)), 1, 1);
}

void faulty_echo_start(struct faulty_echo *e, enum fault fault)
{
    faulty_echo_bind(e);
    e->fault = fault;
    assert_int_equal(pthread_create(&e->thread, NULL, faulty_echo_serve, e), 0);
}

void faulty_echo_stop(struct faulty_echo *e)
{
    close(e->stop[1]);
    if (e->thread)
        pthread_join(e->thread, NULL);
    close(e->stop[0]);
    close(e->fd);
    free(e->page);
}
