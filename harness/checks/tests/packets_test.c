/* Hostile packets: the corpus in the program holds every family, and what C draws is what Python
 * described. */
#include "checks/tools/packets.h"
#include "cmocka_all.h"

#include <string.h>

static void open_family(struct packets *p, enum packet_family family, uint64_t seed, uint64_t count)
{
    struct error error = {0};

    assert_int_equal(packets_open(p, family, seed, count, &error), 0);
}

static void every_family_has_packets_and_an_end(void **state)
{
    uint8_t bytes[PACKET_ROOM];

    (void)state;
    for (int family = 0; family <= PACKETS_RANDOM; family++) {
        struct packets p;
        size_t n = 0;

        open_family(&p, (enum packet_family)family, 1, 9);
        assert_int_equal(p.corpus.flows, PACKETS_RANDOM + 1);
        for (size_t length; (length = packets_next(&p, bytes)) > 0; n++)
            assert_in_range(length, 20, PACKET_ROOM);
        assert_true(n >= 9);
        assert_int_equal(packets_next(&p, bytes), 0);
        packets_close(&p);
    }
}

static void the_random_ones_are_those_that_python_wrote(void **state)
{
    struct packets p;
    uint8_t bytes[PACKET_ROOM];
    size_t compared = 0;

    (void)state;
    open_family(&p, PACKETS_RANDOM, 0, 1000);
    p.state = p.corpus.seed;
    for (size_t i = 0; i < p.corpus.count; i++) {
        const struct corpus_record *record = &p.corpus.records[i];

        if (record->flow != PACKETS_RANDOM)
            continue;
        assert_int_equal(packets_next(&p, bytes), record->length);
        assert_memory_equal(bytes, record->bytes, record->length);
        compared++;
    }
    assert_true(compared > 16);
    packets_close(&p);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_family_has_packets_and_an_end),
        cmocka_unit_test(the_random_ones_are_those_that_python_wrote),
    };

    return cmocka_run_group_tests_name("packets", tests, NULL, NULL);
}
