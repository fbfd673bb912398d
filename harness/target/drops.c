/* What a server says of itself: a command of its target file that asks it. */
#include "target/run.h"

#include "base/clock.h"
#include "target/arguments.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A control socket answers at once; who computes on a busy machine takes seconds. */
#define DROPS_LIMIT_MS 20000
#define DROPS_TEXT 64

extern char **environ;

static char **drops_command(const struct target_run *run)
{
    char host[ADDRESS_TEXT] = "";
    const struct arguments_values values = {
        .port = target_port(run, 0),
        .sockets = run->sockets,
        .upstream = run->upstream.port,
        .pid = run->pid,
        .address = host,
    };

    (void)getnameinfo(&run->addresses[0].any, address_length(&run->addresses[0]), host, sizeof host,
                      NULL, 0, NI_NUMERICHOST);
    return arguments_fill(run->target->drops_argv, &values);
}

/* Its standard output is the pipe; what it complains of comes where our own complaints do. */
static int drops_spawn(char *const *words, const int ends[2], pid_t *pid)
{
    posix_spawn_file_actions_t files;
    int err;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    err = posix_spawnp(pid, words[0], &files, NULL, words, environ);
    posix_spawn_file_actions_destroy(&files);
    return err;
}

/* All that comes until its end, or until the limit; of more than there is room for the beginning.
 * False at the limit. */
static bool drops_read(int fd, char text[DROPS_TEXT])
{
    int64_t limit_ns = clock_now_ns() + DROPS_LIMIT_MS * NS_PER_MS;
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    size_t length = 0;
    char more[DROPS_TEXT];
    ssize_t n;

    for (;;) {
        int64_t left_ms = (limit_ns - clock_now_ns()) / NS_PER_MS;
        size_t fits = DROPS_TEXT - 1 - length;

        if (left_ms <= 0)
            return false;
        if (poll(&readable, 1, (int)left_ms) <= 0)
            continue;
        n = read(fd, more, sizeof more);
        if (n <= 0)
            break;
        fits = fits < (size_t)n ? fits : (size_t)n;
        memcpy(text + length, more, fits);
        length += fits;
    }
    text[length] = '\0';
    return true;
}

/* A server that counts several kinds has printed their sum; what stands below it is for people. */
static int drops_number(const char *name, char *text, int64_t *told, struct error *error)
{
    char *end;

    text[strcspn(text, "\n")] = '\0';
    errno = 0;
    *told = strtoll(text, &end, 10);
    if (end == text || *end || errno || *told < 0)
        return error_set(error, STATUS_CANNOT_RUN,
                         "%s: its \"drops\" must print how many requests the server has dropped, "
                         "and printed '%s'",
                         name, text);
    return 0;
}

int target_told_drops(struct target_run *run, int64_t *told, struct error *error)
{
    const char *name = run->target->name;
    char **words = drops_command(run);
    char text[DROPS_TEXT] = "";
    int ends[2] = {-1, -1}, status = 0, err;
    bool whole;
    pid_t pid = -1;

    if (!words || pipe(ends) < 0) {
        arguments_free(words);
        return error_set(error, STATUS_CANNOT_RUN, "%s: no pipe for its \"drops\"", name);
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    err = drops_spawn(words, ends, &pid);
    arguments_free(words);
    close(ends[1]);
    whole = err == 0 && drops_read(ends[0], text);
    close(ends[0]);
    if (err)
        return error_set(error, STATUS_CANNOT_RUN, "%s: its \"drops\" cannot be started: %s", name,
                         strerror(err));
    if (!whole)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!whole)
        return error_set(error, STATUS_CANNOT_RUN, "%s: its \"drops\" said nothing within %d s",
                         name, DROPS_LIMIT_MS / 1000);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error_set(error, STATUS_CANNOT_RUN, "%s: its \"drops\" failed: try it by hand",
                         name);
    return drops_number(name, text, told, error);
}
