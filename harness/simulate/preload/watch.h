/* Which epoll descriptors report simulated sockets, be it through other epoll descriptors.
 *
 * A wait on any other descriptor is the kernel's alone: runtimes keep epolls for their signals and
 * timers, and whoever waits there waits for no datagram.  What a thread waits on may become one
 * that reports while it waits, when another thread adds a socket to it: then it is called back.
 *
 * Any thread; descriptors as this process numbers them. */
#ifndef EDGEWISE_PRELOAD_WATCH_H
#define EDGEWISE_PRELOAD_WATCH_H

#include <stdbool.h>
#include <sys/epoll.h>

/* An epoll instance was opened as `fd`. */
void watch_opened(int fd);
/* `fd` was added to `epoll`; `simulated`: it is a simulated socket. */
void watch_added(int epoll, int fd, bool simulated);
/* Does it report simulated sockets? */
bool watch_reports(int fd);
/* `copy` now means what `fd` means. */
void watch_copied(int fd, int copy);
void watch_closed(int fd);

/* Around a wait that is left to the kernel.  False: it is not to be, since `epoll` reports. */
bool watch_begin_pass(int epoll);
void watch_end_pass(int epoll);
/* Of `count` events that a wait gave, those that are the target's; what called it back is none. */
int watch_filter(int epoll, struct epoll_event *events, int count);

#endif
