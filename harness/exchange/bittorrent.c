/* A BitTorrent tracker: the request to connect; the token is its transaction id. */
#include "exchange/codec.h"

#include <string.h>

#define BITTORRENT_SIZE 16u
#define BITTORRENT_TOKEN 4u
#define CONNECT 0u
#define ACTION_ERROR 3u
/* BEP 15's magic constant: by it alone a tracker knows a request to connect. */
#define PROTOCOL_ID UINT64_C(0x41727101980)
/* An error has a text. */
#define BITTORRENT_ANSWER_MAX 512u

static size_t bittorrent_request(const struct exchange *x, uint8_t *out, size_t room,
                                 const uint8_t *token, size_t n)
{
    (void)x;
    if (n != BITTORRENT_TOKEN || room < BITTORRENT_SIZE)
        return 0;
    codec_put(out, PROTOCOL_ID, 8);
    codec_put(out + 8, CONNECT, 4);
    memcpy(out + 12, token, n);
    return BITTORRENT_SIZE;
}

/* Errors first: their text may have any length, and the answer to connect has one. */
static void bittorrent_answer(const struct exchange *x, const uint8_t *in, size_t length,
                              struct exchange_answer *a)
{
    unsigned action = length >= 8 ? (unsigned)codec_get(in, 4) : 0;

    (void)x;
    if (length < 8)
        codec_is_none(a, "shorter than a header");
    else if (action == ACTION_ERROR)
        codec_refuses(a, "error", in + 4, BITTORRENT_TOKEN);
    else if (action == 1 || action == 2)
        codec_is_foreign(a, "an answer to another action");
    else if (action != CONNECT)
        codec_is_none(a, "of no action");
    else if (length != BITTORRENT_SIZE)
        codec_is_none(a, "not as long as an answer to connect");
    else
        codec_answers(a, in + 4, BITTORRENT_TOKEN);
}

const struct protocol protocol_bittorrent = {
    .name = "bittorrent",
    .summary = "connecting to a tracker; the transaction id comes back",
    .details =
        "Asked: to connect, the token as transaction id.  Answered: action 0 with the same id\n"
        "and a connection id.  Refused: action 3, an error.",
    .source = "BEP 15, \"UDP Tracker Protocol for BitTorrent\"",
    .tried = "opentracker, as Debian 12 has it",
    .token_bits = 8 * BITTORRENT_TOKEN,
    .smallest = BITTORRENT_SIZE,
    .largest = BITTORRENT_SIZE,
    .answer_room = BITTORRENT_ANSWER_MAX,
    .request = bittorrent_request,
    .answer = bittorrent_answer,
};
