/* Linux: whose sockets are bound to a port, and getting at them from outside (proc(5), pidfd_getfd(2), sock_diag(7)). */
#include "target/platform.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TREE_MAX 1024

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

/* An address there is words of eight hexadecimal digits, each a 32-bit word in the machine's own byte order. */
static int parse_words(const char *text, struct in6_addr *address)
{
    uint32_t words[4] = {0};
    int n = 0;

    for (; n < 4 && sscanf(text + 8 * n, "%8x", &words[n]) == 1 && text[8 * n] != ':'; n++)
        ;
    memcpy(address, words, sizeof words);
    return n;
}

/* Does a socket bound to `local` (`words` of them: 1 is IPv4) receive what is sent to `address`?  An IPv6 wildcard may serve
 * IPv4 as well. */
static bool receives(const struct in6_addr *local, int words, const struct sockaddr *address)
{
    static const struct in6_addr any = IN6ADDR_ANY_INIT;
    uint32_t v4;

    memcpy(&v4, local, sizeof v4);
    if (address->sa_family == AF_INET) {
        uint32_t asked = ((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr;

        if (words == 1)
            return v4 == htonl(INADDR_ANY) || v4 == asked || asked == htonl(INADDR_ANY);
        memcpy(&v4, (const char *)local + 12, sizeof v4);
        return memcmp(local, &any, sizeof any) == 0 || (IN6_IS_ADDR_V4MAPPED(local) && v4 == asked);
    }
    if (words == 1)
        return false;
    return memcmp(local, &any, sizeof any) == 0 ||
           memcmp(local, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, sizeof any) == 0;
}

static int read_table(struct socket_list *list, const char *path, const struct sockaddr *address)
{
    FILE *file = fopen(path, "re");
    char line[512], local[64], remote[64];
    int result = 0;

    if (!file)
        return 0; /* no IPv6 here */
    while (result == 0 && fgets(line, sizeof line, file)) {
        struct platform_socket s = {0};
        unsigned long long inode;
        unsigned remote_port;
        long long drops;
        struct in6_addr bound;

        if (sscanf(line, " %*d: %63[0-9A-Fa-f]:%x %63[0-9A-Fa-f]:%x %*x %*x:%*x %*x:%*x %*x %*u %*u %llu %*d %*x %lld", local,
                   &s.port, remote, &remote_port, &inode, &drops) != 6)
            continue;
        if (!receives(&bound, parse_words(local, &bound), address))
            continue;
        s.inode = inode;
        s.connected = remote_port != 0;
        s.drops = drops;
        result = append(list, &s);
    }
    fclose(file);
    return result;
}

/* ---- whose ---- */

static int by_inode(const void *left, const void *right)
{
    uint64_t a = ((const struct platform_socket *)left)->inode, b = ((const struct platform_socket *)right)->inode;

    return a < b ? -1 : a > b;
}

static void claim(struct socket_list *list, pid_t pid)
{
    char path[64], link[64];
    struct dirent *entry;
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
    dir = opendir(path);
    while (dir && (entry = readdir(dir)) != NULL) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof link - 1);
        unsigned long long inode;
        struct platform_socket key, *found;

        link[n < 0 ? 0 : n] = '\0';
        if (sscanf(link, "socket:[%llu]", &inode) != 1)
            continue;
        key.inode = inode;
        found = bsearch(&key, list->items, (size_t)list->count, sizeof key, by_inode);
        if (found && found->pid == 0) {
            found->pid = pid;
            found->fd = atoi(entry->d_name);
        }
    }
    if (dir)
        closedir(dir);
}

int platform_sockets(pid_t root, const struct sockaddr *address, struct platform_socket **sockets)
{
    struct socket_list list = {0};
    pid_t pids[TREE_MAX];
    int n;

    *sockets = NULL;
    if (read_table(&list, "/proc/net/udp", address) < 0 || read_table(&list, "/proc/net/udp6", address) < 0) {
        free(list.items);
        return -1;
    }
    if (list.count > 0)
        qsort(list.items, (size_t)list.count, sizeof *list.items, by_inode);
    n = platform_descendants(root, pids, TREE_MAX);
    for (int i = 0; i < n && list.count > 0; i++)
        claim(&list, pids[i]);
    *sockets = list.items;
    return list.count;
}

/* ---- from outside ---- */

/* By number: glibc has wrappers only since 2.36. */
int platform_borrow(pid_t pid, int fd)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    int borrowed;

    if (pidfd < 0)
        return -1;
    borrowed = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
    close(pidfd);
    return borrowed;
}

int64_t platform_socket_drops(int fd)
{
    uint32_t info[SK_MEMINFO_VARS];
    socklen_t length = sizeof info;

    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &length) < 0 || length <= SK_MEMINFO_DROPS * sizeof *info)
        return -1;
    return info[SK_MEMINFO_DROPS];
}
