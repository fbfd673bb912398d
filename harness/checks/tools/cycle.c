#include "checks/tools/cycle.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "target/platform.h"
#include "target/plugin.h"
#include "target/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child says after each half: nothing but its error, if there was one. */
struct word {
    int err;       /* negative errno; 0: well */
    char what[64]; /* which call */
};

/* ---- the child ---- */

static struct word cycle(const struct ew_functions *f, unsigned rounds)
{
    struct ew_config config = {.size = sizeof config, .sockets = 1};
    struct word word = {0};

    for (unsigned i = 0; i < rounds && word.err == 0; i++) {
        struct ew_instance *instance = NULL;

        word.err = f->start(&config, &instance);
        if (word.err) {
            snprintf(word.what, sizeof word.what, "start %u", i + 1);
            break;
        }
        if (f->port(instance, 0) == 0)
            word = (struct word){-EPROTO, "a port after the start"};
        else if ((word.err = f->stop(instance)) != 0)
            snprintf(word.what, sizeof word.what, "stop %u", i + 1);
    }
    return word;
}

static _Noreturn void child_main(const char *path, unsigned rounds, int control)
{
    int keep[] = {control, -1};
    struct plugin plugin;
    struct word word = {0};
    char go;

    launch_close_others(keep);
    if (plugin_open(&plugin, path, NULL) < 0)
        word = (struct word){-ENOEXEC, "loading it"};
    for (int half = 0; half < 2; half++) {
        if (word.err == 0)
            word = cycle(&plugin.functions, rounds);
        /* Waits to be measured; a harness that is gone shows as end of file. */
        if (write(control, &word, sizeof word) != sizeof word || read(control, &go, 1) != 1)
            _exit(1);
    }
    _exit(0);
}

/* ---- the parent ---- */

static bool await_half(struct check *c, int control, int64_t limit_ns)
{
    struct pollfd readable = {.fd = control, .events = POLLIN};
    struct word word;
    int64_t left_ns;

    while ((left_ns = limit_ns - clock_now_ns()) > 0 && !interrupted()) {
        if (poll(&readable, 1, (int)(left_ns / NS_PER_MS) + 1) <= 0)
            continue;
        if (recv(control, &word, sizeof word, MSG_WAITALL) != sizeof word) {
            check_fail(c, "starts and stops through the ABI", "the process that did so died");
            return false;
        }
        if (word.err)
            check_fail(c, "starts and stops through the ABI", "%s gave: %s", word.what,
                       strerror(-word.err));
        return word.err == 0;
    }
    check_fail(c, "starts and stops through the ABI", "one of them hangs");
    return false;
}

/* After the first half what is made once is there; after the second, more of it is a leak. */
static bool measure(struct check *c, int control, struct target_usage *usage)
{
    if (!await_half(c, control, clock_now_ns() + check_ms(c, 20000) * NS_PER_MS))
        return false;
    platform_usage(getpid(), usage); /* that child is the only one of ours */
    return send(control, "g", 1, 0) == 1;
}

bool cycle_run(struct check *c, unsigned rounds, struct target_usage *before,
               struct target_usage *after)
{
    int ends[2];
    pid_t child;
    bool well;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) {
        check_invalid(c, "no way to talk to a process of its own: %s", strerror(errno));
        return false;
    }
    child = fork();
    if (child < 0) {
        check_invalid(c, "no process to start it in: %s", strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    if (child == 0)
        child_main(c->target->argv[0], rounds, ends[1]);
    close(ends[1]);
    well = measure(c, ends[0], before) && measure(c, ends[0], after);
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    close(ends[0]);
    return well;
}
