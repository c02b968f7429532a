/* report.c - what is wrong between the DAG files of a project, and that a dag is bad for it. */
#include "core/project/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct place
place_of(const struct dag *dag, uint32_t line, uint32_t column, const char *name)
{
	return (struct place){
		.file = dag->file,
		.text = dag->text,
		.text_bytes = strlen(dag->text),
		.line = line,
		.column = column,
		.width = (uint32_t)strlen(name),
	};
}

struct place
task_place(const struct dag *dag, const struct task *task)
{
	return place_of(dag, task->line, task->column, task->id);
}

void
report(struct dag_set *set, uint32_t dag, const struct place *at, enum code code, const char *help,
       const char *fmt, ...)
{
	char message[800];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	diags_say(set->diags, code, at, help, "%s", message);
	set->bad[dag] = true;
}
