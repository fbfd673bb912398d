/* FuturesUnordered, its children notified by threads of their own. */
#include "ground.h"

#include "tokio/unordered.h"

#include <pthread.h>

#define THREADS 4
#define ROUNDS 5000

struct crossing {
    struct tokio_unordered futures;
    struct pinged {
        struct tokio_future future;
        struct tokio_slot slot;
        atomic_uint sent;
        unsigned seen;
        pthread_t thread;
    } pinged[THREADS];
};

static void *ping(void *context)
{
    struct pinged *p = context;

    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(&p->sent, 1);
        tokio_slot_notify(&p->slot);
    }
    return NULL;
}

/* Registers first and looks then: a ping in between is a notify. */
static int poll_pinged(struct tokio_future *future, struct tokio_context *context)
{
    struct pinged *p = (struct pinged *)future;

    tokio_slot_register(&p->slot, context->notify);
    p->seen = atomic_load(&p->sent);
    return p->seen == ROUNDS ? TOKIO_READY : TOKIO_PENDING;
}

static int unordered_test_ignore_item(void *context, void *item)
{
    (void)context, (void)item;
    return 0;
}

static void no_notify_is_lost_between_threads_children_and_parent(void **state)
{
    struct crossing c;
    struct tokio_for_each each;

    (void)state;
    assert_int_equal(tokio_unordered_init(&c.futures), 0);
    for (int i = 0; i < THREADS; i++) {
        c.pinged[i] = (struct pinged){.future = {.poll = poll_pinged}};
        tokio_slot_init(&c.pinged[i].slot);
        assert_int_equal(tokio_unordered_push(&c.futures, &c.pinged[i].future), 0);
        assert_int_equal(pthread_create(&c.pinged[i].thread, NULL, ping, &c.pinged[i]), 0);
    }
    tokio_for_each_init(&each, &c.futures.stream, unordered_test_ignore_item, NULL);
    assert_int_equal(tokio_wait(&each.future), TOKIO_READY);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(c.pinged[i].seen, ROUNDS);
        pthread_join(c.pinged[i].thread, NULL);
        tokio_slot_fini(&c.pinged[i].slot);
    }
    tokio_unordered_fini(&c.futures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_notify_is_lost_between_threads_children_and_parent),
    };

    return cmocka_run_group_tests_name("unordered, threads", tests, NULL, NULL);
}
