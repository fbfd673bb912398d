/* Ten sockets under one main future, in each of the compositions of the ten-socket programs, and a
 * client. */
#ifndef EDGEWISE_TOKIO_TESTS_TEN_H
#define EDGEWISE_TOKIO_TESTS_TEN_H

#include "ground.h"

#include "tokio/core_internal.h"
#include "tokio/udp.h"
#include "tokio/join.h"
#include "tokio/unordered.h"

#include <netinet/in.h>

#define SOCKETS 10
#define CHOSEN 3
#define PACKETS 20

/* A socket that is read until nothing is left, as in the ten-socket programs. */
struct reader {
    struct tokio_future future;
    struct tokio_udp udp;
    struct sockaddr_in address;
    unsigned polls, received, bytes;
};

enum composition { JOIN, SPAWN, UNORDERED_2017, UNORDERED_LATER };

struct ground {
    struct tokio_core *core;
    enum composition composition;
    struct reader readers[SOCKETS];
    struct tokio_future *children[SOCKETS];
    struct tokio_join_all join;
    struct tokio_unordered unordered;
    struct tokio_for_each each;
    struct tokio_future main; /* counts the polls of what it wraps */
    unsigned main_polls;
    int client;
};

/* Setups and the teardown of cmocka. */
int make_join(void **state);
int make_spawn(void **state);
int make_unordered_2017(void **state);
int make_unordered_later(void **state);
int end_ground(void **state);

void open_reader(struct ground *ground, struct reader *reader);
void close_reader(struct reader *reader);

struct tokio_core_counters counters_of(const struct ground *ground);

/* Turns, with the main future, until a turn in which nothing happened. */
void run_until_idle(struct ground *ground);

/* The same until socket `index` has received that many: loopback may deliver later on some
 * systems. */
void run_until_received(struct ground *ground, int index, unsigned received);

/* One packet after the other to the chosen socket, each when the one before was read and the loop
 * is idle. */
void lock_step(struct ground *ground);

void send_to(struct ground *ground, int index);
void queue_on(struct ground *ground, int index);

#endif
