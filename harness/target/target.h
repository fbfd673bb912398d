/* What is tested: a server of ours by name, a plug-in by path, a command, or a target file; found,
 * started, watched, stopped.
 *
 * Life cycle: target_find() gives targets; target_start() runs one in a process group of its own,
 * under a supervisor that ends the whole group when the harness dies; target_stop() ends it and
 * says how it ended.  None of the checks knows which kind of target it has.
 *
 * Functions that can fail return 0, or -1 with `error` filled: the text says how to mend it, the
 * status is the exit status it deserves.  One thread at a time for each run; target_start() forks
 * and so must be called before the caller starts threads. */
#ifndef EDGEWISE_TARGET_H
#define EDGEWISE_TARGET_H

#include "base/address.h"
#include "base/status.h"
#include "edgewise/server.h"
#include "exchange/protocol.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum target_kind {
    /* a server of ours, or any .so: run by `edgewise serve` as a child; publishes the counters
     * page */
    TARGET_PLUGIN,
    TARGET_COMMAND, /* --exec or a target file */
};

enum target_ready {
    TARGET_READY_PAGE,   /* the counters page says "started" */
    TARGET_READY_ECHO,   /* answers a request with a nonce */
    TARGET_READY_PORT,   /* a process of the started tree has bound the port */
    TARGET_READY_STDOUT, /* has printed what matches `ready_regex` */
};

/* Immutable once found. */
struct target {
    enum target_kind kind;
    /* of a server of ours its program's; of a plug-in by path its own name; of a command the first
     * word's base name */
    char *name;
    /* what names it on a command line, quoted for a shell: its name, "./mine.so", "--exec 'server
     * {port}'" */
    char *word;
    char *summary;  /* may be "" */
    char *language; /* that its users write in, as its file says, or NULL */
    char *missing;  /* why it cannot run here, or NULL */
    /* enum ew_capability; commands claim "echo" unless their file says more */
    uint64_t capabilities;
    /* plug-ins only: pointers inside live as long as the target */
    struct ew_description description;
    /* NULL-terminated; "{port}", "{sockets}", "{upstream}", "{address}" filled in at start */
    char **argv;
    /* commands: how many consecutive ports it serves at most; 0: any number ({sockets}) */
    unsigned ports;
    unsigned port; /* commands: the one port that it knows, whatever it is told; 0: {port} */
    /* commands: where it listens, whatever it is told: `ports` addresses of one family, each a
     * socket at the one port; NULL: at the address that it is told */
    union address *addresses;
    char **setup; /* run to its end before each start, filled in as `argv`; NULL: nothing is */
    /* commands: the port at which it asks its upstream; 0: {upstream}, or it asks none */
    unsigned upstream;
    /* runs only in a network namespace whose one interface is lo; see target_make_private() */
    bool is_private;
    struct exchange exchange; /* what is asked of it; all zeros: an echo */
    enum target_ready ready;
    char *ready_regex;
    char **env; /* NULL-terminated "NAME=value" additions */
    /* NULL-terminated: prints the library's name and version, "libuv 1.44.2"; NULL: nobody knows */
    char **version_argv;
    /* NULL-terminated; "{pid}", "{port}", "{sockets}", "{address}" filled in: prints how many
     * requests the server says it has dropped since its start; NULL: it cannot be asked */
    char **drops_argv;
    json_t *expect;  /* object "case-id": "FAIL: reason", or NULL; see target/expect.h */
    json_t *torture; /* object "outcome": "reason", known findings of torture, or NULL */
    /* plug-ins: loaded as long as the target, for the description's sake */
    void *library;
};

struct target_list {
    struct target **items;
    size_t count;
};

/* Adds the targets that `word` names: a server of ours, a group (echo, multisocket, peers, all), a
 * path to a .so, or a path to a target file (.json).  Missing servers are added too, with `missing`
 * set: absence is visible. */
int target_find(struct target_list *list, const char *word, struct error *error);

/* Adds the command given to --exec. */
int target_find_command(struct target_list *list, const char *command, struct error *error);

void target_list_free(struct target_list *list);

/* Moves this process into a network namespace of its own if one of the targets runs only there;
 * those are missing where none can be made.  Before any thread is started; once. */
