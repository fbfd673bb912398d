/* What every subcommand of `edgewise` shares: how it is described, its options, and how its result
 * is written.
 *
 * A subcommand is one file with one `const struct cli_command`, named in the table in main.c.  Its
 * run function calls cli_parse(), does its work, puts what it found into `result` and `cases`, and
 * returns the exit status; main writes the JSON and JUnit files, prints the error, and turns a
 * result that cannot be written into status 4. */
#ifndef EDGEWISE_CLI_H
#define EDGEWISE_CLI_H

#include "base/status.h"
#include "cli/targets.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Columns for the name of a server: the longest of ours has 34. */
#define CLI_NAME_WIDTH 34

struct cli;

/* Constant, and the only thing that main knows of a subcommand; texts are static. */
struct cli_command {
    const char *name;
    const char *summary;              /* one line */
    const char *operands;             /* "TARGET..."; "" */
    const char *details;              /* paragraphs for --help, lines broken; NULL */
    const struct cli_option *options; /* beside the common ones; NULL: none */
    bool takes_targets;               /* has the options of cli/targets.h too */
    bool passes_on;                   /* what follows the first operand is another program's */
    /* tells what an operand may be (cli/offer.h); NULL: there is none, or nobody can know */
    void (*offers)(struct cli_offers *offers);
    enum status (*run)(struct cli *cli, int argc, char **argv);
};

enum cli_scale { SCALE_QUICK, SCALE_FULL };

/* How a recorded case stands to what its target file says of it. */
enum cli_known { KNOWN_NOTHING, KNOWN_SO, KNOWN_OTHERWISE };

/* A recorded case.  The words in `json` are for readers; nothing is decided by them. */
struct cli_recorded {
    const json_t *json; /* its entry in "cases", which owns it */
    enum verdict verdict;
    enum cli_known known;
};

/* One invocation. */
struct cli {
    const struct cli_command *command;
    const char *json_path;  /* NULL: not asked for; "-": standard output */
    const char *junit_path; /* likewise */
    uint64_t seed;          /* given, or chosen and then printed with the result */
    bool seed_given;
    enum cli_scale scale;
    double timeout_scale; /* --timeout-scale, else EDGEWISE_TIMEOUT_SCALE, else 1 */
    bool list;
    bool help;
    bool plain; /* one sentence a line, no symbols and no redrawn lines: for a screen reader */
    struct cli_targets targets;
    /* the readable report: standard output, or standard error while that carries JSON or JUnit */
    FILE *text;
    bool output_looked_after; /* errors of the standard output are told by the subcommand itself */
    json_t *result;           /* an object; written under "result" */
    json_t *cases;            /* filled by cli_case() */
    struct cli_recorded *recorded; /* the same, one for one, for who must decide by them */
    size_t recorded_count;
    struct error error; /* a text here is printed and written into the results */
};

/* Reads the options of argv, common ones into `cli`, own ones into `own` (what the offsets of
 * command->options count from; NULL where there are none), installs the signal handling, and moves
 * the operands to argv[0...].  Returns their number, or -1: then the run function must return
 * cli->error.status (STATUS_OK when --help was asked for). */
int cli_parse(struct cli *cli, int argc, char **argv, void *own);

/* cli->error with STATUS_USAGE; returns -1.  The text says what to do, as each error's does. */
int cli_usage(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* `value` times the scale of timeouts.  Every deadline of a command goes through it: under a
 * sanitizer or an emulator one option makes all of them longer. */
int64_t cli_timeout_ms(const struct cli *cli, int64_t value_ms);

/* Those that every subcommand has; an empty row ends them. */
extern const struct cli_option cli_common_options[];

/* Of --help, of edgewise help, and of the manual pages. */
void cli_help(const struct cli_command *command, FILE *out);

/* A name and what is said of it: a line with the text in a column behind `width`, as wide as the
 * terminal is; with --plain a sentence. */
void cli_put_row(const struct cli *cli, int width, const char *name, const char *text);

/* ---- results ---- */

/* Raised when the meaning of a member changes; members may be added without. */
#define CLI_RESULT_FORMAT 1

/* Records a test case for JUnit and for "cases" in the JSON.  `reason` may be NULL. */
void cli_case(struct cli *cli, const char *target, const char *id, enum verdict verdict,
              double seconds, const char *reason);

/* Of the case recorded last: `known` is what its target file says of it ("FAIL: reason");
 * `as_known`, whether that is so. */
void cli_case_known(struct cli *cli, const char *known, bool as_known);

/* The exit status that the recorded cases deserve: 1 with a FAIL that is not known, or a known
 * result that is another one now, 3 when nothing passed or was as known, or a case is INVALID, else
 * 0. */
enum status cli_cases_status(const struct cli *cli);

/* Drops the recorded cases; there may be none.  cli_finish() does it. */
void cli_cases_free(struct cli *cli);

/* Writes a file ("-": the standard output) by calling `put`, and notices when not all of it could
 * be written: -1, after a message on the standard error; the status is then STATUS_CANNOT_RUN. */
int cli_write(const struct cli *cli, const char *path, void (*put)(const void *context, FILE *out),
              const void *context);

/* Writes everything that was asked for, once, and returns the final status: `status`, or 4 when
 * something could not be written.  Called by main. */
enum status cli_finish(struct cli *cli, enum status status);

/* The text form of a status for results: "ok", "failed", "usage", "invalid", "cannot run",
 * "interrupted". */
const char *cli_status_name(enum status status);

/* As it stands in XML's text and in its attributes. */
void cli_put_escaped(const char *text, FILE *out);

/* JUnit's XML of the recorded cases.  In the form that CI systems read, one test suite for the
 * invocation; `status` decides whether the invocation as a whole is a test in error. */
void cli_junit(const struct cli *cli, enum status status, FILE *out);

#endif
