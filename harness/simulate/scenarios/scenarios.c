/* The scenarios: the only list there is. */
#include "simulate/engine.h"

const struct scenario *const scenarios[] = {
    &scenario_starvation, &scenario_burst,    &scenario_cost,   &scenario_blocked,
    &scenario_order,      &scenario_interest, &scenario_errors, &scenario_polls,
};
const unsigned scenario_count = sizeof scenarios / sizeof *scenarios;
