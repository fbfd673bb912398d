#include "target/plugin.h"

#include "base/self.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The description of ABI 1 as first published; it may grow, never shrink. */
#define DESCRIPTION_SIZE_MIN (offsetof(struct ew_description, default_full) + sizeof(uint32_t))

/* ---- finding ---- */

static int add_file(struct plugin_list *list, const char *group, const char *folder,
                    const char *file)
{
    size_t stem = (size_t)(strrchr(file, '.') - file);
    size_t room = strlen(folder) + 1 + strlen(file) + 1;
    struct plugin_file *items = realloc(list->items, (list->count + 1) * sizeof *items);
    struct plugin_file *item;

    if (!items)
        return -1;
    list->items = items;
    item = &items[list->count++];
    *item = (struct plugin_file){
        .name = strndup(file, stem), .group = strdup(group), .path = malloc(room)};
    if (!item->name || !item->group || !item->path)
        return -1;
    snprintf(item->path, room, "%s/%s", folder, file);
    return 0;
}

static bool has_ending(const char *file, const char *ending)
{
    size_t length = strlen(file), n = strlen(ending);

    return length > n && strcmp(file + length - n, ending) == 0;
}

static bool is_target(const char *file)
{
    return file[0] != '.' && (has_ending(file, ".so") || has_ending(file, ".json"));
}

static int scan_group(struct plugin_list *list, const char *root, const char *group)
{
    char folder[PATH_MAX];
    struct dirent *entry;
    DIR *dir;
    int result = 0;

    snprintf(folder, sizeof folder, "%s/%s", root, group);
    dir = opendir(folder);
    if (!dir)
        return 0; /* a plain file beside the groups is none of ours */
    while (result == 0 && (entry = readdir(dir)) != NULL) {
        if (is_target(entry->d_name))
            result = add_file(list, group, folder, entry->d_name);
    }
    closedir(dir);
    return result;
}

/* 1: scanned, 0: there is no such folder, -1: out of memory. */
static int scan_root(struct plugin_list *list, const char *root)
{
    DIR *dir = opendir(root);
    struct dirent *entry;
    int result = 1;

    if (!dir)
        return 0;
    while (result == 1 && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.' && scan_group(list, root, entry->d_name) < 0)
            result = -1;
    }
    closedir(dir);
    return result;
}

static int scan_beside_executable(struct plugin_list *list)
{
    /* As the build lays it out, then as the installation does. */
    static const char *const folders[] = {"../lib/edgewise", EDGEWISE_PLUGIN_FOLDER};
    char root[PATH_MAX];
    int found = 0;

    for (size_t i = 0; i < sizeof folders / sizeof *folders && found == 0; i++) {
        if (self_relative(folders[i], root, sizeof root) == 0)
            found = scan_root(list, root);
    }
    return found;
}

static int scan_variable(struct plugin_list *list, const char *value)
{
    char *copy = strdup(value);
    char *rest = copy;
    char *root;
    int found = copy ? 0 : -1;

    while (found >= 0 && (root = strsep(&rest, ":")) != NULL) {
        int one = *root ? scan_root(list, root) : 0;

        found = one < 0 ? one : found | one;
    }
    free(copy);
    return found;
}

static int by_group_and_name(const void *left, const void *right)
{
    const struct plugin_file *a = left;
    const struct plugin_file *b = right;
    int order = strcmp(a->group, b->group);

    return order != 0 ? order : strcmp(a->name, b->name);
}

/* Sorted, since readdir(3) gives files in the order of the file system. */
int plugin_scan(struct plugin_list *list, struct error *error)
{
    const char *variable = getenv(PLUGIN_PATH_VARIABLE);
    int found;

    *list = (struct plugin_list){0};
    found = variable && *variable ? scan_variable(list, variable) : scan_beside_executable(list);
    if (found < 0)
        return error_set(error, STATUS_CANNOT_RUN, "out of memory while looking for servers");
    if (found == 0)
        return error_set(error, STATUS_CANNOT_RUN,
                         "no folder with servers at %s; set " PLUGIN_PATH_VARIABLE " to the folder "
                         "that holds GROUP/NAME.so",
                         variable && *variable ? variable : "../lib/edgewise");
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, by_group_and_name);
    return 0;
}

