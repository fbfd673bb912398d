#include "loops/uring.h"

#include "loops/lane.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Entries that are handed over by one call; the answers of one socket must fit, being linked. */
#define SUBMISSIONS 256
/* What has no place waits in the kernel and ends a multishot receive, which is begun anew. */
#define COMPLETIONS 2048
#define GIVEN_BACK_MS 1000

/* ---- making ---- */

/* What was asked for is refused, by the kernel, its setting, a filter of system calls or a limit:
 * what to change is the same whichever it is. */
static int uring_explain(struct ew_worker *w, int err)
{
    if (err == -ENOMEM)
        return ew_log_error(
            w, err,
            "io_uring locks memory, 60 KiB or so for each worker and 4 for each socket: "
            "raise RLIMIT_MEMLOCK (ulimit -l) or ask for fewer --sockets");
    if (err != -EPERM && err != -EACCES && err != -ENOSYS && err != -EINVAL)
        return err;
    return ew_log_error(w, -ENOTSUP,
                        "missing: needs io_uring of Linux 6.1, which is refused here: look at "
                        "kernel.io_uring_disabled, and at the container's seccomp filter");
}

/* Disabled at first: it belongs to the thread that enables it, and only that one may use it.  What
 * a ring has locked the kernel gives back some time after it was closed: who starts again and again
 * may meet the limit though nothing is held any more. */
static void *uring_set_up(void *argument)
{
    struct io_uring_params parameters = {.flags = IORING_SETUP_R_DISABLED |
                                                  IORING_SETUP_SINGLE_ISSUER |
                                                  IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
                                         .cq_entries = COMPLETIONS};
    struct uring *u = argument;
    unsigned ms = 0;

    do
        u->made = io_uring_queue_init_params(SUBMISSIONS, &u->ring, &parameters);
    while (u->made == -ENOMEM && ms++ < GIVEN_BACK_MS && poll(NULL, 0, 1) == 0);
    return NULL;
}

/* On a thread that ends at once: when a ring is gone, whoever has made or used it is interrupted
 * once more (EINTR), which is not to be the thread that starts and stops servers. */
static int uring_make_ring(struct uring *u)
{
    sigset_t all, before;
    pthread_t thread;
    int err;

    u->made = -EAGAIN;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    err = -pthread_create(&thread, NULL, uring_set_up, u);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err)
        return err;
    pthread_join(thread, NULL);
    return u->made;
}

static int uring_init(struct ew_worker *w)
{
    struct uring *u = w->state;
    int err;

    u->worker = w;
    err = uring_make_ring(u);
    if (!err)
        err = uring_lanes_init(u);
    return err ? uring_explain(w, err) : 0;
}

static void uring_fini(struct ew_worker *w)
{
    struct uring *u = w->state;

    if (u->made == 0)
        io_uring_queue_exit(&u->ring);
    uring_lanes_fini(u);
}

/* ---- what has completed ---- */

static void lane_take(struct uring *u, struct lane *l, uint16_t buffer, int length)
{
    struct ew_worker *w = u->worker;
    struct ew_socket *s = l->socket;
    struct ew_datagram *d = lane_read(u, l, buffer, length);

    if (ew_accept(w, s, d) != EW_DONE) {
        l->free[l->n_free++] = buffer;
        return;
    }
    l->taken[l->n_taken++] = buffer;
    ew_log_text(w, s, EW_LOG_PENDING, (int64_t)s->queue.count + l->n_taken, NULL);
}

/* 0, or what ends the worker.  That there was no buffer, or that the receive was cancelled, is no
 * error: nothing was taken. */
static int lane_received(struct uring *u, struct lane *l, const struct io_uring_cqe *c)
{
    uint16_t buffer = (uint16_t)(c->flags >> IORING_CQE_BUFFER_SHIFT);
    int outcome = 0;

    l->receives = c->flags & IORING_CQE_F_MORE;
    if (c->flags & IORING_CQE_F_BUFFER)
        l->n_offered--;
    if (c->res >= 0)
        lane_take(u, l, buffer, c->res);
    else if (c->flags & IORING_CQE_F_BUFFER)
        l->free[l->n_free++] = buffer;
    if (c->res < 0 && c->res != -ENOBUFS && c->res != -ECANCELED)
        outcome = ew_receive_failed(u->worker, l->socket, -c->res);
    return outcome < 0 ? outcome : 0;
}

