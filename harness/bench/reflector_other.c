/* Everywhere but on Linux. */
#include "bench/reflector.h"

#include <stdio.h>

int reflector_open(char *reason, size_t size)
{
    snprintf(reason, size, "tc, eBPF and veth are Linux's");
    return -1;
}
