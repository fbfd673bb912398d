/* Plug-ins that are wrong in one way each; which way is chosen when it is compiled. */
#include "edgewise/server.h"

#ifndef ODD_ABI
#define ODD_ABI EW_ABI
#endif
#ifndef ODD_SIZE
#define ODD_SIZE sizeof(struct newer_description)
#endif
#ifndef ODD_TAIL
#define ODD_TAIL 0
#endif
#ifndef ODD_ANSWER
#define ODD_ANSWER (&description.known)
#endif

/* As a later version might describe itself. */
struct newer_description {
    struct ew_description known;
    uint64_t more;
};

/* Not static: one of them does not use it. */
const struct newer_description description = {
    .known = {.size = ODD_SIZE,
              .abi = ODD_ABI,
              .name = "odd",
              .summary = "a plug-in for tests",
              .default_full = 7},
    .more = ODD_TAIL,
};

const struct ew_description *ew_describe(void)
{
    return ODD_ANSWER;
}

int ew_start(const struct ew_config *config, struct ew_instance **instance)
{
    (void)config;
    *instance = NULL;
    return -1;
}

uint16_t ew_port(const struct ew_instance *instance, unsigned index)
{
    (void)instance;
    (void)index;
    return 0;
}

const struct ew_page *ew_stats(const struct ew_instance *instance)
{
    (void)instance;
    return NULL;
}

#ifndef ODD_LACKS_STOP
int ew_stop(struct ew_instance *instance)
{
    (void)instance;
    return 0;
}
#endif
