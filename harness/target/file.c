#include "target/file.h"

#include "base/counters.h"
#include "target/arguments.h"
#include "target/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *path;
    struct target *target;
    struct error *error;
};

static int wrong(const struct reader *r, const char *key, const char *what)
{
    return error_set(r->error, STATUS_USAGE, "%s: \"%s\": %s", r->path, key, what);
}

/* ---- one function for each key ---- */

static int read_name(struct reader *r, const char *key, const json_t *value)
{
    if (!json_is_string(value) || !*json_string_value(value))
        return wrong(r, key, "must be a string that is not empty");
    free(r->target->name);
    r->target->name = strdup(json_string_value(value));
    return 0;
}

static int read_summary(struct reader *r, const char *key, const json_t *value)
{
    if (!json_is_string(value))
        return wrong(r, key, "must be a string");
    free(r->target->summary);
    r->target->summary = strdup(json_string_value(value));
    return 0;
}

static int read_language(struct reader *r, const char *key, const json_t *value)
{
    if (!json_is_string(value) || !*json_string_value(value))
        return wrong(r, key, "must be a string that is not empty");
    r->target->language = strdup(json_string_value(value));
    return 0;
}

static int read_missing(struct reader *r, const char *key, const json_t *value)
{
    if (!json_is_string(value) && !json_is_null(value))
        return wrong(r, key, "must be a string, the reason, or null");
    if (json_is_string(value))
        r->target->missing = strdup(json_string_value(value));
    return 0;
}

/* The command was read before everything else. */
static int read_command(struct reader *r, const char *key, const json_t *value)
{
    (void)r, (void)key, (void)value;
    return 0;
}

static char **read_words(const struct reader *r, const char *key, const json_t *words);

static int read_version(struct reader *r, const char *key, const json_t *value)
{
    r->target->version_argv = read_words(r, key, value);
    return r->target->version_argv ? 0 : -1;
}

static int read_drops(struct reader *r, const char *key, const json_t *value)
{
    r->target->drops_argv = read_words(r, key, value);
    return r->target->drops_argv ? 0 : -1;
}

static int read_ports(struct reader *r, const char *key, const json_t *value)
{
    json_int_t n = json_integer_value(value);

    if (!json_is_integer(value) || n < 0 || n > 65535)
        return wrong(r, key,
                     "must be a whole number from 0 (any number of ports, see {sockets}) to 65535");
    r->target->ports = (unsigned)n;
    if (n != 1)
        r->target->capabilities |= EW_CAN_SOCKETS;
    return 0;
}

static int read_port(struct reader *r, const char *key, const json_t *value)
{
    json_int_t port = json_integer_value(value);

    if (!json_is_integer(value) || port < 1 || port > 65535)
        return wrong(r, key, "must be the one port that it serves, from 1 to 65535");
    r->target->port = (unsigned)port;
    return 0;
}

static bool read_host(const json_t *value, union address *host)
{
    return json_is_string(value) && address_parse_host(json_string_value(value), host) &&
           !address_is_any(host);
}

static int read_addresses(struct reader *r, const char *key, const json_t *value)
{
    union address *all = calloc(json_array_size(value) + 1, sizeof *all);
    json_t *one;
    size_t i;

    r->target->addresses = all;
    if (json_array_size(value) == 0 || !all)
        return wrong(r, key, "must be an array of numeric addresses that is not empty");
    json_array_foreach(value, i, one)
    {
        if (!read_host(one, &all[i]) || all[i].any.sa_family != all[0].any.sa_family)
            return wrong(r, key, "must be numeric addresses of one family, and no wildcard");
        for (size_t k = 0; k < i; k++) {
            if (address_same_host(&all[k], &all[i]))
                return wrong(r, key, "has an address twice");
        }
    }
    r->target->ports = (unsigned)i;
    if (i > 1)
        r->target->capabilities |= EW_CAN_SOCKETS;
    return 0;
}

static int read_setup(struct reader *r, const char *key, const json_t *value)
{
    r->target->setup = read_words(r, key, value);
    return r->target->setup ? 0 : -1;
}

