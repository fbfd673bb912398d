/* What is sent and never answered: logs, statistics, flows.  There is no token, and so nothing by
 * which an answer could be known. */
#include "exchange/codec.h"

#include <string.h>

#define TEXT_MAX 200u

/* RFC 5424, section 6: user-level, informational, and nothing said. */
static const char default_text[] = "<14>1 - - edgewise - - -";

static const char *text_of(const struct exchange *x)
{
    return x->options[0] ? (const char *)x->options : default_text;
}

static const char *take_text(uint8_t *options, const char *value)
{
    return codec_take_text((char *)options, TEXT_MAX, value);
}

static const struct protocol_option oneway_options[] = {
    {"text", "TEXT", "what is sent (<14>1 - - edgewise - - -, a line of syslog)", take_text},
    {0},
};

static size_t oneway_request(const struct exchange *x, uint8_t *out, size_t room,
                             const uint8_t *token, size_t n)
{
    size_t length = strlen(text_of(x));

    (void)token;
    if (n != 0 || room < length)
        return 0;
    memcpy(out, text_of(x), length);
    return length;
}

static void oneway_answer(const struct exchange *x, const uint8_t *in, size_t length,
                          struct exchange_answer *a)
{
    (void)x, (void)in, (void)length;
    codec_is_none(a, "an answer where none is due");
}

const struct protocol protocol_oneway = {
    .name = "oneway",
    .summary = "what is not answered: syslog, StatsD, NetFlow",
    .details = "Asked: a text, always the same.  Answered: never; what comes back is foreign.",
    .source = "RFC 5424, section 6, and RFC 5426, section 3.1",
    .tried = "nobody, since nothing is answered",
    .token_bits = 0,
    .smallest = 1,
    .largest = TEXT_MAX,
    .options = oneway_options,
    .request = oneway_request,
    .answer = oneway_answer,
};
