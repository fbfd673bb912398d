#include "loops/miomoments.h"

static void tell_moment(void *context, enum mio_moment moment, int64_t value)
{
    const struct ew_worker *w = context;

    switch (moment) {
    case MIO_BEFORE_WAIT:
        ew_trace_before_wait(w, value < 0 ? -1 : value / 1000000 + (value % 1000000 != 0));
        break;
    case MIO_AFTER_WAIT:
        if (value == -EINTR)
            ew_trace(w, "after wait: interrupted.");
        else
            ew_trace_after_wait(w);
        break;
    case MIO_AWAKENER_WRITE: ew_trace(w, "awakener written."); break;
    case MIO_AWAKENER_READ:
        ew_trace(w, value > 0 ? "awakener read." : "awakener read: empty.");
        break;
    }
}

struct mio_trace ew_mio_trace(struct ew_worker *w)
{
    return (struct mio_trace){.tell = ew_traces(w) ? tell_moment : NULL, .context = w};
}

unsigned ew_mio_ready(uint32_t bits)
{
    return (bits & MIO_READABLE ? EW_READABLE : 0u) | (bits & MIO_WRITABLE ? EW_WRITABLE : 0u) |
           (bits & MIO_ERROR ? EW_FAULT : 0u);
}
