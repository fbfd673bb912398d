/* How long a thread waits for the others to become quiet: by what the target does meanwhile, since
 * on a loaded machine the time that passes says nothing about it. */
#ifndef EDGEWISE_PRELOAD_PATIENCE_H
#define EDGEWISE_PRELOAD_PATIENCE_H

#include "simulate/deadline.h"

/* Who naps for ever is now asleep and now awake: so many naps are a habit. */
#define NAPS_MANY 10

struct patience {
    struct deadline deadline;
    unsigned naps;    /* when it began */
    int64_t quiet_ns; /* since when all of it has been asleep; 0: it is not */
};

struct patience patience_now(void);

/* Has the target had its time, by a processor's clock or by its naps? */
bool patience_is_over(struct patience *began);

/* Has it slept for so long that nothing more will come of it?  `asleep`: does it now? */
bool patience_slept(struct patience *began, bool asleep);

#endif
