#include "flood_bench.h"

#include <stdlib.h>

static double timeout_scale(void)
{
    const char *text = getenv("EDGEWISE_TIMEOUT_SCALE");

    return text ? atof(text) : 1;
}

struct flood_config config_for(const struct faulty_echo *echo)
{
    struct flood_config config = flood_defaults;

    config.addresses = &echo->address;
    config.n_addresses = 1;
    config.count = COUNT;
    config.lost_ns = (int64_t)((double)config.lost_ns * timeout_scale());
    config.drain_ns = (int64_t)((double)config.drain_ns / 2 * timeout_scale());
    config.silence_ns = (int64_t)((double)config.silence_ns * timeout_scale());
    config.lag_limit_ns = INT64_MAX;
    config.steal_limit = 1;
    return config;
}

void run(const struct flood_config *config, struct flood_result *result)
{
    struct error error = {0};

    if (flood_run(config, result, &error) < 0)
        fail_msg("%s", error.text);
}
