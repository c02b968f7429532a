/* held_json.c - the limits of an attempt as exit records, the database and people have them. */
#include "core/wire/held_json.h"

#include <stddef.h>
#include <string.h>

/* What records say of each limit. */
static const struct {
	const char *name;
	size_t at;
	int64_t unit;
} rows[] = {
#define X(member, key, record, resource, unit, what, from, to, before, behind) \
	{ record, offsetof(struct task_limits, member), unit },
	TASK_LIMITS(X)
#undef X
};

/* Whether a limit is that of a cgroup, where it may be. */
static void
put_of(json_t *o, const struct held_to *held, size_t at)
{
	if (at == offsetof(struct task_limits, memory_bytes))
		(void)json_object_set_new(o, "memory_of",
					  json_string(held->memory_of_all ? "cgroup" : "process"));
	if (at == offsetof(struct task_limits, processes))
		(void)json_object_set_new(o, "processes_of",
					  json_string(held->processes_of_all ? "cgroup" : "user"));
}

char *
held_to_json(const struct held_to *held)
{
	struct task_limits limits = held->limits;
	json_t *o = json_object();
	char *out;

	for (size_t i = 0; i < countof(rows); i++) {
		int64_t value = *task_limit(&limits, rows[i].at);

		if (!value)
			continue;
		(void)json_object_set_new(o, rows[i].name, json_integer(value / rows[i].unit));
		put_of(o, held, rows[i].at);
	}
	out = json_object_size(o) ? json_compact(o) : NULL;
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
		.memory_of_all = is_of_all(value, "memory_of"),
		.processes_of_all = is_of_all(value, "processes_of"),
	};
	for (size_t i = 0; i < countof(rows); i++)
		*task_limit(&out->limits, rows[i].at) = json_get_int(value, rows[i].name, 0) *
							rows[i].unit;
}
