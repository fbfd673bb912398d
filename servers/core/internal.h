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
    struct ew_socket *sockets; /* the first worker's, and so on */
    unsigned n_sockets;        /* one for each port, or for each port and worker (config.share) */
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

/* Parses a numeric address; the port is left 0.  -EINVAL. */
int ew_address_parse(const char *text, union ew_address *address);
uint16_t ew_address_port(const union ew_address *address);
bool ew_address_is_wildcard(const union ew_address *address);

/* Opens, sizes and binds one socket: to the port that `first` has, which shares it, or as the first
 * one of its port (NULL; port 0: the kernel picks).  A port that is anybody else's is refused
 * (-EADDRINUSE), shared or not.  On failure nothing is open and socket->fd is -1. */
int ew_socket_open(struct ew_socket *socket, const struct ew_config *config,
                   const union ew_address *address, const struct ew_socket *first);
void ew_socket_close(struct ew_socket *socket);

/* Lets sockets have one port with others of the same user (SO_REUSEPORT, socket(7)), of which the
 * kernel then chooses by a hash of the flow.  0 or a negative errno; -ENOPROTOOPT where sockets
 * that share a port share no flows. */
int ew_share_port(int fd);
/* Has the sockets of one port, `workers` in all, all bound and this one of them, chosen by the
 * flow's source address and port instead.  Else as above. */
int ew_share_by_source(int fd, int family, unsigned workers);

/* Fills own_addresses with this machine's addresses.  0 or -errno. */
int ew_own_addresses_load(struct ew_instance *instance);

/* Does `peer` claim to be one of the instance's own sockets? */
bool ew_is_own(const struct ew_instance *instance, const struct ew_socket *socket,
               const struct ew_datagram *datagram);

#endif
