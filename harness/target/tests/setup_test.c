/* What a target wants done before it is started: setup_test ODD_TARGET. */
#include "cmocka_all.h"

#include "base/clock.h"
#include "target/file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *odd_target;

static char **words_of(const char *first, const char *second, const char *third)
{
    char **words = calloc(4, sizeof *words);

    assert_non_null(words);
    words[0] = strdup(first);
    words[1] = strdup(second);
    words[2] = strdup(third);
    return words;
}

/* A server whose setup is this line of a shell, or that of another program. */
static struct target *target_after(const char *setup, const char *program, const char *server)
{
    struct target *t = target_of_command(words_of("sh", "-c", server));

    assert_non_null(t);
    t->setup = words_of(program, "-c", setup);
    return t;
}

static int start_after(const char *line, const char *program, int limit_ms, struct error *error)
{
    char server[4200];
    struct target_options options = {.ready_ms = limit_ms};
    struct target *t;
    struct target_run *run;
    int result;

    snprintf(server, sizeof server, "exec '%s' echo {port}", odd_target);
    t = target_after(line, program, server);
    result = target_start(t, &options, &run, error);
    if (result == 0)
        target_stop(run, NULL);
    target_free(t);
    /* Nothing is left running of either. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    return result;
}

static void it_is_over_before_the_server_is_started(void **state)
{
    char path[] = "/tmp/edgewise-setup-XXXXXX", setup[64], server[4200], text[32] = "";
    int fd = mkstemp(path);
    struct target_options options = {.ready_ms = 0};
    struct target_run *run;
    struct error error = {0};
    struct target *t;

    (void)state;
    assert_true(fd >= 0);
    /* The server has from a file where it is to listen. */
    snprintf(setup, sizeof setup, "echo {port} >%s", path);
    snprintf(server, sizeof server, "exec '%s' echo $(cat %s) # {port}", odd_target, path);
    t = target_after(setup, "sh", server);
    if (target_start(t, &options, &run, &error) < 0)
        fail_msg("%s", error.text);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    assert_int_equal(atoi(text), target_port(run, 0));
    target_stop(run, NULL);
    target_free(t);
    close(fd);
    unlink(path);
}

static void one_that_fails_is_told_with_its_words_and_nothing_is_started(void **state)
{
    static const struct {
        const char *line, *program, *told;
        int limit_ms; /* 0: as long as ever */
    } rows[] = {
        {"echo no database >&2; exit 3", "sh",
         "its setup, sh, ended with exit status 3; its standard error: no database", 0},
        {"kill -ABRT $$", "sh", "its setup, sh, was ended by signal 6", 0},
        {"sleep 60", "sh", "did not end within 200 ms", 200},
        {"sleep 60 &", "sh", "left processes behind, which were ended", 0},
        {"", "/nonexistent/setup", "cannot be started: No such file or directory", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error error = {0};

        assert_int_equal(start_after(rows[i].line, rows[i].program, rows[i].limit_ms, &error), -1);
        assert_int_equal(error.status, STATUS_CANNOT_RUN);
        if (!strstr(error.text, rows[i].told))
            fail_msg("'%s' is not in '%s'", rows[i].told, error.text);
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_over_before_the_server_is_started),
        cmocka_unit_test(one_that_fails_is_told_with_its_words_and_nothing_is_started),
    };

    if (argc != 2)
        return 2;
    odd_target = argv[1];
    signal(SIGPIPE, SIG_IGN); /* as interrupt_install() does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
