/* One echo server on poll(2) that does everything right, and the places at which a mutant does one
 * thing wrong.
 *
 * A mutant is a row in one of the tables below: a name, and the functions that replace the
 * skeleton's.  All are in one plug-in; a copy of it is the mutant whose name its file has: swaps.so
 * swaps.  Which cases must catch it says table.py. */
#ifndef EDGEWISE_MUTANTS_SKELETON_H
#define EDGEWISE_MUTANTS_SKELETON_H

#include "loops/pollset.h"

struct mutant {
    const char *name;
    const char *summary;
    unsigned number; /* what the functions make of it: a length, a count */
    uint32_t bits;   /* on epoll: what to be told of */
    /* Each may be NULL: then it is done right. */
    /* after the skeleton's */
    int (*init)(struct ew_worker *w);
    /* instead of skeleton_run() */
    int (*run)(struct ew_worker *w);
    /* of a wait; -1: none */
    int (*timeout)(const struct ew_worker *w);
    /* instead of skeleton_echo() */
    int (*echo)(struct ew_worker *w, struct ew_socket *s);
    /* instead of ew_receive() */
    int (*receive)(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d);
    /* instead of skeleton_answer() */
    void (*answer)(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d);
    /* instead of ew_flush() */
    void (*flush)(struct ew_worker *w, struct ew_socket *s);
    /* instead of ew_wants_read() */
    bool (*wants_read)(const struct ew_worker *w, const struct ew_socket *s);
    /* instead of ew_wants_write() */
    bool (*wants_write)(const struct ew_worker *w, const struct ew_socket *s);
    /* before the skeleton's */
    void (*fini)(struct ew_worker *w);
};

#define MUTANT_PORTS 65536

struct skeleton {
    struct ew_pollset set;
    /* For mutants to use as they like. */
    uint64_t count;
    int64_t since_ns;
    unsigned streak;
    union ew_address peer;
    struct ew_datagram held;
    struct ew_epoll *epoll; /* of those that run on it */
    uint8_t bytes[EW_DATAGRAM_MAX];
    uint8_t seen[MUTANT_PORTS / 8];
};

/* Each ends with a row without a name. */
extern const struct mutant mutants_of_data[];
extern const struct mutant mutants_of_order[];
extern const struct mutant mutants_of_load[];
extern const struct mutant mutants_of_blocked[];
extern const struct mutant mutants_of_life[];
extern const struct mutant mutants_of_hostile[];
extern const struct mutant mutants_of_loop[];
extern const struct mutant mutants_of_polls[];
extern const struct mutant mutants_of_clients[];
extern const struct mutant mutants_on_epoll[];
extern const struct mutant mutants_told_by_ip[];
extern const struct mutant mutants_of_sizes[];
extern const struct mutant mutants_of_workers[];

const struct mutant *mutant_self(void);
struct skeleton *mutant_state(const struct ew_worker *w);

/* Datagrams that this socket has received, the present one included. */
uint64_t mutant_received(const struct ew_socket *s);

/* Has it answered anything yet?  Who has not is stopped as it should be, so that only cases that
 * ask see a wrong end. */
bool mutant_has_served(const struct ew_worker *w);

/* A table of clients, by their ports.  Their number is the state's `count`. */
bool mutant_knows(const struct ew_worker *w, const struct ew_datagram *d);
void mutant_learns(struct ew_worker *w, const struct ew_datagram *d);

/* Copies the first `size` bytes of what the kernel tells as `type` of `level`, of the next datagram
 * (MSG_PEEK) or error; how many. */
size_t mutant_told(const struct ew_socket *s, int flags, int level, int type, void *value,
                   size_t size);

bool mutant_same_peer(const union ew_address *a, const union ew_address *b);

/* Copies the datagram, so that the worker's buffer is free for the next one. */
void mutant_keep(struct ew_worker *w, const struct ew_datagram *d);

/* Instead of ew_flush(): what was refused goes behind the others.  Told to pause, it behaves, so
 * that another case does not see it. */
void mutant_put_back_at_the_end(struct ew_worker *w, struct ew_socket *s);

/* What a server does right. */
int skeleton_run(struct ew_worker *w);
int skeleton_serve(struct ew_worker *w, struct ew_socket *s, struct pollfd *fd);
int skeleton_echo(struct ew_worker *w, struct ew_socket *s);
void skeleton_answer(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d);

#endif
