/* Who is alone, and who may have company. */
#include "checks/runner/turnstile.h"

#include "checks/runner/runner.h"
#include "cmocka_all.h"

#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 4
#define TURNS 300

/* What all processes see. */
struct company {
    atomic_int met, in;
    atomic_int disturbed; /* somebody was in with one who was alone */
};

static struct company *company_new(void)
{
    struct company *c = mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);

    assert_ptr_not_equal(c, MAP_FAILED);
    return c;
}

/* Nobody goes on before all are in together; if that cannot be, the alarm ends them. */
static void meet(struct company *company, int turnstile)
{
    alarm(60);
    if (!turnstile_enter(turnstile, false))
        _exit(1);
    company->met++;
    while (company->met < PROCESSES)
        sched_yield();
    turnstile_leave(turnstile);
    alarm(0);
}

static void take_turns(struct company *company, int turnstile, int process)
{
    meet(company, turnstile);
    for (int turn = 0; turn < TURNS; turn++) {
        bool alone = turn % PROCESSES == process;

        if (!turnstile_enter(turnstile, alone))
            _exit(1);
        company->in++;
        sched_yield();
        if (alone && company->in > 1)
            company->disturbed++;
        company->in--;
        turnstile_leave(turnstile);
    }
    _exit(0);
}

static void who_is_alone_has_no_company_and_the_others_have(void **state)
{
    struct company *company = company_new();
    int turnstile = turnstile_open(), status;

    (void)state;
    assert_true(turnstile >= 0);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0)
            take_turns(company, turnstile, i);
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(company->disturbed, 0);
    close(turnstile);
    munmap(company, sizeof *company);
}

/* ---- what the runner makes of it ---- */

/* Whoever is alone holds something that nobody else can share. */
static bool is_somebody_alone(int turnstile)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(fcntl(turnstile, F_GETLK, &lock) < 0 || lock.l_type != F_UNLCK);
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status) != 0;
}

/* Says how it was run, a letter for each try, and has always been spoiled. */
static void tell_company(struct check *c)
{
    static char told[8];

    assert_in_range(c->tries, 1, sizeof told - 1);
    told[c->tries - 1] = is_somebody_alone(c->settings->turnstile) ? 'a' : 'c';
    told[c->tries] = '\0';
    check_invalid(c, "%s", told);
}

static void assert_company(uint64_t needs, const char *expected)
{
    const struct check_case one = {.id = "x", .needs = needs, .run = tell_company};
    const struct target target = {.name = NULL};
    const struct check_settings settings = {.timeout_scale = 1, .turnstile = turnstile_open()};
    struct check c;

    assert_true(check_run(&c, &one, &target, &settings));
    assert_string_equal(c.seen, expected);
    assert_false(is_somebody_alone(settings.turnstile));
    close(settings.turnstile);
}

static void what_was_spoiled_beside_others_is_tried_again_alone(void **state)
{
    (void)state;
    assert_company(0, "caa");
}

static void a_case_that_counts_what_is_everybodys_is_alone_at_once(void **state)
{
    (void)state;
    assert_company(CHECK_QUIET, "aaa");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_alone_has_no_company_and_the_others_have),
        cmocka_unit_test(what_was_spoiled_beside_others_is_tried_again_alone),
        cmocka_unit_test(a_case_that_counts_what_is_everybodys_is_alone_at_once),
    };

    return cmocka_run_group_tests_name("turnstile", tests, NULL, NULL);
}
