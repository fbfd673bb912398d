#include "base/counters.h"

/* A page from an older writer may lack a counter: its slots are shorter. */
static int64_t read_counter(const void *slot, size_t slot_size, size_t offset)
{
    const ew_counter *counter = (const void *)((const char *)slot + offset);

    return offset + sizeof *counter <= slot_size
               ? (int64_t)atomic_load_explicit(counter, memory_order_relaxed)
               : 0;
}

int64_t counters_of_sockets(const struct ew_page *page, size_t offset)
{
    int64_t sum = 0;

    offset += offsetof(struct ew_socket_slot, counters);
    for (unsigned i = 0; i < page->sockets; i++)
        sum += read_counter(ew_page_socket(page, i), page->socket_slot_size, offset);
    return sum;
}

int64_t counters_of_workers(const struct ew_page *page, size_t offset)
{
    int64_t sum = 0;

    for (unsigned i = 0; i <= page->workers; i++)
        sum += read_counter(ew_page_worker(page, i), page->worker_slot_size, offset);
    return sum;
}

/* Unlike in a sum 0 would say something: that this worker has not counted once. */
int64_t counters_of_worker(const struct ew_page *page, unsigned worker, size_t offset)
{
    if (offset + sizeof(ew_counter) > page->worker_slot_size)
        return -1;
    return read_counter(ew_page_worker(page, worker), page->worker_slot_size, offset);
}

#define COUNTER_KIND(name, unit, KIND, meaning) \
    {offsetof(struct ew_socket_counters, name), EW_COUNTER_##KIND},

int64_t counters_drops(const struct ew_page *page)
{
    static const struct {
        size_t offset;
        enum ew_counter_kind kind;
    } counters[] = {EW_SOCKET_COUNTERS(COUNTER_KIND)};
    int64_t sum = 0;

    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
        if (counters[i].kind == EW_COUNTER_DROP)
            sum += counters_of_sockets(page, counters[i].offset);
    }
    return sum;
}

#define CAPABILITY_NAME(bit, NAME, name, meaning) [bit] = name,

const char *capability_name(unsigned bit)
{
    static const char *const names[] = {EW_CAPABILITIES(CAPABILITY_NAME)};

    return bit < sizeof names / sizeof *names ? names[bit] : NULL;
}
