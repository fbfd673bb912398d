/* Starting and stopping, held against one plug-in: lifecycle_test PLUGIN.so */
#include "bench.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_MALLINFO2
#include <malloc.h>
#endif
#ifdef __linux__
#include <sys/syscall.h>
#endif

#define WARM_UP 20
#define ROUNDS 1000

static struct bench bench;

static int lifecycle_test_set_up(void **state)
{
    *state = &bench;
    return 0;
}

static size_t lifecycle_test_count_entries(const char *folder)
{
    DIR *entries = opendir(folder);
    size_t n = 0;

    if (!entries)
        return 0;
    while (readdir(entries))
        n++;
    closedir(entries);
    return n;
}

struct holdings {
    size_t descriptors;
    size_t threads; /* 0 where the platform does not tell */
    size_t bytes;   /* 0 where the platform does not tell */
};

static struct holdings take_stock(void)
{
    struct holdings h = {.descriptors = lifecycle_test_count_entries("/dev/fd"),
                         .threads = lifecycle_test_count_entries("/proc/self/task")};

#ifdef HAVE_MALLINFO2
    h.bytes = mallinfo2().uordblks + mallinfo2().hblkhd;
#endif
    return h;
}

static void start_and_stop(struct bench *b, unsigned rounds)
{
    struct ew_config config = bench_config(4);

    for (unsigned i = 0; i < rounds; i++) {
        assert_int_equal(b->server.start(&config, &b->instance), 0);
        assert_int_equal(b->server.stop(b->instance), 0);
    }
    b->instance = NULL;
}

static void a_thousand_starts_and_stops_leave_nothing_behind(void **state)
{
    struct bench *b = *state;
    struct holdings before, after;

    start_and_stop(b, WARM_UP);
    before = take_stock();
    start_and_stop(b, ROUNDS);
    after = take_stock();
    assert_true(before.descriptors > 0);
    assert_int_equal(after.descriptors, before.descriptors);
    assert_int_equal(after.threads, before.threads);
    assert_int_equal(after.bytes, before.bytes);
}

static void every_failed_start_leaves_nothing_behind(void **state)
{
    struct bench *b = *state;
    struct ew_config config = bench_config(4);
    struct ew_instance *none;
    struct holdings before, after;

    bench_start(b, &config);
    /* socket 1 finds its port taken, after socket 0 was opened */
    config.port = b->server.port(b->instance, 0) - 1u;
    for (unsigned i = 0; i < 4; i++)
        /* what the running one allocates at its start is allocated now */
        bench_expect_echo(b, i, "up", 2);
    b->server.start(&config, &none);
    before = take_stock();
    for (unsigned i = 0; i < WARM_UP; i++) {
        assert_true(b->server.start(&config, &none) < 0);
        assert_null(none);
    }
    after = take_stock();
    assert_int_equal(after.descriptors, before.descriptors);
    assert_int_equal(after.bytes, before.bytes);
    bench_stop(b);
}

#ifdef __linux__

#define QUEUED 50

/* Holds each worker inside its first receive until the gate opens. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned held;
    bool open;
};

static void hold_at_gate(void *context, const struct ew_log_entry *entry)
{
    struct gate *gate = context;

    if (entry->kind != EW_LOG_RECEIVED)
        return;
    pthread_mutex_lock(&gate->lock);
    gate->held++;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

struct stopper {
    struct bench *bench;
    _Atomic long tid;
    int result;
};

static void *call_stop(void *argument)
{
    struct stopper *s = argument;

    atomic_store(&s->tid, syscall(SYS_gettid));
    s->result = s->bench->server.stop(s->bench->instance);
    return NULL;
}

static char thread_state(long tid)
{
    char path[64], line[256] = "";
    FILE *file;

    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", tid);
    file = fopen(path, "r");
    if (!file)
        return '?';
    if (!fgets(line, sizeof line, file))
        line[0] = '\0';
    fclose(file);
    return strrchr(line, ')') ? strrchr(line, ')')[2] : '?';
}

/* The one place where a stopper sleeps is the join, and by then the stop flag is set. */
static void wait_until_it_joins(struct stopper *s)
{
    time_t end = time(NULL) + bench_deadline_ms() / 1000 + 1;

    while (atomic_load(&s->tid) == 0 || thread_state(s->tid) != 'S') {
        assert_true(time(NULL) < end);
        sched_yield();
    }
}

static unsigned count_answers(struct bench *b)
{
    unsigned n = 0;
    char answer[8];

    while (recv(b->client, answer, sizeof answer, MSG_DONTWAIT) >= 0)
        n++;
    return n;
}

/* Under a flood: the sockets are full when stop is called, and the worker has one datagram in
 * hand. */
static void after_stop_at_most_one_more_datagram_of_each_socket_is_served(void **state)
{
    struct bench *b = *state;
    struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct stopper stopper = {.bench = b};
    struct ew_config config = bench_config(1);
    struct ew_page *page; /* outlives the instance */
    pthread_t thread;
    unsigned answers, budget = b->description->default_budget;
    uint64_t taken;

    if (!(b->description->capabilities & EW_CAN_COUNTERS)) {
        printf("skipped: %s reports no receives, so it cannot be held in one\n",
               b->description->name);
        skip();
    }
    config.log = hold_at_gate;
    config.log_context = &gate;
    config.page_size = ew_page_size(1, 1);
    config.page = page = calloc(1, config.page_size);
    bench_start(b, &config);
    for (unsigned i = 0; i < QUEUED; i++)
        bench_send(b, 0, "flood", 5);
    pthread_mutex_lock(&gate.lock);
    while (gate.held == 0)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);

    assert_int_equal(pthread_create(&thread, NULL, call_stop, &stopper), 0);
    wait_until_it_joins(&stopper);
    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    pthread_join(thread, NULL);

    answers = count_answers(b);
    close(b->client);
    b->client = -1;
    assert_int_equal(stopper.result, 0);
    /* What was in hand is answered, or its loss is told; more than one where a call takes many. */
    taken = COUNTER(page, 0, datagrams_received);
    assert_in_range(taken, 1, budget ? budget : 1);
    assert_in_range(answers, 0, 1);
    assert_int_equal(answers + COUNTER(page, 0, dropped_stopping), taken);
    free(page);
}

#endif

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_thousand_starts_and_stops_leave_nothing_behind,
                               lifecycle_test_set_up),
        cmocka_unit_test_setup(every_failed_start_leaves_nothing_behind, lifecycle_test_set_up),
#ifdef __linux__
        cmocka_unit_test_setup(after_stop_at_most_one_more_datagram_of_each_socket_is_served,
                               lifecycle_test_set_up),
#endif
    };
    int status = bench_load(&bench, argc, argv);

    if (status)
        return status;
    return cmocka_run_group_tests_name(bench.description->name, tests, NULL, NULL);
}
