/* The upstream that a forwarder is given: where it is, that it answers, that it ends. */
#include "target/upstream.h"

#include "cmocka_all.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MS 10000

static char *asks[] = {"forwarder", "{port}", "--to={upstream}", NULL};
static char *asks_nobody[] = {"server", "{port}", NULL};

static struct target command(char **argv, const char *speaks)
{
    struct target t = {.kind = TARGET_COMMAND, .name = (char *)"forwarder", .argv = argv};
    char why[EXCHANGE_WHY];

    assert_int_equal(exchange_parse(speaks, &t.exchange, why), 0);
    return t;
}

/* What comes back for these bytes from loopback's `port`; -1: nothing does. */
static ssize_t asked(unsigned port, const char *bytes, char *answer, size_t room)
{
    union address to = address_loopback((uint16_t)port);
    struct pollfd one = {.fd = socket(AF_INET, SOCK_DGRAM, 0), .events = POLLIN};
    ssize_t n = -1;

    assert_int_equal(connect(one.fd, &to.any, address_length(&to)), 0);
    if (send(one.fd, bytes, strlen(bytes), 0) > 0 && poll(&one, 1, ANSWER_MS) == 1)
        n = recv(one.fd, answer, room, 0);
    close(one.fd);
    return n;
}

static void one_that_is_asked_answers_until_it_is_stopped(void **state)
{
    struct target t = command(asks, "echo");
    union address first = address_loopback(20000);
    struct error error = {0};
    struct upstream u;
    char answer[16];
    unsigned port;
    pid_t pid;

    (void)state;
    assert_int_equal(upstream_start(&u, &t, &first, 10, &error), 0);
    port = u.port;
    pid = u.pid;
    assert_true(port > 0 && (port < 20000 || port >= 20010));
    assert_int_equal(asked(port, "well?", answer, sizeof answer), 5);
    assert_memory_equal(answer, "well?", 5);
    upstream_stop(&u);
    assert_int_equal(asked(port, "well?", answer, sizeof answer), -1); /* ECONNREFUSED */
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void one_that_is_not_asked_is_not_there(void **state)
{
    struct target t = command(asks_nobody, "dns");
    union address first = address_loopback(20000);
    struct error error = {0};
    struct upstream u = {0};

    (void)state;
    assert_int_equal(upstream_start(&u, &t, &first, 1, &error), 0);
    assert_int_equal(u.port, 0);
    assert_int_equal(u.pid, 0);
    upstream_stop(&u);
}

static void what_cannot_be_is_told(void **state)
{
    struct target silent = command(asks, "stun"), taken = command(asks_nobody, "echo");
    union address first = address_loopback(20000), own = first;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct error error = {0};
    struct upstream u = {0};

    (void)state;
    assert_int_equal(upstream_start(&u, &silent, &first, 1, &error), -1);
    assert_int_equal(error.status, STATUS_USAGE);
    assert_non_null(strstr(error.text, "stun"));
    address_set_port(&own, 0);
    assert_int_equal(bind(fd, &own.any, address_length(&own)), 0);
    assert_int_equal(getsockname(fd, &own.any, &(socklen_t){sizeof own}), 0);
    taken.upstream = address_port(&own); /* as a target file says it */
    error = (struct error){0};
    assert_int_equal(upstream_start(&u, &taken, &first, 1, &error), -1);
    assert_int_equal(error.status, STATUS_CANNOT_RUN);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_is_asked_answers_until_it_is_stopped),
        cmocka_unit_test(one_that_is_not_asked_is_not_there),
        cmocka_unit_test(what_cannot_be_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
