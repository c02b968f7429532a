/* group.c - `groups:` of a DAG file, and what they mean for who waits for whom. */
#include "core/dagfile/group.h"

#include "core/parts/edge.h"
#include "core/parts/retry.h"
#include "core/parts/task.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static void
read_group_needs(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)r;
	(void)row;
	if (!key->value->broken && !ynode_is_null(key->value))
		((struct draft_group *)base)->needs = key;
}

static void
read_group_defaults(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);
	struct draft_group *g = base;
	struct keyset sets[] = { { f->default_rows, f->n_default_rows, &g->task_defaults },
				 dagfile_retry_keys(&g->task_defaults.retry) };

	(void)row;
	g->defaults = key;
	if (ykeys_read(r, key, key->value, "'defaults'", sets, countof(sets)))
		dagfile_retry_check(r, key->value, &g->task_defaults.retry);
}

static void
read_group_tasks(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);
	struct task_defaults outer = f->defaults;

	(void)row;
	f->defaults = ((struct draft_group *)base)->task_defaults;
	f->group = (int32_t)f->n_groups - 1;
	if (key->value->kind != YNODE_MAP || key->value->count) /* an empty one: E0330 says it */
		dagfile_read_task_map(f, key, "'tasks'");
	f->group = -1;
	f->defaults = outer;
}

static void
read_inner_groups(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)row;
	if (ykeys_is_map(r, key->value, "'groups'"))
		((struct draft_group *)base)->groups = key;
}

/* Tasks start from the defaults: hence the order. */
static const struct key group_keys[] = {
	{ "defaults", WANT_CUSTOM, .read = read_group_defaults },
	{ "needs", WANT_CUSTOM, .read = read_group_needs },
	{ "tasks", WANT_CUSTOM, .read = read_group_tasks },
	{ "groups", WANT_CUSTOM, .read = read_inner_groups },
};

static struct draft_group *
add_group(struct dagfile *f, const struct ynode *key, int32_t parent)
{
	struct draft_group *g = arena_get(f->y.scratch, sizeof(*g));

	*g = (struct draft_group){
		.id = group_member_name(f, parent, key->text),
		.key = key,
		.parent = parent,
		.depth = parent < 0 ? 1 : f->groups[parent]->depth + 1,
		.first = (uint32_t)f->n_tasks,
		.task_defaults = parent < 0 ? f->defaults : f->groups[parent]->task_defaults,
	};
	if (!g->id) {
		ykeys_say(&f->y, key, E0331, NULL,
			  "with the groups around it the name '%s' is longer than %d bytes",
			  key->text, NAME_MAX_BYTES);
		return NULL;
	}
	f->groups = mem_grow(f->groups, f->n_groups, &f->room_groups, sizeof(struct draft_group *));
	f->groups[f->n_groups++] = g;
	return g;
}

static void
read_group_keys(struct dagfile *f, struct draft_group *g, const char *what)
{
	static const char *const idle[] = { "preset", "retry_delay",  "backoff",  "max_retry_delay",
					    "jitter", "retry_budget", "retry_on", "no_retry_on" };
	const struct ynode *key = g->key;
	struct keyset sets[] = { KEYSET(group_keys, g), dagfile_group_retry_keys(&g->retry) };

	dagfile_retry_begin(&g->retry);
	if (!ykeys_read(&f->y, key, key->value, what, sets, countof(sets)))
		return;
	dagfile_retry_check(&f->y, key->value, &g->retry);
	for (size_t i = 0; !g->retry.retries && i < countof(idle); i++) {
		const struct ynode *at = ynode_get(key->value, idle[i]);

		if (at)
			ykeys_say(&f->y, at, E0633,
				  "for its tasks write it under 'defaults'; for the group say how "
				  "often: retries: 2",
				  "%s says '%s' and no 'retries'", what, idle[i]);
	}
}

