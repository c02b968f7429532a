/*
 * engine.c - what the scheduler itself costs: parsing, planning, deciding, committing.
 *
 *   engine parse FILE [REPEAT]      seconds to read a DAG file
 *   engine dispatch FILE DIR        seconds a task, with two at a time, from file to end of the run
 *   engine make FILE DIR            milliseconds until all tasks of a run are there and looked at,
 *                                   and of the slowest turn of these
 *   engine due DIR DAGS RUNS        DAGS dags with RUNS days each, all due at one instant
 *   engine past DIR FILE RUNS       milliseconds of each of the next runs in DIR, as it stands
 *   engine looks DIR TASKS MINUTES  what TASKS sensors cost that look every minute, in vain
 *
 * The engine and the database are the real ones, workers end as soon as they are launched.  One
 * line of numbers goes to standard output; what they are stands before them.
 */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/dagfile/dagfile.h"
#include "core/time/grid.h"
#include "scheduler/engine/turn.h"
#include "scheduler/store/commit.h"
#include "scheduler/store/load.h"
#include "scheduler/store/recall.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOTS = 2, FILE_BYTES_MAX = 64 << 20 };

#define DUE_DAY 20574 /* 2026-05-01 */

struct bench {
	struct store *store;
	struct engine *engine;
	struct turn *turn;
	int64_t now_us, wake_us;
	int64_t *launched; /* attempts that run */
	size_t n_launched, room_launched;
	int64_t ended; /* how many came to their end */
	int64_t slowest_us, turns;
	enum outcome outcome; /* of every attempt */
};

static void
must(enum err_code code, const struct err *err)
{
	if (!code)
		return;
	(void)fprintf(stderr, "%s\n", err->msg);
	exit(1);
}

/* Of this thread: others on the machine do not count. */
static int64_t
cpu_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

static enum err_code
commit(void *arg, const struct change *changes, size_t n, struct err *err)
{
	return store_commit(((struct bench *)arg)->store, changes, n, err);
}

static void
launch(void *arg, const struct action *action)
{
	struct bench *b = arg;

	b->launched = mem_grow(b->launched, b->n_launched, &b->room_launched, sizeof(*b->launched));
	b->launched[b->n_launched++] = action->attempt;
}

static void
send_all(void *arg)
{
	(void)arg;
}

static void
nothing(void *arg, int64_t attempt)
{
	(void)arg;
	(void)attempt;
}

static void
discard(void *arg, int64_t attempt, bool keep_staging)
{
	(void)arg;
	(void)attempt;
	(void)keep_staging;
}

static void
reply(void *arg, int64_t request, const struct reply *r)
{
	(void)arg;
	(void)request;
	(void)r;
}

static void
adopt(void *arg, int64_t attempt, int pid)
{
	(void)arg;
	(void)attempt;
	(void)pid;
}

static enum err_code
answered(void *arg, const char *key, struct recall *out, struct err *err)
{
	return store_answered(((struct bench *)arg)->store, key, out, err);
}

static enum err_code
recall(void *arg, const int64_t *runs, size_t n, struct recall *out, struct err *err)
{
	return store_recall(((struct bench *)arg)->store, runs, n, out, err);
}

static void
bench_open(struct bench *b, struct world *world, const char *dir)
{
	const struct engine_config config = { .pool_slots = SLOTS, .seed = 1 };
	struct err err;

	*b = (struct bench){ .now_us = (int64_t)DUE_DAY * DAY_US, .outcome = OUTCOME_OK };
	*world = (struct world){ .arg = b,
				 .commit = commit,
				 .launch = launch,
				 .send = send_all,
				 .kill = nothing,
				 .sweep = nothing,
				 .publish = nothing,
				 .discard = discard,
				 .reply = reply,
				 .adopt = adopt,
				 .answered = answered,
				 .recall = recall };
	must(store_open(&b->store, dir, HOLDER_SCHEDULER, &err), &err);
	b->engine = engine_new(&config);
	must(store_load(b->store, b->engine, &err), &err);
	b->turn = turn_new(b->engine, world);
}

static void
bench_close(struct bench *b)
{
	turn_free(b->turn);
	engine_free(b->engine);
	store_close(b->store);
	free(b->launched);
}

/* Commit and act; the time since `from` is a turn's. */
static void
finish(struct bench *b, int64_t from)
{
	struct err err;
	int64_t took;

	must(turn_finish(b->turn, true, &b->wake_us, &err), &err);
	took = cpu_us() - from;
	b->turns++;
	if (took > b->slowest_us)
		b->slowest_us = took;
	must(store_idle(b->store, &err), &err);
}

