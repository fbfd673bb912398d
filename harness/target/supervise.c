#include "target/supervise.h"

#include "base/clock.h"
#include "target/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of more some are missed in one round and found in the next, when the first are gone. */
#define TREE_MAX 1024
/* How long SIGKILL may take: only a process stuck in the kernel outlives it, and nobody can end
 * that. */
#define KILL_LIMIT_MS 5000
/* Reads of one stream in one turn, so that who prints without end does not keep the supervisor from
 * its other duties. */
#define READS_A_TURN 64

/* The first and the last bytes of a stream: a program says what happened first, and a runtime's
 * backtrace after it is longer than anything that is kept. */
struct tail {
    int fd; /* -1 once the stream has ended */
    size_t length, head_length;
    char text[2048]; /* the last; all, until there are more */
    char head[TARGET_HEAD_SIZE];
};

/* Of one process, which does nothing else: the harness may be as large as it likes and blocked in
 * whatever it does, and still who is started is ended. */
struct supervisor {
    const struct launch *launch;
    int control;
    int wake_fd; /* becomes readable when a child has ended */
    struct tail out, err;
    pid_t main;
    bool main_gone;
    bool matched;
    bool stop;
    int64_t gone_ns;
    struct target_end end;
};

/* Reaches the handler, which has nothing but file scope. */
static int wake_write_fd;

/* The self-pipe: whether a child ended before poll(2) or during it, the byte is there. write(2) is
 * among what a handler may call (signal-safety(7)). */
static void on_child(int number)
{
    int saved = errno;
    ssize_t ignored = write(wake_write_fd, "", 1);

    (void)number, (void)ignored;
    errno = saved;
}

/* ---- output ---- */

/* The caller gives no more at once than half of what fits. */
static void tail_add(struct tail *tail, const char *bytes, size_t n)
{
    size_t room = sizeof tail->text - 1, first = sizeof tail->head - 1 - tail->head_length;

    first = n < first ? n : first;
    memcpy(tail->head + tail->head_length, bytes, first);
    tail->head_length += first;
    tail->head[tail->head_length] = '\0';
    if (tail->length + n > room) {
        size_t lost = tail->length + n - room;

        memmove(tail->text, tail->text + lost, tail->length - lost);
        tail->length -= lost;
    }
    memcpy(tail->text + tail->length, bytes, n);
    tail->length += n;
    tail->text[tail->length] = '\0';
}

/* Reads what there is, in pieces of half a tail, so that each line is seen whole. */
static void supervise_drain(struct supervisor *s, struct tail *tail)
{
    char bytes[1023];
    ssize_t n = 1;

    for (int reads = 0; tail->fd >= 0 && n > 0 && reads < READS_A_TURN; reads++) {
        n = read(tail->fd, bytes, sizeof bytes);
        if (n > 0) {
            for (ssize_t i = 0; i < n; i++) {
                if (bytes[i] == '\0')
                    bytes[i] = '?';
            }
            tail_add(tail, bytes, (size_t)n);
            if (tail == &s->out && s->launch->ready &&
                regexec(s->launch->ready, tail->text, 0, NULL, 0) == 0)
                s->matched = true;
        }
    }
    if (tail->fd >= 0 && (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))) {
        close(tail->fd);
        tail->fd = -1;
    }
}

/* Of one size, so that a reader knows where the next begins: the socket is a stream. */
static void send_event(struct supervisor *s, enum event_kind kind, int err)
{
    struct supervisor_event event = {.kind = kind, .pid = s->main, .err = err, .end = s->end};
    ssize_t ignored;

    memcpy(event.end.stderr_tail, s->err.text, sizeof s->err.text);
    memcpy(event.end.stderr_head, s->err.head, sizeof s->err.head);
    /* a harness that is gone shows as end of file */
    ignored = write(s->control, &event, sizeof event);
    (void)ignored;
}

/* ---- children ---- */

/* Collects who has ended; true while somebody of the tree is left.  Orphans that the supervisor has
 * adopted are collected, too; what they ended with says nothing of the target. */
