/* What `edgewise explain` can explain: counters, ledger terms, cases, scenarios.  Who has something
 * to explain offers a function that gives its entries one by one, and a row in the table in
 * catalogue.c. */
#ifndef EDGEWISE_CATALOGUE_H
#define EDGEWISE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

/* Texts that live as long as the program, or until the next entry of the same catalogue. */
struct catalogue_entry {
    const char *id;      /* "datagrams_sent" */
    const char *summary; /* one line */
    const char *details; /* what it means and its source, lines broken; NULL: the summary is all */
};

/* Entries are numbered from 0 and asked for one after the other; whoever searches looks at all,
 * which are some hundred. */
struct catalogue {
    const char *kind; /* "counter", "case", "scenario" */
    bool listed;      /* shown by `edgewise list` */
    /* Fills entry `index`; false past the last. */
    bool (*entry)(size_t index, struct catalogue_entry *entry);
};

extern const struct catalogue catalogues[];
extern const size_t catalogue_count;

#endif
