/* The moments of a poll of servers/mio as those of the worker that owns it. */
#ifndef EDGEWISE_LOOPS_MIOMOMENTS_H
#define EDGEWISE_LOOPS_MIOMOMENTS_H

#include "core/core.h"
#include "mio/mio.h"

/* For mio_options: tells them as EW_LOG_TRACE, or nothing where !ew_traces(). */
struct mio_trace ew_mio_trace(struct ew_worker *worker);

/* mio's readiness in the bits of enum ew_ready. */
unsigned ew_mio_ready(uint32_t bits);

#endif
