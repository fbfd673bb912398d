#include "cli/catalogue.h"

#include "edgewise/server.h"

#define COUNTER_ROW(name, unit, meaning) {#name, meaning, "A counter of the server's page, in " unit "."},

static const struct catalogue_entry counters[] = {EW_SOCKET_COUNTERS(COUNTER_ROW) EW_WORKER_COUNTERS(COUNTER_ROW)};

static bool counter_entry(size_t index, struct catalogue_entry *entry)
{
    if (index >= sizeof counters / sizeof *counters)
        return false;
    *entry = counters[index];
    return true;
}

#define CAPABILITY_ROW(bit, NAME, name, meaning) {name, meaning, "A capability that a server claims."},

static const struct catalogue_entry capabilities[] = {EW_CAPABILITIES(CAPABILITY_ROW)};

static bool capability_entry(size_t index, struct catalogue_entry *entry)
{
    if (index >= sizeof capabilities / sizeof *capabilities)
        return false;
    *entry = capabilities[index];
    return true;
}

const struct catalogue catalogues[] = {
    {"capability", false, capability_entry},
    {"counter", false, counter_entry},
};
const size_t catalogue_count = sizeof catalogues / sizeof *catalogues;
