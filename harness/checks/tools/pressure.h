/* Back-pressure as it really comes: a target whose answers hardly leave the machine, so that the
 * kernel takes no more of them.  In a network namespace of one's own (CHECK_ALONE), and from then
 * on one processor. */
#ifndef EDGEWISE_CHECK_PRESSURE_H
#define EDGEWISE_CHECK_PRESSURE_H

#include "checks/tools/client.h"

/* More than the kernel and any queue of the default length hold, and less than any receive buffer
 * does. */
#define PRESSURE_SENT 100
/* Bytes of a question that any protocol has room for, and the most: of larger ones not all would
 * find room in a receive buffer of the default size. */
#define PRESSURE_SIZE 64
#define PRESSURE_SIZE_MAX 600

#define PRESSURE_CLIENTS_MAX 4
#define PRESSURE_SOCKETS_MAX 64

struct pressure {
    struct check *check;
    struct client clients[PRESSURE_CLIENTS_MAX]; /* question i is asked by client i % n_clients */
    unsigned n_clients;
    size_t size; /* of a question */
    struct client_reply reply;
    union address to;
    struct target_labour before;        /* the questions */
    int64_t drops_before;               /* what its counters say, this time not included */
    bool is_limited;                    /* the limit is on */
    int borrowed[PRESSURE_SOCKETS_MAX]; /* the target's sockets at the port */
    int n_borrowed;
    unsigned in_kernel; /* answers of which the kernel has at most so many once all is quiet */
    /* questions that the target had not received then; 0 where it publishes no counters */
    unsigned unread;
    int senders;                    /* threads that then waited in a send, an answer in hand each */
    unsigned passed;                /* answered before the limit was lifted */
    unsigned answered;              /* at the end */
    unsigned disorder;              /* answers after one to a later question */
    int last[PRESSURE_CLIENTS_MAX]; /* the latest question of each that was answered */
    bool seen[PRESSURE_SENT];
};

/* Starts the target (`when_full` as in struct ew_config; who does not claim a queue is run as it
 * is), gives its socket the smallest send buffer there is, limits what it sends, asks PRESSURE_SENT
 * questions of PRESSURE_SIZE bytes at once, from `clients` clients in turn, and returns once the
 * target sleeps.  False with a verdict, also when nothing was held up.  pressure_end() is due in
 * any case. */
bool pressure_begin(struct pressure *p, struct check *c, uint32_t when_full, unsigned clients);

/* After pressure_release(): the same once more, from the limit on, to the same running target, with
 * questions of so many bytes.  All counts begin anew. */
bool pressure_again(struct pressure *p, size_t size);

/* After pressure_release(): the same again, with a send buffer that holds all answers and without a
 * limit that anybody feels, until an answer comes out of order, twenty times at most.
 * All counts are of the last time; false with a verdict where it could not be asked. */
bool pressure_off_loses_order(struct pressure *p);

/* While the limit is on: asks so many more questions, as fast as the target reads them, whose
 * answers nobody waits for.  False: it reads no more. */
bool pressure_pour(struct pressure *p, unsigned count);

/* Does the kernel hold as many answers as it takes, so that it may refuse others? */
bool pressure_lasts(const struct pressure *p);

/* Lifts the limit and takes all answers that come, without another question. */
void pressure_release(struct pressure *p);

/* Lifts the limit if it is still there, so that whoever looks at the target next is not limited. */
void pressure_end(struct pressure *p);

#endif
