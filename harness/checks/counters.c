#include "checks/counters.h"

static int64_t read_counter(const void *slot, size_t slot_size, size_t offset)
{
    const ew_counter *counter = (const void *)((const char *)slot + offset);

    return offset + sizeof *counter <= slot_size
               ? (int64_t)atomic_load_explicit(counter, memory_order_relaxed)
               : 0;
}

int64_t check_socket_counter(const struct check *c, size_t offset)
{
    const struct ew_page *page = target_page(c->run);
    int64_t sum = page ? 0 : -1;

    offset += offsetof(struct ew_socket_slot, counters);
    for (unsigned i = 0; page && i < page->sockets; i++)
        sum += read_counter(ew_page_socket(page, i), page->socket_slot_size, offset);
    return sum;
}

int64_t check_worker_counter(const struct check *c, size_t offset)
{
    const struct ew_page *page = target_page(c->run);
    int64_t sum = page ? 0 : -1;

    for (unsigned i = 0; page && i <= page->workers; i++)
        sum += read_counter(ew_page_worker(page, i), page->worker_slot_size, offset);
    return sum;
}

int64_t check_counted_drops(const struct check *c)
{
    static const size_t reasons[] = {
        offsetof(struct ew_socket_counters, dropped_queue_full),
        offsetof(struct ew_socket_counters, dropped_send_error),
        offsetof(struct ew_socket_counters, dropped_too_large),
        offsetof(struct ew_socket_counters, dropped_own_source),
    };
    int64_t sum = 0, one;

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        one = check_socket_counter(c, reasons[i]);

        sum += one > 0 ? one : 0;
    }
    one = target_socket_drops(c->run);
    return sum + (one > 0 ? one : 0);
}
