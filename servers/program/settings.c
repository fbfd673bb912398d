#include "program/settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTING_ROW(option, metavariable, text, ...) \
    {.name = option, .value = metavariable, .help = text, __VA_ARGS__},

const struct ew_setting ew_settings[] = {EW_PLACE_SETTINGS(SETTING_ROW)
                                             EW_SERVER_SETTINGS(SETTING_ROW)};
const size_t ew_settings_count = sizeof ew_settings / sizeof *ew_settings;

const struct ew_setting *ew_setting_named(const char *name)
{
    for (size_t i = 0; i < ew_settings_count; i++) {
        const struct ew_setting *s = &ew_settings[i];

        if (strcmp(s->name, name) == 0 || (s->old_name && strcmp(s->old_name, name) == 0))
            return s;
    }
    return NULL;
}

/* ---- places ---- */

/* The table says where a value lies and, by its kind, of which type it is. */
static uint32_t *number_in(struct ew_config *config, const struct ew_setting *s)
{
    return (void *)((char *)config + s->offset);
}

static const char **text_in(struct ew_config *config, const struct ew_setting *s)
{
    return (void *)((char *)config + s->offset);
}

static bool setting_is_text(const struct ew_setting *s)
{
    return s->kind == EW_SETTING_ADDRESS || s->kind == EW_SETTING_TEXT;
}

/* ---- choices ---- */

/* The word of a choice, counted from 1, and its length; NULL past the last. */
static const char *setting_choice(const struct ew_setting *s, uint32_t number, size_t *length)
{
    const char *word = s->value;

    while (--number > 0 && word) {
        word = strchr(word, '|');
        word = word ? word + 1 : NULL;
    }
    *length = word ? strcspn(word, "|") : 0;
    return word;
}

static uint32_t setting_number_of_choice(const struct ew_setting *s, const char *value)
{
    const char *word;
    size_t length;

    for (uint32_t i = 1; (word = setting_choice(s, i, &length)) != NULL; i++)
        if (strlen(value) == length && strncmp(value, word, length) == 0)
            return i;
    return 0;
}

static void setting_print_number(const struct ew_setting *s, uint32_t number, char *text,
                                 size_t size)
{
    size_t length = 0;
    const char *word = s->kind == EW_SETTING_CHOICE ? setting_choice(s, number, &length) : NULL;

    if (word)
        snprintf(text, size, "%.*s", (int)length, word);
    else
        snprintf(text, size, "%u", number);
}

/* ---- what a server makes of it ---- */

uint32_t ew_described(const struct ew_description *server, size_t offset)
{
    uint32_t number = 0;

    if (offset + sizeof number <= server->size)
        memcpy(&number, (const char *)server + offset, sizeof number);
    return number;
}

const char *ew_setting_default(const struct ew_setting *s, const struct ew_description *server,
                               char *text, size_t size)
{
    uint32_t number = s->described ? ew_described(server, s->described) : 0;

    if ((server->capabilities & s->needs) != s->needs)
        return NULL;
    if (number == 0)
        return s->otherwise;
    setting_print_number(s, number, text, size);
    return text;
}

bool ew_setting_concerns(const struct ew_setting *s, const struct ew_description *server)
{
    char text[16];

    return ew_setting_default(s, server, text, sizeof text) != NULL;
}

/* ---- values ---- */

static bool setting_is_address(const char *value)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, value, bytes) == 1 || inet_pton(AF_INET6, value, bytes) == 1;
}

/* The first character is looked at because strtoul() would take a sign, or blanks. */
static bool setting_read_number(const struct ew_setting *s, const char *value, uint32_t *number)
{
    unsigned long wide;
    char *end;

    errno = 0;
    wide = strtoul(value, &end, 10);
    if (errno != 0 || value[0] < '0' || value[0] > '9' || *end != '\0' || wide < s->least ||
        wide > s->most)
        return false;
    *number = (uint32_t)wide;
    return true;
}

int ew_setting_take(const struct ew_setting *s, const char *value, struct ew_config *config)
{
    uint32_t number = 1;

    if (s->kind == EW_SETTING_ADDRESS && !setting_is_address(value))
        return -EINVAL;
    if (setting_is_text(s)) {
        *text_in(config, s) = value;
        return 0;
    }
    if (s->kind == EW_SETTING_NUMBER && !setting_read_number(s, value, &number))
        return -EINVAL;
    if (s->kind == EW_SETTING_CHOICE)
        number = setting_number_of_choice(s, value);
    if (s->kind == EW_SETTING_CHOICE && number == 0)
        return -EINVAL;
    *number_in(config, s) = number;
    return 0;
}

void ew_setting_wants(const struct ew_setting *s, char *text, size_t size)
{
    const char *rest = s->kind == EW_SETTING_CHOICE ? strchr(s->value, '|') : NULL;

    if (s->kind == EW_SETTING_NUMBER)
        snprintf(text, size, "a whole number from %u to %u", s->least, s->most);
    else if (s->kind == EW_SETTING_ADDRESS)
        snprintf(text, size, "a numeric IPv4 or IPv6 address");
    else if (rest)
        snprintf(text, size, "%.*s or %s", (int)(rest - s->value), s->value, rest + 1);
    else
        snprintf(text, size, "%s", s->value ? s->value : "no value");
}

/* A copy, since the places are for writing, too; it is a hundred bytes. */
bool ew_setting_give(const struct ew_setting *s, const struct ew_config *config, char *text,
                     size_t size)
{
    struct ew_config copy = *config;

    if (setting_is_text(s)) {
        const char *value = *text_in(&copy, s);

        snprintf(text, size, "%s", value ? value : "");
        return value != NULL;
    }
    if (*number_in(&copy, s) == 0)
        return false;
    if (s->kind == EW_SETTING_FLAG)
        snprintf(text, size, "%s", "");
    else
        setting_print_number(s, *number_in(&copy, s), text, size);
    return true;
}
