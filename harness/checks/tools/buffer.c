#include "checks/tools/buffer.h"

#include <inttypes.h>

/* Linux gives 212,992 bytes to who asks for nothing (net.core.rmem_default), in its own count. */
#define USUAL_BYTES (128 << 10)
/* In that count a datagram of some bytes costs 768, bookkeeping included. */
#define BYTES_EACH 1024

bool buffer_overflowed(struct check *c)
{
    unsigned bytes = c->run ? target_receive_bytes(c->run) : 0;
    int64_t drops = bytes > 0 && bytes < USUAL_BYTES ? target_socket_drops(c->run) : 0;

    if (drops > 0)
        check_unsupported(c,
                          "the target's receive buffer, which is smaller than usual (%u bytes), "
                          "has dropped %" PRId64 " datagrams of those that came together",
                          bytes, drops);
    return drops > 0;
}

unsigned buffer_holds(struct check *c, unsigned wanted)
{
    unsigned fit = target_receive_bytes(c->run) / BYTES_EACH;

    return fit > 0 && fit < wanted ? fit : wanted;
}
