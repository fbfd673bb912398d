#include "bench/floor_process.h"

#include "bench/floor_parts.h"
#include "target/platform.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a measurement may take: each batch has a bound of its own (floor_parts.c), and on a busy
 * machine the first one waits for a namespace, too. */
#define MEASURE_LIMIT_MS 20000

/* Until the other end is closed: a byte asks for all figures. */
static _Noreturn void floor_serve(const struct floor_config *config, int fd)
{
    struct floor_figure figures[FLOOR_PARTS];
    struct floor_place place;
    char word;
    ssize_t n;

    platform_die_with_parent();
    if (config->server_cpu)
        platform_pin(config->server_cpu - 1);
    floor_place_open(&place, config);
    while ((n = read(fd, &word, 1)) > 0 || (n < 0 && errno == EINTR)) {
        for (int i = 0; n > 0 && i < FLOOR_PARTS; i++)
            floor_take(&place, (enum floor_part)i, &figures[i]);
        if (n > 0 && write(fd, figures, sizeof figures) != (ssize_t)sizeof figures)
            break;
    }
    floor_place_close(&place);
    _exit(0);
}

int floor_start(struct floor *floor, const struct floor_config *config, struct error *error)
{
    int ends[2];

    *floor = (struct floor){.fd = -1, .child = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return error_set(error, STATUS_CANNOT_RUN, "no sockets for the floor's process: %s",
                         strerror(errno));
    floor->child = fork();
    if (floor->child == 0) {
        close(ends[0]);
        floor_serve(config, ends[1]);
    }
    close(ends[1]);
    floor->fd = ends[0];
    if (floor->child < 0)
        return error_set(error, STATUS_CANNOT_RUN, "no process for the floor: %s", strerror(errno));
    return 0;
}

/* As a stream may: in pieces. */
static bool read_figures(int fd, struct floor_figure figures[FLOOR_PARTS])
{
    size_t size = FLOOR_PARTS * sizeof *figures, have = 0;

    while (have < size) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        int ready = poll(&readable, 1, MEASURE_LIMIT_MS);
        ssize_t n = ready > 0 ? read(fd, (char *)figures + have, size - have) : ready;

        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        have += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Whatever became of the process, a figure is there for each part, or its reason. */
void floor_measure(struct floor *floor, struct floor_figure figures[FLOOR_PARTS])
{
    if (floor->fd >= 0 && send(floor->fd, "m", 1, MSG_NOSIGNAL) == 1 &&
        read_figures(floor->fd, figures))
        return;
    for (int i = 0; i < FLOOR_PARTS; i++) {
        figures[i] = (struct floor_figure){0};
        snprintf(figures[i].reason, sizeof figures[i].reason,
                 "the process that measures the floor does not answer");
    }
}

/* By force: it may be in the middle of a measurement that nobody waits for any more. */
void floor_stop(struct floor *floor)
{
    if (floor->fd >= 0)
        close(floor->fd);
    if (floor->child > 0) {
        kill(floor->child, SIGKILL);
        while (waitpid(floor->child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    *floor = (struct floor){.fd = -1, .child = -1};
}
