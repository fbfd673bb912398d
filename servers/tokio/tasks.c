#include "tokio/tasks.h"

#include "tokio/inbox.h"

#include <stdlib.h>

struct tokio_home {
    atomic_uint references; /* the set's and one for each task */
    struct tokio_inbox inbox;
    struct tokio_slot parent;
};

struct tokio_task {
    /* references: the set's while it is listed, the inbox's while queued, and strangers' */
    struct tokio_notify notify;
    struct tokio_link link;
    /* is in the inbox; cleared before the poll, so that a notify during the poll counts */
    atomic_bool queued;
    struct tokio_future *future; /* NULL: finished.  The set's thread alone looks */
    struct tokio_home *home;
    struct tokio_task *next, *previous;
};

_Static_assert(sizeof(struct tokio_task) < 256, "an idle task is small");

static void release_home(struct tokio_home *home)
{
    if (atomic_fetch_sub_explicit(&home->references, 1, memory_order_acq_rel) != 1)
        return;
    tokio_slot_fini(&home->parent);
    free(home);
}

static void free_task(struct tokio_notify *notify)
{
    struct tokio_task *task = (struct tokio_task *)notify;

    release_home(task->home);
    free(task);
}

static void notify_task(struct tokio_notify *notify)
{
    struct tokio_task *task = (struct tokio_task *)notify;

    if (atomic_exchange(&task->queued, true))
        return;
    tokio_notify_retain(notify);
    if (tokio_inbox_push(&task->home->inbox, &task->link))
        tokio_slot_notify(&task->home->parent);
    else
        tokio_notify_release(notify); /* the set is gone */
}

static const struct tokio_notify_type task_type = {.notify = notify_task, .free = free_task};

static struct tokio_task *task_of(struct tokio_link *link)
{
    return (struct tokio_task *)((char *)link - offsetof(struct tokio_task, link));
}

/* ---- the set ---- */

int tokio_tasks_init(struct tokio_tasks *tasks)
{
    *tasks = (struct tokio_tasks){.home = malloc(sizeof *tasks->home)};
    if (!tasks->home)
        return -ENOMEM;
    atomic_init(&tasks->home->references, 1);
    tokio_inbox_init(&tasks->home->inbox);
    tokio_slot_init(&tasks->home->parent);
    return 0;
}

static void unlist(struct tokio_tasks *tasks, struct tokio_task *task)
{
    if (task->previous)
        task->previous->next = task->next;
    else
        tasks->all = task->next;
    if (task->next)
        task->next->previous = task->previous;
    tasks->length--;
}

/* The set's reference goes with it. */
static struct tokio_future *take_future(struct tokio_tasks *tasks, struct tokio_task *task)
{
    struct tokio_future *future = task->future;

    task->future = NULL;
    unlist(tasks, task);
    tokio_notify_release(&task->notify);
    return future;
}

void tokio_tasks_fini(struct tokio_tasks *tasks)
{
    struct tokio_link *link, *next;

    if (!tasks->home)
        return;
    for (link = tokio_inbox_close(&tasks->home->inbox); link; link = next) {
        next = link->next;
        tokio_notify_release(&task_of(link)->notify);
    }
    while (tasks->all)
        tokio_drop(take_future(tasks, tasks->all));
    release_home(tasks->home);
    tasks->home = NULL;
}

int tokio_tasks_push(struct tokio_tasks *tasks, struct tokio_future *future)
{
    struct tokio_task *task = malloc(sizeof *task);

    if (!task)
        return -ENOMEM;
    *task = (struct tokio_task){.future = future, .home = tasks->home, .next = tasks->all};
    tokio_notify_init(&task->notify, &task_type);
    atomic_init(&task->queued, true);
    atomic_fetch_add_explicit(&tasks->home->references, 1, memory_order_relaxed);
    if (!tokio_inbox_push(&tasks->home->inbox, &task->link)) {
        tokio_notify_release(&task->notify);
        return -EPIPE;
    }
    tokio_notify_retain(&task->notify);
    if (task->next)
        task->next->previous = task;
    tasks->all = task;
    tasks->length++;
    return 0;
}

void tokio_tasks_register(struct tokio_tasks *tasks, struct tokio_notify *parent)
{
    tokio_slot_register(&tasks->home->parent, parent);
}

bool tokio_tasks_waiting(const struct tokio_tasks *tasks)
{
    return !tokio_inbox_empty(&tasks->home->inbox);
}

void tokio_tasks_collect(struct tokio_tasks *tasks)
{
    tokio_inbox_collect(&tasks->home->inbox);
}

bool tokio_tasks_poll_next(struct tokio_tasks *tasks, unsigned *budget,
                           struct tokio_future **finished, int *result)
{
    unsigned own = tasks->budget;
    struct tokio_link *link;

    *finished = NULL;
    while ((link = tokio_inbox_pop(&tasks->home->inbox)) != NULL) {
        struct tokio_task *task = task_of(link);
        struct tokio_context context = {.notify = &task->notify,
                                        .budget = budget ? budget
                                                  : own  ? &own
                                                         : NULL};

        if (!task->future) { /* finished since it was notified */
            tokio_notify_release(&task->notify);
            continue;
        }
        atomic_store(&task->queued, false);
        *result = tokio_poll(task->future, &context);
        if (*result != TOKIO_PENDING)
            *finished = take_future(tasks, task);
        tokio_notify_release(&task->notify); /* the inbox's */
        return true;
    }
    return false;
}

size_t tokio_tasks_turn(struct tokio_tasks *tasks)
{
    tokio_tasks_collect(tasks);
    return tokio_tasks_run(tasks);
}

size_t tokio_tasks_run(struct tokio_tasks *tasks)
{
    struct tokio_future *finished;
    size_t polls = 0;
    int result;

    while (tokio_tasks_poll_next(tasks, NULL, &finished, &result)) {
        tokio_drop(finished);
        polls++;
    }
    return polls;
}
