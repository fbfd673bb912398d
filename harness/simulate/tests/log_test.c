/* The log of a run: bounded, and what repeats itself told once. */
#include "cmocka_all.h"
#include "simulate/engine.h"
#include "simulate/log.h"

#include <string.h>

static struct log *log_test_of(const char *letters)
{
    static struct log log;

    log = (struct log){.wanted = true};
    for (; *letters; letters++)
        log_put(&log, (struct log_event){.kind = LOG_ARRIVES, .value = *letters});
    return &log;
}

static void assert_group(const struct log *log, uint32_t first, uint32_t length, uint32_t times)
{
    struct log_group group = log_group_at(log, first);

    assert_int_equal(group.first, first);
    assert_int_equal(group.length, length);
    assert_int_equal(group.times, times);
}

static void what_nobody_asks_for_is_not_kept(void **state)
{
    struct log log = {.wanted = false};

    (void)state;
    log_put(&log, (struct log_event){.kind = LOG_WAITS});
    assert_int_equal(log.total, 0);
    assert_int_equal(log.count, 0);
}

static void what_finds_no_room_is_counted(void **state)
{
    struct log log = {.wanted = true};

    (void)state;
    for (unsigned i = 0; i < LOG_EVENTS + 3; i++)
        log_put(&log, (struct log_event){.kind = LOG_WAITS, .value = (int32_t)i});
    assert_int_equal(log.total, LOG_EVENTS + 3);
    assert_int_equal(log.count, LOG_EVENTS);
    assert_int_equal(log.events[LOG_EVENTS - 1].value, LOG_EVENTS - 1);
}

static void what_repeats_itself_is_one_group(void **state)
{
    (void)state;
    assert_group(log_test_of("aaaab"), 0, 1, 4);
    assert_group(log_test_of("ababababc"), 0, 2, 4);
    assert_group(log_test_of("xabcabcabc"), 1, 3, 3);
    assert_group(log_test_of("abcabcab"), 0, 1, 1); /* twice is sooner read than explained */
    assert_group(log_test_of("aab"), 0, 1, 1);
}

/* Eight events told as one pair, not as three and a rest. */
static void the_group_that_covers_most_is_taken(void **state)
{
    (void)state;
    assert_group(log_test_of("aaabaaabaaab"), 0, 4, 3);
    assert_group(log_test_of("aaaaaa"), 0, 1, 6);
}

static void groups_end_where_the_log_does(void **state)
{
    struct log *log = log_test_of("abababa");
    struct log_group group = log_group_at(log, 0);

    (void)state;
    assert_int_equal(group.length * group.times, 6);
    assert_group(log, 6, 1, 1);
}

static void every_kind_has_its_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LOG_KIND_COUNT; i++) {
        assert_true(strlen(log_kind_name(i)) > 0);
        assert_true(strlen(log_kind_meaning(i)) > 0);
        assert_in_range(log_kind_who(i), LOG_TARGET, LOG_SCENARIO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_asks_for_is_not_kept),
        cmocka_unit_test(what_finds_no_room_is_counted),
        cmocka_unit_test(what_repeats_itself_is_one_group),
        cmocka_unit_test(the_group_that_covers_most_is_taken),
        cmocka_unit_test(groups_end_where_the_log_does),
        cmocka_unit_test(every_kind_has_its_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
