/* Mutants that keep clients apart badly, or never forget them. */
#include "skeleton.h"

#include <unistd.h>

/* A descriptor for each client, for ever. */
static void keep_each_client(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (!mutant_knows(w, d))
        (void)dup(s->fd); /* until there are no more */
    mutant_learns(w, d);
    skeleton_answer(w, s, d);
}

/* As if its table of descriptors ended there. */
static bool read_the_first_ports(const struct ew_worker *w, const struct ew_socket *s)
{
    return s->index < mutant_self()->number && ew_wants_read(w, s);
}

const struct mutant mutants_of_clients[] = {
    {"keeps-each-client", "keeps a descriptor for each client", .answer = keep_each_client},
    {"serves-twelve-ports", "serves no more than twelve ports", .wants_read = read_the_first_ports,
     .number = 12},
    {0},
};
