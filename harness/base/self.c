#include "base/self.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <mach-o/dyld.h>

int self_path(char *path, size_t size)
{
    uint32_t room = (uint32_t)size;

    return _NSGetExecutablePath(path, &room) == 0 ? 0 : -1;
}
#else
int self_path(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size);

    /* readlink() writes no zero, and fills the room silently when the path is longer. */
    if (length < 0 || (size_t)length >= size)
        return -1;
    path[length] = '\0';
    return 0;
}
#endif

int self_relative(const char *relative, char *path, size_t size)
{
    char *slash;
    size_t kept;

    if (self_path(path, size) < 0)
        return -1;
    slash = strrchr(path, '/');
    if (!slash)
        return -1;
    kept = (size_t)(slash + 1 - path);
    return (size_t)snprintf(path + kept, size - kept, "%s", relative) < size - kept ? 0 : -1;
}
