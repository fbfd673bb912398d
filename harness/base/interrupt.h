/* SIGINT and SIGTERM as a question that long-running loops ask. */
#ifndef EDGEWISE_BASE_INTERRUPT_H
#define EDGEWISE_BASE_INTERRUPT_H

#include "base/status.h"

/* From now on SIGINT and SIGTERM are remembered instead of ending the program; the same signal a
 * second time ends it.  Waits are cut short (EINTR).  SIGPIPE is ignored, so that a closed output
 * pipe is an error of the write, not a silent death; a child that is started must set it back. */
void interrupt_install(void);

/* STATUS_SIGINT or STATUS_SIGTERM once asked to stop, STATUS_OK (zero) until then.  Any thread. */
enum status interrupted(void);

#endif
