/* Targets of every kind, good and odd: target_test EDGEWISE ODD_TARGET. */
#include "target/target.h"

#include "base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *edgewise, *odd_target;

static int deadline_ms(int ms)
{
    const char *scale = getenv("EDGEWISE_TIMEOUT_SCALE");

    return (int)(ms * (scale ? atof(scale) : 1));
}

static struct target_options options_with(int ready_ms)
{
    return (struct target_options){.program = edgewise, .ready_ms = ready_ms};
}

static struct target_list find_odd(const char *mode)
{
    struct target_list list = {0};
    struct error error = {0};
    char command[4200];

    snprintf(command, sizeof command, "'%s' %s {port}", odd_target, mode);
    if (target_find_command(&list, command, &error) < 0)
        fail_msg("%s", error.text);
    return list;
}

static struct target_run *start_or_fail(const struct target *target)
{
    struct target_options options = options_with(deadline_ms(5000));
    struct target_run *run;
    struct error error = {0};

    if (target_start(target, &options, &run, &error) < 0)
        fail_msg("%s", error.text);
    return run;
}

static void expect_no_start(const char *mode, int ready_ms, const char *words)
{
    struct target_list list = find_odd(mode);
    struct target_options options = options_with(ready_ms);
    struct target_run *run;
    struct error error = {0};

    assert_int_equal(target_start(list.items[0], &options, &run, &error), -1);
    assert_null(run);
    assert_int_equal(error.status, STATUS_CANNOT_RUN);
    if (!strstr(error.text, words))
        fail_msg("'%s' is not in '%s'", words, error.text);
    target_list_free(&list);
    /* Nothing is left running: neither the supervisor nor, as orphans, what it started. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static bool target_test_echoes(struct target_run *run, unsigned socket_index)
{
    const union address *to = target_address(run, socket_index);
    int fd = socket(to->any.sa_family, SOCK_DGRAM, 0);
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    char answer[8] = "";

    assert_int_equal(sendto(fd, "hello", 5, 0, &to->any, address_length(to)), 5);
    if (poll(&readable, 1, deadline_ms(5000)) == 1)
        (void)!read(fd, answer, sizeof answer);
    close(fd);
    return memcmp(answer, "hello", 5) == 0;
}

/* Becomes true soon, or never: processes that were killed take a moment to be gone. */
static bool is_gone(pid_t pid)
{
    int64_t limit_ns = clock_now_ns() + deadline_ms(5000) * NS_PER_MS;

    while (kill(pid, 0) == 0 && clock_now_ns() < limit_ns)
        poll(NULL, 0, 5);
    return kill(pid, 0) < 0;
}

/* ---- commands ---- */

static void a_command_serves_and_ends_when_asked(void **state)
{
    struct target_list list = find_odd("echo");
    struct target_run *run = start_or_fail(list.items[0]);
    pid_t pid = target_pid(run);
    struct target_end end;

    (void)state;
    assert_true(target_alive(run));
    assert_true(target_test_echoes(run, 0));
    target_stop(run, &end);
    assert_false(end.early);
    assert_false(end.killed);
    assert_false(end.exited);
    assert_int_equal(end.code, SIGTERM);
    assert_true(end.stop_ns > 0);
    assert_true(is_gone(pid));
    target_list_free(&list);
}

static void one_that_dies_at_start_is_told_with_its_last_words(void **state)
{
    (void)state;
    expect_no_start("die", deadline_ms(5000),
                    "ended with exit status 3 before it was ready; its standard error: first "
                    "line|I would rather not");
}

static void one_that_crashes_at_start_is_told_with_its_signal(void **state)
{
    (void)state;
    expect_no_start("crash", deadline_ms(5000), "signal 6");
}

static void one_that_never_answers_is_given_up(void **state)
{
    (void)state;
    expect_no_start("deaf", 1000, "never answered");
}

static void one_that_puts_itself_into_the_background_is_found_and_ended(void **state)
{
    (void)state;
    expect_no_start("daemon", deadline_ms(5000), "into the background");
}

static void what_cannot_be_executed_is_told(void **state)
{
    struct target_list list = {0};
    struct target_run *run;
    struct error error = {0};

    (void)state;
    assert_int_equal(target_find_command(&list, "/nowhere/server {port}", &error), 0);
    assert_int_equal(target_start(list.items[0], NULL, &run, &error), -1);
    assert_int_equal(error.status, STATUS_CANNOT_RUN);
    assert_non_null(strstr(error.text, "No such file"));
    target_list_free(&list);
}

static void one_that_ignores_sigterm_is_killed(void **state)
{
    struct target_list list = find_odd("stubborn");
    struct target_options options = options_with(deadline_ms(5000));
    struct target_run *run;
    struct target_end end;

    (void)state;
    options.stop_ms = 100;
    assert_int_equal(target_start(list.items[0], &options, &run, NULL), 0);
    target_stop(run, &end);
    assert_true(end.killed);
    assert_int_equal(end.code, SIGKILL);
    target_list_free(&list);
}

static void a_stopped_one_can_still_be_ended(void **state)
{
    struct target_list list = find_odd("echo");
    struct target_run *run = start_or_fail(list.items[0]);
    struct target_end end;

    (void)state;
    assert_int_equal(target_signal(run, SIGSTOP, true), 0);
    target_stop(run, &end);
    assert_false(end.killed);
    target_list_free(&list);
}

static void a_whole_family_is_watched_and_ended(void **state)
{
    struct target_list list = find_odd("family");
    struct target_run *run = start_or_fail(list.items[0]);
    struct target_usage usage;
    struct target_end end;

    (void)state;
    assert_true(target_test_echoes(run, 0));
    assert_int_equal(target_usage(run, &usage), 0);
    assert_true(usage.threads >= 3 || usage.threads == -1); /* a sanitizer has threads of its own */
    target_stop(run, &end);
    assert_false(end.early);
    target_list_free(&list);
}

static void floods_of_output_block_nobody(void **state)
{
    struct target_list list = find_odd("chatter");
    struct target_run *run = start_or_fail(list.items[0]);
    struct target_end end;

    (void)state;
    assert_true(target_test_echoes(run, 0));
    target_stop(run, &end);
    assert_non_null(strstr(end.stderr_tail, "complaint 19999"));
    target_list_free(&list);
}

static void a_death_while_serving_is_seen_with_its_last_words(void **state)
{
    struct target_list list = find_odd("mortal");
    int64_t limit_ns = clock_now_ns() + deadline_ms(30000) * NS_PER_MS;
    struct target_run *run;
    struct target_end end;
    char text[128];

    (void)state;
    list.items[0]->ready = TARGET_READY_PORT;
    run = start_or_fail(list.items[0]);
    assert_true(target_test_echoes(run, 0));
    while (target_alive(run) && clock_now_ns() < limit_ns)
        poll(NULL, 0, 1);
    assert_false(target_alive(run));
    assert_int_equal(target_signal(run, SIGCONT, false), -1);
    target_stop(run, &end);
    assert_true(end.early);
    target_end_text(&end, text, sizeof text);
    assert_string_equal(text, "ended with exit status 7");
    assert_string_equal(end.stderr_tail, "I have seen enough\n");
    target_list_free(&list);
}

static void it_inherits_the_standard_streams_alone(void **state)
{
    int stray = dup(STDERR_FILENO);

    (void)state;
    expect_no_start("leaky", deadline_ms(5000), "ended with exit status 3 before");
    close(stray);
}

static void a_line_on_its_output_can_say_that_it_is_ready(void **state)
{
    struct target_list list = find_odd("chatter");
    struct target_run *run;

    (void)state;
    list.items[0]->ready = TARGET_READY_STDOUT;
    list.items[0]->ready_regex = strdup("^ready on [0-9]+$");
    run = start_or_fail(list.items[0]);
    assert_true(target_test_echoes(run, 0));
    target_stop(run, NULL);
    target_list_free(&list);
}

static void somebody_elses_server_on_the_port_is_not_judged(void **state)
{
    struct target_list serving = find_odd("echo"), other = find_odd("echo");
    struct target_run *run = start_or_fail(serving.items[0]), *second;
    struct target_options options = options_with(deadline_ms(5000));
    struct error error = {0};

    (void)state;
    options.port = target_port(run, 0);
    assert_int_equal(target_start(other.items[0], &options, &second, &error), -1);
    assert_int_equal(error.status, STATUS_CANNOT_RUN);
    assert_non_null(strstr(error.text, "somebody else"));
    target_stop(run, NULL);
    target_list_free(&serving);
    target_list_free(&other);
}

static void the_death_of_the_harness_ends_everything(void **state)
{
    struct target_list list = find_odd("family");
    int ends[2];
    pid_t child, target;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        target = target_pid(start_or_fail(list.items[0]));
        /* without a word to the supervisor */
        _exit(write(ends[1], &target, sizeof target) != sizeof target);
    }
    assert_int_equal(read(ends[0], &target, sizeof target), sizeof target);
    waitpid(child, NULL, 0);
    assert_true(is_gone(target));
    close(ends[0]);
    close(ends[1]);
    target_list_free(&list);
}