/* Read one group but for those in it; NULL: nothing of it is known. */
static struct draft_group *
read_group(struct dagfile *f, const struct ynode *key, int32_t parent)
{
	char what[NAME_MAX_BYTES + 32];
	struct draft_group *g;

	if (!ykeys_is_name(&f->y, key, "group"))
		return NULL;
	if (f->n_groups == DAG_GROUPS_MAX ||
	    (parent >= 0 && f->groups[parent]->depth == DAG_GROUP_DEPTH_MAX)) {
		ykeys_say(&f->y, key, E0330, NULL,
			  "a dag has at most %d groups, at most %d of them one inside the other",
			  DAG_GROUPS_MAX, DAG_GROUP_DEPTH_MAX);
		return NULL;
	}
	g = add_group(f, key, parent);
	if (!g)
		return NULL;
	(void)snprintf(what, sizeof(what), "group '%s'", g->id);
	read_group_keys(f, g, what);
	for (int32_t up = (int32_t)f->n_groups - 1; up >= 0; up = f->groups[up]->parent)
		f->groups[up]->count += (uint32_t)f->n_tasks - g->first;
	return g;
}

/* Groups that are still to be read, the next on top. */
struct to_read {
	const struct ynode *key;
	int32_t parent;
};

struct stack {
	struct to_read *items;
	size_t n, room;
};

/* Those of a map in the order of the file: the last is put on first. */
static void
push_all(struct stack *s, const struct ynode *map, int32_t parent)
{
	size_t at;

	for (size_t i = 0; i < map->count; i++) {
		s->items = mem_grow(s->items, s->n, &s->room, sizeof(*s->items));
		s->n++;
	}
	at = s->n;
	for (const struct ynode *k = map->first; k; k = k->next) {
		assert(s->items && at);
		s->items[--at] = (struct to_read){ k, parent };
	}
}

void
dagfile_read_groups(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);
	struct stack stack = { 0 };

	(void)row;
	(void)base;
	f->groups_key = key;
	if (!ykeys_is_map(r, key->value, "'groups'"))
		return;
	push_all(&stack, key->value, -1);
	while (stack.n) {
		struct to_read next = stack.items[--stack.n];
		struct draft_group *g = next.key->broken ? NULL
							 : read_group(f, next.key, next.parent);

		if (g && g->groups)
			push_all(&stack, g->groups->value, (int32_t)f->n_groups - 1);
	}
	free(stack.items);
}

/* ---- names ---- */

void
groups_index(struct dagfile *f)
{
	struct name_index *names = &f->group_names;

	names->count = f->n_groups;
	names->items = arena_get(f->y.scratch, f->n_groups * sizeof(*names->items));
	for (size_t i = 0; i < f->n_groups; i++)
		names->items[i] = (struct name_at){ f->groups[i]->id, (uint32_t)i };
	names_sort(names);
	for (size_t i = 0; i < f->n_groups; i++) {
		const struct draft_group *g = f->groups[i];

		if (names_find(&f->task_names, g->id) >= 0)
			ykeys_say(&f->y, g->key, E0332, NULL,
				  "'%s' is the name of a task and of a group", g->id);
		if (!g->count)
			ykeys_say(&f->y, g->key, E0330, NULL, "group '%s' has no tasks", g->id);
	}
	for (size_t i = 1; i < f->task_names.count; i++) {
		const struct name_at *at = &f->task_names.items[i];

		if (strcmp(at[-1].name, at->name) == 0)
			ykeys_say(&f->y, f->tasks[at->at].key, E0332, NULL,
				  "two tasks are called '%s'", at->name);
	}
}

static struct draft_node
find_node(const struct dagfile *f, const char *name)
{
	return (struct draft_node){ .task = names_find(&f->task_names, name),
				    .group = names_find(&f->group_names, name) };
}

struct draft_node
groups_resolve(const struct dagfile *f, int32_t group, const char *name)
{
	char text[2 * NAME_MAX_BYTES + 2];
	struct draft_node node;

	for (; group >= 0 && strlen(name) <= NAME_MAX_BYTES; group = f->groups[group]->parent) {
		(void)snprintf(text, sizeof(text), "%s.%s", f->groups[group]->id, name);
		node = find_node(f, text);
		if (node.task >= 0 || node.group >= 0)
			return node;
	}
	return find_node(f, name);
}

/* ---- edges ---- */

