#include "flood/remote.h"

#include "base/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define PROBES 3
#define PROBE_WAIT_MS 1000

/* A reply from another address never gets here: the socket is connected.  So neither a broadcast
 * nor a multicast address can pass, nor a forger who does not see the nonce.
 *
 * Asks once; true when the nonce came back. */
static bool remote_echoes(int fd, uint64_t nonce, uint64_t sequence)
{
    struct payload sent = {.nonce = nonce, .sequence = sequence, .length = PAYLOAD_MIN};
    struct payload back;
    uint8_t bytes[PAYLOAD_MIN];
    uint8_t reply[PAYLOAD_MIN + 1];
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    ssize_t length;

    payload_write(&sent, bytes);
    if (send(fd, bytes, sizeof bytes, 0) < 0 || poll(&polled, 1, PROBE_WAIT_MS) <= 0)
        return false;
    length = recv(fd, reply, sizeof reply, MSG_DONTWAIT);
    return length >= 0 && payload_read(reply, (size_t)length, nonce, &back) == PAYLOAD_INTACT;
}

static int remote_ask(const union address *address, uint64_t nonce, struct error *error)
{
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
    for (int i = 0; i < PROBES && !admitted && !interrupted(); i++)
        admitted = remote_echoes(fd, nonce, (uint64_t)i);
    close(fd);
    return admitted ? 0
                    : error_set(error, STATUS_CANNOT_RUN,
                                "%s did not echo a nonce, so it is not loaded: start an echo "
                                "server there first",
                                name);
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
        if (remote_ask(address, ~nonce, error) < 0)
            return -1;
    }
    return 0;
}
