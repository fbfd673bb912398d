/* Randomness: the same on every run.
 *
 * Runtimes seed their hash tables, and schedulers their choice of who goes first, with what the
 * kernel draws; then the order in which a loop serves its sockets is another one on every run.
 * Here all sources give one sequence.  It is drawn from anew by each process. */
#include "simulate/preload/hook.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>

#define AT_RANDOM_BYTES 16
#define ENTROPY_MOST 256 /* of getentropy(3) */
#define FD_MAX 65535

static atomic_ullong drawn;
/* by descriptor: a random device */
static _Atomic bool is_device[FD_MAX];

/* splitmix64 (Steele, Lea, Flood, 2014). */
static uint64_t draw(void)
{
    uint64_t z = atomic_fetch_add(&drawn, 1) * UINT64_C(0x9e3779b97f4a7c15) + 1;

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void fill(void *buffer, size_t size)
{
    unsigned char *to = buffer;
    uint64_t word;

    for (size_t i = 0; i < size; i += sizeof word) {
        word = draw();
        memcpy(to + i, &word, size - i < sizeof word ? size - i : sizeof word);
    }
}

/* What the kernel has put at the process's start for the C library, which has used it for its own
 * guards by now; Go and others seed from it. */
__attribute__((constructor)) static void settle_start(void)
{
    void *start = (void *)getauxval(AT_RANDOM);

    if (net_page() && start)
        fill(start, AT_RANDOM_BYTES);
}

HOOK ssize_t getrandom(void *buffer, size_t size, unsigned flags)
{
    if (!net_page() || net_is_bad(buffer))
        return real()->getrandom(buffer, size, flags);
    fill(buffer, size);
    return (ssize_t)size;
}

HOOK int getentropy(void *buffer, size_t size)
{
    if (!net_page() || net_is_bad(buffer) || size > ENTROPY_MOST)
        return real()->getentropy(buffer, size);
    fill(buffer, size);
    return 0;
}

/* ---- the devices ---- */

static int note_device(const char *path, int fd)
{
    if (net_page() && fd >= 0 && fd < FD_MAX)
        is_device[fd] = strcmp(path, "/dev/urandom") == 0 || strcmp(path, "/dev/random") == 0;
    return fd;
}

bool hook_reads_random(int fd, void *buffer, size_t size)
{
    if (fd < 0 || fd >= FD_MAX || !is_device[fd])
        return false;
    fill(buffer, size);
    return true;
}

/* Whatever `fd` was, its number will be something else's. */
void hook_forget_random(int fd)
{
    if (fd >= 0 && fd < FD_MAX)
        is_device[fd] = false;
}

/* The mode is there only where a file may be made; a value that was not passed is not looked at. */
#define MODE_OF(flags, mode)                                                        \
    do {                                                                            \
        va_list arguments;                                                          \
                                                                                    \
        va_start(arguments, flags);                                                 \
        (mode) = (flags) & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments);                                                          \
    } while (0)

HOOK int open(const char *path, int flags, ...)
{
    mode_t mode;

    MODE_OF(flags, mode);
    return note_device(path, real()->open(path, flags, mode));
}

HOOK int open64(const char *path, int flags, ...)
{
    mode_t mode;

    MODE_OF(flags, mode);
    return note_device(path, real()->open64(path, flags, mode));
}

HOOK int openat(int folder, const char *path, int flags, ...)
{
    mode_t mode;

    MODE_OF(flags, mode);
    return note_device(path, real()->openat(folder, path, flags, mode));
}

HOOK int openat64(int folder, const char *path, int flags, ...)
{
    mode_t mode;

    MODE_OF(flags, mode);
    return note_device(path, real()->openat64(folder, path, flags, mode));
}