static bool reap(struct supervisor *s)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != s->main)
            continue;
        s->main_gone = true;
        s->gone_ns = clock_now_ns();
        s->end.exited = WIFEXITED(status);
        s->end.code = s->end.exited ? WEXITSTATUS(status) : WTERMSIG(status);
    }
    return pid == 0 || (s->main > 0 && kill(-s->main, 0) == 0);
}

/* The group first; then who left it.  Who is in the group is not looked for one by one: a process
 * that forks meanwhile is reached all the same (kill(2)). */
static void signal_tree(const struct supervisor *s, int number)
{
    pid_t pids[TREE_MAX];
    int n = platform_descendants(getpid(), pids, TREE_MAX);

    kill(-s->main, number);
    for (int i = 0; i < n; i++) {
        if (getpgid(pids[i]) != s->main)
            kill(pids[i], number);
    }
}

/* ---- waiting ---- */

static void take_control(struct supervisor *s)
{
    char byte;

    /* A byte or the end of file: both mean stop. */
    if (recv(s->control, &byte, 1, MSG_DONTWAIT) >= 0 || (errno != EAGAIN && errno != EINTR))
        s->stop = true;
}

/* Sleeps until something happens, and takes it in. */
static void wait_a_turn(struct supervisor *s, int timeout_ms)
{
    struct pollfd fds[] = {
        {.fd = s->stop ? -1 : s->control, .events = POLLIN},
        {.fd = s->wake_fd, .events = POLLIN},
        {.fd = s->out.fd, .events = POLLIN},
        {.fd = s->err.fd, .events = POLLIN},
    };
    char bytes[64];

    if (poll(fds, sizeof fds / sizeof *fds, timeout_ms) <= 0)
        return;
    if (fds[0].revents)
        take_control(s);
    while (fds[1].revents && read(s->wake_fd, bytes, sizeof bytes) == sizeof bytes)
        ;
    supervise_drain(s, &s->out);
    supervise_drain(s, &s->err);
}

/* Each thing is told once.  That the main process has ended does not end the watch: the harness
 * decides what becomes of who is left. */
static void supervise_watch(struct supervisor *s)
{
    bool told_match = false, told_end = false;

    while (!s->stop) {
        bool left = reap(s);

        if (s->main_gone && !told_end) {
            supervise_drain(s, &s->err);
            s->end.early = true;
            s->end.daemonised = left && s->end.exited && s->end.code == 0;
            send_event(s, EVENT_ENDED, 0);
            told_end = true;
        }
        if (s->matched && !told_match) {
            send_event(s, EVENT_MATCHED, 0);
            told_match = true;
        }
        wait_a_turn(s, -1);
    }
}

/* ---- ending ---- */

/* Who is stopped takes no signal but SIGKILL.  Nobody else is continued: a SIGCONT that comes while
 * a leak checker looks at its process is lost, and the checker with it.  Where the platform does
 * not tell, all are. */
static void continue_stopped(struct supervisor *s)
{
    struct platform_threads threads;

    if (platform_threads(getpid(), &threads) < 0 || threads.stopped > 0)
        signal_tree(s, SIGCONT);
}

/* Looks again from time to time: members of the group that are no children of ours (no subreaper)
 * send no SIGCHLD, and a stop that was on its way may come only now. */
static bool wait_for_all(struct supervisor *s, int64_t limit_ns)
{
    while (reap(s)) {
        int64_t left_ns = limit_ns - clock_now_ns();

        if (left_ns <= 0)
            return false;
        continue_stopped(s);
        wait_a_turn(s, left_ns > 10 * NS_PER_MS ? 10 : 1 + (int)(left_ns / NS_PER_MS));
    }
    return true;
}

