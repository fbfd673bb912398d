#include "mio/internal.h"

#include <errno.h>
#include <stdlib.h>

int mio_sources_init(struct mio_sources *sources)
{
    return -pthread_mutex_init(&sources->lock, NULL);
}

void mio_sources_fini(struct mio_sources *sources)
{
    pthread_mutex_destroy(&sources->lock);
    free(sources->by_fd);
}

struct mio_source *mio_source_find(struct mio_sources *sources, int fd)
{
    if (fd < 0 || (size_t)fd >= sources->size || !sources->by_fd[fd].registered)
        return NULL;
    return &sources->by_fd[fd];
}

/* Descriptors are small numbers, so an array finds them; it at least doubles, so that a
 * registration costs the same however many there are. */
static int sources_make_room(struct mio_sources *sources, int fd)
{
    size_t size = sources->size ? sources->size : 16;
    struct mio_source *grown;

    if ((size_t)fd < sources->size)
        return 0;
    while (size <= (size_t)fd)
        size *= 2;
    grown = realloc(sources->by_fd, size * sizeof *grown);
    if (!grown)
        return -ENOMEM;
    for (size_t i = sources->size; i < size; i++)
        grown[i] = (struct mio_source){.registered = false};
    sources->by_fd = grown;
    sources->size = size;
    return 0;
}

static int add_locked(struct mio_poll *poll, int fd, const struct mio_source *wanted)
{
    struct mio_source *source;
    int err = fd < 0 ? -EBADF : sources_make_room(&poll->sources, fd);

    if (err)
        return err;
    source = &poll->sources.by_fd[fd];
    if (source->registered)
        return -EEXIST;
    *source = *wanted;
    source->armed = wanted->interest;
    source->registered = true;
    err = poll->selector->add(poll, fd, source);
    source->registered = !err;
    return err;
}

int mio_source_add(struct mio_poll *poll, int fd, const struct mio_source *wanted)
{
    int err;

    pthread_mutex_lock(&poll->sources.lock);
    err = add_locked(poll, fd, wanted);
    pthread_mutex_unlock(&poll->sources.lock);
    return err;
}

void mio_source_blocked(struct mio_poll *poll, int fd, uint32_t bits)
{
    struct mio_source *source;

    if (!poll->selector->blocked)
        return;
    pthread_mutex_lock(&poll->sources.lock);
    source = mio_source_find(&poll->sources, fd);
    if (source)
        poll->selector->blocked(poll, fd, source, bits);
    pthread_mutex_unlock(&poll->sources.lock);
}

int mio_check(uintptr_t token, uint32_t interest, uint32_t options)
{
    if (token == MIO_TOKEN_RESERVED || (interest & ~(uint32_t)MIO_ALL_READINESS) ||
        (options & ~(uint32_t)MIO_ALL_OPTIONS))
        return -EINVAL;
    return (options & MIO_EDGE) && (options & MIO_LEVEL) ? -EINVAL : 0;
}

/* ---- sockets ---- */

void mio_socket_init(struct mio_socket *socket, int fd)
{
    socket->fd = fd;
    atomic_init(&socket->poll, NULL);
    atomic_init(&socket->registered, false);
}

/* For life: the first poll wins, even if the registration then fails. */
static int sources_bind_to(struct mio_socket *socket, struct mio_poll *poll)
{
    struct mio_poll *bound = NULL;

    return atomic_compare_exchange_strong(&socket->poll, &bound, poll) || bound == poll ? 0
                                                                                        : -EBUSY;
}

static int sources_owned_by(struct mio_socket *socket, const struct mio_poll *poll)
{
    struct mio_poll *bound = atomic_load(&socket->poll);

    return !bound ? -ENOENT : bound == poll ? 0 : -EBUSY;
}

int mio_register(struct mio_poll *poll, struct mio_socket *socket, uintptr_t token,
                 uint32_t interest, uint32_t options)
{
    struct mio_source wanted = {.token = token, .interest = interest, .options = options};
    int err = mio_check(token, interest, options);

    if (!err)
        err = sources_bind_to(socket, poll);
    if (!err)
        err = mio_source_add(poll, socket->fd, &wanted);
    if (!err)
        atomic_store(&socket->registered, true);
    return err;
}

static int change_locked(struct mio_poll *poll, int fd, const struct mio_source *wanted)
{
    struct mio_source *source = mio_source_find(&poll->sources, fd);
    int err = source ? poll->selector->change(poll, fd, source, wanted) : -ENOENT;

    if (err)
        return err;
    source->token = wanted->token;
    source->interest = wanted->interest;
    source->options = wanted->options;
    source->armed = wanted->interest;
    source->muted = false;
    return 0;
}

int mio_reregister(struct mio_poll *poll, struct mio_socket *socket, uintptr_t token,
                   uint32_t interest, uint32_t options)
{
    struct mio_source wanted = {.token = token, .interest = interest, .options = options};
    int err = mio_check(token, interest, options);

    if (!err)
        err = sources_owned_by(socket, poll);
    if (err)
        return err;
    pthread_mutex_lock(&poll->sources.lock);
    err = change_locked(poll, socket->fd, &wanted);
    pthread_mutex_unlock(&poll->sources.lock);
    return err;
}

int mio_deregister(struct mio_poll *poll, struct mio_socket *socket)
{
    struct mio_source *source;
    int err = sources_owned_by(socket, poll);

    if (err)
        return err;
    pthread_mutex_lock(&poll->sources.lock);
    source = mio_source_find(&poll->sources, socket->fd);
    if (source) {
        poll->selector->remove(poll, socket->fd, source);
        source->registered = false;
    }
    pthread_mutex_unlock(&poll->sources.lock);
    atomic_store(&socket->registered, false);
    return source ? 0 : -ENOENT;
}

void mio_socket_blocked(struct mio_socket *socket, uint32_t bits)
{
    if (atomic_load_explicit(&socket->registered, memory_order_relaxed))
        mio_source_blocked(atomic_load_explicit(&socket->poll, memory_order_relaxed), socket->fd,
                           bits);
}

static ssize_t outcome(struct mio_socket *socket, ssize_t n, uint32_t bit)
{
    int err = n < 0 ? -errno : 0;

    if (err == -EAGAIN || err == -EWOULDBLOCK)
        mio_socket_blocked(socket, bit);
    return err ? err : n;
}

ssize_t mio_recvfrom(struct mio_socket *socket, void *buffer, size_t size, struct sockaddr *peer,
                     socklen_t *length)
{
    return outcome(socket, recvfrom(socket->fd, buffer, size, 0, peer, length), MIO_READABLE);
}

ssize_t mio_sendto(struct mio_socket *socket, const void *data, size_t size,
                   const struct sockaddr *peer, socklen_t length)
{
    return outcome(socket, sendto(socket->fd, data, size, 0, peer, length), MIO_WRITABLE);
}
