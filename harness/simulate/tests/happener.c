/* A library to preload on real sockets: at a receive of the flood lets happen what the target
 * waits for beside datagrams, and counts what is received and answered until that is.
 *
 * HAPPEN_AT: at which receive; HAPPEN_BY: the descriptor that is written to, or the port that is
 * connected to; TALLY: a file that gets "RECEIVED ANSWERED", and whether it has happened.
 * Datagrams of the flood begin with 'e', the one that is put aside with 'a'. */
#include "next.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS 10000

static unsigned received, answered;
static bool happened;
static struct timespec kept; /* when the datagram was put aside */

static unsigned long value_of(const char *name)
{
    const char *text = getenv(name);

    return text ? strtoul(text, NULL, 10) : 0;
}

static void connect_to(unsigned port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    if (connect(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), (struct sockaddr *)&a, sizeof a) <
        0)
        abort();
}

/* Real time passes until the timer is due twice over, as on the simulated network. */
static void pass(unsigned ms)
{
    struct timespec until = kept;

    until.tv_sec += 2 * ms / 1000;
    until.tv_nsec += 2 * ms % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void happen(void)
{
    unsigned number = 0;
    char kind[16] = "";
    struct pollfd shown = {.events = POLLIN};

    if (sscanf(getenv("EDGEWISE_BESIDE"), "%15[a-z]:%u", kind, &number) != 2)
        abort();
    happened = true;
    received = answered = 0;
    shown.fd = (int)number;
    if (strcmp(kind, "timer") == 0)
        return pass(number);
    if (strcmp(kind, "signal") == 0)
        return (void)kill(getpid(), (int)number);
    if (strcmp(kind, "accept") == 0)
        connect_to((unsigned)value_of("HAPPEN_BY"));
    else if (write((int)value_of("HAPPEN_BY"), "!", 1) != 1)
        abort();
    if (poll(&shown, 1, DEADLINE_MS) != 1)
        abort();
}

static void note_received(const struct iovec *part)
{
    int before = errno;

    if (*(const char *)part->iov_base == 'a')
        clock_gettime(CLOCK_MONOTONIC, &kept);
    else if (++received == value_of("HAPPEN_AT") && !happened)
        happen();
    errno = before;
}

static void note_sent(const struct iovec *part)
{
    const char *tally = getenv("TALLY");
    int before = errno, fd;

    if (*(const char *)part->iov_base != 'a' || !tally) {
        answered++;
    } else {
        fd = open(tally, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        dprintf(fd, "%u %u %d\n", received, answered, happened);
        close(fd);
    }
    errno = before;
}

ssize_t recvfrom(int fd, void *buffer, size_t size, int flags, __SOCKADDR_ARG from,
                 socklen_t *length)
{
    ssize_t n = NEXT(recvfrom, (fd, buffer, size, flags, from, length));

    if (n > 0 && from.__sockaddr__)
        note_received(&(struct iovec){buffer, size});
    return n;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t n = NEXT(recvmsg, (fd, message, flags));

    if (n > 0 && message->msg_name)
        note_received(message->msg_iov);
    return n;
}

ssize_t sendto(int fd, const void *buffer, size_t size, int flags, __CONST_SOCKADDR_ARG to,
               socklen_t length)
{
    ssize_t n = NEXT(sendto, (fd, buffer, size, flags, to, length));

    if (n > 0)
        note_sent(&(struct iovec){(void *)buffer, size});
    return n;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    ssize_t n = NEXT(sendmsg, (fd, message, flags));

    if (n > 0 && message->msg_name)
        note_sent(message->msg_iov);
    return n;
}

long syscall(long number, ...)
{
    va_list arguments;
    long a[6], result;

    va_start(arguments, number);
    result = next_syscall(number, arguments, a);
    va_end(arguments);
    for (long i = 0; number == SYS_sendmmsg && i < result; i++)
        note_sent(((struct mmsghdr *)a[1])[i].msg_hdr.msg_iov);
    return result;
}
