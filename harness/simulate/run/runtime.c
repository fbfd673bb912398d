#include "simulate/run/runtime.h"

#include "base/self.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* As execvp() finds it; false when there is none.  Not by running it: the environment must be ready
 * before.  An empty entry of PATH, which is the current folder, becomes "/word" here. */
static bool find_executable(const char *word, char *path, size_t size)
{
    const char *folders = getenv("PATH");

    if (strchr(word, '/') || !folders) {
        snprintf(path, size, "%s", word);
        return access(path, X_OK) == 0;
    }
    while (*folders) {
        int length = (int)strcspn(folders, ":");

        snprintf(path, size, "%.*s/%s", length, folders, word);
        if (access(path, X_OK) == 0)
            return true;
        folders += length + (folders[length] == ':');
    }
    return false;
}

/* With its version: without one it stands in this program, too, right here.  A name in a table of
 * strings follows the zero byte of the one before (ELF, string table), so that longer names which
 * end alike do not match. */
static const char *runtime_find_name(const char *image, size_t size)
{
    static const char start[] = "\0libasan.so.";
    const char *end = image + size, *at = image;

    while ((at = memmem(at, (size_t)(end - at), start, sizeof start - 1)) != NULL) {
        const char *version = at + sizeof start - 1;

        if (version < end && isdigit((unsigned char)*version))
            return at + 1;
        at = version;
    }
    return NULL;
}

/* The name of gcc's ASan runtime stands in the executable's table of strings if it is linked
 * dynamically, nowhere else.  gcc's alone: clang links its runtime statically, and then LD_PRELOAD
 * as it is will do.  With the library in front of it, gcc's runtime refuses to start, or, told not
 * to look, misses overflows. */
static void find_asan(const char *path, char *name, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat file;
    const char *image = MAP_FAILED, *found = NULL;

    *name = '\0';
    if (fd >= 0 && fstat(fd, &file) == 0 && file.st_size > 0)
        image = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        close(fd);
    if (image == MAP_FAILED)
        return;
    if (memcmp(image, "\177ELF", 4) == 0)
        found = runtime_find_name(image, (size_t)file.st_size);
    if (found)
        snprintf(name, size, "%.*s:", (int)strnlen(found, size - 2), found);
    munmap((void *)image, (size_t)file.st_size);
}

int runtime_preload(const char *word, char *text, size_t size, struct error *error)
{
    /* As the build lays it out, then as the installation does. */
    static const char *const places[] = {"../lib/libedgewise-simulate.so",
                                         EDGEWISE_SIMULATE_LIBRARY};
    char library[PATH_MAX], program[PATH_MAX], asan[64] = "";

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (self_relative(places[i], library, sizeof library) == 0 && access(library, R_OK) == 0)
            break;
        *library = '\0';
    }
    if (!*library)
        return error_set(error, STATUS_CANNOT_RUN,
                         "libedgewise-simulate.so is not where it was installed, %s from edgewise; "
                         "install both",
                         EDGEWISE_SIMULATE_LIBRARY);
    if (find_executable(word, program, sizeof program))
        find_asan(program, asan, sizeof asan);
    snprintf(text, size, "LD_PRELOAD=%s%s", asan, library);
    return 0;
}

#ifdef __x86_64__
static bool is_privileged(const char *word)
{
    char program[PATH_MAX];
    struct stat file;

    return find_executable(word, program, sizeof program) && stat(program, &file) == 0 &&
           (file.st_mode & (S_ISUID | S_ISGID)) != 0;
}
#endif

const char *runtime_refuses_supervisor(const struct target *target)
{
#ifdef __x86_64__
    return target->kind == TARGET_COMMAND && is_privileged(target->argv[0])
               ? "under a supervisor it would lose the rights that it has as setuid or setgid"
               : NULL;
#elif defined __aarch64__
    (void)target;
    return "the supervisor is not tried on arm64";
#else
    (void)target;
    return "the supervisor was tried on x86-64 only";
#endif
}

/* Of another user's process the folder cannot be read (proc(5)): that counts as none. */
bool runtime_uses_io_uring(pid_t pid)
{
    char folder[32], target[64], path[300];
    struct dirent *entry;
    bool found = false;
    DIR *dir;
    ssize_t n;

    snprintf(folder, sizeof folder, "/proc/%d/fd", pid);
    dir = opendir(folder);
    while (dir && !found && (entry = readdir(dir)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        n = readlink(path, target, sizeof target - 1);
        target[n < 0 ? 0 : n] = '\0';
        found = strcmp(target, "anon_inode:[io_uring]") == 0;
    }
    if (dir)
        closedir(dir);
    return found;
}
