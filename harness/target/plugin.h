/* Plug-ins: shared libraries with the five functions of edgewise/server.h, found in folders or
 * loaded by path.
 *
 * The plug-in folder holds one folder for each group (echo, multisocket, ...), and these hold
 * NAME.so, or NAME.json: the target file of somebody else's server.  It is looked for beside the
 * running executable, as the build and the installation lay it out; EDGEWISE_PLUGIN_PATH, a list of
 * folders with colons between them, takes its place. */
#ifndef EDGEWISE_PLUGIN_H
#define EDGEWISE_PLUGIN_H

#include "base/status.h"
#include "program/program.h"

#include <stddef.h>

#define PLUGIN_PATH_VARIABLE "EDGEWISE_PLUGIN_PATH"

/* A file that was found, not loaded yet. */
struct plugin_file {
    char *name;  /* of the server: the file's, without .so */
    char *group; /* the folder's: "echo" */
    char *path;
};

struct plugin_list {
    struct plugin_file *items; /* sorted by group, then name */
    size_t count;
};

/* Finds all plug-ins and target files.  No folder at all is an error; an empty one is an empty
 * list.  plugin_list_free() is safe after both. */
int plugin_scan(struct plugin_list *list, struct error *error);
void plugin_list_free(struct plugin_list *list);

/* The plug-in of that name, or NULL. */
const struct plugin_file *plugin_named(const struct plugin_list *list, const char *name);

/* A loaded one.  `description` is a copy in our own size: what an older plug-in does not say is
 * zero. */
struct plugin {
    void *library;
    struct ew_functions functions;
    struct ew_description description;
};

/* Loads a plug-in: the five symbols must be there, and the ABI must be ours.  plugin_close() is
 * safe after a failure. */
int plugin_open(struct plugin *plugin, const char *path, struct error *error);
void plugin_close(struct plugin *plugin);

#endif
