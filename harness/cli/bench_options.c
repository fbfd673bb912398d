#include "cli/bench_options.h"

#include "base/clock.h"
#include "bench/traffic.h"
#include "cli/flood_options.h"
#include "program/settings.h"

/* Rounds at most, for each that was asked for. */
#define UNTIL_TIMES 10

/* A name is looked for at once: a wrong one is told with the option. */
static int take_traffic(const struct cli_option *o, void *into, const char *value,
                        struct error *error)
{
    const char **name = into;

    *name = value;
    if (bench_traffic_named(value))
        return 0;
    return error_set(error, STATUS_USAGE,
                     "--%s: no traffic is called '%s'; edgewise list shows them", o->name, value);
}

/* With what each is, as the shells show it. */
static void offer_traffics(struct cli_offers *offers)
{
    for (size_t i = 0; i < bench_traffic_count; i++)
        cli_offer(offers, bench_traffics[i].name, bench_traffics[i].summary);
}

/* 48 bytes are the smallest echo that can be judged: the generator's header (PAYLOAD_MIN). */
const struct cli_option bench_options[] = {
    {"rounds", "N", "every target once a round (10; --scale full: 30)",
     CLI_U32(struct bench_command, config.rounds, 1, 10000)},
    {"until", "PERCENT",
     "go on until no ratio's interval is wider, for ten times as many rounds at most",
     CLI_U32(struct bench_command, config.until, 1, 100)},
    {"sample-ms", "N", "load for each sample, in milliseconds (300)",
     CLI_MILLISECONDS(struct bench_command, config.sample_ns, 1, 60000)},
    {"traffic", "NAME", "a named traffic, which other options may change; edgewise list shows them",
     .take = take_traffic, .offset = offsetof(struct bench_command, traffic),
     .offers = offer_traffics},
    {"curve", "rate|sockets|flows|size|workers",
     "compare at several values of this parameter; rate is per cent of each target's highest rate",
     CLI_WORD(struct bench_command, curve)},
    {"values", "N,...",
     "of --curve (rate 10,25,50,75,90; sockets and flows 1,10,100,1000; size "
     "64,256,512,1024,1400; workers 1,2)",
     CLI_SIZES(struct bench_command, values)},
    {"size", "N|N,...|N-N",
     "bytes of a request: fixed, in turn, or evenly from a range (64; of what is no echo: its "
     "least)",
     CLI_SIZES(struct bench_command, config.sizes)},
    {"active", "N", "send to the first N ports of --sockets only (all)",
     CLI_U32(struct bench_command, config.active, 1, 65535)},
    {"flows", "N", "source ports, spread over the ports (one for each)",
     CLI_U32(struct bench_command, config.flows, 1, FLOOD_FLOWS_MAX)},
    {"batch", "plain|mmsg|gso",
     "how the generator sends: see edgewise flood; gso receives trains, too (mmsg)",
     CLI_CHOICE(struct bench_command, config.batch, FLOOD_BATCH_PLAIN)},
    {"window", "N", "datagrams under way for each flow (32)",
     CLI_U32(struct bench_command, config.window, 1, 65536)},
    {"baseline", "NAME", "compare with this target (the first one)",
     CLI_TEXT(struct bench_command, baseline), .offers = cli_offer_servers},
    {"goals", "FILE", "what ratios are to be at most, as JSON (those of our own servers)",
     CLI_FILE(struct bench_command, goals_path)},
    {"format", "text|bencher",
     "what the standard output gets: a report, or what Bencher reads (text)",
     CLI_CHOICE(struct bench_command, format, FORMAT_TEXT)},
    {"no-pin", NULL, "leave client and server to the scheduler",
     CLI_FLAG(struct bench_command, no_pin)},
    {0},
};

/* The targets' options are copied: a named traffic may ask for more sockets, and what the command
 * line says of them goes before that. */
void bench_settle(struct cli *cli, struct bench_command *b)
{
    struct bench_config *c = &b->config;

    if (c->rounds == 0)
        c->rounds = cli->scale == SCALE_FULL ? 30 : 10;
    if (c->until) {
        c->least = c->rounds;
        c->rounds *= UNTIL_TIMES;
    }
    if (c->sample_ns == 0)
        c->sample_ns = 300 * NS_PER_MS;
    c->seed = cli->seed;
    c->target = cli->targets.options;
    if (b->sockets)
        c->target.sockets = b->sockets;
    if (b->workers)
        c->target.server.workers = b->workers;
    bench_traffic_settle(c, b->traffic ? bench_traffic_named(b->traffic) : NULL);
}

/* As --size takes them; a text for the reader, who can give it again. */
static json_t *sizes_json(const struct sizes *sizes)
{
    char text[SIZES_MAX * 7] = "";
    size_t n = 0;

    if (sizes->count == 0 && sizes->list[0] == 0)
        return json_null();
    if (sizes->count == 0)
        snprintf(text, sizeof text, "%u-%u", sizes->list[0], sizes->list[1]);
    for (unsigned i = 0; i < sizes->count; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, i ? ",%u" : "%u", sizes->list[i]);
    return json_string(text);
}

/* By the names of their options, and as those read them.  What is the default is left out, so that
 * a setting which comes to be added changes no result of who does not use it. */
static json_t *settings_json(const struct target_options *o)
{
    json_t *settings = json_object();
    char text[300];

    for (size_t i = 0; i < ew_settings_count; i++) {
        if (ew_setting_give(&ew_settings[i], &o->server, text, sizeof text))
            json_object_set_new(settings, ew_settings[i].name, json_string(text));
    }
    return settings;
}

/* `size` was there before there were several: it stays where it is one. */
json_t *bench_config_json(const struct bench_command *b)
{
    static const char *const batches[] = {"best", "plain", "mmsg", "gso"};
    const struct bench_config *c = &b->config;

    return json_pack(
        "{s:i, s:o, s:f, s:o, s:o, s:i, s:i, s:i, s:i, s:s, s:s?, s:o, s:o, s:o}", "rounds",
        (int)c->rounds, "until", c->until ? json_integer(c->until) : json_null(), "sample_s",
        (double)c->sample_ns / NS_PER_S, "size",
        c->sizes.count == 1 ? json_integer(c->sizes.list[0]) : json_null(), "sizes",
        sizes_json(&c->sizes), "sockets", (int)c->target.sockets, "active", (int)c->active, "flows",
        (int)c->flows, "window", (int)c->window, "batch", batches[c->batch], "traffic", b->traffic,
        "client_cpu", c->client_cpu ? json_integer(c->client_cpu - 1) : json_null(), "server_cpu",
        c->target.cpu ? json_integer(c->target.cpu - 1) : json_null(), "settings",
        settings_json(&c->target));
}