static void
wake(struct bench *b)
{
	int64_t from = cpu_us();

	turn_event(b->turn, &(struct event){ .kind = EVENT_WAKE }, b->now_us);
	finish(b, from);
}

/* What was launched has begun and ended well. */
static void
end_launched(struct bench *b)
{
	int64_t from = cpu_us(), *attempts = b->launched;
	size_t n = b->n_launched;

	b->launched = NULL;
	b->n_launched = b->room_launched = 0;
	for (size_t i = 0; i < n; i++) {
		char none[] = "";
		struct exit_record record = { .attempt = attempts[i],
					      .outcome = b->outcome,
					      .message = none };

		b->now_us += 1000;
		turn_event(b->turn,
			   &(struct event){ .kind = EVENT_STARTED, .attempt = attempts[i] },
			   b->now_us);
		turn_event(b->turn,
			   &(struct event){
			       .kind = EVENT_EXITED, .attempt = attempts[i], .record = &record },
			   b->now_us);
		b->ended++;
	}
	free(attempts);
	finish(b, from);
}

static struct dag *
read_dag(const char *name, const char *text, size_t bytes)
{
	struct diags diags;
	struct dag *dag;

	diags_init(&diags);
	dag = dagfile_read(name, text, bytes, &diags);
	if (!dag) {
		struct buf out;

		buf_init(&out, SIZE_MAX / 2);
		diags_render(&diags, false, 0, &out);
		(void)fputs(out.data, stderr);
		exit(1);
	}
	diags_release(&diags);
	return dag;
}

static struct dag *
read_file(const char *path)
{
	struct buf text;
	struct dag *dag;
	struct err err;

	buf_init(&text, FILE_BYTES_MAX);
	must(buf_read_file(&text, AT_FDCWD, path, &err), &err);
	dag = read_dag(path, text.data, text.bytes);
	buf_release(&text);
	return dag;
}

static void
give_catalog(struct bench *b, struct dag *const *dags, size_t n)
{
	int64_t from = cpu_us();

	turn_event(b->turn, &(struct event){ .kind = EVENT_CATALOG, .dags = dags, .n_dags = n },
		   b->now_us);
	finish(b, from);
	b->slowest_us = b->turns = 0; /* a turn of its own kind: all files at once */
}

static int
bench_parse(const char *path, int repeat)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < repeat; i++) {
		int64_t from = cpu_us();
		struct dag *dag = read_file(path);
		int64_t took = cpu_us() - from;

		best = took < best ? took : best;
		dag_unref(dag);
	}
	(void)printf("parse_s %.3f\n", (double)best / SECOND_US);
	return 0;
}

/* One run of the dag from its making to its end. */
static void
run_all(struct bench *b)
{
	do {
		wake(b);
		while (b->n_launched)
			end_launched(b);
	} while (b->wake_us <= b->now_us);
}

static int
bench_dispatch(const char *path, const char *dir)
{
	struct world world;
	struct bench b;
	struct dag *dag = read_file(path);
	int64_t from;

	bench_open(&b, &world, dir);
	give_catalog(&b, &dag, 1);
	b.now_us += DAY_US;
	from = cpu_us();
	run_all(&b);
	(void)printf("task_us %.1f slowest_turn_ms %.1f tasks %lld turns %lld\n",
		     (double)(cpu_us() - from) / (double)b.ended, (double)b.slowest_us / 1000,
		     (long long)b.ended, (long long)b.turns);
	bench_close(&b);
	dag_unref(dag);
	return 0;
}

static int
bench_make(const char *path, const char *dir)
{
	struct world world;
	struct bench b;
	struct dag *dag = read_file(path);
	int64_t from;

	bench_open(&b, &world, dir);
	give_catalog(&b, &dag, 1);
	b.now_us += DAY_US;
	from = cpu_us();
	do
		wake(&b);
	while (b.wake_us <= b.now_us);
	(void)printf("make_ms %.1f slowest_turn_ms %.1f turns %lld\n",
		     (double)(cpu_us() - from) / 1000, (double)b.slowest_us / 1000,
		     (long long)b.turns);
	bench_close(&b);
	dag_unref(dag);
	return 0;
}

