/* Every setting of a server, described once: what `NAME --queue 4`, `edgewise serve NAME --queue 4`
 * and `edgewise check NAME --queue 4` take, refuse, explain and hand on.
 *
 * A new setting is a member of struct ew_config, a row here, and its use.  Nothing here prints;
 * any thread. */
#ifndef EDGEWISE_PROGRAM_SETTINGS_H
#define EDGEWISE_PROGRAM_SETTINGS_H

#include "edgewise/server.h"

#include <stdbool.h>

enum ew_setting_kind {
    EW_SETTING_NUMBER,  /* a whole number from `least` to `most`, into a uint32_t */
    EW_SETTING_CHOICE,  /* one of the words in `value`, "drop|pause": 1 for the first; uint32_t */
    EW_SETTING_ADDRESS, /* a numeric IPv4 or IPv6 address, into a const char * */
    EW_SETTING_TEXT,    /* anything; the server itself may refuse it; const char * */
    EW_SETTING_FLAG,    /* takes no value; 1 in a uint32_t */
};

struct ew_setting {
    const char *name;     /* "queue" for --queue */
    const char *old_name; /* what it was called before: still taken, never shown; NULL: none */
    const char *value;    /* what --help calls the value: "N"; NULL: it takes none */
    const char *help;     /* one line, without a full stop */
    enum ew_setting_kind kind;
    uint32_t least, most; /* numbers; the machine gives out long before */
    size_t offset;        /* in struct ew_config, where zero is the default */
    uint64_t needs;       /* capabilities without which a server has no use for it */
    /* offset of the uint32_t in struct ew_description that says what zero means; 0: none does */
    size_t described;
    /* what zero means where no description says so.  NULL: then the server has no use for it */
    const char *otherwise;
};

#define EW_NUMBER(member, from, to)                                                           \
    .kind = EW_SETTING_NUMBER, .offset = offsetof(struct ew_config, member), .least = (from), \
    .most = (to)
#define EW_OTHER(KIND, member) \
    .kind = EW_SETTING_##KIND, .offset = offsetof(struct ew_config, member)
#define EW_DESCRIBED(member) .described = offsetof(struct ew_description, member)

/* X(name, value, help, ...), the rest being initialisers of struct ew_setting.
 *
 * Where a server listens, and whether it answers at all: for who starts it to say.  `edgewise` has
 * options of its own for them, which are those of other targets, too.  The limits of ports and
 * sockets keep every product far below overflow. */
#define EW_PLACE_SETTINGS(X)                                                                    \
    X("address", "A", "numeric IPv4 or IPv6 address to listen on", EW_OTHER(ADDRESS, address),  \
      .otherwise = "127.0.0.1")                                                                 \
    X("port", "P", "first port; 0: the kernel picks one for each socket",                       \
      EW_NUMBER(port, 0, 65535), .otherwise = "2000")                                           \
    X("sockets", "N", "listen on N consecutive ports", EW_NUMBER(sockets, 1, 65536),            \
      EW_DESCRIBED(default_sockets), .otherwise = "1")                                          \
    X("reply", NULL, "echo what is received; otherwise it is only told", EW_OTHER(FLAG, reply), \
      .needs = EW_CAN_REPLY, .otherwise = "")

/* How a server of ours serves: `edgewise` offers them for its targets under the same names. */
#define EW_SERVER_SETTINGS(X)                                                                   \
    X("queue", "N", "replies held for each socket while the kernel refuses them",               \
      EW_NUMBER(queue, 1, 65536), .needs = EW_CAN_QUEUE, .otherwise = "8")                      \
    X("when-full", "drop|pause", "drop the newest and count it, or stop reading",               \
      EW_OTHER(CHOICE, when_full), .needs = EW_CAN_QUEUE, EW_DESCRIBED(default_full),           \
      .otherwise = "by its own rule")                                                           \
    X("budget", "N", "datagrams served of one socket before the next one's turn",               \
      EW_NUMBER(budget, 1, 1000000), EW_DESCRIBED(default_budget))                              \
    X("workers", "N", "threads, which share the ports", EW_NUMBER(workers, 1, 1024),            \
      .needs = EW_CAN_WORKERS, .otherwise = "1")                                                \
    X("share", "ports|hash|bpf", "ports for each worker, or all ports and flows of each",       \
      EW_OTHER(CHOICE, share), .needs = EW_CAN_WORKERS, .otherwise = "ports")                   \
    X("selector", "NAME", "epoll, kqueue or poll", EW_OTHER(TEXT, selector),                    \
      .needs = EW_CAN_SELECTOR, .otherwise = "the platform's best")                             \
    X("awakener", "best|pipe|2017", "2017: writes also when nobody sleeps",                     \
      EW_OTHER(CHOICE, awakener), .needs = EW_CAN_SELECTOR | EW_CAN_POLLS, .otherwise = "best") \
    X("datagram-max", "N", "larger datagrams are dropped whole and counted",                    \
      EW_NUMBER(datagram_max, 1, EW_DATAGRAM_MAX), .otherwise = "65507")                        \
    X("receive-bytes", "N", "bytes: SO_RCVBUF of each socket",                                  \
      EW_NUMBER(receive_bytes, 1, INT32_MAX / 2), .old_name = "receive-buffer",                 \
      .otherwise = "the system's default")                                                      \
    X("send-bytes", "N", "bytes: SO_SNDBUF of each socket",                                     \
      EW_NUMBER(send_bytes, 1, INT32_MAX / 2), .old_name = "send-buffer",                       \
      .otherwise = "the system's default")

/* Where a program listens unless told otherwise, as in the programs that edgewise began with. */
#define EW_PROGRAM_PORT 2000

extern const struct ew_setting ew_settings[];
extern const size_t ew_settings_count;

/* By its name or its old one; NULL: there is none. */
const struct ew_setting *ew_setting_named(const char *name);

/* The number that lies so far into a description; 0 where that is an older plug-in's, which ends
 * before it. */
uint32_t ew_described(const struct ew_description *server, size_t offset);

/* Does this server make anything of it? */
bool ew_setting_concerns(const struct ew_setting *setting, const struct ew_description *server);

/* What zero means to this server, as text; NULL where it has no use for the setting. */
const char *ew_setting_default(const struct ew_setting *setting,
                               const struct ew_description *server, char *text, size_t size);

/* Reads a value (of a flag: NULL) into `config`, which keeps a pointer to `value` where it is a
 * text.  0, or -EINVAL with `config` as it was: ew_setting_wants() then tells what is expected. */
int ew_setting_take(const struct ew_setting *setting, const char *value, struct ew_config *config);

/* What it takes, as text: "a whole number from 1 to 65536". */
void ew_setting_wants(const struct ew_setting *setting, char *text, size_t size);

/* The value in `config` as ew_setting_take() reads it ("" of a flag).  False, and no text, where it
 * is zero: the default. */
bool ew_setting_give(const struct ew_setting *setting, const struct ew_config *config, char *text,
                     size_t size);

#endif
