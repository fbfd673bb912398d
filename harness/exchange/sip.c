/* SIP: OPTIONS; the token, in hexadecimal, is the branch of the Via, and in the Call-ID and the
 * From's tag, too. */
#include "exchange/codec.h"

#include <stdio.h>
#include <string.h>

#define SIP_TOKEN 16u
#define SIP_DIGITS (2 * SIP_TOKEN)
#define URI_MAX 100u
#define SIP_ANSWER_MAX 1500u
#define SIP_LARGEST 640u
/* RFC 3261, section 8.1.1.7: a branch of this specification. */
#define COOKIE "z9hG4bK"

static const char *uri_of(const struct exchange *x)
{
    return x->options[0] ? (const char *)x->options : "sip:127.0.0.1";
}

static const char *take_uri(uint8_t *options, const char *value)
{
    for (const char *c = value; *c; c++) {
        if (*c <= ' ' || *c > '~')
            return "must be a URI like 'sip:127.0.0.1'";
    }
    return codec_take_text((char *)options, URI_MAX, value);
}

static const struct protocol_option sip_options[] = {
    {"uri", "URI", "whose options are asked for (sip:127.0.0.1)", take_uri},
    {0},
};

/* rport (RFC 3581): answered to where it came from, since our port is not known here. */
static size_t sip_request(const struct exchange *x, uint8_t *out, size_t room, const uint8_t *token,
                          size_t n)
{
    char digits[SIP_DIGITS + 1] = "", text[SIP_LARGEST + 1];
    int length;

    if (n != SIP_TOKEN)
        return 0;
    codec_put_hex(digits, token, n);
    length = snprintf(text, sizeof text,
                      "OPTIONS %s SIP/2.0\r\n"
                      "Via: SIP/2.0/UDP 127.0.0.1;rport;branch=" COOKIE "%s\r\n"
                      "Max-Forwards: 70\r\n"
                      "From: <sip:edgewise@127.0.0.1>;tag=%s\r\n"
                      "To: <%s>\r\n"
                      "Call-ID: %s\r\n"
                      "CSeq: 1 OPTIONS\r\n"
                      "Content-Length: 0\r\n"
                      "\r\n",
                      uri_of(x), digits, digits, uri_of(x), digits);
    if (length < 0 || (size_t)length >= sizeof text || (size_t)length > room)
        return 0;
    memcpy(out, text, (size_t)length);
    return (size_t)length;
}

/* ---- what came back ---- */

/* RFC 3261, section 21 */
static const struct codec_name sip_statuses[] = {
    {301, "301 Moved Permanently"},
    {302, "302 Moved Temporarily"},
    {400, "400 Bad Request"},
    {401, "401 Unauthorized"},
    {403, "403 Forbidden"},
    {404, "404 Not Found"},
    {405, "405 Method Not Allowed"},
    {407, "407 Proxy Authentication Required"},
    {408, "408 Request Timeout"},
    {415, "415 Unsupported Media Type"},
    {420, "420 Bad Extension"},
    {480, "480 Temporarily Unavailable"},
    {481, "481 Call/Transaction Does Not Exist"},
    {483, "483 Too Many Hops"},
    {484, "484 Address Incomplete"},
    {500, "500 Server Internal Error"},
    {501, "501 Not Implemented"},
    {503, "503 Service Unavailable"},
    {505, "505 Version Not Supported"},
    {603, "603 Decline"},
    {0, NULL},
};
static const char *const sip_classes[] = {"3xx", "4xx", "5xx", "6xx"};

struct sip_text {
    const char *at;
    size_t length;
};

/* Takes a line with its end off; false: there is none. */
static bool take_line(struct sip_text *in, struct sip_text *line)
{
    for (size_t i = 0; i + 1 < in->length; i++) {
        if (in->at[i] != '\r' || in->at[i + 1] != '\n')
            continue;
        *line = (struct sip_text){in->at, i};
        in->at += i + 2;
        in->length -= i + 2;
        return true;
    }
    return false;
}

static bool is_letter_of(char c, char lower)
{
    return (c | 0x20) == lower || c == lower;
}

/* Names of headers in any case; what follows the colon and blanks, else NULL. */
static const char *header_value(const struct sip_text *line, const char *name, size_t *length)
{
    size_t n = strlen(name), at = n;

    if (line->length < n)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (!is_letter_of(line->at[i], name[i]))
            return NULL;
    }
    while (at < line->length && line->at[at] == ' ')
        at++;
    if (at == line->length || line->at[at++] != ':')
        return NULL;
    while (at < line->length && line->at[at] == ' ')
        at++;
    *length = line->length - at;
    return line->at + at;
}

/* A header by its name or its short form (section 7.3.3); NULL: neither. */
static const char *value_of(const struct sip_text *line, const char *name, const char *brief,
                            size_t *length)
{
    const char *value = header_value(line, name, length);

    return value ? value : header_value(line, brief, length);
}

