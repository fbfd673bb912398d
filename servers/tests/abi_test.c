/* What edgewise/server.h promises, held against one plug-in: abi_test PLUGIN.so */
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct bench bench;

static int abi_test_set_up(void **state)
{
    *state = &bench;
    return 0;
}

static void need(const struct bench *b, uint64_t capability, const char *name)
{
    if (b->description->capabilities & capability)
        return;
    printf("skipped: %s does not claim '%s'\n", b->description->name, name);
    skip();
}

static void start_n(struct bench *b, unsigned sockets)
{
    struct ew_config config = bench_config(sockets);

    bench_start(b, &config);
}

static void it_was_built_for_this_abi(void **state)
{
    struct bench *b = *state;

    assert_int_equal(b->description->abi, EW_ABI);
    assert_int_equal(b->description->size, sizeof(struct ew_description));
    assert_non_null(b->description->name);
    assert_non_null(b->description->summary);
}

static void every_size_comes_back_whole(void **state)
{
    static const size_t sizes[] = {0, 1, 1472, 1500, 9216, 65506, EW_DATAGRAM_MAX};
    static uint8_t data[EW_DATAGRAM_MAX];
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 31 + i / 256);
    start_n(b, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        bench_expect_echo(b, 0, data, sizes[i]);
    bench_stop(b);
}

static void each_socket_has_a_port_of_its_own_and_echoes(void **state)
{
    struct bench *b = *state;

    need(b, EW_CAN_SOCKETS, "sockets");
    start_n(b, 10);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_not_equal(b->server.port(b->instance, i), 0);
        bench_expect_echo(b, i, "0123456789", i + 1);
    }
    assert_int_equal(b->server.port(b->instance, 10), 0);
    bench_stop(b);
}

static void an_ipv6_address_is_served(void **state)
{
    struct bench *b = *state;
    struct ew_config config = bench_config(1);
    struct sockaddr_storage to;
    socklen_t size;
    char answer[8];

    need(b, EW_CAN_IPV6, "ipv6");
    config.address = "::1";
    bench_start(b, &config);
    size = bench_address(b, 0, "::1", &to);
    assert_int_equal(sendto(b->client, "six", 3, 0, (struct sockaddr *)&to, size), 3);
    assert_int_equal(bench_receive(b, answer, sizeof answer), 3);
    bench_stop(b);
}

static void a_wildcard_answers_from_the_address_that_was_asked(void **state)
{
    struct bench *b = *state;
    struct ew_config config = bench_config(1);
    struct sockaddr_storage to;
    struct sockaddr_in from = {0};
    socklen_t size, from_size = sizeof from;
    char answer[8];

    need(b, EW_CAN_WILDCARD, "wildcard");
#ifdef __APPLE__
    printf("skipped: macOS gives lo0 the address 127.0.0.1 only\n");
    skip();
#endif
    config.address = "0.0.0.0";
    bench_start(b, &config);
    size = bench_address(b, 0, "127.0.0.2", &to);
    assert_int_equal(sendto(b->client, "who", 3, 0, (struct sockaddr *)&to, size), 3);
    assert_int_equal(
        recvfrom(b->client, answer, sizeof answer, 0, (struct sockaddr *)&from, &from_size), 3);
    assert_int_equal(ntohl(from.sin_addr.s_addr), 0x7f000002);
    bench_stop(b);
}

/* This process holds the server's sockets, so it can send from one of them. */
static int find_socket(uint16_t port)
{
    struct sockaddr_in name = {0};

    for (int fd = 3; fd < 1024; fd++) {
        socklen_t size = sizeof name;

        if (getsockname(fd, (struct sockaddr *)&name, &size) == 0 && name.sin_family == AF_INET &&
            name.sin_port == htons(port))
            return fd;
    }
    return -1;
}

static void what_comes_from_one_of_its_own_sockets_is_dropped_and_counted(void **state)
{
    struct bench *b = *state;
    struct sockaddr_storage to;
    socklen_t size;
    int fd;

    need(b, EW_CAN_LOOPSAFE, "loopsafe");
    start_n(b, 2);
    fd = find_socket(b->server.port(b->instance, 1));
    assert_true(fd >= 0);
    size = bench_address(b, 0, NULL, &to);
    assert_int_equal(sendto(fd, "loop", 4, 0, (struct sockaddr *)&to, size), 4);
    bench_expect_echo(b, 0, "after", 5); /* the socket is read in order: the drop came before */
    assert_int_equal(COUNTER(b->page, 0, dropped_own_source), 1);
    assert_int_equal(COUNTER(b->page, 1, datagrams_received), 0);
    bench_stop(b);
}

static void a_datagram_beyond_the_maximum_is_dropped_whole_and_counted(void **state)
{
    struct bench *b = *state;
    struct ew_config config = bench_config(1);

    need(b, EW_CAN_COUNTERS, "counters");
    config.datagram_max = 4;
    bench_start(b, &config);
    bench_send(b, 0, "12345", 5);
    bench_expect_echo(b, 0, "1234", 4);
    assert_int_equal(COUNTER(b->page, 0, dropped_too_large), 1);
    bench_stop(b);
}

