#include "checks/tools/freeze.h"

#include "checks/tools/buffer.h"

#include <inttypes.h>
#include <signal.h>

/* Of a stop that has been sent until the last thread stands still. */
#define FREEZE_MS 2000

bool freeze_begin(struct check *c)
{
    if (c->without_freeze)
        return true;
    if (target_freeze(c->run, check_ms(c, FREEZE_MS)) < 0) {
        check_invalid(c, "the target could not be stopped with SIGSTOP");
        return false;
    }
    c->was_frozen = true;
    return true;
}

bool freeze_end(struct check *c, unsigned queued)
{
    /* What did not fit was dropped behind what did, before the target could do anything. */
    int64_t drops = target_socket_drops(c->run);

    if (drops > 0 && !c->without_freeze && !buffer_overflowed(c))
        check_invalid(c, "the target's receive buffer held %" PRId64 " fewer than %u datagrams",
                      drops, queued);
    c->deed = "after it had been stopped and continued (SIGSTOP, SIGCONT)";
    if (!c->without_freeze && target_signal(c->run, SIGCONT, true) < 0)
        check_fail(c, "the target goes on", "it is gone");
    return !check_over(c);
}
