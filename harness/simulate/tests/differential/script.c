/* differential FILE: writes the lines of the script there. */
#include "script.h"

#include <stdarg.h>
#include <stdlib.h>

static FILE *out; /* the script is one thread, and every line of it ends here */

void say(const char *name, long result)
{
    if (result < 0)
        fprintf(out, "%s: %s\n", name, strerror(errno));
    else
        fprintf(out, "%s: %ld\n", name, result);
}

void say_text(const char *name, const char *format, ...)
{
    va_list arguments;

    fprintf(out, "%s: ", name);
    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
    fputc('\n', out);
}

struct sockaddr_in name_of(int fd)
{
    struct sockaddr_in name = {0};
    socklen_t length = sizeof name;

    getsockname(fd, (struct sockaddr *)&name, &length);
    return name;
}

int open_bound(struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any) < 0) {
        perror("differential: a socket on loopback");
        exit(4);
    }
    *at = name_of(fd);
    return fd;
}

struct pair open_pair(void)
{
    struct pair p;

    p.a = open_bound(&p.at_a);
    p.b = open_bound(&p.at_b);
    return p;
}

void close_pair(struct pair *p)
{
    close(p->a);
    close(p->b);
}

ssize_t send_to(int fd, const char *text, const struct sockaddr_in *to)
{
    return sendto(fd, text, strlen(text), 0, (const struct sockaddr *)to, sizeof *to);
}

ssize_t receive_now(int fd)
{
    char bytes[100];

    return recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
}

bool same_address(const struct sockaddr_in *a, const struct sockaddr_in *b)
{
    return a->sin_family == b->sin_family && a->sin_port == b->sin_port &&
           a->sin_addr.s_addr == b->sin_addr.s_addr;
}

int main(int argc, char **argv)
{
    out = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!out) {
        fprintf(stderr, "usage: differential FILE\n");
        return 2;
    }
    script_names();
    script_options();
    script_receiving();
    script_messages();
    script_sending();
    script_connecting();
    script_descriptors();
    script_waiting();
    script_readiness();
    script_timers();
    return fclose(out) == 0 ? 0 : 4;
}
