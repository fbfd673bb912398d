/* liburing, one operation for each socket: a receive, then the send of its answer, then a receive.
 *
 * As documented: io_uring_prep_recvmsg() and io_uring_prep_sendmsg(), each once for each datagram.
 * An answer that the kernel cannot take yet waits inside it, and nothing is read meanwhile.
 * Stops by SIGTERM as the system has it.  Linux 5.3.
 * Trap: msghdr, address and datagram belong to the kernel until the operation has completed. */
#include "peer.h"

#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct endpoint {
    int fd;
    bool sends;
    struct msghdr message;
    struct iovec part;
    struct sockaddr_storage from;
    char datagram[PEER_DATAGRAM_MAX];
};

/* Never without an entry: there are as many as sockets, and each has one operation. */
static void submit_next(struct io_uring *ring, struct endpoint *endpoint, size_t length)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(ring);

    endpoint->part = (struct iovec){.iov_base = endpoint->datagram, .iov_len = length};
    if (endpoint->sends) {
        io_uring_prep_sendmsg(entry, endpoint->fd, &endpoint->message, 0);
    } else {
        endpoint->message = (struct msghdr){.msg_name = &endpoint->from,
                                            .msg_namelen = sizeof endpoint->from,
                                            .msg_iov = &endpoint->part,
                                            .msg_iovlen = 1};
        io_uring_prep_recvmsg(entry, endpoint->fd, &endpoint->message, 0);
    }
    io_uring_sqe_set_data(entry, endpoint);
}

static void completed(struct io_uring *ring, struct endpoint *endpoint, int result)
{
    endpoint->sends = !endpoint->sends && result >= 0;
    submit_next(ring, endpoint, endpoint->sends ? (size_t)result : sizeof endpoint->datagram);
}

static int open_all(struct io_uring *ring, const struct peer *peer, struct endpoint *endpoints)
{
    for (unsigned i = 0; i < peer->sockets; i++) {
        endpoints[i].fd = peer_socket(peer, i);
        if (endpoints[i].fd < 0)
            return PEER_CANNOT_RUN;
        submit_next(ring, &endpoints[i], sizeof endpoints[i].datagram);
    }
    return PEER_STOPPED;
}

static int serve(struct io_uring *ring)
{
    for (;;) {
        struct io_uring_cqe *completion;
        int err = io_uring_submit_and_wait(ring, 1);

        if (err < 0 && err != -EINTR)
            return peer_failed("wait for completions", strerror(-err));
        while (io_uring_peek_cqe(ring, &completion) == 0) {
            struct endpoint *endpoint = io_uring_cqe_get_data(completion);
            int result = completion->res;

            io_uring_cqe_seen(ring, completion);
            completed(ring, endpoint, result);
        }
    }
}

int main(int argc, char **argv)
{
    struct peer peer;
    struct io_uring ring;
    struct endpoint *endpoints;
    int status, err;

    if (!peer_arguments(&peer, argc, argv, NULL, "liburing " LIBURING_VERSION, &status))
        return status;
    err = io_uring_queue_init(peer.sockets, &ring, 0);
    if (err)
        return peer_failed("set io_uring up", strerror(-err));
    endpoints = calloc(peer.sockets, sizeof *endpoints);
    status = endpoints ? open_all(&ring, &peer, endpoints) : peer_failed("serve", "no memory");
    if (status == PEER_STOPPED)
        status = serve(&ring);
    io_uring_queue_exit(&ring);
    free(endpoints);
    return status;
}
