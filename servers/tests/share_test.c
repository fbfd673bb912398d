/* Workers that share a port: which of them a flow goes to, counted.  share_test PLUGIN.so */
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WORKERS_MOST 3
#define FLOWS 64
#define EACH 10
/* More than enough that each of two workers gets half of FLOWS: the odds against it are those of
 * 32 times heads in 512 throws. */
#define FLOWS_TRIED 512

struct share_flow {
    int fd;
    uint16_t port;
    unsigned worker; /* that took its first datagram */
};

static struct bench bench;

static int share_test_set_up(void **state)
{
    *state = &bench;
    return 0;
}

static struct ew_config share_config(unsigned workers, uint32_t share)
{
    struct ew_config config = bench_config(1);

    config.workers = workers;
    config.share = share;
    return config;
}

/* ---- what was counted ---- */

static uint64_t share_served(const struct bench *b, unsigned worker)
{
    return atomic_load_explicit(&ew_page_worker(b->page, worker)->datagrams_served,
                                memory_order_relaxed);
}

/* The one worker that has served `n` more than before; the others none. */
static unsigned share_who_served(const struct bench *b, const uint64_t *before, uint64_t n)
{
    unsigned found = b->page->workers;

    for (unsigned i = 0; i < b->page->workers; i++) {
        uint64_t more = share_served(b, i) - before[i];

        assert_true(more == 0 || more == n);
        if (more == n) {
            assert_int_equal(found, b->page->workers);
            found = i;
        }
    }
    assert_in_range(found, 0, b->page->workers - 1);
    return found;
}

static void share_note(const struct bench *b, uint64_t *served)
{
    for (unsigned i = 0; i < b->page->workers; i++)
        served[i] = share_served(b, i);
}

/* ---- flows ---- */

static void flow_send(const struct share_flow *flow, unsigned number)
{
    assert_int_equal(send(flow->fd, &number, sizeof number, 0), sizeof number);
}

static void flow_expect(const struct share_flow *flow, unsigned number)
{
    unsigned got = number + 1;

    assert_int_equal(recv(flow->fd, &got, sizeof got, 0), sizeof got);
    assert_int_equal(got, number);
}

/* One by one, so that what is counted is theirs. */
static unsigned flow_ask(const struct bench *b, const struct share_flow *flow, unsigned times)
{
    uint64_t before[WORKERS_MOST];

    share_note(b, before);
    for (unsigned i = 0; i < times; i++) {
        flow_send(flow, i);
        flow_expect(flow, i);
    }
    return share_who_served(b, before, times);
}

