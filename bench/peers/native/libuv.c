/* libuv 1.44, a UDP handle for each socket.
 *
 * As documented: uv_udp_recv_start() with a buffer from the heap for each datagram, uv_udp_send()
 * with a request that owns the buffer until it was sent.  `recvmmsg`: UV_UDP_RECVMMSG with one
 * buffer for twenty datagrams, the most that libuv takes in one call, and uv_udp_try_send(), which
 * needs neither request nor copy; only what that refuses is copied and queued. In both libuv keeps
 * refused answers, without a bound.
 * Stops by a signal handle that closes all handles: a loop without any returns. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct reply {
    uv_udp_send_t request;
    char *bytes;
};

static void sent(uv_udp_send_t *request, int result)
{
    struct reply *reply = (struct reply *)request;

    (void)result;
    free(reply->bytes);
    free(reply);
}

/* Takes `bytes` over. */
static void send_owned(uv_udp_t *udp, char *bytes, size_t length, const struct sockaddr *to)
{
    struct reply *reply = malloc(sizeof *reply);
    uv_buf_t buffer = uv_buf_init(bytes, (unsigned)length);

    if (reply) {
        reply->bytes = bytes;
        if (uv_udp_send(&reply->request, udp, &buffer, 1, to, sent) == 0)
            return;
    }
    free(reply);
    free(bytes);
}

/* ---- as documented ---- */

static void new_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)handle;
    *buffer = uv_buf_init(malloc(suggested), (unsigned)suggested);
}

static void received(uv_udp_t *udp, ssize_t n, const uv_buf_t *buffer, const struct sockaddr *from,
                     unsigned flags)
{
    (void)flags;
    /* without an address: nothing more to read, or an error, and the buffer comes back */
    if (n >= 0 && from)
        send_owned(udp, buffer->base, (size_t)n, from);
    else
        free(buffer->base);
}

/* ---- recvmmsg ---- */

enum { DATAGRAMS_PER_CALL = 20 };

static void shared_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    *buffer = uv_buf_init(handle->loop->data, DATAGRAMS_PER_CALL * PEER_DATAGRAM_MAX);
}

static void received_one(uv_udp_t *udp, ssize_t n, const uv_buf_t *buffer,
                         const struct sockaddr *from, unsigned flags)
{
    uv_buf_t answer = uv_buf_init(buffer->base, n > 0 ? (unsigned)n : 0);
    char *copy;

    (void)flags;
    /* Answers that wait already make it refuse, too: none overtakes another. */
    if (n < 0 || !from || uv_udp_try_send(udp, &answer, 1, from) != UV_EAGAIN)
        return;
    copy = malloc((size_t)n + 1);
    if (copy) {
        memcpy(copy, buffer->base, (size_t)n);
        send_owned(udp, copy, (size_t)n, from);
    }
}

/* ---- what else it waits for ---- */

struct beside {
    const struct peer *peer;
    uv_udp_t *udp;
    char *bytes;
    size_t length;
    struct sockaddr_storage from;
    uv_timer_t timer;
    uv_signal_t signal;
    union {
        uv_stream_t stream;
        uv_pipe_t pipe;
        uv_tcp_t tcp;
    } stream;
};

static struct beside beside;

static void answer_aside(void)
{
    if (beside.bytes)
        send_owned(beside.udp, beside.bytes, beside.length, (struct sockaddr *)&beside.from);
    beside.bytes = NULL;
}

static void timer_due(uv_timer_t *timer)
{
    (void)timer;
    answer_aside();
}

/* What is kept is a copy: with recvmmsg the buffer is one of many in a block that comes back by
 * itself (UV_UDP_MMSG_FREE). */
static void received_to_keep(uv_udp_t *udp, ssize_t n, const uv_buf_t *buffer,
                             const struct sockaddr *from, unsigned flags)
{
    if (n >= 0 && from) {
        free(beside.bytes);
        beside.udp = udp;
        beside.length = (size_t)n;
        beside.bytes = malloc((size_t)n + 1);
        if (beside.bytes)
            memcpy(beside.bytes, buffer->base, (size_t)n);
        memcpy(&beside.from, from,
               from->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                           : sizeof(struct sockaddr_in));
    }
    if (!(flags & UV_UDP_MMSG_CHUNK))
        free(buffer->base);
    if (n < 0 || !from)
        return;
    if (beside.peer->beside == PEER_TIMER)
        uv_timer_start(&beside.timer, timer_due, (uint64_t)beside.peer->beside_number, 0);
}

