#include "bench/goals.h"

#include <string.h>

static int bench_goals_check(const char *path, const json_t *file, struct error *error)
{
    const json_t *margin = json_object_get(file, "margin");
    json_t *list = json_object_get(file, "goals"), *one;
    size_t i;

    if (!json_is_array(list))
        return error_set(error, STATUS_USAGE, "%s: \"goals\" must be an array", path);
    if (margin && (!json_is_number(margin) || json_number_value(margin) < 0))
        return error_set(error, STATUS_USAGE, "%s: \"margin\" must be a number from 0", path);
    json_array_foreach(list, i, one)
    {
        if (!json_is_string(json_object_get(one, "name")) ||
            !json_is_string(json_object_get(one, "base")) ||
            json_number_value(json_object_get(one, "at_most")) <= 0)
            return error_set(error, STATUS_USAGE,
                             "%s: goal %zu must be {\"name\": TARGET, \"base\": TARGET, "
                             "\"at_most\": RATIO}",
                             path, i + 1);
    }
    return 0;
}

int bench_goals_load(struct bench_goals *goals, const char *path, struct error *error)
{
    json_error_t wrong;
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &wrong);
    int result;

    *goals = (struct bench_goals){0};
    if (!file && wrong.line < 0) /* whose text names the file */
        return error_set(error, STATUS_USAGE, "%s", wrong.text);
    if (!file)
        return error_set(error, STATUS_USAGE, "%s: line %d: %s", path, wrong.line, wrong.text);
    result = bench_goals_check(path, file, error);
    if (result == 0) {
        goals->margin = json_number_value(json_object_get(file, "margin"));
        goals->list = json_incref(json_object_get(file, "goals"));
    }
    json_decref(file);
    return result;
}

void bench_goals_fini(struct bench_goals *goals)
{
    json_decref(goals->list);
    goals->list = NULL;
}

double bench_goal_of(const struct bench_goals *goals, const char *name, const char *base)
{
    json_t *one;
    size_t i;

    json_array_foreach(goals->list, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "name")), name) == 0 &&
            strcmp(json_string_value(json_object_get(one, "base")), base) == 0)
            return json_number_value(json_object_get(one, "at_most"));
    }
    return 0;
}