static void flow_open(const struct bench *b, const char *host, struct share_flow *flow)
{
    struct timeval limit = {.tv_sec = bench_deadline_ms() / 1000};
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } own = {.in6 = {.sin6_family = AF_UNSPEC}};
    struct sockaddr_storage to;
    socklen_t length = bench_address(b, 0, host, &to), own_length = sizeof own;

    flow->fd = socket(to.ss_family, SOCK_DGRAM, 0);
    assert_true(flow->fd >= 0);
    assert_int_equal(setsockopt(flow->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(connect(flow->fd, (struct sockaddr *)&to, length), 0);
    assert_int_equal(getsockname(flow->fd, &own.any, &own_length), 0);
    flow->port = ntohs(own.any.sa_family == AF_INET6 ? own.in6.sin6_port : own.in.sin_port);
    flow->worker = flow_ask(b, flow, 1);
}

static void flows_open(const struct bench *b, const char *host, struct share_flow *flows)
{
    for (unsigned i = 0; i < FLOWS; i++)
        flow_open(b, host, &flows[i]);
}

static void flows_close(struct share_flow *flows)
{
    for (unsigned i = 0; i < FLOWS; i++)
        close(flows[i].fd);
}

/* As many for each of the workers; whoever is one too many is closed again. */
static void flows_open_evenly(const struct bench *b, struct share_flow *flows)
{
    unsigned of_worker[WORKERS_MOST] = {0}, n = 0;

    for (unsigned tries = 0; n < FLOWS; tries++) {
        assert_in_range(tries, 0, FLOWS_TRIED);
        flow_open(b, NULL, &flows[n]);
        if (of_worker[flows[n].worker] < FLOWS / b->page->workers)
            of_worker[flows[n++].worker]++;
        else
            close(flows[n].fd);
    }
}

/* All together, each as often as its place says, or all as often: whoever takes another's shows in
 * the sums, which `due` is then. */
static void flows_ask_together(const struct bench *b, const struct share_flow *flows, bool alike,
                               uint64_t *due)
{
    uint64_t before[WORKERS_MOST];

    share_note(b, before);
    memset(due, 0, WORKERS_MOST * sizeof *due);
    for (unsigned round = 0; round < EACH; round++) {
        for (unsigned i = 0; i < FLOWS; i++)
            if (alike || round <= i % EACH) {
                flow_send(&flows[i], round);
                due[flows[i].worker]++;
            }
        for (unsigned i = 0; i < FLOWS; i++)
            if (alike || round <= i % EACH)
                flow_expect(&flows[i], round);
    }
    for (unsigned i = 0; i < b->page->workers; i++)
        assert_int_equal(share_served(b, i) - before[i], due[i]);
}

/* ---- a flow and its worker ---- */

static void flows_stay(struct bench *b, const struct ew_config *config)
{
    struct share_flow flows[FLOWS];
    uint64_t due[WORKERS_MOST];

    bench_start(b, config);
    assert_int_equal(b->page->workers, config->workers);
    assert_int_equal(b->page->sockets, config->workers);
    flows_open(b, config->address, flows);
    for (unsigned i = 0; i < FLOWS; i++)
        assert_int_equal(flow_ask(b, &flows[i], EACH), flows[i].worker);
    flows_ask_together(b, flows, false, due);
    for (unsigned i = 0; i < b->page->workers; i++)
        assert_int_equal(COUNTER(b->page, i, datagrams_received), share_served(b, i));
    flows_close(flows);
    bench_stop(b);
}

static void a_flow_stays_on_its_worker_by_the_kernels_hash(void **state)
{
    struct ew_config config = share_config(2, EW_SHARE_HASH);

    flows_stay(*state, &config);
}

static void a_flow_stays_on_its_worker_by_the_program(void **state)
{
    struct ew_config config = share_config(3, EW_SHARE_BPF);

    flows_stay(*state, &config);
}

static void a_flow_over_ipv6_stays_on_its_worker(void **state)
{
    struct ew_config config = share_config(2, EW_SHARE_BPF);

    config.address = "::1";
    flows_stay(*state, &config);
}

/* ---- which worker it is ---- */

/* What core/share.c has the kernel reckon: of a source address, its last four bytes. */
static unsigned share_reckon(uint32_t address, uint16_t port, unsigned workers)
{
    return (((address + port) * 2654435769u >> 16) * workers) >> 16;
}

static void flows_are_as_reckoned(struct bench *b, const char *host, uint32_t address)
{
    struct ew_config config = share_config(3, EW_SHARE_BPF);
    struct share_flow flows[FLOWS];

    config.address = host;
    bench_start(b, &config);
    flows_open(b, host, flows);
    for (unsigned i = 0; i < FLOWS; i++)
        assert_int_equal(flows[i].worker, share_reckon(address, flows[i].port, 3));
    flows_close(flows);
    bench_stop(b);
}

static void the_program_chooses_by_source_address_and_port(void **state)
{
    flows_are_as_reckoned(*state, "127.0.0.1", INADDR_LOOPBACK);
    flows_are_as_reckoned(*state, "::1", 1);
}

/* 45 to 55 of a hundred, wherever they begin, and also of every second one. */
static void ports_in_a_row_are_an_even_choice(void **state)
{
    (void)state;
    for (unsigned step = 1; step <= 2; step++)
        for (unsigned first = 0; first + step * FLOWS <= UINT16_MAX; first++) {
            unsigned of_second = 0;

            for (unsigned i = 0; i < FLOWS; i++)
                of_second += share_reckon(INADDR_LOOPBACK, (uint16_t)(first + step * i), 2);
            assert_in_range(of_second, FLOWS * 45 / 100 + 1, FLOWS * 55 / 100);
        }
}

static void an_even_choice_of_flows_is_even_work(struct bench *b, uint32_t share)
{
    struct ew_config config = share_config(2, share);
    struct share_flow flows[FLOWS];
    uint64_t due[WORKERS_MOST];

    bench_start(b, &config);
    flows_open_evenly(b, flows);
    flows_ask_together(b, flows, true, due);
    for (unsigned i = 0; i < 2; i++)
        assert_in_range(due[i], FLOWS * EACH * 45 / 100, FLOWS * EACH * 55 / 100);
    flows_close(flows);
    bench_stop(b);
}

static void half_of_the_flows_is_half_of_the_work(void **state)
{
    an_even_choice_of_flows_is_even_work(*state, EW_SHARE_HASH);
    an_even_choice_of_flows_is_even_work(*state, EW_SHARE_BPF);
}

/* ---- whose port it is ---- */

static void no_second_instance_gets_the_port(void **state)
{
    struct bench *b = *state;

    for (unsigned workers = 1; workers <= 2; workers++) {
        struct ew_config first = share_config(workers, EW_SHARE_HASH), config = first;
        struct ew_instance *second;

        bench_start(b, &first);
        assert_int_equal(b->page->sockets, workers);
        config.workers = 2;
        config.port = b->server.port(b->instance, 0);
        for (config.share = EW_SHARE_PORTS; config.share <= EW_SHARE_BPF; config.share++)
            assert_int_equal(b->server.start(&config, &second), -EADDRINUSE);
        bench_expect_echo(b, 0, "still mine", 10);
        bench_stop(b);
    }
}

static void nor_is_another_programs_port_shared(void **state)
{
    struct bench *b = *state;
    struct ew_config config = share_config(2, EW_SHARE_HASH);
    struct sockaddr_in taken = {.sin_family = AF_INET};
    socklen_t length = sizeof taken;
    struct ew_instance *none;
    int on = 1, fd = socket(AF_INET, SOCK_DGRAM, 0);

    taken.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&taken, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&taken, &length), 0);
    config.port = ntohs(taken.sin_port);
    assert_int_equal(b->server.start(&config, &none), -EADDRINUSE);
    close(fd);
}

