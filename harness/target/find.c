/* From words to targets. */
#include "target/file.h"
#include "target/arguments.h"
#include "target/platform.h"
#include "target/plugin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void target_free(struct target *t)
{
    if (!t)
        return;
    if (t->library) {
        struct plugin p = {.library = t->library};

        plugin_close(&p);
    }
    free(t->name);
    free(t->word);
    free(t->summary);
    free(t->language);
    free(t->missing);
    free(t->ready_regex);
    free(t->addresses);
    arguments_free(t->argv);
    arguments_free(t->version_argv);
    arguments_free(t->drops_argv);
    arguments_free(t->setup);
    arguments_free(t->env);
    json_decref(t->expect);
    json_decref(t->torture);
    free(t);
}

void target_list_free(struct target_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        target_free(list->items[i]);
    free(list->items);
    *list = (struct target_list){0};
}

/* `word` is the list's from here on, also after a failure. */
int target_add(struct target_list *list, struct target *target, char *word, struct error *error)
{
    struct target **items = realloc(list->items, (list->count + 1) * sizeof *items);

    if (items)
        list->items = items;
    target->word = word;
    if (!items || !target->word) {
        target_free(target);
        return error_set(error, STATUS_CANNOT_RUN, "no memory for targets");
    }
    list->items[list->count++] = target;
    return 0;
}

/* Why it cannot be here, unless a reason is known already. */
static void find_say_missing(struct target *target, const char *why)
{
    char text[160];

    if (target->missing)
        return;
    snprintf(text, sizeof text,
             "it runs in a network namespace of its own, and none can be made here: %s", why);
    target->missing = strdup(text);
}

void target_make_private(struct target_list *list)
{
    bool wanted = false;
    const char *why;

    for (size_t i = 0; i < list->count; i++)
        wanted |= list->items[i]->is_private;
    if (!wanted || platform_private_network() == 0)
        return;
    why = strerror(errno);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i]->is_private)
            find_say_missing(list->items[i], why);
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

/* ---- plug-ins ---- */

/* The library stays loaded as long as the target is there: its description points into it. */
static struct target *from_plugin(struct plugin *p, const char *path)
{
    struct target *t = calloc(1, sizeof *t);
    const struct ew_description *d = &p->description;

    if (!t)
        return NULL;
    *t = (struct target){.kind = TARGET_PLUGIN,
                         .name = strdup(d->name),
                         .summary = strdup(d->summary),
                         .missing = d->missing ? strdup(d->missing) : NULL,
                         .capabilities = d->capabilities,
                         .description = *d,
                         .argv = calloc(2, sizeof *t->argv),
                         .library = p->library};
    /* A server that publishes no page is asked instead. */
    t->ready = d->capabilities & EW_CAN_COUNTERS ? TARGET_READY_PAGE
               : d->capabilities & EW_CAN_ECHO   ? TARGET_READY_ECHO
                                                 : TARGET_READY_PORT;
    t->ports = d->capabilities & EW_CAN_SOCKETS ? 0 : 1;
    if (t->argv)
        t->argv[0] = strdup(path);
    if (t->name && t->summary && t->argv && t->argv[0] && (t->missing || !d->missing))
        return t;
    t->library = NULL; /* stays the caller's */
    target_free(t);
    return NULL;
}

static int add_plugin(struct target_list *list, const char *path, const char *word,
                      struct error *error)
{
    struct plugin p;
    struct target *t = NULL;

    if (plugin_open(&p, path, error) == 0) {
        t = from_plugin(&p, path);
        if (!t)
            error_set(error, STATUS_CANNOT_RUN, "no memory for %s", path);
    }
    if (t)
        return target_add(list, t, arguments_quote("", word), error);
    plugin_close(&p);
    return -1;
}

static bool is_named(const struct plugin_file *file, const char *word)
{
    return strcmp(word, "all") == 0 || strcmp(file->group, word) == 0 ||
           strcmp(file->name, word) == 0;
}

static int add_found(struct target_list *list, const struct plugin_file *file, struct error *error)
{
    if (ends_with(file->path, ".json"))
        return target_add_file(list, file->path, file->name, error);
    return add_plugin(list, file->path, file->name, error);
}

static int add_named(struct target_list *list, const char *word, struct error *error)
{
    struct plugin_list files;
    size_t before = list->count;
    int result = plugin_scan(&files, error);

    for (size_t i = 0; i < files.count && result == 0; i++) {
        if (is_named(&files.items[i], word))
            result = add_found(list, &files.items[i], error);
    }
    plugin_list_free(&files);
    if (result == 0 && list->count == before)
        return error_set(
            error, STATUS_USAGE,
            "no server or group is called '%s'; edgewise list shows them, and a path has a "
            "slash in it",
            word);
    return result;
}

/* ---- commands ---- */

/* Of a stranger nothing is known but that it is said to echo; what else it can is for a target file
 * to say. */
struct target *target_of_command(char **argv)
{
    struct target *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    *t = (struct target){.kind = TARGET_COMMAND,
                         .name = strdup(base_name(argv[0])),
                         .summary = strdup(""),
                         .argv = argv,
                         .capabilities = EW_CAN_ECHO,
                         .ready = TARGET_READY_ECHO,
                         .ports = arguments_mention(argv, "{sockets}") ? 0 : 1};
    if (t->ports == 0)
        t->capabilities |= EW_CAN_SOCKETS;
    return t;
}

int target_find_command(struct target_list *list, const char *command, struct error *error)
{
    char **argv = arguments_split(command, error);
    struct target *t;

    if (argv && !*argv[0]) {
        arguments_free(argv);
        return error_set(error, STATUS_USAGE,
                         "--exec \"%s\" names no program: its first word is empty", command);
    }
    t = argv ? target_of_command(argv) : NULL;
    return t ? target_add(list, t, arguments_quote("--exec ", command), error) : -1;
}

/* Takes `more`, which may be NULL, to the end of the word. */
static int find_add_to_word(struct target *target, char *more)
{
    size_t length = strlen(target->word) + (more ? strlen(more) : 0) + 2;
    char *word = more ? malloc(length) : NULL;

    if (word) {
        snprintf(word, length, "%s %s", target->word, more);
        free(target->word);
        target->word = word;
    }
    free(more);
    return word ? 0 : -1;
}

int target_claim(struct target *target, const char *name, uint64_t capability)
{
    target->capabilities |= capability;
    return find_add_to_word(target, arguments_quote("--claim ", name));
}

int target_rename(struct target *target, const char *name)
{
    char *copy = strdup(name);

    if (!copy)
        return -1;
    free(target->name);
    target->name = copy;
    return find_add_to_word(target, arguments_quote("--name ", name));
}

/* By how the word looks, never by what lies in the current folder: the same word means the same
 * everywhere. */
int target_find(struct target_list *list, const char *word, struct error *error)
{
    if (ends_with(word, ".json"))
        return target_add_file(list, word, word, error);
    if (strchr(word, '/') || ends_with(word, ".so"))
        return add_plugin(list, word, word, error);
    return add_named(list, word, error);
}
