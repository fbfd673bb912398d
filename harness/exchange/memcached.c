/* memcached over UDP: `version`, behind the frame whose request id is the token. */
#include "exchange/codec.h"

#include <string.h>

#define FRAME 8u
#define MEMCACHED_TOKEN 2u
/* What a datagram of its answer has at most. */
#define MEMCACHED_ANSWER_MAX 1400u

static const char memcached_command[] = "version\r\n";
#define MEMCACHED_SIZE (FRAME + sizeof memcached_command - 1)

static size_t memcached_request(const struct exchange *x, uint8_t *out, size_t room,
                                const uint8_t *token, size_t n)
{
    (void)x;
    if (n != MEMCACHED_TOKEN || room < MEMCACHED_SIZE)
        return 0;
    memcpy(out, token, n);
    codec_put(out + 2, 0, 2); /* datagram 0 */
    codec_put(out + 4, 1, 2); /* of 1 */
    codec_put(out + 6, 0, 2);
    memcpy(out + FRAME, memcached_command, sizeof memcached_command - 1);
    return MEMCACHED_SIZE;
}

static bool memcached_begins(const uint8_t *in, size_t length, const char *with)
{
    return length >= strlen(with) && memcmp(in, with, strlen(with)) == 0;
}

/* NULL: none. */
static const char *memcached_refusal(const uint8_t *in, size_t length)
{
    static const char *const names[] = {"ERROR", "CLIENT_ERROR", "SERVER_ERROR"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (memcached_begins(in, length, names[i]))
            return names[i];
    }
    return NULL;
}

/* An answer may come in several datagrams with one request id, in any order (protocol.txt): a
 * version needs one, and more of them would look like as many answers. */
static void memcached_answer(const struct exchange *x, const uint8_t *in, size_t length,
                             struct exchange_answer *a)
{
    const char *refusal = length > FRAME ? memcached_refusal(in + FRAME, length - FRAME) : NULL;

    (void)x;
    if (length < FRAME + 2)
        codec_is_none(a, "shorter than a frame and a line");
    else if (codec_get(in + 2, 2) != 0 || codec_get(in + 4, 2) != 1)
        codec_is_foreign(a, "not one datagram");
    else if (codec_get(in + 6, 2) != 0)
        codec_is_none(a, "its reserved bytes are not zero");
    else if (in[length - 2] != '\r' || in[length - 1] != '\n')
        codec_is_none(a, "not a whole line");
    else if (refusal)
        codec_refuses(a, refusal, in, MEMCACHED_TOKEN);
    else if (memcached_begins(in + FRAME, length - FRAME, memcached_command))
        codec_is_none(a, "a request");
    else if (!memcached_begins(in + FRAME, length - FRAME, "VERSION "))
        codec_is_foreign(a, "an answer to another command");
    else
        codec_answers(a, in, MEMCACHED_TOKEN);
}

const struct protocol protocol_memcached = {
    .name = "memcached",
    .summary = "its version; the frame's request id comes back",
    .details =
        "Asked: the command version, in one datagram whose frame has the token as request id.\n"
        "Answered: VERSION in one datagram with the same id.  Refused: ERROR, CLIENT_ERROR,\n"
        "SERVER_ERROR.\n"
        "On in the server: its UDP port (-U), which is off unless it is said.",
    .source = "memcached's doc/protocol.txt, \"UDP protocol\"",
    .tried = "memcached, as Debian 12 has it",
    .token_bits = 8 * MEMCACHED_TOKEN,
    .smallest = MEMCACHED_SIZE,
    .largest = MEMCACHED_SIZE,
    .answer_room = MEMCACHED_ANSWER_MAX,
    .request = memcached_request,
    .answer = memcached_answer,
};
