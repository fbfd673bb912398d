/* In the build with EDGEWISE_COVERAGE alone, linked into everything: counts are written also where
 * a process ends without running its exit handlers: in _exit() and, in the preload library, whose
 * libc is what dlsym() gives it, in the system call itself. */
#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void __gcov_dump(void);
_Noreturn void __real__exit(int status);
void *__real_dlsym(void *handle, const char *name);

/* Weak: an object may come into a program by more than one library. */
__attribute__((weak)) _Noreturn void __wrap__exit(int status);
__attribute__((weak)) void *__wrap_dlsym(void *handle, const char *name);

void __wrap__exit(int status)
{
    __gcov_dump();
    __real__exit(status);
}

/* That of libc: the preload library has one of its own, which comes here. */
static long (*libc_syscall)(long number, ...);

static long coverage_syscall(long number, ...)
{
    long words[6];
    va_list arguments;

    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        words[i] = va_arg(arguments, long);
    va_end(arguments);
    if (number == SYS_exit_group)
        __gcov_dump();
    return libc_syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

void *__wrap_dlsym(void *handle, const char *name)
{
    void *found = __real_dlsym(handle, name);

    if (!found || strcmp(name, "syscall") != 0)
        return found;
    memcpy(&libc_syscall, &found, sizeof libc_syscall);
    return (void *)coverage_syscall;
}
