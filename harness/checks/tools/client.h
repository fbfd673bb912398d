/* A client of a target: one socket that is not connected, so that it sees who answers. */
#ifndef EDGEWISE_CHECK_CLIENT_H
#define EDGEWISE_CHECK_CLIENT_H

#include "checks/check.h"

#include <netinet/in.h>

#define CLIENT_ROOM (EW_DATAGRAM_MAX + 1)

union client_address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

struct client {
    struct check *check;
    int fd;
};

/* A reply, or whatever else came. */
struct client_reply {
    union client_address from;
    size_t length;
    uint8_t *bytes; /* CLIENT_ROOM of them */
};

/* Opens it.  False with a verdict (INVALID) when there are no sockets to be had.  client_close() is
 * safe after that. */
bool client_open(struct client *client, struct check *c, int family);
void client_close(struct client *client);

/* Where the target listens: a wildcard is asked at its loopback address. */
union client_address client_target(const struct check *c, unsigned index);

/* Sends; 0 or a positive errno. */
int client_send(struct client *client, const union client_address *to, const void *bytes,
                size_t length);

/* Takes the next datagram, waiting up to `ms` (not scaled here); false when there was none, or on
 * interruption. */
bool client_receive(struct client *client, struct client_reply *reply, int ms);

bool client_reply_init(struct client_reply *reply, struct check *c);
void client_reply_fini(struct client_reply *reply);

/* What a reply is worth. */
enum client_match {
    CLIENT_ECHO,    /* the same bytes, from the address that was asked */
    CLIENT_CUT,     /* the beginning of them */
    CLIENT_FOREIGN, /* other bytes */
    CLIENT_ASTRAY,  /* the same bytes, from another address or port */
};
enum client_match client_judge(const struct client_reply *reply, const union client_address *asked,
                               const void *bytes, size_t length);
const char *client_match_text(enum client_match match);

bool client_same_address(const union client_address *a, const union client_address *b);
void client_address_text(const union client_address *address, char *text, size_t size);

/* Sends `bytes` and waits for their echo; anything else is a FAIL. */
bool client_echo(struct client *client, const union client_address *to, const void *bytes,
                 size_t length);

/* Datagrams that its own socket dropped; 0 where that is not told. */
int64_t client_drops(const struct client *client);

/* Fills `bytes` with the seed's bytes. */
void client_random_bytes(struct check *c, uint8_t *bytes, size_t length);

#endif
