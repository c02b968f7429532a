/* sensor.c - the keys of operator sensor: a task that waits for the world. */
#include "core/op/sensor.h"

#include "core/model/limit.h"
#include "core/op/op.h"

#include <string.h>

#define AT(field) offsetof(struct op_sensor, field)

static const char *const timeout_words[] = { "fail", "skip", NULL };

static void
read_skip_exit_code(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)base;
	command_read_exit_code(r, row, key, &draft_of(r)->task.skip_exit_code);
}

static const struct key sensor_keys[] = {
	{ "file", WANT_TEMPLATE, .at = AT(file) },
	{ "rest", WANT_DURATION, .at = AT(rest_us), .min = SECOND_US, .max = 24.0 * HOUR_US },
	{ "done_file", WANT_TEMPLATE, .at = AT(done_file) },
	{ "run", WANT_CUSTOM, .read = command_read_run },
	{ "shell", WANT_CUSTOM, .read = command_read_shell },
	{ "retry_exit_code", WANT_CUSTOM, .at = AT(retry_exit_code),
	  .read = command_read_exit_code },
	{ "skip_exit_code", WANT_CUSTOM, .read = read_skip_exit_code },
	{ "every", WANT_DURATION, .at = AT(every_us), .min = SECOND_US, .max = 30.0 * DAY_US },
	{ "look_timeout", WANT_DURATION, .at = AT(look_timeout_us), .min = SECOND_US,
	  .max = 24.0 * HOUR_US },
	{ "on_timeout", WANT_FLAG, .at = AT(skip), .words = timeout_words },
	{ "http", WANT_CUSTOM, .at = AT(http), .read = http_read },
	{ "partition", WANT_CUSTOM, .read = draft_read_input },
	{ "window", WANT_CUSTOM, .read = draft_read_window },
	{ "at_least", WANT_CUSTOM, .read = draft_read_window },
	{ "after", WANT_CUSTOM, .read = draft_read_window },
};

static void
begin(void *params)
{
	struct op_sensor *s = params;

	s->every_us = s->look_timeout_us = MINUTE_US;
}

/* What it may wait for, and the keys that say more of it. */
static const struct {
	const char *what;
	const char *more[3];
} ways[] = {
	{ "file", { "rest", "done_file", NULL } },
	{ "http", { NULL, NULL, NULL } },
	{ "partition", { "window", "at_least", "after" } },
	{ "run", { "retry_exit_code", "skip_exit_code", NULL } },
	{ "shell", { "retry_exit_code", "skip_exit_code", NULL } },
};

/* Does a key that is there belong to something that is waited for? */
static bool
belongs(const struct ynode *map, const char *key)
{
	for (size_t i = 0; i < countof(ways); i++)
		for (size_t k = 0; k < countof(ways[i].more); k++)
			if (ways[i].more[k] && ynode_get(map, ways[i].what) &&
			    !strcmp(ways[i].more[k], key))
				return true;
	return false;
}

static void
check_keys(struct yreader *r, const struct draft_task *t)
{
	const struct ynode *map = t->key->value;
	size_t n = 0;

	for (size_t i = 0; i < countof(ways); i++)
		n += ynode_get(map, ways[i].what) != NULL;
	if (n != 1)
		ykeys_say(r, t->key, E0671, NULL,
			  "task '%s' has to wait for one thing: 'file', 'http', 'partition', "
			  "'run' or 'shell'",
			  t->task.id);
	for (size_t i = 0; n == 1 && i < countof(ways); i++)
		for (size_t k = 0; k < countof(ways[i].more); k++) {
			const struct ynode *more = ways[i].more[k] ? ynode_get(map, ways[i].more[k])
								   : NULL;

			if (more && !belongs(map, ways[i].more[k]))
				ykeys_say(r, more, E0672, NULL,
					  "'%s' says more of '%s', for which task '%s' does not "
					  "wait",
					  ways[i].more[k], ways[i].what, t->task.id);
		}
	if (ynode_get(map, "rest") && ynode_get(map, "done_file"))
		ykeys_say(r, ynode_get(map, "rest"), E0672,
			  "the file of 'done_file' says that the others are complete",
			  "task '%s' has 'rest' or 'done_file', not both", t->task.id);
}

/* `timeout` is that of the whole wait, as it is called elsewhere; of a look it is another. */
static void
end(struct yreader *r, struct draft_task *t)
{
	const struct op_sensor *s = t->params;
	const struct ynode *timeout = ynode_get(t->key->value, "timeout");

	check_keys(r, t);
	t->reads.whole = true; /* no row is read: edges between grids cut nothing */
	draft_end_input(r, t);
	if (t->task.n_checks)
		ykeys_say(r, t->checks_at[0], E0604, NULL,
			  "task '%s' has checks but no 'output' that they could look at",
			  t->task.id);
	t->task.wait = (struct task_wait){
		.every_us = s->every_us,
		.timeout_us = timeout ? t->task.timeout_us : WAIT_TIMEOUT_US,
		.alone = true,
		.skip = s->skip,
		.told = t->input_name != NULL,
	};
	http_end(r, &s->http, &t->task);
	t->task.timeout_us = s->look_timeout_us;
	if (!t->task.pool)
		t->task.pool = POOL_SENSORS;
}

const struct op_def op_def_sensor = {
	.kind = OP_SENSOR,
	.name = "sensor",
	.label = "sensor",
	.summary = "waits for a file, a partition, an answer or a command, without a slot",
	.rows = sensor_keys,
	.n_rows = countof(sensor_keys),
	.params_bytes = sizeof(struct op_sensor),
	.waits = true,
	.connects = true,
	.begin = begin,
	.end = end,
	.argv = command_argv,
};
