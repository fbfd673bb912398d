/* Addresses: both families, by bytes and by text. */
#include "cmocka_all.h"

#include "base/address.h"

#include <arpa/inet.h>
#include <string.h>

static union address parsed(const char *host, uint16_t port)
{
    union address a;

    assert_true(address_parse_host(host, &a));
    address_set_port(&a, port);
    return a;
}

static void what_is_read_is_what_is_written(void **state)
{
    union address four = parsed("127.0.0.1", 2000), six = parsed("2001:db8::7", 65535);
    char text[ADDRESS_TEXT];

    (void)state;
    address_text(&four, text);
    assert_string_equal(text, "127.0.0.1:2000");
    address_text(&six, text);
    assert_string_equal(text, "[2001:db8::7]:65535");
    assert_int_equal(address_port(&four), 2000);
    assert_int_equal(ntohs(six.in6.sin6_port), 65535);
}

static void the_longest_text_has_room(void **state)
{
    union address a = parsed("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 65535);
    char text[ADDRESS_TEXT];

    (void)state;
    address_text(&a, text);
    assert_string_equal(text, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

static void what_is_no_host_leaves_nothing(void **state)
{
    static const char *const bad[] = {"",      "localhost", "127.0.0", "127.0.0.1:2000",
                                      "[::1]", "1::2::3"};
    static const union address nothing;
    union address a;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        a = address_loopback(1);
        assert_false(address_parse_host(bad[i], &a));
        assert_memory_equal(&a, &nothing, sizeof a);
    }
}

static void the_length_is_that_of_the_family(void **state)
{
    union address four = parsed("127.0.0.1", 0), six = parsed("::1", 0);

    (void)state;
    assert_int_equal(address_length(&four), sizeof(struct sockaddr_in));
    assert_int_equal(address_length(&six), sizeof(struct sockaddr_in6));
}

static void hosts_are_compared_without_ports_and_families_never_meet(void **state)
{
    union address a = parsed("127.0.0.1", 1), b = parsed("127.0.0.1", 2),
                  other = parsed("127.0.0.2", 1), six = parsed("::1", 1),
                  mapped = parsed("::ffff:127.0.0.1", 1), other_six = parsed("::2", 1);

    (void)state;
    assert_true(address_same_host(&a, &b));
    assert_false(address_same(&a, &b));
    assert_true(address_same(&a, &a));
    assert_false(address_same_host(&a, &other));
    assert_false(address_same_host(&a, &mapped));
    assert_true(address_same(&six, &six));
    assert_false(address_same_host(&six, &other_six));
}

static void a_wildcard_is_reached_at_its_loopback_address(void **state)
{
    union address four = parsed("0.0.0.0", 7), six = parsed("::", 7), own = parsed("10.1.2.3", 7);
    union address four_here = address_loopback(7), six_here = parsed("::1", 7), reached;

    (void)state;
    assert_true(address_is_any(&four) && address_is_any(&six) && !address_is_any(&own));
    reached = address_reachable(&four);
    assert_true(address_same(&reached, &four_here));
    reached = address_reachable(&six);
    assert_true(address_same(&reached, &six_here));
    reached = address_reachable(&own);
    assert_true(address_same(&reached, &own));
}

static void who_receives_what_is_sent_to_an_address(void **state)
{
    static const struct {
        const char *local, *to;
        bool received;
    } rows[] = {
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "127.0.0.2", false},
        {"0.0.0.0", "127.0.0.2", true},
        {"127.0.0.2", "0.0.0.0", true},
        {"::", "127.0.0.1", true},
        {"::ffff:127.0.0.1", "127.0.0.1", true},
        {"::1", "127.0.0.1", false},
        {"::ffff:127.0.0.2", "127.0.0.1", false},
        {"::", "::1", true},
        {"::1", "::1", true},
        {"::2", "::1", false},
        {"0.0.0.0", "::1", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        union address local = parsed(rows[i].local, 7), to = parsed(rows[i].to, 7),
                      beside = parsed(rows[i].to, 8);

        if (address_receives(&local, &to) != rows[i].received)
            fail_msg("%s and what is sent to %s", rows[i].local, rows[i].to);
        assert_false(address_receives(&local, &beside));
    }
}

static void loopback_is_a_whole_network_or_one_address(void **state)
{
    union address far_end = parsed("127.255.255.254", 1), six = parsed("::1", 1);
    union address next = parsed("128.0.0.1", 1), six_next = parsed("::2", 1);

    (void)state;
    assert_true(address_is_loopback(&far_end) && address_is_loopback(&six));
    assert_false(address_is_loopback(&next) || address_is_loopback(&six_next));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_what_is_written),
        cmocka_unit_test(the_longest_text_has_room),
        cmocka_unit_test(what_is_no_host_leaves_nothing),
        cmocka_unit_test(the_length_is_that_of_the_family),
        cmocka_unit_test(hosts_are_compared_without_ports_and_families_never_meet),
        cmocka_unit_test(a_wildcard_is_reached_at_its_loopback_address),
        cmocka_unit_test(who_receives_what_is_sent_to_an_address),
        cmocka_unit_test(loopback_is_a_whole_network_or_one_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
