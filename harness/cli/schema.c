/* edgewise schema [NAME]: the JSON Schema of what a command writes, or of a file that one reads. */
#include "cli/commands.h"
#include "cli/embedded.h"

/* They are of the tree, and the tests have read them: what cannot be read is our own mistake. */
static json_t *schema_read(const struct embedded_text *schema)
{
    return json_loads(schema->text, 0, NULL);
}

static void schema_list(struct cli *cli)
{
    json_t *rows = json_array();

    for (const struct embedded_text *one = embedded_schemas; one->name; one++) {
        json_t *schema = schema_read(one);
        const char *title = json_string_value(json_object_get(schema, "title"));

        fprintf(cli->text, "%-12s %s\n", one->name, title);
        json_array_append_new(rows, json_pack("{s:s, s:s}", "id", one->name, "summary", title));
        json_decref(schema);
    }
    cli->result = json_pack("{s:o}", "schemas", rows);
}

static enum status schema_tell(struct cli *cli, const char *name)
{
    const struct embedded_text *one = embedded_named(embedded_schemas, name);
    json_t *schema = one ? schema_read(one) : NULL;

    if (!schema) {
        cli_usage(cli, "no schema is called '%s'; edgewise schema shows them", name);
        return STATUS_USAGE;
    }
    json_dumpf(schema, cli->text, JSON_INDENT(2));
    fputc('\n', cli->text);
    cli->result = json_pack("{s:s, s:o}", "name", one->name, "schema", schema);
    return STATUS_OK;
}

static void schema_offer_names(struct cli_offers *offers)
{
    for (const struct embedded_text *one = embedded_schemas; one->name; one++)
        cli_offer(offers, one->name, "");
}

static enum status schema_run(struct cli *cli, int argc, char **argv)
{
    int names = cli_parse(cli, argc, argv, NULL);

    if (names < 0)
        return cli->error.status;
    if (names == 1)
        return schema_tell(cli, argv[0]);
    if (names > 1) {
        cli_usage(cli, "one schema at a time, not %d", names);
        return STATUS_USAGE;
    }
    schema_list(cli);
    return STATUS_OK;
}

const struct cli_command command_schema = {
    .name = "schema",
    .summary = "show the JSON Schema of a command's result, or of a file that edgewise reads",
    .operands = "[NAME]",
    .details =
        "Without NAME it tells which there are: one for the result of each command, by its name;\n"
        "envelope, what all results have; target and goals, files that people write.  Each is\n"
        "whole by itself, in JSON Schema 2020-12, and says what each member means and its unit.",
    .offers = schema_offer_names,
    .run = schema_run,
};
