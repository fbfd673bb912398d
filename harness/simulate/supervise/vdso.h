/* Looks at the clock that are system calls: the kernel's functions for them in the target, which
 * make none, overwritten with ones that do. */
#ifndef EDGEWISE_SUPERVISE_VDSO_H
#define EDGEWISE_SUPERVISE_VDSO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define VDSO_CODE_MOST 12

/* A function that makes system call `number` with the arguments that it is called with, in this
 * machine's code; its length in bytes, 0 where nobody has written it: neither x86-64 nor arm64.
 * Source: syscall(2), "Architecture calling conventions". */
size_t vdso_code(int number, unsigned char code[VDSO_CODE_MOST]);

/* Where function `name` of the ELF `image` begins, from the image's start; 0: there is none.
 * Source: elf(5), vdso(7). */
size_t vdso_find(const unsigned char *image, size_t size, const char *name);

/* Overwrites those of a process that has just been exec'd; false: it has none, or they cannot be
 * written. */
bool vdso_replace(pid_t pid);

#endif
