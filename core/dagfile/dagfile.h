/*
 * dagfile.h - YAML to a checked dag, every mistake at once.
 *
 * The text is distrusted: sizes are bounded (dag.h), aliases, anchors, tags,
 * duplicate and unknown keys are errors, and so is everything that could only
 * go wrong at run time: an unknown template variable, a cycle, a dataset that
 * nobody declares.  What concerns several files is checked in project.h.
 */
#ifndef CORE_DAGFILE_DAGFILE_H
#define CORE_DAGFILE_DAGFILE_H

#include "core/model/dag.h"
#include "core/text/constant.h"
#include "core/text/diag.h"
#include "core/text/ytree.h"

/*
 * Read a definition as it is kept, `text` (`bytes` long, copied), with the constants that
 * stand behind it (core/text/resolved.h).  `name` is what messages and dag->file
 * say.  Gives the dag with one reference, or NULL when diags got at least one
 * error.  Datasets that are named but not declared here are not an error here:
 * project_load() looks for them in the other files.  A dataset of that kind is
 * in an input by name only and not in dag->datasets.
 */
struct dag *dagfile_read(const char *name, const char *text, size_t bytes,
			 struct diags *diags) MUST_CHECK;

/*
 * The same of a file: its templates may name `constants`, and those that they name become
 * a part of dag->text and of the digest.
 */
struct dag *dagfile_resolve(const char *name, const char *text, size_t bytes,
			    const struct constants *constants, struct diags *diags) MUST_CHECK;

/*
 * Check a template (core/text/task_template.h) by itself, `key` of a tree of `source`: all that can
 * be told before somebody uses it.  False: diags got an error.
 */
bool dagfile_check_template(const struct source *source, const struct ynode *key,
			    struct diags *diags);

/* The same of what dagfile_slice() gave: names of what is not in it are taken as they are. */
struct dag *dagfile_read_slice(const char *text, size_t bytes, struct diags *diags) MUST_CHECK;

/*
 * A task and what it needs (its datasets, params, schedule) as a DAG file of its own in one line of
 * JSON, appended to `out`: a worker reads it with dagfile_read_slice() and gets the task
 * back as tasks[0]. Nothing is appended for a command.  Of a short file it is made when it is asked
 * for, by reading dag->text once more: kept, the slices of a thousand dags would be most of an idle
 * scheduler's memory.
 */
void dagfile_slice(const struct dag *dag, size_t task, struct buf *out);

#endif
