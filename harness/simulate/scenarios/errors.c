/* What one error does to a loop: twenty datagrams one at a time, and at the fifth a receive, a send
 * or a wait that fails once. */
#include "simulate/engine.h"

#include <errno.h>

#define ROUNDS 20
#define FAULT_AT 4

static bool is(const struct engine *e, enum engine_kind kind, int error)
{
    return e->settings.kind == (uint32_t)kind && e->settings.error == error;
}

/* A failing receive is readable: an error that the network brought.  A send that would block does,
 * since an EAGAIN that nothing follows would leave an edge-triggered loop waiting rightly.  A
 * failing wait is the one after this. */
static void bring_fault(struct engine *e, const struct engine_carrier *c)
{
    struct engine_tag none = {.socket = 0};

    if (e->settings.kind == ENGINE_RECEIVE)
        c->inject(&none, e->settings.error);
    else if (is(e, ENGINE_SEND, EAGAIN))
        c->limit(0, 0);
    else
        c->fail((enum engine_kind)e->settings.kind, e->settings.error);
}

static bool errors_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    if (e->steps == FAULT_AT + 1 && is(e, ENGINE_SEND, EAGAIN)) {
        c->limit(0, -1);
        return true;
    }
    if (e->sent[0] < e->injected[0])
        e->late++;
    if (e->injected[0] == ROUNDS)
        return false;
    if (e->steps == FAULT_AT)
        bring_fault(e, c);
    /* Nothing lies behind a readiness that turns out to be none; behind another error there may be
     * a datagram. */
    if (e->steps != FAULT_AT || !is(e, ENGINE_RECEIVE, EAGAIN))
        engine_inject(e, c, 0, 0);
    return true;
}

static void errors_on_end(struct engine *e)
{
    engine_figure(e, "answered", (int64_t)e->sent[0]);
    engine_figure(e, "late", (int64_t)e->late);
}

static const struct scenario_run runs[] = {
    {"receive-EINTR", {.kind = ENGINE_RECEIVE, .error = EINTR}},
    {"receive-EAGAIN", {.kind = ENGINE_RECEIVE, .error = EAGAIN}},
    {"receive-ENOBUFS", {.kind = ENGINE_RECEIVE, .error = ENOBUFS}},
    {"receive-ENOMEM", {.kind = ENGINE_RECEIVE, .error = ENOMEM}},
    {"receive-EPERM", {.kind = ENGINE_RECEIVE, .error = EPERM}},
    {"receive-ECONNREFUSED", {.kind = ENGINE_RECEIVE, .error = ECONNREFUSED}},
    {"receive-EMSGSIZE", {.kind = ENGINE_RECEIVE, .error = EMSGSIZE}},
    {"send-EINTR", {.kind = ENGINE_SEND, .error = EINTR}},
    {"send-EAGAIN", {.kind = ENGINE_SEND, .error = EAGAIN}},
    {"send-ENOBUFS", {.kind = ENGINE_SEND, .error = ENOBUFS}},
    {"send-ENOMEM", {.kind = ENGINE_SEND, .error = ENOMEM}},
    {"send-EPERM", {.kind = ENGINE_SEND, .error = EPERM}},
    {"send-ECONNREFUSED", {.kind = ENGINE_SEND, .error = ECONNREFUSED}},
    {"send-EMSGSIZE", {.kind = ENGINE_SEND, .error = EMSGSIZE}},
    {"wait-EINTR", {.kind = ENGINE_WAIT, .error = EINTR}},
    {"wait-ENOMEM", {.kind = ENGINE_WAIT, .error = ENOMEM}},
    {0},
};

const struct scenario scenario_errors = {
    .id = "errors",
    .title = "what a single error on receive, send or wait does",
    .meaning =
        "answered: of 20 datagrams, sent one at a time, with the named error once at the\n"
        "fifth; late: rounds at whose end an answer was missing.  20 and 0: it goes on.  19:\n"
        "it loses one, which is right where sending failed for good.  Less: it loses the\n"
        "socket.  A target that ends is reported with how it ended.",
    .sockets = 1,
    .runs = runs,
    .on_quiet = errors_on_quiet,
    .on_end = errors_on_end,
};
