/* What a target's executable and process tell about how it can be interposed. */
#ifndef EDGEWISE_SIMULATE_RUNTIME_H
#define EDGEWISE_SIMULATE_RUNTIME_H

#include "base/status.h"
#include "target/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* "LD_PRELOAD=..." for a target whose command begins with `word`: our library, after gcc's ASan
 * where the target is linked with that, since its runtime insists on being first. */
int runtime_preload(const char *word, char *text, size_t size, struct error *error);

/* Why a supervisor is not for this target, known before it is started; NULL: it may be.  A command
 * that runs with other rights than its caller's (setuid, setgid) nobody who is not root may look
 * into, and under a filter it would not get them. */
const char *runtime_refuses_supervisor(const struct target *target);

/* Does the process have an io_uring open? */
bool runtime_uses_io_uring(pid_t pid);

#endif
