/* Corpora: what is well made is read, what is malformed is refused with the place of the
 * mistake. */
#include "cmocka_all.h"
#include "flood/corpus.h"
#include "exchange/payload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LENGTH 60u
#define HEADER 40u
#define RECORD (12u + LENGTH)
#define RECORDS 4u
#define SIZE (HEADER + RECORDS * RECORD)

static char path[] = "corpus_test.XXXXXX";
static uint8_t file[SIZE + 10];

static void corpus_test_put(uint8_t *bytes, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

/* Two flows that take turns, to two ports. */
static int corpus_test_make(void **state)
{
    (void)state;
    memset(file, 0, sizeof file);
    memcpy(file, "EWCORPUS", 8);
    corpus_test_put(file + 8, 1, 4);
    corpus_test_put(file + 12, 2, 4);
    corpus_test_put(file + 16, 77, 8);
    corpus_test_put(file + 24, 5, 8);
    corpus_test_put(file + 32, RECORDS, 8);
    for (unsigned i = 0; i < RECORDS; i++) {
        uint8_t *record = file + HEADER + i * RECORD;
        struct payload p = {.nonce = 77, .flow = i % 2, .sequence = i / 2, .length = LENGTH};

        corpus_test_put(record, i % 2, 4);
        corpus_test_put(record + 4, i % 2, 2);
        corpus_test_put(record + 8, LENGTH, 4);
        payload_write(&p, record + 12);
    }
    return 0;
}

static int corpus_test_load(size_t size, enum corpus_kind kind, struct corpus *corpus,
                            struct error *error)
{
    FILE *out = fopen(path, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(file, 1, size, out), size);
    fclose(out);
    return corpus_load(corpus, path, kind, error);
}

static void a_well_made_one_is_read(void **state)
{
    struct corpus c;
    struct error error;

    (void)state;
    assert_int_equal(corpus_test_load(SIZE, CORPUS_TO_SEND, &c, &error), 0);
    assert_int_equal(c.count, RECORDS);
    assert_int_equal(c.flows, 2);
    assert_int_equal(c.ports, 2);
    assert_int_equal(c.nonce, 77);
    assert_int_equal(c.seed, 5);
    assert_int_equal(c.largest, LENGTH);
    assert_int_equal(c.records[3].flow, 1);
    assert_memory_equal(c.records[3].bytes, file + HEADER + 3 * RECORD + 12, LENGTH);
    corpus_free(&c);
}

static void corpus_test_refuse(size_t size, enum corpus_kind kind, const char *word)
{
    struct corpus c;
    struct error error = {0};

    assert_int_equal(corpus_test_load(size, kind, &c, &error), -1);
    assert_int_equal(error.status, STATUS_USAGE);
    if (!strstr(error.text, word) || !strstr(error.text, path))
        fail_msg("'%s' names neither %s nor %s", error.text, word, path);
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    for (size_t size = 0; size < SIZE; size++)
        corpus_test_refuse(size, CORPUS_TO_SEND, "");
}

static void every_changed_byte_of_what_is_to_be_sent_is_refused(void **state)
{
    (void)state;
    for (size_t at = 0; at < SIZE; at++) {
        /* There may be flows without a datagram, and the seed is only shown. */
        if ((at >= 12 && at < 16) || (at >= 24 && at < 32))
            continue;
        file[at] ^= 0x55;
        corpus_test_refuse(SIZE, CORPUS_TO_SEND, "");
        file[at] ^= 0x55;
    }
}

static void the_message_tells_what_is_wrong(void **state)
{
    (void)state;
    corpus_test_refuse(SIZE + 3, CORPUS_TO_SEND, "3 bytes follow");
    corpus_test_refuse(SIZE - 1, CORPUS_TO_SEND, "record 3");
    corpus_test_put(file + 8, 2, 4);
    corpus_test_refuse(SIZE, CORPUS_TO_SEND, "version 2");
    corpus_test_make(NULL);
    corpus_test_put(file + 32, UINT64_MAX, 8);
    corpus_test_refuse(SIZE, CORPUS_TO_SEND, "promises");
    corpus_test_make(NULL);
    corpus_test_put(file + 12, 0, 4);
    corpus_test_refuse(SIZE, CORPUS_TO_SEND, "0 flows");
    corpus_test_make(NULL);
    corpus_test_put(file + HEADER + 2 * RECORD + 4, 1, 2);
    corpus_test_refuse(SIZE, CORPUS_TO_SEND, "a flow has one");
    corpus_test_make(NULL);
    memcpy(file + HEADER + 2 * RECORD, file + HEADER, RECORD);
    corpus_test_refuse(SIZE, CORPUS_TO_SEND, "sequence 0 of flow 0 where 1 is next");
    memcpy(file, "PNG", 3);
    corpus_test_refuse(SIZE, CORPUS_TO_SEND, "no corpus");
}

static void what_was_received_may_hold_anything(void **state)
{
    struct corpus c;
    struct error error;

    (void)state;
    memset(file + HEADER + 12, 0xff, LENGTH);
    assert_int_equal(corpus_test_load(SIZE, CORPUS_RECEIVED, &c, &error), 0);
    corpus_free(&c);
    corpus_test_refuse(SIZE, CORPUS_TO_SEND, "no intact ledger payload");
}

static void a_file_that_is_not_there_is_said_so(void **state)
{
    struct corpus c;
    struct error error;

    (void)state;
    assert_int_equal(corpus_load(&c, "/nonexistent/corpus", CORPUS_TO_SEND, &error), -1);
    assert_int_equal(error.status, STATUS_CANNOT_RUN);
    assert_non_null(strstr(error.text, "No such file"));
    assert_int_equal(corpus_load(&c, "/", CORPUS_TO_SEND, &error), -1);
    assert_non_null(strstr(error.text, "directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_well_made_one_is_read, corpus_test_make),
        cmocka_unit_test_setup(every_cut_is_refused, corpus_test_make),
        cmocka_unit_test_setup(every_changed_byte_of_what_is_to_be_sent_is_refused,
                               corpus_test_make),
        cmocka_unit_test_setup(the_message_tells_what_is_wrong, corpus_test_make),
        cmocka_unit_test_setup(what_was_received_may_hold_anything, corpus_test_make),
        cmocka_unit_test(a_file_that_is_not_there_is_said_so),
    };
    int descriptor = mkstemp(path);
    int failed;

    if (descriptor < 0) {
        perror(path);
        return 1;
    }
    close(descriptor);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
