/* dags.c - DAG files as people write them, from a few numbers. */
#include "core/time/civil.h"
#include "core/base/hash.h"
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Which ends are tried again: in half of the dags all that may be, and never the same lists. */
static void
write_ends(const struct shape *shape, struct buf *out)
{
	static const char *const lists[] = {
		"retry_on: [error, timeout]",
		"no_retry_on: [2, SIGSEGV]",
		"retry_on: [1-2, SIGTERM, max_bad]",
		"retry_on: [error, signal, oom], no_retry_on: [3, SIGTERM]",
		"no_retry_on: [lost, timeout, no_space]",
		"no_retry_on: [signal, publish_failed, launch_failed]",
	};
	uint64_t random = shape->salt, dice;

	if (!random)
		return;
	dice = hash_word(random);
	if (dice % 2)
		buf_format(out, ", %s", lists[dice / 2 % countof(lists)]);
	if (dice / 64 % 4 == 0)
		buf_format(out, ", infra_retries: %d", (int)(dice / 256 % 6));
	if (dice / 2048 % 4 == 0)
		buf_format(out, ", retry_budget: %ds", 1 + (int)(dice / 8192 % 400));
}

/* By which key of the schedule it fires. */
static const char *
fires_by(const struct shape *shape)
{
	const char *text = shape->crons;

	return *text == '"' || (*text == '[' && text[1] == '"') ? "cron"
	       : *text == '['                                   ? "at"
								: "every";
}

/* When it runs, and of what days. */
static void
write_schedule(const struct shape *shape, struct buf *out)
{
	static const char *const catchups[] = { "none", "latest", "all" };
	bool by_hand = !*shape->crons;
	char date[DATE_CHARS + 1];

	buf_text(out, "schedule: {");
	if (!by_hand)
		buf_format(out, "%s: %s, %s", fires_by(shape), shape->crons, shape->filter);
	buf_text(out, shape->wakes);
	if (!shape->implied)
		buf_format(out, "partition: %s, ",
			   shape->by_ticks ? "none" : grid_unit_name(shape->unit));
	buf_format(out, "%stimezone: %s}\n", by_hand ? "" : shape->changes,
		   almanac_zone(shape->zone));
	if (!by_hand)
		buf_format(out, "catchup: %s\n", catchups[shape->catchup]);
	if ((!by_hand || *shape->wakes) && shape->pause_after)
		buf_format(out, "pause_after_failures: %d\n", shape->pause_after);
	if (!by_hand && shape->catchup_days)
		buf_format(out, "catchup_window: %dd\n", shape->catchup_days);
	if (by_hand && shape->salt % 2 == 0)
		return;
	date_format(shape->epoch_day + shape->start_day, date);
	buf_format(out, "start_date: %s\n", date);
	if (shape->end_day == INT64_MAX)
		return;
	date_format(shape->epoch_day + shape->end_day, date);
	buf_format(out, "end_date: %s\n", date);
}

static void
write_head(const struct shape *shape, int revision, struct buf *out)
{
	static const char *const timeouts[] = { "90s", "20m", "2h", "30h" };

	buf_format(out, "dag: %s\ndescription: revision %d\n", shape->id, revision);
	if (shape->kind != DAG_MANUAL)
		write_schedule(shape, out);
	buf_format(out, "max_active_runs: %d\n", shape->max_active_runs);
	if (shape->salt && hash_word(shape->salt + 3) % 4 == 0)
		buf_format(out, "run_retries: %d\nrun_retry_delay: %ds\n",
			   1 + (int)(hash_word(shape->salt + 4) % 3),
			   1 + (int)(hash_word(shape->salt + 5) % 300));
	if (shape->run_retries)
		buf_format(out, "run_retries: %d\nrun_retry_delay: 20s\n", shape->run_retries);
	if (shape->kind == DAG_RANDOM && *shape->crons && hash_word(shape->salt + 21) % 3 == 0)
		buf_text(out, "overlap: cancel_running\n");
	if (shape->max_active_tasks)
		buf_format(out, "max_active_tasks: %d\n", shape->max_active_tasks);
	if (shape->salt && hash_word(shape->salt + 1) % 4 == 0)
		buf_format(out, "timeout: %s\n", timeouts[hash_word(shape->salt + 2) % 4]);
	if (shape->kind == DAG_RANDOM || shape->kind == DAG_MANUAL)
		buf_format(out, "params: {n: {type: int, default: %d}}\n", (int)(shape->salt % 4));
	buf_format(out, "defaults: {retries: %d, retry_delay: 5s, backoff: 2, ", shape->retries);
	buf_text(out, "max_retry_delay: 1m, jitter: 0.5");
	if (shape->timeout_s)
		buf_format(out, ", timeout: %ds", shape->timeout_s);
	write_ends(shape, out);
	buf_text(out, "}\n");
}

