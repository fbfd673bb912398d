#include "simulate/preload/step.h"

#include "simulate/preload/network.h"
#include "simulate/preload/quiet.h"
#include "simulate/preload/real.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>

/* Who is not looking itself looks again after this. */
#define RETRY_MS 2

/* By the system call, since exit() would run the target's handlers, which may wait for its threads,
 * and every thread must stop at this point of the scenario.  The first to end a run settles it:
 * later states do not overwrite its figures.  Children are ended by the harness. */
static _Noreturn void step_finish(enum sim_state state)
{
    int running = SIM_RUNNING, hello = SIM_HELLO;

    if (!atomic_compare_exchange_strong(&net_page()->state, &running, state))
        atomic_compare_exchange_strong(&net_page()->state, &hello, state);
    real()->syscall(SYS_exit_group, 0);
    for (;;)
        ;
}

/* No figure rather than a doubtful one.  The text is for people: it is the reason that the row
 * shows. */
static _Noreturn __attribute__((format(printf, 1, 2))) void step_give_up(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(net_page()->trouble, sizeof net_page()->trouble, format, arguments);
    va_end(arguments);
    step_finish(SIM_TROUBLE);
}

/* ---- stepping ---- */

static void step_step(void)
{
    struct sim_page *page = net_page();
    bool more;

    net_lock();
    if (!net_is_ready()) {
        net_unlock();
        step_give_up("waits for datagrams, but has not bound all of the %u ports from %u on",
                     page->engine.sockets, page->first_port);
    }
    atomic_compare_exchange_strong(&page->state, &(int){SIM_HELLO}, SIM_RUNNING);
    more = engine_quiet(&page->engine, &net_carrier);
    net_unlock();
    if (!more)
        step_finish(SIM_OVER);
}

/* Asked after each call that moved nothing: a target that spins never becomes quiet, so that no
 * step would find it. */
void step_check_spin(void)
{
    struct sim_page *page = net_page();

    net_lock();
    if (page->engine.spins && page->state == SIM_RUNNING) {
        engine_end_spinning(&page->engine);
        net_unlock();
        step_finish(SIM_OVER);
    }
    net_unlock();
}

