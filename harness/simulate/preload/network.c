#include "simulate/preload/network.h"

#include "simulate/preload/real.h"
#include "simulate/preload/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* A socket with a higher number is refused, by net_open(); of other files nothing needs to be
 * known. */
#define FD_MAX 65535
/* What getsockopt() answers until the target sets another: Linux's own default. */
#define BUFFER_BYTES 212992
/* Within Linux's own range for such ports (ip(7), ip_local_port_range: 32768 to 60999), and clear
 * of the clients'. */
#define FIRST_FREE_PORT 50000

/* What this process alone knows; a preloaded library has nothing but file scope to keep it in. */
static struct {
    struct sim_page *page;
    bool registered, in_fork;
    /* by descriptor: 0: none of ours, or the socket's index plus one */
    _Atomic uint16_t meaning[FD_MAX];
    int far[SIM_SOCKETS_MAX]; /* 0: not fetched; else our end in this process, plus one */
} own;

struct sim_page *net_page(void)
{
    return own.page;
}

/* A process that was killed while it held the lock leaves what it guards no worse than a call that
 * was not made.  The mutex is robust (pthread_mutexattr_setrobust(3)) because the harness may kill
 * a server of several processes at any point. */
void net_lock(void)
{
    if (pthread_mutex_lock(&own.page->lock) == EOWNERDEAD)
        pthread_mutex_consistent(&own.page->lock);
}

void net_unlock(void)
{
    pthread_mutex_unlock(&own.page->lock);
}

void net_add_thread(void)
{
    atomic_fetch_add(&own.page->more_threads, 1);
    engine_begin_turns(&own.page->engine); /* sets a flag that nobody clears */
}

/* ---- processes ---- */

/* By kill(pid, 0), not by waiting: these are the target's children, and it is the target that must
 * find them when it waits. */
static bool take_slot(unsigned i)
{
    pid_t before = own.page->processes[i];

    if (before != 0 && (kill(before, 0) == 0 || errno != ESRCH))
        return false;
    return atomic_compare_exchange_strong(&own.page->processes[i], &before, getpid());
}

/* In place of nobody, or of one that has ended: a server may fork for each datagram.  At its first
 * socket, since a shell that only starts the server sleeps in wait(2) and is none of those that
 * must be quiet. */
static void register_process(void)
{
    for (unsigned i = 0; i < SIM_PROCESSES_MAX && !own.registered; i++) {
        own.registered = take_slot(i);
        if (own.registered && i > 0)
            net_add_thread();
    }
}

bool net_is_registered(void)
{
    return own.registered;
}

/* Until the child has said that it is there, nobody can see that it is at work. */
void net_begin_fork(void)
{
    if (!own.registered)
        return;
    net_add_thread();
    own.in_fork = true;
    atomic_fetch_add(&own.page->forking, 1);
}

void net_end_fork(bool failed)
{
    own.in_fork = false;
    if (own.registered && failed)
        atomic_fetch_add(&own.page->forking, -1);
}

/* The child has every descriptor once more.  pthread_atfork(3) runs it for libc's fork() alone; a
 * raw clone() stays unseen, and its sockets would count as closed too early. */
static void after_fork(void)
{
    struct sim_socket *s;

    if (!own.registered)
        return;
    own.registered = false;
    register_process();
    for (int fd = 0; fd < FD_MAX; fd++) {
        s = net_find(fd);
        if (s)
            atomic_fetch_add(&s->references, 1);
    }
    if (own.in_fork) /* libc's own forks are not announced */
        atomic_fetch_add(&own.page->forking, -1);
    own.in_fork = false;
}

/* Nothing is printed or ended when it fails: then this process is no part of a run, as one that a
 * target starts with an environment of its own. */
__attribute__((constructor)) static void attach(void)
{
    const char *fd = getenv(SIM_PAGE_FD_VARIABLE);
    void *memory = MAP_FAILED;

    if (fd)
        memory = mmap(NULL, sizeof(struct sim_page), PROT_READ | PROT_WRITE, MAP_SHARED, atoi(fd),
                      0);
    if (memory == MAP_FAILED)
        return;
    own.page = memory;
    atomic_compare_exchange_strong(&own.page->state, &(int){SIM_EMPTY}, SIM_HELLO);
    pthread_atfork(NULL, NULL, after_fork);
}

