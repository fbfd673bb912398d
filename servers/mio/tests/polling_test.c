/* Polling itself: timeouts, signals, several threads; and UDP's own: empty datagrams, errors,
 * connected sockets, multicast. */
#include "ground.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

/* ---- 0.6 smoke, 0.6 poll; 1.x poll ---- */

static void with_nothing_registered_the_time_runs_out(void **state)
{
    struct ground *g = *state;
    int64_t began = now_ns();

    assert_int_equal(mio_poll(g->poll, g->events, COUNT(g->events), 3 * MS), 0);
    assert_true(now_ns() - began >= 3 * MS);
}

static void what_was_registered_and_dropped_is_quiet(void **state)
{
    struct ground *g = *state;
    struct mio_socket dropped;

    mio_socket_init(&dropped, udp_socket());
    assert_int_equal(mio_register(g->poll, &dropped, NEAR, MIO_READABLE | MIO_WRITABLE, MIO_LEVEL),
                     0);
    assert_int_equal(mio_deregister(g->poll, &dropped), 0);
    close(dropped.fd);
    assert_int_equal(look(g), 0);
}

static void two_thousand_polls_leave_no_descriptor_open(void **state)
{
    struct ground *g = *state;
    const struct mio_options options = {.selector = g->selector};
    int next = dup(0);

    close(next);
    for (int i = 0; i < 2000; i++) {
        struct mio_poll *poll;

        assert_int_equal(mio_poll_new(&options, &poll), 0);
        mio_poll_free(poll);
    }
    assert_int_equal(fcntl(next, F_GETFD), -1);
    assert_int_equal(dup(0), next);
    close(next);
}

static void a_zero_timeout_still_asks_the_kernel(void **state)
{
    struct ground *g = *state;

    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
    send_near(g, "x", 1);
    assert_int_equal(look(g), 1);
}

static void the_kernel_is_asked_also_while_registrations_wait(void **state)
{
    struct ground *g = *state;
    struct mio_registration *registration;
    struct mio_set_readiness *set;

    assert_int_equal(mio_registration_new(&registration, &set), 0);
    assert_int_equal(mio_registration_register(g->poll, registration, 9, MIO_READABLE, MIO_LEVEL),
                     0);
    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_LEVEL), 0);
    assert_int_equal(mio_set_readiness(set, MIO_READABLE), 0);
    send_near(g, "x", 1);
    assert_int_equal(await(g), 2); /* sockets first */
    assert_int_equal(g->events[0].token, NEAR);
    assert_int_equal(g->events[1].token, 9);
    mio_registration_free(registration);
    mio_set_readiness_free(set);
}

/* The original let sockets fill the buffer and starve registrations (its issues 767 and 772). */
static void sockets_that_fill_the_buffer_do_not_starve_registrations(void **state)
{
    struct ground *g = *state;
    struct mio_registration *registration;
    struct mio_set_readiness *set;
    struct mio_event two[2];

    assert_int_equal(mio_registration_new(&registration, &set), 0);
    assert_int_equal(mio_registration_register(g->poll, registration, 9, MIO_READABLE, MIO_LEVEL),
                     0);
    assert_int_equal(mio_set_readiness(set, MIO_READABLE), 0);
    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_WRITABLE, MIO_LEVEL), 0);
    assert_int_equal(mio_register(g->poll, &g->far, FAR, MIO_WRITABLE, MIO_LEVEL), 0);
    assert_int_equal(mio_poll(g->poll, two, 2, 0), 2);
    assert_int_equal(two[1].token, 9);
    mio_registration_free(registration);
    mio_set_readiness_free(set);
}

static void a_small_buffer_shows_every_ready_socket_in_turn(void **state)
{
    struct ground *g = *state;
    struct mio_event one;
    int times[3] = {0};

    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_WRITABLE, MIO_LEVEL), 0);
    assert_int_equal(mio_register(g->poll, &g->far, FAR, MIO_WRITABLE, MIO_LEVEL), 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(mio_poll(g->poll, &one, 1, 0), 1);
        times[one.token]++;
    }
    assert_int_equal(times[NEAR], 5);
    assert_int_equal(times[FAR], 5);
}

/* 1.x regressions issue_1205 */
static void a_deregistered_socket_adds_nothing_to_a_wake_up(void **state)
{
    struct ground *g = *state;
    struct mio_registration *registration;
    struct mio_set_readiness *set;

    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
    send_near(g, "x", 1);
    assert_int_equal(mio_deregister(g->poll, &g->near), 0);
    assert_int_equal(mio_registration_new(&registration, &set), 0);
    assert_int_equal(mio_registration_register(g->poll, registration, 9, MIO_READABLE, MIO_EDGE),
                     0);
    assert_int_equal(mio_set_readiness(set, MIO_READABLE), 0);
    assert_int_equal(await(g), 1);
    assert_int_equal(seen(g, 9), MIO_READABLE);
    mio_registration_free(registration);
    mio_set_readiness_free(set);
}

