#include "base/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* A handler reaches nothing but file scope; lock-free atomics are what C11 lets it write and other
 * threads read. */
static atomic_int caught;

static void on_signal(int number)
{
    atomic_store(&caught, number);
}

void interrupt_install(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

enum status interrupted(void)
{
    switch (atomic_load_explicit(&caught, memory_order_relaxed)) {
    case SIGINT: return STATUS_SIGINT;
    case SIGTERM: return STATUS_SIGTERM;
    default: return STATUS_OK;
    }
}
