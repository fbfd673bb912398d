/* The ground on which mio is tried: one selector, named on the command line; a poll; two UDP
 * sockets of 127.0.0.1.
 *
 * Each test's comment names the line of the original's tests that it stands for: "0.6 x" is
 * test/x.rs of mio v0.6.x, "1.x y" is tests/y.rs of mio's master.  Left out, with the reason:
 *
 *   0.6 tcp, tcp_level, tcp_shutdown, write_then_drop, close_on_drop, broken_pipe, TCP parts of
 *       others: only UDP is served
 *   0.6 subprocess_pipe, 1.x unix_pipe, unix_datagram: pipes and unix sockets are not offered
 *   0.6 notify, tick, battery, echo_server: the event loop of mio 0.5
 *   0.6 udp_socket iovec send/recv, 1.x udp_socket options: system calls that need nothing of mio
 *   0.6 register_multiple_event_loops clones: a struct mio_socket is not cloned
 *   1.x events, interest: value types, here plain integers
 *   1.x source callbacks counted, registry behind Arc: traits of Rust; an error of a source passed
 *       on is in bad_input_test.c
 *   1.x waker second Waker panics: the awakener is not the user's
 *   1.x registering, udp_socket options: constructor variants of Rust types
 *   1.x regressions issue_1205: its listener is TCP; told with a UDP socket in polling_test.c */
#ifndef EDGEWISE_MIO_GROUND_H
#define EDGEWISE_MIO_GROUND_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mio/mio.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_SKIPPED 77
#define MS INT64_C(1000000)
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { NEAR = 1, FAR = 2 }; /* tokens of the two sockets */

struct ground {
    const char *selector;
    struct mio_poll *poll;
    struct mio_socket near, far;
    struct mio_event events[16];
    int n; /* of the last look or wait */
};

/* The one deadline: 5 s, times EDGEWISE_TIMEOUT_SCALE. */
int64_t deadline_ns(void);
int64_t now_ns(void);

/* For a table of tests: each gets a struct ground with a new poll and two new sockets. */
int set_up(void **state);
int tear_down(void **state);
#define on_ground(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* Runs the table on the selector that argv names; the exit status. */
int run_on_selector(int argc, char **argv, int (*run)(void));
const char *selector_under_test(void);

/* ---- what tests do ---- */

/* Polls without waiting; g->n events. */
int look(struct ground *g);
/* Polls until there is an event or the deadline is over. */
int await(struct ground *g);
/* Polls until `token` has been reported with all of `bits`; fails the test at the deadline. */
void await_bits(struct ground *g, uintptr_t token, uint32_t bits);
/* What the last look said of the token; 0: nothing. */
uint32_t seen(const struct ground *g, uintptr_t token);

/* One nonblocking UDP socket on a kernel-picked port of 127.0.0.1. */
int udp_socket(void);
struct sockaddr_in address_of(int fd);
void connect_to(int fd, int other);
/* From `far` to `near`, which has it when this returns. */
void send_near(struct ground *g, const void *data, size_t size);
ssize_t receive_near(struct ground *g);
/* Receives until EAGAIN, through mio; the number of datagrams. */
int drain_near(struct ground *g);

#endif
