#include "checks/tools/control.h"

#include "checks/tools/client.h"
#include "flood/ledger.h"

#include <string.h>

static int blind(struct error *error, const char *what)
{
    return error_set(error, STATUS_INVALID,
                     "the negative control failed: %s was taken for an echo; nothing was scored",
                     what);
}

/* What clients judge: one reply each. */
static int control_client(struct error *error)
{
    static const char question[] = "who is there?";
    uint8_t bytes[sizeof question];
    union address asked = address_loopback(2000);
    struct client_reply reply = {.from = asked, .length = sizeof question, .bytes = bytes};

    memcpy(bytes, question, sizeof bytes);
    if (client_judge(&reply, &asked, question, sizeof question) != CLIENT_ECHO)
        return error_set(error, STATUS_INVALID,
                         "the control failed: a true echo was not seen as one");
    bytes[3] ^= 1;
    if (client_judge(&reply, &asked, question, sizeof question) != CLIENT_FOREIGN)
        return blind(error, "a made-up reply");
    bytes[3] ^= 1;
    reply.length--;
    if (client_judge(&reply, &asked, question, sizeof question) != CLIENT_CUT)
        return blind(error, "a reply cut short");
    reply.length++;
    address_set_port(&reply.from, 2001);
    if (client_judge(&reply, &asked, question, sizeof question) != CLIENT_ASTRAY)
        return blind(error, "a reply from another port");
    reply.from = asked;
    reply.from.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    if (client_judge(&reply, &asked, question, sizeof question) != CLIENT_ASTRAY)
        return blind(error, "a reply from another address");
    return 0;
}

/* What floods judge: the ledger's books. */
static int control_ledger(struct error *error)
{
    struct payload first = {.nonce = 7, .sequence = 0, .length = 64}, got;
    struct payload second = {.nonce = 7, .sequence = 1, .length = 64};
    struct payload made_up = {.nonce = 8, .sequence = 0, .length = 64};
    uint8_t bytes[64];
    struct ledger ledger;
    int result = 0;

    ledger_init(&ledger, &exchange_echo, 7, 0);
    if (ledger_reserve(&ledger, 2) < 0)
        return error_set(error, STATUS_CANNOT_RUN, "no memory for a ledger");
    ledger_sent(&ledger, 2, 2 * sizeof bytes);
    payload_write(&made_up, bytes);
    ledger_received(&ledger, bytes, sizeof bytes, &got);
    payload_write(&second, bytes);
    ledger_received(&ledger, bytes, sizeof bytes, &got);
    ledger_received(&ledger, bytes, sizeof bytes, &got);
    payload_write(&first, bytes);
    ledger_received(&ledger, bytes, sizeof bytes, &got);
    bytes[50] ^= 1;
    ledger_received(&ledger, bytes, sizeof bytes, &got);
    if (ledger.counts.foreign != 1 || ledger.counts.echoed != 2)
        result = blind(error, "a made-up datagram of a flood");
    else if (ledger.counts.duplicate != 1 || ledger.counts.reordered != 1 ||
             ledger.counts.corrupt != 1)
        result = blind(error, "a datagram that came twice, late or changed");
    ledger_fini(&ledger);
    return result;
}

int check_control(struct error *error)
{
    return control_client(error) < 0 ? -1 : control_ledger(error);
}
