/* edgewise completion SHELL: a script that completes command lines of edgewise; and --words, what
 * such a script asks for.
 *
 * The scripts know how their shells are told, and nothing of edgewise: so that a new case, option
 * or server is completed at once. */
#include "cli/commands.h"
#include "cli/embedded.h"

#include <string.h>

struct completion_command {
    bool words;
};

static const struct cli_option completion_options[] = {
    {"words", NULL, "tell what may stand for the last WORD of a command line instead",
     CLI_FLAG(struct completion_command, words)},
    {0},
};

/* ---- what may stand there ---- */

static void offer_commands(struct cli_offers *offers)
{
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        cli_offer(offers, (*c)->name, (*c)->summary);
}

/* What --help hides is not offered either. */
static void offer_options(struct cli_offers *offers, const struct cli_option *options)
{
    char word[64];

    for (const struct cli_option *o = options; o && o->name; o++) {
        snprintf(word, sizeof word, "--%s", o->name);
        if (o->help)
            cli_offer(offers, word, o->help);
    }
}

static const struct cli_option *const *tables_of(const struct cli_command *command,
                                                 const struct cli_option *tables[3])
{
    tables[0] = command->options;
    tables[1] = command->takes_targets ? cli_target_options : NULL;
    tables[2] = cli_common_options;
    return tables;
}

/* The row of "--NAME" or "--NAME=VALUE" that takes a value; hidden ones, too; NULL: none. */
static const struct cli_option *option_with_value(const struct cli_command *command,
                                                  const char *word)
{
    const struct cli_option *tables[3];

    if (strncmp(word, "--", 2) != 0)
        return NULL;
    for (size_t t = 0; t < 3; t++) {
        for (const struct cli_option *o = tables_of(command, tables)[t]; o && o->name; o++) {
            if (o->value && strcspn(word + 2, "=") == strlen(o->name) &&
                strncmp(word + 2, o->name, strlen(o->name)) == 0)
                return o;
        }
    }
    return NULL;
}

static void offer_values(struct cli_offers *offers, const struct cli_option *o)
{
    if (o->offers)
        o->offers(offers);
    else
        cli_offer_choices(offers, o->value);
}

/* "--case=int": the value begins behind the "=", and what is before it stays. */
static void offer_joined_values(struct cli_offers *offers, const struct cli_command *command,
                                char *before, size_t size)
{
    const struct cli_option *o = option_with_value(command, offers->begun);
    const char *value = strchr(offers->begun, '=') + 1;

    snprintf(before, size, "%.*s", (int)(value - offers->begun), offers->begun);
    offers->begun = value;
    offers->before = before;
    if (o)
        offer_values(offers, o);
}

static void offer_all_options(struct cli_offers *offers, const struct cli_command *command)
{
    const struct cli_option *tables[3];

    for (size_t t = 0; t < 3; t++)
        offer_options(offers, tables_of(command, tables)[t]);
}

/* Behind "--" there are operands alone. */
static bool options_have_ended(char **words, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(words[i], "--") == 0)
            return true;
    }
    return false;
}

/* Of the words behind the command's name; the last is the one that is typed. */
static void offer_for_command(struct cli_offers *offers, const struct cli_command *command,
                              char **words, int count)
{
    bool ended = options_have_ended(words, count - 1);
    const struct cli_option *o = count > 1 && !ended ? option_with_value(command, words[count - 2])
                                                     : NULL;
    char before[64];

    if (command->passes_on && count > 1 && words[0][0] != '-')
        return;
    if (o && !strchr(words[count - 2], '='))
        offer_values(offers, o);
    else if (!ended && strncmp(offers->begun, "--", 2) == 0 && strchr(offers->begun, '='))
        offer_joined_values(offers, command, before, sizeof before);
    else if (!ended && *offers->begun == '-')
        offer_all_options(offers, command);
    else if (command->offers)
        command->offers(offers);
    else if (command->takes_targets && *command->operands)
        cli_offer_targets(offers);
    offers->before = "";
}

/* `help` is main's and no subcommand. */
static void offer_for_line(struct cli_offers *offers, char **words, int count)
{
    const struct cli_command *command = count > 1 ? cli_command_named(words[0]) : NULL;

    if (count <= 1 || (count == 2 && strcmp(words[0], "help") == 0))
        offer_commands(offers);
    if (count <= 1) {
        cli_offer(offers, "help", "tell about the options of a command");
        cli_offer(offers, "--help", "");
        cli_offer(offers, "--version", "");
    }
    if (command)
        offer_for_command(offers, command, words + 1, count - 1);
}

/* ---- telling ---- */

/* A line for each word and, behind a tab, what it means; that files may stand there is a line that
 * begins as no word does. */
static enum status completion_tell_words(struct cli *cli, char **words, int count)
{
    struct cli_offers offers = {count > 0 ? words[count - 1] : "", "", json_array(), false};
    json_t *one;
    size_t i;

    offer_for_line(&offers, words, count);
    json_array_foreach(offers.words, i, one)
        fprintf(cli->text, "%s\t%s\n", json_string_value(json_object_get(one, "word")),
                json_string_value(json_object_get(one, "help")));
    if (offers.files)
        fprintf(cli->text, ":files\n");
    cli->result = json_pack("{s:o, s:b}", "words", offers.words, "files", offers.files);
    return STATUS_OK;
}

static enum status completion_tell_script(struct cli *cli, const char *shell)
{
    const struct embedded_text *script = embedded_named(embedded_completions, shell);

    if (!script) {
        cli_usage(cli, "no shell is called '%s' here; there are bash, zsh and fish", shell);
        return STATUS_USAGE;
    }
    fputs(script->text, cli->text);
    cli->result = json_pack("{s:s, s:s}", "shell", script->name, "script", script->text);
    return STATUS_OK;
}

static void completion_offer_shells(struct cli_offers *offers)
{
    for (const struct embedded_text *script = embedded_completions; script->name; script++)
        cli_offer(offers, script->name, "");
}

static enum status completion_run(struct cli *cli, int argc, char **argv)
{
    struct completion_command command = {0};
    int operands = cli_parse(cli, argc, argv, &command);

    if (operands < 0)
        return cli->error.status;
    if (command.words)
        return completion_tell_words(cli, argv, operands);
    if (operands == 1)
        return completion_tell_script(cli, argv[0]);
    cli_usage(cli, "for which shell?  There are bash, zsh and fish");
    return STATUS_USAGE;
}

const struct cli_command command_completion = {
    .name = "completion",
    .summary = "write a script that completes command lines of edgewise in a shell",
    .operands = "bash|zsh|fish",
    .details =
        "An installation has the scripts where the shells look for them.  For one session:\n"
        "bash: source <(edgewise completion bash); zsh: source <(edgewise completion zsh);\n"
        "fish: edgewise completion fish | source.\n\n"
        "edgewise completion --words -- WORD... tells what the scripts ask for: each word that\n"
        "may stand for the last WORD, a tab, and what it means.  A line \":files\" says that it\n"
        "may be the name of a file, too.",
    .options = completion_options,
    .offers = completion_offer_shells,
    .run = completion_run,
};
