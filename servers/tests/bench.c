#include "bench.h"

#include <arpa/inet.h>
#include <dlfcn.h>
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

static void *symbol(void *library, const char *name)
{
    void *address = dlsym(library, name);

    if (!address) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return address;
}

/* POSIX lets dlsym's object pointer stand for a function; ISO C does not, hence the copies. */
void bench_load(struct bench *b, const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL), *address;

    memset(b, 0, sizeof *b);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    address = symbol(library, "ew_describe"), memcpy(&b->server.describe, &address, sizeof address);
    address = symbol(library, "ew_start"), memcpy(&b->server.start, &address, sizeof address);
    address = symbol(library, "ew_port"), memcpy(&b->server.port, &address, sizeof address);
    address = symbol(library, "ew_stats"), memcpy(&b->server.stats, &address, sizeof address);
    address = symbol(library, "ew_stop"), memcpy(&b->server.stop, &address, sizeof address);
    b->description = b->server.describe();
    b->client = -1;
}

struct ew_config bench_config(unsigned sockets)
{
    return (struct ew_config){.size = sizeof(struct ew_config), .sockets = sockets};
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

void bench_stop(struct bench *b)
{
    close(b->client);
    b->client = -1;
    assert_int_equal(b->server.stop(b->instance), 0);
    b->instance = NULL;
}

socklen_t bench_address(const struct bench *b, unsigned index, const char *host, struct sockaddr_storage *address)
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
    const ew_counter *counter = (const void *)((const char *)&ew_page_socket(page, index)->counters + offset);

    return atomic_load_explicit(counter, memory_order_relaxed);
}