/* ---- servers of ours ---- */

static void a_server_of_ours_is_found_by_name_and_publishes_its_page(void **state)
{
    struct target_list list = {0};
    struct target_options options = options_with(deadline_ms(5000));
    struct target_run *run;
    struct target_end end;
    struct error error = {0};

    (void)state;
    assert_int_equal(target_find(&list, "echo-poll", &error), 0);
    assert_int_equal(list.count, 1);
    options.sockets = 3;
    if (target_start(list.items[0], &options, &run, &error) < 0)
        fail_msg("%s", error.text);
    assert_non_null(target_page(run));
    assert_int_equal(target_page(run)->sockets, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_true(target_test_echoes(run, i));
    assert_int_not_equal(target_port(run, 0), target_port(run, 2));
    target_stop(run, &end);
    assert_true(end.exited);
    assert_int_equal(end.code, 0);
    target_list_free(&list);
}

static void its_sockets_can_be_asked_and_borrowed(void **state)
{
    struct target_list list = {0};
    struct target_run *run;
    int fd, length, before;
    socklen_t size = sizeof length;

    (void)state;
    assert_int_equal(target_find(&list, "echo-poll", NULL), 0);
    run = start_or_fail(list.items[0]);
    fd = target_borrow_socket(run, 0);
    if (fd < 0) {
        target_stop(run, NULL);
        target_list_free(&list);
        skip();
    }
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, &length, &size), 0);
    assert_int_equal(length, SOCK_DGRAM);
    assert_int_equal(target_socket_drops(run), 0);
    /* With room for one datagram at most, a stopped server loses the others, and each is
     * counted. */
    before = 2304;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &before, sizeof before), 0);
    assert_int_equal(target_freeze(run, deadline_ms(2000)), 0);
    for (int i = 0; i < 100; i++) {
        const union address *to = target_address(run, 0);

        assert_int_equal(sendto(fd, "hello", 5, MSG_DONTWAIT, &to->any, address_length(to)), 5);
    }
    assert_in_range(target_socket_drops(run), 90, 99);
    close(fd);
    target_stop(run, NULL);
    target_list_free(&list);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_serves_and_ends_when_asked),
        cmocka_unit_test(one_that_dies_at_start_is_told_with_its_last_words),
        cmocka_unit_test(one_that_crashes_at_start_is_told_with_its_signal),
        cmocka_unit_test(one_that_never_answers_is_given_up),
        cmocka_unit_test(one_that_puts_itself_into_the_background_is_found_and_ended),
        cmocka_unit_test(what_cannot_be_executed_is_told),
        cmocka_unit_test(one_that_ignores_sigterm_is_killed),
        cmocka_unit_test(a_stopped_one_can_still_be_ended),
        cmocka_unit_test(a_whole_family_is_watched_and_ended),
        cmocka_unit_test(floods_of_output_block_nobody),
        cmocka_unit_test(a_death_while_serving_is_seen_with_its_last_words),
        cmocka_unit_test(it_inherits_the_standard_streams_alone),
        cmocka_unit_test(a_line_on_its_output_can_say_that_it_is_ready),
        cmocka_unit_test(somebody_elses_server_on_the_port_is_not_judged),
        cmocka_unit_test(the_death_of_the_harness_ends_everything),
        cmocka_unit_test(a_server_of_ours_is_found_by_name_and_publishes_its_page),
        cmocka_unit_test(its_sockets_can_be_asked_and_borrowed),
    };

    /* as edgewise has it: a supervisor may be gone before it is told to stop */
    signal(SIGPIPE, SIG_IGN);
    if (argc != 3) {
        fprintf(stderr, "usage: target_test EDGEWISE ODD_TARGET\n");
        return 2;
    }
    edgewise = argv[1];
    odd_target = argv[2];
    return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
