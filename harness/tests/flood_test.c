/* Floods against a server that is wrong in known ways: every count, every term of the books, the verdicts. */
#include "cmocka_all.h"
#include "base/clock.h"
#include "faulty_echo.h"
#include "flood/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT 1000u

static double timeout_scale(void)
{
    const char *text = getenv("EDGEWISE_TIMEOUT_SCALE");

    return text ? atof(text) : 1;
}

static struct flood_config config_for(const struct faulty_echo *echo)
{
    struct flood_config config = flood_defaults;

    config.addresses = &echo->address;
    config.n_addresses = 1;
    config.count = COUNT;
    config.lost_ns = (int64_t)((double)config.lost_ns * timeout_scale());
    config.drain_ns = (int64_t)((double)config.drain_ns / 2 * timeout_scale());
    config.silence_ns = (int64_t)((double)config.silence_ns * timeout_scale());
    /* Judging the machine that the tests run on is not their business. */
    config.lag_limit_ns = INT64_MAX;
    config.steal_limit = 1;
    return config;
}

static void run(const struct flood_config *config, struct flood_result *result)
{
    struct error error = {0};

    if (flood_run(config, result, &error) < 0)
        fail_msg("%s", error.text);
}

/* Floods a server with this fault; `result` holds what came of it, and the server its own counts. */
static void flood_fault(enum fault fault, uint32_t flows, struct faulty_echo *echo, struct flood_result *result)
{
    struct flood_config config;

    faulty_echo_start(echo, fault);
    config = config_for(echo);
    config.flows = flows;
    config.page = echo->page;
    run(&config, result);
    faulty_echo_stop(echo);
    flood_result_fini(result);
    assert_int_equal(result->counts.sent, COUNT);
    assert_int_equal(result->end, FLOOD_COMPLETE);
}

static void a_right_server_passes(void **state)
{
    struct faulty_echo echo;
    struct flood_result r;

    (void)state;
    flood_fault(FAULT_NONE, 7, &echo, &r);
    assert_int_equal(r.counts.echoed, COUNT);
    assert_int_equal(r.books.unaccounted, 0);
    assert_int_equal(r.counts.reordered + r.counts.duplicate + r.counts.foreign + r.counts.corrupt, 0);
    assert_int_equal(r.verdict, VERDICT_PASS);
    assert_int_equal(flood_status(&r), STATUS_OK);
}

static void expect_fault(enum fault fault, size_t count_offset, bool echoed_too)
{
    struct faulty_echo echo;
    struct flood_result r;

    flood_fault(fault, 1, &echo, &r);
    assert_int_equal(echo.faults, COUNT / FAULT_EVERY);
    assert_int_equal(*(uint64_t *)((char *)&r.counts + count_offset), echo.faults);
    assert_int_equal(r.counts.echoed, echoed_too ? COUNT : COUNT - echo.faults);
    assert_int_equal(r.verdict, VERDICT_FAIL);
    assert_int_equal(flood_status(&r), STATUS_FAILED);
}

static void changed_bytes_are_counted_as_corrupt(void **state)
{
    (void)state;
    expect_fault(FAULT_CORRUPT, offsetof(struct ledger_counts, corrupt), false);
}

static void an_appended_byte_is_counted_as_corrupt(void **state)
{
    (void)state;
    expect_fault(FAULT_LENGTHEN, offsetof(struct ledger_counts, corrupt), false);
}

static void missing_bytes_are_counted_as_truncated(void **state)
{
    (void)state;
    expect_fault(FAULT_TRUNCATE, offsetof(struct ledger_counts, truncated), false);
}

static void second_answers_are_counted_as_duplicate(void **state)
{
    (void)state;
    expect_fault(FAULT_DUPLICATE, offsetof(struct ledger_counts, duplicate), true);
}

static void made_up_answers_are_counted_as_foreign(void **state)
{
    (void)state;
    expect_fault(FAULT_MAKE_UP, offsetof(struct ledger_counts, foreign), true);
}

static void swapped_answers_are_counted_as_reordered_by_one(void **state)
{
    struct faulty_echo echo;
    struct flood_result r;

    (void)state;
    flood_fault(FAULT_SWAP, 1, &echo, &r);
    assert_int_equal(r.counts.echoed, COUNT);
    assert_int_equal(r.counts.reordered, echo.faults);
    assert_int_equal(r.counts.reorder_extent, 1);
}

