/* The scenarios on a server that is a model: a loop with a budget and a queue, without a system
 * call.  What they find must be what it was made to be. */
#include "cmocka_all.h"
#include "simulate/engine.h"
#include "simulate/scenario.h"

#include <stdlib.h>
#include <string.h>

#define QUEUE_MAX 512

struct model_socket {
    struct engine_tag waiting[QUEUE_MAX]; /* arrived, not read */
    unsigned count;
    struct engine_tag held[QUEUE_MAX]; /* replies that could not be sent */
    unsigned held_count;
    int sends_left;
};

/* The carrier's functions have no context. */
static struct {
    struct engine engine;
    struct model_socket sockets[2];
    unsigned budget, queue;
    bool newest_first; /* a queue that is emptied from its wrong end */
} model;

static void engine_test_inject(const struct engine_tag *tag, int error)
{
    struct model_socket *s = &model.sockets[tag->socket];

    assert_int_equal(error, 0);
    assert_true(s->count < QUEUE_MAX);
    s->waiting[s->count++] = *tag;
}

static void engine_test_limit(unsigned socket, int sends)
{
    model.sockets[socket].sends_left = sends;
}

static void fail_next(enum engine_kind kind, int error)
{
    (void)kind, (void)error;
}

static void happen_nothing(void)
{
}

static const struct engine_carrier carrier = {.inject = engine_test_inject,
                                              .limit = engine_test_limit,
                                              .fail = fail_next,
                                              .happen = happen_nothing};

static void ignore_datagram(const struct engine_tag *tag, int error)
{
    (void)tag, (void)error;
}

static void ignore_limit(unsigned socket, int sends)
{
    (void)socket, (void)sends;
}

static const struct engine_carrier ignoring = {
    .inject = ignore_datagram, .limit = ignore_limit, .fail = fail_next, .happen = happen_nothing};

static struct engine_tag engine_test_take(struct engine_tag *tags, unsigned *count, unsigned index)
{
    struct engine_tag tag = tags[index];

    memmove(tags + index, tags + index + 1, (--*count - index) * sizeof *tags);
    return tag;
}

static bool engine_test_send_reply(unsigned index, const struct engine_tag *tag)
{
    struct model_socket *s = &model.sockets[index];

    if (s->sends_left == 0) {
        engine_refused(&model.engine);
        return false;
    }
    if (s->sends_left > 0)
        s->sends_left--;
    engine_sent(&model.engine, &carrier, index, tag->client, tag);
    return true;
}

static void engine_test_flush(unsigned index)
{
    struct model_socket *s = &model.sockets[index];

    while (s->held_count > 0) {
        unsigned next = model.newest_first ? s->held_count - 1 : 0;

        if (!engine_test_send_reply(index, &s->held[next]))
            return;
        engine_test_take(s->held, &s->held_count, next);
    }
}

static void engine_test_serve(unsigned index)
{
    struct model_socket *s = &model.sockets[index];

    engine_test_flush(index);
    for (unsigned i = 0; i < model.budget && s->count > 0; i++) {
        struct engine_tag tag = engine_test_take(s->waiting, &s->count, 0);

        engine_received(&model.engine, &carrier, index, 1);
        if ((s->held_count > 0 || !engine_test_send_reply(index, &tag)) &&
            s->held_count < model.queue)
            s->held[s->held_count++] = tag;
    }
}

/* Round robin over whoever was ready when the turn began, the first socket first. */
static void run_model(const char *scenario, unsigned run)
{
    unsigned row = 0;

    while (strcmp(scenarios[row]->id, scenario) != 0)
        row++;
    memset(model.sockets, 0, sizeof model.sockets);
    model.sockets[0].sends_left = model.sockets[1].sends_left = -1;
    engine_begin(&model.engine, row, run, model.queue);
    while (engine_quiet(&model.engine, &carrier)) {
        engine_test_flush(0);
        while (model.sockets[0].count + model.sockets[1].count > 0) {
            bool ready[2] = {model.sockets[0].count > 0, model.sockets[1].count > 0};

            engine_waits(&model.engine, false);
            for (unsigned i = 0; i < 2; i++) {
                if (ready[i])
                    engine_test_serve(i);
            }
        }
    }
}

