/* NAME, the program: the same object as the plug-in NAME.so, with a main. */
#include "program/program.h"

int main(int argc, char **argv)
{
    static const struct ew_functions functions = {ew_describe, ew_start, ew_port, ew_stats,
                                                  ew_stop};

    return ew_program(&functions, argc, argv);
}
