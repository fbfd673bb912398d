#include "cli/catalogue.h"

#include "checks/chapters/chapters.h"
#include "edgewise/server.h"
#include "exchange/protocol.h"
#ifdef EDGEWISE_SIMULATE
#include "simulate/scenario.h"
#endif

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

/* The terms of flood/ledger.h and flood/flood.h, under their names in the JSON.  By hand, as the
 * ledger knows no texts: a term that is new in the JSON wants its entry here. */
static const struct catalogue_entry terms[] = {
    {"sent", "datagrams that the kernel took from the flood",
     "A refused send is repeated and counted apart, so what is sent is exactly what must be "
     "accounted for:\n"
     "sent = echoed + dropped on the way + by the server's socket + by the server + by our sockets "
     "+ unaccounted."},
    {"echoed", "distinct datagrams that came back intact, on the flow that sent them",
     "Source: a bitmap for each flow."},
    {"lost", "datagrams that were sent and did not come back: sent less echoed", NULL},
    {"refused", "answers that said no, each under the name that the protocol has for it",
     "With --speaks only.  They are no echoes and no losses: sent = echoed + refused + drops + "
     "unaccounted."},
    {"duplicate", "echoes of a datagram that had come back before",
     "Source: a bitmap for each flow."},
    {"reordered", "echoes that came after one of a datagram sent later on the same flow",
     "reorder_extent is the most places by which one came too late."},
    {"corrupt", "datagrams of this run whose bytes are not those that were sent",
     "Source: the checksum over everything."},
    {"truncated", "datagrams of this run that came back shorter than they were sent", NULL},
    {"foreign", "datagrams that are not of this run, or that nobody sent",
     "Source: magic, the run's nonce, the sequence."},
    {"misdirected", "intact datagrams that came back to another flow than their own", NULL},
    {"late", "echoes that took longer than a lost one is waited for; they are among the echoed",
     NULL},
    {"dropped_on_the_way", "datagrams that the loopback interface dropped, its backlog included",
     "Source: the lo row of /proc/net/dev, before and after.  Unknown where the target is "
     "elsewhere."},
    {"dropped_by_server_socket", "datagrams for which the server's receive buffer had no room",
     "Source: SO_MEMINFO of the borrowed socket, else /proc/net/udp."},
    {"dropped_by_server", "datagrams that the server took and says it dropped",
     "Source: the dropped_ counters of its page.  Unknown where it publishes none."},
    {"dropped_by_client_socket", "echoes for which our own receive buffers had no room",
     "Source: SO_MEMINFO of our sockets.  More than a thousandth makes the run INVALID."},
    {"unaccounted", "what is left when every known term is taken from what was sent",
     "With all terms known it must be 0: anything else is a finding.  With unknown terms it is "
     "unattributed: target or\n"
     "below."},
};

static bool term_entry(size_t index, struct catalogue_entry *entry)
{
    if (index >= sizeof terms / sizeof *terms)
        return false;
    *entry = terms[index];
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
    if (n < size)
        snprintf(text + n, size - n, "\nSource: %s.", p->source);
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
    {"counter", false, counter_entry},  {"ledger", false, term_entry},
    {"protocol", true, protocol_entry},
#ifdef EDGEWISE_SIMULATE
    {"scenario", true, scenario_entry},
#endif
};
const size_t catalogue_count = sizeof catalogues / sizeof *catalogues;