static int64_t figure(const char *name)
{
    for (unsigned i = 0; i < model.engine.figure_count; i++) {
        if (strcmp(model.engine.figures[i].name, name) == 0)
            return model.engine.figures[i].value;
    }
    fail_msg("no figure is called %s", name);
    return 0;
}

static void the_starvation_bound_is_the_budget_and_at_worst_twice_that_less_one(void **state)
{
    (void)state;
    srand(1);
    for (int i = 0; i < 20; i++) {
        model.budget = 1 + (unsigned)rand() % 64;
        run_model("starvation", 0);
        assert_int_equal(figure("received"), model.budget);
        run_model("starvation", 1);
        assert_int_equal(figure("received"), 2 * model.budget - 1);
        assert_int_equal(figure("answered"), 2 * model.budget);
    }
}

/* Gaps of 1 to 97 see little of a period of thousands: arrivals follow it. */
static void the_worst_case_of_a_long_period_is_found_too(void **state)
{
    (void)state;
    srand(4);
    for (int i = 0; i < 10; i++) {
        model.budget = 100 + (unsigned)rand() % 4000;
        run_model("starvation", 1);
        assert_int_equal(figure("received"), 2 * model.budget - 1);
    }
}

static void a_loop_without_a_budget_has_no_bound(void **state)
{
    (void)state;
    model.budget = UINT32_MAX;
    run_model("starvation", 0);
    assert_true(figure("received") == ENGINE_UNBOUNDED);
    assert_true(figure("answered") == ENGINE_UNBOUNDED);
}

static void a_burst_shows_the_budget(void **state)
{
    (void)state;
    for (model.budget = 1; model.budget <= 128; model.budget *= 2) {
        run_model("burst", 0);
        assert_int_equal(figure("longest_run"), model.budget < 100 ? model.budget : 100);
    }
}

static void what_is_held_while_blocked_is_the_queue(void **state)
{
    (void)state;
    srand(2);
    model.budget = 16;
    for (int i = 0; i < 20; i++) {
        model.queue = (unsigned)rand() % 110;
        for (unsigned run = 0; run < 2; run++) {
            run_model("blocked", run);
            assert_int_equal(figure("held"), model.queue);
            assert_int_equal(figure("disorder"), 0);
            assert_int_equal(figure("unread"), 0);
            assert_int_equal(figure("dropped") + figure("answered"), figure("queued"));
        }
    }
}

static void a_queue_emptied_from_its_wrong_end_is_out_of_order(void **state)
{
    (void)state;
    model.budget = model.queue = 8;
    model.newest_first = true;
    run_model("blocked", 0);
    model.newest_first = false;
    assert_true(figure("disorder") > 0);
}

static void answers_to_others_are_misrouted(void **state)
{
    struct engine_tag tag = {.magic = ENGINE_MAGIC, .sequence = 1};
    struct engine *e = &model.engine;

    (void)state;
    engine_begin(e, 0, 0, 0);
    engine_sent(e, &carrier, 0, 0, &tag); /* never asked */
    assert_int_equal(e->misrouted, 1);
    engine_quiet(e, &carrier);
    engine_sent(e, &carrier, 0, 1, &tag);
    engine_sent(e, &carrier, 1, 0, &tag);
    tag.magic++;
    engine_sent(e, &carrier, 0, 0, &tag);
    assert_int_equal(e->misrouted, 4);
}

static void a_thousand_calls_that_move_nothing_are_a_spin(void **state)
{
    struct engine *e = &model.engine;

    (void)state;
    engine_begin(e, 0, 0, 0);
    for (int i = 0; i < ENGINE_SPIN; i++)
        engine_waits(e, false);
    assert_false(e->spins);
    engine_refused(e);
    assert_true(e->spins);
}

