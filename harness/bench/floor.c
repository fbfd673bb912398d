#include "bench/floor.h"

#define FLOOR_ROW(NAME, name, meaning) [FLOOR_##NAME] = {name, meaning},

static const struct {
    const char *name, *meaning;
} floor_texts[] = {FLOOR_PARTS_LIST(FLOOR_ROW)};

const char *floor_name(enum floor_part part)
{
    return floor_texts[part].name;
}

const char *floor_meaning(enum floor_part part)
{
    return floor_texts[part].meaning;
}

double floor_sum(const struct floor_figure figures[FLOOR_PARTS], uint32_t batch)
{
    double shared = 2 * figures[FLOOR_CALL].ns + figures[FLOOR_LINE].ns;

    return shared / (batch ? batch : 1) + figures[FLOOR_COPIES].ns;
}
