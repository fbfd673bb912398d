/* An echo server in a thread of the test, wrong in one way every tenth time. */
#ifndef EDGEWISE_TESTS_FAULTY_ECHO_H
#define EDGEWISE_TESTS_FAULTY_ECHO_H

#include "edgewise/server.h"
#include "flood/flood.h"

#include <pthread.h>

enum fault {
    FAULT_NONE,
    FAULT_CORRUPT,
    FAULT_TRUNCATE,
    FAULT_LENGTHEN,
    FAULT_DUPLICATE,
    FAULT_SWAP,         /* sent after the one that follows it */
    FAULT_MAKE_UP,      /* a datagram of its own beside the echo */
    FAULT_MISDIRECT,    /* to the client that was served before */
    FAULT_DROP,         /* not answered, and not told */
    FAULT_COUNTED_DROP, /* not answered, and counted on the page */
    FAULT_FALL_SILENT   /* answers the first SILENT_AFTER datagrams, rightly */
};

#define FAULT_EVERY 10u
#define SILENT_AFTER 100u
#define LOG_MAX 4096u

struct faulty_echo {
    enum fault fault;
    int fd;
    int stop[2];
    pthread_t thread;
    union address address;
    struct ew_page *page;
    /* For the test, once it has stopped. */
    uint64_t received;
    uint64_t faults;
    struct {
        uint32_t flow;
        uint64_t sequence;
    } log[LOG_MAX]; /* of the first datagrams */
};

/* Binds a socket of 127.0.0.1 and starts the thread; fails the test when it cannot. */
void faulty_echo_start(struct faulty_echo *echo, enum fault fault);
/* Without the thread: whatever arrives stays in the socket. */
void faulty_echo_bind(struct faulty_echo *echo);
void faulty_echo_stop(struct faulty_echo *echo);

#endif