static int read_upstream(struct reader *r, const char *key, const json_t *value)
{
    json_int_t port = json_integer_value(value);

    if (!json_is_integer(value) || port < 1 || port > 65535)
        return wrong(r, key, "must be the port at which it asks its upstream, from 1 to 65535");
    r->target->upstream = (unsigned)port;
    return 0;
}

static int read_private(struct reader *r, const char *key, const json_t *value)
{
    if (!json_is_boolean(value))
        return wrong(r, key, "must be true or false");
    r->target->is_private = json_is_true(value);
    return 0;
}

static int read_ready(struct reader *r, const char *key, const json_t *value)
{
    static const char prefix[] = "stdout:";
    const char *text = json_is_string(value) ? json_string_value(value) : "";

    if (strcmp(text, "echo") == 0)
        r->target->ready = TARGET_READY_ECHO;
    else if (strcmp(text, "port") == 0)
        r->target->ready = TARGET_READY_PORT;
    else if (strncmp(text, prefix, strlen(prefix)) == 0 && text[strlen(prefix)]) {
        r->target->ready = TARGET_READY_STDOUT;
        r->target->ready_regex = strdup(text + strlen(prefix));
    } else
        return wrong(r, key, "must be \"echo\", \"port\" or \"stdout:REGEX\"");
    return 0;
}

static int read_speaks(struct reader *r, const char *key, const json_t *value)
{
    char why[EXCHANGE_WHY] = "must be a protocol: edgewise list shows them";

    if (json_is_string(value) &&
        exchange_parse(json_string_value(value), &r->target->exchange, why) == 0)
        return 0;
    return wrong(r, key, why);
}

static int read_env(struct reader *r, const char *key, const json_t *value)
{
    json_t *object = (json_t *)(uintptr_t)value; /* jansson's loops take no const */
    const char *name;
    json_t *one;
    size_t n = 0;

    r->target->env = calloc(json_object_size(value) + 1, sizeof *r->target->env);
    if (!json_is_object(value) || !r->target->env)
        return wrong(r, key, "must be an object of strings");
    json_object_foreach(object, name, one)
    {
        size_t size = strlen(name) + strlen(json_is_string(one) ? json_string_value(one) : "") + 2;
        char *variable = malloc(size);

        if (!json_is_string(one) || !variable) {
            free(variable);
            return wrong(r, key, "must be an object of strings");
        }
        snprintf(variable, size, "%s=%s", name, json_string_value(one));
        r->target->env[n++] = variable;
    }
    return 0;
}

static int read_capabilities(struct reader *r, const char *key, const json_t *value)
{
    uint64_t found = 0;
    unsigned bit;
    size_t i;
    json_t *one;

    if (!json_is_array(value))
        return wrong(r, key,
                     "must be an array of capabilities: edgewise explain --list shows them");
    json_array_foreach(value, i, one)
    {
        for (bit = 0; capability_name(bit); bit++) {
            if (json_is_string(one) && strcmp(json_string_value(one), capability_name(bit)) == 0)
                break;
        }
        if (!capability_name(bit))
            return wrong(r, key, "there is no such capability; edgewise explain --list shows them");
        found |= UINT64_C(1) << bit;
    }
    r->target->capabilities = found | (r->target->capabilities & EW_CAN_SOCKETS);
    return 0;
}

/* An object whose values are valid, each of whose fault `each` tells. */
static int read_reasons(struct reader *r, const json_t *value, bool (*is_valid)(const char *),
                        const char *each, json_t **kept)
{
    json_t *object = (json_t *)(uintptr_t)value;
    const char *name;
    json_t *one;

    json_object_foreach(object, name, one)
    {
        if (!json_is_string(one) || !is_valid(json_string_value(one)))
            return wrong(r, name, each);
    }
    *kept = json_incref(object);
    return 0;
}

