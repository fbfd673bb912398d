#include "tokio/unordered.h"

/* The parent is registered first: whatever is notified after that brings another poll. */
static int unordered_poll_children(struct tokio_stream *stream, struct tokio_context *context,
                                   void **item)
{
    struct tokio_unordered *set = (struct tokio_unordered *)stream;
    size_t budget = set->budget == TOKIO_BUDGET_LENGTH ? set->tasks.length : set->budget;
    struct tokio_future *finished;
    size_t polls = 0;
    int result;

    tokio_tasks_register(&set->tasks, context->notify);
    for (;;) {
        tokio_tasks_collect(&set->tasks);
        if (!tokio_tasks_poll_next(&set->tasks, context->budget, &finished, &result)) {
            /* What was left of an earlier call had all finished, and behind it there is more, whose
             * notify that call may have had. */
            if (tokio_tasks_waiting(&set->tasks))
                continue;
            return set->tasks.length == 0 ? TOKIO_DONE : TOKIO_PENDING;
        }
        if (finished && result < 0) {
            tokio_drop(finished);
            return result;
        }
        if (finished) {
            *item = finished;
            return TOKIO_READY;
        }
        if (++polls == budget)
            return tokio_yield(context);
    }
}

int tokio_unordered_init(struct tokio_unordered *set)
{
    *set = (struct tokio_unordered){.stream = {.poll = unordered_poll_children},
                                    .budget = TOKIO_BUDGET_LENGTH};
    return tokio_tasks_init(&set->tasks);
}

void tokio_unordered_fini(struct tokio_unordered *set)
{
    tokio_tasks_fini(&set->tasks);
}

int tokio_unordered_push(struct tokio_unordered *set, struct tokio_future *future)
{
    return tokio_tasks_push(&set->tasks, future);
}
