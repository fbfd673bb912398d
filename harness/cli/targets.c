#include "cli/targets.h"

#include "cli/cli.h"

#include <string.h>

enum {
    TARGET_ADDRESS,
    TARGET_BUDGET,
    TARGET_EXEC,
    TARGET_PORT,
    TARGET_QUEUE,
    TARGET_RECEIVE_BYTES,
    TARGET_SEND_BYTES,
    TARGET_SOCKETS,
    TARGET_WHEN_FULL,
    TARGET_WORKERS,
    TARGET_END
};

const struct cli_option cli_target_options[TARGET_END + 1] = {
    [TARGET_ADDRESS] = {"address", "ADDR", "where targets listen (127.0.0.1)"},
    [TARGET_BUDGET] = {"budget", "N",
                       "servers of ours: datagrams of one socket before the next one's turn"},
    [TARGET_EXEC] = {"exec", "CMD",
                     "a command as a target; {port}, {sockets} and {address} are filled in"},
    [TARGET_PORT] = {"port", "N", "first port of the target (chosen free)"},
    [TARGET_QUEUE] = {"queue", "N", "servers of ours: replies held for each socket"},
    [TARGET_RECEIVE_BYTES] = {"receive-bytes", "N",
                              "servers of ours: receive buffer of each socket"},
    [TARGET_SEND_BYTES] = {"send-bytes", "N", "servers of ours: send buffer of each socket"},
    [TARGET_SOCKETS] = {"sockets", "N", "ports that the target serves (1)"},
    [TARGET_WHEN_FULL] = {"when-full", "drop|pause", "servers of ours: what a full queue does"},
    [TARGET_WORKERS] = {"workers", "N", "servers of ours: threads"},
};

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
    case TARGET_BUDGET: return take_number(cli, index, value, UINT32_MAX, &t->options.budget);
    case TARGET_PORT: return take_number(cli, index, value, 65535, &t->options.port);
    case TARGET_QUEUE: return take_number(cli, index, value, UINT32_MAX, &t->options.queue);
    case TARGET_RECEIVE_BYTES:
        return take_number(cli, index, value, INT32_MAX, &t->options.receive_bytes);
    case TARGET_SEND_BYTES:
        return take_number(cli, index, value, INT32_MAX, &t->options.send_bytes);
    case TARGET_SOCKETS: return take_number(cli, index, value, 65535, &t->options.sockets);
    case TARGET_WORKERS: return take_number(cli, index, value, 4096, &t->options.workers);
    case TARGET_WHEN_FULL:
        t->options.when_full = value;
        if (strcmp(value, "drop") != 0 && strcmp(value, "pause") != 0)
            return cli_usage(cli, "--when-full takes drop or pause, not '%s'", value);
        return 0;
    default:
        if (t->n_commands == CLI_COMMANDS_MAX)
            return cli_usage(cli, "--exec can be given %u times at most", CLI_COMMANDS_MAX);
        t->commands[t->n_commands++] = value;
        return 0;
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
