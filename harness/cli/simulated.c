#include "cli/simulated.h"

/* Of no duration: on the simulated network no time passes. */
void simulated_note_case(void *context, const struct target *target, const char *id,
                         enum verdict verdict, const char *reason)
{
    cli_case(context, target->name, id, verdict, 0, reason);
}
