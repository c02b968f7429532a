/* environ.c - the environment of a worker, made from nothing. */
#include "worker/process/environ.h"

#include "core/base/buf.h"
#include "core/time/grid.h"
#include "core/base/mem.h"
#include "core/wire/sweep.h"

#include <fcntl.h>
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

/* The content of a secret's file. */
static enum err_code
set_from_file(struct entries *all, const struct spec *spec, const struct spec_env *e,
	      struct err *err)
{
	int dir = open(spec->project_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum err_code code;
	struct buf text;

	buf_init(&text, SECRET_BYTES_MAX);
	code = buf_read_file(&text, dir, e->from_file, err);
	if (!code && memchr(text.data, '\0', text.bytes))
		code = err_set(err, ERR_INPUT, "read '%s': it has a zero byte", e->from_file);
	if (code) {
		err_wrap(err, "set %s", e->name);
	} else {
		if (text.bytes && text.data[text.bytes - 1] == '\n')
			text.data[text.bytes - 1] = '\0';
		set(all, e->name, text.data);
	}
	explicit_bzero(text.data, text.bytes);
	buf_release(&text);
	if (dir >= 0)
		(void)close(dir);
	return code ? ERR_INPUT : ERR_NONE;
}

/* Is the variable there that it is taken from? */
static enum err_code
check_entry(const struct spec_env *e, struct err *err)
{
	if (!e->from_env || getenv(e->from_env))
		return ERR_NONE;
	return err_set(err, ERR_INPUT,
		       "set %s: the scheduler's environment has no variable %s; export it, then"
		       " start the scheduler",
		       e->name, e->from_env);
}

enum err_code
environ_check(const struct spec *spec, struct err *err)
{
	enum err_code code = ERR_NONE;

	for (size_t i = 0; !code && i < spec->n_env; i++)
		code = check_entry(&spec->env[i], err);
	return code;
}

/* What the DAG file asks for. */
static enum err_code
set_entry(struct entries *all, const struct spec *spec, const struct spec_env *e, struct err *err)
{
	enum err_code code;

	if (e->from_file)
		return set_from_file(all, spec, e, err);
	code = check_entry(e, err);
	if (!code)
		set(all, e->name, e->from_env ? getenv(e->from_env) : e->value);
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
}

enum err_code
environ_enter(const struct spec *spec, const struct spec_env *more, size_t n_more, struct err *err)
{
	struct entries all = { 0 };
	enum err_code code = ERR_NONE;

	set_common(&all);
	for (size_t i = 0; !code && i < spec->n_env; i++)
		code = set_entry(&all, spec, &spec->env[i], err);
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
