#include "checks/tools/limit.h"

#include "checks/tools/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* So many bits a second for each byte of an answer are two or three answers a second, fewer where
 * all takes longer: next to nothing while the target is watched, and no long wait for the limit's
 * end, which the kernel learns of when the next one is due. */
#define RATE_HELD 22
#define RATE_FREE 100000000
/* Of IP and UDP. */
#define HEADERS_SIZE 28

/* The queue is so long that nothing is dropped in it.  Changed, the bucket is full again, whatever
 * was owed: a class of HTB would have to work off first what one large packet has overdrawn. */
#define BUCKET "1:2 handle 2: tbf burst %d limit 10000000 rate %ubit"

/* The command in words of its own.  The library beneath tc(8), by which it talks to the kernel
 * (rtnetlink(7)), would be more code than all of this file. */
static int tc(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int tc(const char *format, ...)
{
    char line[256], *words[32], *rest = NULL;
    size_t n = 0;
    va_list list;

    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    for (char *word = strtok_r(line, " ", &rest); word && n < 31; word = strtok_r(NULL, " ", &rest))
        words[n++] = word;
    words[n] = NULL;
    return command_run(words);
}

static unsigned rate_held(const struct check *c, size_t size)
{
    unsigned rate = RATE_HELD * (unsigned)(size + HEADERS_SIZE);

    return c->settings->timeout_scale > 1 ? (unsigned)(rate / c->settings->timeout_scale) + 1
                                          : rate;
}

static bool limit_change(struct check *c, unsigned rate)
{
    if (tc("tc qdisc change dev lo parent " BUCKET, LIMIT_BURST, rate) == 0)
        return true;
    check_invalid(c, "the limit of what the target sends cannot be changed");
    return false;
}

/* By source port, so that questions pass and answers do not, and what the network itself has to say
 * is untouched.  What has no class passes unlimited (default 0). */
bool limit_begin(struct check *c, unsigned port, size_t size)
{
    if (tc("tc qdisc add dev lo root handle 1: htb default 0") == 0 &&
        tc("tc class add dev lo parent 1: classid 1:2 htb rate 10gbit quantum 60000") == 0 &&
        tc("tc qdisc add dev lo parent " BUCKET, LIMIT_BURST, rate_held(c, size)) == 0 &&
        tc("tc filter add dev lo parent 1: protocol ip u32 match ip sport %u 0xffff flowid 1:2",
           port) == 0)
        return true;
    check_unsupported(c, "what a target sends can only be limited by tc(8) with HTB and TBF, and "
                         "that does not work here");
    return false;
}

bool limit_again(struct check *c, size_t size)
{
    return limit_change(c, rate_held(c, size));
}

bool limit_lift(struct check *c)
{
    return limit_change(c, RATE_FREE);
}
