#include "simulate/supervise/rings.h"

#include "simulate/supervise/borrow.h"
#include "simulate/supervise/notify.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of 6.5 and 6.6, which the headers may not have yet. */
#define RINGS_NO_MMAP (1U << 14)
#define RINGS_NO_SQARRAY (1U << 16)
/* Of 6.3, 6.4 and 6.13. */
#define RINGS_BY_REGISTERED (1U << 31)
#define RINGS_RESIZE 33
/* What receives without a call, or has entries of another size or at another place. */
#define RINGS_ALIEN                                                                         \
    (IORING_SETUP_SQPOLL | IORING_SETUP_IOPOLL | IORING_SETUP_SQE128 | IORING_SETUP_CQE32 | \
     RINGS_NO_MMAP)
/* What decides where the kernel puts its fields. */
#define RINGS_SHAPING (IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | RINGS_NO_SQARRAY)

void rings_bypass(struct hold *h, const char *why)
{
    if (h->over)
        return;
    snprintf(h->page->trouble, sizeof h->page->trouble, "%s", why);
    hold_finish(h, SIM_BYPASSED);
}

/* ---- which ring ---- */

/* A ring of our own that is asked for alike tells where the fields of the target's are: what the
 * kernel says of that one is on a stack that is used again before we may look. */
static int rings_learn_shape(struct hold *h, uint32_t entries, const struct io_uring_params *asked)
{
    int fd;

    h->shape = (struct io_uring_params){.flags = asked->flags & RINGS_SHAPING,
                                        .cq_entries = asked->cq_entries};
    fd = (int)syscall(SYS_io_uring_setup, entries, &h->shape);
    return fd < 0 ? -1 : close(fd);
}

void rings_set_up(struct hold *h, struct hold_thread *t)
{
    struct io_uring_params asked;

    if (!h->page->ring_allowed || !notify_read(t, t->arguments[1], &asked, sizeof asked)) {
        h->page->ring_denied = true;
        notify_answer(h, t, 0, ENOSYS);
        return;
    }
    if (asked.flags & RINGS_ALIEN)
        rings_bypass(h, "its io_uring polls by itself, or is of another shape than usual");
    else if (rings_learn_shape(h, (uint32_t)t->arguments[0], &asked) < 0)
        rings_bypass(h, "no io_uring for the supervisor itself");
    h->ring_defers = asked.flags & IORING_SETUP_DEFER_TASKRUN;
    notify_continue(h, t);
}

/* Only entries are ever written to.  That both masks are as expected says that it was asked for
 * like the last one: a target may have rings of several shapes.  Completions follow the heads and
 * tails in one region since 5.4 (IORING_FEAT_SINGLE_MMAP). */
static bool rings_map(struct hold *h, struct hold_ring *r, int copy)
{
    const struct io_uring_params *p = &h->shape;
    size_t queues = p->cq_off.cqes + p->cq_entries * sizeof *r->completions;
    char *base;

    if (p->sq_off.array + p->sq_entries * sizeof *r->order > queues)
        queues = p->sq_off.array + p->sq_entries * sizeof *r->order;
    r->size = queues;
    r->base = mmap(NULL, queues, PROT_READ, MAP_SHARED, copy, IORING_OFF_SQ_RING);
    r->entries = mmap(NULL, p->sq_entries * sizeof *r->entries, PROT_READ | PROT_WRITE, MAP_SHARED,
                      copy, IORING_OFF_SQES);
    if (r->base == MAP_FAILED || r->entries == MAP_FAILED)
        return false;
    base = r->base;
    r->entry_mask = *(uint32_t *)(base + p->sq_off.ring_mask);
    r->submitted = (atomic_uint *)(base + p->sq_off.head);
    r->order = p->flags & RINGS_NO_SQARRAY ? NULL : (uint32_t *)(base + p->sq_off.array);
    r->completion_mask = *(uint32_t *)(base + p->cq_off.ring_mask);
    r->taken = (atomic_uint *)(base + p->cq_off.head);
    r->completed = (atomic_uint *)(base + p->cq_off.tail);
    r->completions = (struct io_uring_cqe *)(base + p->cq_off.cqes);
    return r->entry_mask == p->sq_entries - 1 && r->completion_mask == p->cq_entries - 1;
}

static void rings_unmap(struct hold_ring *r)
{
    if (r->base != MAP_FAILED)
        munmap(r->base, r->size);
    if (r->entries != MAP_FAILED)
        munmap(r->entries, (r->entry_mask + 1) * sizeof *r->entries);
    *r = (struct hold_ring){0};
}

static struct hold_ring *rings_known(struct hold *h, const struct hold_process *p, int fd)
{
    for (unsigned i = 0; i < h->ring_count; i++) {
        if (h->rings[i].process == p && h->rings[i].fd == fd)
            return &h->rings[i];
    }
    return NULL;
}

/* NULL: there are too many. */
static struct hold_ring *rings_free(struct hold *h)
{
    for (unsigned i = 0; i < h->ring_count; i++) {
        if (!h->rings[i].process)
            return &h->rings[i];
    }
    return h->ring_count < HOLD_RINGS ? &h->rings[h->ring_count++] : NULL;
}

/* The copy is closed at once, what is mapped when the target closes its own: a ring that is still
 * mapped somewhere goes on with what was submitted. */
static struct hold_ring *rings_open(struct hold *h, struct hold_process *p, int fd)
{
    int copy = borrow_one(p, fd);
    struct hold_ring *r = copy < 0 ? NULL : rings_free(h);

    if (r) {
        *r = (struct hold_ring){.process = p, .fd = fd, .defers = h->ring_defers};
        for (int i = 0; i < HOLD_FILES; i++)
            r->files[i] = -1;
        if (!rings_map(h, r, copy)) {
            rings_unmap(r);
            r = NULL;
        }
    }
    if (copy >= 0)
        close(copy);
    return r;
}

