/* The queue of registrations and the awakener's state, as in ../../queue.c, awakener.c and poll.c: two producers push two
 * links each, and a poller takes them all.
 *
 * Each process writes through a store buffer, from which memory takes the oldest store at any time; only the sequentially
 * consistent operations wait until their own buffer is empty.  What is proven:
 *   1. no wake-up is lost: the poller never waits for ever (an invalid end state would be found),
 *   2. at most one write for each announced sleep,
 *   3. none between the reset to awake and the next announcement.  A write counts where it is decided, at the exchange; the
 *      system call may come late, which costs one early return of a poll.
 *
 * RELAXED takes the sequential consistency away: then 1 must fail.  FORM_2017 is the original's: no reset unless a link was
 * taken: then 3 must fail. */
#define PRODUCERS 2
#define PUSHES 2
#define LINKS (PRODUCERS * PUSHES)
#define POLLER PRODUCERS

#define STUB 0 /* links are 1 to LINKS */
#define NIL 9

#define STATE (LINKS + 1) /* memory: next[] of stub and links, then the state */
#define AWAKE 0
#define SLEEPING 1
#define NOTIFIED 2

#define DEPTH 4 /* more stores than a process makes between two waits */

typedef buffer {
    byte n;
    byte address[DEPTH];
    byte value[DEPTH];
}

byte memory[LINKS + 2];
byte head = STUB;
buffer buffers[PRODUCERS + 1];
bool readable = false;       /* the awakener's descriptor */
byte others = 1;             /* events of sockets, or timeouts, that end a wait without a wake-up */

bool announced = false;      /* for the proof: between announcement and reset */
byte decided = 0;            /* writes decided since the announcement */

#ifdef RELAXED
#define SETTLED(me) true
#else
#define SETTLED(me) (buffers[me].n == 0)
#endif

inline store(me, a, v)
{
    d_step {
        buffers[me].n < DEPTH;
        buffers[me].address[buffers[me].n] = a;
        buffers[me].value[buffers[me].n] = v;
        buffers[me].n++
    }
}

/* A process sees its own stores before memory does. */
inline load(me, a, v)
{
    d_step {
        v = memory[a];
        i = 0;
        do
        :: i < buffers[me].n ->
            if
            :: buffers[me].address[i] == a -> v = buffers[me].value[i]
            :: else
            fi;
            i++
        :: else -> break
        od;
        i = 0
    }
}

inline push(me, link)
{
    store(me, link, NIL);
    atomic { SETTLED(me) -> before = head; head = link };
    store(me, before, link);
    before = 0
}

/* The memory system: takes the oldest store of any buffer. */
active proctype take_stores()
{
    byte p, i;

end:
    do
    :: atomic {
           if
           :: buffers[0].n > 0 -> p = 0
           :: buffers[1].n > 0 -> p = 1
           :: buffers[2].n > 0 -> p = 2
           fi;
           d_step {
               memory[buffers[p].address[0]] = buffers[p].value[0];
               i = 1;
               do
               :: i < buffers[p].n ->
                   buffers[p].address[i - 1] = buffers[p].address[i];
                   buffers[p].value[i - 1] = buffers[p].value[i];
                   i++
               :: else -> break
               od;
               buffers[p].n--;
               buffers[p].address[buffers[p].n] = 0;
               buffers[p].value[buffers[p].n] = 0;
               i = 0;
               p = 0
           }
       }
    od
}

proctype producer(byte me)
{
    byte link = me * PUSHES + 1, before, found;

    do
    :: link <= me * PUSHES + PUSHES ->
        push(me, link);
        atomic {
            SETTLED(me) ->
            found = memory[STATE];
            memory[STATE] = NOTIFIED;
            if
            :: found == SLEEPING ->
                decided++;
#ifndef RELAXED
                assert(decided <= 1);
                assert(announced)
#endif
            :: else
            fi
        };
        if
        :: found == SLEEPING -> readable = true
        :: else
        fi;
        found = 0;
        link++
    :: else -> break
    od
}

inline pop()
{
    load(POLLER, tail, next);
    if
    :: tail == STUB && next == NIL -> goto drained /* empty, or a gap: the next poll will tell */
    :: tail == STUB && next != NIL -> tail = next; load(POLLER, tail, next)
    :: else
    fi;
    if
    :: next == NIL && head != tail -> goto drained
    :: next == NIL && head == tail -> push(POLLER, STUB); load(POLLER, tail, next)
    :: else
    fi;
    if
    :: next == NIL -> goto drained
    :: else -> tail = next; taken++
    fi
}

inline reset()
{
    store(POLLER, STATE, AWAKE);
    SETTLED(POLLER);
    announced = false
}

proctype poller()
{
    byte tail = STUB, next, before, taken, i;
    bool sleeps;

    do
    :: taken == LINKS -> break
    :: else ->
        sleeps = (tail == STUB && head == STUB);
        if
        :: sleeps ->
            d_step { announced = true; decided = 0 };
            store(POLLER, STATE, SLEEPING);
            SETTLED(POLLER)
        :: else
        fi;
        if
        :: tail == STUB && head == STUB -> /* waits for ever */
            if
            :: atomic { readable -> readable = false }
            :: atomic { others > 0 -> others-- }
            fi
        :: else -> readable = false /* only looks */
        fi;
#ifdef FORM_2017
        announced = false;
#else
        if
        :: sleeps -> reset()
        :: else
        fi;
#endif
        do
        :: pop();
#ifdef FORM_2017
            reset()
#endif
        od;
drained:
        next = 0
    od
}

init
{
    byte a;

    atomic {
        do
        :: a <= LINKS -> memory[a] = NIL; a++
        :: else -> break
        od;
        a = 0;
        run producer(0);
        run producer(1);
        run poller()
    }
}