struct sip_parts {
    uint8_t branch[SIP_TOKEN], call[SIP_TOKEN];
    bool has_branch, has_call, has_method, whole;
};

/* The branch of the topmost Via.  Searched for, because a Via's parameters come in any order, and
 * the server puts in `received` and fills `rport` (section 18.2.1, RFC 3581). */
static bool take_branch(const char *value, size_t length, uint8_t *token)
{
    static const char key[] = "branch=" COOKIE;

    for (size_t at = 0; at + sizeof key - 1 + SIP_DIGITS <= length; at++) {
        if (memcmp(value + at, key, sizeof key - 1) == 0)
            return codec_get_hex((const uint8_t *)value + at + sizeof key - 1, token, SIP_TOKEN);
    }
    return false;
}

/* The first Via alone: all of a request's come back (section 8.2.6.2), and ours is the topmost. */
static void take_header(const struct sip_text *line, struct sip_parts *p)
{
    size_t length;
    const char *value;

    if ((value = value_of(line, "via", "v", &length)) != NULL && !p->has_branch)
        p->has_branch = take_branch(value, length, p->branch);
    if ((value = value_of(line, "call-id", "i", &length)) != NULL && length == SIP_DIGITS)
        p->has_call = codec_get_hex((const uint8_t *)value, p->call, SIP_TOKEN);
    if ((value = header_value(line, "cseq", &length)) != NULL)
        p->has_method = length == sizeof "1 OPTIONS" - 1 && memcmp(value, "1 OPTIONS", length) == 0;
}

static void take_headers(struct sip_text in, struct sip_parts *p)
{
    struct sip_text line;

    *p = (struct sip_parts){0};
    while (take_line(&in, &line)) {
        if (line.length == 0) {
            p->whole = true;
            return;
        }
        take_header(&line, p);
    }
}

/* "SIP/2.0 200 OK"; 0: not so. */
static unsigned status_of(const struct sip_text *line)
{
    static const char version[] = "SIP/2.0 ";
    const char *digits = line->at + sizeof version - 1;

    if (line->length < sizeof version - 1 + 4 ||
        memcmp(line->at, version, sizeof version - 1) != 0 || digits[3] != ' ')
        return 0;
    for (unsigned i = 0; i < 3; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return 0;
    }
    return (unsigned)(digits[0] - '0') * 100 + (unsigned)(digits[1] - '0') * 10 +
           (unsigned)(digits[2] - '0');
}

/* A provisional answer is followed by a final one (section 7.2): both would be two answers to one
 * request. */
static void sip_response(unsigned status, const struct sip_parts *p, struct exchange_answer *a)
{
    if (!p->has_branch || !p->has_call || memcmp(p->branch, p->call, SIP_TOKEN) != 0)
        codec_is_foreign(a, "another branch or Call-ID");
    else if (!p->has_method)
        codec_is_foreign(a, "an answer to another method");
    else if (status < 200)
        codec_is_foreign(a, "a provisional answer");
    else if (status < 300)
        codec_answers(a, p->branch, SIP_TOKEN);
    else
        codec_refuses(a, codec_name_of(sip_statuses, status, sip_classes[status / 100 - 3]),
                      p->branch, SIP_TOKEN);
}

static void sip_answer(const struct exchange *x, const uint8_t *in, size_t length,
                       struct exchange_answer *a)
{
    struct sip_text text = {(const char *)in, length}, line = {NULL, 0};
    unsigned status = take_line(&text, &line) ? status_of(&line) : 0;
    struct sip_parts parts;

    (void)x;
    take_headers(text, &parts);
    if (status < 100 || status >= 700)
        codec_is_none(a, "no status line");
    else if (!parts.whole)
        codec_is_none(a, "no end of its headers");
    else
        sip_response(status, &parts, a);
}

const struct protocol protocol_sip = {
    .name = "sip",
    .summary = "OPTIONS; the branch of the Via, the Call-ID and the From's tag come back",
    .details =
        "Asked: OPTIONS, the token in hexadecimal as branch, Call-ID and tag.  Answered: any 2xx\n"
        "with the same branch and Call-ID and CSeq 1 OPTIONS.  Refused: 3xx to 6xx, by name.  A\n"
        "provisional answer (1xx) is counted as foreign.",
    .limits = "Kamailio's pike",
    .source = "RFC 3261, sections 8.2.6.2, 11 and 21",
    .tried = "Kamailio, as Debian 12 has it",
    .token_bits = 8 * SIP_TOKEN,
    .smallest = 300,
    .largest = SIP_LARGEST,
    .answer_room = SIP_ANSWER_MAX,
    .options = sip_options,
    .request = sip_request,
    .answer = sip_answer,
};
