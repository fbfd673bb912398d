/* Between the files of core; servers do not see it. */
#ifndef EDGEWISE_CORE_INTERNAL_H
#define EDGEWISE_CORE_INTERNAL_H

#include "core/core.h"

#include <pthread.h>

/* A thread and what it serves.  `shared` is what the server's file sees. */
struct worker_thread {
    struct ew_worker shared;
    pthread_t thread;
    bool initialised; /* init was called, so fini is due */
    bool started;
};

struct ew_instance {
    struct ew_config config; /* defaults filled in */
    char address[64];        /* config.address points here */
    struct ew_page *page;
    bool own_page;
    struct ew_socket *sockets;
    struct worker_thread *workers;
    unsigned n_workers;
    int stop_pipe[2];
    atomic_bool stopping;
    atomic_int died; /* the first worker's error */
    uint8_t own_ports[65536 / 8];
    union ew_address *own_addresses; /* of this machine; only for wildcard binds */
    size_t n_own_addresses;
};

/* Makes the workers, their loops on the calling thread, and a thread for each but one that is lent.
 * 0 or -errno; ask, join and fini are due after either. */
int ew_workers_start(struct ew_instance *instance);
/* The first one's, on the thread of who lent it: as struct ew_loan says. */
void ew_workers_serve_first(struct ew_instance *instance);
/* Wakes all and tells them to end.  Any thread, any number of times. */
void ew_workers_ask(struct ew_instance *instance);
/* Asks, and waits for the threads; a lent one has come back already. */
void ew_workers_join(struct ew_instance *instance);
void ew_workers_fini(struct ew_instance *instance);

/* ---- one datagram, whatever call has moved it ---- */

/* Room for one IP_PKTINFO or IPV6_PKTINFO. */
union ew_control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* Of a message that was received: the local address that was asked, or AF_UNSPEC. */
void ew_take_asked_address(struct msghdr *message, union ew_address *asked);
/* The other way round; msg_control is a union ew_control, zeroed. */
void ew_put_asked_address(struct msghdr *message, const union ew_address *asked);

/* Counts what was received and keeps or drops it: EW_DONE, EW_DROPPED, or EW_BLOCKED where it was
 * only there to wake a receive. */
int ew_take_received(struct ew_worker *worker, struct ew_socket *socket,
                     struct ew_datagram *datagram, socklen_t name_length);
/* A receive has failed: EW_BLOCKED, EW_DROPPED or negative, as ew_receive() says. */
int ew_receive_failed(struct ew_worker *worker, struct ew_socket *socket, int err);
/* Is a send to be tried once more?  ECONNREFUSED is the fate of an earlier datagram, handed to
 * whoever calls next (udp(7)); this one was not tried yet, and after EINTR neither. */
bool ew_send_again(int err);
/* A send has failed for good: EW_BLOCKED or EW_DROPPED, counted. */
enum ew_outcome ew_send_failed(struct ew_worker *worker, struct ew_socket *socket, int err);
void ew_count_sent(struct ew_worker *worker, struct ew_socket *socket,
                   const struct ew_datagram *datagram);
/* One is about to be sent behind those of the queue and `before` others. */
void ew_log_pending(const struct ew_worker *worker, const struct ew_socket *socket,
                    unsigned before);

/* Parses a numeric address; the port is left 0.  -EINVAL. */
int ew_address_parse(const char *text, union ew_address *address);
uint16_t ew_address_port(const union ew_address *address);
bool ew_address_is_wildcard(const union ew_address *address);

/* Opens, sizes and binds one socket (port 0: the kernel picks).  On failure nothing is open and
 * socket->fd is -1. */
int ew_socket_open(struct ew_socket *socket, const struct ew_config *config,
                   const union ew_address *address, bool blocking);
void ew_socket_close(struct ew_socket *socket);

/* Fills own_addresses with this machine's addresses.  0 or -errno. */
int ew_own_addresses_load(struct ew_instance *instance);

/* Does `peer` claim to be one of the instance's own sockets? */
bool ew_is_own(const struct ew_instance *instance, const struct ew_socket *socket,
               const struct ew_datagram *datagram);

#endif
