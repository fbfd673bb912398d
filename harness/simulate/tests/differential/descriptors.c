/* Descriptors, processes and waits. */
#include "script.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void descriptors_try_flags(const struct pair *p)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct stat file = {0};

    say("O_NONBLOCK of a nonblocking one", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    say("FD_CLOEXEC of it", fcntl(fd, F_GETFD));
    say("O_NONBLOCK of a blocking one", (fcntl(p->a, F_GETFL) & O_NONBLOCK) != 0);
    say("FIONBIO", ioctl(p->a, FIONBIO, &on));
    say("O_NONBLOCK then", (fcntl(p->a, F_GETFL) & O_NONBLOCK) != 0);
    say("which does not wait", recv(p->a, &on, sizeof on, 0));
    say("seek", lseek(fd, 0, SEEK_SET));
    say("it is a socket", fstat(fd, &file) == 0 && S_ISSOCK(file.st_mode));
    close(fd);
}

/* Whoever closes by number frees the descriptor all the same. */
static void try_numbers(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0), file;

    say("close by the call's number", syscall(SYS_close, fd));
    file = open("/dev/null", O_RDWR);
    say("a file has the descriptor then", file == fd);
    say("and is written to", write(file, "x", 1));
    close(file);
}

static void try_copies(const struct pair *p)
{
    int copy = dup(p->b), other = socket(AF_INET, SOCK_DGRAM, 0), third = fcntl(p->b, F_DUPFD, 100);
    struct sockaddr_in name;

    send_to(p->a, "copy", &p->at_b);
    say("receive at a copy", receive_now(copy));
    say("copy over another", dup2(p->b, other) == other);
    name = name_of(other);
    say("which has the name", same_address(&name, &p->at_b));
    send_to(other, "back", &p->at_a);
    say("and sends from it", receive_now(p->a));
    say("copy onto itself", dup2(other, other) == other);
    say("copy onto itself, dup3", dup3(other, other, 0));
    say("copy of a closed one", (close(other), dup(other)));
    say("close it again", close(other));
    send_to(p->a, "still", &p->at_b);
    say("the others go on", receive_now(third));
    close(copy);
    close(third);
}

static void try_processes(const struct pair *p)
{
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        send_to(p->a, "child", &p->at_b);
        _exit(receive_now(p->b) == 5 && send_to(p->a, "from the child", &p->at_b) == 14 ? 0 : 1);
    }
    say_text("a child sends and receives", "%d, %d", waitpid(child, &status, 0) == child, status);
    say("and its parent receives", receive_now(p->b));
}

void script_descriptors(void)
{
    struct pair p = open_pair();

    descriptors_try_flags(&p);
    try_numbers();
    try_copies(&p);
    try_processes(&p);
    close_pair(&p);
}

/* ---- waits that return at once ---- */

static void say_poll(const char *name, int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    int n = poll(&one, 1, 0);

    say_text(name, "%d, %x", n, (unsigned)one.revents);
}

static void try_poll(const struct pair *p)
{
    fd_set reads, writes;
    struct timeval none = {0};

    say_poll("poll an idle one", p->b, POLLIN | POLLOUT);
    say_poll("poll for reading alone", p->b, POLLIN);
    send_to(p->a, "", &p->at_b);
    say_poll("poll one with an empty datagram", p->b, POLLIN | POLLOUT | POLLPRI);
    say_poll("poll its other names", p->b, POLLRDNORM | POLLWRNORM);
    FD_ZERO(&reads);
    FD_ZERO(&writes);
    FD_SET(p->a, &reads);
    FD_SET(p->b, &reads);
    FD_SET(p->a, &writes);
    say("select", select((p->a > p->b ? p->a : p->b) + 1, &reads, &writes, NULL, &none));
    say_text("it", "%d %d %d", FD_ISSET(p->a, &reads) != 0, FD_ISSET(p->b, &reads) != 0,
             FD_ISSET(p->a, &writes) != 0);
    receive_now(p->b);
    say_poll("poll when it is read", p->b, POLLIN);
}

static void try_epoll(const struct pair *p)
{
    int epoll = epoll_create1(0), copy = dup(p->b);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = 7}, got[2];

    say("add", epoll_ctl(epoll, EPOLL_CTL_ADD, p->b, &e));
    say("add again", epoll_ctl(epoll, EPOLL_CTL_ADD, p->b, &e));
    say("modify what was not added", epoll_ctl(epoll, EPOLL_CTL_MOD, p->a, &e));
    say("delete what was not added", epoll_ctl(epoll, EPOLL_CTL_DEL, p->a, NULL));
    say("wait for nothing", epoll_wait(epoll, got, 2, 0));
    send_to(p->a, "event", &p->at_b);
    say("wait for an event", epoll_wait(epoll, got, 2, 0));
    say_text("it", "%x of %d", got[0].events, got[0].data.fd);
    say("wait into no room", epoll_wait(epoll, got, 0, 0));
    close(p->b);
    say("wait when it is closed and a copy open", epoll_wait(epoll, got, 2, 0));
    close(copy);
    say("wait when the copy is closed", epoll_wait(epoll, got, 2, 0));
    close(epoll);
}

void script_waiting(void)
{
    struct pair p = open_pair();

    try_poll(&p);
    try_epoll(&p);
    say_poll("poll a closed one", p.b, POLLIN);
    close(p.a);
}
