#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool number(const char *text, unsigned least, unsigned most, unsigned *value)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    *value = (unsigned)n;
    return *text >= '0' && *text <= '9' && !*end && n >= least && n <= most;
}

static bool is_form(const char *word, const char *form)
{
    return form && strcmp(word, form) == 0;
}

static bool read_beside(struct peer *peer)
{
    static const char *const names[] = {
        [PEER_TIMER] = "timer",   [PEER_SIGNAL] = "signal", [PEER_PIPE] = "pipe",
        [PEER_ACCEPT] = "accept", [PEER_STREAM] = "stream",
    };
    const char *told = getenv("EDGEWISE_BESIDE");
    size_t length = told ? strcspn(told, ":") : 0;
    unsigned value;

    if (!told)
        return true;
    for (int i = PEER_TIMER; i <= PEER_STREAM; i++) {
        if (strlen(names[i]) == length && strncmp(told, names[i], length) == 0)
            peer->beside = (enum peer_beside)i;
    }
    if (peer->beside == PEER_NOTHING || !told[length] ||
        !number(told + length + 1, 0, 1 << 30, &value))
        return peer_failed("understand EDGEWISE_BESIDE", told), false;
    peer->beside_number = (int)value;
    return true;
}

bool peer_arguments(struct peer *peer, int argc, char **argv, const char *better_form,
                    const char *version, int *status)
{
    struct sockaddr_storage ignored;

    *status = PEER_STOPPED;
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts(version);
        return false;
    }
    if (argc == 5 && (strcmp(argv[1], "documented") == 0 || is_form(argv[1], better_form))) {
        *peer = (struct peer){.address = argv[2], .better = is_form(argv[1], better_form)};
        if (number(argv[3], 1, 65535, &peer->port) &&
            number(argv[4], 1, 65536 - peer->port, &peer->sockets) &&
            peer_address(peer, 0, &ignored) > 0 && read_beside(peer))
            return true;
    }
    fprintf(stderr, "usage: %s documented%s%s ADDRESS PORT SOCKETS, or --version\n", argv[0],
            better_form ? "|" : "", better_form ? better_form : "");
    *status = PEER_USAGE;
    return false;
}

socklen_t peer_address(const struct peer *peer, unsigned index, struct sockaddr_storage *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    uint16_t port = htons((uint16_t)(peer->port + index));

    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, peer->address, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = port;
        return sizeof *four;
    }
    if (inet_pton(AF_INET6, peer->address, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = port;
        return sizeof *six;
    }
    return 0;
}

int peer_failed(const char *what, const char *why)
{
    fprintf(stderr, "cannot %s: %s\n", what, why);
    return PEER_CANNOT_RUN;
}

int peer_socket(const struct peer *peer, unsigned index)
{
    struct sockaddr_storage address;
    socklen_t length = peer_address(peer, index, &address);
    int fd = socket(address.ss_family, SOCK_DGRAM, 0);

    if (fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
        bind(fd, (struct sockaddr *)&address, length) == 0)
        return fd;
    peer_failed(fd < 0 ? "open a socket" : "bind a socket", strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

bool peer_echo(int fd)
{
    struct sockaddr_storage from;
    socklen_t length = sizeof from;
    char datagram[PEER_DATAGRAM_MAX];
    ssize_t n = recvfrom(fd, datagram, sizeof datagram, 0, (struct sockaddr *)&from, &length);

    /* What an ICMP message left behind is used up by reporting it: there may be datagrams behind
     * it. */
    if (n < 0)
        return errno == ECONNREFUSED || errno == EINTR;
    sendto(fd, datagram, (size_t)n, 0, (struct sockaddr *)&from, length);
    return true;
}

bool peer_puts_aside(const struct peer *peer, unsigned index)
{
    return peer->beside != PEER_NOTHING && index == peer->sockets - 1;
}

bool peer_put_aside(int fd, struct peer_aside *aside)
{
    aside->fd = fd;
    aside->from_length = sizeof aside->from;
    aside->length = recvfrom(fd, aside->bytes, sizeof aside->bytes, 0,
                             (struct sockaddr *)&aside->from, &aside->from_length);
    return aside->length >= 0;
}

void peer_answer_aside(const struct peer_aside *aside)
{
    sendto(aside->fd, aside->bytes, (size_t)aside->length, 0, (const struct sockaddr *)&aside->from,
           aside->from_length);
}

void peer_take_beside(const struct peer *peer)
{
    char bytes[64];
    int fd;

    if (peer->beside != PEER_ACCEPT) {
        while (read(peer->beside_number, bytes, sizeof bytes) == sizeof bytes)
            ;
        return;
    }
    fd = accept(peer->beside_number, NULL, NULL);
    if (fd >= 0)
        close(fd);
}
