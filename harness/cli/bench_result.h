/* What edgewise bench has written, read again: for edgewise compare and edgewise merge. */
#ifndef EDGEWISE_CLI_BENCH_RESULT_H
#define EDGEWISE_CLI_BENCH_RESULT_H

#include "bench/compare.h"
#include "bench/rounds.h"
#include "cli/result_file.h"

/* Sees to it that the rest of this header finds in the result of a bench what it looks for; 0, or
 * -1 with `error` filled. */
int bench_result_check(const struct result_file *file, struct error *error);

/* Loads a file and checks it; it must be the result of a bench.  0, or -1 with `error` filled;
 * result_file_free() is safe after both. */
int bench_result_load(struct result_file *file, const char *path, bool take_partial,
                      struct error *error);

/* What keeps the figures of `b` from being compared with those of `a`: an array of {"what", "a",
 * "b"}, a new reference; empty: nothing. */
json_t *bench_result_differences(const struct result_file *a, const struct result_file *b);

/* The parts of the floor that took far longer in one of them, alike: the machine was another one
 * then.  A hypervisor may let two processors share a core at one time, and lay them in different
 * corners of a chip at another, where a line takes four times as long and an echo a third more. */
json_t *bench_result_moved(const struct result_file *a, const struct result_file *b);

/* The differences in words, as much of them as `text` has room for. */
void bench_result_tell(const json_t *differences, char *text, size_t size);

/* The row of that target; NULL: there is none. */
const json_t *bench_result_row(const struct result_file *file, const char *name);

/* How many runs it consists of: 1, or those that were joined. */
size_t bench_result_runs(const struct result_file *file);

/* How far the baseline was from itself. */
double bench_result_floor(const struct result_file *file);

/* A row's valid figures of CPU for each echo, run by run; runs without any are left out.  0, or -1:
 * there is no memory.  bench_values_free() is due after both. */
int bench_result_values(const struct result_file *file, const json_t *row,
                        struct compare_values *values);
void bench_values_free(struct compare_values *values);

/* One sample of a row, in the form in which it was taken. */
struct bench_sample bench_result_sample(const json_t *sample);

#endif
