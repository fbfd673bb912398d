/* A thread that is lent to a server serves for it, held against one plug-in: loan_test PLUGIN.so */
#include "bench.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define SOCKETS 3

static struct bench bench;

static int loan_test_set_up(void **state)
{
    *state = &bench;
    return 0;
}

static void loan_test_start(struct bench *b, struct ew_loan *loan)
{
    struct ew_config config = bench_config(SOCKETS);

    *loan = (struct ew_loan){.size = sizeof *loan};
    config.loan = loan;
    bench_start(b, &config);
    assert_non_null(loan->serve);
    assert_non_null(loan->ask);
}

/* A client's thread, while the test's own one is lent. */
struct visit {
    struct bench *bench;
    const struct ew_loan *loan;
};

static void *echo_and_ask(void *argument)
{
    struct visit *visit = argument;

    for (unsigned i = 0; i < SOCKETS; i++)
        bench_expect_echo(visit->bench, i, "lent", 4);
    visit->loan->ask(visit->bench->instance);
    return NULL;
}

static void a_lent_thread_serves_until_it_is_asked_to_end(void **state)
{
    struct bench *b = *state;
    struct ew_loan loan;
    pthread_t client;

    loan_test_start(b, &loan);
    assert_int_equal(pthread_create(&client, NULL, echo_and_ask, &(struct visit){b, &loan}), 0);
    loan.serve(b->instance);
    pthread_join(client, NULL);
    bench_stop(b);
}

static void who_was_asked_before_does_not_begin(void **state)
{
    struct bench *b = *state;
    struct ew_loan loan;

    loan_test_start(b, &loan);
    loan.ask(b->instance);
    loan.ask(b->instance);
    loan.serve(b->instance);
    bench_stop(b);
}

static void a_thread_that_never_came_is_not_waited_for(void **state)
{
    struct ew_loan loan;

    loan_test_start(*state, &loan);
    bench_stop(*state);
}

static void a_loan_of_an_unknown_size_is_refused(void **state)
{
    struct bench *b = *state;
    struct ew_config config = bench_config(1);

    config.loan = &(struct ew_loan){.size = 8};
    assert_int_equal(b->server.start(&config, &b->instance), -EINVAL);
    assert_null(b->instance);
}

/* ---- the program around a server that knows nothing of loans ---- */

/* As one that was built before answers a larger configuration (abi_test).  The signal that ends the
 * program is held until it waits for one. */
static int start_as_before(const struct ew_config *config, struct ew_instance **instance)
{
    *instance = NULL;
    if (config->loan)
        return -E2BIG;
    kill(getpid(), SIGTERM);
    return bench.server.start(config, instance);
}

static int run_as_before(char *option)
{
    struct ew_functions functions = bench.server;

    functions.start = start_as_before;
    return ew_program(&functions, 4, (char *[]){"loan_test", "--port", "0", option, NULL});
}

static void a_server_of_before_serves_on_threads_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(run_as_before("--quiet"), 0);
}

static void it_is_refused_where_the_main_thread_is_asked_for(void **state)
{
    (void)state;
    assert_int_equal(run_as_before("--foreground-loop"), 4);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_lent_thread_serves_until_it_is_asked_to_end, loan_test_set_up),
        cmocka_unit_test_setup(who_was_asked_before_does_not_begin, loan_test_set_up),
        cmocka_unit_test_setup(a_thread_that_never_came_is_not_waited_for, loan_test_set_up),
        cmocka_unit_test_setup(a_loan_of_an_unknown_size_is_refused, loan_test_set_up),
        cmocka_unit_test(a_server_of_before_serves_on_threads_of_its_own),
        cmocka_unit_test(it_is_refused_where_the_main_thread_is_asked_for),
    };
    int status = bench_load(&bench, argc, argv);

    if (status)
        return status;
    return cmocka_run_group_tests_name(bench.description->name, tests, NULL, NULL);
}
