#include "cli/catalogue.h"

#include "bench/floor.h"
#include "bench/traffic.h"
#include "checks/chapters/chapters.h"
#include "cli/embedded.h"
#include "edgewise/server.h"
#include "exchange/protocol.h"
#ifdef EDGEWISE_SIMULATE
#include "simulate/scenario.h"
#endif

#include <jansson.h>
#include <stdio.h>

/* Made of the lists in the ABI, so that no counter can be forgotten here. */
#define COUNTER_ROW(name, unit, KIND, meaning) \
    {#name, meaning, "A counter of the server's page, in " unit "."},

static const struct catalogue_entry counters[] = {EW_SOCKET_COUNTERS(COUNTER_ROW)
                                                      EW_WORKER_COUNTERS(COUNTER_ROW)};

static bool counter_entry(size_t index, struct catalogue_entry *entry)
{
    if (index >= sizeof counters / sizeof *counters)
        return false;
    *entry = counters[index];
    return true;
}

#define CAPABILITY_ROW(bit, NAME, name, meaning) \
    {name, meaning, "A capability that a server claims."},

static const struct catalogue_entry capabilities[] = {EW_CAPABILITIES(CAPABILITY_ROW)};

static bool capability_entry(size_t index, struct catalogue_entry *entry)
{
    if (index >= sizeof capabilities / sizeof *capabilities)
        return false;
    *entry = capabilities[index];
    return true;
}

/* The terms of a flood's ledger are described in the schema of its result, under their names there:
 * the title of each is a line about it.  Read once, and kept as the texts are. */
static json_t *ledger_terms(void)
{
    static _Thread_local json_t *terms;
    json_t *schema, *defs;

    if (terms)
        return terms;
    schema = json_loads(embedded_named(embedded_schemas, "flood")->text, 0, NULL);
    defs = json_object_get(schema, "$defs");
    terms = json_copy(json_object_get(json_object_get(defs, "counts"), "properties"));
    json_object_update(terms, json_object_get(json_object_get(defs, "books"), "properties"));
    json_decref(schema);
    return terms;
}

static bool term_entry(size_t index, struct catalogue_entry *entry)
{
    json_t *terms = ledger_terms();
    void *at = json_object_iter(terms);

    while (at && index-- > 0)
        at = json_object_iter_next(terms, at);
    if (!at)
        return false;
    *entry = (struct catalogue_entry){
        json_object_iter_key(at),
        json_string_value(json_object_get(json_object_iter_value(at), "title")),
        json_string_value(json_object_get(json_object_iter_value(at), "description"))};
    return true;
}

/* The case's own statement: help, CASES.md and this are one text. */
static bool case_entry(size_t index, struct catalogue_entry *entry)
{
    const struct check_case *one = check_case_at(index);

    if (one)
        *entry = (struct catalogue_entry){one->id, one->title, one->statement};
    return one != NULL;
}

/* What it is made of is told with the rows; why, is in bench/floor.h. */
static bool floor_entry(size_t index, struct catalogue_entry *entry)
{
    if (index >= FLOOR_PARTS)
        return false;
    *entry = (struct catalogue_entry){floor_name((enum floor_part)index),
                                      floor_meaning((enum floor_part)index),
                                      "A part of the floor that edgewise bench measures: CPU time, "
                                      "the least of some batches.\nAn echo costs two calls and a "
                                      "line, shared by what is under way, and the copies."};
    return true;
}

/* The row's own line is all there is to say of it; the options that make it are --flows and its
 * like. */
static bool traffic_entry(size_t index, struct catalogue_entry *entry)
{
    if (index >= bench_traffic_count)
        return false;
    *entry = (struct catalogue_entry){bench_traffics[index].name, bench_traffics[index].summary,
                                      "A traffic of edgewise bench --traffic."};
    return true;
}

#ifdef EDGEWISE_SIMULATE
static bool scenario_entry(size_t index, struct catalogue_entry *entry)
{
    if (index >= scenario_count)
        return false;
    *entry = (struct catalogue_entry){scenarios[index]->id, scenarios[index]->title,
                                      scenarios[index]->meaning};
    return true;
}
#endif

/* What a protocol's row says, its options and its source behind it. */
static const char *protocol_details(const struct protocol *p, char *text, size_t size)
{
    size_t n = (size_t)snprintf(text, size, "%s", p->details);

    for (const struct protocol_option *o = p->options; o && o->name && n < size; o++)
        n += (size_t)snprintf(text + n, size - n, "\nOption %s%s%s: %s.", o->name,
                              o->value ? "=" : "", o->value ? o->value : "", o->help);
    if (p->limits && n < size)
        n += (size_t)snprintf(text + n, size - n, "\nRate limits must be off: %s.", p->limits);
    if (n < size)
        snprintf(text + n, size - n, "\nTried against: %s.\nSource: %s.", p->tried, p->source);
    return text;
}

static bool protocol_entry(size_t index, struct catalogue_entry *entry)
{
    static _Thread_local char text[2048]; /* valid until the next entry */

    if (index >= protocol_count)
        return false;
    *entry = (struct catalogue_entry){protocols[index]->name, protocols[index]->summary,
                                      protocol_details(protocols[index], text, sizeof text)};
    return true;
}

/* The only list of kinds; the order is that of edgewise list. */
const struct catalogue catalogues[] = {
    {"case", true, case_entry},         {"capability", false, capability_entry},
    {"counter", false, counter_entry},  {"floor", false, floor_entry},
    {"ledger", false, term_entry},      {"protocol", true, protocol_entry},
#ifdef EDGEWISE_SIMULATE
    {"scenario", true, scenario_entry},
#endif
    {"traffic", true, traffic_entry},
};
const size_t catalogue_count = sizeof catalogues / sizeof *catalogues;
