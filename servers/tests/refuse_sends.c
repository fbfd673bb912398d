/* Preloaded into a program under test: the kernel takes a datagram that says "block" only when it
 * is sent for the third time.  On loopback no send is ever refused otherwise. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#define REFUSALS 2

typedef ssize_t (*sendto_function)(int, const void *, size_t, int, const struct sockaddr *,
                                   socklen_t);

__attribute__((visibility("default"))) ssize_t sendto(int fd, const void *data, size_t length,
                                                      int flags, const struct sockaddr *peer,
                                                      socklen_t peer_length)
{
    static atomic_int refused;
    static _Atomic(void *) real;
    sendto_function next;

    if (length == 5 && memcmp(data, "block", 5) == 0 && atomic_fetch_add(&refused, 1) < REFUSALS) {
        errno = EAGAIN;
        return -1;
    }
    if (!real)
        real = dlsym(RTLD_NEXT, "sendto");
    memcpy(&next, &(void *){real}, sizeof next);
    return next(fd, data, length, flags, peer, peer_length);
}
