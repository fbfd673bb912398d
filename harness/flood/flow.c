#include "flood/flow.h"

#include "flood/result.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/sock_diag.h>
#endif

/* Beside the flows: standard streams, files of results, pipes to a target. */
#define SPARE_DESCRIPTORS 64u
#define DEFAULT_RECEIVE_BYTES (4u << 20)

/* The soft limit is often 1,024; the hard one is what the administrator means. */
int flow_raise_limit(uint32_t sockets, struct error *error)
{
    struct rlimit limit;
    rlim_t wanted = sockets + SPARE_DESCRIPTORS;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
        return 0;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < wanted)
        return error_set(
            error, STATUS_CANNOT_RUN,
            "%u sockets need %llu descriptors, %llu are allowed: use fewer, or raise ulimit -n",
            sockets, (unsigned long long)wanted, (unsigned long long)limit.rlim_cur);
    return 0;
}

/* What the kernel compares with: on Linux twice what was asked for, to make room for its own
 * bookkeeping. */
static uint32_t granted(int fd)
{
    int bytes = 0;
    socklen_t size = sizeof bytes;

    return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size) == 0 && bytes > 0 ? (uint32_t)bytes
                                                                                  : 0;
}

uint32_t flow_default_receive_bytes(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    uint32_t bytes = fd >= 0 ? granted(fd) : 0;

    if (fd >= 0)
        close(fd);
    return bytes;
}

/* SO_RCVBUF gives at most net.core.rmem_max, silently; macOS refuses what is too much, so ask for
 * less until it agrees. */
static void ask_for_buffer(int fd, unsigned receive_bytes)
{
    for (int bytes = (int)receive_bytes; bytes > 4096; bytes /= 2) {
        if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) == 0)
            return;
    }
}

int flow_open(struct flow *f, uint32_t id, const struct exchange *exchange, uint64_t nonce,
              const union address *address, unsigned receive_bytes, struct error *error)
{
    *f = (struct flow){
        .fd = socket(address->any.sa_family, SOCK_DGRAM, 0), .id = id, .address = address};
    ledger_init(&f->ledger, exchange, nonce, id);
    if (f->fd < 0)
        return error_set(error, STATUS_CANNOT_RUN, "flow %u: cannot open a socket: %s", id,
                         strerror(errno));
    ask_for_buffer(f->fd, receive_bytes ? receive_bytes : DEFAULT_RECEIVE_BYTES);
    f->receive_bytes = granted(f->fd);
    /* Connected: the kernel keeps strangers out, looks the route up once, and tells of refusals by
     * ICMP. */
    if (connect(f->fd, &address->any, address_length(address)) < 0)
        return error_set(error, STATUS_CANNOT_RUN, "flow %u: cannot connect: %s", id,
                         strerror(errno));
    return 0;
}

void flow_close(struct flow *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    ledger_fini(&f->ledger);
}

uint64_t flow_under_way(const struct flow *f)
{
    uint64_t done = f->ledger.next > f->given_up ? f->ledger.next : f->given_up;

    return f->ledger.counts.sent - done;
}

/* Linux charges a datagram with its memory: bookkeeping, and a block for data, headers and a table
 * of fragments.  Seen with 6.18: 832 bytes for up to 128, else 256 and the next power of two of
 * what it takes.  It gives memory back late, when a quarter of the buffer has been read. */
uint32_t flow_buffer_holds(uint32_t receive_bytes, uint32_t length)
{
    uint32_t block = 1024;
    uint32_t charge = 896;

    while (block < length + 448)
        block *= 2;
    if (length > 128)
        charge = block + 256;
    return receive_bytes / 4 * 3 / charge > 1 ? receive_bytes / 4 * 3 / charge : 1;
}

#if defined(__linux__)
int64_t flow_drops(const struct flow *f)
{
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof memory;

    if (getsockopt(f->fd, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0 ||
        size <= SK_MEMINFO_DROPS * sizeof *memory)
        return FLOOD_UNKNOWN;
    return memory[SK_MEMINFO_DROPS];
}
#else
int64_t flow_drops(const struct flow *f)
{
    (void)f;
    return FLOOD_UNKNOWN;
}
#endif
