/* After every trouble the whole server is looked at again: a case watches what it is about, and
 * what a fault leaves behind shows elsewhere and later, on another port or to another client. */
#ifndef EDGEWISE_CHECK_AFTERMATH_H
#define EDGEWISE_CHECK_AFTERMATH_H

#include "checks/check.h"

/* FAIL unless the running target comes to rest and answers, on each of its ports, a client that it
 * has not met.  A verdict that the case has left stays, but a weakness gives way to a fault. */
void aftermath(struct check *c);

#endif