/* ---- signals ---- */

static atomic_int alarms;

static void on_alarm(int signal)
{
    (void)signal;
    atomic_fetch_add(&alarms, 1);
}

static void interrupt_every(int ms)
{
    struct sigaction action = {.sa_handler = on_alarm}; /* without SA_RESTART */
    struct itimerval timer = {{0, ms * 1000}, {0, ms * 1000}};

    sigemptyset(&action.sa_mask);
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void signals_do_not_shorten_a_timeout(void **state)
{
    struct ground *g = *state;
    int64_t began = now_ns();

    interrupt_every(5);
    assert_int_equal(mio_poll(g->poll, g->events, COUNT(g->events), 60 * MS), 0);
    interrupt_every(0);
    assert_true(now_ns() - began >= 60 * MS);
}

static void *send_after_three_alarms(void *argument)
{
    while (alarms < 3)
        usleep(1000);
    send_near(argument, "x", 1);
    return NULL;
}

static void signals_do_not_end_a_wait_for_ever(void **state)
{
    struct ground *g = *state;
    sigset_t alarm_only, before;
    pthread_t sender;

    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    /* the sender's mask: only the polling thread is interrupted */
    pthread_sigmask(SIG_BLOCK, &alarm_only, &before);
    alarms = 0;
    assert_int_equal(pthread_create(&sender, NULL, send_after_three_alarms, g), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    interrupt_every(5);
    assert_int_equal(mio_poll(g->poll, g->events, COUNT(g->events), MIO_FOREVER), 1);
    interrupt_every(0);
    assert_true(alarms >= 3);
    pthread_join(sender, NULL);
}

/* ---- UDP: 0.6 udp_socket, multicast; 1.x udp_socket ---- */

static void an_empty_datagram_is_readable_and_received_as_nothing(void **state)
{
    struct ground *g = *state;

    for (uint32_t option = MIO_EDGE; option <= MIO_LEVEL; option++) {
        assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, option), 0);
        send_near(g, "", 0);
        await_bits(g, NEAR, MIO_READABLE);
        assert_int_equal(receive_near(g), 0);
        assert_int_equal(receive_near(g), -EAGAIN);
        assert_int_equal(mio_deregister(g->poll, &g->near), 0);
    }
}

static void a_first_receive_would_block(void **state)
{
    struct ground *g = *state;

    assert_int_equal(receive_near(g), -EAGAIN); /* also without a poll */
    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
    assert_int_equal(receive_near(g), -EAGAIN);
    assert_int_equal(look(g), 0);
}

static void a_datagram_comes_with_its_sender_and_can_be_answered(void **state)
{
    struct ground *g = *state;
    struct sockaddr_in peer, far = address_of(g->far.fd);
    socklen_t length = sizeof peer;
    char text[8];

    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
    assert_int_equal(mio_register(g->poll, &g->far, FAR, MIO_READABLE, MIO_EDGE), 0);
    send_near(g, "ping", 4);
    await_bits(g, NEAR, MIO_READABLE);
    assert_int_equal(mio_recvfrom(&g->near, text, sizeof text, (struct sockaddr *)&peer, &length),
                     4);
    assert_int_equal(peer.sin_port, far.sin_port);
    assert_int_equal(mio_sendto(&g->near, text, 4, (struct sockaddr *)&peer, length), 4);
    await_bits(g, FAR, MIO_READABLE);
    assert_int_equal(mio_recvfrom(&g->far, text, sizeof text, NULL, NULL), 4);
    assert_memory_equal(text, "ping", 4);
}

static void a_send_without_a_destination_says_so(void **state)
{
    struct ground *g = *state;

    assert_int_equal(mio_sendto(&g->near, "x", 1, NULL, 0), -EDESTADDRREQ);
}

static void a_connected_socket_discards_what_others_send(void **state)
{
    struct ground *g = *state;
    struct sockaddr_in near = address_of(g->near.fd);
    int stranger = udp_socket();

    connect_to(g->near.fd, g->far.fd);
    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_LEVEL), 0);
    assert_true(sendto(stranger, "no", 2, 0, (struct sockaddr *)&near, sizeof near) == 2);
    send_near(g, "yes", 3);
    await_bits(g, NEAR, MIO_READABLE);
    assert_int_equal(receive_near(g), 3);
    assert_int_equal(receive_near(g), -EAGAIN);
    close(stranger);
}

static void a_reconnected_socket_sends_to_its_new_peer(void **state)
{
    struct ground *g = *state;
    int third = udp_socket();

    connect_to(g->far.fd, third);
    connect_to(g->far.fd, g->near.fd);
    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
    assert_int_equal(mio_sendto(&g->far, "again", 5, NULL, 0), 5);
    await_bits(g, NEAR, MIO_READABLE);
    assert_int_equal(receive_near(g), 5);
    close(third);
}

/* POLLERR on UDP is one pending error, not the socket's end: mio master's poll(2) selector took it
 * for that. */