void plugin_list_free(struct plugin_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].group);
        free(list->items[i].path);
    }
    free(list->items);
    *list = (struct plugin_list){0};
}

const struct plugin_file *plugin_named(const struct plugin_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    }
    return NULL;
}

/* ---- loading ---- */

/* POSIX lets dlsym() give functions; C has no cast for that, so the bytes of the pointer are
 * copied. */
static int plugin_resolve(void *library, const char *path, const char *name, void *function,
                          struct error *error)
{
    void *symbol = dlsym(library, name);

    if (!symbol)
        return error_set(error, STATUS_CANNOT_RUN,
                         "%s: no function %s: a plug-in exports the five functions of "
                         "edgewise/server.h, marked EW_EXPORT",
                         path, name);
    memcpy(function, &symbol, sizeof symbol);
    return 0;
}

/* A newer plug-in may say more than we know of, as long as what it adds is zero: then nothing it
 * means is lost on us. */
static bool plugin_tail_is_zero(const struct ew_description *theirs)
{
    const unsigned char *bytes = (const void *)theirs;

    for (size_t i = sizeof *theirs; i < theirs->size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

static int copy_description(struct plugin *plugin, const char *path, struct error *error)
{
    const struct ew_description *theirs = plugin->functions.describe();

    if (!theirs)
        return error_set(error, STATUS_CANNOT_RUN,
                         "%s: ew_describe gives NULL: it must return static data", path);
    if (theirs->abi != EW_ABI)
        return error_set(
            error, STATUS_CANNOT_RUN,
            "%s: built for ABI %u, this is ABI %u: compile it again with this edgewise/server.h",
            path, theirs->abi, EW_ABI);
    if (theirs->size < DESCRIPTION_SIZE_MIN || theirs->size > 1 << 16 ||
        !plugin_tail_is_zero(theirs))
        return error_set(error, STATUS_CANNOT_RUN,
                         "%s: describes itself in %u bytes where ABI %u has %zu: set .size to "
                         "sizeof(struct ew_description) and compile it with this edgewise/server.h",
                         path, theirs->size, EW_ABI, sizeof *theirs);
    memcpy(&plugin->description, theirs,
           theirs->size < sizeof *theirs ? theirs->size : sizeof *theirs);
    if (!plugin->description.name || !plugin->description.summary)
        return error_set(error, STATUS_CANNOT_RUN, "%s: its description lacks a name or a summary",
                         path);
    return 0;
}

/* RTLD_NOW: a symbol that is missing is found here, with a message, and not in the middle of a run.
 * RTLD_LOCAL: servers may use the same names. */
int plugin_open(struct plugin *plugin, const char *path, struct error *error)
{
    struct ew_functions *f = &plugin->functions;
    char resolved[PATH_MAX];

    *plugin = (struct plugin){0};
    /* Without a slash dlopen() would search the system's library folders. */
    if (!realpath(path, resolved))
        return error_set(error, STATUS_CANNOT_RUN, "%s: %s", path, strerror(errno));
    if (has_ending(resolved, ".json"))
        return error_set(
            error, STATUS_USAGE,
            "%s: a target file runs a command of its own: it can be checked and flooded, not "
            "served",
            path);
    plugin->library = dlopen(resolved, RTLD_NOW | RTLD_LOCAL);
    if (!plugin->library)
        return error_set(error, STATUS_CANNOT_RUN, "%s: cannot be loaded: %s", path, dlerror());
    if (plugin_resolve(plugin->library, path, "ew_describe", &f->describe, error) < 0 ||
        plugin_resolve(plugin->library, path, "ew_start", &f->start, error) < 0 ||
        plugin_resolve(plugin->library, path, "ew_port", &f->port, error) < 0 ||
        plugin_resolve(plugin->library, path, "ew_stats", &f->stats, error) < 0 ||
        plugin_resolve(plugin->library, path, "ew_stop", &f->stop, error) < 0)
        return -1;
    return copy_description(plugin, path, error);
}

void plugin_close(struct plugin *plugin)
{
    if (plugin->library)
        dlclose(plugin->library);
    *plugin = (struct plugin){0};
}
