/* How a flood is run: schedules, batches, sizes, corpora, addresses. */
#include "flood_bench.h"

#include "flood/address.h"

#include "base/clock.h"
#include "flood/corpus.h"
#include "flood/flow.h"

#include <stdlib.h>
#include <string.h>

static void nobody_there_is_said_so(void **state)
{
    struct faulty_echo echo;
    struct flood_config config;
    struct flood_result r;
    struct error error;

    (void)state;
    faulty_echo_bind(&echo);
    faulty_echo_stop(&echo);
    config = config_for(&echo);
    assert_int_equal(flood_run(&config, &r, &error), -1);
    assert_int_equal(error.status, STATUS_CANNOT_RUN);
    assert_non_null(strstr(error.text, "nobody listens"));
    flood_result_fini(&r);
}

static void an_open_loop_is_never_early_and_counts_from_the_intended_time(void **state)
{
    struct faulty_echo echo;
    struct flood_config config;
    struct flood_result r;

    (void)state;
    faulty_echo_start(&echo, FAULT_NONE);
    config = config_for(&echo);
    config.pace = PACE_OPEN;
    config.rate = 4000;
    config.flows = 3;
    config.threads = 2;
    run(&config, &r);
    faulty_echo_stop(&echo);
    assert_int_equal(r.counts.sent, COUNT);
    assert_true(r.elapsed_ns >= (int64_t)(COUNT - 1) * NS_PER_S / 4000);
    assert_int_equal(r.lag->total, COUNT);
    assert_true(r.lag->least >= 0);
    assert_int_equal(r.raw->total, r.counts.echoed);
    assert_true(histogram_mean(r.corrected) >= histogram_mean(r.raw));
    flood_result_fini(&r);
}

static void the_warm_up_is_in_the_ledger_and_not_in_the_latency(void **state)
{
    struct faulty_echo echo;
    struct flood_config config;
    struct flood_result r;

    (void)state;
    faulty_echo_start(&echo, FAULT_NONE);
    config = config_for(&echo);
    config.pace = PACE_OPEN;
    config.rate = 4000;
    config.warmup_ns = 100 * NS_PER_MS;
    run(&config, &r);
    faulty_echo_stop(&echo);
    assert_int_equal(r.counts.sent, COUNT);
    /* Those due within the warm-up may be sent late, after it; those due after it are never sent
     * before. */
    assert_true(r.measured_sent >= COUNT - 400);
    assert_int_equal(r.raw->total, r.measured_echoed);
    assert_true(r.measured_ns == r.elapsed_ns - config.warmup_ns);
    flood_result_fini(&r);
}

/* A target that is not given a processor for long, and then answers. */
#define SLOW_COUNT 8u
#define SLOW_ASKED 3u

struct slow_target {
    struct faulty_echo echo; /* without its thread */
    unsigned asked;
};

static bool answers_when_asked_often_enough(void *context)
{
    struct slow_target *t = context;
    struct sockaddr_in peer;
    char bytes[256];
    ssize_t n;

    if (++t->asked < SLOW_ASKED)
        return false;
    while ((n = recvfrom(t->echo.fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&peer,
                         &(socklen_t){sizeof peer})) >= 0)
        sendto(t->echo.fd, bytes, (size_t)n, 0, (struct sockaddr *)&peer, sizeof peer);
    return t->asked > SLOW_ASKED;
}

static void nothing_is_missed_as_long_as_the_target_does_not_sleep(void **state)
{
    struct slow_target target = {.asked = 0};
    struct flood_config config;
    struct flood_result r;

    (void)state;
    faulty_echo_bind(&target.echo);
    config = config_for(&target.echo);
    config.pace = PACE_UNPACED;
    config.count = SLOW_COUNT;
    config.drain_ns /= 10;
    config.target_sleeps = answers_when_asked_often_enough;
    config.context = &target;
    run(&config, &r);
    faulty_echo_stop(&target.echo);
    assert_int_equal(target.asked, SLOW_ASKED);
    assert_int_equal(r.counts.echoed, SLOW_COUNT);
    flood_result_fini(&r);
}