/* Is its score, if it has one, a command? */
static bool
is_program(const struct shape *shape)
{
	return (shape->kind == DAG_WINDOW || shape->kind == DAG_READER) &&
	       shape->reach / 1048576 % 2;
}

/* What a command that is a score writes besides: datasets before and behind it by name. */
static const char *const beside_names[] = { "a", "z", "b" };

static size_t
n_beside(const struct shape *shape)
{
	return is_program(shape) ? shape->reach / 2097152 % (countof(beside_names) + 1) : 0;
}

static void
write_beside(const struct shape *shape, struct buf *out)
{
	const char *id = shape->id;

	if (!n_beside(shape))
		return;
	buf_format(out, "    output: [%s_score", id);
	for (size_t i = 0; i < n_beside(shape); i++)
		buf_format(out, ", %s_%s", id, beside_names[i]);
	buf_text(out, "]\n");
	if (shape->reach / 8388608 % 2)
		buf_format(out,
			   "    checks: [not_null: {columns: [n], on_fail: quarantine, "
			   "output: %s_a}]\n",
			   id);
}

static void
write_datasets(const struct shape *shape, struct buf *out)
{
	const char *id = shape->id;

	if (shape->kind == DAG_CHAIN || shape->kind == DAG_WINDOW) {
		buf_format(out, "datasets:\n  %s_raw: {path: lake/%s_raw, format: csv, ", id, id);
		buf_format(out, "schema: events}\n  %s_events: {path: lake/%s_events, ", id, id);
		buf_text(out, "format: csv, schema: events}\n");
	} else if (shape->kind == DAG_READER) {
		buf_text(out, "datasets:\n");
	}
	if (shape->kind == DAG_WINDOW || shape->kind == DAG_READER)
		buf_format(out, "  %s_score: {path: lake/%s_score, format: csv%s}\n", id, id,
			   is_program(shape) ? ", columns: {n: int64}" : "");
	for (size_t i = 0; i < n_beside(shape); i++)
		buf_format(out, "  %s_%s: {path: lake/%s_%s, format: csv, columns: {n: int64}}\n",
			   id, beside_names[i], id, beside_names[i]);
}

/* Does the dag remember?  Only graphs of commands do: what waits for good holds up no reader. */
static bool
has_past(const struct shape *shape)
{
	bool has_intervals = !*shape->wakes || !shape->by_ticks;

	return (shape->kind == DAG_RANDOM || shape->kind == DAG_DIAMOND) && shape->salt &&
	       has_intervals && hash_word(shape->salt + 6) % 3 == 0;
}

static void
write_past(const struct shape *shape, uint64_t dice, struct buf *out)
{
	if (!has_past(shape))
		return;
	if (dice % 3 == 0)
		buf_text(out, "    depends_on_past: true\n");
	else if (dice % 3 == 1)
		buf_text(out, "    wait_for_downstream: true\n");
}

