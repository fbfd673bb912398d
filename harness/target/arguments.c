#include "target/arguments.h"

#include "program/settings.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `edgewise serve PATH --quiet --port P`. */
#define FIRST_WORDS 6
/* Of a value of any setting: an address with its scope, the name of a selector. */
#define SETTING_TEXT 128

void arguments_free(char **words)
{
    for (char **word = words; word && *word; word++)
        free(*word);
    free(words);
}

static size_t count_words(char **words)
{
    size_t n = 0;

    while (words && words[n])
        n++;
    return n;
}

/* ---- splitting ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* Reads one word from `*text` into `word`, which has room for all of it; false when a quote is not
 * closed.  As a shell does with quotes and backslashes, and nothing else of a shell: no variables,
 * no patterns, no program between the harness and the target. */
static bool read_word(const char **text, char *word)
{
    const char *t = *text;
    char quote = '\0';

    for (; *t && (quote || !is_blank(*t)); t++) {
        if (quote ? *t == quote : *t == '\'' || *t == '"')
            quote = quote ? '\0' : *t;
        else if (*t == '\\' && quote != '\'' && t[1])
            *word++ = *++t;
        else
            *word++ = *t;
    }
    *word = '\0';
    *text = t;
    return quote == '\0';
}

/* Words are divided by blanks, so that half as many as there are characters is room for all. */
char **arguments_split(const char *command, struct error *error)
{
    char **words = calloc(strlen(command) / 2 + 2, sizeof *words);
    size_t n = 0;

    for (const char *t = command; words;) {
        while (is_blank(*t))
            t++;
        if (!*t)
            break;
        words[n] = malloc(strlen(t) + 1);
        if (!words[n] || !read_word(&t, words[n])) {
            error_set(error, STATUS_USAGE, "a quote is not closed in the command: %s", command);
            arguments_free(words);
            return NULL;
        }
        n++;
    }
    if (words && n > 0)
        return words;
    error_set(error, STATUS_USAGE, "the command is empty");
    free(words);
    return NULL;
}

/* For a shell: it is what people copy to repeat a run.  In single quotes only the quote itself
 * means something. */
char *arguments_quote(const char *option, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";
    char *quoted = malloc(strlen(option) + 4 * strlen(word) + sizeof "''");
    char *end = quoted;

    if (!quoted)
        return NULL;
    end += sprintf(end, "%s", option);
    if (*word && word[strspn(word, plain)] == '\0') {
        memcpy(end, word, strlen(word) + 1);
        return quoted;
    }
    *end++ = '\'';
    for (const char *c = word; *c; c++) {
        if (*c == '\'')
            end += sprintf(end, "'\\'");
        *end++ = *c;
    }
    memcpy(end, "'", sizeof "'");
    return quoted;
}

/* ---- placeholders ---- */

char *arguments_with_folder(const char *word, const char *path)
{
    const char *found = strstr(word, "{folder}");
    char folder[PATH_MAX], *slash, *result;
    size_t size;

    if (!found)
        return strdup(word);
    if (!realpath(path, folder))
        return NULL;
    slash = strrchr(folder, '/');
    *slash = '\0';
    size = strlen(word) + strlen(folder) + 1;
    result = malloc(size);
    if (result)
        snprintf(result, size, "%.*s%s%s", (int)(found - word), word, folder,
                 found + strlen("{folder}"));
    return result;
}

bool arguments_mention(char **words, const char *placeholder)
{
    for (char **word = words; word && *word; word++) {
        if (strstr(*word, placeholder))
            return true;
    }
    return false;
}

/* Takes `word` and gives a new one with every `placeholder` replaced; NULL stays NULL.  Ends
 * because no value holds a placeholder: numbers and addresses have no braces. */
static char *arguments_replace(char *word, const char *placeholder, const char *value)
{
    size_t before;
    char *found, *longer;

    while (word && (found = strstr(word, placeholder)) != NULL) {
        size_t size = strlen(word) + strlen(value) + 1;

        longer = malloc(size);
        before = (size_t)(found - word);
        if (longer)
            snprintf(longer, size, "%.*s%s%s", (int)before, word, value,
                     found + strlen(placeholder));
        free(word);
        word = longer;
    }
    return word;
}

static char *arguments_replace_number(char *word, const char *placeholder, unsigned value)
{
    char text[12];

    snprintf(text, sizeof text, "%u", value);
    return arguments_replace(word, placeholder, text);
}

char **arguments_fill(char **words, const struct arguments_values *v)
{
    size_t n = count_words(words);
    char **filled = calloc(n + 1, sizeof *filled);

    for (size_t i = 0; filled && i < n; i++) {
        filled[i] = arguments_replace_number(strdup(words[i]), "{port}", v->port);
        filled[i] = arguments_replace_number(filled[i], "{sockets}", v->sockets);
        filled[i] = arguments_replace_number(filled[i], "{upstream}", v->upstream);
        if (v->pid > 0)
            filled[i] = arguments_replace_number(filled[i], "{pid}", (unsigned)v->pid);
        filled[i] = arguments_replace(filled[i], "{address}", v->address);
        if (!filled[i]) {
            arguments_free(filled);
            return NULL;
        }
    }
    return filled;
}

/* ---- plug-ins ---- */

/* Room for it is the caller's business. */
static bool add_word(char **words, const char *word)
{
    size_t n = count_words(words);

    words[n] = strdup(word);
    return words[n] != NULL;
}

/* Nothing for zero, which means the server's default. */
static bool add_setting(char **words, const struct ew_setting *setting,
                        const struct ew_config *config)
{
    char option[64], value[SETTING_TEXT];

    if (!ew_setting_give(setting, config, value, sizeof value))
        return true;
    snprintf(option, sizeof option, "--%s", setting->name);
    return add_word(words, option) && (!setting->value || add_word(words, value));
}

char **arguments_of_plugin(const struct target *target, const struct target_options *o,
                           unsigned port, const char *program)
{
    char **words = calloc(FIRST_WORDS + 2 * ew_settings_count + 1, sizeof *words);
    struct ew_config config = o->server;
    char port_text[12];
    bool whole = words != NULL;

    config.port = 0; /* told in any case: a program's default is none of the kernel's choice */
    config.sockets = o->sockets ? o->sockets : 1;
    config.address = o->address;
    config.reply = (target->capabilities & EW_CAN_REPLY) != 0;
    snprintf(port_text, sizeof port_text, "%u", port);
    whole = whole && add_word(words, program) && add_word(words, "serve") &&
            add_word(words, target->argv[0]) && add_word(words, "--quiet") &&
            add_word(words, "--port") && add_word(words, port_text);
    for (size_t i = 0; i < ew_settings_count; i++)
        whole = whole && add_setting(words, &ew_settings[i], &config);
    if (whole)
        return words;
    arguments_free(words);
    return NULL;
}
