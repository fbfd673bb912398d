/* A fingerprint as one row of each table for people. */
#include "simulate/run/fingerprint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct row {
    char *text;
    size_t size, length;
};

static __attribute__((format(printf, 2, 3))) void row_put(struct row *row, const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(row->text + row->length, row->size - row->length, format, arguments);
    va_end(arguments);
    row->length += n < 0 ? 0 : (size_t)n;
    if (row->length >= row->size)
        row->length = row->size - 1;
}

static const json_t *run_of(const json_t *found, const char *scenario, const char *run)
{
    return json_object_get(json_object_get(json_object_get(found, "scenarios"), scenario), run);
}

static void put_figure(struct row *row, const json_t *run, const char *name)
{
    const json_t *value = json_object_get(run, name);

    if (json_is_integer(value))
        row_put(row, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        row_put(row, "%s", json_is_string(value) ? json_string_value(value) : "-");
}

static void put_starvation(struct row *row, const json_t *found, const char *run)
{
    row_put(row, "\t");
    if (json_object_get(run_of(found, "starvation", run), "parallel")) {
        row_put(row, "parallel");
        return;
    }
    put_figure(row, run_of(found, "starvation", run), "received");
    row_put(row, "/");
    put_figure(row, run_of(found, "starvation", run), "answered");
    if (json_object_get(run_of(found, "starvation", run), "in_turns"))
        row_put(row, "*");
}

/* The calls whose names hold one of the words, for each echo; a fraction where they do not come out
 * even. */
static json_int_t sum_calls(const json_t *run, const char *const *words)
{
    json_int_t sum = 0;

    for (; *words; words++)
        sum += json_integer_value(json_object_get(run, *words));
    return sum;
}

static void row_put_calls(struct row *row, const json_t *run)
{
    static const char *const receives[] = {"recv", "recvfrom", "recvmsg", "recvmmsg",
                                           "read", "readv",    NULL};
    static const char *const sends[] = {"send",  "sendto", "sendmsg", "sendmmsg",
                                        "write", "writev", NULL};
    static const char *const waits[] = {"select",     "pselect",     "poll",         "ppoll",
                                        "epoll_wait", "epoll_pwait", "epoll_pwait2", NULL};
    static const char *const others[] = {"epoll_ctl", NULL};
    static const char *const *const kinds[] = {waits, receives, sends, others};
    json_int_t echoes = json_integer_value(json_object_get(run, "echoes"));

    row_put(row, "\t%s", echoes == 0 ? "-" : "");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && echoes > 0; i++) {
        json_int_t calls = sum_calls(run, kinds[i]);

        if (calls % echoes != 0)
            row_put(row, "%s%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT, i ? "+" : "", calls,
                    echoes);
        else
            row_put(row, "%s%" JSON_INTEGER_FORMAT, i ? "+" : "", calls / echoes);
    }
}

static const char *const effects[] = {"loses one",       "late",      "loses the socket", "spins",
                                      "sleeps for ever", "undecided", "ends it"};
enum { LOSES_ONE, LATE, LOSES_SOCKET, SPINS, SLEEPS, UNDECIDED, ENDS, GOES_ON };

static int effect_of(const json_t *run)
{
    json_int_t answered = json_integer_value(json_object_get(run, "answered"));

    if (json_object_get(run, "ended"))
        return ENDS;
    if (json_object_get(run, "asleep"))
        return SLEEPS;
    if (json_object_get(run, "undecided"))
        return UNDECIDED;
    if (json_object_get(run, "spins"))
        return SPINS;
    if (answered < 20)
        return answered < 19 ? LOSES_SOCKET : LOSES_ONE;
    return json_integer_value(json_object_get(run, "late")) ? LATE : GOES_ON;
}

static void put_errors(struct row *row, const json_t *found)
{
    json_t *runs = json_object_get(json_object_get(found, "scenarios"), "errors"), *run;
    const char *name, *between = "\t";

    for (int effect = LOSES_ONE; effect < GOES_ON; effect++) {
        unsigned count = 0;

        json_object_foreach(runs, name, run)
        {
            if (effect_of(run) != effect)
                continue;
            if (count++ == 0)
                row_put(row, "%s%s: %s", between, effects[effect], name);
            else
                row_put(row, ", %s", name);
            between = "; ";
        }
    }
    if (*between == '\t')
        row_put(row, "\t%s", json_object_size(runs) ? "goes on" : "-");
}

static bool describe(const json_t *found, char *text, size_t size)
{
    static const char *const blocked[] = {"held", "dropped", "received", "spins"};
    struct row row = {.text = text, .size = size};

    row_put(&row, "%s", json_string_value(json_object_get(found, "target")));
    if (json_object_get(found, "unsupported")) {
        row_put(&row, "\t%s", json_string_value(json_object_get(found, "unsupported")));
        return true;
    }
    put_starvation(&row, found, "first-start");
    put_starvation(&row, found, "first-worst");
    put_starvation(&row, found, "last-start");
    put_starvation(&row, found, "last-worst");
    row_put(&row, "\t");
    put_figure(&row, run_of(found, "burst", "burst-100"), "longest_run");
    row_put_calls(&row, run_of(found, "cost", "lock-step"));
    for (size_t i = 0; i < sizeof blocked / sizeof *blocked; i++) {
        row_put(&row, "\t");
        put_figure(&row, run_of(found, "blocked", "after-5"), blocked[i]);
    }
    put_errors(&row, found);
    return true;
}

/* The other futures' polls, as a range where they differ; and the main future's. */
static void put_polls(struct row *row, const json_t *run)
{
    const json_t *least = json_object_get(run, "others_least"),
                 *most = json_object_get(run, "others_most");

    row_put(row, "\t");
    put_figure(row, run, "chosen");
    if (least) {
        row_put(row, "/");
        put_figure(row, run, "others_least");
    }
    if (least && !json_equal(least, most)) {
        row_put(row, "-");
        put_figure(row, run, "others_most");
    }
    row_put(row, "/");
    put_figure(row, run, "main");
}

static bool count_polls(const json_t *found, char *text, size_t size)
{
    static const char *const runs[] = {"start",      "lock-step",       "queued-one",
                                       "queued-all", "alone-lock-step", "alone-queued"};
    struct row row = {.text = text, .size = size};

    if (!json_object_get(run_of(found, "polls", "start"), "chosen"))
        return false;
    row_put(&row, "%s", json_string_value(json_object_get(found, "target")));
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
        put_polls(&row, run_of(found, "polls", runs[i]));
    return true;
}

const struct fingerprint_table fingerprint_tables[FINGERPRINT_TABLES] = {
    {"target\tstart\tworst\tstart, last\tworst, last\trun\tper "
     "echo\theld\tdropped\tread\tspins\terrors",
     "start, worst: datagrams of an endless socket received/answered before a quiet one's; last: "
     "the endless\n"
     "one is the second socket; *: of several threads, in turns.  per echo: "
     "waits+receives+sends+epoll_ctl.\n"
     "held, dropped, read, spins: of a burst while replies are refused.  edgewise explain SCENARIO "
     "tells the rest.\n",
     describe},
    {"polls\tstart\tlock-step\tqueued on one\ton all\talone, lock-step\talone, queued",
     "polls of the future that serves 20 datagrams/each other one/the main one, of ten sockets or "
     "alone.\n",
     count_polls},
};
