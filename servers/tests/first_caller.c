/* Compiled against first_header/edgewise/server.h and nothing of today's. */
#include "first_caller.h"

#include <edgewise/server.h>

struct first_layout first_caller_layout(void)
{
    return (struct first_layout){
        .config = sizeof(struct ew_config),
        .config_last = offsetof(struct ew_config, page_size),
        .description = sizeof(struct ew_description),
        .description_last = offsetof(struct ew_description, default_full),
        .page = sizeof(struct ew_page),
        .socket_slot = sizeof(struct ew_socket_slot),
        .worker_slot = sizeof(struct ew_worker_counters),
    };
}

int first_caller_start(int (*start)(const void *config, void **instance), void **instance)
{
    struct ew_config config = {.size = sizeof config, .sockets = 1};

    return start(&config, instance);
}
