#include "cli/trace.h"

#include <string.h>

/* Wide enough for the longest call and what came of it. */
#define TARGET_COLUMN 44

static size_t append(char *text, size_t size, size_t length, const char *more)
{
    size_t room = length < size ? size - length : 0;

    return length + (size_t)snprintf(text + (room ? length : size - 1), room, "%s", more);
}

/* Numbers as they are, "none" and "varies" as words; further figures are for programs. */
void trace_put_figures(const struct trace *trace, char *text, size_t size)
{
    json_t *found = json_copy((json_t *)trace->found), *value;
    size_t length = 0;
    const char *name;
    char one[600];

    text[0] = '\0';
    json_object_foreach(found, name, value)
    {
        const char *word = json_string_value(value);

        if (!word && !json_is_integer(value))
            continue;
        if (word)
            snprintf(one, sizeof one, "%s%s %s", length ? ", " : "", name, word);
        else
            snprintf(one, sizeof one, "%s%s %lld", length ? ", " : "", name,
                     (long long)json_integer_value(value));
        length = append(text, size, length, one);
    }
    json_decref(found);
}

/* What was called is known of the target's doings alone. */
void trace_put_event(const struct log_event *e, char *text, size_t size)
{
    const char *call = engine_call_name(e->call), *meaning = log_kind_meaning(e->kind);

    if (e->kind == LOG_OTHER)
        snprintf(text, size, "%d %s%s", (int)e->value, meaning, e->value == 1 ? "" : "s");
    else if (log_kind_who(e->kind) == LOG_TARGET)
        snprintf(text, size, "%s: %s", call, meaning);
    else if (e->kind == LOG_BLOCKS)
        snprintf(text, size, "%s %d", meaning, (int)e->value);
    else if (e->value != 0)
        snprintf(text, size, "%s: %s", meaning, strerror(e->value));
    else
        snprintf(text, size, "%s", meaning);
}

/* `number` 0: it is one of a group, which has been given its numbers. */
static void print_event(const struct log_event *e, uint32_t number, uint32_t times, FILE *out)
{
    bool target = log_kind_who(e->kind) == LOG_TARGET;
    char text[128], line[200], count[24] = "", socket[16] = "";

    trace_put_event(e, text, sizeof text);
    if (e->socket != LOG_NO_SOCKET)
        snprintf(socket, sizeof socket, "#%d ", e->socket);
    if (times > 1)
        snprintf(count, sizeof count, "  x%u", times);
    snprintf(line, sizeof line, "%s%s%s", socket, text, count);
    if (number > 0)
        fprintf(out, "%6u  ", number);
    else
        fprintf(out, "     |  ");
    fprintf(out, "%*s%s\n", target ? 0 : TARGET_COLUMN, "", line);
}

static void print_group(const struct log *log, struct log_group group, FILE *out)
{
    if (group.length == 1) {
        print_event(&log->events[group.first], group.first + 1, group.times, out);
        return;
    }
    fprintf(out, "%6u  %u times:\n", group.first + 1, group.times);
    for (uint32_t i = 0; i < group.length; i++)
        print_event(&log->events[group.first + i], 0, 1, out);
}

/* "Event 3, by the target, socket 0: recvfrom: received." */
static void say_event(const struct log_event *e, uint32_t number, FILE *out)
{
    char text[128], socket[24] = "";

    trace_put_event(e, text, sizeof text);
    if (e->socket != LOG_NO_SOCKET)
        snprintf(socket, sizeof socket, ", socket %d", e->socket);
    fprintf(out, "Event %u, by the %s%s: %s.\n", number,
            log_kind_who(e->kind) == LOG_TARGET ? "target" : "scenario", socket, text);
}

static void say_group(const struct log *log, struct log_group group, FILE *out)
{
    for (uint32_t i = 0; i < group.length; i++)
        say_event(&log->events[group.first + i], group.first + i + 1, out);
    if (group.times > 1)
        fprintf(out, "%s came %u times in all.\n", group.length > 1 ? "These events" : "This event",
                group.times);
}

static void say_trace(const struct trace *trace, const char *figures, FILE *out)
{
    const struct log *log = &trace->log;
    struct log_group group;

    fprintf(out, "%s, %s: %s.\n", trace->target, trace->id, figures);
    for (uint32_t i = 0; i < log->count; i += group.length * group.times) {
        group = log_group_at(log, i);
        say_group(log, group, out);
    }
    if (log->total > log->count)
        fprintf(out, "There are %llu more.\n", (unsigned long long)(log->total - log->count));
}

void trace_print(const struct trace *trace, bool plain, FILE *out)
{
    const struct log *log = &trace->log;
    struct log_group group = {0};
    char figures[1024];

    trace_put_figures(trace, figures, sizeof figures);
    if (plain) {
        say_trace(trace, figures, out);
        return;
    }
    fprintf(out, "%s, %s: %s\n\n%6s  %-*s%s\n", trace->target, trace->id, figures, "",
            TARGET_COLUMN, "what it does", "what is done to it");
    for (uint32_t i = 0; i < log->count; i += group.length * group.times) {
        group = log_group_at(log, i);
        print_group(log, group, out);
    }
    if (log->total > log->count)
        fprintf(out, "        and %llu more\n", (unsigned long long)(log->total - log->count));
}
