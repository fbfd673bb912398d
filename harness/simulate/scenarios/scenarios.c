/* The scenarios: the only list there is, in the order in which they are run and shown. */
#include "simulate/scenario.h"

#define SCENARIOS(X) \
    X(starvation)    \
    X(beside)        \
    X(burst)         \
    X(cost)          \
    X(blocked)       \
    X(order)         \
    X(interest)      \
    X(errors)        \
    X(polls)

#define SCENARIO_DECLARE(name) extern const struct scenario scenario_##name;
#define SCENARIO_ROW(name) &scenario_##name,

SCENARIOS(SCENARIO_DECLARE)

const struct scenario *const scenarios[] = {SCENARIOS(SCENARIO_ROW)};
const unsigned scenario_count = sizeof scenarios / sizeof *scenarios;