static int32_t
group_of(const struct dagfile *f, struct draft_node node)
{
	return node.task >= 0 ? f->tasks[node.task].group : node.group;
}

/* Is the group `inner` the other one, or in it? */
static bool
is_inside(const struct dagfile *f, int32_t inner, int32_t group)
{
	while (inner >= 0 && inner != group)
		inner = f->groups[inner]->parent;
	return inner == group;
}

static const char *
name_of(const struct dagfile *f, struct draft_node node)
{
	return node.task >= 0 ? f->tasks[node.task].task.id : f->groups[node.group]->id;
}

/* Keep a need with a group on one of its ends, unless one of them is in the other. */
static void
keep_need(struct dagfile *f, struct draft_node who, struct draft_node what, const struct ynode *at)
{
	const char *kind = who.task >= 0 ? "task" : "group";

	if ((what.group >= 0 && is_inside(f, group_of(f, who), what.group)) ||
	    (who.group >= 0 && is_inside(f, group_of(f, what), who.group))) {
		ykeys_say(&f->y, at, E0304, NULL, "%s '%s' needs '%s', and one is inside the other",
			  kind, name_of(f, who), name_of(f, what));
		return;
	}
	f->group_needs = mem_grow(f->group_needs, f->n_group_needs, &f->room_group_needs,
				  sizeof(*f->group_needs));
	f->group_needs[f->n_group_needs++] = (struct draft_need){ who, what, at };
}

void
groups_need(struct dagfile *f, size_t task, uint32_t group, const struct ynode *at)
{
	keep_need(f, (struct draft_node){ (int32_t)task, -1 },
		  (struct draft_node){ -1, (int32_t)group }, at);
}

/* One item of `needs` of a group. */
static void
take_need(struct dagfile *f, int32_t group, const struct ynode *item)
{
	const struct draft_group *g = f->groups[group];
	struct draft_node what;

	if (item->broken)
		return;
	if (item->kind != YNODE_SCALAR || ynode_is_null(item)) {
		ykeys_say(&f->y, item, E0307, NULL,
			  "each item of 'needs' has to be the name of a task or a group");
		return;
	}
	what = groups_resolve(f, g->parent, item->text);
	if (what.task < 0 && what.group < 0)
		ykeys_say(&f->y, item, E0303, NULL,
			  "group '%s' needs '%s', which is neither a task nor a group of this dag",
			  g->id, item->text);
	else
		keep_need(f, (struct draft_node){ -1, group }, what, item);
}

static void
take_needs(struct dagfile *f, int32_t group)
{
	const struct ynode *key = f->groups[group]->needs;

	if (!key)
		return;
	if (key->value->kind != YNODE_LIST) {
		take_need(f, group, key->value);
		return;
	}
	for (const struct ynode *item = key->value->first; item; item = item->next)
		take_need(f, group, item);
}

/* The group around `group` (or itself) at a depth; -1: it is not that deep. */
static int32_t
at_depth(const struct dagfile *f, int32_t group, uint32_t depth)
{
	while (group >= 0 && f->groups[group]->depth > depth)
		group = f->groups[group]->parent;
	return group >= 0 && f->groups[group]->depth == depth ? group : -1;
}

/* The depth of the innermost group that holds both; 0: none does. */
static uint32_t
common_depth(const struct dagfile *f, const struct draft_need *need)
{
	int32_t a = group_of(f, need->who), b = group_of(f, need->what);
	uint32_t depth = 0;

	while (depth < DAG_GROUP_DEPTH_MAX && at_depth(f, a, depth + 1) >= 0 &&
	       at_depth(f, a, depth + 1) == at_depth(f, b, depth + 1))
		depth++;
	return depth;
}

/* The tasks that a need with a group stands for on one side; *n of them. */
static const uint32_t *
tasks_of(const struct dagfile *f, struct draft_node node, bool ends, uint32_t *self, size_t *n)
{
	if (node.task >= 0) {
		*self = (uint32_t)node.task;
		*n = 1;
		return self;
	}
	*n = ends ? f->groups[node.group]->n_ends : f->groups[node.group]->n_roots;
	return ends ? f->groups[node.group]->ends : f->groups[node.group]->roots;
}

