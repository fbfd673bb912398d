/* The awakener: a descriptor in the selector through which other threads end a wait. */
#ifndef EDGEWISE_MIO_AWAKENER_H
#define EDGEWISE_MIO_AWAKENER_H

#include "mio/mio.h"

struct awakener {
    int read_fd;
    int write_fd; /* the same one with eventfd */
};

/* 0 or -errno; awakener_fini() is safe after either. */
int awakener_init(struct awakener *awakener, enum mio_awakener kind);
void awakener_fini(struct awakener *awakener);

/* One byte, or one count.  Any thread.  One that is full is readable already: 0. */
int awakener_write(const struct awakener *awakener);

/* Reads all there is: for a pipe until EAGAIN. */
void awakener_drain(const struct awakener *awakener);

#endif
