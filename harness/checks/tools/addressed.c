#include "checks/tools/addressed.h"

#include "checks/tools/freeze.h"

#include <string.h>

#define ADDRESSED_EACH 8
#define ANSWER_MS 3000

/* Two addresses in turn, while the target stands still: in a batch each answer needs its own
 * question's address. */
static bool addressed_ask(struct client *client, const union address to[2])
{
    struct check *c = client->check;

    if (!freeze_begin(c))
        return false;
    for (uint32_t i = 0; i < 2 * ADDRESSED_EACH && !check_over(c); i++) {
        if (client_send(client, &to[i % 2], &i, sizeof i) != 0)
            check_invalid(c, "the burst could not be sent");
    }
    return !check_over(c) && freeze_end(c, 2 * ADDRESSED_EACH);
}

static void addressed_collect(struct client *client, struct client_reply *reply,
                              const union address to[2])
{
    struct check *c = client->check;
    char asked[64], from[64];

    for (unsigned n = 0; n < 2 * ADDRESSED_EACH && !check_over(c); n++) {
        uint32_t i = 0;

        if (!client_receive(client, reply, check_ms(c, ANSWER_MS))) {
            check_fail(c, "an answer to each datagram of a burst", "%u of %d", n,
                       2 * ADDRESSED_EACH);
            return;
        }
        memcpy(&i, reply->bytes, reply->length == sizeof i ? sizeof i : 0);
        address_text(&to[i % 2], asked);
        address_text(&reply->from, from);
        if (client_judge(reply, &to[i % 2], &i, sizeof i) != CLIENT_ECHO)
            check_fail(c, "the same bytes from the address that was asked",
                       "in a burst to two addresses, %s answered what was asked of %s", from,
                       asked);
    }
}

void addressed_burst(struct client *client, const union address to[2])
{
    struct client_reply reply = {.bytes = NULL};

    if (client_reply_init(&reply, client->check) && addressed_ask(client, to))
        addressed_collect(client, &reply, to);
    client_reply_fini(&reply);
}
