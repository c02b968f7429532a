/* environ.c - the environment of a worker, made from nothing. */
#include "worker/process/environ.h"

#include "core/base/buf.h"
#include "core/time/grid.h"
#include "core/base/mem.h"
#include "core/wire/sweep.h"
#include "worker/process/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"

struct entries {
	char **items; /* "NAME=value"; a NULL behind the last is put at the end */
	size_t count, room;
};

/* Set a variable; an earlier one of the same name goes. */
static void
set(struct entries *all, const char *name, const char *value)
{
	size_t bytes = strlen(name), i;

	for (i = 0; i < all->count; i++) {
		if (strncmp(all->items[i], name, bytes) == 0 && all->items[i][bytes] == '=')
			break;
	}
	if (i == all->count) {
		all->items = mem_grow(all->items, all->count, &all->room, sizeof(*all->items));
		all->items[all->count++] = NULL;
	}
	free(all->items[i]);
	all->items[i] = mem_format("%s=%s", name, value);
}

static void
set_time(struct entries *all, const char *name, int64_t us)
{
	char text[TIMESTAMP_CHARS + 1];

	timestamp_format(us, text);
	set(all, name, text);
}

enum err_code
environ_check(const struct spec *spec, struct err *err)
{
	enum err_code code = ERR_NONE;

	for (size_t i = 0; !code && i < spec->n_env; i++) {
		code = secret_check(&spec->env[i], err);
		if (code)
			err_wrap(err, "set %s", spec->env[i].name);
	}
	return code;
}

/* What the DAG file asks for; secrets that the shim cannot know are appended to *told. */
static enum err_code
set_entry(struct entries *all, const struct spec *spec, const struct spec_env *e, struct buf *told,
	  struct err *err)
{
	enum err_code code = ERR_NONE;
	struct buf value;

	buf_init(&value, SIZE_MAX);
	if (!e->value)
		code = secret_read(spec, e, &value, err);
	else
		buf_text(&value, e->value);
	if (!code)
		set(all, e->name, value.data);
	if (!code && secret_is(e) && !secret_is_at_hand(e)) {
		buf_add(told, e->name, strlen(e->name) + 1);
		buf_add(told, value.data, value.bytes + 1);
	}
	explicit_bzero(value.data, value.bytes);
	buf_release(&value);
	return code;
}

/* What every worker gets, before `env:`. */
static void
set_common(struct entries *all)
{
	const char *path = getenv("PATH"), *home = getenv("HOME");

	set(all, "PATH", path ? path : PATH_DEFAULT);
	if (home)
		set(all, "HOME", home);
	set(all, "TZ", "UTC");
	set(all, "LANG", "C.UTF-8");
}

/* What tells a worker who it is; nothing may change it. */
static void
set_identity(struct entries *all, const struct spec *spec)
{
	char number[24], part[GRID_TEXT_CHARS + 1], ds[GRID_TEXT_CHARS + 1];
	struct grid days = { .unit = GRID_DAY, .zone = spec->grid.zone };

	set(all, ATTEMPT_VARIABLE, spec->token);
	set(all, "TIDEMILL_PROJECT", spec->project_dir);
	set(all, "TIDEMILL_DAG", spec->dag);
	set(all, "TIDEMILL_TASK", spec->task);
	set(all, "TIDEMILL_RUN_ID", spec->run_id);
	if (spec->triggered_by && *spec->triggered_by)
		set(all, "TIDEMILL_TRIGGERING_DATASETS", spec->triggered_by);
	if (spec->run_state && *spec->run_state)
		set(all, "TIDEMILL_RUN_STATE", spec->run_state);
	(void)snprintf(number, sizeof(number), "%d", spec->try_number);
	set(all, "TIDEMILL_TRY_NUMBER", number);
	grid_text(days, grid_part(days, spec->logical_us), ds);
	set(all, "TIDEMILL_DS", ds);
	grid_text(spec->grid, grid_part(spec->grid, spec->start_us), part);
	set(all, "TIDEMILL_PARTITION", part);
	set_time(all, "TIDEMILL_DATA_INTERVAL_START", spec->start_us);
	set_time(all, "TIDEMILL_DATA_INTERVAL_END", spec->end_us);
	if (spec->result_path)
		set(all, "TIDEMILL_RESULT", spec->result_path);
	if (spec->artifacts_path)
		set(all, "TIDEMILL_ARTIFACTS", spec->artifacts_path);
	if (spec->state_path)
		set(all, "TIDEMILL_STATE", spec->state_path);
}

enum err_code
environ_enter(const struct spec *spec, const struct spec_env *more, size_t n_more, struct err *err)
{
	struct entries all = { 0 };
	enum err_code code = ERR_NONE;
	struct buf told;

	buf_init(&told, SECRETS_BYTES_MAX);
	set_common(&all);
	for (size_t i = 0; !code && i < spec->n_env; i++)
		code = set_entry(&all, spec, &spec->env[i], &told, err);
	if (!code && told.full)
		code = err_set(err, ERR_INPUT, "the secrets of the task are longer than %d KiB",
			       SECRETS_BYTES_MAX >> 10);
	if (!code && spec->secrets_fd)
		secrets_tell(spec->secrets_fd, &told);
	explicit_bzero(told.data, told.bytes);
	buf_release(&told);
	if (code) {
		for (size_t i = 0; i < all.count; i++)
			free(all.items[i]);
		free(all.items);
		return code;
	}
	set_identity(&all, spec);
	for (size_t i = 0; i < n_more; i++)
		set(&all, more[i].name, more[i].value);
	all.items = mem_grow(all.items, all.count, &all.room, sizeof(*all.items));
	all.items[all.count] = NULL;
	environ = all.items;
	return ERR_NONE;
}
