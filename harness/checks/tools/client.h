/* A client of a target: one socket that is not connected, so that it sees who answers.
 *
 * Cases send and receive bytes; what goes over the wire is a request that carries them, and their
 * answer, in the protocol that the target speaks. */
#ifndef EDGEWISE_CHECK_CLIENT_H
#define EDGEWISE_CHECK_CLIENT_H

#include "base/address.h"
#include "checks/check.h"
#include "exchange/asker.h"

#define CLIENT_ROOM (EW_DATAGRAM_MAX + 1)

struct client {
    struct check *check;
    int fd;
    struct asker asker;
};

/* A reply, or whatever else came. */
struct client_reply {
    union address from;
    size_t length;
    uint8_t *bytes;      /* CLIENT_ROOM of them; the token, or all of what is no answer */
    const char *strange; /* why it is no answer of ours; NULL: it is one */
};

/* Opens it.  False with a verdict (INVALID) when there are no sockets to be had.  client_close() is
 * safe after that. */
bool client_open(struct client *client, struct check *c, int family);

/* The same for the family of the running target's address. */
bool client_meet(struct client *client, struct check *c);

void client_close(struct client *client);

/* Where the target listens: a wildcard is asked at its loopback address. */
union address client_target(const struct check *c, unsigned index);

/* Sends a request that carries these bytes; 0 or a positive errno.  What no request of the protocol
 * carries makes the case UNSUPPORTED (EMSGSIZE). */
int client_send(struct client *client, const union address *to, const void *bytes, size_t length);

/* Takes the next answer, whose bytes are those that were sent; a refusal is a FAIL.  Waits up to
 * `ms` (not scaled here); false when there was none, or on interruption. */
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
enum client_match client_judge(const struct client_reply *reply, const union address *asked,
                               const void *bytes, size_t length);
const char *client_match_text(enum client_match match);

/* Sends `bytes` and waits for their echo; anything else is a FAIL. */
bool client_echo(struct client *client, const union address *to, const void *bytes, size_t length);

/* Datagrams that its own socket dropped; 0 where that is not told. */
int64_t client_drops(const struct client *client);

/* Fills `bytes` with the seed's bytes. */
void client_random_bytes(struct check *c, uint8_t *bytes, size_t length);

#endif
