#include "bench/floor_parts.h"

#include "base/address.h"
#include "base/clock.h"
#include "bench/reflector.h"
#include "target/platform.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define BATCHES 5
/* A batch ends after so long, however far it is: whoever it waits for may have no processor. */
#define BATCH_LIMIT_NS (100 * NS_PER_MS)
/* The clock is looked at once in so many calls. */
#define CALLS_A_LOOK 64u
#define DEFAULT_BYTES 64u

/* ---- an empty system call ---- */

/* The C library passes getppid(2) on as it is: it must not be remembered, since it changes. */
static uint32_t floor_run_calls(struct floor_place *place, uint32_t calls)
{
    (void)place;
    for (uint32_t i = 0; i < calls; i++)
        getppid();
    return calls;
}

/* ---- a cache line ---- */

/* Two lines of 64 bytes, or of 128 where the processor fetches them in pairs. */
struct floor_line {
    _Alignas(128) _Atomic uint32_t ball; /* odd: it is the other's turn */
    _Alignas(128) atomic_bool over;
    int cpu;
    pthread_t thread;
};

static void *return_balls(void *argument)
{
    struct floor_line *line = argument;

    platform_pin(line->cpu);
    while (!atomic_load_explicit(&line->over, memory_order_relaxed)) {
        uint32_t ball = atomic_load_explicit(&line->ball, memory_order_acquire);

        if (ball % 2 == 1)
            atomic_store_explicit(&line->ball, ball + 1, memory_order_release);
    }
    return NULL;
}

/* Once the other one has its processor; without it there is no ball that comes back. */
static bool ball_returns(struct floor_line *line, uint32_t ball, int64_t limit_ns)
{
    atomic_store_explicit(&line->ball, ball, memory_order_release);
    for (uint32_t looks = 1; atomic_load_explicit(&line->ball, memory_order_acquire) != ball + 1;
         looks++) {
        if (looks % 1024 == 0 && clock_now_ns() > limit_ns)
            return false;
    }
    return true;
}

static uint32_t floor_run_line(struct floor_place *place, uint32_t calls)
{
    struct floor_line *line = place->line;
    int64_t limit_ns = clock_now_ns() + BATCH_LIMIT_NS;
    uint32_t made = 0;

    atomic_store(&line->ball, 0);
    while (made < calls && ball_returns(line, 2 * made + 1, limit_ns))
        made++;
    return made;
}

static void line_open(struct floor_place *place)
{
    char *reason = place->reasons[FLOOR_LINE];
    const struct floor_config *c = &place->config;

    if (!c->client_cpu || c->client_cpu == c->server_cpu) {
        snprintf(reason, sizeof *place->reasons,
                 "a line goes between two processors: client and server are not pinned to two");
        return;
    }
    if (posix_memalign((void **)&place->line, 128, sizeof *place->line) != 0)
        place->line = NULL;
    if (!place->line) {
        snprintf(reason, sizeof *place->reasons, "no memory");
        return;
    }
    memset(place->line, 0, sizeof *place->line);
    place->line->cpu = c->client_cpu - 1;
}

/* The other one spins for as long as this part is measured, and no longer. */
static bool line_begin(struct floor_place *place)
{
    int err;

    atomic_store(&place->line->over, false);
    err = pthread_create(&place->line->thread, NULL, return_balls, place->line);
    if (err)
        snprintf(place->reasons[FLOOR_LINE], sizeof *place->reasons, "no second thread: %s",
                 strerror(err));
    return err == 0;
}

static void line_end(struct floor_place *place)
{
    atomic_store(&place->line->over, true);
    pthread_join(place->line->thread, NULL);
}

/* ---- copies ---- */

/* User memory to the kernel's and back is a copy each; here both are ours, which is the least that
 * they can cost.  The compiler must take memory as read. */
static uint32_t floor_run_copies(struct floor_place *place, uint32_t calls)
{
    uint8_t *from = place->bytes, *kernel = from + place->room, *to = kernel + place->room;

    for (uint32_t i = 0; i < calls; i++) {
        size_t length = place->lengths[i % FLOOR_LENGTHS];

        memcpy(kernel, from, length);
        __asm__ volatile("" ::: "memory");
        memcpy(to, kernel, length);
        __asm__ volatile("" ::: "memory");
    }
    return calls;
}

/* ---- datagrams ---- */

