/* Texts of the tree that the program has inside, so that it can tell them wherever it lies: made of
 * the files when it is built (embed.cmake).  Constant; any thread. */
#ifndef EDGEWISE_CLI_EMBEDDED_H
#define EDGEWISE_CLI_EMBEDDED_H

struct embedded_text {
    const char *name; /* the file's, without its ending; NULL: the last */
    const char *text;
};

/* By their names. */
extern const struct embedded_text embedded_completions[]; /* of shells: completions/ */
extern const struct embedded_text embedded_schemas[];     /* schemas/, each whole by itself */

/* NULL: there is none of this name. */
const struct embedded_text *embedded_named(const struct embedded_text *texts, const char *name);

#endif
