/* Options, each described once: a row says what it is called, what it takes, what --help says of it
 * and what becomes of the value.  What getopt_long() needs and the help are made of the rows.
 *
 * Nothing here prints but option_help(); any thread. */
#ifndef EDGEWISE_CLI_OPTION_H
#define EDGEWISE_CLI_OPTION_H

#include "base/status.h"
#include "cli/offer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct cli_option;

/* Takes the value (NULL where the option has none) into what the row's `offset` names: a member of
 * the struct that the whole table fills, or with offset 0 that struct.  0, or -1 with `error`
 * filled: STATUS_USAGE, and a text that names the option and what it takes.  A text is not copied:
 * the words of the command line live as long as the process. */
typedef int (*cli_take)(const struct cli_option *option, void *into, const char *value,
                        struct error *error);

/* An array of them ends with an empty row. */
struct cli_option {
    const char *name;  /* "rate" for --rate */
    const char *value; /* what --help calls the value: "N", "quick|full"; NULL: it takes none */
    const char *help;  /* one line; NULL: an alias of the row before it, which --help hides */
    cli_take take;
    size_t offset;        /* in the struct that the table fills */
    uint64_t least, most; /* of numbers; of words the most that are taken; of choices the first */
    char letter;          /* "h" for -h; 0: none */
    /* Tells the words that the value may be (cli/offer.h).  NULL: no others than `value` names */
    void (*offers)(struct cli_offers *offers);
};

/* ---- what becomes of a value: the rest of a row, checked against the member's type ---- */

/* The comparison of pointers is a compile error where the member is of another type than `function`
 * writes; nothing of it remains at run time. */
#define CLI_MEMBER(function, kind, type, member) \
    .take = (function),                          \
    .offset = offsetof(type, member) + 0 * sizeof(&((type *)0)->member == (kind *)0)

/* true */
#define CLI_FLAG(type, member) CLI_MEMBER(cli_take_flag, bool, type, member)
/* the value itself */
#define CLI_TEXT(type, member) CLI_MEMBER(cli_take_text, const char *, type, member)
/* the same, of a file's name */
#define CLI_FILE(type, member) CLI_TEXT(type, member), .offers = cli_offer_files
/* a whole number from `from` to `to` */
#define CLI_U32(type, member, from, to) \
    CLI_MEMBER(cli_take_u32, uint32_t, type, member), .least = (from), .most = (to)
#define CLI_U64(type, member, from, to) \
    CLI_MEMBER(cli_take_u64, uint64_t, type, member), .least = (from), .most = (to)
/* nanoseconds, from seconds with a fraction */
#define CLI_SECONDS(type, member) CLI_MEMBER(cli_take_seconds, int64_t, type, member)
/* nanoseconds, from a whole number of milliseconds */
#define CLI_MILLISECONDS(type, member, from, to) \
    CLI_MEMBER(cli_take_milliseconds, int64_t, type, member), .least = (from), .most = (to)
/* one of the words in `value`, into an enum whose constants follow each other in that order.  Not
 * checked as the others are: each enum is a type of its own. */
#define CLI_CHOICE(type, member, first) \
    .take = cli_take_choice, .offset = offsetof(type, member), .least = (first)
/* one of the words in `value`, as it is */
#define CLI_WORD(type, member) CLI_MEMBER(cli_take_word, const char *, type, member)
/* may be given several times */
#define CLI_WORDS(type, member, limit) \
    CLI_MEMBER(cli_take_words, struct cli_words, type, member), .most = (limit)

/* More cases or commands than anybody types; a script that has more names a chapter or a group. */
#define CLI_WORDS_MAX 64

struct cli_words {
    const char *items[CLI_WORDS_MAX];
    unsigned count;
};

int cli_take_flag(const struct cli_option *o, void *into, const char *value, struct error *error);
int cli_take_text(const struct cli_option *o, void *into, const char *value, struct error *error);
int cli_take_u32(const struct cli_option *o, void *into, const char *value, struct error *error);
int cli_take_u64(const struct cli_option *o, void *into, const char *value, struct error *error);
int cli_take_seconds(const struct cli_option *o, void *into, const char *value,
                     struct error *error);
int cli_take_milliseconds(const struct cli_option *o, void *into, const char *value,
                          struct error *error);
int cli_take_choice(const struct cli_option *o, void *into, const char *value, struct error *error);
int cli_take_word(const struct cli_option *o, void *into, const char *value, struct error *error);
int cli_take_words(const struct cli_option *o, void *into, const char *value, struct error *error);

/* ---- tables ---- */

/* The rows of a table, `options` NULL being an empty one. */
int option_count(const struct cli_option *options);

/* One line for each row that is not hidden.  The value's word and the help are shown as they stand
 * in the row: what --help says and what is refused cannot part.  Two spaces at least are before the
 * help, and none two anywhere else before it: the manual pages are made of these lines. */
void option_help(const struct cli_option *options, FILE *out);

#endif