/* What it takes besides a slot of the pool that all have. */
static void
write_limits(const struct shape *shape, uint64_t dice, struct buf *out)
{
	if (shape->side && dice % 2)
		buf_text(out, "    pool: side\n");
	if (shape->memory && dice / 2 % 2)
		buf_format(out, "    memory: %dMiB\n", 64 + (int)(dice / 4 % 100));
	if (shape->max_active_tis && dice / 512 % 2)
		buf_format(out, "    max_active_tis_per_dag: %d\n", shape->max_active_tis);
}

static void
write_command(const char *id, const char *needs, struct buf *out)
{
	buf_format(out, "  %s:\n    operator: command\n    run: [\"true\"]\n", id);
	if (needs)
		buf_format(out, "    needs: [%s]\n", needs);
}

/* A task that has another dag run; false: the dag has none. */
static bool
write_child(const struct shape *shape, const char *id, const char *needs, struct buf *out)
{
	if (!shape->runs)
		return false;
	buf_format(out, "  %s:\n    operator: dag\n    dag: %s\n", id, shape->runs);
	if (*shape->runs_with)
		buf_format(out, "    params: {n: \"%s\"}\n", shape->runs_with);
	if (needs)
		buf_format(out, "    needs: [%s]\n", needs);
	return true;
}

/* A task that asks a person. */
static void
write_approve(uint64_t dice, const char *id, const char *needs, struct buf *out)
{
	buf_format(out, "  %s:\n    operator: approve\n    subject: \"Go on with {{ ds }}?\"\n",
		   id);
	buf_format(out, "    timeout: %ds\n", 1 + (int)(dice % 3000));
	if (dice / 3000 % 2)
		buf_text(out, "    on_timeout: skip\n");
	if (dice / 6000 % 2)
		buf_text(out, "    on_reject: skip\n");
	if (needs)
		buf_format(out, "    needs: [%s]\n", needs);
}

/* Does the dag have a task that asks, where others have one that looks? */
static bool
asks(const struct shape *shape)
{
	return shape->salt && hash_word(shape->salt + 40) % 3 == 1;
}

/* A task that waits for the world or for a person, in some dags of a kind; else a command. */
static void
write_sensor(const struct shape *shape, const char *id, const char *needs, struct buf *out)
{
	uint64_t dice = hash_word(shape->salt + 40);

	if (asks(shape)) {
		write_approve(dice / 3, id, needs, out);
		return;
	}
	if (!shape->salt || dice % 3) {
		write_command(id, needs, out);
		return;
	}
	buf_format(out, "  %s:\n    operator: sensor\n    run: [\"true\"]\n", id);
	buf_format(out, "    every: %ds\n    timeout: %ds\n", 1 + (int)(dice / 3 % 100),
		   1 + (int)(dice / 300 % 2000));
	if (dice / 600000 % 2)
		buf_text(out, "    on_timeout: skip\n");
	if (needs)
		buf_format(out, "    needs: [%s]\n", needs);
}

static void
write_events(const struct shape *shape, struct buf *out)
{
	const char *id = shape->id;

	buf_text(out, "  ingest:\n    operator: ingest\n    event_time: timestamp\n");
	buf_format(out, "    from: {path: \"landing/%s-{{ ds }}.jsonl\", format: jsonl%s}\n", id,
		   shape->salt && hash_word(shape->salt + 41) % 3 == 0 ? ", wait: 20m" : "");
	buf_format(out, "    output: %s_raw\n", id);
	buf_format(out, "  dedup:\n    operator: dedup\n    input: %s_raw\n", id);
	buf_format(out, "    key: [event_id]\n    keep: first\n    output: %s_events\n", id);
	if (shape->pool_slots > 1)
		buf_format(out, "    pool_slots: %d\n", shape->pool_slots);
}

/*
 * Which partitions it reads, as keys with `before` in front of each: a length, parts of its own
 * grid that end with the run, lie apart or ahead, parts of the dataset's; now and then some of
 * them are enough.  Nothing of hours is longer than two days.
 */
