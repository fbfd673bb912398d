/* What epoll says after each step, edge-triggered and otherwise: which is all that an event loop
 * learns. */
#include "script.h"

#include <sys/epoll.h>

struct loop {
    struct pair p;
    int epoll;
};

/* What the next wait returns: the events of the one socket that is watched, 0 for none. */
static unsigned next(const struct loop *l)
{
    struct epoll_event e[4];
    int n = epoll_wait(l->epoll, e, 4, 0);

    return n == 1 ? e[0].events : n == 0 ? 0 : 0xbad;
}

/* Two waits: whether the second says the same tells an edge from a level. */
static void readiness_step(const struct loop *l, const char *name)
{
    unsigned first = next(l);

    say_text(name, "%x, %x", first, next(l));
}

static void readiness_watch(const struct loop *l, int operation, unsigned events)
{
    epoll_ctl(l->epoll, operation, l->p.b, &(struct epoll_event){.events = events});
}

static void readiness_arrive(const struct loop *l)
{
    send_to(l->p.a, "datagram", &l->p.at_b);
}

static struct loop begin(unsigned events)
{
    struct loop l = {.p = open_pair(), .epoll = epoll_create1(0)};

    readiness_watch(&l, EPOLL_CTL_ADD, events);
    return l;
}

static void readiness_end(struct loop *l)
{
    close(l->epoll);
    close_pair(&l->p);
}

static void edges_of_arrivals(void)
{
    struct loop l = begin(EPOLLIN | EPOLLET);

    readiness_step(&l, "edge: nothing came");
    readiness_arrive(&l);
    readiness_step(&l, "edge: one came");
    readiness_arrive(&l);
    readiness_step(&l, "edge: another, the first unread");
    receive_now(l.p.b);
    readiness_step(&l, "edge: one of two read");
    readiness_arrive(&l);
    readiness_arrive(&l);
    readiness_step(&l, "edge: two more at once");
    for (int i = 0; i < 3; i++)
        receive_now(l.p.b);
    readiness_step(&l, "edge: all read");
    receive_now(l.p.b);
    readiness_step(&l, "edge: a read in vain");
    readiness_arrive(&l);
    readiness_step(&l, "edge: one after all was read");
    receive_now(l.p.b);
    readiness_arrive(&l);
    receive_now(l.p.b);
    readiness_step(&l, "edge: one that was read before the wait");
    readiness_end(&l);
}

static void edges_of_sends(void)
{
    struct loop l = begin(EPOLLIN | EPOLLOUT | EPOLLET);

    readiness_step(&l, "write edge: at first");
    send_to(l.p.b, "out", &l.p.at_a);
    readiness_step(&l, "write edge: one sent");
    send_to(l.p.b, "out", &l.p.at_a);
    send_to(l.p.b, "out", &l.p.at_a);
    readiness_step(&l, "write edge: two sent");
    readiness_arrive(&l);
    readiness_step(&l, "write edge: one came");
    receive_now(l.p.b);
    send_to(l.p.b, "out", &l.p.at_a);
    readiness_step(&l, "write edge: read and answered");
    receive_now(l.p.a);
    readiness_step(&l, "write edge: the other end read");
    readiness_watch(&l, EPOLL_CTL_MOD, EPOLLIN | EPOLLET);
    send_to(l.p.b, "out", &l.p.at_a);
    readiness_step(&l, "write edge: sent when only reading is watched");
    readiness_end(&l);
}

static void registrations(void)
{
    struct loop l = begin(EPOLLIN | EPOLLET);

    readiness_arrive(&l);
    readiness_step(&l, "modify: one came");
    readiness_watch(&l, EPOLL_CTL_MOD, EPOLLIN | EPOLLET);
    readiness_step(&l, "modify: with the same, unread");
    readiness_watch(&l, EPOLL_CTL_MOD, EPOLLOUT | EPOLLET);
    readiness_step(&l, "modify: to writing");
    readiness_watch(&l, EPOLL_CTL_MOD, 0);
    readiness_step(&l, "modify: to nothing");
    readiness_watch(&l, EPOLL_CTL_MOD, EPOLLIN | EPOLLONESHOT);
    readiness_step(&l, "oneshot: one unread");
    readiness_arrive(&l);
    readiness_step(&l, "oneshot: another, not armed again");
    readiness_watch(&l, EPOLL_CTL_MOD, EPOLLIN | EPOLLONESHOT);
    readiness_step(&l, "oneshot: armed again");
    readiness_watch(&l, EPOLL_CTL_DEL, 0);
    readiness_step(&l, "delete: two unread");
    readiness_watch(&l, EPOLL_CTL_ADD, EPOLLIN | EPOLLET);
    readiness_step(&l, "add: two unread");
    readiness_watch(&l, EPOLL_CTL_MOD, EPOLLIN);
    readiness_step(&l, "level: two unread");
    receive_now(l.p.b);
    readiness_step(&l, "level: one unread");
    receive_now(l.p.b);
    readiness_step(&l, "level: none unread");
    readiness_end(&l);
}

static void copies(void)
{
    struct loop l = begin(EPOLLIN | EPOLLET);
    int copy = dup(l.p.b);

    epoll_ctl(l.epoll, EPOLL_CTL_ADD, copy, &(struct epoll_event){.events = EPOLLOUT});
    readiness_step(&l, "copy: watched for writing");
    epoll_ctl(l.epoll, EPOLL_CTL_DEL, copy, NULL);
    readiness_arrive(&l);
    readiness_step(&l, "copy: one came");
    close(l.p.b);
    readiness_arrive(&l);
    readiness_step(&l, "copy: the watched one closed, another came");
    receive_now(copy);
    close(copy);
    readiness_step(&l, "copy: all closed");
    readiness_end(&l);
}

void script_readiness(void)
{
    edges_of_arrivals();
    edges_of_sends();
    registrations();
    copies();
}
