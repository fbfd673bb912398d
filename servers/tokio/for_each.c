#include "tokio/future.h"

#include <stddef.h>

static int poll_items(struct tokio_future *future, struct tokio_context *context)
{
    struct tokio_for_each *f = (struct tokio_for_each *)future;
    void *item = NULL;
    int result;

    while ((result = f->stream->poll(f->stream, context, &item)) == TOKIO_READY) {
        int err = f->each(f->context, item);

        if (err < 0)
            return err;
    }
    return result == TOKIO_DONE ? TOKIO_READY : result;
}

void tokio_for_each_init(struct tokio_for_each *for_each, struct tokio_stream *stream,
                         int (*each)(void *context, void *item), void *context)
{
    *for_each = (struct tokio_for_each){
        .future = {.poll = poll_items}, .stream = stream, .each = each, .context = context};
}