static void
write_window(const struct shape *shape, const char *before, struct buf *out)
{
	uint64_t dice = shape->reach;
	bool fine = shape->from == GRID_HOUR, hours = shape->unit == GRID_HOUR;
	int n = (int)(dice / 8 % 3), least = 1;

	if (!dice) {
		buf_format(out, "%swindow: %dd", before, shape->window);
		return;
	}
	switch (dice % 8) {
	case 0:
	case 1:
		if (hours)
			buf_format(out, "%swindow: %dh", before, shape->window);
		else
			buf_format(out, "%swindow: %dd", before, fine ? 1 + n % 2 : shape->window);
		break;
	case 2:
	case 3:
		n = fine && !hours ? n % 2 : n;
		buf_format(out, "%swindow: {from: %d, to: 0}", before, -n);
		least += (int)(dice / 64 % (uint64_t)(n + 1));
		break;
	case 4:
		buf_format(out, "%swindow: {from: %d, to: -1}", before, -1 - (fine ? 0 : n));
		break;
	case 5:
		buf_format(out, "%swindow: {from: %d, to: 1}", before, fine ? 0 : -n);
		break;
	case 6:
		buf_format(out, "%swindow: {from: %d, to: 0, in: partitions}", before, -n);
		least += (int)(dice / 64 % (uint64_t)(n + 1));
		break;
	default:
		buf_format(out, "%swindow: {from: 0, to: 0}", before);
		break;
	}
	if (dice / 512 % 4 == 0)
		buf_format(out, "%smap: whole", before);
	if (dice / 2048 % 3 == 0)
		buf_format(out, "%sat_least: %d", before, least);
	if (dice / 2048 % 3 == 0 && dice / 8192 % 2)
		buf_format(out, "%safter: \"%02d:%02d\"", before, (int)(dice / 16384 % 5),
			   (int)(dice / 131072 % 60));
}

static void
write_score(const struct shape *shape, const char *from, const char *needs, struct buf *out)
{
	buf_text(out, "  score:\n");
	if (is_program(shape)) {
		buf_text(out, "    operator: command\n    run: [\"true\"]\n");
		buf_format(out, "    inputs: [{dataset: %s_events", from);
		write_window(shape, ", ", out);
		buf_text(out, "}]\n");
		write_beside(shape, out);
		if (!n_beside(shape))
			buf_format(out, "    output: %s_score\n", shape->id);
	} else {
		buf_format(out, "    operator: score\n    method: engagement\n");
		buf_format(out, "    input: %s_events", from);
		write_window(shape, "\n    ", out);
		buf_format(out, "\n    output: %s_score\n", shape->id);
	}
	if (needs)
		buf_format(out, "    needs: [%s]\n", needs);
	if (shape->allow_missing)
		buf_text(out, "    missing: allow\n");
}

/* Who comes after the score; where that writes several datasets it reads the last of them. */
static void
write_notify(const struct shape *shape, struct buf *out)
{
	write_command("notify", shape->beside || n_beside(shape) ? NULL : "score", out);
	if (!shape->beside && n_beside(shape))
		buf_format(out, "    inputs: [%s_%s]\n", shape->id,
			   beside_names[n_beside(shape) - 1]);
}

/* Half of the tasks have the rule that everybody has. */
static void
write_rule(uint64_t dice, struct buf *out)
{
	enum trigger_rule rule = (enum trigger_rule)(dice / 2 % TRIGGER_RULE_COUNT);

	if (dice % 2 && trigger_rule_is_chosen(rule))
		buf_format(out, "    trigger_rule: %s\n", trigger_rule_name(rule));
}

/* A `when` of each form that oracle_when.c knows; `up` is an upstream, perhaps in group g, or -1.
 */
