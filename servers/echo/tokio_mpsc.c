/* echo-tokio-mpsc: for each socket a future that reads and one that writes, joined in one task,
 * with a channel between them.
 *
 * Readiness: as in echo-tokio.  Each poll of the pair polls both; the reader takes one datagram at
 * a time and notifies itself, and the task, after every step.  Stops when the stop descriptor
 * becomes readable, which ends the core's turn.  POSIX; epoll or kqueue where there is one.
 * Trap: what waits is more than the channel's capacity: it takes one item more from its only
 * sender, and each future has one in hand.  And four polls for a datagram that comes alone. */
#include "loops/tokiopoll.h"

#include <stdlib.h>

#include "tokio/join.h"
#include "tokio/mpsc.h"

/* What echoes wait in beside the channel: its slot for the sender, and one in each future's
 * hand. */
#define IN_HAND 3

/* The datagrams lie in the socket's queue, in the order in which they pass through reader, channel
 * and writer; only turns to the next one go through the channel. */
struct pair {
    struct tokio_future reader, writer;
    struct tokio_join both;
    struct ew_tokio_child *child;
    struct tokio_sender *sender;
    struct tokio_receiver *receiver;
    bool reader_holds, writer_holds;
    bool parked; /* the sender: the channel was full */
};

struct mpsc {
    struct ew_tokio tokio;
    struct pair *pairs;
};

static void tell_poll(const struct pair *p, const char *text)
{
    if (ew_logs(p->child->worker, EW_LOG_TEXT))
        ew_log(p->child->worker, &(struct ew_log_entry){.kind = EW_LOG_TEXT,
                                                        .socket = p->child->socket->index,
                                                        .text = text});
}

static void tell_channel(const struct pair *p, const char *what)
{
    if (ew_traces(p->child->worker))
        ew_trace(p->child->worker, "%s (#%u).", what, p->child->socket->index);
}

static int tokio_mpsc_receive_one(struct pair *p, struct tokio_context *context)
{
    struct ew_worker *w = p->child->worker;
    struct ew_datagram datagram;
    int outcome;

    if (tokio_udp_poll_ready(&p->child->udp, context, MIO_READABLE) == TOKIO_PENDING)
        return TOKIO_PENDING;
    outcome = ew_receive(w, p->child->socket, &datagram);
    if (outcome < 0)
        return outcome;
    if (outcome == EW_BLOCKED)
        return tokio_udp_blocked(&p->child->udp, context, MIO_READABLE);
    if (outcome == EW_DONE && ew_hold(w, p->child->socket, &datagram) == EW_DONE)
        p->reader_holds = true;
    return tokio_yield(context);
}

/* With the channel full the writer has one in hand, too, so that the queue is full: what is
 * received then is dropped. */
static int tokio_mpsc_poll_reader(struct tokio_future *future, struct tokio_context *context)
{
    struct pair *p = (struct pair *)((char *)future - offsetof(struct pair, reader));
    int sent;

    tell_poll(p, "Reader poll()...");
    if (!p->reader_holds)
        return tokio_mpsc_receive_one(p, context);
    sent = tokio_sender_start_send(p->sender, context, "");
    if (sent == TOKIO_PENDING) {
        tell_channel(p, "Reader: parked, the channel is full");
        p->parked = true;
    }
    if (sent == TOKIO_PENDING && p->child->worker->config->when_full == EW_FULL_DROP)
        return tokio_mpsc_receive_one(p, context);
    if (sent != TOKIO_READY)
        return sent;
    tell_channel(p, "Reader: put into the channel");
    p->reader_holds = false;
    return tokio_yield(context);
}

