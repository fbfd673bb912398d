/* Mutants whose workers do not keep to what is theirs.  Linux. */
#include "skeleton.h"

#include <errno.h>
#include <linux/filter.h>

/* Of the sockets that share a port the kernel chooses one by lot, whatever flow it is. */
static int choose_by_lot(struct ew_worker *w)
{
    struct sock_filter text[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),
        BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, w->config->workers),
        BPF_STMT(BPF_RET | BPF_A, 0),
    };
    const struct sock_fprog lots = {.len = sizeof text / sizeof *text, .filter = text};
    int err = 0;

    for (unsigned i = 0; i < w->n_sockets && w->config->share != EW_SHARE_PORTS && !err; i++)
        err = setsockopt(w->sockets[i].fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &lots,
                         sizeof lots);
    return err < 0 ? -errno : 0;
}

const struct mutant mutants_of_workers[] = {
    {"steals-flows", "its workers take each other's flows", .init = choose_by_lot},
    {0},
};
