#include "ground.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

static const char *selector = NULL;

const char *selector_under_test(void)
{
    return selector;
}

int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t deadline_ns(void)
{
    const char *scale = getenv("EDGEWISE_TIMEOUT_SCALE");

    return 5000 * MS * (scale && atoi(scale) > 0 ? atoi(scale) : 1);
}

int udp_socket(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
    return fd;
}

struct sockaddr_in address_of(int fd)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;

    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    return address;
}

void connect_to(int fd, int other)
{
    struct sockaddr_in address = address_of(other);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
}

int set_up(void **state)
{
    struct ground *g = calloc(1, sizeof *g);
    const struct mio_options options = {.selector = selector};

    assert_non_null(g);
    g->selector = selector;
    assert_int_equal(mio_poll_new(&options, &g->poll), 0);
    mio_socket_init(&g->near, udp_socket());
    mio_socket_init(&g->far, udp_socket());
    *state = g;
    return 0;
}

int tear_down(void **state)
{
    struct ground *g = *state;

    mio_poll_free(g->poll);
    close(g->near.fd);
    close(g->far.fd);
    free(g);
    return 0;
}

int run_on_selector(int argc, char **argv, int (*run)(void))
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s SELECTOR\n", argv[0]);
        return 2;
    }
    selector = argv[1];
    return run();
}

int look(struct ground *g)
{
    g->n = mio_poll(g->poll, g->events, COUNT(g->events), 0);
    assert_true(g->n >= 0);
    return g->n;
}

int await(struct ground *g)
{
    int64_t until = now_ns() + deadline_ns();

    do {
        g->n = mio_poll(g->poll, g->events, COUNT(g->events), until - now_ns());
        assert_true(g->n >= 0);
    } while (g->n == 0 && now_ns() < until);
    return g->n;
}

uint32_t seen(const struct ground *g, uintptr_t token)
{
    uint32_t bits = 0;

    for (int i = 0; i < g->n; i++)
        if (g->events[i].token == token)
            bits |= g->events[i].readiness;
    return bits;
}

void await_bits(struct ground *g, uintptr_t token, uint32_t bits)
{
    int64_t until = now_ns() + deadline_ns();
    uint32_t had = 0;

    while ((had & bits) != bits && now_ns() < until) {
        await(g);
        had |= seen(g, token);
    }
    assert_int_equal(had & bits, bits);
}

void send_near(struct ground *g, const void *data, size_t size)
{
    struct sockaddr_in to = address_of(g->near.fd);
    struct pollfd arrived = {.fd = g->near.fd, .events = POLLIN};

    assert_int_equal(sendto(g->far.fd, data, size, 0, (struct sockaddr *)&to, sizeof to), size);
    assert_int_equal(poll(&arrived, 1, (int)(deadline_ns() / MS)), 1);
}

ssize_t receive_near(struct ground *g)
{
    char buffer[64];

    return mio_recvfrom(&g->near, buffer, sizeof buffer, NULL, NULL);
}

int drain_near(struct ground *g)
{
    int n = 0;
    ssize_t result;

    while ((result = receive_near(g)) >= 0)
        n++;
    assert_int_equal(result, -EAGAIN);
    return n;
}
