/* Corpora: files that a generator of another make wrote. */
#include "flood/corpus.h"
#include "exchange/payload.h"
#include "fuzz.h"

/* Every byte that a record claims lies within the file. */
static void expect_records_within(const struct corpus *c, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct corpus_record *r = &c->records[i];

        FUZZ_EXPECT(r->bytes >= data && r->length <= PAYLOAD_MAX &&
                    r->bytes + r->length <= data + size);
        FUZZ_EXPECT(r->flow < c->flows && r->port < c->ports && r->length <= c->largest);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum corpus_kind kinds[] = {CORPUS_TO_SEND, CORPUS_RECEIVED, CORPUS_PACKETS};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct error error = {0};
        struct corpus c;

        if (corpus_read(&c, "fuzzed", data, size, kinds[i], &error) == 0)
            expect_records_within(&c, data, size);
        else
            FUZZ_EXPECT(error.status != STATUS_OK && error.text[0]);
        corpus_free(&c);
    }
    return 0;
}