static int tokio_mpsc_send_one(struct pair *p, struct tokio_context *context)
{
    struct ew_socket *s = p->child->socket;
    struct ew_datagram datagram;

    if (tokio_udp_poll_ready(&p->child->udp, context, MIO_WRITABLE) == TOKIO_PENDING)
        return TOKIO_PENDING;
    tell_channel(p, "Writer: trying to send");
    if (ew_queue_front(&s->queue, &datagram) &&
        ew_send(p->child->worker, s, &datagram) == EW_BLOCKED)
        return tokio_udp_blocked(&p->child->udp, context, MIO_WRITABLE);
    ew_queue_pop(&s->queue);
    p->writer_holds = false;
    return TOKIO_READY;
}

static int poll_writer(struct tokio_future *future, struct tokio_context *context)
{
    struct pair *p = (struct pair *)((char *)future - offsetof(struct pair, writer));
    void *turn;
    int result;

    tell_poll(p, "Writer poll()...");
    if (p->writer_holds && tokio_mpsc_send_one(p, context) == TOKIO_PENDING)
        return TOKIO_PENDING;
    result = tokio_receiver_poll(p->receiver, context, &turn);
    if (result != TOKIO_READY)
        return result == TOKIO_DONE ? -EPIPE : result;
    tell_channel(p, "Writer: taken out of the channel");
    /* whoever takes a message out unparks the sender, of which there is one */
    if (p->parked)
        tell_channel(p, "Reader: woken");
    p->parked = false;
    p->writer_holds = true;
    return tokio_yield(context);
}

static int poll_pair(struct tokio_future *future, struct tokio_context *context)
{
    struct ew_tokio_child *child = (struct ew_tokio_child *)future;
    struct mpsc *m = child->worker->state;
    struct pair *p = &m->pairs[child - m->tokio.children];
    int result;

    if (ew_traces(child->worker))
        ew_tokio_tell_poll(child);
    ew_count(&child->socket->counters->polls, 1);
    result = tokio_poll(&p->both.all.future, context);
    if (result < 0)
        m->tokio.err = result;
    return result;
}

static int init_pair(struct mpsc *m, unsigned index, unsigned capacity)
{
    struct pair *p = &m->pairs[index];

    p->child = &m->tokio.children[index];
    p->reader.poll = tokio_mpsc_poll_reader;
    p->writer.poll = poll_writer;
    tokio_join_init(&p->both, &p->writer, &p->reader);
    return tokio_mpsc_new(1, capacity, NULL, &p->sender, &p->receiver);
}

static int tokio_mpsc_compose(struct ew_worker *w)
{
    struct mpsc *m = w->state;
    int err = 0;

    m->pairs = calloc(w->n_sockets, sizeof *m->pairs);
    if (!m->pairs)
        return -ENOMEM;
    for (unsigned i = 0; i < w->n_sockets && err == 0; i++)
        err = init_pair(m, i, w->config->queue);
    return err < 0 ? err : ew_tokio_spawn_children(&m->tokio, w);
}

static void tokio_mpsc_fini(struct ew_worker *w)
{
    struct mpsc *m = w->state;

    ew_tokio_fini(&m->tokio);
    for (unsigned i = 0; i < w->n_sockets && m->pairs; i++) {
        tokio_sender_free(m->pairs[i].sender);
        tokio_receiver_free(m->pairs[i].receiver);
    }
    free(m->pairs);
}

static const struct ew_tokio_loop on_tokio = EW_TOKIO_LOOP_IN(struct mpsc, poll_pair,
                                                              tokio_mpsc_compose, tokio_mpsc_fini);

const struct ew_server ew_server = {
    .description =
        {.size = sizeof(struct ew_description),
         .abi = EW_ABI,
         .name = "echo-tokio-mpsc",
         .summary =
             "our tokio: a reader and a writer future for each socket, with a channel between them",
         .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS | EW_CAN_SELECTOR |
                         EW_CAN_POLLS,
         .queue_rule = EW_QUEUE_PLUS,
         .queue_extra = IN_HAND,
         .default_full = EW_FULL_PAUSE},
    .loop = &on_tokio.loop,
};
