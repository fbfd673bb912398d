/* Where this program lies: what belongs to it is found from there. */
#ifndef EDGEWISE_BASE_SELF_H
#define EDGEWISE_BASE_SELF_H

#include <stddef.h>

/* The absolute path of the running executable; 0, or -1 where the platform does not tell. */
int self_path(char *path, size_t size);

/* The path of `relative`, counted from the folder of the running executable ("../lib/edgewise"); 0
 * or -1. */
int self_relative(const char *relative, char *path, size_t size);

#endif
