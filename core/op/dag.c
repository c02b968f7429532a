/* dag.c - the keys of operator dag: a task that has runs of another dag made, and waits for them.
 */
#include "core/op/dag.h"

#include "core/base/mem.h"
#include "core/op/op.h"

#include <string.h>

#define AT(field) offsetof(struct op_dag, child.field)

/* One value; false was reported. */
static bool
read_param(struct yreader *r, const struct ynode *key, struct param_value *out)
{
	if (!ykeys_is_name(r, key, "param") || key->value->broken)
		return false;
	if (key->value->kind != YNODE_SCALAR || ynode_is_null(key->value)) {
		ykeys_say(r, key, E0683, "write \"\" for an empty text",
			  "param '%s' has to be a single value", key->text);
		return false;
	}
	out->name = arena_str(r->arena, key->text);
	out->value = ykeys_template(r, key->value, key->text);
	return out->value != NULL;
}

static void
read_params(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_dag *op = base;
	const struct ynode *map = key->value;
	struct param_value *params;
	size_t n = 0;

	(void)row;
	if (!ykeys_is_map(r, map, "'params'"))
		return;
	if (map->count > CHILD_PARAMS_MAX) {
		ykeys_say(r, map, E0683, NULL, "'params' has up to %d values, this has %zu",
			  CHILD_PARAMS_MAX, map->count);
		return;
	}
	params = arena_get(r->arena, map->count * sizeof(*params));
	for (const struct ynode *k = map->first; k; k = k->next)
		if (!k->broken && read_param(r, k, &params[n]))
			n++;
	op->child.params = params;
	op->child.n_params = n;
}

static const struct key dag_keys[] = {
	{ "dag", WANT_NAME, .required = true, .at = AT(dag) },
	{ "params", WANT_CUSTOM, .read = read_params },
};

/* Keys of every task that are about attempts, of which it has none. */
static const char *const of_attempts[] = {
	"timeout",     "pool",          "pool_slots", "max_active_tis_per_dag",
	"priority",    "env",           "memory",     "limits",
	"missing",     "empty",         "checks",     "retry_on",
	"no_retry_on", "infra_retries",
};

static void
end(struct yreader *r, struct draft_task *t)
{
	const struct op_dag *op = t->params;

	for (size_t i = 0; i < countof(of_attempts); i++) {
		const struct ynode *key = ynode_get(t->key->value, of_attempts[i]);

		if (key)
			ykeys_say(r, key, E0684, "say it in the dag that it runs",
				  "'%s' is for tasks that do something themselves, and task '%s' "
				  "waits for runs of another dag",
				  of_attempts[i], t->task.id);
	}
	t->task.child = op->child;
}

const struct op_def op_def_dag = {
	.kind = OP_DAG,
	.name = "dag",
	.label = "dag",
	.summary = "runs another dag for the same interval and waits for it, without a slot",
	.rows = dag_keys,
	.n_rows = countof(dag_keys),
	.params_bytes = sizeof(struct op_dag),
	.waits = true,
	.end = end,
};
