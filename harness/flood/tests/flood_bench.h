/* What the tests of the flood share. */
#ifndef EDGEWISE_TESTS_FLOOD_BENCH_H
#define EDGEWISE_TESTS_FLOOD_BENCH_H

#include "cmocka_all.h"
#include "faulty_echo.h"
#include "flood/flood.h"

#define COUNT 1000u

/* COUNT datagrams to this server; deadlines scaled, and no judgement of the machine that the tests
 * run on. */
struct flood_config config_for(const struct faulty_echo *echo);

/* Fails the test when the flood cannot run. */
void run(const struct flood_config *config, struct flood_result *result);

#endif
