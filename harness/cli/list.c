/* edgewise list: the servers that were found, what they can, and what is missing here and why. */
#include "base/counters.h"
#include "cli/catalogue.h"
#include "cli/commands.h"
#include "target/plugin.h"
#include "target/target.h"

#include <string.h>

/* Bits that have no name yet are a newer plug-in's: they are no error, and cannot be named. */
static json_t *capability_names(uint64_t capabilities)
{
    json_t *array = json_array();

    for (unsigned bit = 0; capability_name(bit); bit++) {
        if (capabilities >> bit & 1)
            json_array_append_new(array, json_string(capability_name(bit)));
    }
    return array;
}

/* Under a heading, unless it is read aloud. */
static void list_put(struct cli *cli, const char *name, const char *text)
{
    if (!cli->plain)
        fputs("  ", cli->text);
    cli_put_row(cli, CLI_NAME_WIDTH, name, text);
}

/* Of the names that the result has, so that text and JSON cannot tell different things. */
static void print_capabilities(struct cli *cli, const json_t *names)
{
    size_t i;
    json_t *name;

    fprintf(cli->text, cli->plain ? "It can:" : "  %-*s can:", CLI_NAME_WIDTH, "");
    json_array_foreach(names, i, name)
    {
        fprintf(cli->text, "%s %s", cli->plain && i > 0 ? "," : "", json_string_value(name));
    }
    fputs(cli->plain ? ".\n" : "\n", cli->text);
}

/* How many replies a server holds beyond what --queue says; null where that is not its rule.  The
 * tests and pages that work out what a server should hold read it from here. */
static json_t *queue_extra(const struct ew_description *d)
{
    switch (d->queue_rule) {
    case EW_QUEUE_EXACT: return json_integer(0);
    case EW_QUEUE_PLUS: return json_integer(d->queue_extra);
    default: return json_null();
    }
}

/* What cannot be loaded keeps its row, with the reason: absence is visible. */
static void show_server(struct cli *cli, const struct plugin_file *file)
{
    struct target_list found = {0};
    struct error error = {0};
    const struct target *t = target_find(&found, file->path, &error) == 0 ? found.items[0] : NULL;
    const char *missing = t ? t->missing : error.text;
    const char *summary = t ? t->summary : "";
    json_t *names = capability_names(t ? t->capabilities : 0);

    list_put(cli, file->name, summary);
    if (missing && cli->plain)
        fprintf(cli->text, "It is missing: %s.\n", missing);
    else if (missing)
        fprintf(cli->text, "  %-*s missing: %s\n", CLI_NAME_WIDTH, "", missing);
    else
        print_capabilities(cli, names);
    json_array_append_new(json_object_get(cli->result, "servers"),
                          json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:o, s:o}", "name",
                                    file->name, "group", file->group, "path", file->path, "summary",
                                    summary, "language", t ? t->language : NULL, "needs",
                                    t ? t->description.needs : NULL, "missing", missing,
                                    "capabilities", names, "queue_extra",
                                    t ? queue_extra(&t->description) : json_null()));
    target_list_free(&found);
}

/* plugin_scan() has sorted them by group. */
static void show_servers(struct cli *cli, const struct plugin_list *list)
{
    const char *group = "";

    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(group, list->items[i].group) != 0) {
            group = list->items[i].group;
            fprintf(cli->text, cli->plain ? "Servers of the group %s follow.\n" : "%s:\n", group);
        }
        show_server(cli, &list->items[i]);
    }
}

/* By its own kind, which is the name of its member in the result, too. */
static void show_catalogue(struct cli *cli, const struct catalogue *catalogue)
{
    json_t *rows = json_array();
    struct catalogue_entry e;

    fprintf(cli->text, cli->plain ? "All of the kind %s follow.\n" : "%ss:\n", catalogue->kind);
    for (size_t i = 0; catalogue->entry(i, &e); i++) {
        list_put(cli, e.id, e.summary);
        json_array_append_new(rows, json_pack("{s:s, s:s}", "id", e.id, "summary", e.summary));
    }
    json_object_set_new(cli->result, catalogue->kind, rows);
}

static enum status list_run(struct cli *cli, int argc, char **argv)
{
    struct plugin_list list;
    int operands = cli_parse(cli, argc, argv, NULL);

    if (operands < 0)
        return cli->error.status;
    if (operands > 0) {
        cli_usage(cli, "takes no operands, not '%s'", argv[0]);
        return STATUS_USAGE;
    }
    if (plugin_scan(&list, &cli->error) < 0) {
        plugin_list_free(&list);
        return cli->error.status;
    }
    cli->result = json_pack("{s:[]}", "servers");
    show_servers(cli, &list);
    plugin_list_free(&list);
    for (size_t i = 0; i < catalogue_count; i++) {
        if (catalogues[i].listed)
            show_catalogue(cli, &catalogues[i]);
    }
    return STATUS_OK;
}

const struct cli_command command_list = {
    .name = "list",
    .summary = "show the servers, checks and scenarios; what is missing here and why",
    .operands = "",
    .run = list_run,
};
