#include "checks/runner/alone.h"

#include "base/child.h"
#include "base/interrupt.h"
#include "target/platform.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process enters a namespace for good (who is not root may not even return), so it is one that
 * ends with the case. */
static _Noreturn void run_child(struct check *c, void (*body)(struct check *c), pid_t parent)
{
    int err = platform_private_network() < 0 ? errno : 0;

    /* After that, because new privileges would undo it (prctl(2)).  The supervisor then ends the
     * target. */
    platform_die_with_parent();
    if (getppid() != parent)
        _exit(1);
    if (err)
        check_unsupported(
            c, "it needs a network of its own, and no network namespace can be made here: %s",
            strerror(err));
    else
        body(c);
    _exit(0);
}

/* Asks the child once to stop when we were; it then stops its target and ends. */
static void alone_wait_for(pid_t pid, int *status)
{
    bool asked = false;

    while (waitpid(pid, status, 0) < 0 && errno == EINTR) {
        if (interrupted() && !asked)
            kill(pid, SIGTERM);
        asked |= interrupted() != STATUS_OK;
    }
}

/* The verdict comes back in shared memory.  Pointers in it to what was there before fork() are as
 * good here as there; that to the child's target is not, and the child has stopped that. */
void alone_run(struct check *c, void (*body)(struct check *c))
{
    struct check *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON,
                                -1, 0);
    int status = 0;
    pid_t pid, parent;

    if (shared == MAP_FAILED) {
        check_invalid(c, "no memory for a process of the case's own: %s", strerror(errno));
        return;
    }
    *shared = *c;
    parent = getpid();
    pid = child_fork();
    if (pid == 0)
        run_child(shared, body, parent);
    if (pid < 0)
        check_invalid(c, "no process of its own for the case: %s", strerror(errno));
    else {
        alone_wait_for(pid, &status);
        *c = *shared;
        c->run = NULL;
        if (WIFSIGNALED(status))
            check_invalid(c, "the process of the case was ended by signal %d", WTERMSIG(status));
    }
    munmap(shared, sizeof *shared);
}