static void
write_when(uint64_t dice, int up, bool grouped, struct buf *out)
{
	int n = (int)(dice / 100 % 3);

	switch (dice % 20) {
	case 0:
		buf_format(out, "    when: part('day', ds) %% 3 <> %d\n", n);
		break;
	case 1:
		buf_format(out, "    when: params.n > %d\n", n);
		break;
	case 2:
		buf_text(out, "    when: run_type <> 'backfill'\n");
		break;
	case 3:
		if (n == 0)
			buf_text(out, "    when: params.n * 4611686018427387904 >= 0\n");
		break;
	case 4:
		buf_format(out, "    when: nullif(params.n, %d) >= 0\n", n);
		break;
	case 5:
	case 6:
		if (up >= 0)
			buf_format(out, "    when: tasks.%st%d%s.state = 'success'\n",
				   grouped ? "`g." : "", up, grouped ? "`" : "");
		break;
	case 7:
		if (up >= 0)
			buf_format(out, "    when: tasks.%st%d%s.state <> 'failed'\n",
				   grouped ? "`g." : "", up, grouped ? "`" : "");
		break;
	case 8:
	case 9:
		if (up >= 0)
			buf_format(out, "    when: outputs.%st%d%s.n > %d\n", grouped ? "`g." : "",
				   up, grouped ? "`" : "", n);
		break;
	case 10:
		if (up >= 0)
			buf_format(out, "    when: outputs.%st%d%s.n is null\n",
				   grouped ? "`g." : "", up, grouped ? "`" : "");
		break;
	default:
		break;
	}
}

/* Now and then its program may say that there is nothing to do. */
static void
write_skip_code(uint64_t dice, struct buf *out)
{
	if (dice / 1000 % 3 == 0)
		buf_text(out, "    skip_exit_code: 99\n");
}

/* Now and then its program is told what an upstream left. */
static void
write_given(uint64_t dice, int up, bool grouped, struct buf *out)
{
	if (up >= 0 && dice % 4 == 0)
		buf_format(out, "    env: {N: \"{{ outputs.%st%d.n }}\"}\n", grouped ? "g." : "",
			   up);
}

/*
 * Now and then it is expanded: over what an upstream left, or over that and what is written down,
 * else over this alone.  How many levels it has; `levels`: that upstream.
 */
static int
write_expand(uint64_t dice, int up, int levels, bool grouped, struct buf *out)
{
	const char *group = grouped ? "g." : "";
	/* A list that each left is no list beside another, nor goes deeper than twice. */
	char name = levels > 1 || (levels && dice / 12 % 3 == 0) ? 'n' : 'l';

	if (dice % 3)
		return 0;
	if (up < 0 || dice / 3 % 4 == 0) {
		buf_text(out, "    expand: [7, 8]\n");
		return 1;
	}
	if (dice / 36 % 4 == 0 && levels < 2 && !(levels && name == 'l')) {
		buf_format(out, "    expand: {a: [7, 8], b: \"{{ outputs.%st%d.%c }}\"}\n", group,
			   up, name);
		return 2;
	}
	buf_format(out, "    expand: \"{{ outputs.%st%d.%c }}\"\n", group, up, name);
	return levels && name == 'l' ? 2 : 1;
}

/* The group that is tried again as one, of tasks that stand deeper than others. */
static void
write_group(const struct shape *shape, const struct buf *tasks, struct buf *out)
{
	static const char *const lists[] = { "no_retry_on: [2, gate_failed]", "retry_budget: 200s",
					     "retry_on: [error, lost, gate_failed]" };
	uint64_t dice = hash_word(shape->salt + 18);

	buf_format(out, "groups:\n  g:\n    retries: %d\n    retry_delay: %ds\n", shape->regroup,
		   1 + (int)(dice % 100));
	if (shape->salt && dice / 100 % 4 < countof(lists))
		buf_format(out, "    %s\n", lists[dice / 100 % 4]);
	buf_text(out, "    tasks:\n");
	for (const char *line = tasks->data, *end; *line; line = end) {
		end = line + strcspn(line, "\n") + 1;
		buf_text(out, "    ");
		buf_add(out, line, (size_t)(end - line));
	}
}

