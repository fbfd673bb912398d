/* cmocka.h and what it wants before it. */
#ifndef EDGEWISE_TESTS_CMOCKA_ALL_H
#define EDGEWISE_TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
