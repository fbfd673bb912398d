/* What stands in for a server that cannot be built here: its row, with the reason.  Absence is
 * visible, never silent. */
#include "core/core.h"

static int never_run(struct ew_worker *worker)
{
    (void)worker;
    return -ENOTSUP;
}

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = EW_NAME,
                    .summary = "not on this platform",
                    .needs = EW_NEEDS,
                    .missing = "needs " EW_NEEDS},
    .loop = &(const struct ew_loop){.run = never_run},
};
