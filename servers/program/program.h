/* The program around any one server: options, signals, printing.  main.c calls it with the server
 * it is linked with, `edgewise serve` with one it loaded. */
#ifndef EDGEWISE_PROGRAM_H
#define EDGEWISE_PROGRAM_H

#include "edgewise/server.h"

/* The five functions of edgewise/server.h. */
struct ew_functions {
    const struct ew_description *(*describe)(void);
    int (*start)(const struct ew_config *config, struct ew_instance **instance);
    uint16_t (*port)(const struct ew_instance *instance, unsigned index);
    const struct ew_page *(*stats)(const struct ew_instance *instance);
    int (*stop)(struct ew_instance *instance);
};

/* Descriptor of inherited memory for the counters page, in decimal: who starts the program reads
 * its counters live. */
#define EW_PAGE_FD_VARIABLE "EDGEWISE_PAGE_FD"

/* Puts /dev/null where a standard stream is closed: the next pipe or socket would get its number,
 * and what is printed.  To be called before anything is opened; ew_program does so itself. */
void ew_hold_streams(void);

/* Parses the options, runs the server until SIGINT or SIGTERM, stops it cleanly.  argv[0] is the
 * name shown in messages. Returns the exit status: 0, 2 (usage) or 4 (could not run). */
int ew_program(const struct ew_functions *functions, int argc, char **argv);

#endif
