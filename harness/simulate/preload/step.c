#include "simulate/preload/step.h"

#include "simulate/preload/network.h"
#include "simulate/preload/patience.h"
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
static _Noreturn void step_stop(enum sim_state state, const char *why)
{
    snprintf(net_page()->trouble, sizeof net_page()->trouble, "%s", why);
    step_finish(state);
}

static _Noreturn __attribute__((format(printf, 1, 2))) void step_give_up(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(net_page()->trouble, sizeof net_page()->trouble, format, arguments);
    va_end(arguments);
    step_finish(SIM_TROUBLE);
}

/* ---- stepping ---- */

/* What is known of the target besides what it calls. */
static void tell_engine_all(struct sim_page *page)
{
    engine_called_others(&page->engine, atomic_exchange(&page->other_calls, 0));
    engine_closed(&page->engine, page->engine.sockets - page_bound_ports(page));
}

/* Datagrams that nobody has been given by this library, and that are not there any more. */
static bool is_bypassed(const struct sim_page *page)
{
    unsigned index;

    if (!engine_is_ignored(&page->engine) || page->engine.closed > 0)
        return false;
    for (unsigned i = 0; i < page->socket_count; i++) {
        struct sim_socket *s = net_page()->sockets + i;
        struct pollfd near = {.events = POLLIN};
        bool has;

        if (s->references == 0 || !net_is_engine_socket(s, &index))
            continue;
        near.fd = net_near(s);
        has = real()->poll(&near, 1, 0) > 0;
        net_give_back(s, near.fd);
        if (has)
            return false;
    }
    return true;
}

/* Ends the process when there is no further step. */
static bool step_step(void)
{
    struct sim_page *page = net_page();
    bool more, bypassed;

    net_lock();
    atomic_compare_exchange_strong(&page->state, &(int){SIM_HELLO}, SIM_RUNNING);
    tell_engine_all(page);
    more = engine_quiet(&page->engine, &net_carrier);
    bypassed = !more && is_bypassed(page);
    net_unlock();
    net_happen();
    if (page->lacks_error_queue)
        step_stop(SIM_UNFIT, "its error queue (IP_RECVERR) is not simulated");
    if (page->lacks_program)
        step_stop(SIM_BYPASSED,
                  "of sockets that share a port it has one chosen by a program (BPF)");
    if (page->upstream_misses)
        step_stop(SIM_UNFIT, "its upstream does not follow: it is asked what is no request, or too "
                             "much at once");
    if (bypassed)
        step_stop(SIM_BYPASSED, "it receives by system calls that go past libc");
    if (!more)
        step_finish(SIM_OVER);
    return true;
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

/* Before all ports are bound nothing exact is at stake, and who seems asleep may wait for a thread
 * that is just being made. */
static bool is_started(void)
{
    const struct sim_page *page = net_page();

    return page->state == SIM_RUNNING || net_is_ready();
}

static _Noreturn void give_up_on(pid_t awake, bool quiet)
{
    const struct sim_page *page = net_page();
    char text[PAGE_WHERE_TEXT];

    page_where(page, text);
    if (quiet)
        step_give_up("waits for datagrams, but has not bound all of %s", text);
    if (page->naps > NAPS_MANY)
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
static int look_and_step(const struct step_wait *wait, struct patience *patience)
{
    pid_t awake = 0;
    bool quiet = quiet_now(&awake);
    int n = wait->ready(wait->call, 0);

    if (n != 0)
        return n;
    if (quiet && (give_turn() || (is_started() && step_step()))) {
        *patience = patience_now();
        return wait->ready(wait->call, 0);
    }
    if (patience_slept(patience, quiet) || patience_is_over(patience))
        give_up_on(awake, quiet);
    /* nobody else is to be waited for: not at full speed */
    return quiet ? wait->ready(wait->call, RETRY_MS) : 0;
}

static int wait_turn(const struct step_wait *wait, struct patience *patience)
{
    atomic_int *stepper = &net_page()->stepper;
    int nobody = 0, n;

    if (!atomic_compare_exchange_strong(stepper, &nobody, quiet_own_thread()))
        return wait->ready(wait->call, RETRY_MS);
    n = look_and_step(wait, patience);
    atomic_store(stepper, 0);
    return n;
}

/* Whether this thread has ever been given a turn, which it has until it asks for the next: its own
 * number, for what a child finds here after fork(2) is its parent's. */
static _Thread_local pid_t takes_turns;

static void wait_for_turn(struct turn wanted)
{
    struct patience patience;
    struct sim_turn *turn;
    struct step_wait wait = {.ready = probe_turn};

    if (net_page()->more_threads < 1)
        return;
    patience = patience_now();
    if (net_page()->state == SIM_RUNNING)
        net_page()->took_turns = true;
    wait.call = turn = ask_turn(wanted);
    while (wait_turn(&wait, &patience) == 0)
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
    if (takes_turns == quiet_own_thread() || net_page()->more_threads < 1)
        return;
    net_lock();
    engine_hands_over(&net_page()->engine);
    net_unlock();
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
    struct patience patience = patience_now();
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
            n = wait_turn(&wait, &patience);
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
    struct patience patience = patience_now();

    if (probe_one(&one, 0) != 0)
        return false;
    while (wait_turn(&wait, &patience) == 0)
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
