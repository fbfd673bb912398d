/* Options: the words of a command line, of the subcommand that has the most of them.  Words end
 * with a newline; the first is an address to be flooded. */
#include "cli/flood_options.h"

#include "flood/address.h"
#include "fuzz.h"

#include <getopt.h>
#include <string.h>

#define WORDS_MAX 32

static const struct cli_command command = {.name = "flood",
                                           .summary = "fuzzed",
                                           .operands = "ADDR",
                                           .options = flood_options,
                                           .takes_targets = true};

/* What is accepted is what its text says, so it is printed as the same again. */
static void expect_addresses(const char *text)
{
    static union address addresses[ADDRESSES_MAX];
    struct error error = {0};
    int n = flood_parse_addresses(text, addresses, ADDRESSES_MAX, &error);

    FUZZ_EXPECT(n < 0 ? error.status == STATUS_USAGE : n > 0 && (unsigned)n <= ADDRESSES_MAX);
    for (int i = 0; i < n; i++) {
        char one[ADDRESS_TEXT];
        union address again;

        address_text(&addresses[i], one);
        FUZZ_EXPECT(flood_parse_addresses(one, &again, 1, &error) == 1);
        FUZZ_EXPECT(i > 0 || strstr(text, strrchr(one, ':') + 1));
    }
}

static void fuzz_options_parse(int argc, char **argv, FILE *nowhere)
{
    static struct flood_command flood;
    struct cli cli = {.command = &command, .text = nowhere};
    int operands;

    memset(&flood, 0, sizeof flood);
    optind = 0; /* getopt begins anew */
    operands = cli_parse(&cli, argc, argv, &flood);
    if (operands < 0) {
        FUZZ_EXPECT(cli.error.status == STATUS_OK ||
                    (cli.error.status == STATUS_USAGE && cli.error.text[0]));
        return;
    }
    FUZZ_EXPECT(operands < argc);
    flood_settle(&cli, &flood);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char name[] = "flood";
    static FILE *nowhere;
    char *argv[WORDS_MAX + 2] = {name};
    char *text = malloc(size + 1), *rest = text, *word;
    int argc = 1;

    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    memcpy(text, data, size);
    text[size] = '\0';
    while (argc <= WORDS_MAX && (word = strsep(&rest, "\n")) != NULL)
        argv[argc++] = word;
    expect_addresses(argc > 1 ? argv[1] : "");
    fuzz_options_parse(argc, argv, nowhere);
    free(text);
    return 0;
}