static void end_tree(struct supervisor *s)
{
    int64_t asked_ns = clock_now_ns(), last_ns;

    s->stop = true;
    if (reap(s)) /* else nobody is left, and the group's number may be somebody else's by now */
        signal_tree(s, SIGTERM);
    s->end.early = s->main_gone;
    if (!wait_for_all(s, asked_ns + s->launch->stop_ms * NS_PER_MS)) {
        s->end.killed = true;
        last_ns = clock_now_ns() + KILL_LIMIT_MS * NS_PER_MS;
        do
            signal_tree(s, SIGKILL); /* again and again: a tree may grow while it is cut */
        while (!wait_for_all(s, clock_now_ns() + 10 * NS_PER_MS) && clock_now_ns() < last_ns);
    }
    s->end.stop_ns = s->end.early ? 0 : (s->main_gone ? s->gone_ns : clock_now_ns()) - asked_ns;
    supervise_drain(s, &s->err);
}

/* ---- starting ---- */

/* Not by pipe2(2), which macOS has not; nobody else starts programs here who could inherit the ends
 * in between. */
static bool supervise_open_pipe(int fds[2])
{
    if (pipe(fds) < 0)
        return false;
    for (int i = 0; i < 2; i++)
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
    return fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0;
}

/* The status pipe is closed by a successful exec, and holds errno otherwise.  Descriptors that are
 * open after a failure are the supervisor's own, and go with it. */
static int start_main(struct supervisor *s)
{
    int out[2], err[2], status[2], exec_errno = 0;
    ssize_t n;

    if (!supervise_open_pipe(out) || !supervise_open_pipe(err) || !supervise_open_pipe(status) ||
        fcntl(status[0], F_SETFL, 0) < 0)
        return errno;
    s->main = fork();
    if (s->main == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        launch_exec(s->launch, status[1]);
    }
    if (s->main < 0)
        return errno;
    setpgid(s->main, s->main); /* by whoever is first */
    close(out[1]);
    close(err[1]);
    close(status[1]);
    s->out.fd = out[0];
    s->err.fd = err[0];
    do
        n = read(status[0], &exec_errno, sizeof exec_errno);
    while (n < 0 && errno == EINTR);
    close(status[0]);
    return exec_errno;
}

static bool watch_children(struct supervisor *s)
{
    struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
    int wake[2];

    if (!supervise_open_pipe(wake) || fcntl(wake[1], F_SETFL, O_NONBLOCK) < 0)
        return false;
    s->wake_fd = wake[0];
    wake_write_fd = wake[1];
    return sigaction(SIGCHLD, &action, NULL) == 0;
}

/* The supervisor keeps nothing of the harness open: not its output, whose reader would wait for the
 * end, and not the ends of other supervisors' socket pairs, which would never see theirs. */
static void close_inherited(const struct launch *launch, int control)
{
    int keep[16] = {control};
    int n = 1;

    for (const int *fd = launch->keep_fds; *fd >= 0 && n < 15; fd++)
        keep[n++] = *fd;
    keep[n] = -1;
    launch_close_others(keep);
}

/* Open, so that no pipe of ours ever gets one of these numbers; nobody reads or writes them. */
static void silence_streams(void)
{
    int fd = open("/dev/null", O_RDWR);

    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        dup2(fd, stream);
    if (fd > STDERR_FILENO)
        close(fd);
}

static _Noreturn void supervisor_main(const struct launch *launch, int control)
{
    struct supervisor s = {
        .launch = launch, .control = control, .wake_fd = -1, .out.fd = -1, .err.fd = -1};
    int err = 0;

    /* A group of its own: Ctrl-C at the terminal is for the harness, which then asks. */
    setpgid(0, 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    close_inherited(launch, control);
    silence_streams();
    platform_adopt_orphans();
    if (!watch_children(&s))
        err = errno;
    if (err == 0)
        err = start_main(&s);
    if (err == 0) {
        send_event(&s, EVENT_STARTED, 0);
        supervise_watch(&s);
    } else {
        send_event(&s, EVENT_NOT_STARTED, err);
    }
    if (s.main > 0)
        end_tree(&s);
    send_event(&s, EVENT_REPORT, 0);
    _exit(0);
}

pid_t supervise(const struct launch *launch, int *control)
{
    int ends[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return -1;
    for (int i = 0; i < 2; i++)
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    pid = fork();
    if (pid == 0)
        supervisor_main(launch, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        int err = errno;

        close(ends[0]);
        errno = err;
        return -1;
    }
    *control = ends[0];
    return pid;
}