/* Once all have completed: those before the first that was refused are gone.  It and the cancelled
 * ones go by the rules of one datagram: the kernel's word about an earlier one (ECONNREFUSED) is no
 * refusal. */
static void lane_sent(struct uring *u, struct lane *l)
{
    bool is_sent = false;

    u->sends_under_way--;
    if (--l->n_pending > 0)
        return;
    for (unsigned i = 0, end = 0; i < l->n_linked; i++) {
        const struct lane_answer *a = &l->answers[l->taken[i]];

        if (i == end) { /* the next message */
            is_sent = a->is_sent;
            end += a->train.n;
        }
        if (is_sent)
            ew_note_sent(u->worker, l->socket, &a->datagram);
        else
            ew_answer(u->worker, l->socket, &a->datagram);
    }
    lane_release(l, l->n_linked);
    l->n_linked = 0;
}

static void lane_touch(struct uring *u, struct lane *l)
{
    if (!l->is_touched)
        u->touched[u->n_touched++] = l;
    l->is_touched = true;
}

/* Room to send, or an error that sending finds, too. */
static void lane_writable(struct uring *u, struct lane *l)
{
    l->polls = false;
    if (!ew_stopping(u->worker))
        ew_flush(u->worker, l->socket);
}

/* What is told as an event: a datagram, an error, room to send.  That an answer is gone is none. */
static bool is_event(const struct io_uring_cqe *c, enum lane_part part)
{
    return (part == LANE_RECEIVE && c->res != -ENOBUFS && c->res != -ECANCELED) ||
           part == LANE_WRITABLE;
}

/* Whose it is, and what it is about; of an answer, whether it is gone is kept. */
static struct lane *uring_whose(const struct io_uring_cqe *c, enum lane_part *part)
{
    struct lane_answer *a;
    void *whose;

    *part = c->user_data % LANE_PARTS;
    whose = (void *)(uintptr_t)(c->user_data - *part);
    if (*part != LANE_SEND)
        return whose;
    a = whose;
    a->is_sent = c->res >= 0;
    return a->lane;
}

/* 0, or what ends the worker; counts into `events`. */
static int uring_completed(struct uring *u, const struct io_uring_cqe *c, unsigned *events)
{
    enum lane_part part;
    struct lane *l = uring_whose(c, &part);

    u->under_way -= !(c->flags & IORING_CQE_F_MORE);
    if (is_event(c, part)) {
        ++*events;
        if (ew_traces(u->worker))
            ew_trace_event(u->worker, l->socket, part == LANE_RECEIVE ? EW_READABLE : EW_WRITABLE);
    }
    if (l)
        lane_touch(u, l);
    switch (part) {
    case LANE_RECEIVE: return lane_received(u, l, c);
    case LANE_SEND: lane_sent(u, l); break;
    case LANE_WRITABLE: lane_writable(u, l); break;
    case LANE_NONE: break;
    }
    return 0;
}

/* ---- the loop ---- */

/* Whatever the lane is to have next.  False: there is no room for it among the entries, which must
 * not happen in the middle of linked ones. */
static bool lane_settle(struct uring *u, struct lane *l)
{
    if (!uring_has_room(u, u->room + 2))
        return false;
    if (l->n_linked == 0 && ew_wants_write(l->socket)) {
        for (unsigned i = 0; i < l->n_taken; i++)
            ew_hold(u->worker, l->socket, &l->answers[l->taken[i]].datagram);
        lane_release(l, l->n_taken);
    } else if (l->n_linked == 0 && l->n_taken > 0) {
        lane_send(u, l);
    }
    lane_offer(u, l);
    if (!l->receives && l->n_offered > 0)
        lane_receive(u, l);
    if (!l->polls && ew_wants_write(l->socket))
        lane_await_writable(u, l);
    return true;
}

