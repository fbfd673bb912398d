/* The supervisor's pure parts: which calls its filter holds, and what it writes over the vDSO. */
#include "simulate/supervise/filter.h"
#include "simulate/supervise/vdso.h"

#include "cmocka_all.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define VDSO_BYTES 8192

/* ---- the filter ---- */

/* The instructions that it is made of: seccomp(2) knows these alone, and jumps go forward only. */
static uint32_t interpret(const struct seccomp_data *data)
{
    struct sock_filter code[FILTER_ROOM];
    size_t length = filter_build(code);
    uint32_t a = 0;

    assert_true(length <= FILTER_ROOM);
    for (size_t at = 0; at < length; at++) {
        const struct sock_filter *i = &code[at];

        switch (i->code) {
        case BPF_LD | BPF_W | BPF_ABS: memcpy(&a, (const char *)data + i->k, sizeof a); break;
        case BPF_ALU | BPF_AND | BPF_K: a &= i->k; break;
        case BPF_JMP | BPF_JEQ | BPF_K: at += a == i->k ? i->jt : i->jf; break;
        case BPF_JMP | BPF_JGT | BPF_K: at += a > i->k ? i->jt : i->jf; break;
        case BPF_JMP | BPF_JGE | BPF_K: at += a >= i->k ? i->jt : i->jf; break;
        case BPF_RET | BPF_K: return i->k;
        default: fail();
        }
    }
    fail();
    return 0;
}

static bool holds(int number, uint64_t first, uint64_t second, uint64_t fourth)
{
#ifdef __x86_64__
    uint32_t arch = AUDIT_ARCH_X86_64;
#else
    uint32_t arch = AUDIT_ARCH_AARCH64;
#endif
    struct seccomp_data data = {.nr = number, .arch = arch, .args = {first, second, 0, fourth}};
    uint32_t action = interpret(&data);

    assert_true(action == SECCOMP_RET_USER_NOTIF || action == SECCOMP_RET_ALLOW);
    return action == SECCOMP_RET_USER_NOTIF;
}

static void waits_receives_and_sends_are_held(void **state)
{
    static const int held[] = {SYS_recvfrom, SYS_recvmsg,  SYS_recvmmsg,    SYS_sendto,
                               SYS_sendmsg,  SYS_sendmmsg, SYS_epoll_pwait, SYS_ppoll,
                               SYS_pselect6, SYS_bind,     SYS_epoll_ctl,   SYS_clock_gettime};

    (void)state;
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        assert_true(holds(held[i], 5, 0, 0));
}

static void what_is_no_matter_of_the_network_is_not(void **state)
{
    static const int free_calls[] = {SYS_mmap, SYS_openat, SYS_socket, SYS_setsockopt, SYS_exit};

    (void)state;
    for (size_t i = 0; i < sizeof free_calls / sizeof *free_calls; i++)
        assert_false(holds(free_calls[i], 5, 0, 0));
}

static void files_are_held_but_for_the_standard_streams(void **state)
{
    (void)state;
    for (uint64_t fd = 0; fd < 6; fd++) {
        assert_int_equal(holds(SYS_read, fd, 0, 0), fd > 2);
        assert_int_equal(holds(SYS_writev, fd, 0, 0), fd > 2);
        assert_int_equal(holds(SYS_close, fd, 0, 0), fd > 2);
    }
}

static void of_futexes_only_waits_until_a_time_are_held(void **state)
{
    (void)state;
    assert_true(holds(SYS_futex, 1, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 4096));
    assert_false(holds(SYS_futex, 1, FUTEX_WAIT_BITSET_PRIVATE, 0));
    assert_false(holds(SYS_futex, 1, FUTEX_WAIT_PRIVATE, 4096));
    assert_false(holds(SYS_futex, 1, FUTEX_WAKE_PRIVATE, 4096));
}

/* The moment at which the clock's functions are replaced and descriptors forgotten. */
static void of_a_programs_beginning_one_call_is_held(void **state)
{
    (void)state;
#ifdef SYS_arch_prctl
    assert_int_equal(FILTER_START, SYS_arch_prctl);
    assert_true(holds(FILTER_START, 0x1002, 0, 0));
    assert_false(holds(FILTER_START, 0x1003, 0, 0));
#else
    assert_int_equal(FILTER_START, SYS_set_tid_address);
    assert_true(holds(FILTER_START, 4096, 0, 0));
#endif
    assert_false(holds(SYS_set_robust_list, 4096, 0, 0));
    assert_false(holds(SYS_execve, 4096, 0, 0));
}

static void another_processors_calls_are_left_alone(void **state)
{
    struct seccomp_data data = {.nr = SYS_recvfrom, .arch = AUDIT_ARCH_PPC64LE};

    (void)state;
    assert_int_equal(interpret(&data), SECCOMP_RET_ALLOW);
}

/* ---- the vDSO ---- */

static void the_kernels_functions_are_found(void **state)
{
    const unsigned char *image = (const unsigned char *)getauxval(AT_SYSINFO_EHDR);
    const char *present =
#ifdef __x86_64__
        "__vdso_clock_gettime";
#else
        "__kernel_clock_gettime";
#endif

    (void)state;
    if (!image)
        skip();
    assert_true(vdso_find(image, VDSO_BYTES, present) > 0);
    assert_int_equal(vdso_find(image, VDSO_BYTES, "__vdso_time_machine"), 0);
}

static void what_is_no_image_has_none(void **state)
{
    unsigned char bytes[VDSO_BYTES] = {0};

    (void)state;
    assert_int_equal(vdso_find(bytes, sizeof bytes, "__vdso_time"), 0);
    memcpy(bytes, "\177ELF", 4);
    memset(bytes + 4, 0xff, 60);
    assert_int_equal(vdso_find(bytes, sizeof bytes, "__vdso_time"), 0);
    assert_int_equal(vdso_find(bytes, 10, "__vdso_time"), 0);
}

static void what_is_written_there_is_the_system_call(void **state)
{
    unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                               0);
    int (*look)(clockid_t, struct timespec *);
    struct timespec now = {0}, later;
    size_t length;

    (void)state;
    assert_true(page != MAP_FAILED);
    length = vdso_code(SYS_clock_gettime, page);
    assert_in_range(length, 1, VDSO_CODE_MOST);
    __builtin___clear_cache((char *)page, (char *)page + length);
    assert_int_equal(mprotect(page, 4096, PROT_READ | PROT_EXEC), 0);
    memcpy(&look, &page, sizeof look);
    assert_int_equal(look(CLOCK_MONOTONIC, &now), 0);
    clock_gettime(CLOCK_MONOTONIC, &later);
    assert_true(now.tv_sec > 0 && now.tv_sec <= later.tv_sec && later.tv_sec - now.tv_sec < 60);
    assert_int_equal(look(-1, &now), -EINVAL);
    munmap(page, 4096);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_receives_and_sends_are_held),
        cmocka_unit_test(what_is_no_matter_of_the_network_is_not),
        cmocka_unit_test(files_are_held_but_for_the_standard_streams),
        cmocka_unit_test(of_futexes_only_waits_until_a_time_are_held),
        cmocka_unit_test(of_a_programs_beginning_one_call_is_held),
        cmocka_unit_test(another_processors_calls_are_left_alone),
        cmocka_unit_test(the_kernels_functions_are_found),
        cmocka_unit_test(what_is_no_image_has_none),
        cmocka_unit_test(what_is_written_there_is_the_system_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