static void
add_edges(struct dagfile *f, const struct draft_need *need)
{
	uint32_t self[2];
	size_t n_down, n_up;
	const uint32_t *down = tasks_of(f, need->who, false, &self[0], &n_down);
	const uint32_t *up = tasks_of(f, need->what, true, &self[1], &n_up);

	for (size_t i = 0; i < n_down; i++)
		for (size_t k = 0; k < n_up; k++)
			if (!edges_add(f, down[i], up[k], need->at))
				return;
}

/* Mark tasks that wait for, and that are awaited by, others of their group at a depth. */
static void
mark_inner(const struct dagfile *f, uint32_t depth, bool *waits, bool *awaited)
{
	for (size_t i = 0; i < f->n_tasks; i++) {
		const struct draft_task *t = &f->tasks[i];
		int32_t group = at_depth(f, t->group, depth);

		for (size_t k = 0; group >= 0 && k < t->n_edges; k++) {
			if (at_depth(f, f->tasks[t->edges[k]].group, depth) != group)
				continue;
			waits[i] = true;
			if (!t->teardown)
				awaited[t->edges[k]] = true;
		}
	}
}

/*
 * The first and the last tasks of all groups at a depth; everything inside them is linked.  Nobody
 * outside waits for a teardown in a group.
 */
static void
find_ends(struct dagfile *f, uint32_t depth)
{
	bool *waits = mem_new(f->n_tasks, sizeof(*waits));
	bool *awaited = mem_new(f->n_tasks, sizeof(*awaited));

	mark_inner(f, depth, waits, awaited);
	for (size_t i = 0; i < f->n_groups; i++) {
		struct draft_group *g = f->groups[i];

		if (g->depth != depth)
			continue;
		g->roots = arena_get(f->y.scratch, g->count * sizeof(*g->roots));
		g->ends = arena_get(f->y.scratch, g->count * sizeof(*g->ends));
		for (uint32_t t = g->first; t < g->first + g->count; t++) {
			if (!waits[t])
				g->roots[g->n_roots++] = t;
			if (!awaited[t] && !f->tasks[t].teardown)
				g->ends[g->n_ends++] = t;
		}
	}
	free(awaited);
	free(waits);
}

void
groups_link(struct dagfile *f)
{
	for (size_t i = 0; i < f->n_groups; i++)
		take_needs(f, (int32_t)i);
	edges_settle(f);
	for (uint32_t depth = DAG_GROUP_DEPTH_MAX + 1; f->n_group_needs && depth-- > 0;) {
		for (size_t i = 0; i < f->n_group_needs; i++)
			if (common_depth(f, &f->group_needs[i]) == depth)
				add_edges(f, &f->group_needs[i]);
		edges_settle(f);
		if (depth)
			find_ends(f, depth);
	}
}

/* ---- groups that are tried again as one ---- */

/* The group with retries around a group, or itself; -1: none. */
static int32_t
retried_around(const struct dagfile *f, int32_t group)
{
	while (group >= 0 && !f->groups[group]->retry.retries)
		group = f->groups[group]->parent;
	return group;
}

/* Another try would set up what was not torn down, or tear down what nobody sets up again. */
static void
check_pairs(struct dagfile *f, size_t teardown)
{
	const struct draft_task *t = &f->tasks[teardown];
	int32_t group = retried_around(f, t->group);

	for (size_t k = 0; k < t->n_edges; k++) {
		const struct draft_task *up = &f->tasks[t->edges[k]];
		int32_t other = retried_around(f, up->group);

		if (!up->task.setup || group == other)
			continue;
		ykeys_say(&f->y, t->key, E0635, "put both into the group, or both out of it",
			  "group '%s' is tried again with %s '%s', but without %s '%s'",
			  f->groups[group >= 0 ? group : other]->id,
			  group >= 0 ? "teardown" : "setup", group >= 0 ? t->task.id : up->task.id,
			  group >= 0 ? "setup" : "teardown", group >= 0 ? up->task.id : t->task.id);
		return;
	}
}

