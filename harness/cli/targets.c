#include "cli/targets.h"

#include "cli/cli.h"
#include "program/settings.h"

/* What any target is told; the settings of servers follow, as their own table has them. */
enum { TARGET_ADDRESS, TARGET_EXEC, TARGET_PORT, TARGET_SOCKETS, TARGET_SETTINGS };

#define SETTING_OPTION(name, value, help, ...) {name, value, "servers of ours: " help},

const struct cli_option cli_target_options[] = {
    [TARGET_ADDRESS] = {"address", "ADDR", "where targets listen (127.0.0.1)"},
    [TARGET_EXEC] = {"exec", "CMD",
                     "a command as a target; {port}, {sockets} and {address} are filled in"},
    [TARGET_PORT] = {"port", "N", "first port of the target (chosen free)"},
    [TARGET_SOCKETS] = {"sockets", "N", "ports that the target serves (1)"},
    EW_SERVER_SETTINGS(SETTING_OPTION){NULL, NULL, NULL},
};

static int take_setting(struct cli *cli, const char *name, const char *value)
{
    const struct ew_setting *setting = ew_setting_named(name);
    char wanted[64];

    if (ew_setting_take(setting, value, &cli->targets.options.server) == 0)
        return 0;
    ew_setting_wants(setting, wanted, sizeof wanted);
    return cli_usage(cli, "--%s takes %s, not '%s'", name, wanted, value);
}

static int take_number(struct cli *cli, int index, const char *value, uint64_t most,
                       unsigned *number)
{
    uint64_t wide;

    if (cli_read_number(cli, cli_target_options[index].name, value, 1, most, &wide) < 0)
        return -1;
    *number = (unsigned)wide;
    return 0;
}

int cli_take_target_option(struct cli *cli, int index, const char *value)
{
    struct cli_targets *t = &cli->targets;

    switch (index) {
    case TARGET_ADDRESS: t->options.address = value; return 0;
    case TARGET_PORT: return take_number(cli, index, value, 65535, &t->options.port);
    case TARGET_SOCKETS: return take_number(cli, index, value, 65535, &t->options.sockets);
    case TARGET_EXEC:
        if (t->n_commands == CLI_COMMANDS_MAX)
            return cli_usage(cli, "--exec can be given %u times at most", CLI_COMMANDS_MAX);
        t->commands[t->n_commands++] = value;
        return 0;
    default: return take_setting(cli, cli_target_options[index].name, value);
    }
}

/* Operands first, then the commands, each in the order of the command line. */
int cli_find_targets(struct cli *cli, int operands, char **argv, struct target_list *list)
{
    for (int i = 0; i < operands; i++) {
        if (target_find(list, argv[i], &cli->error) < 0)
            return -1;
    }
    for (unsigned i = 0; i < cli->targets.n_commands; i++) {
        if (target_find_command(list, cli->targets.commands[i], &cli->error) < 0)
            return -1;
    }
    if (list->count == 0)
        return cli_usage(cli,
                         "which target?  edgewise list shows the servers; --exec runs a command");
    return 0;
}
