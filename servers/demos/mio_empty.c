/* mio-empty: a poll with nothing registered never returns.
 *
 * Under strace one sees the selector made, the awakener's pipe made and registered, and one wait
 * without an end.  The original died of a signal here; ours goes on waiting when it is stopped and
 * continued. */
#include "demos/demo.h"

#include <stdio.h>

static const struct demo demo = {
    .name = "mio-empty",
    .summary = "a poll with nothing registered never returns",
    .help = "Try: strace -e trace=desc,network mio-empty",
    .takes_selector = true,
};

int main(int argc, char **argv)
{
    struct demo_options options;
    struct mio_event events[16];
    struct mio_poll *poll;
    int status, err;

    if (!demo_begin(&demo, argc, argv, &options, &status))
        return status;
    err = mio_poll_new(&options.poll, &poll);
    if (err)
        return demo_failed(&demo, "cannot make a poll", err,
                           err == -ENOENT ? "; there is no such --selector here" : "");
    /* mio_poll() may give 0 early (mio.h), so waiting for ever is a loop. */
    for (;;) {
        int n;

        printf("polling with nothing registered.\n");
        n = mio_poll(poll, events, 16, MIO_FOREVER);
        if (n < 0)
            return demo_failed(&demo, "polling failed", n, "");
    }
}
