/* What may stand at a place of the command line: for completion in a shell.
 *
 * Who takes a word can offer the words that it takes: a row of options and a subcommand have a
 * function for it, which calls those below.  Any thread; nothing here prints. */
#ifndef EDGEWISE_CLI_OFFER_H
#define EDGEWISE_CLI_OFFER_H

#include <jansson.h>
#include <stdbool.h>

/* One place, and what was offered for it so far. */
struct cli_offers {
    const char *begun;  /* the word as far as it was typed; "" */
    const char *before; /* what of it goes before every offer: "--case=", or "" */
    json_t *words;      /* [{"word", "help"}] */
    bool files;         /* names of files may stand there, too: the shell knows them */
};

/* A word that may stand there, unless it does not begin as the place does, and a line about it.
 * Both are copied. */
void cli_offer(struct cli_offers *offers, const char *word, const char *help);

/* Of "quick|full" each word; what begins otherwise than with a small letter stands for something
 * else, as N and FILE do.  NULL offers nothing. */
void cli_offer_choices(struct cli_offers *offers, const char *choices);

/* Names of files. */
void cli_offer_files(struct cli_offers *offers);

#endif
