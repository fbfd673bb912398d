/* edgewise torture: what it found, for people, as cases and as JSON. */
#include "cli/torture.h"

#include "cli/terminal.h"

#include <inttypes.h>
#include <string.h>

#define CALL_WIDTH 16

/* The same in the result and on a line of --resume, so that either can be read as the other. */
json_t *torture_cell_json(const struct torture_cell *cell)
{
    return json_pack("{s:s, s:s, s:I, s:b, s:s, s:s}", "call", cell->row->call, "errno",
                     cell->row->error_name, "k", (json_int_t)cell->nth, "lasting", cell->lasting,
                     "outcome", torture_outcome_name(cell->outcome), "detail", cell->detail);
}

/* What was not reached with a later k says nothing of the pair. */
void torture_found_add(struct torture_found *found, const struct torture_cell *cell, double seconds)
{
    struct torture_pair *pair = &found->pairs[cell->row - torture_table];

    pair->wanted = true;
    pair->seconds += seconds;
    if (cell->outcome == TORTURE_NOT_REACHED)
        found->not_reached++;
    else if (cell->outcome == TORTURE_NOT_FINISHED)
        found->not_finished++;
    else
        found->tried++;
    if (cell->outcome > pair->worst) {
        pair->worst = cell->outcome;
        snprintf(pair->detail, sizeof pair->detail, "%s", cell->detail);
    }
    json_array_append_new(found->cells, torture_cell_json(cell));
}

/* ---- for people ---- */

/* A call's errors by what became of them: an empty group is not mentioned. */
static bool torture_has(const struct torture_found *found, const char *call,
                        enum torture_outcome outcome)
{
    for (size_t i = 0; i < torture_table_count; i++) {
        if (found->pairs[i].wanted && found->pairs[i].worst == outcome &&
            strcmp(torture_table[i].call, call) == 0)
            return true;
    }
    return false;
}

/* Adds "OUTCOME: ERRNO ERRNO" behind what is there.  The room is for every errno of the table once:
 * no call has them all. */
static void torture_put_errors(const struct torture_found *found, const char *call,
                               enum torture_outcome outcome, char *text, size_t size)
{
    size_t n = strlen(text);

    n += (size_t)snprintf(text + n, size - n, "%s%s:", n ? "; " : "",
                          torture_outcome_name(outcome));
    for (size_t i = 0; i < torture_table_count && n < size; i++) {
        if (found->pairs[i].wanted && found->pairs[i].worst == outcome &&
            strcmp(torture_table[i].call, call) == 0)
            n += (size_t)snprintf(text + n, size - n, " %s", torture_table[i].error_name);
    }
}

/* Calls that it never made would be most of the lines; the JSON has them. */
static void torture_print_call(const struct cli *cli, const struct torture_found *found,
                               const char *call)
{
    char text[512] = "";

    for (int o = TORTURE_OUTCOMES - 1; o > TORTURE_NOT_REACHED; o--) {
        if (torture_has(found, call, (enum torture_outcome)o))
            torture_put_errors(found, call, (enum torture_outcome)o, text, sizeof text);
    }
    if (*text)
        cli_put_row(cli, CALL_WIDTH, call, text);
}

/* Each with its cell, so that it can be made again alone: --call, --errno. */
static void torture_print_findings(const struct cli *cli, const struct torture_found *found)
{
    size_t i;
    json_t *cell;

    json_array_foreach(found->cells, i, cell)
    {
        const char *call, *error, *outcome, *detail;
        json_int_t nth;
        int lasting;

        json_unpack(cell, "{s:s, s:s, s:I, s:b, s:s, s:s}", "call", &call, "errno", &error, "k",
                    &nth, "lasting", &lasting, "outcome", &outcome, "detail", &detail);
        if (torture_is_finding(torture_outcome_named(outcome)))
            fprintf(cli->text, "%s: %s %s, k %" JSON_INTEGER_FORMAT "%s: %s\n", outcome, call,
                    error, nth, lasting ? ", lastingly" : "", detail);
    }
}

/* The rows of a call stand together in the table, so that its first one stands for the call. */
void torture_print(const struct cli *cli, const struct torture_found *found)
{
    fprintf(cli->text, "%s\n", found->target->name);
    for (size_t i = 0; i < torture_table_count; i++) {
        if (i == 0 || strcmp(torture_table[i].call, torture_table[i - 1].call) != 0)
            torture_print_call(cli, found, torture_table[i].call);
    }
    torture_print_findings(cli, found);
    fprintf(cli->text, "%u cells tried", found->tried);
    if (found->known > 0)
        fprintf(cli->text, " (%u of them before)", found->known);
    fprintf(cli->text, ", %u left out: %u not reached, %u not finished.\n",
            found->not_reached + found->not_finished, found->not_reached, found->not_finished);
}

/* ---- for programs ---- */

/* A pair for which the time was not enough is no failure, and no success. */
static enum verdict torture_verdict(enum torture_outcome worst)
{
    if (worst == TORTURE_NOT_REACHED || worst == TORTURE_NOT_FINISHED)
        return VERDICT_UNSUPPORTED;
    return torture_is_finding(worst) ? VERDICT_FAIL : VERDICT_PASS;
}

/* The case is the pair: its cells are too many for a list that people read.  What its target file
 * knows is known of all pairs that it happens to. */
static void torture_record_pair(struct cli *cli, const struct torture_found *found, size_t i)
{
    const struct torture_pair *pair = &found->pairs[i];
    const struct torture_row *row = &torture_table[i];
    const char *why = json_string_value(
        json_object_get(found->target->torture, torture_outcome_name(pair->worst)));
    char id[64], reason[512];

    snprintf(id, sizeof id, "%s-%s", row->call, row->error_name);
    snprintf(reason, sizeof reason, "%s%s%s", torture_outcome_name(pair->worst),
             *pair->detail ? ": " : "", pair->detail);
    cli_case(cli, found->target->name, id, torture_verdict(pair->worst), pair->seconds, reason);
    if (why) {
        snprintf(reason, sizeof reason, "%s: %s", verdict_name(VERDICT_FAIL), why);
        cli_case_known(cli, reason, true);
    }
}

/* The matrix has what was not reached, too: absence is visible. */
json_t *torture_record(struct cli *cli, const struct torture_found *found)
{
    json_t *matrix = json_object();

    for (size_t i = 0; i < torture_table_count; i++) {
        const struct torture_row *row = &torture_table[i];
        const char *outcome = torture_outcome_name(found->pairs[i].worst);

        if (!found->pairs[i].wanted)
            continue;
        if (!json_object_get(matrix, row->call))
            json_object_set_new(matrix, row->call, json_object());
        json_object_set_new(json_object_get(matrix, row->call), row->error_name,
                            json_string(outcome));
        torture_record_pair(cli, found, i);
    }
    return json_pack("{s:s, s:i, s:i, s:i, s:o, s:O}", "target", found->target->name, "tried",
                     (int)found->tried, "not_reached", (int)found->not_reached, "not_finished",
                     (int)found->not_finished, "matrix", matrix, "cells", found->cells);
}
