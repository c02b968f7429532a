/*
 * try.c - `tidemill tasks test`: one task, here and now.
 *
 * No state is recorded and nothing is published: inputs are what is live now, or
 * what tests made of it; outputs are kept under .tidemill/scratch until the next test.
 */
#include "cli/cmd/list.h"

#include "cli/term/checks.h"
#include "cli/term/look.h"
#include "cli/term/out.h"
#include "cli/term/parameter.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/model/interval.h"
#include "core/lake/lake.h"
#include "core/lake/manifest.h"
#include "core/storage/live.h"
#include "core/time/grid.h"
#include "core/wire/message.h"
#include "core/wire/spec_make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEST_ATTEMPT = 1 }; /* staging directories are private to the scratch place */

/* A task to be tried. */
struct trial {
	struct cli *cli;
	struct project project;
	const struct dag *dag;
	const struct task *task;
	int64_t logical_us;
	char *scratch, *artifacts_path;
	char *params; /* as given, JSON */
	char token[TOKEN_CHARS + 1];
	struct pinned_input *pins;
	size_t n_pins;
	bool partial;
	struct arena *arena;
	struct {
		const char *dataset;
		const struct dag *owner;
		int64_t first, last;
		size_t days;
	} lacking; /* the first input that is not whole */
	struct tried {
		const char *dataset, *path;
		int64_t part;
	} * tried; /* inputs that are what a test of theirs made */
	size_t n_tried;
};

/* Where the outputs of tests of a dag's tasks are; the caller's. */
static char *
scratch_of(const struct cli *cli, const struct dag *dag)
{
	return mem_format("%s/.tidemill/scratch/%s", cli->project_dir, dag->id);
}

/* The end of the run's interval. */
static int64_t
end_of(const struct trial *t)
{
	return interval_end(t->dag, t->logical_us);
}

/* What is live now, by its manifest. */
static bool
live_of(void *ctx, const struct dataset *dataset, int64_t day, struct spec_live *out)
{
	const struct trial *t = ctx;
	const char *path = lake_path(t->arena, t->cli->project_dir, dataset->path);
	struct manifest m;

	if (manifest_live(&m, MANIFEST_STAMP, path, dataset->grid, day, NULL))
		return false;
	*out = (struct spec_live){ .version = m.version, .rows = m.rows };
	manifest_release(&m);
	return true;
}

/* Does a partition hold a piece of the run's own interval? */
static bool
is_own(const struct trial *t, const struct dag *owner, int64_t part)
{
	return grid_start(owner->grid, part) < end_of(t) &&
	       grid_end(owner->grid, part) > t->logical_us;
}

/* A partition that is not there: a run goes on without it, or says that it is missing. */
static void
miss(struct trial *t, const struct input *input, const struct dag *owner, int64_t day,
     bool *missing)
{
	uint32_t writer;

	*missing = input->allow_missing;
	if (*missing || !dag_writes(owner, input->dataset, &writer))
		return; /* what nobody here writes is the worker's to find */
	/* Days before it began make a window shorter, but not by the day of the run. */
	*missing = !is_own(t, owner, day) &&
		   (grid_start(owner->grid, day) < owner->start_us ||
		    (owner->start_us == INT64_MIN && !dag_is_scheduled(owner)));
	if (*missing || (t->lacking.dataset && strcmp(t->lacking.dataset, input->dataset) != 0))
		return;
	if (!t->lacking.days++)
		t->lacking.first = day;
	t->lacking.dataset = input->dataset;
	t->lacking.owner = owner;
	t->lacking.last = day;
}

/* What has to run before, in words that can be typed. */
static int
say_lacking(const struct trial *t)
{
	const struct dag *owner = t->lacking.owner;
	char first[GRID_TEXT_CHARS + 1], last[GRID_TEXT_CHARS + 1];

	grid_text(owner->grid, t->lacking.first, first);
	grid_text(owner->grid, t->lacking.last, last);
	if (t->lacking.days == 1)
		return cli_fail(EXIT_NO,
				"it reads %s %s, which is not published; make it with: tidemill "
				"dags trigger %s -l %s --wait",
				t->lacking.dataset, first, owner->id, first);
	return cli_fail(
	    EXIT_NO,
	    "it reads %s from %s to %s, of which %zu are not published; make them with: "
	    "tidemill backfill create %s --from-date %s --to-date %s --wait",
	    t->lacking.dataset, first, last, t->lacking.days, owner->id, first, last);
}

