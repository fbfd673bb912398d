#include "ten.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_S 10

static int ten_poll_reader(struct tokio_future *future, struct tokio_context *context)
{
    struct reader *r = (struct reader *)future;
    char data[64];
    size_t length;
    int result;

    r->polls++;
    while ((result = tokio_udp_receive(&r->udp, context, data, sizeof data, &length, NULL, NULL)) ==
           TOKIO_READY) {
        r->received++;
        r->bytes += (unsigned)length;
    }
    return result;
}

void open_reader(struct ground *g, struct reader *r)
{
    socklen_t length = sizeof r->address;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    r->future.poll = ten_poll_reader;
    r->address = (struct sockaddr_in){.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&r->address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&r->address, &length), 0);
    assert_int_equal(tokio_udp_init(&r->udp, g->core, fd), 0);
}

void close_reader(struct reader *r)
{
    tokio_udp_fini(&r->udp);
    close(r->udp.socket.fd);
}

static int ten_ignore_item(void *context, void *item)
{
    (void)context, (void)item;
    return 0;
}

static int ten_poll_main(struct tokio_future *future, struct tokio_context *context)
{
    struct ground *g = (struct ground *)((char *)future - offsetof(struct ground, main));
    bool first = g->main_polls++ == 0;

    if (g->composition == JOIN)
        return tokio_poll(&g->join.future, context);
    if (g->composition != SPAWN)
        return tokio_poll(&g->each.future, context);
    for (int i = 0; i < SOCKETS && first; i++)
        assert_int_equal(tokio_core_spawn(g->core, g->children[i]), 0);
    return TOKIO_PENDING;
}

static int ten_make(void **state, enum composition composition)
{
    struct ground *g = calloc(1, sizeof *g);

    *state = g;
    g->composition = composition;
    g->main.poll = ten_poll_main;
    g->client = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(tokio_core_new(NULL, &g->core), 0);
    assert_int_equal(tokio_unordered_init(&g->unordered), 0);
    if (composition == UNORDERED_2017)
        g->unordered.budget = TOKIO_BUDGET_2017;
    for (int i = 0; i < SOCKETS; i++) {
        open_reader(g, &g->readers[i]);
        g->children[i] = &g->readers[i].future;
        assert_int_equal(tokio_unordered_push(&g->unordered, g->children[i]), 0);
    }
    tokio_join_all_init(&g->join, g->children, SOCKETS);
    tokio_for_each_init(&g->each, &g->unordered.stream, ten_ignore_item, NULL);
    return 0;
}

int make_join(void **state)
{
    return ten_make(state, JOIN);
}

int make_spawn(void **state)
{
    return ten_make(state, SPAWN);
}

int make_unordered_2017(void **state)
{
    return ten_make(state, UNORDERED_2017);
}

int make_unordered_later(void **state)
{
    return ten_make(state, UNORDERED_LATER);
}

int end_ground(void **state)
{
    struct ground *g = *state;

    tokio_unordered_fini(&g->unordered);
    for (int i = 0; i < SOCKETS; i++)
        close_reader(&g->readers[i]);
    tokio_core_free(g->core);
    close(g->client);
    free(g);
    return 0;
}

/* ---- driving ---- */

struct tokio_core_counters counters_of(const struct ground *g)
{
    struct tokio_core_counters c;

    tokio_core_counters(g->core, &c);
    return c;
}

void run_until_idle(struct ground *g)
{
    struct tokio_core_counters before;
    int fired = g->main_polls == 0;

    do {
        before = counters_of(g);
        if (fired)
            assert_int_equal(tokio_core_poll_main(g->core, &g->main), TOKIO_PENDING);
        fired = tokio_core_turn(g->core, 0);
        assert_true(fired >= 0);
    } while (fired || counters_of(g).polls != before.polls ||
             counters_of(g).events != before.events);
}

void send_to(struct ground *g, int index)
{
    const struct sockaddr_in *to = &g->readers[index].address;

    assert_int_equal(sendto(g->client, "hello", 5, 0, (const struct sockaddr *)to, sizeof *to), 5);
}

void run_until_received(struct ground *g, int index, unsigned received)
{
    time_t deadline = time(NULL) + DEADLINE_S;

    do
        run_until_idle(g);
    while (g->readers[index].received < received && time(NULL) < deadline);
    assert_int_equal(g->readers[index].received, received);
}

void lock_step(struct ground *g)
{
    unsigned received = g->readers[CHOSEN].received;

    run_until_idle(g);
    for (unsigned i = 1; i <= PACKETS; i++) {
        send_to(g, CHOSEN);
        run_until_received(g, CHOSEN, received + i);
    }
}

void queue_on(struct ground *g, int index)
{
    for (int i = 0; i < PACKETS; i++)
        send_to(g, index);
}
