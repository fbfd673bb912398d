#include "simulate/supervise/share.h"

#include "base/clock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SHARE_ENTER_MS 5000

void share_set_stage(struct share *share, enum share_stage stage)
{
    atomic_store(&share->stage, (int)stage);
    syscall(SYS_futex, &share->stage, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void share_wait(struct share *share, enum share_stage stage, int timeout_ms)
{
    struct timespec limit = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L};

    if (atomic_load(&share->stage) == (int)stage)
        syscall(SYS_futex, &share->stage, FUTEX_WAIT, (int)stage, &limit, NULL, 0);
}

bool share_await_entry(struct share *share)
{
    int64_t limit_ns = clock_now_ns() + SHARE_ENTER_MS * NS_PER_MS;

    while (share->stage == SHARE_NOTHING && clock_now_ns() < limit_ns)
        share_wait(share, SHARE_NOTHING, SHARE_ENTER_MS);
    return share->stage == SHARE_ENTERED;
}
