#include "cli/simulated.h"

int simulated_take_carrier(const struct cli_option *o, void *into, const char *value,
                           struct error *error)
{
    struct fingerprint_settings *settings = into;
    int carrier = carrier_named(value);

    (void)o;
    if (carrier < 0)
        return error_set(error, STATUS_USAGE,
                         "no carrier is called '%s'; there are preload, supervise, both", value);
    settings->carrier = (enum carrier_choice)carrier;
    return 0;
}

/* Of no duration: on the simulated network no time passes. */
void simulated_note_case(void *context, const struct target *target, const char *id,
                         enum verdict verdict, const char *reason)
{
    cli_case(context, target->name, id, verdict, 0, reason);
}
