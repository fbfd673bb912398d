#include "loops/miopoll.h"

#include "loops/miomoments.h"

#include <stdlib.h>

static int register_all(struct ew_mio *mio, struct ew_worker *w)
{
    int err;

    mio_socket_init(&mio->stop, w->stop_fd);
    err = mio_register(mio->poll, &mio->stop, w->n_sockets, MIO_READABLE, MIO_LEVEL);
    for (unsigned i = 0; i < w->n_sockets && !err; i++) {
        w->sockets[i].interest = MIO_READABLE;
        mio_socket_init(&mio->sockets[i], w->sockets[i].fd);
        err = mio_register(mio->poll, &mio->sockets[i], i, MIO_READABLE, mio->options);
    }
    return err;
}

int ew_mio_init(struct ew_mio *mio, struct ew_worker *w, unsigned options)
{
    struct mio_options chosen = {.selector = w->config->selector, .trace = ew_mio_trace(w)};
    int err;

    mio->options = options;
    mio->sockets = calloc(w->n_sockets, sizeof *mio->sockets);
    if (!mio->sockets)
        return -ENOMEM;
    err = mio_poll_new(&chosen, &mio->poll);
    return err ? err : register_all(mio, w);
}

void ew_mio_fini(struct ew_mio *mio)
{
    mio_poll_free(mio->poll);
    free(mio->sockets);
}

/* The wait is told by mio itself. */
static void miopoll_tell_events(const struct ew_mio *mio, const struct ew_worker *w, int n)
{
    for (int i = 0; i < n; i++)
        if (mio->events[i].token != w->n_sockets)
            ew_trace_event(w, &w->sockets[mio->events[i].token],
                           ew_mio_ready(mio->events[i].readiness));
}

int ew_mio_run(struct ew_mio *mio, struct ew_worker *w, ew_mio_serve serve)
{
    while (!ew_stopping(w)) {
        int n = mio_poll(mio->poll, mio->events, EW_MIO_BATCH, MIO_FOREVER), err = 0;
        unsigned served = 0;

        if (ew_traces(w))
            miopoll_tell_events(mio, w, n);
        for (int i = 0; i < n && err >= 0; i++) {
            if (mio->events[i].token == w->n_sockets) /* stop: the flag is set already */
                continue;
            served++;
            err = serve(mio, w, (unsigned)mio->events[i].token, mio->events[i].readiness);
        }
        if (n < 0 || err < 0)
            return n < 0 ? n : err;
        ew_count_wait(w, served);
    }
    return 0;
}

int ew_mio_interest(struct ew_mio *mio, struct ew_worker *w, unsigned index, unsigned interest)
{
    if (w->sockets[index].interest == interest)
        return 0;
    if (ew_traces(w))
        ew_trace_interest(w, &w->sockets[index], ew_mio_ready(interest));
    w->sockets[index].interest = interest;
    return mio_reregister(mio->poll, &mio->sockets[index], index, interest, mio->options);
}
