/* The echo server that anybody would write first, checking each call: nothing may be found that
 * fails.  plain_echo PORT */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in peer;
    static char bytes[65536];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    here.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0));
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0)
        return perror("plain_echo"), 1;
    for (;;) {
        socklen_t length = sizeof peer;
        ssize_t n = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&peer, &length);

        if (n < 0 && errno != EINTR && errno != ECONNREFUSED)
            return perror("plain_echo"), 1;
        /* What cannot be answered is lost, as datagrams may be. */
        if (n >= 0 && sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&peer, length) < 0)
            perror("plain_echo");
    }
}
