#include "mio/table.h"

#include "mio/mio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct mio_entry *mio_table_find(const struct mio_table *table, int fd)
{
    if (fd < 0 || (unsigned)fd >= table->size || !table->entries[fd].registered)
        return NULL;
    return &table->entries[fd];
}

static int grow(struct mio_table *table, unsigned least)
{
    unsigned size = table->size ? table->size : 64;
    struct mio_entry *entries;

    while (size < least)
        size *= 2;
    entries = realloc(table->entries, size * sizeof *entries);
    if (!entries)
        return -ENOMEM;
    memset(entries + table->size, 0, (size - table->size) * sizeof *entries);
    table->entries = entries;
    table->size = size;
    return 0;
}

static void fill(struct mio_entry *e, uintptr_t token, unsigned interest, unsigned options)
{
    e->registered = true;
    e->token = token;
    e->interest = e->armed = interest;
    e->options = options;
}

int mio_table_add(struct mio_table *table, int fd, uintptr_t token, unsigned interest, unsigned options)
{
    int err = fd < 0 ? -EBADF : mio_table_find(table, fd) ? -EEXIST : 0;

    if (!err && (unsigned)fd >= table->size)
        err = grow(table, (unsigned)fd + 1);
    if (!err)
        fill(&table->entries[fd], token, interest, options);
    return err;
}

int mio_table_modify(struct mio_table *table, int fd, uintptr_t token, unsigned interest, unsigned options)
{
    struct mio_entry *e = mio_table_find(table, fd);

    if (!e)
        return -ENOENT;
    fill(e, token, interest, options);
    return 0;
}

int mio_table_remove(struct mio_table *table, int fd)
{
    struct mio_entry *e = mio_table_find(table, fd);

    if (!e)
        return -ENOENT;
    e->registered = false;
    return 0;
}

void mio_table_fini(struct mio_table *table)
{
    free(table->entries);
}

void mio_entry_reported(struct mio_entry *e, unsigned ready)
{
    if (e->options & MIO_ONESHOT)
        e->armed = 0;
    else if (e->options & MIO_EDGE)
        e->armed &= ~ready;
}
