#include "cli/offer.h"

#include <ctype.h>
#include <string.h>

void cli_offer(struct cli_offers *offers, const char *word, const char *help)
{
    if (strncmp(word, offers->begun, strlen(offers->begun)) == 0)
        json_array_append_new(offers->words, json_pack("{s:s++, s:s}", "word", offers->before, word,
                                                       "", "help", help));
}

void cli_offer_choices(struct cli_offers *offers, const char *choices)
{
    while (choices && *choices) {
        size_t length = strcspn(choices, "|");
        char word[64];

        snprintf(word, sizeof word, "%.*s", (int)length, choices);
        if (islower((unsigned char)*word))
            cli_offer(offers, word, "");
        choices += length + (choices[length] == '|');
    }
}

void cli_offer_files(struct cli_offers *offers)
{
    offers->files = true;
}