/* ---- descriptors ---- */

struct sim_socket *net_find(int fd)
{
    unsigned meaning = own.page && fd >= 0 && fd < FD_MAX ? own.meaning[fd] : 0;

    return meaning == 0 ? NULL : &own.page->sockets[meaning - 1];
}

void net_copy(int fd, int copy)
{
    struct sim_socket *s = net_find(fd);

    if (fd < 0 || fd >= FD_MAX || copy < 0 || copy >= FD_MAX)
        return;
    if (s)
        atomic_fetch_add(&s->references, 1);
    own.meaning[copy] = own.meaning[fd];
    watch_copied(fd, copy);
}

/* The last descriptor takes our end along; ends fetched by other processes go with those. */
void net_forget(int fd)
{
    struct sim_socket *s = net_find(fd);
    size_t index;

    if (fd >= 0 && fd < FD_MAX)
        own.meaning[fd] = 0;
    watch_closed(fd);
    if (!s)
        return;
    index = (size_t)(s - own.page->sockets);
    if (atomic_fetch_sub(&s->references, 1) != 1)
        return;
    if (index < own.page->first_free)
        own.page->first_free = (unsigned)index;
    if (own.far[index] > 0) {
        real()->close(own.far[index] - 1);
        own.far[index] = 0;
    }
}

void net_forget_range(unsigned first, unsigned last)
{
    for (unsigned fd = first; fd <= last && fd < FD_MAX; fd++)
        net_forget((int)fd);
}

/* ---- opening ---- */

/* A free entry, its first reference taken.  Compared and exchanged although the lock is held:
 * descriptors are closed without it. */
static struct sim_socket *take_entry(void)
{
    unsigned none;

    for (unsigned i = own.page->first_free; i < SIM_SOCKETS_MAX; i++) {
        none = 0;
        if (atomic_compare_exchange_strong(&own.page->sockets[i].references, &none, 1)) {
            own.page->first_free = i + 1;
            while (own.page->socket_count <= i)
                atomic_store(&own.page->socket_count, i + 1);
            own.far[i] = 0;
            return &own.page->sockets[i];
        }
    }
    return NULL;
}

/* A pair of AF_UNIX datagram sockets is as UDP in what a loop sees: whole datagrams, in order,
 * readiness, edges, EAGAIN.  Being each other's peers, max_dgram_qlen does not bound them,
 * SO_SNDBUF alone does (measured on Linux 6.18). */
static int network_open_pair(int type, int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_DGRAM | (type & (SOCK_NONBLOCK | SOCK_CLOEXEC)), 0, ends) < 0)
        return -1;
    ends[1] = real_raise(ends[1]);
    if (ends[1] >= 0 && ends[0] < FD_MAX)
        return 0;
    real()->close(ends[0]);
    errno = EMFILE;
    return -1;
}

int net_open(int family, int type)
{
    struct sim_socket *s;
    int ends[2];

    if (network_open_pair(type, ends) < 0) {
        /* Two for each socket: a limit that is enough for a server may not be for it and us. */
        own.page->lacks_descriptors |= errno == EMFILE;
        return -1;
    }
    net_lock();
    register_process();
    s = take_entry();
    if (s) {
        s->family = family;
        s->owner = getpid();
        s->near = ends[0];
        s->far = ends[1];
        s->bound = s->connected = s->shares_port = s->reuses_address = s->wants_info =
            s->wants_write = s->blocked = s->coalesces = s->queues_errors = false;
        s->segment = 0;
        s->sends_left = -1;
        s->send_bytes = s->receive_bytes = BUFFER_BYTES;
        s->local = s->peer = (union address){.any.sa_family = (sa_family_t)family};
        own.far[s - own.page->sockets] = ends[1] + 1;
        own.meaning[ends[0]] = (uint16_t)(s - own.page->sockets + 1);
    }
    net_unlock();
    if (s)
        return ends[0];
    real()->close(ends[0]);
    real()->close(ends[1]);
    errno = EMFILE;
    return -1;
}

