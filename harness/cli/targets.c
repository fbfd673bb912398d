#include "cli/targets.h"

#include "base/counters.h"
#include "program/settings.h"
#include "target/platform.h"
#include "target/plugin.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* More can be had by target files, which have names, too. */
#define COMMANDS_MAX 16

/* One of the settings of servers, as their own table has it.  The servers' programs read the same
 * words by the same function: a value means the same to both. */
static int take_setting(const struct cli_option *o, void *into, const char *value,
                        struct error *error)
{
    const struct ew_setting *setting = ew_setting_named(o->name);
    char wanted[64];

    if (ew_setting_take(setting, value, into) == 0)
        return 0;
    ew_setting_wants(setting, wanted, sizeof wanted);
    return error_set(error, STATUS_USAGE, "--%s takes %s, not '%s'", o->name, wanted, value);
}

/* The words are kept beside what they mean: a command that repeats a run gives them again as they
 * were. */
static int take_speaks(const struct cli_option *o, void *into, const char *value,
                       struct error *error)
{
    struct cli_speaks *speaks = into;
    char why[EXCHANGE_WHY];

    speaks->text = value;
    if (exchange_parse(value, &speaks->exchange, why) == 0)
        return 0;
    return error_set(error, STATUS_USAGE, "--%s: %s", o->name, why);
}

/* The bit of a capability's name; 0: there is none.  From the list in the ABI, so that a new
 * capability can be claimed at once. */
static uint64_t claim_bit(const char *name)
{
    for (unsigned bit = 0; capability_name(bit); bit++) {
        if (strcmp(capability_name(bit), name) == 0)
            return UINT64_C(1) << bit;
    }
    return 0;
}

static int take_claim(const struct cli_option *o, void *into, const char *value,
                      struct error *error)
{
    if (claim_bit(value) != 0)
        return cli_take_words(o, into, value, error);
    return error_set(error, STATUS_USAGE,
                     "--claim: nothing that a target can do is called '%s'; edgewise explain "
                     "--list shows them",
                     value);
}

/* ---- what may be said ---- */

/* By the names of their files: nothing is loaded while somebody types. */
static void targets_offer(struct cli_offers *offers, bool groups)
{
    struct plugin_list list;
    struct error error = {0};
    const char *group = "";

    if (plugin_scan(&list, &error) == 0) {
        for (size_t i = 0; i < list.count; i++) {
            if (groups && strcmp(group, list.items[i].group) != 0)
                cli_offer(offers, list.items[i].group, "a group of servers");
            group = list.items[i].group;
            cli_offer(offers, list.items[i].name, group);
        }
    }
    plugin_list_free(&list);
}

void cli_offer_servers(struct cli_offers *offers)
{
    targets_offer(offers, false);
}

void cli_offer_targets(struct cli_offers *offers)
{
    targets_offer(offers, true);
    cli_offer_files(offers);
}

static void targets_offer_protocols(struct cli_offers *offers)
{
    for (size_t i = 0; i < protocol_count; i++)
        cli_offer(offers, protocols[i]->name, protocols[i]->summary);
}

static void targets_offer_claims(struct cli_offers *offers)
{
    for (unsigned bit = 0; capability_name(bit); bit++)
        cli_offer(offers, capability_name(bit), "");
}

/* ---- the table ---- */

#define SETTING_OPTION(name, value, help, ...) \
    {name, value, "servers of ours: " help,    \
     CLI_MEMBER(take_setting, struct ew_config, struct cli_targets, options.server)},

const struct cli_option cli_target_options[] = {
    {"address", "ADDR", "where targets listen (127.0.0.1)",
     CLI_TEXT(struct cli_targets, options.address)},
    {"exec", "CMD", "a command as a target; {port}, {sockets}, {upstream}, {address} are filled in",
     CLI_WORDS(struct cli_targets, commands, COMMANDS_MAX)},
    {"claim", "NAME",
     "what the --exec commands can do beside echo (wildcard, ipv6, shares-port, spins, ...)",
     CLI_MEMBER(take_claim, struct cli_words, struct cli_targets, claims), .most = CLI_WORDS_MAX,
     .offers = targets_offer_claims},
    {"name", "NAME", "what to call the --exec command, the first with the first",
     CLI_WORDS(struct cli_targets, names, COMMANDS_MAX)},
    {"port", "N", "first port of the target (chosen free)",
     CLI_U32(struct cli_targets, options.port, 1, 65535)},
    {"sockets", "N", "ports that the target serves (1)",
     CLI_U32(struct cli_targets, options.sockets, 1, 65535)},
    {"speaks", "PROTOCOL[:OPTION,...]",
     "what the target is asked (echo); edgewise list shows the protocols",
     CLI_MEMBER(take_speaks, struct cli_speaks, struct cli_targets, speaks),
     .offers = targets_offer_protocols},
    EW_SERVER_SETTINGS(SETTING_OPTION){0},
};

int cli_targets_take(struct cli_targets *targets, const char *option, const char *value,
                     struct error *error)
{
    const struct cli_option *o = cli_target_options;

    while (o->name && strcmp(o->name, option) != 0)
        o++;
    assert(o->name);
    return o->take(o, (char *)targets + o->offset, value, error);
}

/* What else the command line says of command `index`, also where it is to be repeated. */
static int cli_targets_say_more(const struct cli_targets *targets, unsigned index,
                                struct target *target, struct error *error)
{
    for (unsigned i = 0; i < targets->claims.count; i++) {
        if (target_claim(target, targets->claims.items[i], claim_bit(targets->claims.items[i])) < 0)
            return error_set(error, STATUS_CANNOT_RUN, "no memory for a claim");
    }
    if (index < targets->names.count && target_rename(target, targets->names.items[index]) < 0)
        return error_set(error, STATUS_CANNOT_RUN, "no memory for a name");
    return 0;
}

/* Operands first, then the commands, each in the order of the command line.  What is said on the
 * command line goes before what a target file says of its protocol. */
int cli_targets_find(const struct cli_targets *targets, int operands, char **argv,
                     struct target_list *list, struct error *error)
{
    for (int i = 0; i < operands; i++) {
        if (target_find(list, argv[i], error) < 0)
            return -1;
    }
    if (targets->names.count > targets->commands.count)
        return error_set(error, STATUS_USAGE, "--name names --exec commands, and there are fewer");
    for (unsigned i = 0; i < targets->commands.count; i++) {
        if (target_find_command(list, targets->commands.items[i], error) < 0 ||
            cli_targets_say_more(targets, i, list->items[list->count - 1], error) < 0)
            return -1;
    }
    for (size_t i = 0; i < list->count && targets->speaks.text; i++)
        list->items[i]->exchange = targets->speaks.exchange;
    if (list->count == 0)
        return error_set(error, STATUS_USAGE,
                         "which target?  edgewise list shows the servers; --exec runs a command");
    target_make_private(list);
    return 0;
}

void cli_go_private(const char *command)
{
    if (platform_private_network() < 0)
        fprintf(stderr,
                "edgewise %s: no network namespace of its own here (%s); other traffic may "
                "disturb\n",
                command, strerror(errno));
}
