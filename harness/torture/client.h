/* Asks the target, one datagram after the other, and notes each answer that is none to them. */
#ifndef EDGEWISE_TORTURE_CLIENT_H
#define EDGEWISE_TORTURE_CLIENT_H

#include "base/address.h"
#include "exchange/asker.h"

#define TORTURE_CLIENT_TOKENS 4096

struct torture_client {
    int fd;
    union address to;
    struct asker asker;
    uint64_t start; /* tokens are this and what follows */
    unsigned asked;
    bool answered[TORTURE_CLIENT_TOKENS];
    bool wrong; /* something came that was never asked for, or twice */
};

/* 0, or -1 with errno. */
int torture_client_init(struct torture_client *client, const struct exchange *exchange,
                        const union address *to);
void torture_client_fini(struct torture_client *client);

/* Sends the next request and waits for its answer, at most so long; true: it came.  Who asks
 * TORTURE_CLIENT_TOKENS times gets no further answer. */
bool torture_client_ask(struct torture_client *client, int wait_ms);

#endif
