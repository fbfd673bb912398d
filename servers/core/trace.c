/* The words of a loop's moments. */
#include "core/core.h"

#include <stdarg.h>
#include <stdio.h>

/* The longest names a worker, a socket and three kinds of readiness. */
#define LINE_SIZE 160

/* Who is one of several says so: their lines may come in turns. */
void ew_trace(const struct ew_worker *w, const char *format, ...)
{
    char line[LINE_SIZE];
    int prefix = w->config->workers > 1 ? snprintf(line, sizeof line, "worker %u: ", w->index) : 0;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line + prefix, sizeof line - (size_t)prefix, format, arguments);
    va_end(arguments);
    ew_log(w, &(struct ew_log_entry){.kind = EW_LOG_TRACE, .text = line});
}

void ew_trace_before_wait(const struct ew_worker *w, int64_t timeout_ms)
{
    if (timeout_ms < 0)
        ew_trace(w, "before wait.");
    else
        ew_trace(w, "before wait, at most %lld ms.", (long long)timeout_ms);
}

void ew_trace_after_wait(const struct ew_worker *w)
{
    ew_trace(w, "after wait.");
}

static void trace_socket(const struct ew_worker *w, const char *what, const struct ew_socket *s,
                         unsigned ready)
{
    static const char *const words[] = {"nothing", "readable", "writable", "readable, writable"};

    ew_trace(w, "%s #%u: %s%s.", what, s->index, words[ready & (EW_READABLE | EW_WRITABLE)],
             ready & EW_FAULT ? ", error" : "");
}

void ew_trace_event(const struct ew_worker *w, const struct ew_socket *s, unsigned ready)
{
    trace_socket(w, "event of", s, ready);
}

void ew_trace_interest(const struct ew_worker *w, const struct ew_socket *s, unsigned interest)
{
    trace_socket(w, "interest in", s, interest);
}