static void the_counters_say_what_happened_and_outlive_the_instance(void **state)
{
    struct bench *b = *state;
    struct ew_config config = bench_config(2);
    static _Alignas(8) uint8_t memory[4096];
    const struct ew_page *page = (const void *)memory;

    need(b, EW_CAN_COUNTERS, "counters");
    memset(memory, 0, sizeof memory);
    config.page = memory;
    config.page_size = sizeof memory;
    bench_start(b, &config);
    assert_ptr_equal(b->page, page);
    assert_int_equal(page->state, EW_PAGE_STARTED);
    for (int i = 0; i < 5; i++)
        bench_expect_echo(b, 1, "seven..", 7);
    bench_stop(b);
    assert_int_equal(page->state, EW_PAGE_STOPPED);
    assert_int_equal(COUNTER(page, 1, datagrams_received), 5);
    assert_int_equal(COUNTER(page, 1, bytes_received), 35);
    assert_int_equal(COUNTER(page, 1, datagrams_sent), 5);
    assert_int_equal(COUNTER(page, 1, bytes_sent), 35);
    assert_int_equal(COUNTER(page, 0, datagrams_received), 0);
}

static void expect_refusal(struct bench *b, const struct ew_config *config, int err)
{
    assert_int_equal(b->server.start(config, &b->instance), err);
    assert_null(b->instance);
}

static void a_bad_configuration_is_refused(void **state)
{
    struct bench *b = *state;
    struct {
        struct ew_config config;
        uint64_t grown;
    } newer = {.config = bench_config(1), .grown = 1};
    struct ew_config config = bench_config(1);
    uint64_t page[2] = {0};

    config.address = "localhost";
    expect_refusal(b, &config, -EINVAL);
    config = bench_config(2);
    config.port = 65535;
    expect_refusal(b, &config, -EINVAL);
    config = bench_config(1);
    config.datagram_max = EW_DATAGRAM_MAX + 1;
    expect_refusal(b, &config, -EINVAL);
    config = bench_config(1);
    config.size = 8;
    expect_refusal(b, &config, -EINVAL);
    config = bench_config(1);
    config.page = page;
    config.page_size = sizeof page;
    expect_refusal(b, &config, -ENOSPC);
    newer.config.size = sizeof newer;
    expect_refusal(b, &newer.config, -E2BIG);
    newer.grown = 0;
    bench_start(b, &newer.config);
    bench_stop(b);
}

static void a_port_in_use_is_reported_and_nothing_stays_open(void **state)
{
    struct bench *b = *state;
    struct ew_config config = bench_config(1);
    struct ew_instance *second;
    int before, after;

    bench_start(b, &config);
    config.port = b->server.port(b->instance, 0);
    before = dup(0);
    close(before);
    assert_int_equal(b->server.start(&config, &second), -EADDRINUSE);
    assert_null(second);
    after = dup(0); /* the lowest free descriptor is the same */
    close(after);
    assert_int_equal(after, before);
    bench_expect_echo(b, 0, "first", 5);
    bench_stop(b);
}

static void stopping_nothing_is_allowed(void **state)
{
    struct bench *b = *state;

    assert_int_equal(b->server.stop(NULL), 0);
}

static void the_same_port_serves_again_at_once(void **state)
{
    struct bench *b = *state;
    struct ew_config config = bench_config(1);

    bench_start(b, &config);
    config.port = b->server.port(b->instance, 0);
    bench_expect_echo(b, 0, "one", 3);
    bench_stop(b);
    bench_start(b, &config);
    bench_expect_echo(b, 0, "two", 3);
    bench_stop(b);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_was_built_for_this_abi, abi_test_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(every_size_comes_back_whole, abi_test_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(each_socket_has_a_port_of_its_own_and_echoes,
                                        abi_test_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(an_ipv6_address_is_served, abi_test_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_wildcard_answers_from_the_address_that_was_asked,
                                        abi_test_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(
            what_comes_from_one_of_its_own_sockets_is_dropped_and_counted, abi_test_set_up,
            bench_tear_down),
        cmocka_unit_test_setup_teardown(a_datagram_beyond_the_maximum_is_dropped_whole_and_counted,
                                        abi_test_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(the_counters_say_what_happened_and_outlive_the_instance,
                                        abi_test_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_bad_configuration_is_refused, abi_test_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_port_in_use_is_reported_and_nothing_stays_open,
                                        abi_test_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(stopping_nothing_is_allowed, abi_test_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(the_same_port_serves_again_at_once, abi_test_set_up,
                                        bench_tear_down),
    };
    int status = bench_load(&bench, argc, argv);

    if (status)
        return status;
    return cmocka_run_group_tests_name(bench.description->name, tests, NULL, NULL);
}