/* What is not published may have been made by a test of the task that writes it. */
static bool
pin_tried(struct trial *t, const struct dag *owner, struct pinned_input *out)
{
	char *place = scratch_of(t->cli, owner);
	const char *path = lake_path(t->arena, place, out->dataset);
	char date[GRID_TEXT_CHARS + 1];
	struct manifest m;
	bool there = !manifest_live(&m, MANIFEST_STAMP, path, owner->grid, out->day, NULL);

	free(place);
	if (!there)
		return false;
	out->version = m.version;
	memcpy(out->digest, m.content_digest, sizeof(out->digest));
	manifest_release(&m);
	t->tried = mem_resize(t->tried, t->n_tried + 1, sizeof(*t->tried));
	t->tried[t->n_tried++] = (struct tried){ out->dataset, path, out->day };
	grid_text(owner->grid, out->day, date);
	say("%s %s is not published: it is read as `tidemill tasks test` made it", out->dataset,
	    date);
	return true;
}

/* The inputs that tests made are read where those left them. */
static void
point_at_tried(const struct trial *t, struct spec *spec)
{
	for (size_t i = 0; i < spec->n_inputs; i++) {
		struct spec_input *in = &spec->inputs[i];

		for (size_t k = 0; k < t->n_tried; k++)
			if (in->part == t->tried[k].part &&
			    !strcmp(in->dataset, t->tried[k].dataset))
				in->path = arena_str(spec->arena, t->tried[k].path);
	}
}

/*
 * What was staged takes the place where it would be live in the scratch directory, so that a test
 * of a task that reads it finds it.  What stood there is where the next test stages, and empties.
 */
static void
keep_outputs(const struct spec *spec)
{
	for (size_t i = 0; i < spec->n_outputs; i++) {
		const struct spec_output *o = &spec->outputs[i];
		struct buf staged, live;

		buf_init(&staged, SIZE_MAX);
		buf_init(&live, SIZE_MAX);
		lake_staging(o->path, TEST_ATTEMPT, &staged);
		lake_live(o->path, o->grid, o->part, &live);
		if (mkdir(o->path, 0700) == 0 || errno == EEXIST) {
			if (rename(staged.data, live.data) < 0)
				(void)renameat2(AT_FDCWD, staged.data, AT_FDCWD, live.data,
						RENAME_EXCHANGE);
		}
		buf_release(&live);
		buf_release(&staged);
	}
}

static void
pin(struct trial *t, const struct input *input, const struct dag *owner, const struct dataset *d,
    int64_t day)
{
	const char *path = lake_path(t->arena, t->cli->project_dir, d->path);
	struct pinned_input *out;
	struct manifest m;
	struct buf live;

	t->pins = mem_resize(t->pins, t->n_pins + 1, sizeof(*t->pins));
	out = &t->pins[t->n_pins++];
	*out = (struct pinned_input){ .dataset = d->name, .day = day };
	if (day == INT64_MIN)
		return;
	buf_init(&live, SIZE_MAX);
	lake_live(path, d->grid, day, &live);
	if (!manifest_live(&m, MANIFEST_STAMP, path, d->grid, day, NULL)) {
		out->version = m.version;
		memcpy(out->digest, m.content_digest, sizeof(out->digest));
		manifest_release(&m);
	} else if (access(live.data, F_OK) && !pin_tried(t, owner, out)) {
		miss(t, input, owner, day, &out->missing);
		t->partial = t->partial || out->missing;
	}
	buf_release(&live);
}

/* The partitions that the window of an input reaches. */
static void
pin_parts(struct trial *t, const struct input *input, const struct dag *owner,
	  const struct dataset *d)
{
	const struct reach reach = reach_of(&input->window, t->dag->grid, t->logical_us, end_of(t),
					    d->grid);

	for (int64_t part = reach.parts.first; part <= reach.parts.last; part++)
		if (!grid_is_empty(d->grid, part))
			pin(t, input, owner, d, part);
}

/* What the task reads, as it is live now. */
static int
pin_inputs(struct trial *t)
{
	for (size_t i = 0; i < t->task->n_inputs; i++) {
		const struct input *input = &t->task->inputs[i];
		const struct dag *owner;
		const struct dataset *d;

		if (!catalog_find(t->project.dags, t->project.n_dags, input->dataset, &owner, &d))
			return cli_fail(EXIT_USAGE, "dataset '%s' is declared nowhere",
					input->dataset);
		if (input->partitioned)
			pin_parts(t, input, owner, d);
		else
			pin(t, input, owner, d, INT64_MIN);
	}
	return t->lacking.days ? say_lacking(t) : EXIT_OK;
}

