/* Preloaded into a program under test: the kernel takes a datagram that says "block" only when it
 * is sent for the third time.  On loopback no send is ever refused otherwise. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define REFUSALS 2
#define HOOK __attribute__((visibility("default")))

typedef ssize_t (*sendto_function)(int, const void *, size_t, int, const struct sockaddr *,
                                   socklen_t);

static bool is_refused(const void *data, size_t length)
{
    static atomic_int refused;

    return length == 5 && memcmp(data, "block", 5) == 0 && atomic_fetch_add(&refused, 1) < REFUSALS;
}

HOOK ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *peer,
                    socklen_t peer_length)
{
    static _Atomic(void *) real;
    sendto_function next;

    if (is_refused(data, length)) {
        errno = EAGAIN;
        return -1;
    }
    if (!real)
        real = dlsym(RTLD_NEXT, "sendto");
    memcpy(&next, &(void *){real}, sizeof next);
    return next(fd, data, length, flags, peer, peer_length);
}

#ifdef __linux__
typedef int (*sendmmsg_function)(int, struct mmsghdr *, unsigned, int);

/* What precedes the one that is refused is sent, as the kernel does it. */
HOOK int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    static _Atomic(void *) real;
    sendmmsg_function next;
    unsigned taken = 0;

    while (taken < count && !is_refused(messages[taken].msg_hdr.msg_iov->iov_base,
                                        messages[taken].msg_hdr.msg_iov->iov_len))
        taken++;
    if (taken == 0) {
        errno = EAGAIN;
        return -1;
    }
    if (!real)
        real = dlsym(RTLD_NEXT, "sendmmsg");
    memcpy(&next, &(void *){real}, sizeof next);
    return next(fd, messages, taken, flags);
}
#endif
