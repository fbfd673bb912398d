#include "cli/check_matrix.h"

#include "checks/chapters/chapters.h"

#include <stdlib.h>
#include <string.h>

/* Of a cell "F12", of a name "unbound"; with less nobody could read them. */
#define CELL_LEAST 3
#define NAME_LEAST 7
#define CHAPTERS_MAX 32
/* Where a terminal does not tell how large it is. */
#define WIDTH_USUAL 80
#define ROWS_USUAL 24

/* One chapter of one target. */
struct cell {
    unsigned done, passed, worst_count;
    enum verdict worst;
    enum standing standing; /* of the worst */
};

enum row_state { ROW_WAITS, ROW_RUNS, ROW_OVER };

struct row {
    enum row_state state;
    bool broken;
    size_t chapter; /* of the case that runs */
    struct cell cells[CHAPTERS_MAX];
};

struct check_matrix {
    const struct check_show *show;
    const struct check_plan *plan;
    unsigned width, rows, name_width, cell_width;
    size_t columns;
    const struct check_chapter *chapters[CHAPTERS_MAX];
    unsigned cases[CHAPTERS_MAX]; /* of a target in all rounds */
    struct row *targets;
    size_t top;     /* the first that may still change; those above it have scrolled away */
    unsigned drawn; /* lines that the next drawing writes over */
};

/* ---- measures ---- */

/* Chapters that have a chosen case, in their order. */
static void find_columns(struct check_matrix *m)
{
    const struct check_case *one;

    for (size_t i = 0; (one = check_case_at(i)) != NULL; i++) {
        const struct check_chapter *chapter = check_chapter_of(one);

        if (!check_plan_has(m->plan, one))
            continue;
        if (m->columns == 0 || m->chapters[m->columns - 1] != chapter) {
            if (m->columns == CHAPTERS_MAX)
                return;
            m->chapters[m->columns++] = chapter;
        }
        m->cases[m->columns - 1] += (unsigned)m->plan->repeat;
    }
}

/* Names are cut before cells are: of those a letter tells much. */
static bool matrix_fits(struct check_matrix *m)
{
    unsigned longest = NAME_LEAST, widest = CELL_LEAST, room;

    for (size_t i = 0; i < m->plan->targets.count; i++) {
        const char *name = m->plan->targets.items[i]->name;
        unsigned columns = terminal_columns(name, strlen(name));

        longest = columns > longest ? columns : longest;
    }
    for (size_t i = 0; i < m->columns; i++) {
        unsigned columns = (unsigned)strlen(m->chapters[i]->name);

        widest = columns > widest ? columns : widest;
    }
    if (m->columns == 0 || m->width < 1 + NAME_LEAST + m->columns * (CELL_LEAST + 1))
        return false;
    room = m->width - 1 - (unsigned)m->columns * (CELL_LEAST + 1);
    m->name_width = longest < room ? longest : room;
    room = (m->width - 1 - m->name_width) / (unsigned)m->columns - 1;
    m->cell_width = widest < room ? widest : room;
    return true;
}

/* ---- cells ---- */

/* What of a chapter is shown of all that was found in it.  What is not as known comes first: there
 * somebody has something to do. */
static unsigned badness(enum verdict verdict, enum standing standing)
{
    static const unsigned ranks[] = {[VERDICT_UNSUPPORTED] = 1,
                                     [VERDICT_PASS] = 2,
                                     [VERDICT_WEAK] = 4,
                                     [VERDICT_INVALID] = 5,
                                     [VERDICT_FAIL] = 6};

    if (standing == STANDING_CHANGED)
        return 7;
    return standing == STANDING_KNOWN && check_is_fault(verdict) ? 3 : ranks[verdict];
}

/* The first of several that are equally bad stays; they are counted. */
static void cell_add(struct cell *cell, enum verdict verdict, enum standing standing)
{
    unsigned rank = badness(verdict, standing);
    unsigned worst = cell->done ? badness(cell->worst, cell->standing) : 0;

    cell->done++;
    cell->passed += verdict == VERDICT_PASS;
    cell->worst_count = rank > worst ? 1 : cell->worst_count + (rank == worst);
    if (rank > worst) {
        cell->worst = verdict;
        cell->standing = standing;
    }
}

/* So many passed; or the mark of the worst, and how many have it; or how far it has come. */
static void cell_text(const struct check_matrix *m, const struct row *row, size_t column,
                      char *text, size_t size)
{
    const struct cell *cell = &row->cells[column];
    char mark = check_mark(cell->worst, cell->standing);

    if (row->state == ROW_RUNS && row->chapter == column && cell->done < m->cases[column]) {
        if (snprintf(text, size, "%u/%u", cell->done, m->cases[column]) > (int)m->cell_width)
            snprintf(text, size, "%u", cell->done);
    } else if (cell->done == 0) {
        text[0] = '\0';
    } else if (mark == '.') {
        snprintf(text, size, "%u", cell->passed);
    } else if (mark == '-') {
        snprintf(text, size, "-");
    } else {
        snprintf(text, size, "%c%u", mark, cell->worst_count);
    }
}

static void draw_cell(const struct check_matrix *m, const struct row *row, size_t column)
{
    const struct cell *cell = &row->cells[column];
    bool colour = m->show->terminal.colour && cell->done > 0;
    char text[24];

    cell_text(m, row, column, text, sizeof text);
    fprintf(m->show->text, " %s%-*.*s%s", colour ? check_colour(cell->worst, cell->standing) : "",
            (int)m->cell_width, (int)m->cell_width, text, colour ? CHECK_COLOUR_END : "");
}

