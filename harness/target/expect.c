#include "target/expect.h"

#include <string.h>

#define REASON ": "

/* UNSUPPORTED and INVALID are no results that one could know of a target. */
static const enum verdict known[] = {VERDICT_FAIL, VERDICT_WEAK, VERDICT_PASS};

/* The verdict that the word names, as its bit; 0: it names none. */
static unsigned bit_of(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const char *name = verdict_name(known[i]);

        if (strlen(name) == length && strncmp(name, word, length) == 0)
            return 1u << known[i];
    }
    return 0;
}

/* The verdicts that the text names, a bit each; 0: it is not well-formed. */
static unsigned verdicts_of(const char *text)
{
    const char *end = strstr(text, REASON);
    unsigned found = 0;

    while (end && text < end) {
        size_t length = strcspn(text, "|:");
        unsigned bit = bit_of(text, length);

        if (!bit)
            return 0;
        found |= bit;
        text += length + 1;
    }
    return found;
}

/* PASS alone needs no entry, and a fault none without its reason. */
bool expect_is_valid(const char *text)
{
    const char *reason = strstr(text, REASON);

    return reason && reason[strlen(REASON)] && (verdicts_of(text) & ~(1u << VERDICT_PASS)) != 0;
}

bool expect_includes(const char *text, enum verdict verdict)
{
    return verdicts_of(text) >> verdict & 1;
}

const char *expect_of(const struct target *target, const char *case_id)
{
    return json_string_value(json_object_get(target->expect, case_id));
}