/* What is sent is there when the send returns, or soon after: receives wait. */
static uint32_t exchange_datagrams(struct floor_place *place, enum floor_part part, int fd,
                                   uint32_t calls)
{
    int64_t limit_ns = clock_now_ns() + BATCH_LIMIT_NS;
    uint32_t made;

    for (made = 0; made < calls; made++) {
        size_t length = place->lengths[made % FLOOR_LENGTHS];

        if (send(fd, place->bytes, length, 0) < 0 ||
            recv(fd, place->bytes, length, 0) != (ssize_t)length) {
            snprintf(place->reasons[part], sizeof *place->reasons,
                     "a datagram did not come back: %s", strerror(errno));
            break;
        }
        if (made % CALLS_A_LOOK == 0 && clock_now_ns() > limit_ns)
            break;
    }
    return made;
}

static uint32_t floor_run_path(struct floor_place *place, uint32_t calls)
{
    return exchange_datagrams(place, FLOOR_PATH, place->path_fd, calls);
}

static uint32_t floor_run_reflector(struct floor_place *place, uint32_t calls)
{
    return exchange_datagrams(place, FLOOR_REFLECTOR, place->reflector_fd, calls);
}

static int connect_to_itself(int fd)
{
    union address own = address_loopback(0);
    socklen_t size = sizeof own;

    if (bind(fd, &own.any, address_length(&own)) < 0 || getsockname(fd, &own.any, &size) < 0)
        return -1;
    return connect(fd, &own.any, size);
}

/* A socket stays in the namespace that it was made in: it is opened before the reflector is. */
static void datagrams_open(struct floor_place *place)
{
    struct timeval patience = {.tv_usec = 200000};

    place->path_fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (place->path_fd < 0 || connect_to_itself(place->path_fd) < 0)
        snprintf(place->reasons[FLOOR_PATH], sizeof *place->reasons,
                 "no socket that is connected to itself: %s", strerror(errno));
    place->reflector_fd = reflector_open(place->reasons[FLOOR_REFLECTOR], sizeof *place->reasons);
    for (int i = 0; i < 2; i++)
        setsockopt(i ? place->reflector_fd : place->path_fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                   sizeof patience);
}

/* ---- all ---- */

/* Enough calls for a millisecond or two of each. */
static const struct {
    uint32_t calls;
    uint32_t (*run)(struct floor_place *place, uint32_t calls);
    bool (*begin)(struct floor_place *place);
    void (*end)(struct floor_place *place);
} methods[FLOOR_PARTS] = {
    [FLOOR_CALL] = {16384, floor_run_calls, NULL, NULL},
    [FLOOR_LINE] = {8192, floor_run_line, line_begin, line_end},
    [FLOOR_COPIES] = {16384, floor_run_copies, NULL, NULL},
    [FLOOR_PATH] = {1024, floor_run_path, NULL, NULL},
    [FLOOR_REFLECTOR] = {1024, floor_run_reflector, NULL, NULL},
};

void floor_place_open(struct floor_place *place, const struct floor_config *config)
{
    struct sizes sizes = config->sizes;

    if (sizes.count == 0 && sizes.list[0] == 0)
        sizes = (struct sizes){.count = 1, .list = {DEFAULT_BYTES}};
    *place = (struct floor_place){.config = *config, .room = sizes_largest(&sizes)};
    for (uint32_t i = 0; i < FLOOR_LENGTHS; i++)
        place->lengths[i] = sizes_of(&sizes, 0, 0, i);
    place->bytes = calloc(3, place->room);
    for (int i = 0; !place->bytes && i < FLOOR_PARTS; i++)
        snprintf(place->reasons[i], sizeof *place->reasons, "no memory");
    line_open(place);
    datagrams_open(place);
}

void floor_place_close(struct floor_place *place)
{
    if (place->path_fd >= 0)
        close(place->path_fd);
    if (place->reflector_fd >= 0)
        close(place->reflector_fd);
    free(place->line);
    free(place->bytes);
}

static int64_t floor_cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* A batch that was cut short counts as far as it went. */
void floor_take(struct floor_place *place, enum floor_part part, struct floor_figure *figure)
{
    char *reason = place->reasons[part];
    uint32_t calls = place->config.calls ? place->config.calls : methods[part].calls;
    bool begun = !*reason && (!methods[part].begin || methods[part].begin(place));

    *figure = (struct floor_figure){0};
    for (int i = 0; begun && i < BATCHES && !*reason; i++) {
        int64_t before = floor_cpu_ns();
        uint32_t made = methods[part].run(place, calls);
        double ns = (double)(floor_cpu_ns() - before) / (double)(made ? made : 1);

        figure->calls += made;
        if (made > 0 && (figure->ns <= 0 || ns < figure->ns))
            figure->ns = ns;
    }
    if (begun && methods[part].end)
        methods[part].end(place);
    if (!*reason && figure->ns <= 0)
        snprintf(figure->reason, sizeof figure->reason, "not one came back in time");
    if (*reason)
        figure->ns = 0;
    if (*reason)
        snprintf(figure->reason, sizeof figure->reason, "%s", reason);
}