/* Which of n random tasks are in the group; a setup has its teardown on its side. */
static void
draw_group(const struct shape *shape, int n, bool around, int *first, int *last)
{
	uint64_t dice = hash_word(shape->salt + 19);

	*first = (int)(dice % (unsigned)n);
	*last = *first + (int)(dice / 16 % (unsigned)(n - *first));
	if (around && (*first == 0) != (*last == n - 1)) {
		*first = 0;
		*last = n - 1;
	}
	if (!shape->regroup)
		*first = *last = n;
}

static void
write_random(const struct shape *shape, struct buf *all, struct buf *group)
{
	uint64_t random = shape->salt;
	int n = 2 + (int)(random_next(&random) % 5), first, last;
	bool around = n > 2 && shape->salt % 5 < 2; /* the last cleans up what the first made */

	int expanded[8] = { 0 }; /* levels */

	draw_group(shape, n, around, &first, &last);
	for (int i = 0; i < n; i++) {
		uint64_t bits = random_next(&random), dice = random_next(&random);
		uint64_t whens;
		const char *comma = "";
		int up = -1;
		char id[16] = { 't', (char)('0' + i), '\0' };
		struct buf *out = i >= first && i <= last ? group : all;

		bool child = i == n - 1 && !around && write_child(shape, id, NULL, out);

		if (child) {
			expanded[i] = false;
		} else if (i == n - 1 && !around) { /* nobody asks what it left */
			write_sensor(shape, id, NULL, out);
		} else {
			write_command(id, NULL, out);
			buf_text(out, "    outputs: {n: int64, l: json}\n");
			buf_text(out, i % 3 ? "    state: true\n" : "");
		}
		buf_text(out, "    needs: [");
		for (int k = 0; k < i; k++) {
			if (!(bits >> (2 * k) & 3) || (around && i == n - 1 && k == 1)) {
				buf_format(out, "%s%st%d", comma,
					   out == all && k >= first && k <= last ? "g." : "", k);
				comma = ", ";
				up = k;
			}
		}
		buf_text(out, "]\n");
		if (around && i == n - 1)
			buf_text(out, "    teardown: t0\n");
		else
			write_rule(dice / 10000, out);
		if (around && i == 0)
			buf_text(out, "    setup: true\n");
		if (dice / 10 % 10 == 0)
			buf_text(out, "    on_fail: warn\n");
		if (shape->pool_slots > 1 && dice / 100 % 3 == 0 && !child)
			buf_format(out, "    pool_slots: %d\n", shape->pool_slots);
		if (!child)
			buf_format(out, "    priority: %d\n", (int)(dice / 1000 % 3));
		whens = random_next(&random);
		/* What an expanded one left is a list of its own, which no `when` asks for. */
		if (up >= 0 && expanded[up])
			whens = whens / 20 * 20 + 5;
		write_when(whens, up, up >= first && up <= last, out);
		if (!child && !(i == n - 1 && !around && asks(shape)))
			write_skip_code(whens, out);
		if (out == all && i < n - 1 && !(around && i == 0))
			expanded[i] = write_expand(hash_word(dice + 3), up,
						   up >= 0 ? expanded[up] : 0,
						   up >= first && up <= last, out);
		if (!child) {
			write_given(hash_word(dice + 2), up, up >= first && up <= last, out);
			write_limits(shape, hash_word(dice), out);
		}
		write_past(shape, hash_word(dice + 1), out);
	}
}

/* In some dags a task that waits for what is read before anything reads it. */
static bool
write_sense(const struct shape *shape, struct buf *out)
{
	static const char *const windows[] = { "{from: -1, to: 0}", "{from: -1, to: -1}",
					       "{from: 0, to: 1}" };
	uint64_t dice = hash_word(shape->salt + shape->reach + 42);

	if (dice % 3)
		return false;
	buf_format(out, "  sense:\n    operator: sensor\n    partition: %s_events\n", shape->reads);
	buf_format(out, "    every: %ds\n    timeout: %ds\n", 1 + (int)(dice / 3 % 100),
		   1 + (int)(dice / 300 % 100000));
	if (dice / 30000000 % 2)
		buf_text(out, "    on_timeout: skip\n");
	if (dice / 60000000 % 4 < countof(windows))
		buf_format(out, "    window: %s\n", windows[dice / 60000000 % 4]);
	return true;
}