/* The params of the command line, checked as a trigger checks them. */
static int
take_params(struct trial *t)
{
	json_t *request = json_object();
	int code = parameter_fill(t->cli, request);
	const json_t *params = json_object_get(request, "params");
	struct err err = { 0 };

	t->params = params ? json_dumps(params, JSON_COMPACT) : NULL;
	json_decref(request);
	if (!code && params_check(t->dag->id, t->dag->params, t->dag->n_params, t->params, &err))
		code = cli_error(&err);
	return code;
}

static enum err_code
make_spec(struct trial *t, struct spec *spec, struct err *err)
{
	const struct dag *dag = t->dag;
	const struct spec_order order = {
		.dag = dag,
		.task = (size_t)(t->task - dag->tasks),
		.dags = t->project.dags,
		.n_dags = t->project.n_dags,
		.project_dir = t->cli->project_dir,
		.scratch = t->scratch,
		.attempt = TEST_ATTEMPT,
		.token = t->token,
		.run_id = "test",
		.run_state = t->task->on_exit ? run_state_name(RUN_SUCCESS) : NULL,
		.run_type = RUN_MANUAL,
		.epoch = 1,
		.try_number = 1,
		.logical_us = t->logical_us,
		.start_us = t->logical_us,
		.end_us = end_of(t),
		.artifacts_path = t->artifacts_path,
		.artifact_limits = t->project.settings.artifacts,
		.params = t->params,
		.inputs = t->pins,
		.n_inputs = t->n_pins,
		.no_samples = !t->project.settings.check_samples,
		.partial = t->partial,
		.early = interval_state(dag, t->logical_us, clock_wall_us()) == INTERVAL_BEGUN,
		.live = live_of,
		.ctx = t,
	};
	enum err_code code = random_token(t->token, err);

	return code ? code : spec_make(&order, spec, err);
}

/* A line for something that it left for the tasks after it. */
static void
print_left(const char *name, const json_t *value)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	output_text(value, &text);
	(void)printf("%s = ", name);
	(void)out_bytes(text.data, text.bytes, 0);
	(void)printf("\n");
	buf_release(&text);
}

/* A file that it left, or would have left. */
static void
print_artifact(const char *path, const json_t *row)
{
	const char *dropped = json_get_text(row, "dropped", "");

	if (*dropped)
		say("%s/%s is not kept: %s", path, json_get_text(row, "name", ""), dropped);
	else
		say("%s/%s", path, json_get_text(row, "name", ""));
}

/* The worker's result: as it is, or what a person wants of it.  Gives `code` back. */
static int
print_result(const struct trial *t, const char *text, int code)
{
	const struct cli *cli = t->cli;
	json_t *result = text ? json_loads(text, 0, NULL) : NULL, *row;
	struct buf checks;
	const char *key;
	size_t i;

	if (cli->json) {
		(void)printf("%s\n", text ? text : "{}");
		json_decref(result);
		return code;
	}
	say("%s%s%s", json_get_text(result, "outcome", "no result"),
	    *json_get_text(result, "message", "") ? ": " : "",
	    json_get_text(result, "message", ""));
	json_object_foreach(json_object_get(result, "counters"), key, row)
	{
		(void)printf("%-22s %lld\n", key, (long long)json_integer_value(row));
	}
	json_object_foreach(json_object_get(result, "left"), key, row)
	{
		print_left(key, row);
	}
	json_array_foreach(json_object_get(result, "artifacts"), i, row)
	{
		print_artifact(t->artifacts_path, row);
	}
	if (json_object_get(result, "kept"))
		print_left("$TIDEMILL_STATE", json_object_get(result, "kept"));
	buf_init(&checks, SIZE_MAX);
	checks_text(json_object_get(result, "checks"), true, &checks);
	(void)out_bytes(checks.data, checks.bytes, 0);
	buf_release(&checks);
	json_decref(result);
	return code;
}

/*
 * The task itself, whose output is this command's own: with -o json standard output is for the one
 * value, and what a program prints goes to standard error.
 */
static int
try_here(const struct trial *t, const struct spec *spec, char **result)
{
	int kept = -1, code;

	if (t->cli->json) {
		(void)fflush(stdout);
		kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	}
	code = t->cli->programs->task_test(spec, result) ? EXIT_NO : EXIT_OK;
	if (kept >= 0) {
		(void)dup2(kept, STDOUT_FILENO);
		(void)close(kept);
	}
	return code;
}

