/* One row of a table of options. */
#ifndef EDGEWISE_CLI_OPTION_H
#define EDGEWISE_CLI_OPTION_H

/* An array of them ends with an empty row. */
struct cli_option {
    const char *name;  /* "rate" for --rate */
    const char *value; /* what --help calls the value: "N"; NULL: the option takes none */
    const char *help;  /* one line */
};

#endif
