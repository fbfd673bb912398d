/* Trains: sent as one and received as one, each datagram in the ledger for itself; and what is said
 * where the kernel has none. */
#include "flood_bench.h"

#include "flood/batch.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 100u
#define LAST 60u
#define DATAGRAMS 5u

/* The option that this kernel has not; -1: it is as it is.  The linker puts this in the place of
 * setsockopt(2). */
static int lacking = -1;

int __real_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size);

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    if (level == SOL_UDP && option == lacking) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return __real_setsockopt(fd, level, option, value, size);
}

static bool kernel_has_trains(void)
{
    enum flood_batch kind;
    struct error error = {0};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool has = batch_kind(FLOOD_BATCH_GSO, &kind, &error) == 0 &&
               batch_take_trains(fd, &error) == 0;

    close(fd);
    if (!has)
        print_message("skipped: %s\n", error.text);
    return has;
}

static int connected_pair(int fds[2])
{
    union address address = address_loopback(0);
    socklen_t size = sizeof address;

    for (int i = 0; i < 2; i++)
        fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fds[1], &address.any, sizeof address.in), 0);
    assert_int_equal(getsockname(fds[1], &address.any, &size), 0);
    return connect(fds[0], &address.any, size);
}

static void a_train_comes_as_one_with_the_size_of_its_datagrams(void **state)
{
    struct batch_message messages[FLOOD_BATCH_MAX];
    struct batch sending, receiving;
    struct error error = {0};
    int fds[2];

    (void)state;
    if (!kernel_has_trains())
        skip();
    assert_int_equal(connected_pair(fds), 0);
    assert_int_equal(batch_take_trains(fds[1], &error), 0);
    assert_int_equal(batch_init(&sending, FLOOD_BATCH_GSO, SIZE), 0);
    assert_int_equal(batch_init(&receiving, FLOOD_BATCH_GSO, BATCH_TRAIN_ROOM), 0);
    for (unsigned i = 0; i < DATAGRAMS; i++) {
        memset(batch_slot(&sending, i), (int)i, SIZE);
        sending.vectors[i].iov_len = SIZE;
    }
    assert_int_equal(batch_send(&sending, fds[0], DATAGRAMS), DATAGRAMS);
    assert_int_equal(batch_receive(&receiving, fds[1], messages), 1);
    assert_int_equal(messages[0].length, DATAGRAMS * SIZE);
    assert_int_equal(messages[0].segment, SIZE);
    for (unsigned i = 0; i < DATAGRAMS; i++)
        assert_int_equal(batch_slot(&receiving, 0)[i * SIZE + SIZE - 1], i);
    /* A single one is no train. */
    sending.vectors[0].iov_len = LAST;
    assert_int_equal(batch_send(&sending, fds[0], 1), 1);
    assert_int_equal(batch_receive(&receiving, fds[1], messages), 1);
    assert_int_equal(messages[0].length, LAST);
    assert_true(messages[0].segment == 0 || messages[0].segment >= LAST);
    batch_fini(&sending);
    batch_fini(&receiving);
    close(fds[0]);
    close(fds[1]);
}

static void what_the_kernel_lacks_is_named_with_what_to_use_instead(void **state)
{
    static const struct {
        int option;
        const char *name;
    } options[] = {{UDP_SEGMENT, "UDP_SEGMENT, Linux 4.18"}, {UDP_GRO, "UDP_GRO, Linux 5.0"}};
    struct faulty_echo echo;

    (void)state;
    if (!kernel_has_trains())
        skip();
    faulty_echo_start(&echo, FAULT_NONE);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct flood_config config = config_for(&echo);
        struct flood_result r;
        struct error error = {0};

        config.batch = FLOOD_BATCH_GSO;
        lacking = options[i].option;
        assert_int_equal(flood_run(&config, &r, &error), -1);
        lacking = -1;
        assert_int_equal(error.status, STATUS_CANNOT_RUN);
        assert_non_null(strstr(error.text, options[i].name));
        assert_non_null(strstr(error.text, "--batch mmsg"));
        flood_result_fini(&r);
    }
    faulty_echo_stop(&echo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_train_comes_as_one_with_the_size_of_its_datagrams),
        cmocka_unit_test(what_the_kernel_lacks_is_named_with_what_to_use_instead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