/* A file of the scratch place; the spec has it. */
static const char *
place_file(const struct trial *t, const struct spec *spec, const char *suffix)
{
	char *path = mem_format("%s/%s.%s", t->scratch, t->task->id, suffix);
	const char *out = arena_str(spec->arena, path);

	(void)unlink(path);
	free(path);
	return out;
}

/* Where its program leaves what `outputs` and `state` say: files that are not there yet. */
static void
place_files(const struct trial *t, struct spec *spec)
{
	char *state = mem_format("%s/.tidemill", t->cli->project_dir);
	char *scratch = mem_format("%s/scratch", state);

	if (spec->n_leaves || spec->keeps) {
		(void)mkdir(state, 0777); /* the last one tells whether it worked */
		(void)mkdir(scratch, 0777);
		(void)mkdir(t->scratch, 0700);
	}
	if (spec->n_leaves)
		spec->result_path = place_file(t, spec, "outputs");
	if (spec->keeps)
		spec->state_path = place_file(t, spec, "state");
	free(scratch);
	free(state);
}

static int
run(struct trial *t)
{
	struct spec spec = { 0 };
	struct err err = { 0 };
	char *result = NULL;
	int code;

	if (make_spec(t, &spec, &err))
		return cli_error(&err);
	point_at_tried(t, &spec);
	place_files(t, &spec);
	code = try_here(t, &spec, &result);
	code = print_result(t, result, code);
	if (!code)
		keep_outputs(&spec);
	if (t->task->output >= 0 && !code)
		say("staged under %s; nothing was published", t->scratch);
	free(result);
	spec_release(&spec);
	return code;
}

/* The dag and the task by the names of the command line. */
static int
find_task(struct trial *t)
{
	const struct cli *cli = t->cli;
	int at, code = look_project(cli, &t->project);

	if (code)
		return code;
	t->dag = look_dag(&t->project, cli->args[0]);
	if (!t->dag)
		return EXIT_USAGE;
	at = dag_task_find(t->dag, cli->args[1]);
	if (at < 0)
		return cli_fail(EXIT_USAGE,
				"dag '%s' has no task '%s'; `tidemill tasks list %s` lists them",
				t->dag->id, cli->args[1], t->dag->id);
	t->task = &t->dag->tasks[at];
	return EXIT_OK;
}

/* Its logical date, read and allowed as a run would be asked for it. */
static int
take_date(struct trial *t)
{
	int code = EXIT_OK;
	struct buf why;

	if (!cli_date("DATE", t->cli->args[2], &t->logical_us))
		return EXIT_USAGE;
	buf_init(&why, SIZE_MAX / 2);
	if (!interval_read(t->dag, t->cli->args[2], INTERVAL_ONE, &t->logical_us, &why))
		code = cli_fail(EXIT_USAGE, "%s", why.data);
	else if (!interval_may_run(t->dag, t->logical_us, clock_wall_us(),
				   cli_given(t->cli, "early"), &why))
		code = cli_fail(EXIT_REFUSED, "%s", why.data);
	buf_release(&why);
	return code;
}

static void
place_scratch(struct trial *t)
{
	t->scratch = scratch_of(t->cli, t->dag);
	t->artifacts_path = mem_format("%s/%s.artifacts", t->scratch, t->task->id);
}

static int
test_task(struct cli *cli)
{
	struct trial t = { .cli = cli };
	int code;

	t.arena = arena_new();
	code = find_task(&t);
	if (!code)
		code = take_date(&t);
	if (!code)
		place_scratch(&t);
	if (!code)
		code = take_params(&t);
	if (!code)
		code = pin_inputs(&t);
	if (!code)
		code = run(&t);
	free(t.pins);
	free(t.tried);
	free(t.params);
	free(t.scratch);
	free(t.artifacts_path);
	arena_free(t.arena);
	project_release(&t.project);
	return code;
}

static const struct option options[] = {
	OPTION("early", 0, NULL, "also before the interval has ended"),
	OPTION_PARAM,
	OPTIONS_END,
};

const struct cli_command cmd_tasks_test = {
	.words = "tasks test",
	.args = "DAG TASK DATE",
	.summary =
	    "run one task here and now; no state is recorded, output goes to a scratch place",
	.args_min = 3,
	.args_max = 3,
	.options = options,
	.run = test_task,
};