struct hold_ring *rings_of(struct hold *h, const struct hold_thread *t, bool registered)
{
    int fd = (int)t->arguments[0];
    struct hold_ring *r;

    if (registered) /* `fd` is no descriptor */
        return NULL;
    r = rings_known(h, t->process, fd);
    return r ? r : rings_open(h, t->process, fd);
}

/* What a table has of it stays open there, and is known by no number. */
void rings_forget(struct hold *h, const struct hold_process *p, int fd)
{
    struct hold_ring *r = rings_known(h, p, fd);

    if (r)
        rings_unmap(r);
    for (unsigned i = 0; i < h->ring_count; i++) {
        for (int j = 0; h->rings[i].process == p && j < HOLD_FILES; j++) {
            if (h->rings[i].files[j] == fd)
                h->rings[i].files[j] = -1;
        }
    }
}

/* ---- entries ---- */

struct io_uring_sqe *rings_entry(const struct hold_ring *r, unsigned i)
{
    unsigned slot = (atomic_load(r->submitted) + i) & r->entry_mask;

    return &r->entries[r->order ? r->order[slot] & r->entry_mask : slot];
}

unsigned rings_submitted(const struct hold_ring *r, const struct hold_thread *t)
{
    return t->arguments[1] <= r->entry_mask ? (unsigned)t->arguments[1] : r->entry_mask + 1;
}

/* ---- descriptors of a table ---- */

int rings_descriptor(const struct hold_ring *r, const struct io_uring_sqe *e)
{
    if (!(e->flags & IOSQE_FIXED_FILE))
        return e->fd;
    return e->fd >= 0 && e->fd < HOLD_FILES ? r->files[e->fd] : -1;
}

void rings_note_files(struct hold_ring *r, const struct hold_thread *t, uint64_t offset,
                      uint64_t count, uint64_t address)
{
    for (uint64_t i = 0; i < count && offset + i < HOLD_FILES; i++) {
        int fd;

        if (!notify_read(t, address + i * sizeof fd, &fd, sizeof fd))
            return;
        if (fd != IORING_REGISTER_FILES_SKIP)
            r->files[offset + i] = fd;
    }
}

static void rings_register_files(struct hold_ring *r, const struct hold_thread *t, unsigned what)
{
    uint64_t address = t->arguments[2];
    struct io_uring_rsrc_register table;
    struct io_uring_rsrc_update2 update;

    if (what == IORING_REGISTER_FILES)
        rings_note_files(r, t, 0, t->arguments[3], address);
    else if (what == IORING_REGISTER_FILES2 && notify_read(t, address, &table, sizeof table))
        rings_note_files(r, t, 0, table.flags & IORING_RSRC_REGISTER_SPARSE ? 0 : table.nr,
                         table.data);
    else if (what == IORING_REGISTER_FILES_UPDATE &&
             notify_read(t, address, &update, sizeof(struct io_uring_files_update)))
        rings_note_files(r, t, update.offset, t->arguments[3], update.data);
    else if (what == IORING_REGISTER_FILES_UPDATE2 &&
             notify_read(t, address, &update, sizeof update))
        rings_note_files(r, t, update.offset, update.nr, update.data);
}

/* ---- buffers to choose from ---- */

struct hold_group *rings_group(struct hold_ring *r, uint16_t id)
{
    for (unsigned i = 0; i < r->group_count; i++) {
        if (r->groups[i].id == id)
            return &r->groups[i];
    }
    if (r->group_count == HOLD_GROUPS)
        return NULL;
    r->groups[r->group_count] = (struct hold_group){.id = id};
    return &r->groups[r->group_count++];
}

/* The target counts what it has put into the ring, and the kernel what it has taken out. */
unsigned rings_buffers_left(const struct hold_thread *t, const struct hold_group *g)
{
    uint16_t given = g->given;

    if (g->ring != 0 &&
        !notify_read(t, g->ring + offsetof(struct io_uring_buf_ring, tail), &given, sizeof given))
        return 0;
    return (uint16_t)(given - g->taken);
}

/* Flags, which have come where `pad` was, ask for memory of the kernel's, or for buffers that are
 * filled by parts. */
static void rings_register_buffers(struct hold *h, struct hold_ring *r, const struct hold_thread *t)
{
    struct io_uring_buf_reg asked;
    struct hold_group *g;

    if (!notify_read(t, t->arguments[2], &asked, sizeof asked))
        return;
    g = rings_group(r, asked.bgid);
    if (!g || asked.pad != 0)
        rings_bypass(h, "its io_uring has buffers of a kind, or a number, that is not followed");
    else
        *g = (struct hold_group){.id = asked.bgid, .ring = asked.ring_addr};
}

/* Noted before the kernel has done it; one that fails counts here as if it had not. */
void rings_register(struct hold *h, struct hold_thread *t)
{
    unsigned what = (unsigned)t->arguments[1] & ~RINGS_BY_REGISTERED;
    bool files = what == IORING_REGISTER_FILES || what == IORING_REGISTER_FILES2 ||
                 what == IORING_REGISTER_FILES_UPDATE || what == IORING_REGISTER_FILES_UPDATE2;
    struct hold_ring *r = NULL;

    if (files || what == IORING_REGISTER_PBUF_RING || what == RINGS_RESIZE) {
        r = rings_of(h, t, t->arguments[1] & RINGS_BY_REGISTERED);
        if (!r || what == RINGS_RESIZE)
            rings_bypass(h, "its io_uring cannot be looked into");
        else if (files)
            rings_register_files(r, t, what);
        else
            rings_register_buffers(h, r, t);
    }
    notify_continue(h, t);
}
