#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static int precedence(enum status s)
{
    switch (s) {
    case STATUS_SIGINT:
    case STATUS_SIGTERM: return 5;
    case STATUS_USAGE: return 4;
    case STATUS_CANNOT_RUN: return 3;
    case STATUS_FAILED: return 2;
    case STATUS_INVALID: return 1;
    case STATUS_OK: break;
    }
    return 0;
}

enum status status_worst(enum status a, enum status b)
{
    return precedence(b) > precedence(a) ? b : a;
}

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {
        [VERDICT_PASS] = "PASS",       [VERDICT_FAIL] = "FAIL",
        [VERDICT_WEAK] = "WEAK",       [VERDICT_UNSUPPORTED] = "UNSUPPORTED",
        [VERDICT_INVALID] = "INVALID",
    };

    return names[verdict];
}

int error_set(struct error *error, enum status status, const char *format, ...)
{
    va_list arguments;

    if (!error)
        return -1;
    error->status = status;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return -1;
}