static void a_refused_datagram_is_an_error_that_passes(uint32_t options, struct ground *g)
{
    struct sockaddr_in near = address_of(g->near.fd);
    int gone = udp_socket(), back;
    struct sockaddr_in there = address_of(gone);

    connect_to(g->near.fd, gone);
    close(gone);
    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, options), 0);
    assert_int_equal(send(g->near.fd, "x", 1, 0), 1);
    await_bits(g, NEAR, MIO_READABLE); /* with it or alone, it makes one receive */
    assert_int_equal(receive_near(g), -ECONNREFUSED);
    assert_int_equal(receive_near(g), -EAGAIN);
    assert_int_equal(look(g), 0);

    back = socket(AF_INET, SOCK_DGRAM, 0); /* the peer comes back, and is heard */
    assert_int_equal(bind(back, (struct sockaddr *)&there, sizeof there), 0);
    assert_int_equal(sendto(back, "y", 1, 0, (struct sockaddr *)&near, sizeof near), 1);
    await_bits(g, NEAR, MIO_READABLE);
    assert_int_equal(receive_near(g), 1);
    close(back);
}

static void level_an_error_of_the_past_does_not_end_the_socket(void **state)
{
    a_refused_datagram_is_an_error_that_passes(MIO_LEVEL, *state);
}

static void edge_an_error_of_the_past_does_not_end_the_socket(void **state)
{
    a_refused_datagram_is_an_error_that_passes(MIO_EDGE, *state);
}

static void an_error_is_told_to_whoever_wants_only_to_write(void **state)
{
    struct ground *g = *state;
    int gone = udp_socket();

    connect_to(g->near.fd, gone);
    close(gone);
    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_WRITABLE, MIO_EDGE), 0);
    await_bits(g, NEAR, MIO_WRITABLE);
    assert_int_equal(mio_reregister(g->poll, &g->near, NEAR, MIO_WRITABLE, MIO_EDGE), 0);
    assert_int_equal(send(g->near.fd, "x", 1, 0), 1);
    await_bits(g, NEAR, MIO_WRITABLE);
    assert_int_equal(mio_sendto(&g->near, "y", 1, NULL, 0), -ECONNREFUSED);
}

static void multicast_reaches_a_member(void **state)
{
    struct ground *g = *state;
    struct sockaddr_in group = address_of(g->near.fd), any = {.sin_family = AF_INET};
    struct ip_mreq member = {.imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
    struct in_addr loopback = {htonl(INADDR_LOOPBACK)};

    close(g->near.fd);
    mio_socket_init(&g->near, socket(AF_INET, SOCK_DGRAM, 0));
    assert_int_equal(fcntl(g->near.fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(bind(g->near.fd, (struct sockaddr *)&any, sizeof any), 0);
    group.sin_port = address_of(g->near.fd).sin_port;
    assert_int_equal(inet_pton(AF_INET, "239.255.7.9", &group.sin_addr), 1);
    member.imr_multiaddr = group.sin_addr;
    if (setsockopt(g->near.fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member, sizeof member) < 0 ||
        setsockopt(g->far.fd, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback) < 0 ||
        sendto(g->far.fd, "all", 3, 0, (struct sockaddr *)&group, sizeof group) < 0) {
        printf("skipped: no multicast on the loopback interface here\n");
        skip();
    }
    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
    await_bits(g, NEAR, MIO_READABLE);
    assert_int_equal(receive_near(g), 3);
}

static int polling_test_run(void)
{
    const struct CMUnitTest tests[] = {
        on_ground(with_nothing_registered_the_time_runs_out),
        on_ground(what_was_registered_and_dropped_is_quiet),
        on_ground(two_thousand_polls_leave_no_descriptor_open),
        on_ground(a_zero_timeout_still_asks_the_kernel),
        on_ground(the_kernel_is_asked_also_while_registrations_wait),
        on_ground(sockets_that_fill_the_buffer_do_not_starve_registrations),
        on_ground(a_small_buffer_shows_every_ready_socket_in_turn),
        on_ground(a_deregistered_socket_adds_nothing_to_a_wake_up),
        on_ground(signals_do_not_shorten_a_timeout),
        on_ground(signals_do_not_end_a_wait_for_ever),
        on_ground(an_empty_datagram_is_readable_and_received_as_nothing),
        on_ground(a_first_receive_would_block),
        on_ground(a_datagram_comes_with_its_sender_and_can_be_answered),
        on_ground(a_send_without_a_destination_says_so),
        on_ground(a_connected_socket_discards_what_others_send),
        on_ground(a_reconnected_socket_sends_to_its_new_peer),
        on_ground(level_an_error_of_the_past_does_not_end_the_socket),
        on_ground(edge_an_error_of_the_past_does_not_end_the_socket),
        on_ground(an_error_is_told_to_whoever_wants_only_to_write),
        on_ground(multicast_reaches_a_member),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_on_selector(argc, argv, polling_test_run);
}