/* ---- addresses ---- */

bool net_is_bad(const void *address)
{
    return (uintptr_t)address < 4096;
}

socklen_t net_address_length(int family)
{
    return family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static bool net_overlap(const union address *a, const union address *b)
{
    return a->any.sa_family == b->any.sa_family &&
           (address_is_any(a) || address_is_any(b) || address_same_host(a, b));
}

/* Of datagram sockets SO_REUSEADDR on both is enough for Linux (socket(7)). */
static bool is_taken(const struct sim_socket *candidate, unsigned port)
{
    for (unsigned i = 0; i < own.page->socket_count; i++) {
        const struct sim_socket *s = &own.page->sockets[i];

        if (s != candidate && s->references > 0 && s->bound && address_port(&s->local) == port &&
            net_overlap(&s->local, &candidate->local) &&
            !(s->shares_port && candidate->shares_port) &&
            !(s->reuses_address && candidate->reuses_address))
            return true;
    }
    return false;
}

/* Errors in the order in which Linux finds them; the differential test holds them against the
 * kernel. */
int net_bind(struct sim_socket *s, const struct sockaddr *address, socklen_t length)
{
    unsigned port = 0;

    if (length > 0 && net_is_bad(address))
        return errno = EFAULT, -1;
    if (s->bound || length < net_address_length(s->family))
        return errno = EINVAL, -1;
    if (address->sa_family != s->family)
        return errno = EAFNOSUPPORT, -1;
    memcpy(&s->local, address, net_address_length(s->family));
    port = address_port(&s->local);
    if (port == 0) {
        net_bind_any(s);
        return 0;
    }
    if (is_taken(s, port))
        return errno = EADDRINUSE, -1;
    s->bound = true;
    return 0;
}

void net_bind_any(struct sim_socket *s)
{
    if (s->bound)
        return;
    s->local.any.sa_family = (sa_family_t)s->family;
    address_set_port(&s->local, (uint16_t)(FIRST_FREE_PORT + (s - own.page->sockets)));
    s->bound = true;
}

bool net_is_engine_socket(const struct sim_socket *s, unsigned *index)
{
    return page_is_engine_socket(own.page, s, index);
}

/* A mask is enough: the engine has at most ten sockets. */
bool net_is_ready(void)
{
    return page_bound_ports(own.page) == own.page->engine.sockets;
}

int net_put_address(const union address *from, struct sockaddr *to, socklen_t *length)
{
    socklen_t whole = net_address_length(from->any.sa_family);

    if (net_is_bad(to) || net_is_bad(length))
        return errno = EFAULT, -1;
    memcpy(to, from, *length < whole ? *length : whole);
    *length = whole;
    return 0;
}

/* ---- ends ---- */

/* An end of another process: a copy of it, also for one that forked later.  pidfd_getfd(2) wants
 * the right to trace that process: the same user has it, unless Yama asks for more (ptrace(2)). */
static int network_borrow(pid_t pid, int fd)
{
    int process = (int)real()->syscall(SYS_pidfd_open, pid, 0);
    int copy = process < 0 ? -1 : (int)real()->syscall(SYS_pidfd_getfd, process, fd, 0);

    if (process >= 0)
        real()->close(process);
    return real_raise(copy);
}

int net_far(struct sim_socket *s)
{
    size_t index = (size_t)(s - own.page->sockets);

    if (own.far[index] == 0)
        own.far[index] = network_borrow(s->owner, s->far) + 1;
    return own.far[index] - 1;
}

/* A search, but made at most once for each step of a scenario.  Any descriptor will do: a duplicate
 * is the same end. */
int net_near(struct sim_socket *s)
{
    for (int fd = 0; fd < FD_MAX; fd++) {
        if (net_find(fd) == s)
            return fd;
    }
    return network_borrow(s->owner, s->near);
}

/* Kept, it would keep the socket on every epoll that watches it when its owner closes it. */
void net_give_back(struct sim_socket *s, int near)
{
    if (near >= 0 && net_find(near) != s)
        real()->close(near);
}