static void every_batch_and_size_comes_back_whole(void **state)
{
    static const enum flood_batch batches[] = {FLOOD_BATCH_PLAIN, FLOOD_BATCH_MMSG,
                                               FLOOD_BATCH_GSO};
    static const char *const sizes[] = {"48", "49", "1472", "48,200,1000", "48-2000"};
    struct faulty_echo echo;

    (void)state;
    faulty_echo_start(&echo, FAULT_NONE);
    for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            struct flood_config config = config_for(&echo);
            struct flood_result r;
            struct error error;

            config.batch = batches[b];
            config.flows = 5;
            config.count = 300;
            assert_int_equal(sizes_parse(&config.sizes, sizes[s], &error), 0);
            if (flood_run(&config, &r, &error) < 0) {
                /* the others depend on the platform */
                assert_int_not_equal(batches[b], FLOOD_BATCH_PLAIN);
                print_message("%s\n", error.text);
            } else {
                assert_int_equal(r.counts.echoed, 300);
                assert_int_equal(r.verdict, VERDICT_PASS);
            }
            flood_result_fini(&r);
        }
    }
    faulty_echo_stop(&echo);
}

#define TAKING_TURNS 50u

/* The server's buffer holds four of them: nobody is served twice before all were once. */
static void flows_take_turns_where_the_buffer_does_not_hold_all(void **state)
{
    struct faulty_echo echo;
    struct flood_config config;
    struct flood_result r;

    (void)state;
    faulty_echo_start(&echo, FAULT_NONE);
    config = config_for(&echo);
    config.flows = TAKING_TURNS;
    config.window = 1;
    config.server_receive_bytes = 5000;
    assert_int_equal(flow_buffer_holds(config.server_receive_bytes, 64), 4);
    run(&config, &r);
    faulty_echo_stop(&echo);
    assert_int_equal(r.under_way, 4);
    assert_int_equal(r.counts.echoed, COUNT);
    assert_int_equal(echo.received, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(echo.log[i].flow, i % TAKING_TURNS);
        assert_int_equal(echo.log[i].sequence, i / TAKING_TURNS);
    }
    flood_result_fini(&r);
}

/* A corpus of two flows in an order of its own, made in memory. */
static void make_corpus(struct corpus *corpus, unsigned count)
{
    uint64_t next[2] = {0, 0};
    uint8_t *bytes = malloc(count * (size_t)100);

    *corpus = (struct corpus){
        .nonce = 99, .flows = 2, .ports = 1, .largest = 100, .count = count, .file = bytes};
    corpus->records = calloc(count, sizeof *corpus->records);
    corpus->flow_ports = calloc(2, sizeof *corpus->flow_ports);
    assert_true(bytes && corpus->records && corpus->flow_ports);
    for (unsigned i = 0; i < count; i++) {
        uint32_t flow = (i * 7 / 3) % 2;
        struct payload p = {
            .nonce = 99, .flow = flow, .sequence = next[flow]++, .length = 60 + i % 40};

        payload_write(&p, bytes + i * (size_t)100);
        corpus->records[i] = (struct corpus_record){
            .flow = flow, .length = p.length, .bytes = bytes + i * (size_t)100};
    }
}

static void a_corpus_is_sent_in_the_order_of_the_file(void **state)
{
    struct faulty_echo echo;
    struct flood_config config;
    struct flood_result r;
    struct corpus corpus;

    (void)state;
    make_corpus(&corpus, COUNT);
    faulty_echo_start(&echo, FAULT_NONE);
    config = config_for(&echo);
    config.replay = &corpus;
    run(&config, &r);
    faulty_echo_stop(&echo);
    flood_result_fini(&r);
    assert_int_equal(r.counts.sent, COUNT);
    assert_int_equal(r.counts.echoed, COUNT);
    assert_int_equal(r.verdict, VERDICT_PASS);
    for (unsigned i = 0; i < COUNT; i++) {
        struct payload p;

        assert_int_equal(payload_read(corpus.records[i].bytes, corpus.records[i].length, 99, &p),
                         PAYLOAD_INTACT);
        assert_int_equal(echo.log[i].flow, p.flow);
        assert_int_equal(echo.log[i].sequence, p.sequence);
    }
    corpus_free(&corpus);
}

