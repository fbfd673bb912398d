#include "simulate/supervise/start.h"

#include "target/platform.h"
#include "target/supervise.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void supervision_main(supervision_life live, void *context, struct share *share)
{
    static const int none[] = {-1};

    platform_die_with_parent();
    /* Ctrl-C at the terminal is for the harness. */
    setpgid(0, 0);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    launch_close_others(none);
    live(context, share);
    _exit(0);
}

/* The memory is mapped before the fork, and so before the target's: all three have it. */
int supervision_start(struct supervision *s, supervision_life live, void *context)
{
    int err;

    s->share = mmap(NULL, sizeof *s->share, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                    0);
    if (s->share == MAP_FAILED) {
        s->share = NULL;
        return -1;
    }
    s->pid = fork();
    if (s->pid == 0)
        supervision_main(live, context, s->share);
    if (s->pid > 0)
        return 0;
    err = errno;
    munmap(s->share, sizeof *s->share);
    s->share = NULL;
    errno = err;
    return -1;
}

bool supervision_is_over(struct supervision *s)
{
    if (s->pid > 0 && waitpid(s->pid, NULL, WNOHANG) == s->pid)
        s->pid = -1;
    return s->pid <= 0;
}

bool supervision_ends(struct supervision *s, int limit_ms)
{
    struct pollfd end = {.events = POLLIN};

    if (supervision_is_over(s))
        return true;
    end.fd = (int)syscall(SYS_pidfd_open, s->pid, 0);
    if (end.fd >= 0) {
        poll(&end, 1, limit_ms);
        close(end.fd);
    }
    return supervision_is_over(s);
}

void supervision_stop(struct supervision *s)
{
    if (!s->share)
        return;
    if (!supervision_is_over(s)) {
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
    }
    munmap(s->share, sizeof *s->share);
    s->share = NULL;
}
