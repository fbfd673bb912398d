/* In place of libFuzzer, which not every compiler has: each kept input once.  replay FOLDER */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>

static void replay_file(const char *path)
{
    static uint8_t data[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(data, 1, sizeof data, file) : 0;
    uint8_t *exact = malloc(size ? size : 1);

    FUZZ_EXPECT(file && exact && feof(file));
    memcpy(exact, data, size); /* so that a sanitizer sees who reads behind it */
    fclose(file);
    printf("%s, %zu bytes\n", path, size);
    fflush(stdout);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    struct dirent *entry;
    char path[4096];
    int count = 0;

    while (folder && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        replay_file(path);
        count++;
    }
    if (folder)
        closedir(folder);
    return count > 0 ? 0 : 1;
}