/* What is in the group goes to `group`. */
static void
write_tasks(const struct shape *shape, struct buf *out, struct buf *group)
{
	struct buf *events = shape->regroup ? group : out;

	switch (shape->kind) {
	case DAG_CHAIN:
		write_events(shape, events);
		buf_format(events, "  gate:\n    operator: quality\n    dataset: %s_events\n",
			   shape->id);
		buf_text(events, "    checks:\n      - row_count: {min: 1}\n");
		write_command("notify", shape->regroup ? "g.gate" : "gate", out);
		break;
	case DAG_WINDOW:
		write_events(shape, events);
		write_score(shape, shape->id, NULL, out);
		write_notify(shape, out);
		break;
	case DAG_READER:
		write_score(shape, shape->reads, write_sense(shape, out) ? "sense" : NULL, out);
		write_notify(shape, out);
		break;
	case DAG_DIAMOND:
	case DAG_MANUAL:
		write_command("top", NULL, out);
		write_past(shape, hash_word(shape->salt + 7), out);
		write_sensor(shape, "left", "top", out);
		for (int i = 0; i < shape->items; i++)
			buf_format(out, "%s%d%s", i ? ", " : "    expand: [", i,
				   i + 1 < shape->items ? "" : "]\n");
		if (!write_child(shape, "right", "top", out))
			write_command("right", "top", out);
		if (shape->kind == DAG_MANUAL)
			write_when(shape->salt >> 8, -1, false, out);
		if (shape->kind == DAG_MANUAL && !shape->runs)
			write_skip_code(shape->salt >> 8, out);
		write_command("bottom", "left, right", out);
		if (shape->kind == DAG_DIAMOND)
			buf_text(out, "    trigger_rule: all_done\n");
		write_command("last", "bottom, left", out);
		write_limits(shape, hash_word(shape->salt), out);
		break;
	case DAG_RANDOM:
	case DAG_KINDS:
		write_random(shape, out, group);
		break;
	}
}

/* Two that come one after the other, and one that comes only when something went wrong. */
static void
write_exits(const struct shape *shape, struct buf *out)
{
	uint64_t dice = hash_word(shape->salt + 8);

	if (!shape->salt || dice % 4)
		return;
	buf_text(out, "on_exit:\n");
	write_command("tidy", NULL, out);
	if (dice / 4 % 2)
		buf_text(out, "    on_fail: ignore\n");
	if (dice / 8 % 2)
		write_command("after", "tidy", out);
	if (dice / 8 % 2 && dice / 16 % 2)
		buf_text(out, "    trigger_rule: all_done\n");
	write_command("alert", NULL, out);
	buf_text(out, "    when: run.state <> 'success'\n");
}

void
shape_write(const struct shape *shape, int revision, struct buf *out)
{
	struct buf tasks, group;

	buf_init(&tasks, DAG_FILE_BYTES_MAX);
	buf_init(&group, DAG_FILE_BYTES_MAX);
	write_head(shape, revision, out);
	write_datasets(shape, out);
	/* It comes, goes and comes back, at another place. */
	if (revision % 4 == 3)
		write_command("extra", NULL, &tasks);
	write_tasks(shape, &tasks, &group);
	if (revision % 4 == 1)
		write_command("extra", NULL, &tasks);
	if (tasks.bytes)
		buf_format(out, "tasks:\n%s", tasks.data);
	if (group.bytes)
		write_group(shape, &group, out);
	write_exits(shape, out);
	buf_release(&tasks);
	buf_release(&group);
}
