#include "simulate/supervise/flows.h"

#include "simulate/supervise/sockets.h"

#include <linux/filter.h>
#include <sys/socket.h>

/* Bytes from the beginning of the IP header, of a load. */
#define FLOWS_HEADER(offset) (uint32_t)(SKF_NET_OFF + (offset))
#define FLOWS_IPV6_BYTES 40
#define FLOWS_CLIENTS (SHARE_FAMILIES * ENGINE_CLIENTS)
/* Before the clients, and after them. */
#define FLOWS_TEXT_MOST (7 + 2 * FLOWS_CLIENTS + 1)

struct flows_text {
    struct sock_filter code[FLOWS_TEXT_MOST];
    unsigned short length;
};

static void flows_put(struct flows_text *text, uint16_t op, uint32_t k, uint8_t yes, uint8_t no)
{
    text->code[text->length++] = (struct sock_filter){.code = op, .jt = yes, .jf = no, .k = k};
}

/* The source port, which UDP's header begins with: behind 40 bytes of IPv6's, or as many as IPv4's
 * says. */
static void flows_load_port(struct flows_text *text)
{
    flows_put(text, BPF_LD | BPF_B | BPF_ABS, FLOWS_HEADER(0), 0, 0);
    flows_put(text, BPF_ALU | BPF_RSH | BPF_K, 4, 0, 0);
    flows_put(text, BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 2);
    flows_put(text, BPF_LDX | BPF_IMM, FLOWS_IPV6_BYTES, 0, 0);
    flows_put(text, BPF_JMP | BPF_JA, 1, 0, 0);
    flows_put(text, BPF_LDX | BPF_B | BPF_MSH, FLOWS_HEADER(0), 0, 0);
    flows_put(text, BPF_LD | BPF_H | BPF_IND, FLOWS_HEADER(0), 0, 0);
}

/* Of `n` sockets that of the client's number, as the other carrier's route() has it; strangers go
 * to the first. */
static int flows_attach(const struct hold *h, int fd, unsigned n)
{
    struct flows_text text = {.length = 0};
    struct sock_fprog program = {.filter = text.code};

    flows_load_port(&text);
    for (unsigned i = 0; i < FLOWS_CLIENTS; i++) {
        union address own;
        socklen_t length = sizeof own;
        int client = h->clients[i / ENGINE_CLIENTS][i % ENGINE_CLIENTS];

        if (client < 0 || getsockname(client, &own.any, &length) < 0)
            continue;
        flows_put(&text, BPF_JMP | BPF_JEQ | BPF_K, address_port(&own), 0, 1);
        flows_put(&text, BPF_RET | BPF_K, i % ENGINE_CLIENTS % n, 0, 0);
    }
    flows_put(&text, BPF_RET | BPF_K, 0, 0, 0);
    program.len = text.length;
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

/* How many may be chosen of, and a copy of one of them; 0: the kernel is to choose, or has no
 * choice. */
static unsigned flows_sharers(struct hold *h, unsigned socket, int *fd)
{
    unsigned index, n = 0;

    for (unsigned i = 0; i < h->socket_count; i++) {
        struct hold_socket *s = &h->sockets[i];
        union address peer;
        socklen_t length = sizeof peer;

        if (s->references == 0 || !sockets_index(h, s, &index) || index != socket)
            continue;
        *fd = sockets_copy(h, s);
        if (s->has_program || *fd < 0 || getpeername(*fd, &peer.any, &length) == 0)
            return 0;
        n++;
    }
    return n > 1 ? n : 0;
}

/* Those that share the port by SO_REUSEADDR alone take no program (EINVAL): of them the kernel
 * always takes the same. */
void flows_settle(struct hold *h, unsigned socket)
{
    int fd = -1, none = 0;
    unsigned n;

    if (h->flows_settled[socket])
        return;
    h->flows_settled[socket] = true;
    n = flows_sharers(h, socket, &fd);
    if (n > 0)
        h->flows_chosen[socket] = flows_attach(h, fd, n) == 0;
    else if (h->flows_chosen[socket] && fd >= 0)
        h->flows_chosen[socket] = setsockopt(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &none,
                                             sizeof none) < 0;
}

void flows_unsettle(struct hold *h, const struct hold_socket *s)
{
    unsigned index;

    if (sockets_index(h, s, &index))
        h->flows_settled[index] = false;
}
