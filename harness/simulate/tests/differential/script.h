/* The differential script: calls on UDP sockets, one printed line each, the same on real sockets
 * and on simulated ones.
 *
 * Nothing that differs from run to run is printed: relations of ports, not ports.  Every wait in it
 * is for what is already there, but where a line says otherwise. */
#ifndef EDGEWISE_TESTS_DIFFERENTIAL_H
#define EDGEWISE_TESTS_DIFFERENTIAL_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

/* Two bound sockets on loopback. */
struct pair {
    int a, b;
    struct sockaddr_in at_a, at_b;
};

/* "name: result", the error's text where `result` is negative. */
void say(const char *name, long result);
/* "name: " and what the format makes. */
void say_text(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

int open_bound(struct sockaddr_in *at);
struct pair open_pair(void);
void close_pair(struct pair *p);
struct sockaddr_in name_of(int fd);
ssize_t send_to(int fd, const char *text, const struct sockaddr_in *to);
ssize_t receive_now(int fd);
bool same_address(const struct sockaddr_in *a, const struct sockaddr_in *b);

/* ---- the chapters ---- */

void script_names(void);
void script_options(void);
void script_receiving(void);
void script_messages(void);
void script_sending(void);
void script_connecting(void);
void script_descriptors(void);
void script_waiting(void);
void script_readiness(void);
void script_timers(void);

#endif
