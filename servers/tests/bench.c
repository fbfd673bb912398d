#include "bench.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define DEADLINE_MS 5000

int bench_deadline_ms(void)
{
    const char *scale = getenv("EDGEWISE_TIMEOUT_SCALE");

    return DEADLINE_MS * (scale && atoi(scale) > 0 ? atoi(scale) : 1);
}

/* POSIX lets dlsym's object pointer stand for a function; ISO C does not, hence the copy. */
static bool bench_resolve(void *library, const char *name, void *function)
{
    void *address = dlsym(library, name);

    if (!address)
        fprintf(stderr, "%s\n", dlerror());
    else
        memcpy(function, &address, sizeof address);
    return address != NULL;
}

/* What was built may still be refused where it runs: that shows at a start alone. */
static bool bench_is_refused(struct bench *b)
{
    struct ew_config config = bench_config(1);
    int err = b->server.start(&config, &b->instance);

    b->server.stop(b->instance);
    b->instance = NULL;
    if (err == -ENOTSUP)
        printf("skipped: %s: what it needs is refused here\n", b->description->name);
    return err == -ENOTSUP;
}

int bench_load(struct bench *b, int argc, char **argv)
{
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;

    memset(b, 0, sizeof *b);
    b->client = -1;
    if (!library) {
        fprintf(stderr, "usage: %s PLUGIN.so%s%s\n", argv[0], argc == 2 ? ": " : "",
                argc == 2 ? dlerror() : "");
        return 2;
    }
    if (!bench_resolve(library, "ew_describe", &b->server.describe) ||
        !bench_resolve(library, "ew_start", &b->server.start) ||
        !bench_resolve(library, "ew_port", &b->server.port) ||
        !bench_resolve(library, "ew_stats", &b->server.stats) ||
        !bench_resolve(library, "ew_stop", &b->server.stop))
        return 1;
    b->description = b->server.describe();
    if (b->description->missing)
        printf("skipped: %s: %s\n", b->description->name, b->description->missing);
    return b->description->missing || bench_is_refused(b) ? EXIT_SKIPPED : 0;
}

struct ew_config bench_config(unsigned sockets)
{
    return (struct ew_config){.size = sizeof(struct ew_config), .sockets = sockets, .reply = 1};
}

static int open_client(int family)
{
    int ms = bench_deadline_ms(), fd = socket(family, SOCK_DGRAM, 0);
    struct timeval limit = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    return fd;
}

void bench_start(struct bench *b, const struct ew_config *config)
{
    bool in6 = config->address && strchr(config->address, ':');

    assert_int_equal(b->server.start(config, &b->instance), 0);
    assert_non_null(b->instance);
    b->page = b->server.stats(b->instance);
    b->client = open_client(in6 ? AF_INET6 : AF_INET);
}

int bench_tear_down(void **state)
{
    struct bench *b = *state;

    if (b->client >= 0)
        close(b->client);
    b->client = -1;
    if (b->instance)
        b->server.stop(b->instance);
    b->instance = NULL;
    return 0;
}

void bench_stop(struct bench *b)
{
    close(b->client);
    b->client = -1;
    assert_int_equal(b->server.stop(b->instance), 0);
    b->instance = NULL;
}

socklen_t bench_address(const struct bench *b, unsigned index, const char *host,
                        struct sockaddr_storage *address)
{
    struct sockaddr_in *in = (void *)address;
    struct sockaddr_in6 *in6 = (void *)address;

    memset(address, 0, sizeof *address);
    if (host && strchr(host, ':')) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(b->server.port(b->instance, index));
        assert_int_equal(inet_pton(AF_INET6, host, &in6->sin6_addr), 1);
        return sizeof *in6;
    }
    in->sin_family = AF_INET;
    in->sin_port = htons(b->server.port(b->instance, index));
    assert_int_equal(inet_pton(AF_INET, host ? host : "127.0.0.1", &in->sin_addr), 1);
    return sizeof *in;
}

void bench_send(struct bench *b, unsigned index, const void *data, size_t length)
{
    struct sockaddr_storage to;
    socklen_t size = bench_address(b, index, NULL, &to);

    assert_int_equal(sendto(b->client, data, length, 0, (struct sockaddr *)&to, size), length);
}

long bench_receive(struct bench *b, void *buffer, size_t size)
{
    return recv(b->client, buffer, size, 0);
}

void bench_expect_echo(struct bench *b, unsigned index, const void *data, size_t length)
{
    static uint8_t answer[EW_DATAGRAM_MAX + 1];

    bench_send(b, index, data, length);
    assert_int_equal(bench_receive(b, answer, sizeof answer), length);
    assert_memory_equal(answer, data, length);
}

uint64_t bench_counter(const struct ew_page *page, unsigned index, size_t offset)
{
    const ew_counter *counter =
        (const void *)((const char *)&ew_page_socket(page, index)->counters + offset);

    return atomic_load_explicit(counter, memory_order_relaxed);
}
