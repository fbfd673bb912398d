/* A server on io_uring where none is to be had: uring_refused_test PLUGIN.so */
#include "bench.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static struct bench bench;

/* From here on this process has no io_uring, and is told `err` (positive): of several filters the
 * last one decides (seccomp(2)). */
static void refuse_rings(unsigned err)
{
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | err),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof lines / sizeof *lines, .filter = lines};

    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
        printf("skipped: no filter of system calls can be set here: %s\n", strerror(errno));
        skip();
    }
}

static void keep_text(void *context, const struct ew_log_entry *entry)
{
    if (entry->kind == EW_LOG_ERROR)
        snprintf(context, 256, "%s", entry->text);
}

/* What ew_start says of such a refusal, and in words. */
static int start_refused(unsigned err, char *text)
{
    struct ew_config config = bench_config(2);
    int result;

    refuse_rings(err);
    text[0] = '\0';
    config.log = keep_text;
    config.log_context = text;
    result = bench.server.start(&config, &bench.instance);
    assert_null(bench.instance);
    return result;
}

static void who_refuses_is_told_and_what_to_change(void **state)
{
    static const unsigned refusals[] = {EPERM, ENOSYS, EINVAL, EACCES};
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        assert_int_equal(start_refused(refusals[i], text), -ENOTSUP);
        assert_non_null(strstr(text, "missing: needs io_uring"));
        assert_non_null(strstr(text, "kernel.io_uring_disabled"));
    }
}

static void a_limit_is_named(void **state)
{
    char text[256];

    (void)state;
    assert_int_equal(start_refused(ENOMEM, text), -ENOMEM);
    assert_non_null(strstr(text, "RLIMIT_MEMLOCK"));
}

static void any_other_error_is_handed_on(void **state)
{
    char text[256];

    (void)state;
    assert_int_equal(start_refused(EMFILE, text), -EMFILE);
    assert_string_equal(text, "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_refuses_is_told_and_what_to_change),
        cmocka_unit_test(a_limit_is_named),
        cmocka_unit_test(any_other_error_is_handed_on),
    };
    int status = bench_load(&bench, argc, argv);

    if (status)
        return status;
    return cmocka_run_group_tests_name(bench.description->name, tests, NULL, NULL);
}
