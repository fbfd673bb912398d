/* The functions that this library puts itself before: the next definition of each, libc's or a
 * sanitizer's. */
#ifndef EDGEWISE_PRELOAD_REAL_H
#define EDGEWISE_PRELOAD_REAL_H

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* X(result, name, arguments).  A row for each, and nothing else: what is not here goes to libc
 * without being seen.  The arguments are spelt as in libc's headers, whose unions for addresses
 * (__CONST_SOCKADDR_ARG) let a definition of ours stand beside their declaration. */
#define REAL_FUNCTIONS(X)                                                                    \
    X(int, socket, (int, int, int))                                                          \
    X(int, bind, (int, __CONST_SOCKADDR_ARG, socklen_t))                                     \
    X(int, connect, (int, __CONST_SOCKADDR_ARG, socklen_t))                                  \
    X(int, shutdown, (int, int))                                                             \
    X(int, close, (int))                                                                     \
    X(int, close_range, (unsigned, unsigned, int))                                           \
    X(int, dup, (int))                                                                       \
    X(int, dup2, (int, int))                                                                 \
    X(int, dup3, (int, int, int))                                                            \
    X(int, fcntl, (int, int, ...))                                                           \
    X(int, fcntl64, (int, int, ...))                                                         \
    X(int, ioctl, (int, unsigned long, ...))                                                 \
    X(int, getsockopt, (int, int, int, void *, socklen_t *))                                 \
    X(int, setsockopt, (int, int, int, const void *, socklen_t))                             \
    X(int, getsockname, (int, __SOCKADDR_ARG, socklen_t *))                                  \
    X(int, getpeername, (int, __SOCKADDR_ARG, socklen_t *))                                  \
    X(ssize_t, recv, (int, void *, size_t, int))                                             \
    X(ssize_t, recvfrom, (int, void *, size_t, int, __SOCKADDR_ARG, socklen_t *))            \
    X(ssize_t, recvmsg, (int, struct msghdr *, int))                                         \
    X(int, recvmmsg, (int, struct mmsghdr *, unsigned, int, struct timespec *))              \
    X(ssize_t, read, (int, void *, size_t))                                                  \
    X(ssize_t, readv, (int, const struct iovec *, int))                                      \
    X(ssize_t, send, (int, const void *, size_t, int))                                       \
    X(ssize_t, sendto, (int, const void *, size_t, int, __CONST_SOCKADDR_ARG, socklen_t))    \
    X(ssize_t, sendmsg, (int, const struct msghdr *, int))                                   \
    X(int, sendmmsg, (int, struct mmsghdr *, unsigned, int))                                 \
    X(ssize_t, write, (int, const void *, size_t))                                           \
    X(ssize_t, writev, (int, const struct iovec *, int))                                     \
    X(int, select, (int, fd_set *, fd_set *, fd_set *, struct timeval *))                    \
    X(int, pselect,                                                                          \
      (int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *))        \
    X(int, poll, (struct pollfd *, nfds_t, int))                                             \
    X(int, ppoll, (struct pollfd *, nfds_t, const struct timespec *, const sigset_t *))      \
    X(int, epoll_create, (int))                                                              \
    X(int, epoll_create1, (int))                                                             \
    X(int, eventfd_read, (int, eventfd_t *))                                                 \
    X(int, eventfd_write, (int, eventfd_t))                                                  \
    X(ssize_t, getrandom, (void *, size_t, unsigned))                                        \
    X(int, getentropy, (void *, size_t))                                                     \
    X(int, open, (const char *, int, ...))                                                   \
    X(int, open64, (const char *, int, ...))                                                 \
    X(int, openat, (int, const char *, int, ...))                                            \
    X(int, openat64, (int, const char *, int, ...))                                          \
    X(pid_t, fork, (void))                                                                   \
    X(int, epoll_ctl, (int, int, int, struct epoll_event *))                                 \
    X(int, epoll_wait, (int, struct epoll_event *, int, int))                                \
    X(int, epoll_pwait, (int, struct epoll_event *, int, int, const sigset_t *))             \
    X(int, epoll_pwait2,                                                                     \
      (int, struct epoll_event *, int, const struct timespec *, const sigset_t *))           \
    X(int, nanosleep, (const struct timespec *, struct timespec *))                          \
    X(int, clock_nanosleep, (clockid_t, int, const struct timespec *, struct timespec *))    \
    X(unsigned, sleep, (unsigned))                                                           \
    X(int, clock_gettime, (clockid_t, struct timespec *))                                    \
    X(int, gettimeofday, (struct timeval *, void *))                                         \
    X(time_t, time, (time_t *))                                                              \
    X(int, pthread_create, (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)) \
    X(int, pthread_join, (pthread_t, void **))                                               \
    X(int, sigwait, (const sigset_t *restrict, int *restrict))                               \
    X(int, sigwaitinfo, (const sigset_t *restrict, siginfo_t *restrict))                     \
    X(int, sigtimedwait,                                                                     \
      (const sigset_t *restrict, siginfo_t *restrict, const struct timespec *restrict))      \
    X(int, pthread_mutex_timedlock, (pthread_mutex_t *, const struct timespec *))            \
    X(int, timerfd_settime, (int, int, const struct itimerspec *, struct itimerspec *))      \
    X(int, timer_settime, (timer_t, int, const struct itimerspec *, struct itimerspec *))    \
    X(int, setitimer, (__itimer_which_t, const struct itimerval *, struct itimerval *))      \
    X(unsigned, alarm, (unsigned))                                                           \
    X(int, pthread_cond_clockwait,                                                           \
      (pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *))             \
    X(int, sem_clockwait, (sem_t *, clockid_t, const struct timespec *))                     \
    X(int, usleep, (useconds_t))                                                             \
    X(long, syscall, (long, ...))

#define REAL_MEMBER(result, name, arguments) result(*name) arguments;

struct real {
    REAL_FUNCTIONS(REAL_MEMBER)
};

/* Any thread, also before this library's constructor has run.  Not by a constructor alone: the
 * dynamic linker runs those of the target's other libraries in an order of its own (ld.so(8)), and
 * they may open sockets.  What libc does not have is NULL, as epoll_pwait2 before glibc 2.35; then
 * a target cannot have called it by name either. */
const struct real *real(void);

/* Moves a descriptor of ours up (SIM_FD_FIRST), so that the server's are numbered as in a native
 * run; it closes itself on exec.  -1: there was none, or none so high is to be had; the low one is
 * closed in any case. */
int real_raise(int fd);

#endif
