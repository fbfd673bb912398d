#include "flood/books.h"

#include "base/counters.h"
#include "flood/address.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- on the way ---- */

/* The backlog of a processor (softnet_stat) counts its drops for the device too, so the device's
 * row has them all, and has those of this network namespace alone. */
static int64_t loopback_drops(void)
{
    FILE *file = fopen("/proc/net/dev", "r");
    char line[512];
    int64_t found = FLOOD_UNKNOWN;

    while (file && found == FLOOD_UNKNOWN && fgets(line, sizeof line, file)) {
        uint64_t received_errors;
        uint64_t received_drops;
        uint64_t sent_errors;
        uint64_t sent_drops;

        if (sscanf(line,
                   " lo: %*u %*u %" SCNu64 " %" SCNu64 " %*u %*u %*u %*u %*u %*u %" SCNu64
                   " %" SCNu64,
                   &received_errors, &received_drops, &sent_errors, &sent_drops) == 4)
            found = (int64_t)(received_errors + received_drops + sent_errors + sent_drops);
    }
    if (file)
        fclose(file);
    return found;
}

static bool all_local(const struct flood_config *config)
{
    for (unsigned i = 0; i < config->n_addresses; i++) {
        if (!flood_address_is_local(&config->addresses[i]))
            return false;
    }
    return true;
}

/* ---- the server's socket ---- */

static bool is_target_port(const struct flood_config *config, unsigned port)
{
    for (unsigned i = 0; i < config->n_addresses; i++) {
        if (address_port(&config->addresses[i]) == port)
            return true;
    }
    return false;
}

/* Rows of unconnected sockets on our ports: remote address all zeros.  A client that happens to be
 * bound to the same port number at another address would be counted too; its drops do not change
 * meanwhile unless it is flooded itself. */
static bool add_table(const char *path, const struct flood_config *config, int64_t *sum)
{
    FILE *file = fopen(path, "r");
    char line[512];
    bool found = false;

    while (file && fgets(line, sizeof line, file)) {
        unsigned port;
        unsigned remote_port;
        uint64_t drops;

        if (sscanf(line,
                   "%*d: %*[0-9A-F]:%x %*[0-9A-F]:%x %*x %*x:%*x %*x:%*x %*x %*u %*u %*u %*u %*s "
                   "%" SCNu64,
                   &port, &remote_port, &drops) != 3 ||
            remote_port != 0 || !is_target_port(config, port))
            continue;
        *sum += (int64_t)drops;
        found = true;
    }
    if (file)
        fclose(file);
    return found;
}

static int64_t server_socket_drops(const struct flood_config *config)
{
    int64_t sum = 0;
    bool found;

    if (config->server_drops) {
        int64_t drops = config->server_drops(config->context);

        return drops < 0 ? FLOOD_UNKNOWN : drops;
    }
    if (!all_local(config))
        return FLOOD_UNKNOWN;
    found = add_table("/proc/net/udp", config, &sum);
    found |= add_table("/proc/net/udp6", config, &sum);
    return found ? sum : FLOOD_UNKNOWN;
}

/* ---- the server ---- */

static int64_t books_server_drops(const struct flood_config *config)
{
    int64_t told;

    if (config->page && config->page->magic == EW_PAGE_MAGIC)
        return counters_drops(config->page);
    told = config->told_drops ? config->told_drops(config->context) : -1;
    return told < 0 ? FLOOD_UNKNOWN : told;
}

void books_read(struct books_reading *r, const struct flood_config *config)
{
    r->way = all_local(config) ? loopback_drops() : FLOOD_UNKNOWN;
    r->server_socket = server_socket_drops(config);
    r->server = books_server_drops(config);
}

/* ---- the balance ---- */

static int64_t difference(int64_t before, int64_t after)
{
    return before == FLOOD_UNKNOWN || after == FLOOD_UNKNOWN ? FLOOD_UNKNOWN : after - before;
}

/* The sockets are new with each run, so their counts need no reading before. */
static int64_t books_client_drops(const struct flow *flows, uint32_t n_flows)
{
    int64_t sum = 0;

    for (uint32_t i = 0; i < n_flows; i++) {
        int64_t drops = flow_drops(&flows[i]);

        if (drops == FLOOD_UNKNOWN)
            return FLOOD_UNKNOWN;
        sum += drops;
    }
    return sum;
}

/* Unknown terms are left out and not estimated: what they hide shows in the rest, which is then
 * called unattributed. */
void books_balance(struct flood_books *b, const struct books_reading *before,
                   const struct books_reading *after, const struct flow *flows, uint32_t n_flows,
                   const struct ledger_counts *counts)
{
    const int64_t *terms[] = {&b->way, &b->server_socket, &b->server, &b->client_socket};

    b->way = difference(before->way, after->way);
    b->server_socket = difference(before->server_socket, after->server_socket);
    b->server = difference(before->server, after->server);
    b->client_socket = books_client_drops(flows, n_flows);
    b->unaccounted = (int64_t)(counts->sent - ledger_answered(counts));
    b->attributed = true;
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        if (*terms[i] == FLOOD_UNKNOWN)
            b->attributed = false;
        else
            b->unaccounted -= *terms[i];
    }
}

/* ---- the machine ---- */

void steal_read(struct steal_reading *r)
{
    FILE *file = fopen("/proc/stat", "r");
    uint64_t t[8] = {0};

    *r = (struct steal_reading){0};
    if (!file)
        return;
    if (fscanf(file,
               "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
               " %" SCNu64 " %" SCNu64,
               &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) == 8) {
        r->stolen = t[7];
        for (size_t i = 0; i < 8; i++)
            r->total += t[i];
    }
    fclose(file);
}

/* /proc/stat counts ticks of 10 ms, of all processors together.  One that happens to fall into ten
 * would be a tenth of the time, and a flood of a few datagrams be spoiled by it. */
#define STEAL_TICKS_LEAST 50

double steal_part(const struct steal_reading *before, const struct steal_reading *after)
{
    if (after->total < before->total + STEAL_TICKS_LEAST)
        return -1;
    return (double)(after->stolen - before->stolen) / (double)(after->total - before->total);
}
