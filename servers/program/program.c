#include "program/program.h"

#include "program/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_CANNOT_RUN = 4 };

/* Descriptors beside the sockets: standard streams, stop pipe, poller, and some for whoever started
 * us. */
#define SPARE_DESCRIPTORS 64

#define ADDRESS_TEXT (INET6_ADDRSTRLEN + 10)

/* What --quiet leaves: faults are always told. */
#define QUIET_KINDS (1u << EW_LOG_ERROR | 1u << EW_LOG_DIED)

struct program {
    const char *name;
    const struct ew_functions *server;
    struct program_options options;
    pthread_t main_thread;
    atomic_int died;          /* a worker's negative errno */
    atomic_int output_failed; /* errno of the standard output */
    atomic_bool explained;    /* the server itself said what went wrong */
};

/* ---- printing ---- */

/* An IPv6 address in brackets, or its port would look like a part of it. */
static void format_address(const struct sockaddr *address, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "?";

    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)address;

        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        snprintf(text, size, "[%s]:%u", host, ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in = (const void *)address;

        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(text, size, "%s:%u", host, ntohs(in->sin_port));
    }
}

/* The main thread sleeps in sigwait; the signal meant for it alone ends that. */
static void end_program(struct program *p, atomic_int *why, int value)
{
    int none = 0;

    if (atomic_compare_exchange_strong(why, &none, value))
        pthread_kill(p->main_thread, SIGTERM);
}

/* The lines of the originals: those of ten sockets say where a datagram went, and end without a
 * full stop. */
static void print_received(const struct program *p, const struct ew_log_entry *e, const char *peer)
{
    char local[ADDRESS_TEXT];

    if (p->server->describe()->capabilities & EW_CAN_REPLY) {
        format_address(e->local, local, sizeof local);
        printf("recv %llu bytes from %s at %s\n", (unsigned long long)e->bytes, peer, local);
    } else {
        printf("recv %llu bytes from %s.\n", (unsigned long long)e->bytes, peer);
    }
}

static void print_line(struct program *p, const struct ew_log_entry *e)
{
    char peer[ADDRESS_TEXT] = "";

    if (e->peer)
        format_address(e->peer, peer, sizeof peer);
    switch (e->kind) {
    case EW_LOG_RECEIVED: print_received(p, e, peer); break;
    case EW_LOG_PENDING: printf("total pending writes: %lld\n", (long long)e->value); break;
    case EW_LOG_SENT: printf("sent %llu bytes to %s.\n", (unsigned long long)e->bytes, peer); break;
    case EW_LOG_DROPPED: printf("%s.\n", e->text); break;
    case EW_LOG_POLL: printf("Future #%u poll()...\n", e->socket); break;
    case EW_LOG_TEXT:
    case EW_LOG_TRACE: printf("%s\n", e->text); break;
    default: break;
    }
    if (ferror(stdout))
        end_program(p, &p->output_failed, errno ? errno : EIO);
}

/* On worker threads; stdio locks its streams, so a line is never torn. */
static void on_log(void *context, const struct ew_log_entry *e)
{
    struct program *p = context;

    if (e->kind == EW_LOG_ERROR) {
        fprintf(stderr, "%s: %s (%s)\n", p->name, e->text, strerror((int)-e->value));
        atomic_store(&p->explained, true);
    } else if (e->kind == EW_LOG_DIED)
        end_program(p, &p->died, (int)e->value);
    else
        print_line(p, e);
}

static void add_counter(uint64_t *total, const ew_counter *counter, enum ew_counter_kind kind)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);

    if (kind != EW_COUNTER_MAXIMUM)
        *total += value;
    else if (value > *total)
        *total = value;
}

#define ADD_COUNTER(name, unit, KIND, meaning) \
    add_counter(&total.name, &slot->name, EW_COUNTER_##KIND);
#define PRINT_COUNTER(name, unit, KIND, meaning) \
    printf("%-20s %12llu %s\n", #name, (unsigned long long)total.name, unit);
#define PLAIN_MEMBER(name, unit, KIND, meaning) uint64_t name;

/* A counter's row says how its slots are added up, so a new one is printed rightly by itself. */
static void print_stats(const struct ew_page *page)
{
    struct {
        EW_SOCKET_COUNTERS(PLAIN_MEMBER)
        EW_WORKER_COUNTERS(PLAIN_MEMBER)
    } total = {0};

    for (unsigned i = 0; i < page->sockets; i++) {
        const struct ew_socket_counters *slot = &ew_page_socket(page, i)->counters;

        EW_SOCKET_COUNTERS(ADD_COUNTER)
    }
    for (unsigned i = 0; i <= page->workers; i++) {
        const struct ew_worker_counters *slot = ew_page_worker(page, i);

        EW_WORKER_COUNTERS(ADD_COUNTER)
    }
    EW_SOCKET_COUNTERS(PRINT_COUNTER)
    EW_WORKER_COUNTERS(PRINT_COUNTER)
}

/* ---- running ---- */

/* Shared memory that the starter handed over, or memory of our own that outlives the instance, for
 * --stats. */
static int map_page(struct ew_config *config)
{
    const char *text = getenv(EW_PAGE_FD_VARIABLE);
    unsigned most = config->workers > config->sockets ? config->workers : config->sockets;
    struct stat st;
    char *end;
    long fd;

    config->page_size = ew_page_size(most, config->sockets);
    if (!text) {
        config->page = calloc(1, config->page_size);
        return config->page ? 0 : -ENOMEM;
    }
    fd = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || fd < 0 || fd > INT_MAX)
        return -EBADF;
    if (fstat((int)fd, &st) < 0)
        return -errno;
    config->page_size = (uint64_t)st.st_size;
    config->page = mmap(NULL, config->page_size, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
    close((int)fd);
    return config->page == MAP_FAILED ? -errno : 0;
}

/* By the same rule as map_page() made it. */
static void release_page(const struct ew_config *config)
{
    if (getenv(EW_PAGE_FD_VARIABLE))
        munmap(config->page, config->page_size);
    else
        free(config->page);
}

/* The soft limit is often 1024, and a program that needs more may take it up to the hard one. */
static void raise_descriptor_limit(unsigned sockets)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)sockets + SPARE_DESCRIPTORS;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || wanted < limit.rlim_max ? wanted
                                                                                : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit); /* what it does not allow shows as EMFILE, with advice */
}