/* The machine's clock, not the target's: it bounds how long we wait for it. */
static int64_t now_ms(void)
{
    struct timespec t;

    real()->clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- turns ---- */

/* All is quiet: lets the one go on that has waited longest; false: nobody asks. */
static bool give_turn(void)
{
    struct sim_page *page = net_page();
    struct sim_turn *next = NULL;

    net_lock();
    for (unsigned i = 0; i < SIM_TURNS_MAX; i++) {
        struct sim_turn *t = &page->turns[i];

        if (t->asked.thread != 0 && !t->given &&
            (!next || turn_goes_before(&t->asked, &next->asked)))
            next = t;
    }
    page->turns_given += next != NULL;
    if (next)
        next->given = true;
    net_unlock();
    if (next)
        real()->syscall(SYS_futex, &next->given, FUTEX_WAKE, 1, NULL, NULL, 0);
    return next != NULL;
}

static struct sim_turn *ask_turn(struct turn wanted)
{
    struct sim_page *page = net_page();
    unsigned i = 0;

    net_lock();
    while (i < SIM_TURNS_MAX && page->turns[i].asked.thread != 0)
        i++;
    wanted.thread = quiet_own_thread();
    wanted.since = page->turns_given;
    if (i < SIM_TURNS_MAX)
        page->turns[i] = (struct sim_turn){.asked = wanted};
    net_unlock();
    if (i == SIM_TURNS_MAX)
        step_give_up("more than %d threads", SIM_TURNS_MAX);
    return &page->turns[i];
}

static int probe_turn(void *call, int timeout_ms)
{
    struct sim_turn *t = call;
    struct timespec limit = {.tv_nsec = timeout_ms * 1000000L};

    if (timeout_ms > 0 && !t->given)
        real()->syscall(SYS_futex, &t->given, FUTEX_WAIT, 0, &limit, NULL, 0);
    return t->given;
}

/* ---- waiting ---- */

/* Who naps for ever is now asleep and now awake. */
#define NAPS_MANY 10

static _Noreturn void give_up_on(pid_t awake)
{
    char text[64];

    if (net_page()->naps > NAPS_MANY)
        step_give_up(
            "never quiet: a thread of it sleeps again and again, each time for less than 50 ms");
    if (!awake)
        step_give_up("never quiet: its threads wake each other without end");
    quiet_tell(awake, text, sizeof text);
    step_give_up("never quiet: thread %d of it %s", (int)awake, text);
}

/* The elected thread's part; what its wait has meanwhile, 0 for nothing.  The last probe is after
 * the look around: before it somebody may have written to what this thread waits for, and then gone
 * to sleep. */
static int look_and_step(const struct step_wait *wait, int64_t *waiting_since)
{
    pid_t awake = 0;
    bool quiet = quiet_now(&awake);
    int n = wait->ready(wait->call, 0);

    if (n != 0)
        return n;
    if (quiet) {
        if (!give_turn())
            step_step();
        *waiting_since = now_ms();
        return wait->ready(wait->call, 0);
    }
    if (now_ms() - *waiting_since > net_page()->deadline_ms)
        give_up_on(awake);
    return 0;
}

static int wait_turn(const struct step_wait *wait, int64_t *waiting_since)
{
    atomic_int *stepper = &net_page()->stepper;
    int nobody = 0, n;

    if (!atomic_compare_exchange_strong(stepper, &nobody, quiet_own_thread()))
        return wait->ready(wait->call, RETRY_MS);
    n = look_and_step(wait, waiting_since);
    atomic_store(stepper, 0);
    return n;
}

/* Whether this thread has ever been given a turn, which it has until it asks for the next: its own
 * number, for what a child finds here after fork(2) is its parent's. */
static _Thread_local pid_t takes_turns;

static void wait_for_turn(struct turn wanted)
{
    int64_t since = now_ms();
    struct sim_turn *turn;
    struct step_wait wait = {.ready = probe_turn};

    if (net_page()->more_threads < 1)
        return;
    wait.call = turn = ask_turn(wanted);
    while (wait_turn(&wait, &since) == 0)
        ;
    turn->asked.thread = 0;
}

void step_take_turn(unsigned socket, bool woken)
{
    takes_turns = quiet_own_thread();
    wait_for_turn((struct turn){.rank = socket, .woken = woken});
}

void step_take_turn_to_send(unsigned socket)
{
    if (takes_turns != quiet_own_thread())
        wait_for_turn((struct turn){.rank = socket, .sends = true});
}

static void note_wait(const struct step_wait *wait)
{
    struct engine *engine = &net_page()->engine;

    net_lock();
    engine_thread(engine, quiet_own_thread());
    engine_waits(engine, wait->write);
    net_unlock();
    step_check_spin();
}

static int give_nothing(void)
{
    net_lock();
    engine_empty_wait(&net_page()->engine);
    net_unlock();
    return 0;
}

/* The probe with no limit takes away no edge when it gives nothing, so that asking as often as we
 * like is not seen by the target.  Between two probes nobody but the elected one looks whether all
 * is quiet; the others stay in the real call, where an event of theirs still finds them. */
int step_wait(const struct step_wait *asked)
{
    struct step_wait wait = *asked;
    int64_t since = now_ms();
    bool woken = false;
    int n, error;

    if (!wait.ready)
        wait.ready = wait.probe;
    note_wait(&wait);
    error = net_fail_once(ENGINE_WAIT);
    if (error)
        return errno = error, -1;
    for (;;) {
        step_take_turn(TURN_OF_WAIT, woken);
        n = wait.probe(wait.call, 0);
        if (n != 0)
            return n;
        if (wait.at_once)
            return give_nothing();
        do
            n = wait_turn(&wait, &since);
        while (n == 0);
        if (n < 0)
            return n;
        woken = true;
    }
}

static int probe_one(void *call, int timeout_ms)
{
    return real()->poll(call, 1, timeout_ms);
}

bool step_until(int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    struct step_wait wait = {.ready = probe_one, .call = &one};
    int64_t since = now_ms();

    if (probe_one(&one, 0) != 0)
        return false;
    while (wait_turn(&wait, &since) == 0)
        ;
    return true;
}

/* A process without sockets, as the shell that has started the server, sleeps as long as it
 * says. */
bool step_sleep(void)
{
    struct sim_page *page = net_page();
    bool alone = net_is_registered() && quiet_alone(), idle;

    if (!alone || !net_is_ready())
        return alone;
    net_lock();
    idle = engine_sleeps(&page->engine);
    net_unlock();
    step_check_spin();
    if (idle)
        step_step();
    return true;
}