static int
bench_due(const char *dir, int n_dags, int n_runs)
{
	struct dag **dags = mem_new((size_t)n_dags, sizeof(struct dag *));
	struct world world;
	struct bench b;
	int64_t from;

	for (int i = 0; i < n_dags; i++) {
		char first[DATE_CHARS + 1];
		char *text;

		date_format(DUE_DAY - n_runs, first);
		text = mem_format("dag: d%d\nschedule: '@daily'\nstart_date: %s\ncatchup: all\n"
				  "max_active_runs: 1000\n"
				  "tasks: {a: {operator: command, run: [x]}}\n",
				  i, first);
		dags[i] = read_dag("d.yaml", text, strlen(text));
		free(text);
	}
	bench_open(&b, &world, dir);
	give_catalog(&b, dags, (size_t)n_dags);
	from = cpu_us();
	do
		wake(&b);
	while (b.wake_us <= b.now_us);
	(void)printf("runs %d seconds %.3f turns %lld slowest_turn_ms %.1f\n", n_dags * n_runs,
		     (double)(cpu_us() - from) / SECOND_US, (long long)b.turns,
		     (double)b.slowest_us / 1000);
	b.slowest_us = b.turns = 0;
	from = cpu_us();
	while (b.n_launched && b.ended < 2000)
		end_launched(&b);
	(void)printf("then task_us %.1f slowest_turn_ms %.1f\n",
		     (double)(cpu_us() - from) / (double)(b.ended ? b.ended : 1),
		     (double)b.slowest_us / 1000);
	bench_close(&b);
	for (int i = 0; i < n_dags; i++)
		dag_unref(dags[i]);
	free(dags);
	return 0;
}

static int
bench_past(const char *dir, const char *file, int runs)
{
	struct world world;
	struct bench b;
	struct dag *dag = read_file(file);
	int64_t from;

	bench_open(&b, &world, dir);
	give_catalog(&b, &dag, 1);
	from = cpu_us();
	for (int i = 0; i < runs; i++) {
		b.now_us += DAY_US;
		run_all(&b);
	}
	(void)printf("run_ms %.3f runs %d tasks %lld slowest_turn_ms %.1f\n",
		     (double)(cpu_us() - from) / 1000 / runs, runs, (long long)b.ended,
		     (double)b.slowest_us / 1000);
	bench_close(&b);
	dag_unref(dag);
	return 0;
}

/* A dag of so many sensors, and what it costs once each of them has looked. */
static int
bench_looks(const char *dir, int n, int minutes)
{
	int64_t from, until_us, looks, idle_turns = 0;
	struct world world;
	struct bench b;
	struct dag *dag;
	struct buf text;
	double each_us;

	buf_init(&text, SIZE_MAX / 2);
	buf_text(&text, "dag: s\nschedule: '@daily'\nstart_date: 2026-05-01\ntasks:\n");
	for (int i = 0; i < n; i++)
		buf_format(&text, "  t%d: {operator: sensor, run: [x], every: 1m}\n", i);
	dag = read_dag("s.yaml", text.data, text.bytes);
	buf_release(&text);
	bench_open(&b, &world, dir);
	b.outcome = OUTCOME_NOT_YET;
	give_catalog(&b, &dag, 1);
	b.now_us += DAY_US;
	run_all(&b);
	b.slowest_us = b.turns = 0;
	looks = b.ended;
	until_us = b.now_us + minutes * MINUTE_US;
	from = cpu_us();
	while (b.now_us < until_us) {
		idle_turns += !b.n_launched;
		if (b.n_launched) {
			end_launched(&b);
			continue;
		}
		b.now_us = b.wake_us > b.now_us ? b.wake_us : b.now_us;
		wake(&b);
	}
	looks = b.ended - looks;
	each_us = (double)(cpu_us() - from) / (double)(looks ? looks : 1);
	(void)printf(
	    "look_us %.1f of_a_core_percent %.2f slowest_turn_ms %.1f looks %lld turns %lld "
	    "wakes %lld\n",
	    each_us, each_us * n / 60 / 10000, (double)b.slowest_us / 1000, (long long)looks,
	    (long long)b.turns, (long long)idle_turns);
	bench_close(&b);
	dag_unref(dag);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc >= 3 && strcmp(argv[1], "parse") == 0)
		return bench_parse(argv[2], argc > 3 ? atoi(argv[3]) : 1);
	if (argc == 4 && strcmp(argv[1], "dispatch") == 0)
		return bench_dispatch(argv[2], argv[3]);
	if (argc == 4 && strcmp(argv[1], "make") == 0)
		return bench_make(argv[2], argv[3]);
	if (argc == 5 && strcmp(argv[1], "due") == 0)
		return bench_due(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (argc == 5 && strcmp(argv[1], "past") == 0)
		return bench_past(argv[2], argv[3], atoi(argv[4]));
	if (argc == 5 && strcmp(argv[1], "looks") == 0)
		return bench_looks(argv[2], atoi(argv[3]), atoi(argv[4]));
	(void)fputs("usage: see the top of tests/bench/engine.c\n", stderr);
	return 2;
}
