#include "flood/remote.h"

#include "base/interrupt.h"
#include "exchange/asker.h"
#include "exchange/payload.h"
#include "flood/address.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define PROBES 3
#define PROBE_WAIT_MS 1000
#define PROBE_ROOM 4096

/* A reply from another address never gets here: the socket is connected.  So neither a broadcast
 * nor a multicast address can pass, nor a forger who does not see the nonce.
 *
 * Asks once; true when the nonce came back. */
static bool remote_echoes(int fd, struct asker *asker, uint64_t nonce, uint64_t sequence)
{
    struct payload sent = {.nonce = nonce, .sequence = sequence, .length = PAYLOAD_MIN}, back;
    struct exchange_answer answer;
    uint8_t token[PAYLOAD_MIN], bytes[PROBE_ROOM];
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    size_t size;
    ssize_t length;

    payload_write(&sent, token);
    size = asker_request(asker, bytes, sizeof bytes, token, sizeof token);
    if (size == 0 || send(fd, bytes, size, 0) < 0 || poll(&polled, 1, PROBE_WAIT_MS) <= 0)
        return false;
    length = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (length < 0)
        return false;
    asker_answer(asker, bytes, (size_t)length, &answer);
    return answer.kind == EXCHANGE_ANSWER &&
           payload_read(answer.token, answer.length, nonce, &back) == PAYLOAD_INTACT;
}

static int remote_ask(const struct flood_config *config, const union address *address,
                      uint64_t nonce, struct error *error)
{
    struct asker asker;
    char name[ADDRESS_TEXT];
    int fd = socket(address->any.sa_family, SOCK_DGRAM, 0);
    bool admitted = false;

    address_text(address, name);
    if (fd < 0 || connect(fd, &address->any, address_length(address)) < 0) {
        error_set(error, STATUS_CANNOT_RUN, "%s: %s", name, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    asker_init(&asker, config->exchange, nonce);
    for (int i = 0; i < PROBES && !admitted && !interrupted(); i++)
        admitted = remote_echoes(fd, &asker, nonce, (uint64_t)i);
    asker_fini(&asker);
    close(fd);
    return admitted ? 0
                    : error_set(error, STATUS_CANNOT_RUN,
                                "%s did not echo a nonce, so it is not loaded: start %s server "
                                "there first",
                                name, config->exchange->protocol == 0 ? "an echo" : "such a");
}

int remote_admit(const struct flood_config *config, uint64_t nonce, struct error *error)
{
    for (unsigned i = 0; i < config->n_addresses; i++) {
        const union address *address = &config->addresses[i];
        char name[ADDRESS_TEXT];

        if (flood_address_is_local(address))
            continue;
        address_text(address, name);
        if (!config->remote)
            return error_set(
                error, STATUS_USAGE,
                "%s is outside this machine: --remote loads it, if it is yours to load and echoes",
                name);
        /* Not the nonce of the run: an echo that comes late must not be taken for the run's. */
        if (remote_ask(config, address, ~nonce, error) < 0)
            return -1;
    }
    return 0;
}