static void uring_settle(struct uring *u)
{
    unsigned left = 0;

    for (unsigned i = 0; i < u->n_touched; i++) {
        struct lane *l = u->touched[i];

        l->is_touched = !lane_settle(u, l);
        if (l->is_touched)
            u->touched[left++] = l;
    }
    u->n_touched = left;
}

/* Hands over what was prepared and waits for something.  Sends are done within the call, and what
 * became of them must be known before it may sleep.  EINTR comes without any handler when a process
 * is stopped and continued (signal(7)); EAGAIN and EBUSY say that the kernel has no memory for it
 * yet: unless something can be taken, which may free some, only time helps. */
static int uring_wait(struct uring *u)
{
    bool sleeps = u->sends_under_way == 0 && u->n_touched == 0;
    int n;

    if (ew_traces(u->worker))
        ew_trace_before_wait(u->worker, sleeps ? -1 : 0);
    if (u->n_touched > 0)
        n = io_uring_submit_and_get_events(&u->ring);
    else
        n = io_uring_submit_and_wait(&u->ring, sleeps ? 1 : u->sends_under_way);
    if (ew_traces(u->worker))
        ew_trace_after_wait(u->worker);
    if ((n == -EAGAIN || n == -EBUSY) && io_uring_cq_ready(&u->ring) == 0)
        ew_pause(u->worker);
    return n < 0 && n != -EINTR && n != -EAGAIN && n != -EBUSY ? n : 0;
}

static int uring_turn(struct uring *u)
{
    int err = uring_wait(u), fatal = 0;
    struct io_uring_cqe *c;
    unsigned head, n = 0, events = 0;

    io_uring_for_each_cqe(&u->ring, head, c)
    {
        int outcome = uring_completed(u, c, &events);

        fatal = fatal ? fatal : outcome;
        n++;
    }
    io_uring_cq_advance(&u->ring, n);
    ew_count_wait(u->worker, events);
    return err ? err : fatal;
}

/* Cancels until nothing is under way: one that was about to be begun anew may escape the first
 * time.  What completes meanwhile is counted as dropped, as is what no answer was handed over
 * for. */
static void uring_end(struct uring *u)
{
    int err = 0;

    while (u->under_way > 0 && !err) {
        struct io_uring_sqe *entry = uring_has_room(u, 1) ? io_uring_get_sqe(&u->ring) : NULL;

        if (entry) {
            io_uring_prep_cancel64(entry, 0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
            uring_name(u, entry, NULL, LANE_NONE);
        }
        err = uring_turn(u);
    }
    for (unsigned i = 0; i < u->worker->n_sockets; i++)
        ew_count(&u->worker->sockets[i].counters->dropped_stopping, u->lanes[i].n_taken);
}

/* From here on the ring is this thread's.  liburing 2.3 names a function for it, which its library
 * does not export. */
static int uring_enable(struct uring *u)
{
    return syscall(SYS_io_uring_register, u->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0) <
                   0
               ? -errno
               : 0;
}

static int uring_run(struct ew_worker *w)
{
    struct uring *u = w->state;
    struct io_uring_sqe *entry;
    int err = uring_enable(u);

    if (err)
        return err;
    entry = io_uring_get_sqe(&u->ring);
    io_uring_prep_poll_add(entry, w->stop_fd, POLLIN);
    uring_name(u, entry, NULL, LANE_NONE);
    for (unsigned i = 0; i < w->n_sockets; i++)
        lane_touch(u, &u->lanes[i]);
    while (!ew_stopping(w) && !err) {
        uring_settle(u);
        err = uring_turn(u);
    }
    uring_end(u);
    return err;
}

const struct ew_loop ew_on_uring = {
    .state_size = sizeof(struct uring), .init = uring_init, .run = uring_run, .fini = uring_fini};