void target_make_private(struct target_list *list);

/* A command claims `capability`, whose name is `name`, or gets another name; either is part of its
 * word from then on.  0, or -1 when there is no memory. */
int target_claim(struct target *target, const char *name, uint64_t capability);
int target_rename(struct target *target, const char *name);

/* The port that it listens at if it is told `port`: that, or one that its command has without being
 * told ({port}); 0: one that is chosen. */
unsigned target_own_port(const struct target *target, unsigned port);

/* Where it listens with its socket `index` if it is told `host` and `port`. */
union address target_own_address(const struct target *target, const union address *host,
                                 unsigned port, unsigned index);

/* With *port 0, finds one at which it can listen with `sockets` sockets if it is told `host`; else
 * makes sure that it can at that.  0, or -1 with `error`. */
int target_choose_port(const struct target *target, const union address *host, unsigned sockets,
                       unsigned *port, struct error *error);

/* How long a start may take, and from SIGTERM to SIGKILL. */
#define TARGET_READY_MS 5000
#define TARGET_STOP_MS 1000

/* How to run it.  Zero means the default. */
struct target_options {
    const char *address; /* "127.0.0.1" */
    /* first of consecutive ports; 0: chosen free (plug-ins: kernel-picked) */
    unsigned port;
    unsigned sockets; /* 1 */
    unsigned asked;   /* those that are asked until they answer, the first ones; 0: all of them */
    /* EW_SERVER_SETTINGS of program/settings.h, passed to plug-ins only; nothing else in it */
    struct ew_config server;
    int cpu;                /* pin the tree to this processor: the number plus one; 0: not pinned */
    unsigned nofile;        /* RLIMIT_NOFILE of the target; 0: inherited */
    int ready_ms;           /* TARGET_READY_MS */
    int stop_ms;            /* TARGET_STOP_MS */
    const char *program;    /* the `edgewise` that runs plug-ins; NULL: the running executable */
    const char *const *env; /* NULL-terminated further "NAME=value", e.g. LD_PRELOAD */
    const int *keep_fds;    /* descriptors that the target inherits, -1 at the end; NULL: none */
    /* The child's last step before exec, with `context`; see struct launch.  NULL: none */
    int (*prepare)(void *context);
    void *context;
    bool port_taken;   /* try it even if somebody else has the port */
    unsigned upstream; /* target_launch(): where whom it forwards to answers; 0: nowhere */
    /* filled when the start fails: how it ended; `early` when by itself.  NULL: not wanted */
    struct target_end *end;
};

struct target_run;

/* Starts it and waits until it is ready and its socket is known to belong to the started tree.  On
 * failure nothing is left running, and the text ends with the tail of what the target wrote to its
 * standard error. */
int target_start(const struct target *target, const struct target_options *options,
                 struct target_run **run, struct error *error);

/* Starts it and leaves it at that: neither is it waited for, nor is a page of counters made for it.
 * The caller says with `port` and `port_taken` where it is to listen, and with `env` and `keep_fds`
 * what it finds there.  On failure nothing is left running. */
int target_launch(const struct target *target, const struct target_options *options,
                  struct target_run **run, struct error *error);

/* Where socket `index` listens. */
const union address *target_address(const struct target_run *run, unsigned index);
uint16_t target_port(const struct target_run *run, unsigned index);
unsigned target_sockets(const struct target_run *run);
const struct target *target_of(const struct target_run *run);

/* The counters page, or NULL where the target publishes none. */
const struct ew_page *target_page(const struct target_run *run);

/* The main process. */
pid_t target_pid(const struct target_run *run);

/* Still running?  False as soon as the main process has ended or daemonised. */
bool target_alive(struct target_run *run);

/* Sums over the tree.  What the platform does not tell is -1. */
struct target_usage {
    int64_t cpu_ns; /* from CPU clocks, not ticks */
    int64_t voluntary_switches;
    int64_t involuntary_switches;
    int64_t resident_bytes;
    int64_t writable_bytes; /* of its own that it may use, whether it does or not */
    int64_t descriptors;
    int64_t threads;
};
int target_usage(struct target_run *run, struct target_usage *usage);

