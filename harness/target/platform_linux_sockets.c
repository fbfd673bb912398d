/* Linux: whose sockets are bound to a port, and getting at them from outside (proc(5),
 * pidfd_getfd(2), sock_diag(7)). */
#include "target/platform.h"
#include "target/platform_linux.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct socket_list {
    struct platform_socket *items;
    int count, room;
};

static int append(struct socket_list *list, const struct platform_socket *socket)
{
    if (list->count == list->room) {
        int room = list->room ? 2 * list->room : 64;
        struct platform_socket *more = realloc(list->items, (size_t)room * sizeof *more);

        if (!more)
            return -1;
        list->items = more;
        list->room = room;
    }
    list->items[list->count++] = *socket;
    return 0;
}

/* ---- /proc/net/udp ---- */

/* An address there is words of eight hexadecimal digits, each a 32-bit word in the machine's own
 * byte order: one of IPv4, four of IPv6. */
static union address parse_address(const char *text, unsigned port)
{
    union address address = {0};
    uint32_t words[4] = {0};
    int n = 0;

    for (; n < 4 && sscanf(text + 8 * n, "%8x", &words[n]) == 1 && text[8 * n] != '\0'; n++)
        ;
    address.any.sa_family = n == 1 ? AF_INET : AF_INET6;
    if (n == 1)
        memcpy(&address.in.sin_addr, words, sizeof address.in.sin_addr);
    else
        memcpy(&address.in6.sin6_addr, words, sizeof address.in6.sin6_addr);
    address_set_port(&address, (uint16_t)port);
    return address;
}

/* The format is that of Linux's udp4_format_sock() and ip6_dgram_sock_seq_show(): the inode is the
 * tenth field, the drops are the last. */
static int read_table(struct socket_list *list, const char *path)
{
    FILE *file = fopen(path, "re");
    char line[512], local[64], remote[64];
    int result = 0;

    if (!file)
        return 0; /* no IPv6 here */
    while (result == 0 && fgets(line, sizeof line, file)) {
        struct platform_socket s = {0};
        unsigned long long inode;
        unsigned port, remote_port;
        long long drops;

        if (sscanf(line,
                   " %*d: %63[0-9A-Fa-f]:%x %63[0-9A-Fa-f]:%x %*x %*x:%*x %*x:%*x %*x %*u %*u %llu "
                   "%*d %*x %lld",
                   local, &port, remote, &remote_port, &inode, &drops) != 6)
            continue;
        s.local = parse_address(local, port);
        s.inode = inode;
        s.connected = remote_port != 0;
        s.drops = drops;
        result = append(list, &s);
    }
    fclose(file);
    return result;
}

/* ---- the tree's ---- */

