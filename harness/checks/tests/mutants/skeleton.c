#include "skeleton.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* The name of this plug-in's file, without ".so". */
static char name[64] = "unnamed";

static const struct mutant none = {.name = "none", .summary = "does everything right"};

static const struct mutant *const tables[] = {
    mutants_of_data,    mutants_of_order,   mutants_of_load,  mutants_of_blocked, mutants_of_life,
    mutants_of_hostile, mutants_of_loop,    mutants_of_polls, mutants_of_clients,
#ifdef MUTANTS_ON_EPOLL
    mutants_on_epoll,   mutants_told_by_ip, mutants_of_sizes, mutants_of_workers,
#endif
};

static __attribute__((constructor)) void mutant_find_name(void)
{
    const char *slash;
    Dl_info info;

    if (dladdr(name, &info) == 0 || !info.dli_fname)
        return;
    slash = strrchr(info.dli_fname, '/');
    snprintf(name, sizeof name, "%s", slash ? slash + 1 : info.dli_fname);
    name[strcspn(name, ".")] = '\0';
}

const struct mutant *mutant_self(void)
{
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        for (const struct mutant *m = tables[t]; m->name; m++) {
            if (strcmp(m->name, name) == 0)
                return m;
        }
    }
    return &none;
}

struct skeleton *mutant_state(const struct ew_worker *w)
{
    return w->state;
}

uint64_t mutant_received(const struct ew_socket *s)
{
    return atomic_load_explicit(&s->counters->datagrams_received, memory_order_relaxed);
}

bool mutant_has_served(const struct ew_worker *w)
{
    return mutant_received(&w->sockets[0]) > 0;
}

bool mutant_knows(const struct ew_worker *w, const struct ew_datagram *d)
{
    return mutant_state(w)->seen[d->peer.in.sin_port / 8] & 1u << d->peer.in.sin_port % 8;
}

void mutant_learns(struct ew_worker *w, const struct ew_datagram *d)
{
    mutant_state(w)->count += !mutant_knows(w, d);
    mutant_state(w)->seen[d->peer.in.sin_port / 8] |= (uint8_t)(1u << d->peer.in.sin_port % 8);
}

bool mutant_same_peer(const union ew_address *a, const union ew_address *b)
{
    return a->any.sa_family == b->any.sa_family && memcmp(a, b, ew_address_length(a)) == 0;
}

void mutant_keep(struct ew_worker *w, const struct ew_datagram *d)
{
    struct skeleton *state = mutant_state(w);

    state->held = *d;
    state->held.data = state->bytes;
    memcpy(state->bytes, d->data, d->length);
}

void skeleton_answer(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    /* Whoever waits goes first, or the order would be lost. */
    if (ew_wants_write(s) || ew_send(w, s, d) == EW_BLOCKED)
        ew_hold(w, s, d);
}

int skeleton_echo(struct ew_worker *w, struct ew_socket *s)
{
    const struct mutant *mutant = mutant_self();
    struct ew_datagram d;
    int outcome = mutant->receive ? mutant->receive(w, s, &d) : ew_receive(w, s, &d);

    if (outcome == EW_DONE)
        (mutant->answer ? mutant->answer : skeleton_answer)(w, s, &d);
    return outcome;
}

static bool wants_read(const struct ew_worker *w, const struct ew_socket *s)
{
    const struct mutant *mutant = mutant_self();

    return mutant->wants_read ? mutant->wants_read(w, s) : ew_wants_read(w, s);
}

static bool wants_write(const struct ew_worker *w, const struct ew_socket *s)
{
    const struct mutant *mutant = mutant_self();

    return mutant->wants_write ? mutant->wants_write(w, s) : ew_wants_write(s);
}

int skeleton_serve(struct ew_worker *w, struct ew_socket *s, struct pollfd *fd)
{
    const struct mutant *mutant = mutant_self();
    int outcome = EW_BLOCKED;

    if (fd->revents & ~POLLOUT)
        ew_count(&s->counters->polls, 1); /* as if a future was polled */
    if (fd->revents & POLLOUT)
        (mutant->flush ? mutant->flush : ew_flush)(w, s);
    if (fd->revents & ~POLLOUT && wants_read(w, s))
        outcome = (mutant->echo ? mutant->echo : skeleton_echo)(w, s);
    fd->events = (short)((wants_read(w, s) ? POLLIN : 0) | (wants_write(w, s) ? POLLOUT : 0));
    return outcome;
}

/* As ew_pollset_run(), which never wakes up of itself. */
static int run_with_timeout(struct ew_worker *w, int (*timeout)(const struct ew_worker *w))
{
    struct pollfd *fds = mutant_state(w)->set.fds;
    int err = 0;

    while (!ew_stopping(w) && err >= 0) {
        int n = poll(fds, w->n_sockets + 1, timeout(w));

        ew_count_wait(w, n > 0 ? (unsigned)n : 0);
        for (unsigned i = 0; i < w->n_sockets && n > 0 && err >= 0; i++) {
            if (fds[i + 1].revents)
                err = skeleton_serve(w, &w->sockets[i], &fds[i + 1]);
        }
    }
    return err < 0 ? err : 0;
}

size_t mutant_told(const struct ew_socket *s, int flags, int level, int type, void *value,
                   size_t size)
{
    union {
        struct cmsghdr align;
        char bytes[512];
    } control;
    char byte;
    struct iovec vector = {.iov_base = &byte, .iov_len = sizeof byte};
    struct msghdr message = {.msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};

    if (recvmsg(s->fd, &message, flags | MSG_DONTWAIT) < 0)
        return 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != level || c->cmsg_type != type)
            continue;
        if (size > c->cmsg_len - CMSG_LEN(0))
            size = c->cmsg_len - CMSG_LEN(0);
        memcpy(value, CMSG_DATA(c), size);
        return size;
    }
    return 0;
}

int skeleton_run(struct ew_worker *w)
{
    const struct mutant *mutant = mutant_self();

    return mutant->timeout ? run_with_timeout(w, mutant->timeout)
                           : ew_pollset_run(&mutant_state(w)->set, w, skeleton_serve);
}

static int mutant_init(struct ew_worker *w)
{
    const struct mutant *mutant = mutant_self();
    int err = ew_pollset_init(&mutant_state(w)->set, w);

    for (unsigned i = 0; i < w->n_sockets; i++)
        ew_count(&w->sockets[i].counters->polls, 1);
    return !err && mutant->init ? mutant->init(w) : err;
}

static int mutant_run(struct ew_worker *w)
{
    const struct mutant *mutant = mutant_self();

    return mutant->run ? mutant->run(w) : skeleton_run(w);
}

static void mutant_fini(struct ew_worker *w)
{
    const struct mutant *mutant = mutant_self();

    if (mutant->fini)
        mutant->fini(w);
    ew_pollset_fini(&mutant_state(w)->set);
}

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = name,
                    .summary = "a mutant: wrong on purpose in the way that its name says",
                    .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS | EW_CAN_POLLS,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_full = EW_FULL_DROP},
    .loop = &(const struct ew_loop){.state_size = sizeof(struct skeleton),
                                    .init = mutant_init,
                                    .run = mutant_run,
                                    .fini = mutant_fini},
};
