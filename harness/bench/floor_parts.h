/* What the floor is made of, each part measured on the calling thread. */
#ifndef EDGEWISE_BENCH_FLOOR_PARTS_H
#define EDGEWISE_BENCH_FLOOR_PARTS_H

#include "bench/floor.h"

/* So many lengths are drawn beforehand: drawing one takes longer than copying a small datagram. */
#define FLOOR_LENGTHS 64u

/* Where the parts are measured: memory and sockets that all batches use. */
struct floor_place {
    struct floor_config config;
    uint32_t lengths[FLOOR_LENGTHS];
    uint8_t *bytes; /* three buffers as large as the largest datagram */
    uint32_t room;  /* of each */
    int path_fd, reflector_fd;
    struct floor_line *line;
    char reasons[FLOOR_PARTS][sizeof((struct floor_figure *)0)->reason];
};

/* Opens what can be had; what cannot has its reason.  The process needs to have one thread, and is
 * in a network namespace of its own afterwards where there is a reflector. */
void floor_place_open(struct floor_place *place, const struct floor_config *config);
void floor_place_close(struct floor_place *place);

/* Some batches of one part. */
void floor_take(struct floor_place *place, enum floor_part part, struct floor_figure *figure);

#endif
