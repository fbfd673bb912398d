#include "checks/tools/mixture.h"

#include "checks/tools/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 3000
/* An answer to one question alone comes at once; a target that refuses it never answers, and is not
 * waited for as long. */
#define ALONE_MS 500

bool mixture_init(struct mixture *m, struct check *c, unsigned index, const size_t *sizes,
                  unsigned count)
{
    *m = (struct mixture){
        .check = c, .client = {.fd = -1}, .to = client_target(c, index), .count = count};
    memcpy(m->sizes, sizes, count * sizeof *sizes);
    for (unsigned i = 0; i < count; i++)
        m->owed[i] = true;
    m->bytes = malloc(CLIENT_ROOM);
    if (!m->bytes)
        check_invalid(c, "no memory for a datagram");
    return m->bytes && client_open(&m->client, c, m->to.any.sa_family) &&
           client_reply_init(&m->reply, c);
}

void mixture_fini(struct mixture *m)
{
    client_close(&m->client);
    client_reply_fini(&m->reply);
    free(m->bytes);
    m->bytes = NULL;
}

/* Position and number are in each byte, so that what is cut, shifted or joined is no other
 * question. */
const uint8_t *mixture_write(struct mixture *m, unsigned number)
{
    for (size_t i = 0; i < m->sizes[number]; i++)
        m->bytes[i] = (uint8_t)(i * 7 + (i >> 8) * 13 + number * 37 + m->check->settings->seed);
    return m->bytes;
}

bool mixture_ask(struct mixture *m, unsigned number)
{
    int err = client_send(&m->client, &m->to, mixture_write(m, number), m->sizes[number]);

    if (err == EMSGSIZE)
        m->owed[number] = false; /* this system's limit, macOS's net.inet.udp.maxdgram */
    else if (err)
        check_invalid(m->check, "%zu bytes could not be sent: %s", m->sizes[number], strerror(err));
    return !check_over(m->check);
}

bool mixture_learn(struct mixture *m)
{
    for (unsigned i = 0; i < m->count && !check_over(m->check); i++) {
        bool came = mixture_ask(m, i) &&
                    client_receive(&m->client, &m->reply, check_ms(m->check, ALONE_MS));

        /* On a busy machine nobody knows yet what it would say. */
        if (!came && !check_over(m->check) && !check_can(m->check, EW_CAN_SPINS) &&
            !target_sleeps(m->check->run))
            check_invalid(m->check, "the target had no processor to answer %zu bytes with",
                          m->sizes[i]);
        m->owed[i] = came && client_judge(&m->reply, &m->to, mixture_write(m, i), m->sizes[i]) ==
                                 CLIENT_ECHO;
    }
    return !check_over(m->check);
}

/* Whose answer it is; -1: nobody's. */
static int mixture_find(struct mixture *m)
{
    for (unsigned i = 0; i < m->count; i++) {
        if (!m->seen[i] && m->sizes[i] == m->reply.length &&
            client_judge(&m->reply, &m->to, mixture_write(m, i), m->sizes[i]) == CLIENT_ECHO)
            return (int)i;
    }
    return -1;
}

/* How many have not come, and which is the first of them. */
static unsigned mixture_missing(const struct mixture *m, size_t *first)
{
    unsigned missing = 0;

    for (unsigned i = m->count; i-- > 0;) {
        if (m->owed[i] && !m->seen[i]) {
            missing++;
            *first = m->sizes[i];
        }
    }
    return missing;
}

/* A wrong datagram often tells more than the silence of others: which of them was cut? */
static void mixture_blame(struct mixture *m, const char *where)
{
    for (unsigned i = 0; i < m->count; i++) {
        if (client_judge(&m->reply, &m->to, mixture_write(m, i), m->sizes[i]) == CLIENT_CUT) {
            check_fail(m->check, "each datagram comes back once, as it was sent",
                       "%s, %zu bytes of one of %zu came", where, m->reply.length, m->sizes[i]);
            return;
        }
    }
    check_fail(m->check, "each datagram comes back once, as it was sent",
               "%s, %zu bytes came that nobody had sent so", where, m->reply.length);
}

bool mixture_collect(struct mixture *m, const char *where)
{
    size_t first = 0;
    unsigned missing;
    int one;

    while ((missing = mixture_missing(m, &first)) > 0 && !check_over(m->check)) {
        if (!client_receive(&m->client, &m->reply, check_ms(m->check, ANSWER_MS))) {
            if (!buffer_overflowed(m->check))
                check_fail(m->check, "an answer to each datagram, as when it comes alone",
                           "%s, %u of %u are missing after %d ms, first the one of %zu bytes",
                           where, missing, m->count, check_ms(m->check, ANSWER_MS), first);
        } else if ((one = mixture_find(m)) >= 0) {
            m->seen[one] = true;
        } else {
            mixture_blame(m, where);
        }
    }
    return !check_over(m->check);
}
