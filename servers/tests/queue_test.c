/* The outgoing queue. */
#include "bench.h"
#include "core/core.h"

#include <string.h>

#define CAPACITY 3
#define LARGEST 8

static int queue_test_set_up(void **state)
{
    static struct ew_queue queue;

    ew_queue_init(&queue, CAPACITY, LARGEST);
    *state = &queue;
    return 0;
}

static int queue_test_tear_down(void **state)
{
    ew_queue_fini(*state);
    return 0;
}

static int queue_test_push(struct ew_queue *queue, const char *text)
{
    uint8_t data[2 * LARGEST] = {0};
    struct ew_datagram d = {.length = strlen(text), .data = data};

    memcpy(data, text, d.length);
    d.peer.in.sin_port = (in_port_t)text[0];
    return ew_queue_push(queue, &d);
}

static void expect_front(struct ew_queue *queue, const char *text)
{
    struct ew_datagram d;

    assert_true(ew_queue_front(queue, &d));
    assert_int_equal(d.length, strlen(text));
    assert_memory_equal(d.data, text, d.length);
    assert_int_equal(d.peer.in.sin_port, text[0]);
    ew_queue_pop(queue);
}

static void nothing_is_allocated_before_the_first_push(void **state)
{
    struct ew_queue *queue = *state;
    struct ew_datagram d;

    assert_null(queue->slots);
    assert_false(ew_queue_front(queue, &d));
    assert_int_equal(queue_test_push(queue, "a"), 0);
    assert_non_null(queue->slots);
}

static void its_memory_is_kept_when_it_runs_empty(void **state)
{
    struct ew_queue *queue = *state;
    uint8_t *slots;

    assert_int_equal(queue_test_push(queue, "a"), 0);
    slots = queue->slots;
    expect_front(queue, "a");
    assert_int_equal(queue_test_push(queue, "b"), 0);
    assert_ptr_equal(queue->slots, slots);
}

static void it_holds_its_capacity_and_not_one_more(void **state)
{
    struct ew_queue *queue = *state;

    assert_int_equal(queue_test_push(queue, "a"), 0);
    assert_int_equal(queue_test_push(queue, "b"), 0);
    assert_false(ew_queue_full(queue));
    assert_int_equal(queue_test_push(queue, "c"), 0);
    assert_true(ew_queue_full(queue));
    assert_int_equal(queue_test_push(queue, "d"), -ENOBUFS);
    expect_front(queue, "a");
    assert_int_equal(queue_test_push(queue, "d"), 0);
}

static void first_in_is_first_out_across_the_end_of_the_ring(void **state)
{
    struct ew_queue *queue = *state;
    const char *texts[] = {"a", "bb", "", "dddd", "eeeeeeee"};

    for (int round = 0; round < 4; round++)
        for (int i = 0; i < 5; i++) {
            assert_int_equal(queue_test_push(queue, "x"), 0);
            assert_int_equal(queue_test_push(queue, texts[i]), 0);
            expect_front(queue, "x");
            expect_front(queue, texts[i]);
        }
}

static void a_datagram_beyond_the_configured_maximum_is_refused(void **state)
{
    struct ew_queue *queue = *state;

    assert_int_equal(queue_test_push(queue, "123456789"), -EMSGSIZE);
    assert_int_equal(queue->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_allocated_before_the_first_push,
                                        queue_test_set_up, queue_test_tear_down),
        cmocka_unit_test_setup_teardown(its_memory_is_kept_when_it_runs_empty, queue_test_set_up,
                                        queue_test_tear_down),
        cmocka_unit_test_setup_teardown(it_holds_its_capacity_and_not_one_more, queue_test_set_up,
                                        queue_test_tear_down),
        cmocka_unit_test_setup_teardown(first_in_is_first_out_across_the_end_of_the_ring,
                                        queue_test_set_up, queue_test_tear_down),
        cmocka_unit_test_setup_teardown(a_datagram_beyond_the_configured_maximum_is_refused,
                                        queue_test_set_up, queue_test_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
