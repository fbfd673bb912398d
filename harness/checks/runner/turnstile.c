#include "checks/runner/turnstile.h"

#include "base/interrupt.h"
#include "target/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Two bytes to lock (fcntl(2), advisory record locking): such a lock is a process's, ends with it
 * however that ends, and can be shared or not.  Whoever goes in holds the door meanwhile.  Without
 * one, those that share the room would hand it on to each other, past who waits to be alone. */
enum { DOOR, ROOM, TURNSTILE_BYTES };

int turnstile_open(void)
{
    return platform_shared_memory(TURNSTILE_BYTES);
}

static bool turnstile_lock(int turnstile, int byte, short kind)
{
    struct flock lock = {.l_type = kind, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

    while (fcntl(turnstile, F_SETLKW, &lock) < 0) {
        if (errno != EINTR || interrupted())
            return false;
    }
    return true;
}

bool turnstile_enter(int turnstile, bool alone)
{
    bool in = turnstile_lock(turnstile, DOOR, F_WRLCK) &&
              turnstile_lock(turnstile, ROOM, alone ? F_WRLCK : F_RDLCK);

    turnstile_lock(turnstile, DOOR, F_UNLCK);
    return in;
}

void turnstile_leave(int turnstile)
{
    turnstile_lock(turnstile, ROOM, F_UNLCK);
}
