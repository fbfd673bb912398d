/* Targets of libFuzzer: one for each parser of what others wrote.  None may crash, leak, loop or
 * accept what it should not. An input that breaks one is kept in the build's fuzz/found; once
 * mended, it belongs into seeds/. */
#ifndef EDGEWISE_TESTS_FUZZ_H
#define EDGEWISE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold of whatever was accepted; the input that breaks it is kept by libFuzzer. */
#define FUZZ_EXPECT(condition)                                              \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                        \
        }                                                                   \
    } while (0)

#endif