static void signalled(uv_signal_t *handle, int signal_number)
{
    (void)handle, (void)signal_number;
    answer_aside();
}

static void has_data(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    (void)stream;
    free(buffer->base);
    if (n > 0)
        answer_aside();
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void connected(uv_stream_t *listener, int error)
{
    uv_tcp_t *accepted = error < 0 ? NULL : malloc(sizeof *accepted);

    if (!accepted)
        return;
    uv_tcp_init(listener->loop, accepted);
    if (uv_accept(listener, (uv_stream_t *)accepted) == 0)
        answer_aside();
    uv_close((uv_handle_t *)accepted, free_handle);
}

static int watch_beside(uv_loop_t *loop, const struct peer *peer)
{
    int number = peer->beside_number, error;

    beside.peer = peer;
    switch (peer->beside) {
    case PEER_NOTHING: return 0;
    case PEER_TIMER: return uv_timer_init(loop, &beside.timer);
    case PEER_SIGNAL:
        error = uv_signal_init(loop, &beside.signal);
        return error < 0 ? error : uv_signal_start(&beside.signal, signalled, number);
    case PEER_PIPE:
        error = uv_pipe_init(loop, &beside.stream.pipe, 0);
        error = error < 0 ? error : uv_pipe_open(&beside.stream.pipe, number);
        break;
    default:
        error = uv_tcp_init(loop, &beside.stream.tcp);
        error = error < 0 ? error : uv_tcp_open(&beside.stream.tcp, number);
    }
    if (error < 0)
        return error;
    return peer->beside == PEER_ACCEPT ? uv_listen(&beside.stream.stream, 8, connected)
                                       : uv_read_start(&beside.stream.stream, new_buffer, has_data);
}

/* ---- life ---- */

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void stop(uv_signal_t *handle, int signal_number)
{
    (void)signal_number;
    uv_walk(handle->loop, close_handle, NULL);
}

static int open_one(uv_loop_t *loop, uv_udp_t *udp, const struct peer *peer, unsigned index)
{
    struct sockaddr_storage address;
    int error = uv_udp_init_ex(loop, udp, peer->better ? UV_UDP_RECVMMSG : AF_UNSPEC);

    peer_address(peer, index, &address);
    if (error == 0)
        error = uv_udp_bind(udp, (struct sockaddr *)&address, 0);
    if (error == 0 && peer_puts_aside(peer, index))
        error = uv_udp_recv_start(udp, new_buffer, received_to_keep);
    else if (error == 0)
        error = peer->better ? uv_udp_recv_start(udp, shared_buffer, received_one)
                             : uv_udp_recv_start(udp, new_buffer, received);
    return error;
}

static int open_all(uv_loop_t *loop, uv_signal_t *terminated, uv_udp_t *sockets,
                    const struct peer *peer)
{
    int error = uv_signal_init(loop, terminated);

    if (error == 0)
        error = uv_signal_start(terminated, stop, SIGTERM);
    if (error == 0)
        error = watch_beside(loop, peer);
    for (unsigned i = 0; i < peer->sockets && error == 0; i++)
        error = open_one(loop, &sockets[i], peer, i);
    return error;
}

int main(int argc, char **argv)
{
    char version[64];
    static struct peer peer; /* what is beside refers to it */
    uv_loop_t loop;
    uv_signal_t terminated;
    uv_udp_t *sockets;
    int status, error;

    snprintf(version, sizeof version, "libuv %s", uv_version_string());
    if (!peer_arguments(&peer, argc, argv, "recvmmsg", version, &status))
        return status;
    error = uv_loop_init(&loop);
    if (error)
        return peer_failed("make a loop", uv_strerror(error));
    sockets = calloc(peer.sockets, sizeof *sockets);
    loop.data = malloc(DATAGRAMS_PER_CALL * PEER_DATAGRAM_MAX);
    error = sockets && loop.data ? open_all(&loop, &terminated, sockets, &peer) : UV_ENOMEM;
    if (error) {
        status = peer_failed("serve", uv_strerror(error));
        uv_walk(&loop, close_handle, NULL);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    free(loop.data);
    free(sockets);
    return status;
}