/* What to change, for what a user can change; every text begins where the error's ends. */
static const char *advice(int err)
{
    switch (-err) {
    case EADDRINUSE: return "; somebody else listens there: choose another --port (0: any)";
    case EACCES: return "; ports below 1024 need privileges: choose a higher --port";
    case EADDRNOTAVAIL: return "; it is no address of this machine: see --address";
    case ENOENT: return "; there is no such --selector here";
    case EMFILE: return "; raise the limit of open files (ulimit -n) or ask for fewer --sockets";
    case ENOBUFS:
    case ENOMEM: return "; ask for fewer --sockets or a smaller --queue";
    default: return "";
    }
}

/* One line that says what to change; the server's own words, where it had some, were that line. */
static int report_start(const struct program *p, int err)
{
    const struct ew_config *c = &p->options.config;
    const char *missing = p->server->describe()->missing;
    char ports[64] = "any port";

    if (c->port && c->sockets > 1)
        snprintf(ports, sizeof ports, "ports %u to %u", c->port, c->port + c->sockets - 1);
    else if (c->port)
        snprintf(ports, sizeof ports, "port %u", c->port);
    if (missing)
        fprintf(stderr, "%s: cannot run here: %s\n", p->name, missing);
    else if (!atomic_load(&p->explained))
        fprintf(stderr, "%s: cannot serve %s, %s: %s%s\n", p->name,
                c->address ? c->address : "127.0.0.1", ports, strerror(-err), advice(err));
    return EXIT_CANNOT_RUN;
}

/* False when nobody can read it. */
static bool announce(const struct program *p, const struct ew_instance *instance)
{
    const struct ew_config *c = &p->options.config;
    unsigned last = c->sockets - 1;

    if (p->options.quiet)
        return true;
    flockfile(stdout); /* the workers may be printing already */
    printf("listening on %s, port %u", c->address ? c->address : "127.0.0.1",
           p->server->port(instance, 0));
    if (last > 0)
        printf(c->port ? " to %u" : " and others up to %u", p->server->port(instance, last));
    printf("\n");
    funlockfile(stdout);
    return !ferror(stdout);
}

/* The exit status.  A fault of the output counts only if the server itself had none. */
static int program_finish(struct program *p, struct ew_instance *instance)
{
    int err = p->server->stop(instance);

    if (p->options.stats)
        print_stats(p->options.config.page);
    if (err) {
        fprintf(stderr, "%s: stopped serving: %s\n", p->name, strerror(-err));
        return EXIT_CANNOT_RUN;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        int output = atomic_load(&p->output_failed);

        fprintf(stderr, "%s: cannot write to the standard output: %s; --quiet prints nothing\n",
                p->name, strerror(output ? output : errno));
        return EXIT_CANNOT_RUN;
    }
    return 0;
}

/* A line at once, also into a file or a pipe: somebody may be watching it, or a program be waiting
 * for it.  What is quiet has nothing to say before its end. */
static void choose_buffering(bool quiet)
{
    if (!quiet)
        setvbuf(stdout, NULL, _IOLBF, 0);
}

/* Read-only, so that printing to a stream that was closed fails as it should. */
void ew_hold_streams(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/* Blocked before the workers are born, so that a signal at any time is kept for sigwait. */
static void hold_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, set, NULL);
}

/* From start to stop; the exit status.  With --quiet nothing is formatted for a datagram. */
static int program_serve(struct program *p, const sigset_t *signals)
{
    struct ew_config *config = &p->options.config;
    struct ew_instance *instance;
    int signal_taken, err;

    config->log = on_log;
    config->log_context = p;
    /* the moments of the loop are told to those alone who ask for them by name */
    config->log_kinds = p->options.quiet ? QUIET_KINDS : p->options.trace ? UINT64_MAX : 0;
    err = p->server->start(config, &instance);
    if (err)
        return report_start(p, err);
    if (announce(p, instance))
        sigwait(signals, &signal_taken);
    return program_finish(p, instance);
}

int ew_program(const struct ew_functions *server, int argc, char **argv)
{
    struct program p = {
        .name = server->describe()->name, .server = server, .main_thread = pthread_self()};
    enum program_next next = program_options_parse(&p.options, server->describe(), argc, argv);
    struct ew_config *config = &p.options.config;
    sigset_t signals;
    int err, status;

    if (next != PROGRAM_RUN)
        return next == PROGRAM_DONE ? 0 : EXIT_USAGE;
    ew_hold_streams();
    choose_buffering(p.options.quiet);
    hold_signals(&signals);
    raise_descriptor_limit(config->sockets);
    err = map_page(config);
    if (err) {
        const char *fd = getenv(EW_PAGE_FD_VARIABLE);

        fprintf(stderr, "%s: no memory for the counters%s%s: %s\n", p.name,
                fd ? " in descriptor " EW_PAGE_FD_VARIABLE "=" : "", fd ? fd : "", strerror(-err));
        return EXIT_CANNOT_RUN;
    }
    status = program_serve(&p, &signals);
    release_page(config);
    return status;
}
