/* From a fresh child to the target's program: only what the target is meant to have is left to
 * it. */
#include "target/supervise.h"

#include "target/platform.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static bool is_kept(const int *keep, int fd)
{
    for (; *keep >= 0; keep++) {
        if (*keep == fd)
            return true;
    }
    return false;
}

/* /dev/fd lists the open ones on Linux and macOS alike; closing a million numbers one by one would
 * take as long as the start of the target. */
void launch_close_others(const int *keep)
{
    DIR *dir = opendir("/dev/fd");
    struct dirent *entry;

    while (dir && (entry = readdir(dir)) != NULL) {
        int fd = atoi(entry->d_name);

        if (isdigit((unsigned char)entry->d_name[0]) && fd > STDERR_FILENO && fd != dirfd(dir) &&
            !is_kept(keep, fd))
            close(fd);
    }
    if (dir)
        closedir(dir);
}

/* The hard limit, too: a runtime raises its soft one by itself, as Go does at the start. */
static int launch_limit_descriptors(unsigned nofile)
{
    struct rlimit limit = {.rlim_cur = nofile, .rlim_max = nofile};

    return nofile == 0 ? 0 : setrlimit(RLIMIT_NOFILE, &limit);
}

/* What the harness ignores or blocks must not be inherited through exec.  An ignored signal stays
 * ignored and the mask stays as it is (execve(2)); handlers do not. */
static void reset_signals(void)
{
    sigset_t none;

    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn void launch_exec(const struct launch *launch, int status_fd)
{
    ssize_t ignored;
    int err;

    setpgid(0, 0);
    reset_signals();
    for (const int *fd = launch->keep_fds; *fd >= 0; fd++)
        fcntl(*fd, F_SETFD, 0);
    for (char **variable = launch->env; variable && *variable; variable++)
        putenv(*variable);
    if (launch_limit_descriptors(launch->nofile) == 0 &&
        (launch->cpu == 0 || platform_pin(launch->cpu - 1) == 0) &&
        (!launch->prepare || launch->prepare(launch->context) == 0))
        execvp(launch->argv[0], launch->argv);
    err = errno;
    ignored = write(status_fd, &err, sizeof err);
    (void)ignored;
    _exit(127);
}
