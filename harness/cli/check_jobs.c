#include "cli/check_jobs.h"

#include "base/child.h"
#include "base/interrupt.h"
#include "checks/runner/turnstile.h"
#include "target/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A signal that came just before poll(2) is noticed after so long. */
#define LOOK_MS 500

/* A target's process, and what has come of the event that it is sending. */
struct job {
    pid_t pid;
    int fd;     /* of its events; -1: it has not been begun, or is over */
    bool ended; /* has told its END */
    size_t have;
    struct check_event event;
};

struct jobs {
    struct check_plan *plan;
    check_jobs_tell tell;
    void *context;
    struct job *items; /* one for each target */
    struct pollfd *polled;
    size_t next; /* to be begun */
    unsigned running;
    bool asked; /* them to stop */
};

/* ---- the process of one target ---- */

/* Whole, however the pipe takes it.  Nobody is left to be told when it takes nothing: then the
 * parent is gone. */
static void job_send(void *context, const struct check_event *event)
{
    const char *at = (const char *)event;
    size_t left = sizeof *event;
    ssize_t n;

    while (left > 0 && ((n = write(*(int *)context, at, left)) > 0 || errno == EINTR)) {
        at += n > 0 ? n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
}

/* A process enters a namespace for good.  That it ends with its parent is said after that, because
 * new privileges would undo it (prctl(2)). */
static _Noreturn void job_work(const struct check_plan *plan, const struct target *target, int fd,
                               pid_t parent)
{
    struct check_event event = {.kind = CHECK_EVENT_START};
    int err = platform_private_network() < 0 ? errno : 0;

    platform_die_with_parent();
    if (getppid() != parent)
        _exit(1);
    if (!err)
        check_target(plan, target, job_send, &fd);
    else {
        job_send(&fd, &event);
        event.kind = CHECK_EVENT_ERROR;
        error_set(&event.error, STATUS_CANNOT_RUN, "no network namespace for its job: %s",
                  strerror(err));
        job_send(&fd, &event);
        event.kind = CHECK_EVENT_END;
        event.status = STATUS_CANNOT_RUN;
        job_send(&fd, &event);
    }
    _exit(0);
}

int check_jobs_missing(void)
{
    int status = 0;
    pid_t pid = child_fork();

    if (pid == 0)
        _exit(platform_private_network() < 0 ? errno : 0);
    if (pid < 0)
        return errno;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

/* ---- all of them ---- */

static int jobs_begin(struct jobs *jobs, struct error *error)
{
    struct job *job = &jobs->items[jobs->next];
    const struct target *target = jobs->plan->targets.items[jobs->next];
    pid_t parent = getpid();
    int ends[2];

    jobs->next++;
    if (target->missing)
        return 0;
    if (pipe(ends) < 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) < 0 ||
        fcntl(ends[1], F_SETFD, FD_CLOEXEC) < 0)
        return error_set(error, STATUS_CANNOT_RUN, "no pipe for %s: %s", target->name,
                         strerror(errno));
    job->pid = child_fork();
    if (job->pid == 0) {
        close(ends[0]);
        job_work(jobs->plan, target, ends[1], parent);
    }
    close(ends[1]);
    if (job->pid < 0) {
        close(ends[0]);
        return error_set(error, STATUS_CANNOT_RUN, "no process for %s: %s; fewer --jobs?",
                         target->name, strerror(errno));
    }
    job->fd = ends[0];
    jobs->running++;
    return 0;
}

/* Who ends without having told so has been killed, or has a fault that is ours.  Where we were
 * asked to stop it was, too. */
static void job_died(const struct jobs *jobs, struct job *job, size_t index, int status)
{
    struct check_event *event = &job->event;

    *event = (struct check_event){.kind = CHECK_EVENT_ERROR};
    if (!interrupted()) {
        error_set(&event->error, STATUS_CANNOT_RUN,
                  WIFSIGNALED(status) ? "%s: the process that checked it was ended by signal %d"
                                      : "%s: the process that checked it ended with exit status %d",
                  jobs->plan->targets.items[index]->name,
                  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        event->status = STATUS_CANNOT_RUN;
        jobs->tell(jobs->context, index, event);
    }
    event->kind = CHECK_EVENT_END;
    jobs->tell(jobs->context, index, event);
}

/* The end of the pipe comes when the process and all that it has forked have ended. */
static void job_over(struct jobs *jobs, struct job *job, size_t index)
{
    int status = 0;

    close(job->fd);
    job->fd = -1;
    while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
        ;
    jobs->running--;
    if (!job->ended)
        job_died(jobs, job, index, status);
}

/* What there is of an event; it is told when it is whole. */
static void job_receive(struct jobs *jobs, struct job *job, size_t index)
{
    ssize_t n = read(job->fd, (char *)&job->event + job->have, sizeof job->event - job->have);

    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0) {
        job_over(jobs, job, index);
        return;
    }
    job->have += (size_t)n;
    if (job->have < sizeof job->event)
        return;
    job->have = 0;
    job->ended = job->event.kind == CHECK_EVENT_END;
    jobs->tell(jobs->context, index, &job->event);
}

/* With the other signal than the terminal's, which may have reached them all: the same a second
 * time would end them at once. */
static void jobs_ask_to_stop(struct jobs *jobs)
{
    if (!interrupted() || jobs->asked)
        return;
    jobs->asked = true;
    for (size_t i = 0; i < jobs->next; i++) {
        if (jobs->items[i].fd >= 0)
            kill(jobs->items[i].pid, SIGTERM);
    }
}

/* One look at all of them. */
static void jobs_turn(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->next; i++)
        jobs->polled[i] = (struct pollfd){.fd = jobs->items[i].fd, .events = POLLIN};
    jobs_ask_to_stop(jobs);
    if (poll(jobs->polled, jobs->next, LOOK_MS) <= 0)
        return;
    for (size_t i = 0; i < jobs->next; i++) {
        if (jobs->polled[i].revents)
            job_receive(jobs, &jobs->items[i], i);
    }
}

static int jobs_run_all(struct jobs *jobs, struct error *error)
{
    int result = 0;

    do {
        while (result == 0 && !interrupted() && jobs->next < jobs->plan->targets.count &&
               jobs->running < jobs->plan->jobs)
            result = jobs_begin(jobs, error);
        if (jobs->running > 0)
            jobs_turn(jobs);
    } while (jobs->running > 0 ||
             (result == 0 && !interrupted() && jobs->next < jobs->plan->targets.count));
    return result;
}

int check_jobs_run(struct check_plan *plan, check_jobs_tell tell, void *context,
                   struct error *error)
{
    size_t count = plan->targets.count;
    struct jobs jobs = {.plan = plan, .tell = tell, .context = context};
    int turnstile = turnstile_open(), result;

    jobs.items = calloc(count, sizeof *jobs.items);
    jobs.polled = calloc(count, sizeof *jobs.polled);
    for (size_t i = 0; i < count && jobs.items; i++)
        jobs.items[i].fd = -1;
    if (!jobs.items || !jobs.polled || turnstile < 0)
        result = error_set(error, STATUS_CANNOT_RUN, "no memory for %zu targets side by side",
                           count);
    else {
        plan->settings.turnstile = turnstile;
        result = jobs_run_all(&jobs, error);
        plan->settings.turnstile = 0;
    }
    if (turnstile >= 0)
        close(turnstile);
    free(jobs.items);
    free(jobs.polled);
    return result;
}
