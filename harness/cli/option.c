#include "cli/option.h"

#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What it has no use for, others have: all are of one type, so that one table can hold them. */
int cli_take_flag(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    (void)o;
    (void)value;
    (void)error;
    *(bool *)into = true;
    return 0;
}

/* Kept as a pointer into argv, which lives as long as the process. */
int cli_take_text(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    (void)o;
    (void)error;
    *(const char **)into = value;
    return 0;
}

/* ---- numbers ---- */

/* strtoull() itself would take spaces and a sign.  A rate of "-1" would be 18446744073709551615. */
static bool option_read_number(const char *value, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(value, &end, 10);
    return errno == 0 && *value >= '0' && *value <= '9' && *end == '\0';
}

int cli_take_u64(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    uint64_t number;

    if (!option_read_number(value, &number) || number < o->least || number > o->most)
        return error_set(error, STATUS_USAGE,
                         "--%s takes a whole number from %" PRIu64 " to %" PRIu64 ", not '%s'",
                         o->name, o->least, o->most, value);
    *(uint64_t *)into = number;
    return 0;
}

/* Read at full width and then narrowed: the row's bound is what makes that safe, and the row is
 * ours, hence the assertion. */
int cli_take_u32(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    uint64_t wide = 0;

    assert(o->most <= UINT32_MAX);
    if (cli_take_u64(o, &wide, value, error) < 0)
        return -1;
    *(uint32_t *)into = (uint32_t)wide;
    return 0;
}

/* The row bounds it, and a day of milliseconds is far from overflowing as nanoseconds. */
int cli_take_milliseconds(const struct cli_option *o, void *into, const char *value,
                          struct error *error)
{
    uint64_t milliseconds = 0;

    if (cli_take_u64(o, &milliseconds, value, error) < 0)
        return -1;
    *(int64_t *)into = (int64_t)milliseconds * NS_PER_MS;
    return 0;
}

/* A day at most: who wants more has mistaken the unit, and nanoseconds of it fit wherever they are
 * added up.  Written as "not at least 0", so that NaN is refused, too. */
int cli_take_seconds(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    char *end;
    double seconds = strtod(value, &end);

    if (end == value || *end || !(seconds >= 0) || seconds > 86400)
        return error_set(error, STATUS_USAGE, "--%s takes seconds from 0 to 86400, not '%s'",
                         o->name, value);
    *(int64_t *)into = (int64_t)(seconds * (double)NS_PER_S);
    return 0;
}

/* ---- words ---- */

/* "plain|mmsg|gso" as "plain, mmsg or gso". */
static void list_choices(const char *choices, char *text, size_t size)
{
    size_t n = 0;

    while (*choices && n < size) {
        size_t length = strcspn(choices, "|");
        const char *rest = choices + length + (choices[length] == '|');

        n += (size_t)snprintf(text + n, size - n, "%.*s%s", (int)length, choices,
                              !*rest              ? ""
                              : strchr(rest, '|') ? ", "
                                                  : " or ");
        choices = rest;
    }
}

/* The place of the value among the words of the row; -1, and the error: none of them.  Whole words:
 * an abbreviation would change its meaning when a choice is added. */
static int find_choice(const struct cli_option *o, const char *value, struct error *error)
{
    const char *at = o->value;
    char choices[128] = "";

    for (int i = 0; *at; i++) {
        size_t length = strcspn(at, "|");

        if (strlen(value) == length && strncmp(value, at, length) == 0)
            return i;
        at += length + (at[length] == '|');
    }
    list_choices(o->value, choices, sizeof choices);
    return error_set(error, STATUS_USAGE, "--%s takes %s, not '%s'", o->name, choices, value);
}

int cli_take_choice(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    int choice = find_choice(o, value, error);

    if (choice < 0)
        return -1;
    *(unsigned *)into = (unsigned)o->least + (unsigned)choice; /* an enum is as wide */
    return 0;
}

int cli_take_word(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    if (find_choice(o, value, error) < 0)
        return -1;
    *(const char **)into = value;
    return 0;
}

/* Refused, not cut: a case that is silently left out looks as if it had passed. */
int cli_take_words(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    struct cli_words *words = into;

    assert(o->most <= CLI_WORDS_MAX);
    if (words->count == o->most)
        return error_set(error, STATUS_USAGE, "--%s can be given %" PRIu64 " times at most",
                         o->name, o->most);
    words->items[words->count++] = value;
    return 0;
}

/* ---- tables ---- */

int option_count(const struct cli_option *options)
{
    int n = 0;

    while (options && options[n].name)
        n++;
    return n;
}

/* Longer names push their text to the right instead of being cut. */
void option_help(const struct cli_option *options, FILE *out)
{
    for (const struct cli_option *o = options; o && o->name; o++) {
        char left[64], letter[] = {'-', o->letter, ',', ' ', '\0'};

        if (!o->help)
            continue;
        snprintf(left, sizeof left, "%s--%s%s%s", o->letter ? letter : "", o->name,
                 o->value ? " " : "", o->value ? o->value : "");
        fprintf(out, "  %-27s  %s\n", left, o->help);
    }
}
