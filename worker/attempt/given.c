/* given.c - what a program is told of its inputs: where the pinned versions are. */
#include "worker/attempt/given.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/attempt/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	PATHS_BYTES_MAX = 96 << 10, /* the kernel takes 128 KiB for one variable */
	FILES_BYTES_MAX = 64 << 10,
};

struct given {
	struct input_source *sources;
	size_t n_sources;
	struct spec_env *variables;
	size_t n_variables, room;
};

void
given_close(struct given *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n_sources; i++)
		source_close(&g->sources[i]);
	for (size_t i = 0; i < g->n_variables; i++) {
		free(g->variables[i].name);
		free(g->variables[i].value);
	}
	free(g->sources);
	free(g->variables);
	free(g);
}

/* Takes the value. */
static void
add_variable(struct given *g, const char *prefix, const char *dataset, char *value)
{
	struct buf name;

	buf_init(&name, SIZE_MAX);
	input_variable(prefix, dataset, &name);
	g->variables = mem_grow(g->variables, g->n_variables, &g->room, sizeof(*g->variables));
	g->variables[g->n_variables++] = (struct spec_env){ .name = buf_give(&name),
							    .value = value };
	buf_release(&name);
}

static void
add_line(struct buf *out, const char *text)
{
	if (out->bytes)
		buf_char(out, '\n');
	buf_text(out, text);
}

static void
list_files(const struct input_source *s, struct buf *out)
{
	for (size_t i = 0; i < s->n_files; i++) {
		char *name = source_file(s, i);

		add_line(out, name);
		free(name);
	}
}

/* The variables of sources [first, end), which are of one dataset. */
static enum err_code
add_dataset(struct given *g, size_t first, size_t end, struct err *err)
{
	const char *dataset = g->sources[first].spec->dataset;
	enum err_code code = ERR_NONE;
	struct buf paths, files;

	buf_init(&paths, PATHS_BYTES_MAX);
	buf_init(&files, FILES_BYTES_MAX);
	for (size_t i = first; i < end; i++) {
		if (g->sources[i].path)
			add_line(&paths, g->sources[i].path);
		list_files(&g->sources[i], &files);
	}
	if (paths.full)
		code = err_set(err, ERR_LIMIT,
			       "tell the program of dataset '%s': the paths of its partitions have "
			       "more than %s; make the window smaller",
			       dataset, SIZE_TEXT(PATHS_BYTES_MAX));
	else
		add_variable(g, INPUT_VARIABLE, dataset, buf_give(&paths));
	if (!code && !files.full)
		add_variable(g, FILES_VARIABLE, dataset, buf_give(&files));
	buf_release(&paths);
	buf_release(&files);
	return code;
}

static enum err_code
add_variables(struct given *g, struct err *err)
{
	enum err_code code = ERR_NONE;

	for (size_t first = 0, end; first < g->n_sources && !code; first = end) {
		const char *dataset = g->sources[first].spec->dataset;

		for (end = first + 1; end < g->n_sources; end++)
			if (strcmp(g->sources[end].spec->dataset, dataset) != 0)
				break;
		code = add_dataset(g, first, end, err);
	}
	return code;
}

enum err_code
given_open(struct given **out, const struct spec *spec, struct err *err)
{
	struct given *g = mem_new(1, sizeof(*g));
	enum err_code code = ERR_NONE;

	g->sources = mem_new(spec->n_inputs, sizeof(*g->sources));
	for (size_t i = 0; i < spec->n_inputs && !code; i++)
		if (!spec->inputs[i].for_checks)
			code = source_open(&g->sources[g->n_sources++], &spec->inputs[i], err);
	if (!code)
		code = add_variables(g, err);
	if (code) {
		given_close(g);
		return code;
	}
	*out = g;
	return ERR_NONE;
}

const struct spec_env *
given_variables(const struct given *g, size_t *n)
{
	*n = g->n_variables;
	return g->variables;
}

void
given_record(const struct given *g, struct manifest *m)
{
	for (size_t i = 0; i < g->n_sources; i++)
		source_record(&g->sources[i], NULL, m);
}

enum err_code
given_check(const struct given *g, struct err *err)
{
	enum err_code code = ERR_NONE;

	for (size_t i = 0; i < g->n_sources && !code; i++) {
		const struct input_source *s = &g->sources[i];

		code = source_stays(s, err);
		for (size_t k = 0; k < s->n_files && !code; k++)
			code = source_check(s, k, -1, err);
	}
	return code;
}
