#include "simulate/supervise/sockets.h"

#include "simulate/supervise/borrow.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- entries ---- */

static unsigned sockets_number(const struct hold *h, const struct hold_socket *s)
{
    return (unsigned)(s - h->sockets);
}

/* By cookie, which the kernel gives to no second socket while it runs (SO_COOKIE): numbers of
 * descriptors are used again, and several may mean one socket. */
static struct hold_socket *sockets_entry(struct hold *h, uint64_t cookie)
{
    struct hold_socket *free = NULL;

    for (unsigned i = 0; i < h->socket_count; i++) {
        if (h->sockets[i].cookie == cookie)
            return &h->sockets[i];
        if (h->sockets[i].cookie == 0 && !free)
            free = &h->sockets[i];
    }
    if (!free && h->socket_count < HOLD_SOCKETS)
        free = &h->sockets[h->socket_count++];
    if (free)
        *free = (struct hold_socket){.cookie = cookie, .copy = -1, .sends_left = -1};
    return free;
}

static bool sockets_is_udp(int fd, uint64_t *cookie)
{
    int protocol = 0;
    socklen_t length = sizeof protocol;

    if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) < 0 || protocol != IPPROTO_UDP)
        return false;
    length = sizeof *cookie;
    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, cookie, &length) == 0;
}

/* ---- addresses ---- */

void sockets_look_at_address(struct hold *h, struct hold_socket *s)
{
    socklen_t length = sizeof s->local;
    int fd = s->bound ? -1 : sockets_copy(h, s);

    if (fd >= 0 && getsockname(fd, &s->local.any, &length) == 0)
        s->bound = address_port(&s->local) != 0;
}

bool sockets_index(const struct hold *h, const struct hold_socket *s, unsigned *index)
{
    return s->bound && page_is_engine_address(h->page, &s->local, index);
}

/* A port that several sockets share (SO_REUSEPORT) is bound as soon as one of them is. */
unsigned sockets_bound(const struct hold *h)
{
    bool bound[ENGINE_SOCKETS] = {0};
    unsigned index, count = 0;

    for (unsigned i = 0; i < h->socket_count; i++) {
        if (h->sockets[i].references == 0 || !sockets_index(h, &h->sockets[i], &index))
            continue;
        count += !bound[index];
        bound[index] = true;
    }
    return count;
}

bool sockets_want_write(const struct hold *h)
{
    for (unsigned i = 0; i < h->socket_count; i++) {
        if (h->sockets[i].references > 0 && h->sockets[i].wants_write)
            return true;
    }
    return false;
}

/* ---- descriptors ---- */

static void sockets_mean(struct hold_process *p, int fd, unsigned meaning)
{
    p->meaning[fd] = (uint16_t)meaning;
    if (fd >= p->top)
        p->top = fd + 1;
}

static void sockets_mean_socket(struct hold *h, struct hold_process *p, int fd,
                                struct hold_socket *s)
{
    sockets_mean(p, fd, HOLD_FIRST_SOCKET + sockets_number(h, s));
    s->references++;
}

static void sockets_learn(struct hold *h, struct hold_process *p, int fd)
{
    struct hold_socket *s = NULL;
    int copy = borrow_one(p, fd);
    uint64_t cookie;

    if (copy < 0)
        return; /* it may be opened yet */
    if (sockets_is_udp(copy, &cookie))
        s = sockets_entry(h, cookie);
    if (!s) {
        sockets_mean(p, fd, HOLD_OTHER);
        close(copy);
        return;
    }
    sockets_mean_socket(h, p, fd, s);
    if (s->copy < 0)
        s->copy = copy;
    else
        close(copy);
    sockets_look_at_address(h, s);
}

struct hold_socket *sockets_find(struct hold *h, struct hold_process *p, int fd)
{
    if (fd < 0 || fd >= HOLD_FDS)
        return NULL;
    if (p->meaning[fd] == HOLD_UNKNOWN)
        sockets_learn(h, p, fd);
    return p->meaning[fd] >= HOLD_FIRST_SOCKET ? &h->sockets[p->meaning[fd] - HOLD_FIRST_SOCKET]
                                               : NULL;
}

/* The one that is kept may have been closed with a descriptor while others still mean the socket:
 * then it is had from any of those. */
int sockets_copy(struct hold *h, struct hold_socket *s)
{
    uint16_t meaning = (uint16_t)(HOLD_FIRST_SOCKET + sockets_number(h, s));

    for (unsigned i = 0; s->copy < 0 && s->references > 0 && i < HOLD_PROCESSES; i++) {
        struct hold_process *p = &h->processes[i];

        for (int fd = 0; s->copy < 0 && p->pid != 0 && fd < p->top; fd++) {
            if (p->meaning[fd] == meaning)
                s->copy = borrow_one(p, fd);
        }
    }
    return s->copy;
}

