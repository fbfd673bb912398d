#include "flood/corpus.h"

#include "exchange/payload.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE 40u
#define RECORD_SIZE 12u
/* A file is read into memory whole. */
#define FILE_MAX (UINT64_C(1) << 31)

static uint64_t corpus_get(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < count; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

/* Not mapped: a file that shrinks under a mapping ends the program with SIGBUS. */
static int corpus_read_file(struct corpus *c, const char *path, size_t *size, struct error *error)
{
    FILE *file = fopen(path, "rb");
    size_t room = 0;
    size_t got = 1;

    if (!file)
        return error_set(error, STATUS_CANNOT_RUN, "cannot open the corpus %s: %s", path,
                         strerror(errno));
    for (*size = 0; got > 0; *size += got) {
        if (*size == room) {
            uint8_t *bytes = room < FILE_MAX ? realloc(c->file, room = room ? 2 * room : 1 << 16)
                                             : NULL;

            if (!bytes)
                break;
            c->file = bytes;
        }
        got = fread(c->file + *size, 1, room - *size, file);
    }
    if (ferror(file) || got > 0) {
        error_set(error, STATUS_CANNOT_RUN, "cannot read the corpus %s: %s", path,
                  got > 0 ? "too large" : strerror(errno));
        fclose(file);
        return -1;
    }
    fclose(file);
    return 0;
}

static int read_header(struct corpus *c, const char *path, size_t size, struct error *error)
{
    const uint8_t *h = c->bytes;
    uint64_t records;

    if (size < HEADER_SIZE || memcmp(h, "EWCORPUS", 8) != 0)
        return error_set(
            error, STATUS_USAGE,
            "%s is no corpus: it does not begin with a header of %u bytes and EWCORPUS", path,
            HEADER_SIZE);
    if (corpus_get(h + 8, 4) != CORPUS_VERSION)
        return error_set(error, STATUS_USAGE,
                         "%s is a corpus of version %" PRIu64
                         ", this reads version %u: make it again",
                         path, corpus_get(h + 8, 4), CORPUS_VERSION);
    c->flows = (uint32_t)corpus_get(h + 12, 4);
    c->nonce = corpus_get(h + 16, 8);
    c->seed = corpus_get(h + 24, 8);
    records = corpus_get(h + 32, 8);
    if (c->flows == 0 || c->flows > CORPUS_FLOWS_MAX)
        return error_set(error, STATUS_USAGE, "%s: %u flows; it must be 1 to %u", path, c->flows,
                         CORPUS_FLOWS_MAX);
    /* Before anything is allocated for them: a corrupt count must not ask for the whole memory. */
    if (records > (size - HEADER_SIZE) / RECORD_SIZE)
        return error_set(error, STATUS_USAGE,
                         "%s: promises %" PRIu64
                         " records, more than its %zu bytes hold: cut short?",
                         path, records, size);
    c->count = (size_t)records;
    c->records = calloc(c->count ? c->count : 1, sizeof *c->records);
    return c->records ? 0 : error_set(error, STATUS_CANNOT_RUN, "%s: out of memory", path);
}

static int read_record(struct corpus *c, const char *path, size_t index, size_t size, size_t *at,
                       struct error *error)
{
    const uint8_t *bytes = c->bytes + *at;
    struct corpus_record *r = &c->records[index];

    if (size - *at < RECORD_SIZE)
        return error_set(error, STATUS_USAGE, "%s: record %zu, byte %zu: cut short", path, index,
                         *at);
    r->flow = (uint32_t)corpus_get(bytes, 4);
    r->port = (uint16_t)corpus_get(bytes + 4, 2);
    r->length = (uint32_t)corpus_get(bytes + 8, 4);
    r->bytes = bytes + RECORD_SIZE;
    if (r->flow >= c->flows || r->port >= CORPUS_PORTS_MAX || corpus_get(bytes + 6, 2) != 0 ||
        r->length > PAYLOAD_MAX)
        return error_set(
            error, STATUS_USAGE,
            "%s: record %zu, byte %zu: flow %u of %u, port index %u, length %u: out of range", path,
            index, *at, r->flow, c->flows, r->port, r->length);
    if (size - *at - RECORD_SIZE < r->length)
        return error_set(error, STATUS_USAGE, "%s: record %zu, byte %zu: cut short", path, index,
                         *at);
    c->ports = r->port >= c->ports ? r->port + 1u : c->ports;
    c->largest = r->length > c->largest ? r->length : c->largest;
    *at += RECORD_SIZE + r->length;
    return 0;
}

static int read_records(struct corpus *c, const char *path, size_t size, struct error *error)
{
    size_t at = HEADER_SIZE;

    for (size_t i = 0; i < c->count; i++) {
        if (read_record(c, path, i, size, &at, error) < 0)
            return -1;
    }
    if (at != size)
        return error_set(error, STATUS_USAGE, "%s: %zu bytes follow the last record", path,
                         size - at);
    return 0;
}

/* The ledger's bitmap is as long as the highest sequence, and order is judged by it: so sequences
 * count up in file order. */
static int check_payload(const struct corpus *c, const char *path, size_t index, uint64_t next,
                         struct error *error)
{
    const struct corpus_record *r = &c->records[index];
    struct payload p;

    if (payload_read(r->bytes, r->length, c->nonce, &p) != PAYLOAD_INTACT || p.flow != r->flow)
        return error_set(error, STATUS_USAGE,
                         "%s: record %zu: no intact ledger payload of flow %u and nonce %" PRIu64,
                         path, index, r->flow, c->nonce);
    if (p.sequence != next)
        return error_set(error, STATUS_USAGE,
                         "%s: record %zu: sequence %" PRIu64 " of flow %u where %" PRIu64
                         " is next",
                         path, index, p.sequence, r->flow, next);
    if (next > 0 && r->port != c->flow_ports[r->flow])
        return error_set(error, STATUS_USAGE,
                         "%s: record %zu: flow %u goes to port index %u and to %u; a flow has one",
                         path, index, r->flow, c->flow_ports[r->flow], r->port);
    return 0;
}

/* What the ledger relies on. */
static int check_payloads(struct corpus *c, const char *path, struct error *error)
{
    uint64_t *next = calloc(c->flows, sizeof *next);
    int result = 0;

    c->flow_ports = calloc(c->flows, sizeof *c->flow_ports);
    if (!next || !c->flow_ports) {
        free(next);
        return error_set(error, STATUS_CANNOT_RUN, "%s: out of memory", path);
    }
    for (size_t i = 0; result == 0 && i < c->count; i++) {
        uint32_t flow = c->records[i].flow;

        result = check_payload(c, path, i, next[flow]++, error);
        c->flow_ports[flow] = c->records[i].port;
    }
    free(next);
    return result;
}

static int corpus_parse(struct corpus *c, const char *name, size_t size, enum corpus_kind kind,
                        struct error *error)
{
    if (read_header(c, name, size, error) < 0 || read_records(c, name, size, error) < 0 ||
        (kind == CORPUS_TO_SEND && check_payloads(c, name, error) < 0)) {
        corpus_free(c);
        return -1;
    }
    return 0;
}

int corpus_read(struct corpus *c, const char *name, const uint8_t *bytes, size_t size,
                enum corpus_kind kind, struct error *error)
{
    *c = (struct corpus){.bytes = bytes};
    return corpus_parse(c, name, size, kind, error);
}

int corpus_load(struct corpus *c, const char *path, enum corpus_kind kind, struct error *error)
{
    size_t size = 0;

    *c = (struct corpus){0};
    if (corpus_read_file(c, path, &size, error) < 0) {
        corpus_free(c);
        return -1;
    }
    c->bytes = c->file;
    return corpus_parse(c, path, size, kind, error);
}

void corpus_free(struct corpus *c)
{
    free(c->records);
    free(c->flow_ports);
    free(c->file);
    *c = (struct corpus){0};
}
