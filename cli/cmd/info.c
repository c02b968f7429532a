/* info.c - `tidemill info`: what this program is, what it works with, and what limits hold here. */
#include "cli/cmd/list.h"

#include "cli/term/out.h"
#include "core/base/db.h"
#include "core/base/size.h"
#include "core/parts/zones.h"
#include "core/model/held.h"
#include "core/project/home.h"
#include "core/project/machine.h"
#include "core/project/project.h"
#include "core/time/civil.h"
#include "core/wire/cgroup.h"
#include "core/wire/group.h"
#include "core/wire/holder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { WORDS_BYTES_MAX = 1 << 16 };

static void
set_text(json_t *o, const char *name, const char *text)
{
	(void)json_object_set_new(o, name, text && *text ? json_text_new(text) : json_null());
}

/* A size, or null where it is not known. */
static void
set_size(json_t *o, const char *name, int64_t bytes)
{
	(void)json_object_set_new(o, name, bytes > 0 ? json_integer(bytes) : json_null());
}

static json_t *
libraries_of(const struct cli *cli)
{
	struct library_list list = { .n = 0 };
	json_t *o = json_object();

	cli->programs->libraries(&list);
	for (size_t i = 0; i < list.n; i++)
		set_text(o, list.items[i].name, list.items[i].version);
	return o;
}

static json_t *
zones_of_machine(void)
{
	char version[ZONES_VERSION_CHARS + 1];
	json_t *o = json_object();

	set_text(o, "path", zones_version(version));
	set_text(o, "version", version);
	return o;
}

/* Who holds the state of the project, as its process; null: nobody does. */
static json_t *
holder_of(const struct holder *h)
{
	struct buf words;
	json_t *o;

	if (h->kind == HOLDER_NONE)
		return json_null();
	o = json_object();
	buf_init(&words, WORDS_BYTES_MAX);
	holder_say(h, &words);
	(void)json_object_set_new(o, "scheduler", json_boolean(h->kind == HOLDER_SCHEDULER));
	(void)json_object_set_new(o, "pid", h->pid ? json_integer(h->pid) : json_null());
	set_text(o, "words", words.data);
	buf_release(&words);
	return o;
}

static json_t *
files_of(const char *project_dir)
{
	struct machine_files files;
	json_t *o;

	if (!machine_look(project_dir, &files))
		return json_null();
	o = json_object();
	set_text(o, "path", project_dir);
	set_text(o, "type", files.type);
	(void)json_object_set_new(o, "free_bytes", json_integer(files.free_bytes));
	(void)json_object_set_new(o, "total_bytes", json_integer(files.total_bytes));
	return o;
}