static void what_another_client_received_is_judged_alike(void **state)
{
    struct flood_result r;
    struct error error;
    struct corpus sent;
    struct corpus received;

    (void)state;
    make_corpus(&sent, 100);
    make_corpus(&received, 100);
    assert_int_equal(flood_judge(&sent, &received, &r, &error), 0);
    assert_int_equal(r.counts.echoed, 100);
    assert_int_equal(r.verdict, VERDICT_PASS);

    received.records[10] = received.records[11]; /* lost, and a duplicate */
    received.records[20].port = 1;               /* from another port */
    ((uint8_t *)(uintptr_t)received.records[30].bytes)[59] ^= 1;
    received.count = 99; /* the last lost */
    assert_int_equal(flood_judge(&sent, &received, &r, &error), 0);
    assert_int_equal(r.counts.echoed, 96);
    assert_int_equal(r.counts.duplicate, 1);
    assert_int_equal(r.counts.foreign, 1);
    assert_int_equal(r.counts.corrupt, 1);
    assert_int_equal(r.books.unaccounted, 4);
    assert_int_equal(r.verdict, VERDICT_FAIL);

    received.nonce++;
    assert_int_equal(flood_judge(&sent, &received, &r, &error), -1);
    assert_int_equal(error.status, STATUS_USAGE);
    corpus_free(&sent);
    corpus_free(&received);
}

static void addresses_are_parsed_or_refused(void **state)
{
    static const char *const bad[] = {"127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:0",
                                      "127.0.0.1:4294969296",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:2-1",
                                      "127.0.0.1:1-65536",
                                      "127.0.0.1:2000x",
                                      "1.2.3:2000",
                                      "[::1]",
                                      "::1:2000",
                                      "127.0.0.1:-5",
                                      "[::1:2000",
                                      "127.0.0.1:65530-65540",
                                      ":2000",
                                      "example.com:2000"};
    union address a[10];
    struct error error;

    (void)state;
    assert_int_equal(flood_parse_addresses("127.0.0.1:2000-2009", a, 10, &error), 10);
    assert_int_equal(address_port(&a[9]), 2009);
    assert_int_equal(flood_parse_addresses("[::1]:65535", a, 10, &error), 1);
    assert_int_equal(a[0].any.sa_family, AF_INET6);
    assert_int_equal(address_port(&a[0]), 65535);
    assert_int_equal(flood_parse_addresses("127.0.0.1:1-11", a, 10, &error), -1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(flood_parse_addresses(bad[i], a, 10, &error), -1);
        assert_int_equal(error.status, STATUS_USAGE);
    }
}

/* 203.0.113.0/24 is reserved for documentation: it is nobody's. */
static void nothing_leaves_the_machine_unless_asked_to(void **state)
{
    union address away;
    union address here;
    struct flood_config config = flood_defaults;
    struct flood_result r;
    struct error error;

    (void)state;
    assert_int_equal(flood_parse_addresses("203.0.113.1:2000", &away, 1, &error), 1);
    assert_int_equal(flood_parse_addresses("127.9.9.9:2000", &here, 1, &error), 1);
    assert_false(flood_address_is_local(&away));
    assert_true(flood_address_is_local(&here));
    config.addresses = &away;
    config.n_addresses = 1;
    assert_int_equal(flood_run(&config, &r, &error), -1);
    assert_int_equal(error.status, STATUS_USAGE);
    assert_non_null(strstr(error.text, "--remote"));
    flood_result_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_there_is_said_so),
        cmocka_unit_test(an_open_loop_is_never_early_and_counts_from_the_intended_time),
        cmocka_unit_test(the_warm_up_is_in_the_ledger_and_not_in_the_latency),
        cmocka_unit_test(nothing_is_missed_as_long_as_the_target_does_not_sleep),
        cmocka_unit_test(every_batch_and_size_comes_back_whole),
        cmocka_unit_test(flows_take_turns_where_the_buffer_does_not_hold_all),
        cmocka_unit_test(a_corpus_is_sent_in_the_order_of_the_file),
        cmocka_unit_test(what_another_client_received_is_judged_alike),
        cmocka_unit_test(addresses_are_parsed_or_refused),
        cmocka_unit_test(nothing_leaves_the_machine_unless_asked_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
