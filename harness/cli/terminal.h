/* What the terminal that a text goes to can show, and text that fits into it. */
#ifndef EDGEWISE_CLI_TERMINAL_H
#define EDGEWISE_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

struct cli_terminal {
    bool colour;          /* may be coloured */
    bool redraws;         /* lines may be written over */
    unsigned width, rows; /* columns and lines of it; 0: no terminal, or it does not tell */
};

/* Asks the terminal (TIOCGWINSZ) and the environment: TERM=dumb can neither; NO_COLOR and
 * CLICOLOR_FORCE (no-color.org, bixense.com/clicolors) decide over colour, COLUMNS and LINES over
 * the size.  `plain`: for a screen reader, which reads what stands there and no more. */
struct cli_terminal terminal_of(FILE *out, bool plain);

/* The text and a newline, broken between words at `width` columns (0: not at all).  It begins where
 * `indent` columns are written already; further lines begin with as many blanks. */
void terminal_put(FILE *out, unsigned width, unsigned indent, const char *text);

/* How many columns the text takes: characters of UTF-8, one each. */
unsigned terminal_columns(const char *text, size_t bytes);

#endif
