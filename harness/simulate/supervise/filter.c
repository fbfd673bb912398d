#include "simulate/supervise/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __x86_64__
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#else
#define FILTER_ARCH 0 /* nobody's: nothing is held */
#endif
/* x86's other numbering of the same calls begins here. */
#define FILTER_X32 0x40000000
#define FILTER_ARCH_SET_FS 0x1002

#define FILTER_WORD(field) ((uint32_t)offsetof(struct seccomp_data, field))
#define FILTER_LOW(argument) (FILTER_WORD(args) + 8 * (argument))

/* Always.  The program ends at the first number that fits, so that their order costs time and
 * nothing else.  What glibc has under other names ends in one of these: recv() in recvfrom, send()
 * in sendto. */
static const int filter_calls[] = {
    SYS_bind,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_recvmmsg,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_ppoll,
    SYS_pselect6,
    SYS_epoll_pwait,
    SYS_epoll_pwait2,
    SYS_epoll_ctl,
    SYS_dup3,
    SYS_close_range,
    SYS_clone,
    SYS_clone3,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_timerfd_settime,
    SYS_io_uring_setup,
    SYS_io_uring_register,
    SYS_io_uring_enter,
#ifdef SYS_poll
    SYS_poll,
    SYS_select,
    SYS_epoll_wait,
    SYS_dup2,
    SYS_fork,
    SYS_vfork,
    SYS_time,
#endif
    SYS_clock_gettime,
    SYS_gettimeofday,
};

/* Unless on one of the standard streams. */
static const int filter_file_calls[] = {SYS_read, SYS_readv, SYS_write, SYS_writev, SYS_close};

struct filter_writer {
    struct sock_filter *code;
    size_t length;
};

static void filter_put(struct filter_writer *w, uint16_t op, uint32_t k, uint8_t yes, uint8_t no)
{
    w->code[w->length++] = (struct sock_filter){.code = op, .jt = yes, .jf = no, .k = k};
}

static void filter_load(struct filter_writer *w, uint32_t offset)
{
    filter_put(w, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void filter_return(struct filter_writer *w, uint32_t action)
{
    filter_put(w, BPF_RET | BPF_K, action, 0, 0);
}

/* Jumps are counted in instructions from the next one on; whoever adds one to a function here must
 * count its jumps again.  The kernel refuses jumps out of the program and no others. */
static void filter_hold_if(struct filter_writer *w, int number)
{
    filter_put(w, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
    filter_return(w, SECCOMP_RET_USER_NOTIF);
}

/* Only on descriptors that can be sockets of the target. */
static void filter_hold_file(struct filter_writer *w, int number)
{
    filter_put(w, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4);
    filter_load(w, FILTER_LOW(0));
    filter_put(w, BPF_JMP | BPF_JGT | BPF_K, STDERR_FILENO, 0, 1);
    filter_return(w, SECCOMP_RET_USER_NOTIF);
    filter_return(w, SECCOMP_RET_ALLOW);
}

/* arch_prctl() does other things as well. */
static void filter_hold_start(struct filter_writer *w)
{
#ifdef SYS_arch_prctl
    filter_put(w, BPF_JMP | BPF_JEQ | BPF_K, FILTER_START, 0, 4);
    filter_load(w, FILTER_LOW(0));
    filter_put(w, BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH_SET_FS, 0, 1);
    filter_return(w, SECCOMP_RET_USER_NOTIF);
    filter_return(w, SECCOMP_RET_ALLOW);
#else
    filter_hold_if(w, FILTER_START);
#endif
}

/* A wait on a futex until a time; without one it is no matter of the clock. */
static void filter_hold_futex(struct filter_writer *w)
{
    filter_put(w, BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 0, 7);
    filter_load(w, FILTER_LOW(1));
    filter_put(w, BPF_ALU | BPF_AND | BPF_K, FUTEX_CMD_MASK, 0, 0);
    filter_put(w, BPF_JMP | BPF_JEQ | BPF_K, FUTEX_WAIT_BITSET, 0, 3);
    filter_load(w, FILTER_LOW(3));
    filter_put(w, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
    filter_return(w, SECCOMP_RET_USER_NOTIF);
    filter_return(w, SECCOMP_RET_ALLOW);
}

/* A program that chooses among sockets is attached; other options are no matter of ours. */
static void filter_hold_program(struct filter_writer *w)
{
    filter_put(w, BPF_JMP | BPF_JEQ | BPF_K, SYS_setsockopt, 0, 5);
    filter_load(w, FILTER_LOW(2));
    filter_put(w, BPF_JMP | BPF_JEQ | BPF_K, SO_ATTACH_REUSEPORT_CBPF, 1, 0);
    filter_put(w, BPF_JMP | BPF_JEQ | BPF_K, SO_ATTACH_REUSEPORT_EBPF, 0, 1);
    filter_return(w, SECCOMP_RET_USER_NOTIF);
    filter_return(w, SECCOMP_RET_ALLOW);
}

/* Numbers mean nothing without the architecture, so that it is looked at first (seccomp(2)).  The
 * calls of another, as of 32-bit code on x86-64, go on without being seen. */
static void filter_begin(struct filter_writer *w)
{
    filter_load(w, FILTER_WORD(arch));
    filter_put(w, BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0);
    filter_return(w, SECCOMP_RET_ALLOW);
    filter_load(w, FILTER_WORD(nr));
    filter_put(w, BPF_JMP | BPF_JGE | BPF_K, FILTER_X32, 0, 1);
    filter_return(w, SECCOMP_RET_ALLOW);
}

static bool filter_is_file_call(int number)
{
    for (size_t i = 0; i < sizeof filter_file_calls / sizeof *filter_file_calls; i++) {
        if (filter_file_calls[i] == number)
            return true;
    }
    return false;
}

size_t filter_build_of(struct sock_filter *code, const int *calls, size_t count)
{
    struct filter_writer w = {.code = code};

    filter_begin(&w);
    filter_hold_start(&w);
    for (size_t i = 0; i < count; i++)
        (filter_is_file_call(calls[i]) ? filter_hold_file : filter_hold_if)(&w, calls[i]);
    filter_return(&w, SECCOMP_RET_ALLOW);
    return w.length;
}

size_t filter_build(struct sock_filter *code)
{
    struct filter_writer w = {.code = code};

    filter_begin(&w);
    for (size_t i = 0; i < sizeof filter_calls / sizeof *filter_calls; i++)
        filter_hold_if(&w, filter_calls[i]);
    for (size_t i = 0; i < sizeof filter_file_calls / sizeof *filter_file_calls; i++)
        filter_hold_file(&w, filter_file_calls[i]);
    filter_hold_start(&w);
    filter_hold_futex(&w);
    filter_hold_program(&w);
    filter_return(&w, SECCOMP_RET_ALLOW);
    return w.length;
}

/* An unprivileged process may only have a filter once it has given up privileges that exec would
 * bring: a setuid target runs without them (seccomp(2), "EACCES"). */
int filter_install(struct sock_filter *code, size_t length)
{
    struct sock_fprog program = {.len = (unsigned short)length, .filter = code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
        return -1;
    /* Without the second flag a signal that a handler takes would cancel a call whose datagram has
     * been counted as received. */
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                        SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                        &program);
}