void sockets_forget(struct hold *h, struct hold_process *p, int fd)
{
    uint16_t meaning = fd >= 0 && fd < HOLD_FDS ? p->meaning[fd] : HOLD_UNKNOWN;
    struct hold_socket *s;

    if (meaning == HOLD_UNKNOWN)
        return;
    p->meaning[fd] = HOLD_UNKNOWN;
    if (meaning < HOLD_FIRST_SOCKET)
        return;
    s = &h->sockets[meaning - HOLD_FIRST_SOCKET];
    if (s->copy >= 0)
        close(s->copy);
    s->copy = -1;
    if (--s->references == 0)
        s->cookie = 0;
}

void sockets_forget_range(struct hold *h, struct hold_process *p, unsigned first, unsigned last)
{
    for (unsigned fd = first; fd <= last && (int)fd < p->top; fd++)
        sockets_forget(h, p, (int)fd);
}

void sockets_forget_all(struct hold *h, struct hold_process *p)
{
    sockets_forget_range(h, p, 0, HOLD_FDS - 1);
}

/* fork(2): the child's descriptors are copies that mean the same open files.  Only sockets are
 * taken over; what else there is, is looked at when it is asked for. */
void sockets_inherit(struct hold *h, const struct hold_process *parent, struct hold_process *child)
{
    for (int fd = 0; fd < parent->top; fd++) {
        if (parent->meaning[fd] >= HOLD_FIRST_SOCKET)
            sockets_mean_socket(h, child, fd, &h->sockets[parent->meaning[fd] - HOLD_FIRST_SOCKET]);
    }
}

/* ---- watchers ---- */

static bool sockets_has_inode(struct hold *h, unsigned long inode)
{
    struct stat file;

    for (unsigned i = 0; i < h->socket_count; i++) {
        struct hold_socket *s = &h->sockets[i];

        if (s->references > 0 && sockets_copy(h, s) >= 0 && fstat(s->copy, &file) == 0 &&
            file.st_ino == inode)
            return true;
    }
    return false;
}

void sockets_called_other(struct hold *h, const struct hold_process *p, int fd)
{
    struct stat file;
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/fd/%d", p->pid, fd);
    if (stat(path, &file) == 0 && engine_counts_others_on(file.st_mode))
        engine_called_others(&h->page->engine, 1);
}

/* An epoll descriptor's fdinfo has a line "tfd: N ... ino:HEX" for each file that it watches; all
 * epolls have one inode, so that one within another is known by its number.  The kernel allows no
 * circles of them. */
static bool sockets_watches(struct hold *h, struct hold_process *p, int fd)
{
    char path[64], line[256];
    bool found = false;
    FILE *info;

    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", p->pid, fd);
    info = fopen(path, "re");
    while (info && !found && fgets(line, sizeof line, info)) {
        const char *at = strstr(line, " ino:");
        unsigned long inode = 0;
        int watched;

        if (sscanf(line, "tfd: %d", &watched) != 1 || !at || sscanf(at, " ino:%lx", &inode) != 1)
            continue;
        found = sockets_has_inode(h, inode) || sockets_is_watcher(h, p, watched);
    }
    if (info)
        fclose(info);
    return found;
}

/* Duplicates watch the same: tokio registers with one and waits on the other. */
void sockets_note_watcher(struct hold *h, struct hold_process *p, int fd)
{
    for (unsigned i = 0; i < HOLD_PROCESSES; i++) {
        for (int other = 0; h->processes[i].pid != 0 && other < h->processes[i].top; other++) {
            if (h->processes[i].meaning[other] == HOLD_OTHER)
                h->processes[i].meaning[other] = HOLD_UNKNOWN;
        }
    }
    if (fd >= 0 && fd < HOLD_FDS)
        sockets_mean(p, fd, HOLD_WATCHER);
}

bool sockets_is_watcher(struct hold *h, struct hold_process *p, int fd)
{
    if (fd < 0 || fd >= HOLD_FDS)
        return false;
    if (p->meaning[fd] == HOLD_UNKNOWN) {
        sockets_learn(h, p, fd);
        sockets_look_at_watcher(h, p, fd);
    }
    return p->meaning[fd] == HOLD_WATCHER;
}

bool sockets_look_at_watcher(struct hold *h, struct hold_process *p, int fd)
{
    if (p->meaning[fd] == HOLD_OTHER && sockets_watches(h, p, fd))
        p->meaning[fd] = HOLD_WATCHER;
    return p->meaning[fd] == HOLD_WATCHER;
}