static int read_expect(struct reader *r, const char *key, const json_t *value)
{
    if (!json_is_object(value))
        return wrong(r, key, "must be an object \"case-id\": \"FAIL: reason\"");
    return read_reasons(r, value, expect_is_valid,
                        "must be \"FAIL: reason\" or \"WEAK: reason\", or several verdicts, "
                        "\"WEAK|PASS: reason\"",
                        &r->target->expect);
}

static bool is_text(const char *words)
{
    return *words;
}

static int read_torture(struct reader *r, const char *key, const json_t *value)
{
    if (!json_is_object(value))
        return wrong(r, key, "must be an object \"outcome\": \"reason\"");
    return read_reasons(r, value, is_text, "must be the reason, in words", &r->target->torture);
}

static const struct {
    const char *name;
    int (*read)(struct reader *r, const char *key, const json_t *value);
} keys[] = {
    {"name", read_name},
    {"summary", read_summary},
    {"missing", read_missing},
    {"command", read_command},
    {"version", read_version},
    {"ports", read_ports},
    {"ready", read_ready},
    {"env", read_env},
    {"capabilities", read_capabilities},
    {"expect", read_expect},
    {"speaks", read_speaks},
    {"port", read_port},
    {"private", read_private},
    {"language", read_language},
    {"upstream", read_upstream},
    {"setup", read_setup},
    {"addresses", read_addresses},
    {"drops", read_drops},
    {"torture", read_torture},
};

/* ---- the whole file ---- */

static int read_key(struct reader *r, const char *key, const json_t *value)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(key, keys[i].name) == 0)
            return keys[i].read(r, key, value);
    }
    return wrong(
        r, key,
        "no such key; a target file has name, summary, language, missing, command, version, drops, "
        "ports, port, addresses, upstream, setup, ready, env, capabilities, expect, torture, "
        "speaks, private");
}

static char **read_words(const struct reader *r, const char *key, const json_t *words)
{
    char **argv = calloc(json_array_size(words) + 1, sizeof *argv);
    size_t i;
    json_t *word;

    if (!json_is_array(words) || json_array_size(words) == 0 || !argv) {
        wrong(r, key,
              "must be an array of strings that is not empty: the program and its arguments");
        free(argv);
        return NULL;
    }
    json_array_foreach(words, i, word)
    {
        argv[i] = json_is_string(word) ? arguments_with_folder(json_string_value(word), r->path)
                                       : NULL;
        if (!argv[i]) {
            wrong(r, key, "must be an array of strings");
            arguments_free(argv);
            return NULL;
        }
    }
    return argv;
}

static int read_object(struct reader *r, json_t *root)
{
    char **argv;
    const char *key;
    json_t *value;

    if (!json_is_object(root))
        return error_set(r->error, STATUS_USAGE, "%s: a target file holds one JSON object",
                         r->path);
    argv = read_words(r, "command", json_object_get(root, "command"));
    if (!argv)
        return -1;
    if (!argv[0] || !*argv[0]) {
        arguments_free(argv);
        return wrong(r, "command", "names no program: its first word is empty");
    }
    r->target = target_of_command(argv);
    if (!r->target)
        return error_set(r->error, STATUS_CANNOT_RUN, "no memory for %s", r->path);
    if (json_object_get(root, "addresses") && json_object_get(root, "ports"))
        return wrong(r, "ports", "is as many as \"addresses\" has, each a socket at the one port");
    json_object_foreach(root, key, value)
    {
        if (read_key(r, key, value) < 0)
            return -1;
    }
    return 0;
}

int target_add_file(struct target_list *list, const char *path, const char *word,
                    struct error *error)
{
    struct reader r = {.path = path, .error = error};
    json_error_t where;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    int result;

    if (!root && where.line < 0)
        return error_set(error, STATUS_USAGE, "%s: %s", path, where.text);
    if (!root)
        return error_set(error, STATUS_USAGE, "%s:%d:%d: %s", path, where.line, where.column,
                         where.text);
    result = read_object(&r, root);
    if (result == 0)
        result = target_add(list, r.target, arguments_quote("", word), error);
    else
        target_free(r.target);
    json_decref(root);
    return result;
}
