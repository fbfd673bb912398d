/* edgewise serve NAME|PATH.so: the program around a server that is loaded instead of linked. */
#include "cli/commands.h"
#include "target/plugin.h"

#include <string.h>

/* Empty first: plugin_close() is called whatever became of it. */
static int open_named(struct plugin *plugin, const char *name, struct error *error)
{
    struct plugin_list list;
    const struct plugin_file *file;
    int result = plugin_scan(&list, error);

    *plugin = (struct plugin){0};
    if (result == 0) {
        file = plugin_named(&list, name);
        result = file ? plugin_open(plugin, file->path, error)
                      : error_set(error, STATUS_USAGE,
                                  "no server is called '%s'; edgewise list shows them, and a path "
                                  "has a slash in it",
                                  name);
    }
    plugin_list_free(&list);
    return result;
}

/* What follows the name belongs to the server's program, which reads its options and signals
 * itself.  An option in front of the name is one of ours, of which there are only the common ones.
 * The program looks after its own output and says what it could not write, so that it is not said
 * twice. */
static enum status serve_run(struct cli *cli, int argc, char **argv)
{
    struct plugin plugin;
    int result;

    if (argc < 2 || argv[1][0] == '-') {
        if (cli_parse(cli, argc, argv, NULL) >= 0)
            cli_usage(cli, "which server?  The name comes first: edgewise serve NAME --port 2000");
        return cli->error.status;
    }
    result = strchr(argv[1], '/') ? plugin_open(&plugin, argv[1], &cli->error)
                                  : open_named(&plugin, argv[1], &cli->error);
    cli->output_looked_after = result == 0;
    if (result == 0)
        result = ew_program(&plugin.functions, argc - 1, argv + 1);
    else
        result = (int)cli->error.status;
    plugin_close(&plugin);
    return (enum status)result;
}

const struct cli_command command_serve = {
    .name = "serve",
    .summary = "run a server of ours, or a plug-in by its path",
    .operands = "NAME|PATH.so [options of the server]",
    .passes_on = true,
    .offers = cli_offer_targets,
    .details = "edgewise serve NAME --help shows the server's own options.",
    .run = serve_run,
};
