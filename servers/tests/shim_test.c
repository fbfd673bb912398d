/* The kqueue shim, as far as tests rely on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/event.h>
#include <sys/socket.h>
#include <unistd.h>

struct pair {
    int kq;
    int near;
    int far;
};

static int shim_test_set_up(void **state)
{
    static struct pair pair;
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
    pair = (struct pair){.kq = kqueue(), .near = fds[0], .far = fds[1]};
    *state = &pair;
    return 0;
}

static int shim_test_tear_down(void **state)
{
    struct pair *pair = *state;

    close(pair->kq);
    close(pair->near);
    close(pair->far);
    return 0;
}

static int shim_test_change(struct pair *p, int filter, int flags)
{
    struct kevent event;

    EV_SET(&event, p->near, filter, flags, 0, 0, p);
    return kevent(p->kq, &event, 1, NULL, 0, NULL);
}

/* How many events there are now; the first one's filter in *filter. */
static int shim_test_look(struct pair *p, int *filter)
{
    struct kevent events[4];
    int n = kevent(p->kq, NULL, 0, events, 4, &(struct timespec){0});

    if (n > 0) {
        assert_ptr_equal(events[0].udata, p);
        *filter = events[0].filter;
    }
    return n;
}

static void shim_test_send_one(struct pair *p)
{
    assert_int_equal(send(p->far, "x", 1, 0), 1);
}

static void shim_test_receive_one(struct pair *p)
{
    char byte;

    assert_int_equal(recv(p->near, &byte, 1, 0), 1);
}

static void level_reports_until_it_was_read(void **state)
{
    struct pair *p = *state;
    int filter = 0;

    assert_int_equal(shim_test_change(p, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(shim_test_look(p, &filter), 0);
    shim_test_send_one(p);
    assert_int_equal(shim_test_look(p, &filter), 1);
    assert_int_equal(filter, EVFILT_READ);
    assert_int_equal(shim_test_look(p, &filter), 1);
    shim_test_receive_one(p);
    assert_int_equal(shim_test_look(p, &filter), 0);
}

static void clear_reports_an_arrival_once(void **state)
{
    struct pair *p = *state;
    int filter;

    assert_int_equal(shim_test_change(p, EVFILT_READ, EV_ADD | EV_CLEAR), 0);
    shim_test_send_one(p);
    assert_int_equal(shim_test_look(p, &filter), 1);
    assert_int_equal(shim_test_look(p, &filter), 0);
    shim_test_send_one(p);
    assert_int_equal(shim_test_look(p, &filter), 1);
}

static void oneshot_deletes_and_dispatch_disables(void **state)
{
    struct pair *p = *state;
    int filter;

    shim_test_send_one(p);
    assert_int_equal(shim_test_change(p, EVFILT_READ, EV_ADD | EV_ONESHOT), 0);
    assert_int_equal(shim_test_look(p, &filter), 1);
    assert_int_equal(shim_test_look(p, &filter), 0);
    assert_int_equal(shim_test_change(p, EVFILT_READ, EV_DELETE), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(shim_test_change(p, EVFILT_READ, EV_ADD | EV_DISPATCH), 0);
    assert_int_equal(shim_test_look(p, &filter), 1);
    assert_int_equal(shim_test_look(p, &filter), 0);
    assert_int_equal(shim_test_change(p, EVFILT_READ, EV_ENABLE), 0);
    assert_int_equal(shim_test_look(p, &filter), 1);
    assert_int_equal(shim_test_change(p, EVFILT_READ, EV_DELETE), 0);
}

static void the_two_filters_are_two_events(void **state)
{
    struct pair *p = *state;
    int filter = 0;

    assert_int_equal(shim_test_change(p, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(shim_test_change(p, EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(shim_test_look(p, &filter), 1);
    assert_int_equal(filter, EVFILT_WRITE);
    shim_test_send_one(p);
    assert_int_equal(shim_test_look(p, &filter), 2);
    assert_int_equal(shim_test_change(p, EVFILT_WRITE, EV_DELETE), 0);
    assert_int_equal(shim_test_look(p, &filter), 1);
    assert_int_equal(filter, EVFILT_READ);
}

static void receipts_tell_of_each_change(void **state)
{
    struct pair *p = *state;
    struct kevent events[2];

    EV_SET(&events[0], p->near, EVFILT_READ, EV_ADD | EV_RECEIPT, 0, 0, p);
    EV_SET(&events[1], p->near, EVFILT_WRITE, EV_DELETE | EV_RECEIPT, 0, 0, p);
    assert_int_equal(kevent(p->kq, events, 2, events, 2, NULL), 2);
    assert_int_equal(events[0].flags, EV_ERROR);
    assert_int_equal(events[0].data, 0);
    assert_int_equal(events[1].data, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(level_reports_until_it_was_read, shim_test_set_up,
                                        shim_test_tear_down),
        cmocka_unit_test_setup_teardown(clear_reports_an_arrival_once, shim_test_set_up,
                                        shim_test_tear_down),
        cmocka_unit_test_setup_teardown(oneshot_deletes_and_dispatch_disables, shim_test_set_up,
                                        shim_test_tear_down),
        cmocka_unit_test_setup_teardown(the_two_filters_are_two_events, shim_test_set_up,
                                        shim_test_tear_down),
        cmocka_unit_test_setup_teardown(receipts_tell_of_each_change, shim_test_set_up,
                                        shim_test_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
