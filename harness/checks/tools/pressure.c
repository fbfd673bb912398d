#include "checks/tools/pressure.h"

#include "base/clock.h"
#include "checks/counters.h"
#include "target/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Two or three answers a second, fewer where all takes longer: next to nothing while the target is
 * watched, and no long wait for the limit's end, which the kernel learns of when the next one is
 * due. */
#define RATE_HELD 2000
#define RATE_FREE "100mbit"
#define QUESTION_SIZE 64
/* The kernel counts a datagram as no less than this, whatever it carries. */
#define BYTES_EACH 512
/* The limit lets 1600 bytes through at once, headers included. */
#define AT_ONCE 15
#define FREEZE_MS 2000
/* Who never sleeps is watched all the same, and what waits must last so long. */
#define SETTLE_MS 800
#define ANSWER_MS 3000
/* Without counters nobody knows what will never come. */
#define SILENCE_MS 1500

/* ---- the limit: hierarchical token bucket, tc-htb(8) ---- */

/* The library beneath tc(8), by which it talks to the kernel (rtnetlink(7)), would be more code
 * than all of this file; what tc prints is of no use to a verdict. */
static int run_tc(char *const *words)
{
    posix_spawn_file_actions_t files;
    int status = -1, err;
    pid_t pid;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    err = posix_spawnp(&pid, "tc", &files, NULL, words, environ);
    if (err == ENOENT) /* who is not root may lack it on the PATH */
        err = posix_spawn(&pid, "/usr/sbin/tc", &files, NULL, words, environ);
    posix_spawn_file_actions_destroy(&files);
    while (err == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return err == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* `line` in words of its own. */
static int tc(const char *format, unsigned number)
{
    char line[256], *words[32], *rest = NULL;
    size_t n = 0;

    snprintf(line, sizeof line, format, number);
    for (char *word = strtok_r(line, " ", &rest); word && n < 31; word = strtok_r(NULL, " ", &rest))
        words[n++] = word;
    words[n] = NULL;
    return run_tc(words);
}

static unsigned rate_held(const struct check *c)
{
    return c->settings->timeout_scale > 1 ? (unsigned)(RATE_HELD / c->settings->timeout_scale) + 1
                                          : RATE_HELD;
}

/* By source port, so that questions pass and answers do not.  What has no class passes unlimited
 * (default 0); the queue is so long that nothing is dropped in it. */
static bool pressure_limit(struct pressure *p)
{
    if (tc("tc qdisc add dev lo root handle 1: htb default 0", 0) == 0 &&
        tc("tc class add dev lo parent 1: classid 1:2 htb rate %ubit burst 1600 cburst 1600",
           rate_held(p->check)) == 0 &&
        tc("tc qdisc add dev lo parent 1:2 handle 2: pfifo limit 10000", 0) == 0 &&
        tc("tc filter add dev lo parent 1: protocol ip u32 match ip sport %u 0xffff flowid 1:2",
           address_port(&p->to)) == 0)
        return true;
    check_unsupported(
        p->check,
        "what a target sends can only be limited by tc(8) with HTB, and that does not work here");
    return false;
}

/* The kernel makes the smallest buffer that it has out of 1 (SO_SNDBUF, socket(7)): some few
 * answers fill it. */
static bool pressure_borrow(struct pressure *p)
{
    int smallest = 1;

    p->borrowed = target_borrow_socket(p->check->run, 0);
    if (p->borrowed >= 0 &&
        setsockopt(p->borrowed, SOL_SOCKET, SO_SNDBUF, &smallest, sizeof smallest) == 0)
        return true;
    check_unsupported(
        p->check,
        "the target's socket cannot be had, to make its send buffer small (pidfd_getfd(2)): %s",
        strerror(errno));
    return false;
}

/* ---- questions and answers ---- */

/* The number is the first byte: PRESSURE_SENT fits one. */
static void write_question(const struct pressure *p, unsigned number, uint8_t *bytes)
{
    memset(bytes, (int)(p->check->settings->seed % 251), QUESTION_SIZE);
    bytes[0] = (uint8_t)number;
}

/* All at once: it is stopped meanwhile, so that no chance is in what it finds. */
static bool pressure_ask(struct pressure *p)
{
    struct check *c = p->check;
    uint8_t bytes[QUESTION_SIZE];

    if (target_freeze(c->run, check_ms(c, FREEZE_MS)) < 0)
        check_invalid(c, "the target could not be stopped with SIGSTOP");
    for (unsigned i = 0; i < PRESSURE_SENT && !check_over(c); i++) {
        write_question(p, i, bytes);
        if (client_send(&p->client, &p->to, bytes, sizeof bytes) != 0)
            check_invalid(c, "the questions could not be sent");
    }
    if (!check_over(c) && target_socket_drops(c->run) > 0)
        check_invalid(c, "the target's receive buffer held fewer than %d datagrams", PRESSURE_SENT);
    if (target_signal(c->run, SIGCONT, true) < 0)
        check_fail(c, "the target goes on", "it is gone");
    return !check_over(c);
}

/* False with a verdict when it is nobody's. */
static bool pressure_take_answer(struct pressure *p)
{
    unsigned number = p->reply.length > 0 ? p->reply.bytes[0] : PRESSURE_SENT;
    uint8_t bytes[QUESTION_SIZE];

    write_question(p, number, bytes);
    if (number >= PRESSURE_SENT || p->seen[number] ||
        client_judge(&p->reply, &p->to, bytes, sizeof bytes) != CLIENT_ECHO) {
        check_fail(p->check, "each answer once and whole",
                   "%zu bytes that are none, or none any more", p->reply.length);
        return false;
    }
    p->seen[number] = true;
    p->answered++;
    p->disorder += (int)number < p->last;
    if ((int)number > p->last)
        p->last = (int)number;
    return true;
}

/* How many never come, as far as that is told. */
static unsigned given_up(const struct pressure *p)
{
    return (unsigned)check_counted_drops(p->check);
}

static void take_answers(struct pressure *p, int ms)
{
    while (p->answered + given_up(p) < PRESSURE_SENT && client_receive(&p->client, &p->reply, ms) &&
           pressure_take_answer(p))
        ;
}

/* ---- the whole ---- */

/* Two processors that empty the limit's queue deliver to two queues of their own, and would break
 * the order themselves. */
static bool stay(struct check *c)
{
    struct platform_place before;

    if (platform_stay(&before) < 0)
        check_invalid(c, "the target cannot be kept on one processor: %s", strerror(errno));
    return !check_over(c);
}

/* It sleeps, or should: nothing keeps it from answering, but it has not answered. */
static void judge_silence(struct pressure *p)
{
    if (p->answered > AT_ONCE && p->answered < PRESSURE_SENT)
        check_invalid(p->check,
                      "what was held up had left before the target slept: %u of %u answered",
                      p->passed, PRESSURE_SENT);
    else if (p->answered < PRESSURE_SENT && target_sleeps(p->check->run))
        check_fail(p->check, "an answer to each question", "%u of %u, though nothing held it up",
                   p->passed, PRESSURE_SENT);
    else
        check_invalid(p->check, "nothing was held up: %u of %u answered at once", p->passed,
                      PRESSURE_SENT);
}

/* What the kernel has of the target's answers, as it counts. */
static int bytes_held(const struct pressure *p)
{
    int bytes = 0;

#ifdef TIOCOUTQ
    if (ioctl(p->borrowed, TIOCOUTQ, &bytes) < 0)
        bytes = 0;
#endif
    return bytes;
}

/* Has the kernel refused an answer?  It holds some then, and few have come. */
static bool is_held_up(struct pressure *p)
{
    int64_t received = check_socket_counter(
        p->check, offsetof(struct ew_socket_counters, datagrams_received));
    int bytes = bytes_held(p);

    take_answers(p, 0);
    p->passed = p->answered;
    p->in_kernel = (unsigned)bytes / BYTES_EACH + 1;
    p->unread = received >= 0 && received < PRESSURE_SENT ? PRESSURE_SENT - (unsigned)received : 0;
    if (bytes == 0 && !check_over(p->check))
        judge_silence(p);
    return !check_over(p->check);
}

/* Writability comes back when half of the buffer is free; until then somebody may wait for it. */
bool pressure_lasts(const struct pressure *p)
{
    socklen_t length = sizeof(int);
    int size = 0;

    return getsockopt(p->borrowed, SOL_SOCKET, SO_SNDBUF, &size, &length) == 0 &&
           bytes_held(p) >= size / 2;
}

bool pressure_begin(struct pressure *p, struct check *c, uint32_t when_full)
{
    struct target_options options = check_options(c);

    *p = (struct pressure){.check = c, .client = {.fd = -1}, .borrowed = -1, .last = -1};
    options.address = "127.0.0.1";
    options.server.when_full = when_full;
    if (!stay(c) || !check_start(c, &options))
        return false;
    p->to = client_target(c, 0);
    if (!client_open(&p->client, c, AF_INET) || !client_reply_init(&p->reply, c) ||
        !pressure_borrow(p) || !pressure_limit(p) || !pressure_ask(p))
        return false;
    target_settle(c->run, check_ms(c, SETTLE_MS));
    return is_held_up(p);
}

void pressure_release(struct pressure *p)
{
    if (tc("tc class change dev lo parent 1: classid 1:2 htb rate " RATE_FREE
           " burst 1600 cburst 1600",
           0) < 0)
        check_invalid(p->check, "the limit cannot be lifted");
    else
        take_answers(p, check_ms(p->check, target_page(p->check->run) ? ANSWER_MS : SILENCE_MS));
}

void pressure_end(struct pressure *p)
{
    client_close(&p->client);
    client_reply_fini(&p->reply);
    if (p->borrowed >= 0)
        close(p->borrowed);
}
