/* A command that is a target in every odd way: odd_target MODE PORT.
 *
 * echo       serves
 * die        says why and ends with status 3 before it has a socket
 * crash      aborts before it has a socket
 * deaf       binds, and never answers
 * idle       never binds
 * daemon     puts itself into the background and serves there
 * stubborn   serves, and ignores SIGTERM
 * family     serves in a grandchild that leaves the process group; both parents wait
 * chatter    serves, having written more to both streams than a pipe holds
 * mortal     serves one datagram and then dies, with words
 * places     serves at several, which follow as HOST:PORT: one datagram of each that is readable in
 *            turn
 * leaky      tells how many descriptors it was born with, and ends with that as its status */
#include <arpa/inet.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLACES_MAX 10

static int open_place(const char *host, const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)atoi(port)),
                            .sin_addr.s_addr = inet_addr(host)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0) {
        perror("odd_target: bind");
        exit(4);
    }
    return fd;
}

static int open_port(const char *port)
{
    return open_place("127.0.0.1", port);
}

static int echo_one(int fd)
{
    static char bytes[65536];
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    ssize_t n = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&peer, &length);

    return n >= 0 && sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&peer, length) < 0 ? -1 : 0;
}

static int odd_target_serve(const char *port, long datagrams)
{
    int fd = open_port(port);

    printf("ready on %s\n", port);
    fflush(stdout);
    while (datagrams-- != 0) {
        if (echo_one(fd) < 0)
            return 5;
    }
    fprintf(stderr, "I have seen enough\n");
    return 7;
}

static int serve_places(char **places)
{
    struct pollfd fds[PLACES_MAX];
    nfds_t n = 0;

    for (; places[n] && n < PLACES_MAX; n++) {
        const char *host = strtok(places[n], ":");

        fds[n] = (struct pollfd){.fd = open_place(host, strtok(NULL, "")), .events = POLLIN};
    }
    while (poll(fds, n, -1) > 0) {
        for (nfds_t i = 0; i < n; i++) {
            if (fds[i].revents && echo_one(fds[i].fd) < 0)
                return 5;
        }
    }
    return 5;
}

static _Noreturn void wait_for_ever(void)
{
    for (;;)
        pause();
}

static int be_daemon(const char *port)
{
    if (fork() > 0)
        return 0;
    setsid();
    return odd_target_serve(port, -1);
}

static int be_family(const char *port)
{
    if (fork() == 0) {
        if (fork() == 0) {
            setsid();
            return odd_target_serve(port, -1);
        }
        wait_for_ever();
    }
    wait_for_ever();
}

static int chatter(const char *port)
{
    for (int i = 0; i < 20000; i++) {
        printf("line %d of very many\n", i);
        fprintf(stderr, "complaint %d of very many\n", i);
    }
    return odd_target_serve(port, -1);
}

static int count_descriptors(void)
{
    DIR *dir = opendir("/dev/fd");
    int n = -3; /* ".", "..", and the one that reads them */

    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[1] : "";

    if (strcmp(mode, "echo") == 0)
        return odd_target_serve(argv[2], -1);
    if (strcmp(mode, "die") == 0)
        return fprintf(stderr, "first line\nI would rather not\n"), 3;
    if (strcmp(mode, "crash") == 0)
        abort();
    if (strcmp(mode, "deaf") == 0)
        open_port(argv[2]), wait_for_ever();
    if (strcmp(mode, "idle") == 0)
        wait_for_ever();
    if (strcmp(mode, "daemon") == 0)
        return be_daemon(argv[2]);
    if (strcmp(mode, "stubborn") == 0)
        return signal(SIGTERM, SIG_IGN), odd_target_serve(argv[2], -1);
    if (strcmp(mode, "family") == 0)
        return be_family(argv[2]);
    if (strcmp(mode, "chatter") == 0)
        return chatter(argv[2]);
    if (strcmp(mode, "mortal") == 0)
        return odd_target_serve(argv[2], 1);
    if (strcmp(mode, "places") == 0)
        return serve_places(&argv[2]);
    if (strcmp(mode, "leaky") == 0)
        return count_descriptors();
    fprintf(stderr, "usage: odd_target MODE PORT\n");
    return 2;
}
