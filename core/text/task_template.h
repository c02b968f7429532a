/*
 * task_template.h - a step that is written once: the body of a task with parameters, and its uses.
 *
 *   load_table:                                               # of `templates:` in tidemill.yaml
 *     params: {table: {type: string}, retries: {type: int, default: 2}}
 *     task: {operator: command, run: [./load.sh, "{{ with.table }}"], retries: "{{ with.retries
 * }}"}
 *
 * A use is a tree as if the task had been written out: what reads tasks knows nothing of
 * templates.  Each of its nodes stands where the file uses the template, or where it
 * gives the value, and remembers the node of the body that it came from (ynode.origin).
 * Pure.
 */
#ifndef CORE_TEXT_TASK_TEMPLATE_H
#define CORE_TEXT_TASK_TEMPLATE_H

#include "core/text/ykeys.h"

/* Before the name of one among constants (constant.h); the value is its tree as JSON. */
#define TEMPLATE_PREFIX "template."

enum { TEMPLATES_MAX = 1000, TEMPLATE_PARAMS_MAX = 100, TEMPLATE_BYTES_MAX = 64 << 10 };

enum template_type {
	TEMPLATE_STRING,
	TEMPLATE_INT,
	TEMPLATE_NUMBER,
	TEMPLATE_BOOL,
	TEMPLATE_LIST, /* of single values */
};

struct template_param {
	const char *name;
	int type;                     /* enum template_type */
	const struct ynode *key;      /* its name */
	const struct ynode *fallback; /* value of `default`, or NULL */
	bool used;                    /* the body names it: known after task_template_sample() */
};

/* Borrows the tree that it was read from. */
struct task_template {
	const struct ynode *key; /* its name; the value is all of it */
	const struct ynode *body;
	struct template_param *params; /* in the reader's arena */
	size_t n_params;
	bool guessed; /* task_template_sample() left values out that only a use can give */
};

/* What uses come to, all of one file together. */
struct template_size {
	size_t nodes, bytes;
};

/* Read what a template says, by its key; false was reported. */
bool task_template_read(struct yreader *r, const struct ynode *key, struct task_template *out);

/*
 * The body as a task of the template's name, to be checked by itself: values that are not
 * known before it is used are `broken`.  What it names and does not declare is reported.
 */
struct ynode *task_template_sample(struct yreader *r, struct task_template *t);

/*
 * The task that a use stands for, in the reader's scratch: the body with the values of
 * `with`, or defaults, and the keys of the use in place of the body's.  `use` is the key of
 * the task in the file, `at` that of `template` in it.  NULL was reported, also when `size`
 * passes the bounds of a file.
 */
const struct ynode *task_template_use(struct yreader *r, const struct task_template *t,
				      const struct ynode *use, const struct ynode *at,
				      struct template_size *size);

#endif