static void answers_to_the_wrong_client_are_counted_as_misdirected(void **state)
{
    struct faulty_echo echo;
    struct flood_result r;

    (void)state;
    flood_fault(FAULT_MISDIRECT, 20, &echo, &r);
    assert_true(echo.faults > 0);
    assert_int_equal(r.counts.misdirected, echo.faults);
    assert_int_equal(r.verdict, VERDICT_FAIL);
}

static void a_silent_loss_is_unaccounted(void **state)
{
    struct faulty_echo echo;
    struct flood_result r;

    (void)state;
    flood_fault(FAULT_DROP, 1, &echo, &r);
    assert_int_equal(r.books.unaccounted, echo.faults);
    if (r.books.attributed)
        assert_int_equal(r.verdict, VERDICT_FAIL);
}

static void a_loss_that_the_server_counts_is_accounted_for(void **state)
{
    struct faulty_echo echo;
    struct flood_result r;

    (void)state;
    flood_fault(FAULT_COUNTED_DROP, 1, &echo, &r);
    assert_int_equal(r.books.server, echo.faults);
    assert_int_equal(r.books.unaccounted, 0);
    assert_int_equal(r.verdict, VERDICT_PASS);
}

/* Nobody reads: what the socket holds is neither echoed nor dropped, and there it can be counted. */
static void what_the_servers_socket_drops_is_its_own_term(void **state)
{
    struct faulty_echo echo;
    struct flood_config config;
    struct flood_result r;
    uint8_t byte;
    uint64_t held = 0;

    (void)state;
    faulty_echo_bind(&echo);
    config = config_for(&echo);
    config.pace = PACE_UNPACED;
    config.count = 5000;
    run(&config, &r);
    while (recv(echo.fd, &byte, 1, MSG_DONTWAIT) >= 0)
        held++;
    faulty_echo_stop(&echo);
    flood_result_fini(&r);
    if (r.books.server_socket == FLOOD_UNKNOWN) {
        print_message("this platform does not tell what a socket dropped\n");
        skip();
    }
    assert_true(held > 0 && held < 5000);
    assert_int_equal(r.books.server_socket, 5000 - held);
    assert_int_equal(r.books.unaccounted, held);
    assert_int_equal(r.verdict, VERDICT_INVALID);
}

static void what_our_own_socket_drops_is_its_own_term_and_spoils_the_run(void **state)
{
    struct faulty_echo echo;
    struct flood_config config;
    struct flood_result r;

    (void)state;
    faulty_echo_start(&echo, FAULT_NONE);
    config = config_for(&echo);
    config.pace = PACE_UNPACED;
    config.count = 5000;
    config.receive_bytes = 4608;
    run(&config, &r);
    faulty_echo_stop(&echo);
    flood_result_fini(&r);
    if (r.books.client_socket == FLOOD_UNKNOWN) {
        print_message("this platform does not tell what a socket dropped\n");
        skip();
    }
    assert_true(r.books.client_socket > 0);
    assert_int_equal(r.books.unaccounted, 0);
    assert_int_equal(r.verdict, VERDICT_INVALID);
    assert_non_null(strstr(r.reason, "our own sockets dropped"));
}

static void a_server_that_falls_silent_is_left_alone(void **state)
{
    struct faulty_echo echo;
    struct flood_config config;
    struct flood_result r;

    (void)state;
    faulty_echo_start(&echo, FAULT_FALL_SILENT);
    config = config_for(&echo);
    config.count = UINT64_C(1) << 40;
    config.silence_ns = config.lost_ns * 2;
    run(&config, &r);
    faulty_echo_stop(&echo);
    flood_result_fini(&r);
    assert_int_equal(r.end, FLOOD_SILENT);
    assert_int_equal(r.counts.echoed, SILENT_AFTER);
    assert_int_equal(r.verdict, VERDICT_INVALID);
}

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
    /* Those due within the warm-up may be sent late, after it; those due after it are never sent before. */
    assert_true(r.measured_sent >= COUNT - 400);
    assert_int_equal(r.raw->total, r.measured_echoed);
    assert_true(r.measured_ns == r.elapsed_ns - config.warmup_ns);
    flood_result_fini(&r);
}

