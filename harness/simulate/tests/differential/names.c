/* Names and options. */
#include "script.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/time.h>

static int names_bind_to(int fd, const void *address, size_t length)
{
    return bind(fd, address, (socklen_t)length);
}

/* A port is taken at one address, at all, or at none. */
static void names_try_hosts(void)
{
    struct sockaddr_in at;
    int bound = open_bound(&at), fds[3] = {-1, -1, -1};

    for (int i = 0; i < 3; i++)
        fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
    at.sin_addr.s_addr = inet_addr("127.0.0.2");
    say("bind to its port at another address", names_bind_to(fds[0], &at, sizeof at));
    say("and once more there", names_bind_to(fds[1], &at, sizeof at));
    at.sin_addr.s_addr = htonl(INADDR_ANY);
    say("and at all", names_bind_to(fds[2], &at, sizeof at));
    close(bound);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

void script_names(void)
{
    struct sockaddr_in at, taken, any = {.sin_family = AF_INET};
    struct sockaddr_in6 other = {.sin6_family = AF_INET6};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), bound = open_bound(&taken);
    socklen_t length = 6;

    at = name_of(fd);
    say_text("name of an unbound one", "family %d, port %d, address %x", at.sin_family, at.sin_port,
             at.sin_addr.s_addr);
    length = sizeof at;
    say("peer of an unconnected one", getpeername(fd, (struct sockaddr *)&at, &length));
    say("bind with too short an address", names_bind_to(fd, &any, sizeof any - 1));
    say("bind to the other family", names_bind_to(fd, &other, sizeof other));
    say("bind to a taken port", names_bind_to(fd, &taken, sizeof taken));
    say("bind to nowhere", names_bind_to(fd, NULL, sizeof any));
    say("bind to a port of the kernel's choice", names_bind_to(fd, &any, sizeof any));
    at = name_of(fd);
    say_text("its name", "port %s, address %x", at.sin_port ? "chosen" : "0", at.sin_addr.s_addr);
    say("bind a second time", names_bind_to(fd, &any, sizeof any));
    length = 6;
    memset(&at, 0x55, sizeof at);
    say("name into little room", getsockname(fd, (struct sockaddr *)&at, &length));
    say_text("what it wrote", "length %u, beyond it %x", length, at.sin_addr.s_addr & 0xffff0000U);
    say("name into nowhere", getsockname(fd, NULL, &length));
    say("name with no length", getsockname(fd, (struct sockaddr *)&at, NULL));
    at = name_of(bound);
    say_text("a bound one keeps its name", "%d", same_address(&at, &taken));
    close(bound);
    say("bind to what was closed",
        names_bind_to(bound = socket(AF_INET, SOCK_DGRAM, 0), &taken, sizeof taken));
    close(bound);
    say("name of a closed one", getsockname(bound, (struct sockaddr *)&at, &length));
    close(fd);
    say("a third protocol", socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
    fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    say("UDP by its number is there", fd >= 0);
    any.sin_addr.s_addr = inet_addr("192.0.2.1");
    say("bind to an address of somebody else", names_bind_to(fd, &any, sizeof any));
    say("listen", listen(fd, 1));
    say("accept", accept(fd, NULL, NULL));
    close(fd);
    names_try_hosts();
}

/* ---- options ---- */

static int names_set(int fd, int option, int value)
{
    return setsockopt(fd, SOL_SOCKET, option, &value, sizeof value);
}

static void say_option(const char *name, int fd, int option)
{
    int value = -1;
    socklen_t length = sizeof value;
    int result = getsockopt(fd, SOL_SOCKET, option, &value, &length);

    if (result < 0)
        say(name, result);
    else
        say_text(name, "%d in %u bytes", value, length);
}

static void try_times(int fd)
{
    struct timeval limit = {.tv_usec = 20000}, read = {.tv_sec = 9};
    socklen_t length = sizeof read;

    say("set SO_RCVTIMEO", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    say("get SO_RCVTIMEO", getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &read, &length));
    say_text("it", "%ld s, %d ms in %u bytes", (long)read.tv_sec, (int)(read.tv_usec / 1000),
             length);
    say("receive until the limit", recv(fd, &read, sizeof read, 0));
    say("set SO_RCVTIMEO too short", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, 4));
}

void script_options(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0), value = 1;
    struct sockaddr_in any = {.sin_family = AF_INET};
    char byte;
    socklen_t length = sizeof byte;

    say_option("SO_TYPE", fd, SO_TYPE);
    say_option("SO_DOMAIN", fd, SO_DOMAIN);
    say_option("SO_PROTOCOL", fd, SO_PROTOCOL);
    say_option("SO_ERROR", fd, SO_ERROR);
    say_option("SO_ACCEPTCONN", fd, SO_ACCEPTCONN);
    say_option("SO_REUSEPORT at first", fd, SO_REUSEPORT);
    say("set SO_REUSEPORT", names_set(fd, SO_REUSEPORT, 7));
    say_option("SO_REUSEPORT", fd, SO_REUSEPORT);
    say_option("SO_REUSEADDR is another", fd, SO_REUSEADDR);
    names_set(other, SO_REUSEPORT, 1);
    (void)bind(fd, (struct sockaddr *)&any, sizeof any);
    any = name_of(fd);
    say("bind to a shared port", bind(other, (struct sockaddr *)&any, sizeof any));
    say("set SO_SNDBUF", names_set(fd, SO_SNDBUF, 10000));
    say_option("SO_SNDBUF", fd, SO_SNDBUF);
    names_set(fd, SO_SNDBUF, 1);
    say_option("SO_SNDBUF, the least", fd, SO_SNDBUF);
    names_set(fd, SO_RCVBUF, 10000);
    say_option("SO_RCVBUF", fd, SO_RCVBUF);
    names_set(fd, SO_RCVBUF, 1);
    say_option("SO_RCVBUF, the least", fd, SO_RCVBUF);
    names_set(fd, SO_BROADCAST, 1);
    say_option("SO_BROADCAST", fd, SO_BROADCAST);
    say("set SO_BROADCAST from too few bytes", setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &value, 2));
    say("set SO_BROADCAST from nowhere",
        setsockopt(fd, SOL_SOCKET, SO_BROADCAST, NULL, sizeof value));
    say("set SO_TYPE", names_set(fd, SO_TYPE, 1));
    say("set what nobody knows", names_set(fd, 9999, 1));
    say("get what nobody knows",
        getsockopt(fd, SOL_SOCKET, 9999, &value, &(socklen_t){sizeof value}));
    say("get SO_TYPE into one byte", getsockopt(fd, SOL_SOCKET, SO_TYPE, &byte, &length));
    say_text("its length", "%u", length);
    say("set UDP_SEGMENT", setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &value, sizeof value));
    say("set SO_PEEK_OFF", names_set(fd, SO_PEEK_OFF, 0));
    names_set(fd, SO_PEEK_OFF, -1);
    getsockopt(fd, IPPROTO_IP, IP_TTL, &value, &(socklen_t){sizeof value});
    say("IP_TTL", value);
    try_times(fd);
    close(fd);
    close(other);
    say("get SO_TYPE of a closed one",
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &(socklen_t){sizeof value}));
}
