/* Signals: they interrupt waits and receives, and must change nothing. */
#include "checks/check.h"
#include "checks/tools/client.h"

#include <signal.h>

/* Ignored unless a program asks for them, so that they may be sent to anybody. */
static const int harmless[] = {SIGCHLD, SIGWINCH, SIGURG, SIGCONT};

/* Rounds: eight signals before each of so many echoes meet every point of a loop, also the wait
 * itself. */
#define STORM_QUICK 200
#define STORM_FULL 5000
/* Each is a stop that is waited for, so that they are fewer. */
#define STOPS_QUICK 20
#define STOPS_FULL 200

/* To the main process alone, as signals come: which thread takes it is the kernel's choice
 * (signal(7)).  Most programs handle none of these; those that do get EINTR from waits even with
 * SA_RESTART (signal(7)). */
static void storm(struct check *c)
{
    struct client client = {.fd = -1};
    union address to;
    uint8_t bytes[64];

    if (check_start(c, NULL) && client_meet(&client, c)) {
        to = client_target(c, 0);
        for (unsigned i = 0; i < (c->settings->full ? STORM_FULL : STORM_QUICK) && !check_over(c);
             i++) {
            for (unsigned s = 0; s < 8; s++)
                target_signal(c->run,
                              harmless[check_random(c) % (sizeof harmless / sizeof *harmless)],
                              false);
            client_random_bytes(c, bytes, sizeof bytes);
            client_echo(&client, &to, bytes, sizeof bytes);
        }
    }
    client_close(&client);
}

/* Waited for, since a stop that is continued before it has happened is none.  After SIGCONT some
 * waits give EINTR without any handler (signal(7), Linux: epoll_wait among them). */
static bool stop_and_continue(struct check *c)
{
    if (target_freeze(c->run, check_ms(c, 2000)) < 0) {
        check_invalid(c, "the target could not be stopped with SIGSTOP");
        return false;
    }
    c->deed = "after it had been stopped and continued (SIGSTOP, SIGCONT)";
    return target_signal(c->run, SIGCONT, true) == 0;
}

/* Asked after each stop, not at the end: an answer that is lost is then known to be of that one. */
static void stops(struct check *c)
{
    unsigned rounds = c->settings->full ? STOPS_FULL : STOPS_QUICK;
    struct client client = {.fd = -1};
    union address to;
    uint8_t bytes[64];

    if (check_start(c, NULL) && client_meet(&client, c)) {
        to = client_target(c, 0);
        for (unsigned i = 0; i < rounds && stop_and_continue(c) && !check_over(c); i++) {
            client_random_bytes(c, bytes, sizeof bytes);
            client_echo(&client, &to, bytes, sizeof bytes);
        }
    }
    client_close(&client);
}

static const struct check_case cases[] = {
    {"signals-storm", "a storm of signals changes no answer",
     "Sends harmless signals (SIGCHLD, SIGWINCH, SIGURG, SIGCONT) between the datagrams.\n"
     "Why: a handler makes waits and receives fail with EINTR, and who takes every error for\n"
     "the end dies of it.\n"
     "Good: each datagram is answered, nobody dies.\n"
     "Source: signal(7).",
     EW_CAN_ECHO | CHECK_TROUBLE, storm},
    {"signals-stop", "stop and continue changes no answer",
     "Stops and continues the target (SIGSTOP, SIGCONT: Ctrl-Z and fg, or a debugger) while\n"
     "it waits, and asks it.\n"
     "Why: on Linux epoll_wait then fails with EINTR though there is no handler; several\n"
     "event loops died of that.\n"
     "Good: it goes on and answers.\n"
     "Source: signal(7), \"Interruption of system calls ... by stop signals\".",
     EW_CAN_ECHO | CHECK_TROUBLE, stops},
};

const struct check_chapter check_signals = {"signals", cases, sizeof cases / sizeof *cases};
