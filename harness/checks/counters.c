#include "checks/counters.h"

#include "base/counters.h"

int64_t check_socket_counter(const struct check *c, size_t offset)
{
    const struct ew_page *page = target_page(c->run);

    return page ? counters_of_sockets(page, offset) : -1;
}

int64_t check_worker_counter(const struct check *c, size_t offset)
{
    const struct ew_page *page = target_page(c->run);

    return page ? counters_of_workers(page, offset) : -1;
}

int64_t check_counted_drops(const struct check *c)
{
    const struct ew_page *page = target_page(c->run);
    int64_t by_kernel = target_socket_drops(c->run);

    return (page ? counters_drops(page) : 0) + (by_kernel > 0 ? by_kernel : 0);
}
