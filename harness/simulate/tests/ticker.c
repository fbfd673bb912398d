/* A server that stays with a socket until a thread says that its turn is over, as runtimes with
 * green threads do (GHC): that one reads a timer which repeats.
 *
 *     ticker PORT SOCKETS PERIOD_MS */
#include "loopback.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define SOCKETS_MAX 16
#define NS_PER_MS 1000000

static atomic_bool over;

static void *tick(void *timer)
{
    uint64_t ticks;

    while (read(*(int *)timer, &ticks, sizeof ticks) > 0)
        over = true;
    return NULL;
}

int main(int argc, char **argv)
{
    struct pollfd all[SOCKETS_MAX];
    unsigned long numbers[3];
    struct itimerspec period = {0};
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    pthread_t thread;

    for (int i = 0; i < 3; i++)
        numbers[i] = i + 1 < argc ? strtoul(argv[i + 1], NULL, 10) : 0;
    if (numbers[1] == 0 || numbers[1] > SOCKETS_MAX || numbers[2] == 0) {
        fprintf(stderr, "usage: %s PORT SOCKETS PERIOD_MS\n", argv[0]);
        return 2;
    }
    for (unsigned i = 0; i < numbers[1]; i++)
        all[i] = (struct pollfd){.fd = loopback_bound((unsigned)numbers[0] + i), .events = POLLIN};
    period.it_value.tv_nsec = period.it_interval.tv_nsec = (long)numbers[2] * NS_PER_MS;
    timerfd_settime(timer, 0, &period, NULL);
    if (pthread_create(&thread, NULL, tick, &timer) != 0)
        return 1;
    while (poll(all, numbers[1], -1) > 0) {
        for (unsigned i = 0; i < numbers[1]; i++) {
            over = false;
            while (all[i].revents && loopback_serve_one(all[i].fd) && !over)
                ;
        }
    }
    return 1;
}