/* ---- ports and workers ---- */

static void every_worker_has_every_port(void **state)
{
    struct bench *b = *state;
    struct ew_config config = share_config(3, EW_SHARE_BPF);

    config.sockets = 2;
    bench_start(b, &config);
    assert_int_equal(b->page->workers, 3);
    assert_int_equal(b->page->sockets, 6);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(ew_page_socket(b->page, i)->port, b->server.port(b->instance, i % 2));
    assert_int_equal(b->server.port(b->instance, 2), 0);
    bench_expect_echo(b, 0, "first", 5);
    bench_expect_echo(b, 1, "second", 6);
    bench_stop(b);
}

static void a_page_without_room_for_them_is_refused(void **state)
{
    struct bench *b = *state;
    struct ew_config config = share_config(3, EW_SHARE_HASH);
    static _Alignas(8) uint8_t page[1 << 14];
    struct ew_instance *none;

    config.page = page;
    config.page_size = ew_page_size(3, 2);
    assert_int_equal(b->server.start(&config, &none), -ENOSPC);
    config.page_size = ew_page_size(3, ew_page_sockets(&config));
    bench_start(b, &config);
    bench_stop(b);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_flow_stays_on_its_worker_by_the_kernels_hash, bench_tear_down),
        cmocka_unit_test_teardown(a_flow_stays_on_its_worker_by_the_program, bench_tear_down),
        cmocka_unit_test_teardown(a_flow_over_ipv6_stays_on_its_worker, bench_tear_down),
        cmocka_unit_test_teardown(the_program_chooses_by_source_address_and_port, bench_tear_down),
        cmocka_unit_test(ports_in_a_row_are_an_even_choice),
        cmocka_unit_test_teardown(half_of_the_flows_is_half_of_the_work, bench_tear_down),
        cmocka_unit_test_teardown(no_second_instance_gets_the_port, bench_tear_down),
        cmocka_unit_test_teardown(nor_is_another_programs_port_shared, bench_tear_down),
        cmocka_unit_test_teardown(every_worker_has_every_port, bench_tear_down),
        cmocka_unit_test_teardown(a_page_without_room_for_them_is_refused, bench_tear_down),
    };
    int status = bench_load(&bench, argc, argv);

    if (status)
        return status;
    if (!(bench.description->capabilities & EW_CAN_WORKERS)) {
        printf("skipped: %s has one worker, or one for each socket\n", bench.description->name);
        return EXIT_SKIPPED;
    }
#ifndef __linux__
    printf("skipped: sockets that share a port share no flows here\n");
    return EXIT_SKIPPED;
#endif
    return cmocka_run_group_tests(tests, share_test_set_up, NULL);
}
