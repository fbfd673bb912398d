/* Where several processes run cases side by side, one sometimes has to be alone: what it counts is
 * the machine's, or others have spoiled it. */
#ifndef EDGEWISE_CHECK_TURNSTILE_H
#define EDGEWISE_CHECK_TURNSTILE_H

#include <stdbool.h>

/* Opened before the processes fork, for all of them; the descriptor, or -1 with errno. */
int turnstile_open(void);

/* Waits until nobody is alone, and where it is to be alone until nobody is in at all; false when it
 * was interrupted meanwhile, and is not in.  A process is in once; it is out when it ends. */
bool turnstile_enter(int turnstile, bool alone);
void turnstile_leave(int turnstile);

#endif
