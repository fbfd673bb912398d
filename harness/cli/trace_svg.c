/* The timeline.  Shapes tell kinds apart as well as colours do, and each row says in words what it
 * shows. */
#include "cli/cli.h"
#include "cli/trace.h"

#include <string.h>

#define WIDTH 390
#define ROW 18
#define HEAD 84 /* to the first row */
#define FIRST_LANE 20
#define LANE_WIDE 28
#define LANE_NARROW 13
#define NARROW_FROM 5 /* sockets */
/* How many letters of the small type one line takes. */
#define LINE_LETTERS 50
#define LINES_MOST 3

struct drawing {
    const struct trace *trace;
    FILE *out;
    int lane, text; /* distances, in pixels */
};

/* By who does it and whether it moves something: what is in vain is red. */
static const char *colour_of(enum log_kind kind)
{
    switch (kind) {
    case LOG_RECEIVED: return "#0b6e4f";
    case LOG_SENT: return "#1f4e9c";
    case LOG_EMPTY:
    case LOG_REFUSED:
    case LOG_ERROR:
    case LOG_FAILS: return "#b3261e";
    case LOG_ARRIVES: return "#8a5a00";
    default: return "#555555";
    }
}

/* The loop's own lane is the first. */
static int lane_of(const struct drawing *d, const struct log_event *e)
{
    return FIRST_LANE + d->lane * (e->socket + 1);
}

static void put_text(const struct drawing *d, int x, int y, const char *attributes,
                     const char *text)
{
    fprintf(d->out, "<text x=\"%d\" y=\"%d\" %s>", x, y, attributes);
    cli_put_escaped(text, d->out);
    fprintf(d->out, "</text>\n");
}

/* Arrivals point down into the lane, receipts are full, answers hollow; waits a bar, the rest a
 * small square. */
static void put_mark(const struct drawing *d, const struct log_event *e, int y)
{
    const char *colour = colour_of(e->kind);
    int x = lane_of(d, e);

    switch (e->kind) {
    case LOG_ARRIVES:
    case LOG_ERROR:
        fprintf(d->out, "<path d=\"M%d %dh10l-5 8z\" fill=\"%s\"/>\n", x - 5, y - 4, colour);
        break;
    case LOG_RECEIVED:
        fprintf(d->out, "<circle cx=\"%d\" cy=\"%d\" r=\"5\" fill=\"%s\"/>\n", x, y, colour);
        break;
    case LOG_SENT:
        fprintf(d->out,
                "<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"#fff\" stroke=\"%s\" "
                "stroke-width=\"2\"/>\n",
                x, y, colour);
        break;
    case LOG_WAITS:
    case LOG_QUIET:
        fprintf(d->out, "<path d=\"M%d %dh14\" stroke=\"%s\" stroke-width=\"%d\"/>\n", x - 7, y,
                colour, e->kind == LOG_QUIET ? 1 : 4);
        break;
    case LOG_EMPTY:
    case LOG_REFUSED:
        fprintf(d->out,
                "<path d=\"M%d %dl8 8m0 -8l-8 8\" stroke=\"%s\" stroke-width=\"2\" "
                "fill=\"none\"/>\n",
                x - 4, y - 4, colour);
        break;
    default:
        fprintf(d->out, "<rect x=\"%d\" y=\"%d\" width=\"7\" height=\"7\" fill=\"%s\"/>\n", x - 3,
                y - 3, colour);
    }
}

static void put_row(const struct drawing *d, const struct log_event *e, int y)
{
    bool scenario = log_kind_who(e->kind) == LOG_SCENARIO;
    char text[128], attributes[64];

    trace_put_event(e, text, sizeof text);
    put_mark(d, e, y);
    snprintf(attributes, sizeof attributes, "fill=\"%s\"%s", colour_of(e->kind),
             scenario ? " font-style=\"italic\"" : "");
    put_text(d, d->text, y + 4, attributes, text);
}

/* What repeats itself is drawn once, in a frame that says how often. */
static void put_frame(const struct drawing *d, struct log_group group, int y)
{
    char times[24];

    snprintf(times, sizeof times, "x%u", group.times);
    fprintf(d->out,
            "<rect x=\"3\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" fill=\"none\" "
            "stroke=\"#999\"/>\n",
            y - ROW / 2 + 1, WIDTH - 6, (int)group.length * ROW - 2);
    put_text(d, WIDTH - 9, y + 4, "text-anchor=\"end\" font-weight=\"bold\"", times);
}

/* The height that all rows take, drawn or, with `d` NULL, only counted. */
static int put_rows(const struct drawing *d, const struct log *log)
{
    struct log_group group = {0};
    int y = HEAD + ROW / 2;

    for (uint32_t i = 0; i < log->count; i += group.length * group.times) {
        group = log_group_at(log, i);
        if (d && group.times > 1)
            put_frame(d, group, y);
        for (uint32_t j = 0; j < group.length; j++, y += ROW) {
            if (d)
                put_row(d, &log->events[i + j], y);
        }
    }
    return y;
}

static void put_lanes(const struct drawing *d, int bottom)
{
    char name[16];

    for (unsigned i = 0; i <= d->trace->sockets; i++) {
        int x = FIRST_LANE + (int)i * d->lane;

        snprintf(name, sizeof name, i ? "#%u" : "loop", i - 1);
        put_text(d, x, HEAD - 8, "text-anchor=\"middle\" fill=\"#333\"", name);
        fprintf(d->out, "<path d=\"M%d %dV%d\" stroke=\"#ccc\"/>\n", x, HEAD - 3, bottom);
    }
}

/* Broken where a word ends; what needs more lines than there are is cut. */
static void put_figures(const struct drawing *d)
{
    char figures[LINE_LETTERS * LINES_MOST + 1];
    char *rest = figures;

    trace_put_figures(d->trace, figures, sizeof figures);
    for (int line = 0; line < LINES_MOST && *rest; line++) {
        size_t length = strlen(rest);
        char *end = rest + (length < LINE_LETTERS ? length : LINE_LETTERS);

        while (*end && *end != ' ' && end > rest + 1)
            end--;
        if (*end)
            *end++ = '\0';
        put_text(d, 8, 34 + 14 * line, "fill=\"#333\"", rest);
        rest = end;
    }
}

static void put_end(const struct drawing *d, int y)
{
    const struct log *log = &d->trace->log;
    char text[64];

    if (log->total == log->count)
        return;
    snprintf(text, sizeof text, "and %llu more", (unsigned long long)(log->total - log->count));
    put_text(d, d->text, y + 4, "fill=\"#333\"", text);
}

void trace_put_svg(const void *context, FILE *out)
{
    const struct trace *t = context;
    int lane = t->sockets < NARROW_FROM ? LANE_WIDE : LANE_NARROW;
    struct drawing d = {t, out, lane, FIRST_LANE + (int)t->sockets * lane + 14};
    int bottom = put_rows(NULL, &t->log), height = bottom + ROW;
    char title[256];

    snprintf(title, sizeof title, "%s, %s", t->target, t->id);
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
            "height=\"%d\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n<title>",
            WIDTH, height, WIDTH, height);
    cli_put_escaped(title, out);
    fprintf(out, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, height);
    put_text(&d, 8, 18, "font-size=\"14\" font-weight=\"bold\"", title);
    put_figures(&d);
    put_lanes(&d, bottom - ROW / 2);
    put_rows(&d, &t->log);
    put_end(&d, bottom);
    fprintf(out, "</svg>\n");
}
