/* The bench on which one plug-in is tried in the process, through the ABI alone. */
#ifndef EDGEWISE_TESTS_BENCH_H
#define EDGEWISE_TESTS_BENCH_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "program/program.h"

/* Exit status by which ctest knows a skipped test. */
#define EXIT_SKIPPED 77

struct bench {
    struct ew_functions server;
    const struct ew_description *description;
    struct ew_instance *instance;
    const struct ew_page *page;
    int client; /* a UDP socket whose receives give up after bench_deadline_ms() */
};

/* The one place where waits get their deadline: 5 s, times EDGEWISE_TIMEOUT_SCALE. */
int bench_deadline_ms(void);

/* For main: loads the plug-in that the one argument names.  0, or the exit status to end with:
 * usage, not loadable, or EXIT_SKIPPED with the reason when the server is missing here. */
int bench_load(struct bench *bench, int argc, char **argv);

/* A configuration that asks for nothing but so many sockets on kernel-picked ports. */
struct ew_config bench_config(unsigned sockets);

/* Starts the server and opens a client of the same family; fails the test when it cannot. */
void bench_start(struct bench *bench, const struct ew_config *config);

/* cmocka's teardown of a test whose state is a bench: ends what a failed one left running. */
int bench_tear_down(void **state);

/* Stops both; the server must have had no error. */
void bench_stop(struct bench *bench);

/* The address of a server's socket, its host replaced by `host` if that is not NULL. */
socklen_t bench_address(const struct bench *bench, unsigned index, const char *host,
                        struct sockaddr_storage *address);

/* From the client to socket `index`. */
void bench_send(struct bench *bench, unsigned index, const void *data, size_t length);

/* The length of the next answer, -1 when none came before the deadline. */
long bench_receive(struct bench *bench, void *buffer, size_t size);

/* Sends and expects the same bytes back from the same address. */
void bench_expect_echo(struct bench *bench, unsigned index, const void *data, size_t length);

/* A counter of socket `index`, by its place in the structure. */
uint64_t bench_counter(const struct ew_page *page, unsigned index, size_t offset);
#define COUNTER(page, index, name) \
    bench_counter(page, index, offsetof(struct ew_socket_counters, name))

#endif
