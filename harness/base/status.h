/* Exit statuses and verdicts: the two vocabularies in which every part of the harness answers. */
#ifndef EDGEWISE_BASE_STATUS_H
#define EDGEWISE_BASE_STATUS_H

/* Everywhere, `edgewise` ends with one of these.  When several apply, the order of precedence is:
 * interrupted, CANNOT_RUN, FAILED, INVALID, OK; status_worst() knows it. */
enum status {
    STATUS_OK = 0,         /* something passed, nothing failed */
    STATUS_FAILED = 1,     /* a FAIL or a finding */
    STATUS_USAGE = 2,      /* usage, or no case or target matched */
    STATUS_INVALID = 3,    /* the environment spoiled the run, or nothing passed at all */
    STATUS_CANNOT_RUN = 4, /* target not startable, disk full, no permission */
    STATUS_SIGINT = 130,   /* interrupted: what there is has been written, marked as partial */
    STATUS_SIGTERM = 143,
};

enum status status_worst(enum status a, enum status b);

enum verdict {
    VERDICT_PASS,
    VERDICT_FAIL,
    VERDICT_WEAK,        /* works, but not as it should */
    VERDICT_UNSUPPORTED, /* target or platform lacks what the case needs */
    VERDICT_INVALID,     /* the environment spoiled the run */
};

/* "PASS", "FAIL", ...; static. */
const char *verdict_name(enum verdict verdict);

/* What went wrong, in words that say how to mend it, and the exit status that it deserves.  One
 * line, no final newline. */
struct error {
    enum status status;
    char text[1024];
};

/* Fills `error` (which may be NULL) and returns -1, so that a function can end with `return
 * error_set(...)`. */
int error_set(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
