/* Receives more than its buffer holds: overflowing_echo PORT.  Built with ASan, which must find it
 * on the simulated network, too. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)atoi(argc > 1 ? argv[1] : "0")),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), status = 4;
    char *buffer = malloc(8);

    if (fd >= 0 && buffer && bind(fd, (struct sockaddr *)&a, sizeof a) == 0)
        status = recv(fd, buffer, 64, 0) > 0 ? buffer[0] : 5;
    free(buffer);
    return status;
}