/* Who of the tree has worked how much, so that two looks tell whether one thread did all. */
#define TARGET_THREADS_MAX 256
struct target_labour {
    int64_t cpu_ns;          /* of all, those that have ended since included */
    int64_t children_faults; /* page faults of its children that have ended, some for each */
    bool disowns_children;   /* it ignores SIGCHLD: its children leave no such trace */
    int64_t last_task;       /* the number of the last thread or process that anybody has started */
    int64_t task_limit;      /* after this number they begin anew */
    int n;                   /* of `threads`; -1: the platform does not tell */
    struct {
        pid_t thread;
        int64_t cpu_ns;
    } threads[TARGET_THREADS_MAX];
};
void target_labour(struct target_run *run, struct target_labour *labour);

/* Datagrams that the kernel dropped at the target's sockets since they were opened, summed:
 * SO_MEMINFO through pidfd_getfd(2), else /proc/net/udp by inode.  -1: the platform does not tell.
 * Read it before stopping. */
int64_t target_socket_drops(struct target_run *run);

/* Requests that it has dropped itself since its start, as it says when its "drops" asks it; that is
 * waited for, some 20 s at most.  0, or -1 with what went wrong.  Only of a target with
 * `drops_argv`. */
int target_told_drops(struct target_run *run, int64_t *told, struct error *error);

/* What the kernel granted to the receive buffer of its first socket, in its own count; 0: that
 * cannot be told. */
unsigned target_receive_bytes(struct target_run *run);

/* Duplicates the target's socket `index` into this process (pidfd_getfd(2)); -1 where that cannot
 * be had.  The caller closes. */
int target_borrow_socket(struct target_run *run, unsigned index);

/* All that it has at the port of socket `index`, at most `room`, which the caller closes; how many
 * they are, 0 where none can be had. */
int target_borrow_sockets(struct target_run *run, unsigned index, int *fds, int room);

/* Sends a signal to the main process (or, with `tree`, to all its descendants, too). */
int target_signal(struct target_run *run, int signal, bool tree);

/* Stops the whole tree, and returns once every thread of it has stopped; 0, or -1 when that did not
 * happen within `limit_ms`.  SIGCONT by target_signal() lets it go on. */
int target_freeze(struct target_run *run, int limit_ms);

/* Does no thread of the tree run, or wait for a processor?  True where the platform does not
 * tell. */
bool target_sleeps(const struct target_run *run);
/* How many of its threads are in a call that sends, and wait there if the target sleeps; -1 where
 * the platform does not tell. */
int target_sending(const struct target_run *run);
/* No thread of it lives: its end is there, and is told as soon as its supervisor has a processor.
 * False where the platform does not say. */
bool target_is_gone(const struct target_run *run);

/* Waits until no thread of the tree runs and a look some milliseconds later finds that none has
 * since, at most `limit_ms`; what the start left to do, or a load, is done then. */
void target_settle(struct target_run *run, int limit_ms);

/* Of what a target writes to its standard error so much is kept from the beginning. */
#define TARGET_HEAD_SIZE 256

/* How it ended. */
struct target_end {
    /* of its own accord or after SIGTERM: `code` is the exit status; else `code` is the signal */
    bool exited;
    int code;
    bool killed; /* needed SIGKILL: did not end within a second of SIGTERM */
    bool early;  /* had ended before it was asked to */
    /* the main process ended with status 0 and left descendants behind; they were ended */
    bool daemonised;
    bool lost;       /* the supervisor was killed by somebody: how the target ended is unknown */
    int64_t stop_ns; /* from SIGTERM to the end */
    char stderr_head[TARGET_HEAD_SIZE]; /* its first words, */
    char stderr_tail[2048];             /* and its last, which may be the same */
};

/* SIGTERM, SIGKILL after `stop_ms`, everything of the tree gone on return.  Frees the run; `end`
 * may be NULL. */
void target_stop(struct target_run *run, struct target_end *end);

/* The text that describes an end: "ended with exit status 0", "was ended by signal 11 (Segmentation
 * fault)", ... */
void target_end_text(const struct target_end *end, char *text, size_t size);

/* What it wrote to its standard error, as one line: all, or how that began and how it ended; "" for
 * nothing. */
void target_end_said(const struct target_end *end, char *text, size_t size);

#endif
