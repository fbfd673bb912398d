#include "program/program.h"

#include "program/lines.h"
#include "program/options.h"

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

/* What --quiet leaves: faults are always told. */
#define QUIET_KINDS (1u << EW_LOG_ERROR | 1u << EW_LOG_DIED)

struct program {
    const char *name;
    const struct ew_functions *server;
    struct program_options options;
    sigset_t signals; /* that end it: blocked on all threads, and waited for */
    struct ew_loan loan;
    struct ew_instance *instance;
    atomic_int died;          /* a worker's negative errno */
    atomic_int output_failed; /* errno of the standard output */
    atomic_bool explained;    /* the server itself said what went wrong */
};

/* ---- what the server tells ---- */

/* Some thread sleeps in sigwait, or soon will: the signal waits for it. */
static void end_program(atomic_int *why, int value)
{
    int none = 0;

    if (atomic_compare_exchange_strong(why, &none, value))
        kill(getpid(), SIGTERM);
}

/* On worker threads; stdio locks its streams, so a line is never torn. */
static void on_log(void *context, const struct ew_log_entry *e)
{
    struct program *p = context;

    if (e->kind == EW_LOG_ERROR) {
        fprintf(stderr, "%s: %s (%s)\n", p->name, e->text, strerror((int)-e->value));
        atomic_store(&p->explained, true);
    } else if (e->kind == EW_LOG_DIED) {
        end_program(&p->died, (int)e->value);
    } else {
        program_print_line(p->server->describe(), e);
        if (ferror(stdout))
            end_program(&p->output_failed, errno ? errno : EIO);
    }
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

    config->page_size = ew_page_size(most, ew_page_sockets(config));
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
    case ENOPROTOOPT: return "; flows cannot be shared out here: choose --share ports";
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
static bool announce(const struct program *p)
{
    const struct ew_config *c = &p->options.config;
    unsigned last = c->sockets - 1;

    if (p->options.quiet)
        return true;
    flockfile(stdout); /* the workers may be printing already */
    printf("listening on %s, port %u", c->address ? c->address : "127.0.0.1",
           p->server->port(p->instance, 0));
    if (last > 0)
        printf(c->port ? " to %u" : " and others up to %u", p->server->port(p->instance, last));
    printf("\n");
    funlockfile(stdout);
    return !ferror(stdout);
}

/* The exit status.  A fault of the output counts only if the server itself had none. */
static int program_finish(struct program *p)
{
    int err = p->server->stop(p->instance);

    if (p->options.stats)
        program_print_stats(p->options.config.page);
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

/* Blocked before any other thread is born, so that a signal at any time is kept for sigwait. */
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

static void *program_await_signal(void *argument)
{
    struct program *p = argument;
    int taken;

    sigwait(&p->signals, &taken);
    p->loan.ask(p->instance);
    return NULL;
}

/* The main thread serves, so that plain strace(1) shows the loop; the signal that ends it is waited
 * for by another.  0, or why there is none. */
static int serve_here(struct program *p)
{
    pthread_t waiting;
    int err = pthread_create(&waiting, NULL, program_await_signal, p);

    if (err)
        return err;
    p->loan.serve(p->instance);
    pthread_join(waiting, NULL);
    return 0;
}

/* A plug-in that was built before threads could be lent knows no `loan`, and says so. */
static int program_start(struct program *p)
{
    struct ew_config *config = &p->options.config;
    int err;

    p->loan.size = sizeof p->loan;
    config->loan = &p->loan;
    err = p->server->start(config, &p->instance);
    if (err != -E2BIG)
        return err;
    config->loan = NULL;
    return p->server->start(config, &p->instance);
}

/* From start to stop; the exit status.  With --quiet nothing is formatted for a datagram. */
static int program_serve(struct program *p)
{
    struct ew_config *config = &p->options.config;
    int signal_taken, err;

    config->log = on_log;
    config->log_context = p;
    /* the moments of the loop are told to those alone who ask for them by name */
    config->log_kinds = p->options.quiet ? QUIET_KINDS : p->options.trace ? UINT64_MAX : 0;
    err = program_start(p);
    if (err)
        return report_start(p, err);
    if (p->options.foreground_loop && !p->loan.serve) {
        fprintf(stderr, "%s: cannot serve on the main thread: it has threads of its own only\n",
                p->name);
        p->server->stop(p->instance);
        return EXIT_CANNOT_RUN;
    }
    if (announce(p)) {
        if (!p->loan.serve)
            sigwait(&p->signals, &signal_taken);
        else
            err = serve_here(p);
    }
    if (!err)
        return program_finish(p);
    fprintf(stderr, "%s: cannot make a thread that waits for signals: %s\n", p->name,
            strerror(err));
    p->server->stop(p->instance);
    return EXIT_CANNOT_RUN;
}

int ew_program(const struct ew_functions *server, int argc, char **argv)
{
    struct program p = {.name = server->describe()->name, .server = server};
    enum program_next next = program_options_parse(&p.options, server->describe(), argc, argv);
    struct ew_config *config = &p.options.config;
    int err, status;

    if (next != PROGRAM_RUN)
        return next == PROGRAM_DONE ? 0 : EXIT_USAGE;
    ew_hold_streams();
    choose_buffering(p.options.quiet);
    hold_signals(&p.signals);
    raise_descriptor_limit(ew_page_sockets(config));
    err = map_page(config);
    if (err) {
        const char *fd = getenv(EW_PAGE_FD_VARIABLE);

        fprintf(stderr, "%s: no memory for the counters%s%s: %s\n", p.name,
                fd ? " in descriptor " EW_PAGE_FD_VARIABLE "=" : "", fd ? fd : "", strerror(-err));
        return EXIT_CANNOT_RUN;
    }
    status = program_serve(&p);
    release_page(config);
    return status;
}
