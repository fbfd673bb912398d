#include "simulate/supervise/vdso.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* More than any kernel's vDSO has (some pages); a bound for what is read from the target. */
#define VDSO_MOST_BYTES 65536
/* As vdso(7) has them. */
#ifdef __aarch64__
#define VDSO_NAME(function) "__kernel_" function
#else
#define VDSO_NAME(function) "__vdso_" function
#endif

#if defined __x86_64__
/* mov eax, number; syscall; ret */
size_t vdso_code(int number, unsigned char code[VDSO_CODE_MOST])
{
    static const unsigned char pattern[] = {0xb8, 0, 0, 0, 0, 0x0f, 0x05, 0xc3};
    uint32_t value = (uint32_t)number;

    memcpy(code, pattern, sizeof pattern);
    memcpy(code + 1, &value, sizeof value);
    return sizeof pattern;
}
#elif defined __aarch64__
/* mov x8, number; svc 0; ret: the number in sixteen bits from the sixth on */
size_t vdso_code(int number, unsigned char code[VDSO_CODE_MOST])
{
    const uint32_t words[] = {0xd2800008 | (uint32_t)number << 5, 0xd4000001, 0xd65f03c0};

    memcpy(code, words, sizeof words);
    return sizeof words;
}
#else
size_t vdso_code(int number, unsigned char code[VDSO_CODE_MOST])
{
    (void)number, (void)code;
    return 0;
}
#endif

/* ---- the image ---- */

/* NULL where so much does not lie in the image, or not as a structure of it would. */
static const void *vdso_at(const unsigned char *image, size_t size, uint64_t at, uint64_t length)
{
    return at <= size && length <= size - at && at % sizeof(uint64_t) == 0 ? image + at : NULL;
}

static const Elf64_Shdr *vdso_section_numbered(const unsigned char *image, size_t size, unsigned i)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;

    return vdso_at(image, size, header->e_shoff + i * sizeof(Elf64_Shdr), sizeof(Elf64_Shdr));
}

/* The kernel's own image, and so well formed; but its sections need not be mapped (only the
 * segments must be): then nothing is found, and nothing beyond the image is read. */
static const Elf64_Shdr *vdso_section(const unsigned char *image, size_t size, uint32_t type)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;

    for (unsigned i = 0; i < header->e_shnum; i++) {
        const Elf64_Shdr *s = vdso_section_numbered(image, size, i);

        if (s && s->sh_type == type && vdso_at(image, size, s->sh_offset, s->sh_size))
            return s;
    }
    return NULL;
}

/* Strings are not aligned; the last one ends the section. */
static const char *vdso_name(const unsigned char *image, size_t size, const Elf64_Shdr *symbols,
                             uint32_t offset)
{
    const Elf64_Shdr *names = vdso_section_numbered(image, size, symbols->sh_link);

    if (!names || names->sh_offset > size || names->sh_size > size - names->sh_offset ||
        offset >= names->sh_size || image[names->sh_offset + names->sh_size - 1] != '\0')
        return "";
    return (const char *)image + names->sh_offset + offset;
}

size_t vdso_find(const unsigned char *image, size_t size, const char *name)
{
    const Elf64_Shdr *symbols;

    if (size < sizeof(Elf64_Ehdr) || memcmp(image, ELFMAG, SELFMAG) != 0)
        return 0;
    symbols = vdso_section(image, size, SHT_DYNSYM);
    for (size_t at = 0; symbols && at + sizeof(Elf64_Sym) <= symbols->sh_size;
         at += sizeof(Elf64_Sym)) {
        const Elf64_Sym *s = (const Elf64_Sym *)(image + symbols->sh_offset + at);

        if (strcmp(vdso_name(image, size, symbols, s->st_name), name) == 0 &&
            s->st_value + VDSO_CODE_MOST <= size)
            return s->st_value;
    }
    return 0;
}

/* ---- the process ---- */

/* Where the kernel has put it is another place in each process (proc(5), /proc/pid/maps). */
static size_t vdso_place(pid_t pid, uint64_t *start)
{
    char path[64], line[512];
    unsigned long first = 0, end = 0;
    size_t size = 0;
    FILE *maps;

    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    maps = fopen(path, "re");
    while (maps && size == 0 && fgets(line, sizeof line, maps)) {
        if (strstr(line, "[vdso]") && sscanf(line, "%lx-%lx", &first, &end) == 2)
            size = end - first;
    }
    if (maps)
        fclose(maps);
    *start = first;
    return size > VDSO_MOST_BYTES ? VDSO_MOST_BYTES : size;
}

static bool vdso_overwrite(int memory, uint64_t start, const unsigned char *image, size_t size)
{
    static const struct {
        const char *name;
        int number;
    } functions[] = {
        {VDSO_NAME("clock_gettime"), SYS_clock_gettime},
        {VDSO_NAME("gettimeofday"), SYS_gettimeofday},
#ifdef SYS_time
        {VDSO_NAME("time"), SYS_time},
#endif
    };
    unsigned char code[VDSO_CODE_MOST];
    bool all = true;

    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        size_t at = vdso_find(image, size, functions[i].name);
        size_t length = vdso_code(functions[i].number, code);

        all &= at != 0 && length > 0 &&
               pwrite(memory, code, length, (off_t)(start + at)) == (ssize_t)length;
    }
    return all;
}

/* /proc/PID/mem writes to what the process itself may only read and execute: its page is copied for
 * it first, so that nobody else's vDSO changes. */
bool vdso_replace(pid_t pid)
{
    char path[64];
    uint64_t start;
    size_t size = vdso_place(pid, &start);
    unsigned char *image = malloc(size + 1);
    bool done = false;
    int memory;

    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    memory = open(path, O_RDWR | O_CLOEXEC);
    if (image && size > 0 && memory >= 0 &&
        pread(memory, image, size, (off_t)start) == (ssize_t)size)
        done = vdso_overwrite(memory, start, image, size);
    if (memory >= 0)
        close(memory);
    free(image);
    return done;
}