/* The keys of `limits:`, and what the kernel calls them. */
static const struct {
	const char *name;
	int resource;
	enum limit_amount what;
	int64_t unit;
} limits[] = {
#define X(member, key, record, limit, by, is, from, to, before, behind) \
	{ key, limit, AMOUNT_##is, by },
	TASK_LIMITS(X)
#undef X
};

static json_t *
limit_new(rlim_t value)
{
	return value == RLIM_INFINITY ? json_null() : json_integer((json_int_t)value);
}

/* {key: {soft, hard}} of a process, 0: this one; null: any.  What is not told is absent. */
static json_t *
limits_of(int pid)
{
	json_t *o = json_object();

	for (size_t i = 0; i < countof(limits); i++) {
		struct rlimit limit;
		json_t *both;

		if (prlimit(pid, (__rlimit_resource_t)limits[i].resource, NULL, &limit) < 0)
			continue;
		both = json_object();
		(void)json_object_set_new(both, "soft", limit_new(limit.rlim_cur));
		(void)json_object_set_new(both, "hard", limit_new(limit.rlim_max));
		(void)json_object_set_new(o, limits[i].name, both);
	}
	return o;
}

/* Where attempts get cgroups of their own, or why they do not. */
static json_t *
cgroup_of_attempts(const char *own)
{
	struct group_place place;
	json_t *o = json_object();
	struct buf why;

	buf_init(&why, WORDS_BYTES_MAX);
	group_find(own, false, &place, &why);
	set_text(o, "own", own);
	set_text(o, "attempts", place.path);
	(void)json_object_set_new(o, "memory", json_boolean(place.memory));
	(void)json_object_set_new(o, "processes", json_boolean(place.pids));
	set_text(o, "why_not", why.data);
	free(place.path);
	buf_release(&why);
	return o;
}

/* What tasks may ask for together: a mistake in tidemill.yaml is not told of here. */
static int64_t
memory_of_tasks(const struct cli *cli)
{
	struct settings settings;
	struct diags diags;

	settings_default(&settings);
	diags_init(&diags);
	if (cli->project_dir)
		project_settings(&settings, cli->project_dir, &diags);
	diags_release(&diags);
	return settings.limits.memory_bytes;
}

/* All of it, for programs. */
static json_t *
collect(const struct cli *cli)
{
	const char *dir = cli->project_dir && home_is_project(cli->project_dir) ? cli->project_dir
										: NULL;
	struct holder holder = dir ? holder_look(dir) : (struct holder){ 0 };
	int pid = holder.kind == HOLDER_SCHEDULER ? (int)holder.pid : 0;
	char *own = cgroup_of(pid);
	json_t *o = json_object();

	set_text(o, "version", TIDEMILL_VERSION);
	(void)json_object_set_new(o, "schema", json_integer(DB_SCHEMA));
	(void)json_object_set_new(o, "libraries", libraries_of(cli));
	(void)json_object_set_new(o, "zones", zones_of_machine());
	set_text(o, "project", dir);
	(void)json_object_set_new(o, "holder", holder_of(&holder));
	(void)json_object_set_new(o, "file_system", dir ? files_of(dir) : json_null());
	(void)json_object_set_new(o, "processors", json_integer(machine_cpus()));
	set_size(o, "memory_bytes", machine_memory());
	set_size(o, "cgroup_memory_bytes", own ? group_memory_limit(own) : 0);
	set_size(o, "tasks_memory_bytes", memory_of_tasks(cli));
	(void)json_object_set_new(o, "limits_pid", pid ? json_integer(pid) : json_null());
	(void)json_object_set_new(o, "limits", limits_of(pid));
	(void)json_object_set_new(o, "cgroup", cgroup_of_attempts(own));
	free(own);
	return o;
}

/* ---- for people: one line each ---- */

/* Begin a line of words. */
static void
begin(struct buf *words)
{
	buf_init(words, WORDS_BYTES_MAX);
}

/* It is the value of a name. */
static void
end(json_t *o, const char *name, struct buf *words)
{
	set_text(o, name, words->data);
	buf_release(words);
}

static void
put_size(const json_t *o, const char *name, struct buf *words)
{
	char size[SIZE_CHARS];

	size_format(json_get_int(o, name, 0), size);
	buf_text(words, size);
}

static void
tell_libraries(const json_t *all, json_t *out)
{
	json_t *libraries = json_object_get(all, "libraries"), *version;
	struct buf words;
	const char *name;

	begin(&words);
	json_object_foreach(libraries, name, version)
	{
		buf_format(&words, "%s%s %s", words.bytes ? ", " : "", name,
			   json_string_value(version));
	}
	end(out, "libraries", &words);
}

static void
tell_memory(const json_t *all, json_t *out)
{
	struct buf words;

	begin(&words);
	put_size(all, "memory_bytes", &words);
	if (json_get_int(all, "cgroup_memory_bytes", 0)) {
		buf_text(&words, ", of which its cgroup may have ");
		put_size(all, "cgroup_memory_bytes", &words);
	}
	buf_text(&words, "; `memory:` of running tasks may add up to ");
	put_size(all, "tasks_memory_bytes", &words);
	end(out, "memory", &words);
}

static void
tell_project(const json_t *all, json_t *out)
{
	const json_t *holder = json_object_get(all, "holder");
	const json_t *files = json_object_get(all, "file_system");
	const char *project = json_get_text(all, "project", "");
	struct buf words;

	set_text(out, "project", *project ? project : "none here; -C DIR names one");
	if (!*project)
		return;
	set_text(out, "state held by", json_get_text(holder, "words", "nobody: no scheduler runs"));
	begin(&words);
	put_size(files, "free_bytes", &words);
	buf_text(&words, " free of ");
	put_size(files, "total_bytes", &words);
	if (*json_get_text(files, "type", ""))
		buf_format(&words, ", %s", json_get_text(files, "type", ""));
	end(out, "file system", &words);
}

/* A limit of processes as people have it. */
static void
put_limit(const json_t *value, size_t i, struct buf *words)
{
	if (json_is_null(value))
		buf_text(words, "any");
	else
		limit_words(limits[i].what, json_integer_value(value) * limits[i].unit, words);
}

static void
tell_limits(const json_t *all, json_t *out)
{
	const json_t *cgroup = json_object_get(all, "cgroup");
	const json_t *pid = json_object_get(all, "limits_pid");
	struct buf words;

	begin(&words);
	if (json_is_integer(pid))
		buf_format(&words, "of process %" PRId64 ": ", (int64_t)json_integer_value(pid));
	for (size_t i = 0; i < countof(limits); i++) {
		const json_t *both = json_object_get(json_object_get(all, "limits"),
						     limits[i].name);

		if (!both)
			continue;
		buf_format(&words, "%s%s ", i ? ", " : "", limits[i].name);
		put_limit(json_object_get(both, "soft"), i, &words);
		if (json_equal(json_object_get(both, "soft"), json_object_get(both, "hard")))
			continue;
		buf_text(&words, " of ");
		put_limit(json_object_get(both, "hard"), i, &words);
	}
	end(out, "limits", &words);
	begin(&words);
	if (json_is_string(json_object_get(cgroup, "attempts")))
		buf_format(&words, "one for each attempt in '%s', for%s%s",
			   json_get_text(cgroup, "attempts", ""),
			   json_is_true(json_object_get(cgroup, "memory")) ? " memory" : "",
			   json_is_true(json_object_get(cgroup, "processes")) ? " processes" : "");
	else
		buf_format(&words, "none for attempts: %s; each process is held by itself",
			   json_get_text(cgroup, "why_not", ""));
	end(out, "cgroups", &words);
}

static void
tell(const struct cli *cli, const json_t *all)
{
	const json_t *zones = json_object_get(all, "zones");
	json_t *out = json_object();
	struct buf words;

	set_text(out, "version", json_get_text(all, "version", ""));
	tell_project(all, out);
	(void)json_object_set(out, "processors", json_object_get(all, "processors"));
	tell_memory(all, out);
	tell_limits(all, out);
	begin(&words);
	buf_format(&words, "%s in %s", json_get_text(zones, "version", "of no known version"),
		   json_get_text(zones, "path", ""));
	end(out, "time zones", &words);
	tell_libraries(all, out);
	out_object(cli, out);
	json_decref(out);
}

static int
info(struct cli *cli)
{
	json_t *all = collect(cli);

	if (cli->json)
		out_json(all);
	else
		tell(cli, all);
	json_decref(all);
	return EXIT_OK;
}

static const char info_details[] =
    "Limits are those of the scheduler where one runs, else of this shell: what a process may\n"
    "use, soft of hard where they differ; `limits:` of a task is lowered to the hard one.  It\n"
    "says whether attempts get cgroups of their own, which hold memory and processes together,\n"
    "and why not.\n"
    "\n"
    "  tidemill info\n"
    "  tidemill info -o json | jq .cgroup\n";

const struct cli_command cmd_info = {
	.words = "info",
	.summary = "versions, the machine, and which limits hold here",
	.details = info_details,
	.anywhere = true,
	.run = info,
};
