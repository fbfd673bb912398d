#include "loops/epollbatch.h"

#include "core/batch.h"
#include "loops/epoll.h"

struct epollbatch {
    struct ew_epoll epoll;
    struct ew_batch batch;
};

static int epollbatch_serve(struct ew_epoll *epoll, struct ew_worker *w, struct ew_socket *s,
                            uint32_t ready)
{
    struct epollbatch *loop = w->state;
    int outcome = EW_BLOCKED;

    if (ready & EPOLLOUT)
        ew_flush(w, s);
    if (ready & ~(uint32_t)EPOLLOUT) /* an error is collected by receiving, too */
        outcome = ew_batch_echo(&loop->batch, w, s);
    if (outcome < 0)
        return outcome;
    return ew_epoll_interest(
        epoll, s, (ew_wants_read(w, s) ? EPOLLIN : 0u) | (ew_wants_write(s) ? EPOLLOUT : 0u));
}

static int epollbatch_init_with(struct ew_worker *w, bool trains)
{
    struct epollbatch *loop = w->state;
    int err = ew_epoll_init(&loop->epoll, w, EPOLLIN);

    return err ? err : ew_batch_init(&loop->batch, w, trains);
}

static int epollbatch_init(struct ew_worker *w)
{
    return epollbatch_init_with(w, false);
}

static int epollbatch_init_trains(struct ew_worker *w)
{
    return epollbatch_init_with(w, true);
}

static int epollbatch_run(struct ew_worker *w)
{
    struct epollbatch *loop = w->state;

    return ew_epoll_run(&loop->epoll, w, epollbatch_serve);
}

static void epollbatch_fini(struct ew_worker *w)
{
    struct epollbatch *loop = w->state;

    ew_epoll_fini(&loop->epoll);
    ew_batch_fini(&loop->batch);
}

const struct ew_loop ew_on_epollbatch = {.state_size = sizeof(struct epollbatch),
                                         .init = epollbatch_init,
                                         .run = epollbatch_run,
                                         .fini = epollbatch_fini};

const struct ew_loop ew_on_epollbatch_trains = {.state_size = sizeof(struct epollbatch),
                                                .init = epollbatch_init_trains,
                                                .run = epollbatch_run,
                                                .fini = epollbatch_fini};
