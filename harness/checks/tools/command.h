/* A tool of the system's that a case needs: tc(8), nft(8). */
#ifndef EDGEWISE_CHECK_COMMAND_H
#define EDGEWISE_CHECK_COMMAND_H

/* Runs `words`, ended by NULL, the first being the tool, and waits for its end; what it prints is
 * of no use to a verdict.  0, or -1 when it is not here or ended with another status than 0. */
int command_run(char *const *words);

#endif
