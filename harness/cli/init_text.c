#include "cli/init_text.h"

#include "target/arguments.h"

#include <ctype.h>
#include <stdlib.h>

/* ---- the target file ---- */

static json_t *words_of(char *const *argv)
{
    json_t *words = json_array();

    for (; *argv; argv++)
        json_array_append_new(words, json_string(*argv));
    return words;
}

/* Whoever claims more than is taken for granted says all of it. */
static json_t *claims_of(const struct cli_words *claims)
{
    json_t *words = json_pack("[s]", "echo");

    for (unsigned i = 0; i < claims->count; i++)
        json_array_append_new(words, json_string(claims->items[i]));
    return words;
}

json_t *init_target_file(const struct init_words *words)
{
    const struct cli_targets *t = words->targets;
    json_t *file = json_pack("{s:s, s:o}", "name", words->target->name, "command",
                             words_of(words->target->argv));

    if (t->options.sockets)
        json_object_set_new(file, "ports", json_integer(t->options.sockets));
    if (t->options.port)
        json_object_set_new(file, "port", json_integer(t->options.port));
    if (words->ready)
        json_object_set_new(file, "ready", json_string(words->ready));
    if (t->speaks.text)
        json_object_set_new(file, "speaks", json_string(t->speaks.text));
    if (t->claims.count > 0)
        json_object_set_new(file, "capabilities", claims_of(&t->claims));
    return file;
}

/* ---- lines to paste ---- */

/* The action takes the word as a shell would; a string of JSON is one of YAML, too (YAML 1.2,
 * 1.3). */
static void put_yaml_word(const char *word, FILE *out)
{
    char *quoted = arguments_quote("", word);
    json_t *string = json_string(quoted ? quoted : word);

    json_dumpf(string, out, JSON_ENCODE_ANY);
    json_decref(string);
    free(quoted);
}

void init_put_workflow(const struct init_words *words, FILE *out)
{
    fputs("name: edgewise\n"
          "on: [push, pull_request]\n"
          "jobs:\n"
          "  edgewise:\n"
          "    runs-on: ubuntu-latest\n"
          "    steps:\n"
          "      - uses: actions/checkout@v4\n"
          "      # Build your server here.\n"
          "      - uses: OWNER/edgewise@v1\n"
          "        with:\n"
          "          target: ",
          out);
    put_yaml_word(words->file, out);
    fputs("\n"
          "          # cases: integrity order\n"
          "          # require: fairness\n"
          "          # baseline: baseline.json\n",
          out);
}

/* What a test is called: by the letters that all of CTest's files and filters take as they are. */
static void put_test_name(const char *name, FILE *out)
{
    fputs("edgewise-", out);
    for (; *name; name++)
        fputc(isalnum((unsigned char)*name) || *name == '.' || *name == '_' ? *name : '-', out);
}

/* A quoted argument (cmake-language(7)). */
static void put_cmake(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++)
        fprintf(out, "%s%c", *text == '"' || *text == '\\' || *text == '$' ? "\\" : "", *text);
    fputc('"', out);
}

/* 3 is of the machine and not of the server: CTest shows that as skipped. */
void init_put_ctest(const struct init_words *words, FILE *out)
{
    fputs("enable_testing()\n"
          "find_program(EDGEWISE edgewise)\n"
          "if(EDGEWISE)\n"
          "  add_test(NAME ",
          out);
    put_test_name(words->target->name, out);
    fputs(" COMMAND ${EDGEWISE} check --private ", out);
    put_cmake(words->file, out);
    fputs("\n    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})\n"
          "  set_tests_properties(",
          out);
    put_test_name(words->target->name, out);
    fputs(" PROPERTIES LABELS edgewise SKIP_RETURN_CODE 3 TIMEOUT 600)\n"
          "endif()\n",
          out);
}