static void let_two_threads_read(bool in_turns)
{
    engine_begin(&model.engine, 0, 0, 0);
    if (in_turns)
        engine_begin_turns(&model.engine);
    engine_quiet(&model.engine, &carrier);
    engine_received(&model.engine, &carrier, 0, 1);
    engine_received(&model.engine, &carrier, 1, 2);
    engine_sent(&model.engine, &carrier, 0, 0,
                &(struct engine_tag){.magic = ENGINE_MAGIC, .sequence = 1});
    assert_false(engine_quiet(&model.engine, &carrier));
}

static void threads_that_read_side_by_side_have_a_bound_only_in_turns(void **state)
{
    (void)state;
    let_two_threads_read(false);
    assert_int_equal(figure("parallel"), 1);
    assert_int_equal(model.engine.figure_count, 1);
    let_two_threads_read(true);
    assert_int_equal(figure("in_turns"), 1);
    assert_int_equal(figure("received"), 1);
}

/* ---- whatever a target does ---- */

static struct engine_tag any_tag(void)
{
    return (struct engine_tag){.magic = ENGINE_MAGIC + (rand() % 16 == 0),
                               .socket = (uint32_t)rand() % 2,
                               .client = (uint32_t)rand() % ENGINE_CLIENTS,
                               .sequence = (uint64_t)rand() % 64};
}

static void do_anything(struct engine *e)
{
    struct engine_tag tag = any_tag();

    switch (rand() % 8) {
    case 0: engine_waits(e, rand() % 2); break;
    case 1: engine_empty_receive(e); break;
    case 2: engine_refused(e); break;
    case 3:
    case 4: engine_received(e, &ignoring, tag.socket, 1 + rand() % 2); break;
    case 5: engine_closed(e, (unsigned)rand() % 2); break;
    default: engine_sent(e, &ignoring, tag.socket, tag.client, &tag); break;
    }
}

/* Calls in any order: also answers before they were asked for, twice, and for others. */
static void no_sequence_of_calls_makes_a_figure_negative(void **state)
{
    struct engine *e = &model.engine;

    (void)state;
    srand(3);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned scenario = i % scenario_count;

        engine_begin(e, scenario, (unsigned)rand() % scenario_runs(scenarios[scenario]), 16);
        if (rand() % 2)
            engine_begin_turns(e);
        for (unsigned step = 0; step < 40 && engine_quiet(e, &ignoring); step++) {
            for (int calls = rand() % 60; calls > 0; calls--)
                do_anything(e);
        }
        if (e->figure_count == 0)
            engine_end_spinning(e);
        for (unsigned k = 0; k < e->figure_count; k++)
            assert_true(e->figures[k].value >= 0);
    }
}

static void an_answer_is_counted_once(void **state)
{
    struct engine_tag tag = {.magic = ENGINE_MAGIC};
    struct engine *e = &model.engine;

    (void)state;
    engine_begin(e, 0, 0, 0);
    engine_quiet(e, &ignoring);
    for (uint64_t i = 1; i <= e->injected[0]; i++) {
        tag.sequence = i;
        engine_sent(e, &ignoring, 0, 0, &tag);
        engine_sent(e, &ignoring, 0, 0, &tag);
    }
    assert_int_equal(e->sent[0], e->injected[0]);
    assert_int_equal(e->repeated, e->injected[0]);
    assert_int_equal(e->disorder, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_starvation_bound_is_the_budget_and_at_worst_twice_that_less_one),
        cmocka_unit_test(the_worst_case_of_a_long_period_is_found_too),
        cmocka_unit_test(a_loop_without_a_budget_has_no_bound),
        cmocka_unit_test(a_burst_shows_the_budget),
        cmocka_unit_test(what_is_held_while_blocked_is_the_queue),
        cmocka_unit_test(a_queue_emptied_from_its_wrong_end_is_out_of_order),
        cmocka_unit_test(answers_to_others_are_misrouted),
        cmocka_unit_test(a_thousand_calls_that_move_nothing_are_a_spin),
        cmocka_unit_test(threads_that_read_side_by_side_have_a_bound_only_in_turns),
        cmocka_unit_test(an_answer_is_counted_once),
        cmocka_unit_test(no_sequence_of_calls_makes_a_figure_negative),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
