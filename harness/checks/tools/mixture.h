/* Datagrams of mixed sizes to one port, each with bytes of its own, whose answers may come in any
 * order. */
#ifndef EDGEWISE_CHECK_MIXTURE_H
#define EDGEWISE_CHECK_MIXTURE_H

#include "checks/tools/client.h"

#define MIXTURE_MAX 64

struct mixture {
    struct check *check;
    struct client client;
    struct client_reply reply;
    union address to;
    uint8_t *bytes; /* of the question that is written or compared */
    unsigned count;
    size_t sizes[MIXTURE_MAX];
    bool owed[MIXTURE_MAX]; /* it can be answered, so it must be */
    bool seen[MIXTURE_MAX]; /* it has been */
};

/* For port `index` of the running target, with `count` sizes in the order in which they are sent.
 * False with a verdict; mixture_fini() is due in any case. */
bool mixture_init(struct mixture *m, struct check *c, unsigned index, const size_t *sizes,
                  unsigned count);
void mixture_fini(struct mixture *m);

/* Asks each size alone, once: what the target does not answer even then (it may refuse what is
 * large) it does not owe in a mixture either.  False with a verdict. */
bool mixture_learn(struct mixture *m);

/* Sends question `number`; false with a verdict. */
bool mixture_ask(struct mixture *m, unsigned number);

/* Takes answers until all that are owed have come; FAIL, with `where` in its text, for what is cut,
 * joined, changed, or missing. */
bool mixture_collect(struct mixture *m, const char *where);

/* The bytes of question `number`, `sizes[number]` of them: no two questions have the same, but for
 * empty ones. */
const uint8_t *mixture_write(struct mixture *m, unsigned number);

#endif
