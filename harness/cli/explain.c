/* edgewise explain ID: what a counter, a capability, a case or a scenario means. */
#include "cli/catalogue.h"
#include "cli/commands.h"

#include <string.h>

/* In one list with their kinds: one id may mean a case here and a counter there. */
static void add_to_result(struct cli *cli, const char *kind, const struct catalogue_entry *e)
{
    json_array_append_new(json_object_get(cli->result, "entries"),
                          json_pack("{s:s, s:s, s:s, s:s?}", "id", e->id, "kind", kind, "summary",
                                    e->summary, "details", e->details));
}

/* An ID can mean something in more than one catalogue; all are shown. */
static size_t explain_one(struct cli *cli, const char *id)
{
    struct catalogue_entry e;
    size_t found = 0;

    for (size_t c = 0; c < catalogue_count; c++) {
        for (size_t i = 0; catalogues[c].entry(i, &e); i++) {
            if (strcmp(e.id, id) != 0)
                continue;
            fprintf(cli->text, "%s (%s): %s.\n", e.id, catalogues[c].kind, e.summary);
            if (e.details)
                fprintf(cli->text, "%s\n", e.details);
            add_to_result(cli, catalogues[c].kind, &e);
            found++;
        }
    }
    return found;
}

/* One line each; the details are for who asks for one. */
static void show_all(struct cli *cli)
{
    struct catalogue_entry e;

    for (size_t c = 0; c < catalogue_count; c++) {
        for (size_t i = 0; catalogues[c].entry(i, &e); i++) {
            char kind[80];

            snprintf(kind, sizeof kind, cli->plain ? "%s, %s" : "%-24s %s", e.id,
                     catalogues[c].kind);
            cli_put_row(cli, 35, kind, e.summary);
            add_to_result(cli, catalogues[c].kind, &e);
        }
    }
}

/* Of every kind; one that means several things is offered as each of them. */
static void explain_offer_ids(struct cli_offers *offers)
{
    struct catalogue_entry e;

    for (size_t c = 0; c < catalogue_count; c++) {
        for (size_t i = 0; catalogues[c].entry(i, &e); i++)
            cli_offer(offers, e.id, e.summary);
    }
}

/* The first word that means nothing ends it: what was explained before is shown, and the status
 * says that not all was. */
static enum status explain_run(struct cli *cli, int argc, char **argv)
{
    int ids = cli_parse(cli, argc, argv, NULL);

    if (ids < 0)
        return cli->error.status;
    cli->result = json_pack("{s:[]}", "entries");
    if (ids == 0 && !cli->list) {
        cli_usage(cli, "what is to be explained?  edgewise explain --list shows what can be");
        return STATUS_USAGE;
    }
    if (cli->list)
        show_all(cli);
    for (int i = 0; i < ids; i++) {
        if (explain_one(cli, argv[i]) == 0) {
            cli_usage(cli,
                      "nothing is called '%s'; edgewise explain --list shows what can be explained",
                      argv[i]);
            return STATUS_USAGE;
        }
    }
    return STATUS_OK;
}

const struct cli_command command_explain = {
    .name = "explain",
    .summary = "tell what a counter, a capability, a case or a scenario means, and its source",
    .operands = "ID...",
    .offers = explain_offer_ids,
    .run = explain_run,
};
