/* Descriptors and what is known of each, for selectors whose kernel does not keep that: an array indexed by descriptor, so every
 * operation is O(1).  The caller locks. */
#ifndef EDGEWISE_MIO_TABLE_H
#define EDGEWISE_MIO_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct mio_entry {
    bool registered;
    uintptr_t token;
    unsigned interest;
    unsigned options;
    unsigned armed; /* the part of the interest that may be reported now */
    uint64_t batch; /* the last wait that reported it... */
    unsigned place; /* ...and where in its events */
};

struct mio_table {
    struct mio_entry *entries;
    unsigned size;
};

/* The entry of a registered descriptor, or NULL. */
struct mio_entry *mio_table_find(const struct mio_table *table, int fd);

/* Adds or replaces.  -EEXIST, -ENOENT, -EBADF (negative), -ENOMEM. */
int mio_table_add(struct mio_table *table, int fd, uintptr_t token, unsigned interest, unsigned options);
int mio_table_modify(struct mio_table *table, int fd, uintptr_t token, unsigned interest, unsigned options);
int mio_table_remove(struct mio_table *table, int fd);
void mio_table_fini(struct mio_table *table);

/* What a report of `ready` leaves armed: oneshot disarms all, edge what was reported, level nothing. */
void mio_entry_reported(struct mio_entry *entry, unsigned ready);

#endif
