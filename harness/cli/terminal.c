#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Less of a line than this is nothing to break words for. */
#define WIDTH_LEAST 30

/* "" for what is not set: to programs that ask for these it is the same. */
static const char *set_value(const char *name)
{
    const char *value = getenv(name);

    return value ? value : "";
}

static bool is_set(const char *name)
{
    return *set_value(name);
}

/* A terminal of which nothing is known is taken for a dumb one, as git does. */
static bool is_dumb(void)
{
    return !is_set("TERM") || strcmp(set_value("TERM"), "dumb") == 0;
}

static bool forces_colour(void)
{
    return is_set("CLICOLOR_FORCE") && strcmp(set_value("CLICOLOR_FORCE"), "0") != 0;
}

/* The variable goes before what the terminal says: whoever exports it wants that. */
static unsigned terminal_size(const char *name, unsigned told)
{
    int said = atoi(set_value(name));

    return said > 0 ? (unsigned)said : told;
}

struct cli_terminal terminal_of(FILE *out, bool plain)
{
    bool is_terminal = isatty(fileno(out));
    struct winsize size = {0};
    struct cli_terminal t = {.redraws = is_terminal && !plain && !is_dumb()};

    t.colour = !plain && !is_set("NO_COLOR") && (t.redraws || forces_colour());
    if (!is_terminal)
        return t;
    if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0)
        size = (struct winsize){0};
    t.width = terminal_size("COLUMNS", size.ws_col);
    t.rows = terminal_size("LINES", size.ws_row);
    return t;
}

/* Bytes that go on with a character are not counted (RFC 3629, 3). */
unsigned terminal_columns(const char *text, size_t bytes)
{
    unsigned columns = 0;

    for (size_t i = 0; i < bytes && text[i]; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

/* A word that is longer than a line is left whole: it may be one to be copied. */
void terminal_put(FILE *out, unsigned width, unsigned indent, const char *text)
{
    unsigned column = indent;

    while (width >= indent + WIDTH_LEAST && *text) {
        size_t bytes = strcspn(text, " ");
        unsigned columns = terminal_columns(text, bytes);

        if (column > indent && column + 1 + columns > width) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        }
        fprintf(out, "%s%.*s", column > indent ? " " : "", (int)bytes, text);
        column += columns + (column > indent);
        text += bytes;
        text += *text == ' ';
    }
    fprintf(out, "%s\n", text);
}