static void every_batch_and_size_comes_back_whole(void **state)
{
    static const enum flood_batch batches[] = {FLOOD_BATCH_PLAIN, FLOOD_BATCH_MMSG, FLOOD_BATCH_GSO};
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
                assert_int_not_equal(batches[b], FLOOD_BATCH_PLAIN); /* the others depend on the platform */
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

/* A corpus of two flows in an order of its own, made in memory. */
static void make_corpus(struct corpus *corpus, unsigned count)
{
    uint64_t next[2] = {0, 0};
    uint8_t *bytes = malloc(count * (size_t)100);

    *corpus = (struct corpus){.nonce = 99, .flows = 2, .ports = 1, .largest = 100, .count = count, .file = bytes};
    corpus->records = calloc(count, sizeof *corpus->records);
    corpus->flow_ports = calloc(2, sizeof *corpus->flow_ports);
    assert_true(bytes && corpus->records && corpus->flow_ports);
    for (unsigned i = 0; i < count; i++) {
        uint32_t flow = (i * 7 / 3) % 2;
        struct payload p = {.nonce = 99, .flow = flow, .sequence = next[flow]++, .length = 60 + i % 40};

        payload_write(&p, bytes + i * (size_t)100);
        corpus->records[i] = (struct corpus_record){.flow = flow, .length = p.length, .bytes = bytes + i * (size_t)100};
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

        assert_int_equal(payload_read(corpus.records[i].bytes, corpus.records[i].length, 99, &p), PAYLOAD_INTACT);
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
    static const char *const bad[] = {"127.0.0.1",       "127.0.0.1:",        "127.0.0.1:0",     "127.0.0.1:65536",
                                      "127.0.0.1:2-1",   "127.0.0.1:1-65536", "127.0.0.1:2000x", "1.2.3:2000",
                                      "[::1]",           "::1:2000",          "127.0.0.1:-5",    "[::1:2000",
                                      "127.0.0.1:65530-65540", ":2000", "example.com:2000"};
    struct flood_address a[10];
    struct error error;

    (void)state;
    assert_int_equal(flood_parse_addresses("127.0.0.1:2000-2009", a, 10, &error), 10);
    assert_int_equal(ntohs(a[9].in.sin_port), 2009);
    assert_int_equal(flood_parse_addresses("[::1]:65535", a, 10, &error), 1);
    assert_int_equal(a[0].any.sa_family, AF_INET6);
    assert_int_equal(ntohs(a[0].in6.sin6_port), 65535);
    assert_int_equal(flood_parse_addresses("127.0.0.1:1-11", a, 10, &error), -1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(flood_parse_addresses(bad[i], a, 10, &error), -1);
        assert_int_equal(error.status, STATUS_USAGE);
    }
}

/* 203.0.113.0/24 is reserved for documentation: it is nobody's. */
static void nothing_leaves_the_machine_unless_asked_to(void **state)
{
    struct flood_address away;
    struct flood_address here;
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
        cmocka_unit_test(a_right_server_passes),
        cmocka_unit_test(changed_bytes_are_counted_as_corrupt),
        cmocka_unit_test(an_appended_byte_is_counted_as_corrupt),
        cmocka_unit_test(missing_bytes_are_counted_as_truncated),
        cmocka_unit_test(second_answers_are_counted_as_duplicate),
        cmocka_unit_test(made_up_answers_are_counted_as_foreign),
        cmocka_unit_test(swapped_answers_are_counted_as_reordered_by_one),
        cmocka_unit_test(answers_to_the_wrong_client_are_counted_as_misdirected),
        cmocka_unit_test(a_silent_loss_is_unaccounted),
        cmocka_unit_test(a_loss_that_the_server_counts_is_accounted_for),
        cmocka_unit_test(what_the_servers_socket_drops_is_its_own_term),
        cmocka_unit_test(what_our_own_socket_drops_is_its_own_term_and_spoils_the_run),
        cmocka_unit_test(a_server_that_falls_silent_is_left_alone),
        cmocka_unit_test(nobody_there_is_said_so),
        cmocka_unit_test(an_open_loop_is_never_early_and_counts_from_the_intended_time),
        cmocka_unit_test(the_warm_up_is_in_the_ledger_and_not_in_the_latency),
        cmocka_unit_test(every_batch_and_size_comes_back_whole),
        cmocka_unit_test(a_corpus_is_sent_in_the_order_of_the_file),
        cmocka_unit_test(what_another_client_received_is_judged_alike),
        cmocka_unit_test(addresses_are_parsed_or_refused),
        cmocka_unit_test(nothing_leaves_the_machine_unless_asked_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
