/* Target files: JSON that somebody wrote about their server. */
#include "fuzz.h"
#include "target/file.h"

#include <string.h>
#include <unistd.h>

/* In memory where that can be had: the file is written anew for each input. */
static char in_memory[] = "/dev/shm/edgewise-fuzz-XXXXXX", on_disk[] = "/tmp/edgewise-fuzz-XXXXXX";
static const char *path = in_memory;

static void write_file(const uint8_t *data, size_t size)
{
    static int fd = -1;

    if (fd < 0)
        fd = mkstemp(in_memory);
    if (fd < 0) {
        path = on_disk;
        fd = mkstemp(on_disk);
    }
    FUZZ_EXPECT(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
}

static void remove_file(void)
{
    unlink(path);
}

/* Who is accepted can be run: it has a name, a program, and each string that its way of being ready
 * needs. */
static void expect_a_target(const struct target *t)
{
    FUZZ_EXPECT(t->name && *t->name && t->argv && t->argv[0] && t->word);
    FUZZ_EXPECT((t->ready == TARGET_READY_STDOUT) == (t->ready_regex != NULL));
    FUZZ_EXPECT(t->ports <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int registered = -1;
    struct target_list list = {0};
    struct error error = {0};

    if (registered < 0)
        registered = atexit(remove_file);
    write_file(data, size);
    if (target_add_file(&list, path, path, &error) == 0) {
        FUZZ_EXPECT(list.count == 1);
        expect_a_target(list.items[0]);
    } else {
        FUZZ_EXPECT(list.count == 0 && error.status != STATUS_OK &&
                    strncmp(error.text, path, strlen(path)) == 0);
    }
    target_list_free(&list);
    return 0;
}
