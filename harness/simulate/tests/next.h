/* What libraries to preload share. */
#ifndef EDGEWISE_SIMULATE_TESTS_NEXT_H
#define EDGEWISE_SIMULATE_TESTS_NEXT_H

#include <dlfcn.h>
#include <stdarg.h>
#include <unistd.h>

/* RESULT = the next definition of NAME called with ARGUMENTS, which has the same type. */
#define NEXT(name, arguments) ((__typeof__(&name))dlsym(RTLD_NEXT, #name)) arguments

/* The next syscall(), libuv's way to those for several datagrams; `a`: what it was called with. */
static inline long next_syscall(long number, va_list arguments, long a[6])
{
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(arguments, long);
    return NEXT(syscall, (number, a[0], a[1], a[2], a[3], a[4], a[5]));
}

#endif
