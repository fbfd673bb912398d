/* Datagrams that lie there together, of several peers and sizes, and trains: a server that takes
 * many for each call answers as one that takes each by itself.  batch_test PLUGIN.so */
#include "bench.h"

#include <netinet/udp.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define PEERS 3
#define RUN 70      /* of one size and peer: more than a train holds, and more than a batch */
#define SEGMENT 100 /* of a train of */
#define TRAIN 1234  /* bytes: twelve datagrams of 100, and one of 34 */

/* A server whose worker is lent to it only when all that is to lie there was sent. */
struct lent {
    struct bench *bench;
    struct ew_loan loan;
    pthread_t thread;
    int peers[PEERS];
};

static struct bench bench;

static void *serve_lent(void *argument)
{
    struct lent *lent = argument;

    lent->loan.serve(lent->bench->instance);
    return NULL;
}

static void lent_start(struct lent *lent, void **state)
{
    struct ew_config config = bench_config(1);
    struct sockaddr_storage to;
    socklen_t length;

    *state = lent->bench = &bench;
    lent->loan = (struct ew_loan){.size = sizeof lent->loan};
    config.loan = &lent->loan;
    bench_start(&bench, &config);
    length = bench_address(&bench, 0, NULL, &to);
    lent->peers[0] = bench.client;
    for (int i = 1; i < PEERS; i++) {
        struct timeval limit = {.tv_sec = bench_deadline_ms() / 1000};

        lent->peers[i] = socket(to.ss_family, SOCK_DGRAM, 0);
        assert_int_equal(connect(lent->peers[i], (struct sockaddr *)&to, length), 0);
        assert_int_equal(setsockopt(lent->peers[i], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit),
                         0);
    }
}

static void lent_serve(struct lent *lent)
{
    assert_int_equal(pthread_create(&lent->thread, NULL, serve_lent, lent), 0);
}

static void lent_stop(struct lent *lent)
{
    lent->loan.ask(bench.instance);
    pthread_join(lent->thread, NULL);
    for (int i = 1; i < PEERS; i++)
        close(lent->peers[i]);
    bench_stop(&bench);
}

/* Each byte tells its datagram, so that one in another's place is seen. */
static const uint8_t *batch_bytes(unsigned index, size_t length)
{
    static uint8_t bytes[4096];

    assert_in_range(length, 0, sizeof bytes);
    memset(bytes, (int)(index * 7 + 1), length);
    return bytes;
}

static void send_from(struct lent *lent, unsigned peer, unsigned index, size_t length)
{
    if (peer == 0)
        bench_send(&bench, 0, batch_bytes(index, length), length);
    else
        assert_int_equal(send(lent->peers[peer], batch_bytes(index, length), length, 0), length);
}

static void expect_at(struct lent *lent, unsigned peer, unsigned index, size_t length)
{
    uint8_t got[4096];

    assert_int_equal(recv(lent->peers[peer], got, sizeof got, 0), length);
    assert_memory_equal(got, batch_bytes(index, length), length);
}

static void mixed_sizes_of_several_peers_come_back_whole_and_in_order(void **state)
{
    static const struct {
        unsigned peer;
        size_t length;
    } sent[] = {{0, 64}, {0, 64},   {0, 10},   {0, 64},   {1, 64},   {1, 64},
                {0, 0},  {0, 0},    {2, 1},    {2, 1},    {2, 2},    {1, 64},
                {2, 2},  {0, 1452}, {0, 1452}, {0, 2000}, {0, 2000}, {0, 1}};
    struct lent lent;

    lent_start(&lent, state);
    for (unsigned i = 0; i < sizeof sent / sizeof *sent; i++)
        send_from(&lent, sent[i].peer, i, sent[i].length);
    lent_serve(&lent);
    for (unsigned i = 0; i < sizeof sent / sizeof *sent; i++)
        expect_at(&lent, sent[i].peer, i, sent[i].length);
    lent_stop(&lent);
}

static void a_run_longer_than_a_train_or_a_batch_comes_back_in_order(void **state)
{
    struct lent lent;

    lent_start(&lent, state);
    for (unsigned i = 0; i < RUN; i++)
        send_from(&lent, 0, i, 64);
    lent_serve(&lent);
    for (unsigned i = 0; i < RUN; i++)
        expect_at(&lent, 0, i, 64);
    assert_int_equal(COUNTER(bench.page, 0, datagrams_received), RUN);
    lent_stop(&lent);
}

static void a_train_is_counted_and_answered_by_its_datagrams(void **state)
{
    struct lent lent;
    int segment = SEGMENT;
    uint8_t train[TRAIN];

    lent_start(&lent, state);
    for (unsigned i = 0; i * SEGMENT < TRAIN; i++)
        memset(train + i * SEGMENT, (int)(i * 7 + 1),
               TRAIN - i * SEGMENT < SEGMENT ? TRAIN - i * SEGMENT : SEGMENT);
    if (setsockopt(lent.peers[1], IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) < 0)
        skip();
    assert_int_equal(send(lent.peers[1], train, TRAIN, 0), TRAIN);
    send_from(&lent, 2, 0, 5);
    lent_serve(&lent);
    for (unsigned i = 0; i < TRAIN / SEGMENT; i++)
        expect_at(&lent, 1, i, SEGMENT);
    expect_at(&lent, 1, TRAIN / SEGMENT, TRAIN % SEGMENT);
    expect_at(&lent, 2, 0, 5);
    assert_int_equal(COUNTER(bench.page, 0, datagrams_received), TRAIN / SEGMENT + 2);
    assert_int_equal(COUNTER(bench.page, 0, bytes_received), TRAIN + 5);
    lent_stop(&lent);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixed_sizes_of_several_peers_come_back_whole_and_in_order),
        cmocka_unit_test(a_run_longer_than_a_train_or_a_batch_comes_back_in_order),
        cmocka_unit_test(a_train_is_counted_and_answered_by_its_datagrams),
    };
    int status = bench_load(&bench, argc, argv);

    if (status)
        return status;
    return cmocka_run_group_tests_name(bench.description->name, tests, NULL, NULL);
}