/* ---- lines ---- */

/* Bytes of the text that take at most so many columns. */
static int bytes_within(const char *text, unsigned columns)
{
    size_t bytes = strlen(text);

    while (terminal_columns(text, bytes) > columns)
        bytes--;
    return (int)bytes;
}

/* Padded here: printf() counts bytes. */
static void draw_name(const struct check_matrix *m, const char *name)
{
    int bytes = bytes_within(name, m->name_width);

    fprintf(m->show->text, "%.*s%*s", bytes, name,
            (int)(m->name_width - terminal_columns(name, (size_t)bytes)), "");
}

/* Wiped first: a row that has become shorter leaves nothing behind.  One column of the terminal
 * stays free, since what fills a line may or may not go on in the next. */
static void draw_row(const struct check_matrix *m, size_t index)
{
    const struct row *row = &m->targets[index];
    const struct target *target = m->plan->targets.items[index];
    const char *why = target->missing ? target->missing : row->broken ? "could not run" : NULL;

    fputs("\r\033[K", m->show->text);
    draw_name(m, target->name);
    if (why)
        fprintf(m->show->text, " %s%.*s", target->missing ? "missing: " : "",
                bytes_within(why, m->width - m->name_width - 11), why);
    for (size_t i = 0; i < m->columns && !why; i++)
        draw_cell(m, row, i);
    fputc('\n', m->show->text);
}

/* Who is missing has never begun. */
static bool is_over(const struct check_matrix *m, size_t index)
{
    return m->targets[index].state == ROW_OVER || m->plan->targets.items[index]->missing;
}

/* Up to the last that has been begun; what is over at the top scrolls away and is not written
 * again.  Higher than the terminal it could not be written over. */
static void draw_rows(struct check_matrix *m)
{
    size_t end = m->top, shown;

    for (size_t i = m->top; i < m->plan->targets.count; i++) {
        if (m->targets[i].state != ROW_WAITS)
            end = i + 1;
    }
    if (m->drawn > 0)
        fprintf(m->show->text, "\033[%uA", m->drawn);
    for (; m->top < end && is_over(m, m->top); m->top++)
        draw_row(m, m->top);
    for (shown = m->top; shown < end && shown - m->top < m->rows - 1; shown++)
        draw_row(m, shown);
    m->drawn = (unsigned)(shown - m->top);
    fflush(m->show->text);
}

/* ---- life ---- */

/* Chapters are called by as many of their letters as a cell has. */
static void draw_heading(const struct check_matrix *m)
{
    fprintf(m->show->text, "a number: so many passed  %s; seed %llu\n", check_marks_legend,
            (unsigned long long)m->show->seed);
    draw_name(m, "");
    for (size_t i = 0; i < m->columns; i++)
        fprintf(m->show->text, " %-*.*s", (int)m->cell_width, (int)m->cell_width,
                m->chapters[i]->name);
    fputc('\n', m->show->text);
}

struct check_matrix *check_matrix_new(struct check_show *show, const struct check_plan *plan)
{
    struct check_matrix *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    m->show = show;
    m->plan = plan;
    m->width = show->terminal.width ? show->terminal.width : WIDTH_USUAL;
    m->rows = show->terminal.rows > 1 ? show->terminal.rows : ROWS_USUAL;
    m->targets = calloc(plan->targets.count, sizeof *m->targets);
    find_columns(m);
    if (!m->targets || !matrix_fits(m)) {
        free(m->targets);
        free(m);
        return NULL;
    }
    draw_heading(m);
    return m;
}

/* A case of the plan has one. */
static size_t column_of(const struct check_matrix *m, const struct check_case *one)
{
    size_t i = 0;

    while (i + 1 < m->columns && m->chapters[i] != check_chapter_of(one))
        i++;
    return i;
}

void check_matrix_event(struct check_matrix *m, size_t index, const struct check_event *event)
{
    struct row *row = &m->targets[index];

    switch (event->kind) {
    case CHECK_EVENT_START: row->state = ROW_RUNS; break;
    case CHECK_EVENT_BEGIN: row->chapter = column_of(m, event->one); break;
    case CHECK_EVENT_CASE:
        cell_add(&row->cells[column_of(m, event->one)], event->check.verdict,
                 check_standing(&event->check));
        break;
    case CHECK_EVENT_ERROR: row->broken = true; break;
    case CHECK_EVENT_END: row->state = ROW_OVER; break;
    }
    draw_rows(m);
}

void check_matrix_end(struct check_matrix *m)
{
    if (!m)
        return;
    for (; m->top < m->plan->targets.count && m->plan->targets.items[m->top]->missing; m->top++)
        draw_row(m, m->top);
    fputc('\n', m->show->text);
    free(m->targets);
    free(m);
}

/* ---- details, in the order of the targets ---- */

static void matrix_begin(struct check_show *show)
{
    (void)show; /* check_matrix_new() has */
}

/* Told in its turn, while the rows show all of them at a time. */
static void matrix_target(struct check_show *show, const struct target *target)
{
    show->heading = target->name;
}

static void matrix_error(struct check_show *show, const struct target *target, const char *why)
{
    FILE *out = why ? check_keep(show) : NULL;

    (void)target;
    if (out)
        fprintf(out, "  could not run: %s\n", why);
}

static void matrix_verdict(struct check_show *show, const struct check *c)
{
    check_keep_details(show, c);
}

const struct check_form check_form_matrix = {
    .begin = matrix_begin,
    .target = matrix_target,
    .error = matrix_error,
    .verdict = matrix_verdict,
};
