/* Which calls are failed, and with which errors: the one list.
 *
 * An error is here if the call's manual page, or that of the kind of socket, names it; what no
 * supervisor can give truly is left out, with its reason, in table.c. */
#ifndef EDGEWISE_TORTURE_TABLE_H
#define EDGEWISE_TORTURE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* More than the table has; the unit test holds it against that. */
#define TORTURE_CALLS_MAX 64

struct torture_row {
    const char *call;
    int number;
    const char *error_name;
    int error;
    const char *page; /* the manual page that names the error: "recv(2)" */
    bool memory;      /* only of servers of ours: a runtime that ends without memory is right */
};

extern const struct torture_row torture_table[];
extern const size_t torture_table_count;

/* The numbers of its calls, each once, in its order; how many they are. */
size_t torture_numbers(int numbers[TORTURE_CALLS_MAX]);

#endif
