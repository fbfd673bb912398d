/* What a server's program prints, in the originals' words where they had some. */
#ifndef EDGEWISE_PROGRAM_LINES_H
#define EDGEWISE_PROGRAM_LINES_H

#include "edgewise/server.h"

/* One line, in one piece.  Any thread; whether it could be written the stream knows. */
void program_print_line(const struct ew_description *server, const struct ew_log_entry *entry);

/* A row for each counter, added up over sockets and workers. */
void program_print_stats(const struct ew_page *page);

#endif
