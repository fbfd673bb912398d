#include "simulate/preload/real.h"

#include "simulate/page.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>

/* dlsym() gives object pointers; POSIX lets them be functions. */
#define REAL_RESOLVE(result, name, arguments) *(void **)&table.name = dlsym(RTLD_NEXT, #name);

/* RTLD_NEXT rather than libc's own handle: a library that was preloaded after this one still sees
 * the calls (dlsym(3)). */
const struct real *real(void)
{
    static struct real table;
    static atomic_bool resolved;

    if (!atomic_load_explicit(&resolved, memory_order_acquire)) {
        REAL_FUNCTIONS(REAL_RESOLVE) /* by two threads at once: the same values twice */
        atomic_store_explicit(&resolved, true, memory_order_release);
    }
    return &table;
}

int real_raise(int fd)
{
    int high = fd < 0 ? -1 : real()->fcntl(fd, F_DUPFD_CLOEXEC, SIM_FD_FIRST);

    if (fd >= 0)
        real()->close(fd);
    return high;
}