/* Both by number: glibc has wrappers only since 2.36. */
static int pidfd_of(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int borrow(int pidfd, int fd)
{
    return (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
}

static int by_inode(const void *left, const void *right)
{
    uint64_t a = ((const struct platform_socket *)left)->inode,
             b = ((const struct platform_socket *)right)->inode;

    return a < b ? -1 : a > b;
}

static struct platform_socket *find_inode(const struct socket_list *list, uint64_t inode)
{
    struct platform_socket key = {.inode = inode};

    return list->count ? bsearch(&key, list->items, (size_t)list->count, sizeof key, by_inode)
                       : NULL;
}

/* Sorts, and keeps one of each socket: a process and its fork have it both. */
static void sort_unique(struct socket_list *list)
{
    int kept = 0;

    if (list->count > 0)
        qsort(list->items, (size_t)list->count, sizeof *list->items, by_inode);
    for (int i = 0; i < list->count; i++) {
        if (kept == 0 || list->items[kept - 1].inode != list->items[i].inode)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

/* Fills in what the socket itself tells; false when it is none of UDP. */
static bool ask_socket(struct platform_socket *s, int fd)
{
    union address peer;
    socklen_t length = sizeof s->local, peer_length = sizeof peer;
    int type = 0;
    socklen_t type_length = sizeof type;

    if (getsockname(fd, &s->local.any, &length) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_length) < 0 || type != SOCK_DGRAM ||
        (s->local.any.sa_family != AF_INET && s->local.any.sa_family != AF_INET6))
        return false;
    s->connected = getpeername(fd, &peer.any, &peer_length) == 0;
    s->drops = platform_socket_drops(fd);
    return true;
}

/* Adds the sockets of one process; false when it does not let us at them. */
static bool borrow_all(struct socket_list *list, pid_t pid)
{
    char path[64], link[64];
    struct dirent *entry;
    int pidfd = pidfd_of(pid);
    bool allowed = pidfd >= 0 || errno == ESRCH;
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
    dir = opendir(path);
    while (allowed && dir && (entry = readdir(dir)) != NULL) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof link - 1);
        struct platform_socket s = {.pid = pid, .fd = atoi(entry->d_name)};
        unsigned long long inode;
        int fd;

        link[n < 0 ? 0 : n] = '\0';
        if (sscanf(link, "socket:[%llu]", &inode) != 1)
            continue;
        s.inode = inode;
        fd = borrow(pidfd, s.fd);
        allowed = fd >= 0 || errno == EBADF || errno == ESRCH; /* closed meanwhile */
        if (fd >= 0 && ask_socket(&s, fd))
            append(list, &s);
        if (fd >= 0)
            close(fd);
    }
    if (dir)
        closedir(dir);
    if (pidfd >= 0)
        close(pidfd);
    return allowed;
}

/* Where sockets cannot be borrowed: by the inodes that /proc/PID/fd and /proc/net/udp have in
 * common. */
static void claim(struct socket_list *table, pid_t pid)
{
    char path[64], link[64];
    struct dirent *entry;
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
    dir = opendir(path);
    while (dir && (entry = readdir(dir)) != NULL) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof link - 1);
        unsigned long long inode;
        struct platform_socket *found;

        link[n < 0 ? 0 : n] = '\0';
        found = sscanf(link, "socket:[%llu]", &inode) == 1 ? find_inode(table, inode) : NULL;
        if (found) {
            found->pid = pid;
            found->fd = atoi(entry->d_name);
        }
    }
    if (dir)
        closedir(dir);
}

/* ---- all together ---- */

/* What the table has and the tree has not is somebody else's.  The table is no snapshot: while
 * others open and close sockets it may have one twice, or miss one, which is why what is the tree's
 * is asked of the tree. */
static void add_others(struct socket_list *ours, const struct socket_list *table)
{
    int own = ours->count;

    for (int i = 0; i < table->count; i++) {
        struct socket_list sorted = {ours->items, own, own};

        if (!find_inode(&sorted, table->items[i].inode))
            append(ours, &table->items[i]);
    }
}

int platform_sockets(pid_t root, bool others, struct platform_socket **sockets)
{
    struct socket_list ours = {0}, table = {0};
    pid_t pids[TREE_MAX];
    int n = platform_descendants(root, pids, TREE_MAX);
    bool allowed = true;

    if (others)
        read_table(&table, "/proc/net/udp");
    for (int i = 0; i < n && allowed; i++)
        allowed = borrow_all(&ours, pids[i]);
    sort_unique(&ours);
    if (allowed) {
        /* Not udp6: a socket there that serves IPv6 alone looks like one that serves both. */
        add_others(&ours, &table);
        free(table.items);
        *sockets = ours.items;
        return ours.count;
    }
    free(ours.items);
    if (!others)
        read_table(&table, "/proc/net/udp");
    read_table(&table, "/proc/net/udp6");
    sort_unique(&table);
    for (int i = 0; i < n; i++)
        claim(&table, pids[i]);
    *sockets = table.items;
    return table.count;
}

/* ---- from outside ---- */

int platform_borrow(pid_t pid, int fd)
{
    int pidfd = pidfd_of(pid);
    int borrowed;

    if (pidfd < 0)
        return -1;
    borrowed = borrow(pidfd, fd);
    close(pidfd);
    return borrowed;
}

/* SO_MEMINFO is there since Linux 4.12, and counts what this socket alone has lost. */
int64_t platform_socket_drops(int fd)
{
    uint32_t info[SK_MEMINFO_VARS];
    socklen_t length = sizeof info;

    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &length) < 0 ||
        length <= SK_MEMINFO_DROPS * sizeof *info)
        return -1;
    return info[SK_MEMINFO_DROPS];
}
