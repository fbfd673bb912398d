/* The UDP sockets of a running target, from outside. */
#include "target/sockets.h"

#include "target/run.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of one port, those first that were made first: the kernel counts inodes upwards. */
static int by_port(const void *left, const void *right)
{
    const struct platform_socket *a = left, *b = right;
    int port_a = address_port(&a->local), port_b = address_port(&b->local);

    if (port_a != port_b)
        return port_a - port_b;
    return a->inode < b->inode ? -1 : a->inode > b->inode;
}

void sockets_look(struct sockets_found *found, pid_t root, bool others)
{
    found->items = NULL;
    found->count = platform_sockets(root, others, &found->items);
    if (found->count > 0)
        qsort(found->items, (size_t)found->count, sizeof *found->items, by_port);
}

void sockets_free(struct sockets_found *found)
{
    free(found->items);
}

/* The first is looked for by halves: with thousands of ports each is asked for. */
int sockets_at(const struct sockets_found *found, uint16_t port,
               const struct platform_socket **first)
{
    int low = 0, high = found->count, count = 0;

    while (low < high) {
        int middle = low + (high - low) / 2;

        if (address_port(&found->items[middle].local) < port)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + count < found->count && address_port(&found->items[low + count].local) == port)
        count++;
    *first = found->items + low;
    return count;
}

/* A connected one hears its one peer alone, whatever its port. */
static bool is_ours(const struct platform_socket *s, const union address *address)
{
    return s->pid != 0 && !s->connected && address_receives(&s->local, address);
}

int64_t target_socket_drops(struct target_run *run)
{
    struct sockets_found all;
    int64_t sum = 0;

    sockets_look(&all, run->supervisor, false);
    for (unsigned i = 0; i < run->sockets && sum >= 0; i++) {
        const struct platform_socket *at;
        int n = sockets_at(&all, target_port(run, i), &at);
        bool found = false;

        for (int k = 0; k < n; k++) {
            if (is_ours(&at[k], &run->addresses[i])) {
                sum += at[k].drops;
                found = true;
            }
        }
        if (!found) /* closed, and its counter with it */
            sum = -1;
    }
    sockets_free(&all);
    return sum;
}

int target_borrow_sockets(struct target_run *run, unsigned index, int *fds, int room)
{
    struct sockets_found all;
    const struct platform_socket *at;
    int n, found = 0;

    sockets_look(&all, run->supervisor, false);
    n = sockets_at(&all, target_port(run, index), &at);
    for (int k = 0; k < n && found < room; k++) {
        if (!is_ours(&at[k], &run->addresses[index]))
            continue;
        fds[found] = platform_borrow(at[k].pid, at[k].fd);
        found += fds[found] >= 0;
    }
    sockets_free(&all);
    return found;
}

int target_borrow_socket(struct target_run *run, unsigned index)
{
    int fd = -1;

    return target_borrow_sockets(run, index, &fd, 1) == 1 ? fd : -1;
}

/* The kernel doubles what is asked for and bounds it by rmem_max (socket(7)): what counts is what
 * it gives back. */
unsigned target_receive_bytes(struct target_run *run)
{
    int fd = target_borrow_socket(run, 0);
    int bytes = 0;
    socklen_t size = sizeof bytes;

    if (fd < 0)
        return 0;
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size) < 0 || bytes < 0)
        bytes = 0;
    close(fd);
    return (unsigned)bytes;
}
