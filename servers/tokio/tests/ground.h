/* What the tests of the futures stand on: a notify that counts, and a future that does as it is
 * told. */
#ifndef EDGEWISE_TOKIO_TESTS_GROUND_H
#define EDGEWISE_TOKIO_TESTS_GROUND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "tokio/tasks.h"

/* A task in name only: whoever notifies it is counted. */
struct counter {
    struct tokio_notify notify;
    atomic_uint notified;
    struct tokio_context context; /* to poll with */
};

void counter_init(struct counter *counter);

/* How often it was notified since the last time it was asked. */
unsigned counter_take(struct counter *counter);

/* All references but the test's own are gone. */
void counter_assert_alone(const struct counter *counter);

#define TOLD_POLLS_MAX 8

struct told {
    struct tokio_future future;
    int results[TOLD_POLLS_MAX]; /* of poll after poll; the last one stays */
    unsigned notifies_itself;    /* times, in each poll */
    /* that it would take in each poll; each is asked of the budget */
    unsigned steps;
    void (*during)(struct told *told); /* called in each poll; NULL: nothing */
    void (*dropping)(struct told *told);
    void *user;
    unsigned polls, stepped, drops;
    struct tokio_notify *kept; /* the notify of its last poll */
    char *log;                 /* where its letter is appended at each poll; NULL: nowhere */
    char letter;
};

/* Pending for ever, unless results say otherwise. */
void told_init(struct told *told);
void told_fini(struct told *told);

/* Rounds of a stress: `least` of them, and more until EDGEWISE_STRESS_SECONDS are over. */
struct rounds {
    unsigned least, done;
    time_t until;
};

struct rounds rounds_begin(unsigned least);
bool rounds_go_on(struct rounds *rounds);

#endif
