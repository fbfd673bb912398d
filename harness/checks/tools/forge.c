#include "checks/tools/forge.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define UDP_HEADER_BYTES 8

/* Needs CAP_NET_RAW, which one has in a user namespace of one's own (capabilities(7)). */
int forge_open(struct check *c, int protocol)
{
    int fd = socket(AF_INET, SOCK_RAW, protocol);

    if (fd >= 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)) {
        close(fd);
        fd = -1;
    }
    if (fd < 0)
        check_unsupported(c, "no raw socket can be had here: %s", strerror(errno));
    return fd;
}

/* Version 4, five words of header.  No network lets this in from outside that filters sources (BCP
 * 38); not all do. */
bool forge_send(struct check *c, int raw, const union address *from, const union address *to,
                const uint8_t *payload, size_t size)
{
    struct forged f = {.version_and_words = 0x45,
                       .ttl = 64,
                       .protocol = IPPROTO_UDP,
                       .from = from->in.sin_addr.s_addr,
                       .to = to->in.sin_addr.s_addr,
                       .from_port = from->in.sin_port,
                       .to_port = to->in.sin_port,
                       .udp_length = htons((uint16_t)(UDP_HEADER_BYTES + size))};

    memcpy(f.payload, payload, size);
    if (sendto(raw, &f, FORGE_HEADERS + size, 0, &to->any, sizeof to->in) >= 0)
        return true;
    check_invalid(c, "the forged datagram could not be sent: %s", strerror(errno));
    return false;
}
