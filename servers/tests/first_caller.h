/* What a program compiled against the first header knows and does; this file includes neither
 * header, so that both sides can include it. */
#ifndef EDGEWISE_TESTS_FIRST_CALLER_H
#define EDGEWISE_TESTS_FIRST_CALLER_H

#include <stddef.h>

/* Sizes, and the offset of the last member, as that header has them. */
struct first_layout {
    size_t config, config_last;
    size_t description, description_last;
    size_t page, socket_slot, worker_slot;
};

struct first_layout first_caller_layout(void);

/* Starts a server of one socket on a port of the kernel's choice, through `start`, which is its
 * ew_start.  What that gives; *instance is for its ew_stop. */
int first_caller_start(int (*start)(const void *config, void **instance), void **instance);

#endif
