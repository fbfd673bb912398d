#include "tokio/join.h"

static void drop_children(struct tokio_future *future)
{
    struct tokio_join_all *join = (struct tokio_join_all *)future;

    for (size_t i = 0; i < join->count; i++)
        tokio_drop(join->children[i]);
    join->count = 0;
}

static int join_poll_children(struct tokio_future *future, struct tokio_context *context)
{
    struct tokio_join_all *join = (struct tokio_join_all *)future;

    for (size_t i = 0; i < join->count; i++) {
        int result = join->children[i]->finished ? TOKIO_PENDING
                                                 : tokio_poll(join->children[i], context);

        if (result < 0) {
            drop_children(future);
            return result;
        }
        join->left -= result != TOKIO_PENDING;
    }
    return join->left == 0 ? TOKIO_READY : TOKIO_PENDING;
}

void tokio_join_all_init(struct tokio_join_all *join, struct tokio_future **children, size_t count)
{
    *join = (struct tokio_join_all){.future = {.poll = join_poll_children, .drop = drop_children},
                                    .children = children,
                                    .count = count};
    for (size_t i = 0; i < count; i++)
        join->left += !children[i]->finished;
}

void tokio_join_init(struct tokio_join *join, struct tokio_future *a, struct tokio_future *b)
{
    join->children[0] = a;
    join->children[1] = b;
    tokio_join_all_init(&join->all, join->children, 2);
}
