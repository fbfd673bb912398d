#include "demos/demo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_PORT 2000 /* as in the originals */
#define USAGE 2

enum { OPT_PORT = 256, OPT_INTERVAL, OPT_AWAKENER, OPT_SELECTOR, OPT_SERVE, OPT_TRACE, OPT_HELP };

static const struct option long_options[] = {
    {"port", required_argument, NULL, OPT_PORT},
    {"interval-ms", required_argument, NULL, OPT_INTERVAL},
    {"awakener", required_argument, NULL, OPT_AWAKENER},
    {"selector", required_argument, NULL, OPT_SELECTOR},
    {"serve", no_argument, NULL, OPT_SERVE},
    {"trace", no_argument, NULL, OPT_TRACE},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

/* Only the options that this demonstration takes. */
static void demo_print_help(const struct demo *demo)
{
    printf("Usage: %s [OPTION]...\n%s: %s.\n\n%s\n\n", demo->name, demo->name, demo->summary,
           demo->help);
    if (demo->takes_port)
        printf("  --port P            the port of 127.0.0.1; 0: the kernel picks one (%d)\n",
               DEFAULT_PORT);
    if (demo->interval_ms)
        printf("  --interval-ms N     time between two ticks (%u)\n", demo->interval_ms);
    if (demo->takes_awakener)
        printf("  --awakener FORM     2017: written also when nobody sleeps; pipe: only when "
               "somebody does (pipe)\n");
    if (demo->takes_selector)
        printf("  --selector NAME     epoll, kqueue or poll (the platform's best)\n");
    if (demo->serve)
        printf("  --serve             %s\n", demo->serve);
    printf("  --trace             print each moment, too: waits, events, notifies, the awakener\n"
           "  --help\n\nSIGINT and SIGTERM end it.  Exit status: 0, 2 for a usage error, 4 when it "
           "could not run.\n");
}

/* The same words as a server's program; gives false, so that a parser can end with it. */
static bool demo_refuse(const struct demo *demo, const char *option, const char *wants,
                        const char *text)
{
    fprintf(stderr, "%s: --%s takes %s, not '%s'\n", demo->name, option, wants, text);
    return false;
}

/* The first character is looked at because strtoul() would take a sign, or blanks. */
static bool demo_parse_number(const char *text, unsigned long min, unsigned long max,
                              unsigned long *value)
{
    char *end;

    *value = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *value >= min && *value <= max;
}

/* The words of servers/loops/miomoments.c, which are those of a worker.  On any thread; stdio locks
 * its stream, so that a line is never torn. */
static void demo_tell_moment(void *context, enum mio_moment moment, int64_t value)
{
    (void)context;
    switch (moment) {
    case MIO_BEFORE_WAIT:
        printf(value < 0 ? "before wait.\n" : "before wait, at most 0 ms.\n");
        break;
    case MIO_AFTER_WAIT:
        printf(value == -EINTR ? "after wait: interrupted.\n" : "after wait.\n");
        break;
    case MIO_AWAKENER_WRITE: printf("awakener written.\n"); break;
    case MIO_AWAKENER_READ:
        printf(value > 0 ? "awakener read.\n" : "awakener read: empty.\n");
        break;
    }
}

/* False when the option is none of this demonstration's, or its value wrong; it is told then. */
static bool demo_take(const struct demo *demo, int option, struct demo_options *o)
{
    unsigned long number = 0;

    if (option == OPT_PORT && demo->takes_port) {
        if (!demo_parse_number(optarg, 0, 65535, &number))
            return demo_refuse(demo, "port", "a whole number from 0 to 65535", optarg);
        o->port = (uint16_t)number;
    } else if (option == OPT_INTERVAL && demo->interval_ms) {
        if (!demo_parse_number(optarg, 1, 3600000, &number))
            return demo_refuse(demo, "interval-ms", "a whole number from 1 to 3600000", optarg);
        o->interval_ms = (unsigned)number;
    } else if (option == OPT_AWAKENER && demo->takes_awakener) {
        if (strcmp(optarg, "2017") != 0 && strcmp(optarg, "pipe") != 0)
            return demo_refuse(demo, "awakener", "2017 or pipe", optarg);
        o->poll.awakener = strcmp(optarg, "2017") == 0 ? MIO_AWAKENER_2017 : MIO_AWAKENER_PIPE;
    } else if (option == OPT_SELECTOR && demo->takes_selector) {
        o->poll.selector = optarg;
    } else if (option == OPT_SERVE && demo->serve) {
        o->serve = true;
    } else if (option == OPT_TRACE) {
        o->poll.trace.tell = demo_tell_moment;
    } else {
        fprintf(stderr, "%s: see '%s --help' for its options\n", demo->name, demo->name);
        return false;
    }
    return true;
}

/* False: *status is the exit status, 0 after --help. */
static bool demo_parse(const struct demo *demo, int argc, char **argv, struct demo_options *o,
                       int *status)
{
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == OPT_HELP) {
            demo_print_help(demo);
            *status = 0;
            return false;
        }
        *status = USAGE;
        if (!demo_take(demo, option, o))
            return false;
    }
    *status = USAGE;
    if (optind == argc)
        return true;
    fprintf(stderr, "%s: unexpected argument '%s'; see '%s --help'\n", demo->name, argv[optind],
            demo->name);
    return false;
}

/* _exit(2) is allowed in a handler, and the kernel takes back all there is; exit(3) would run what
 * the interrupted code may be in the middle of. */
static void demo_end(int signal)
{
    (void)signal;
    _exit(0);
}

bool demo_begin(const struct demo *demo, int argc, char **argv, struct demo_options *options,
                int *status)
{
    struct sigaction action = {.sa_handler = demo_end};

    *options = (struct demo_options){.port = DEFAULT_PORT,
                                     .interval_ms = demo->interval_ms,
                                     .poll = {.awakener = MIO_AWAKENER_PIPE}};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* a line at once, also into a pipe: who watches wants to see it beside strace's lines */
    setvbuf(stdout, NULL, _IOLBF, 0);
    return demo_parse(demo, argc, argv, options, status);
}

int demo_failed(const struct demo *demo, const char *what, int err, const char *advice)
{
    fprintf(stderr, "%s: %s: %s%s\n", demo->name, what, strerror(-err), advice);
    return DEMO_CANNOT_RUN;
}

/* macOS has no SOCK_NONBLOCK, hence the fcntl calls. */
int demo_socket(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), err = 0;

    if (fd < 0)
        return -errno;
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        err = -errno;
    if (!err)
        return fd;
    close(fd);
    return err;
}

/* Asked of the kernel, which chose the port if it was 0. */
void demo_announce(int fd)
{
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;

    getsockname(fd, (struct sockaddr *)&address, &length);
    printf("listening on 127.0.0.1, port %u\n", ntohs(address.sin_port));
}

void demo_tell(const struct demo_options *options, const char *moment)
{
    if (options->poll.trace.tell)
        printf("%s\n", moment);
}

/* The original's line; what is longer than its buffer is cut short, as there. */
ssize_t demo_receive(struct mio_socket *socket)
{
    char buffer[DEMO_BUFFER], text[INET_ADDRSTRLEN] = "";
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    ssize_t n = mio_recvfrom(socket, buffer, sizeof buffer, (struct sockaddr *)&peer, &length);

    if (n < 0)
        return n;
    inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
    printf("recv %zd bytes from %s:%u.\n", n, text, ntohs(peer.sin_port));
    return n;
}