/* What a task is one with when nothing behind its group starts before all of that has ended. */
static uint32_t
node_of(const struct dagfile *f, uint32_t task)
{
	int32_t group = retried_around(f, f->tasks[task].group);

	return group < 0 ? task : f->groups[group]->first;
}

static void
say_circle(struct dagfile *f, const uint32_t *circle, size_t n)
{
	const struct draft_group *g = NULL;
	struct buf names;

	buf_init(&names, 4000);
	for (size_t i = 0; i <= n; i++) {
		const struct draft_task *t = &f->tasks[circle[i % n]];
		int32_t group = retried_around(f, t->group);

		if (group >= 0)
			g = f->groups[group];
		buf_format(&names, "%s%s", i ? " -> " : "",
			   group < 0 ? t->task.id : f->groups[group]->id);
	}
	if (g)
		ykeys_say(&f->y, g->key, E0636,
			  "put what is between its tasks into the group as well",
			  "group '%s' is retried as one, so that who needs it waits for all of it: "
			  "%s",
			  g->id, names.data);
	buf_release(&names);
}

/* There is no circle of tasks: is there none of groups taken for one task each? */
static void
check_circles(struct dagfile *f)
{
	size_t n = f->n_tasks, n_circle = 0;
	const uint32_t **up = mem_new(n, sizeof(*up));
	size_t *n_up = mem_new(n, sizeof(*n_up));
	uint32_t *ends = mem_new(f->n_edges, sizeof(*ends)), *order = mem_new(n, sizeof(*order));
	uint32_t *circle = mem_new(n, sizeof(*circle)), *next = ends;

	/* The tasks of a group stand side by side, its first one before the others. */
	for (uint32_t i = 0; i < n; i++) {
		uint32_t node = node_of(f, i);

		if (node == i)
			up[i] = next;
		for (size_t k = 0; k < f->tasks[i].n_edges; k++)
			if (node_of(f, f->tasks[i].edges[k]) != node) {
				*next++ = node_of(f, f->tasks[i].edges[k]);
				n_up[node]++;
			}
	}
	if (!dag_sort(n, up, n_up, order, circle, &n_circle))
		say_circle(f, circle, n_circle);
	free(circle);
	free(order);
	free(ends);
	free(n_up);
	free(up);
}

void
groups_check_retries(struct dagfile *f)
{
	bool any = false;

	for (size_t i = 0; i < f->n_groups; i++) {
		const struct draft_group *g = f->groups[i];
		int32_t around = retried_around(f, g->parent);

		any = any || g->retry.retries;
		if (g->retry.retries && around >= 0)
			ykeys_say(&f->y, g->key, E0634,
				  "leave 'retries' to one of them; tasks have retries of their own",
				  "group '%s' has retries, and so has group '%s' around it", g->id,
				  f->groups[around]->id);
	}
	if (!any)
		return;
	for (size_t i = 0; i < f->n_tasks; i++)
		if (f->tasks[i].teardown)
			check_pairs(f, i);
	check_circles(f);
}

/* Which groups have retries, and whose tasks they hold. */
static void
fill_retried(struct dagfile *f, struct task *tasks)
{
	uint32_t *retried = arena_get(f->y.arena, f->n_groups * sizeof(*retried));

	f->dag->retried = retried;
	for (uint32_t i = 0; i < f->n_groups; i++) {
		const struct draft_group *g = f->groups[i];

		if (!g->retry.retries)
			continue;
		retried[f->dag->n_retried++] = i;
		for (uint32_t t = g->first; t < g->first + g->count; t++)
			tasks[t].held_by = (uint32_t)f->dag->n_retried;
	}
}

void
groups_fill(struct dagfile *f, struct task *tasks)
{
	struct task_group *groups = arena_get(f->y.arena, f->n_groups * sizeof(*groups));

	for (size_t i = 0; i < f->n_groups; i++) {
		const struct draft_group *g = f->groups[i];

		groups[i] = (struct task_group){
			.id = g->id,
			.parent = g->parent,
			.first = g->first,
			.count = g->count,
			.line = g->key->line,
			.column = g->key->column,
			.retry = g->retry,
		};
	}
	f->dag->groups = groups;
	f->dag->n_groups = f->n_groups;
	fill_retried(f, tasks);
}
