#include "core/core.h"

#include <stdlib.h>
#include <string.h>

/* What lies before the payload in a slot of the ring. */
struct slot {
    union ew_address peer;
    union ew_address asked;
    size_t length;
};

/* Slots are kept aligned, so that the header at their start is. */
static size_t slot_size(const struct ew_queue *queue)
{
    size_t align = _Alignof(max_align_t);

    return (sizeof(struct slot) + queue->datagram_max + align - 1) / align * align;
}

static struct slot *slot_at(const struct ew_queue *queue, unsigned position)
{
    return (struct slot *)(void *)(queue->slots + (position % queue->capacity) * slot_size(queue));
}

void ew_queue_init(struct ew_queue *queue, unsigned capacity, size_t datagram_max)
{
    *queue = (struct ew_queue){.capacity = capacity, .datagram_max = datagram_max};
}

void ew_queue_fini(struct ew_queue *queue)
{
    free(queue->slots);
    queue->slots = NULL;
    queue->count = 0;
}

bool ew_queue_full(const struct ew_queue *queue)
{
    return queue->count == queue->capacity;
}

int ew_queue_push(struct ew_queue *queue, const struct ew_datagram *datagram)
{
    struct slot *slot;

    if (ew_queue_full(queue))
        return -ENOBUFS;
    if (datagram->length > queue->datagram_max)
        return -EMSGSIZE;
    if (!queue->slots) {
        queue->slots = malloc(queue->capacity * slot_size(queue));
        if (!queue->slots)
            return -ENOMEM;
    }
    slot = slot_at(queue, queue->head + queue->count);
    slot->peer = datagram->peer;
    slot->asked = datagram->asked;
    slot->length = datagram->length;
    memcpy(slot + 1, datagram->data, datagram->length);
    queue->count++;
    return 0;
}

bool ew_queue_front(const struct ew_queue *queue, struct ew_datagram *datagram)
{
    struct slot *slot;

    if (queue->count == 0)
        return false;
    slot = slot_at(queue, queue->head);
    *datagram = (struct ew_datagram){.peer = slot->peer,
                                     .asked = slot->asked,
                                     .length = slot->length,
                                     .data = (uint8_t *)(slot + 1)};
    return true;
}

void ew_queue_pop(struct ew_queue *queue)
{
    queue->head = (queue->head + 1) % queue->capacity;
    queue->count--;
}
