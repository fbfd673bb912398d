/* Whose turn it is to poll.  The usual case, nobody else, costs two atomic instructions. */
#include "mio/internal.h"

#include <errno.h>
#include <time.h>

enum { FREE, TAKEN, WAITED_FOR };

int mio_turn_init(struct mio_turn *turn)
{
    int err = pthread_mutex_init(&turn->lock, NULL);

    atomic_init(&turn->state, FREE);
    if (err)
        return -err;
    err = pthread_cond_init(&turn->changed, NULL);
    if (err)
        pthread_mutex_destroy(&turn->lock);
    return -err;
}

void mio_turn_fini(struct mio_turn *turn)
{
    pthread_cond_destroy(&turn->changed);
    pthread_mutex_destroy(&turn->lock);
}

/* By the calendar's clock, since macOS knows no other here: should it be set, the caller still
 * judges by its own deadline. */
static void wait_changed(struct mio_turn *turn, int64_t left_ns)
{
    struct timespec until;

    if (left_ns < 0) {
        pthread_cond_wait(&turn->changed, &turn->lock);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    left_ns += until.tv_nsec;
    until.tv_sec += left_ns / 1000000000;
    until.tv_nsec = left_ns % 1000000000;
    pthread_cond_timedwait(&turn->changed, &turn->lock, &until);
}

static int64_t left_of(int64_t timeout_ns, int64_t since_ns)
{
    int64_t left = timeout_ns < 0 ? timeout_ns : timeout_ns - (mio_now_ns() - since_ns);

    return timeout_ns >= 0 && left < 0 ? 0 : left;
}

/* Whoever gets it after waiting leaves it marked: others may be waiting, too. */
static bool take_waiting(struct mio_turn *turn, int64_t *timeout_ns)
{
    int64_t since = mio_now_ns();
    bool taken;

    pthread_mutex_lock(&turn->lock);
    while (!(taken = atomic_exchange(&turn->state, WAITED_FOR) == FREE)) {
        int64_t left = left_of(*timeout_ns, since);

        if (left == 0)
            break;
        wait_changed(turn, left);
    }
    pthread_mutex_unlock(&turn->lock);
    *timeout_ns = left_of(*timeout_ns, since);
    return taken;
}

bool mio_turn_take(struct mio_turn *turn, int64_t *timeout_ns)
{
    int free = FREE;

    if (atomic_compare_exchange_strong_explicit(&turn->state, &free, TAKEN, memory_order_acquire,
                                                memory_order_relaxed))
        return true;
    return *timeout_ns != 0 && take_waiting(turn, timeout_ns);
}

void mio_turn_give(struct mio_turn *turn)
{
    if (atomic_exchange_explicit(&turn->state, FREE, memory_order_acq_rel) == TAKEN)
        return;
    pthread_mutex_lock(&turn->lock);
    pthread_cond_signal(&turn->changed);
    pthread_mutex_unlock(&turn->lock);
}
