/* held_json.c - the limits of an attempt as exit records, the database and people have them. */
#include "core/wire/held_json.h"

#include <string.h>

static void
put(json_t *o, const char *name, int64_t value)
{
	if (value)
		(void)json_object_set_new(o, name, json_integer(value));
}

char *
held_to_json(const struct held_to *held)
{
	const struct task_limits *l = &held->limits;
	json_t *o = json_object();
	struct buf text;
	char *out;

	put(o, "memory_bytes", l->memory_bytes);
	if (l->memory_bytes)
		(void)json_object_set_new(o, "memory_of",
					  json_string(held->memory_of_all ? "cgroup" : "process"));
	put(o, "cpu_seconds", l->cpu_us / SECOND_US);
	put(o, "open_files", l->open_files);
	put(o, "file_bytes", l->file_bytes);
	put(o, "processes", l->processes);
	if (l->processes)
		(void)json_object_set_new(o, "processes_of",
					  json_string(held->processes_of_all ? "cgroup" : "user"));
	buf_init(&text, SIZE_MAX);
	if (json_object_size(o))
		json_write(o, &text);
	out = text.bytes ? buf_give(&text) : NULL;
	buf_release(&text);
	json_decref(o);
	return out;
}

static bool
is_of_all(const json_t *value, const char *name)
{
	return !strcmp(json_get_text(value, name, ""), "cgroup");
}

void
held_from_json(const json_t *value, struct held_to *out)
{
	*out = (struct held_to){
		.limits = { .memory_bytes = json_get_int(value, "memory_bytes", 0),
			    .cpu_us = json_get_int(value, "cpu_seconds", 0) * SECOND_US,
			    .open_files = json_get_int(value, "open_files", 0),
			    .file_bytes = json_get_int(value, "file_bytes", 0),
			    .processes = json_get_int(value, "processes", 0) },
		.memory_of_all = is_of_all(value, "memory_of"),
		.processes_of_all = is_of_all(value, "processes_of"),
	};
}
