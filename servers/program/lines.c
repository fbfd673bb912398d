#include "program/lines.h"

#include <arpa/inet.h>
#include <stdio.h>

#define ADDRESS_TEXT (INET6_ADDRSTRLEN + 10)

/* An IPv6 address in brackets, or its port would look like a part of it. */
static void format_address(const struct sockaddr *address, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "?";

    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)address;

        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        snprintf(text, size, "[%s]:%u", host, ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in = (const void *)address;

        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(text, size, "%s:%u", host, ntohs(in->sin_port));
    }
}

/* The lines of the originals: those of ten sockets say where a datagram went, and end without a
 * full stop. */
static void print_received(const struct ew_description *server, const struct ew_log_entry *e,
                           const char *peer)
{
    char local[ADDRESS_TEXT];

    if (server->capabilities & EW_CAN_REPLY) {
        format_address(e->local, local, sizeof local);
        printf("recv %llu bytes from %s at %s\n", (unsigned long long)e->bytes, peer, local);
    } else {
        printf("recv %llu bytes from %s.\n", (unsigned long long)e->bytes, peer);
    }
}

void program_print_line(const struct ew_description *server, const struct ew_log_entry *e)
{
    char peer[ADDRESS_TEXT] = "";

    if (e->peer)
        format_address(e->peer, peer, sizeof peer);
    switch (e->kind) {
    case EW_LOG_RECEIVED: print_received(server, e, peer); break;
    case EW_LOG_PENDING: printf("total pending writes: %lld\n", (long long)e->value); break;
    case EW_LOG_SENT: printf("sent %llu bytes to %s.\n", (unsigned long long)e->bytes, peer); break;
    case EW_LOG_DROPPED: printf("%s.\n", e->text); break;
    case EW_LOG_POLL: printf("Future #%u poll()...\n", e->socket); break;
    case EW_LOG_TEXT:
    case EW_LOG_TRACE: printf("%s\n", e->text); break;
    default: break;
    }
}

/* ---- counters ---- */

static void add_counter(uint64_t *total, const ew_counter *counter, enum ew_counter_kind kind)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);

    if (kind != EW_COUNTER_MAXIMUM)
        *total += value;
    else if (value > *total)
        *total = value;
}

#define ADD_COUNTER(name, unit, KIND, meaning) \
    add_counter(&total.name, &slot->name, EW_COUNTER_##KIND);
#define PRINT_COUNTER(name, unit, KIND, meaning) \
    printf("%-20s %12llu %s\n", #name, (unsigned long long)total.name, unit);
#define PLAIN_MEMBER(name, unit, KIND, meaning) uint64_t name;

/* A counter's row says how its slots are added up, so a new one is printed rightly by itself. */
void program_print_stats(const struct ew_page *page)
{
    struct {
        EW_SOCKET_COUNTERS(PLAIN_MEMBER)
        EW_WORKER_COUNTERS(PLAIN_MEMBER)
    } total = {0};

    for (unsigned i = 0; i < page->sockets; i++) {
        const struct ew_socket_counters *slot = &ew_page_socket(page, i)->counters;

        EW_SOCKET_COUNTERS(ADD_COUNTER)
    }
    for (unsigned i = 0; i <= page->workers; i++) {
        const struct ew_worker_counters *slot = ew_page_worker(page, i);

        EW_WORKER_COUNTERS(ADD_COUNTER)
    }
    EW_SOCKET_COUNTERS(PRINT_COUNTER)
    EW_WORKER_COUNTERS(PRINT_COUNTER)
}
