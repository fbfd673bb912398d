/* Commands given to --exec: split as a shell would, filled in, and quoted again. */
#include "fuzz.h"
#include "target/arguments.h"

#include <string.h>

/* A word that is quoted and split again is the same word. */
static void expect_the_word_back(const char *word)
{
    struct error error = {0};
    char *quoted = arguments_quote("", word);
    char **again;

    FUZZ_EXPECT(quoted);
    again = arguments_split(quoted, &error);
    FUZZ_EXPECT(again && again[0] && !again[1] && strcmp(again[0], word) == 0);
    arguments_free(again);
    free(quoted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *command = malloc(size + 1);
    struct error error = {0};
    char **words, **filled;

    memcpy(command, data, size);
    command[size] = '\0';
    words = arguments_split(command, &error);
    FUZZ_EXPECT(words || (error.status == STATUS_USAGE && error.text[0]));
    for (size_t i = 0; words && words[i]; i++)
        expect_the_word_back(words[i]);
    if (words) {
        filled = arguments_fill(
            words, &(const struct arguments_values){
                       .port = 2000, .sockets = 10, .upstream = 5300, .pid = 4, .address = "::1"});
        FUZZ_EXPECT(filled && !arguments_mention(filled, "{port}"));
        arguments_free(filled);
        arguments_free(words);
    }
    free(command);
    return 0;
}
