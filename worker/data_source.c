/* data_source.c - one file that `tidemill data` looks into: its format and its columns. */
#include "worker/data_source.h"

#include "core/mem.h"

#include <fcntl.h>
#include <string.h>

/* Is `tail` the end of text[0, bytes), with something before it? */
static bool
ends_in(const char *text, size_t bytes, const char *tail)
{
	size_t n = strlen(tail);

	return bytes > n && memcmp(text + bytes - n, tail, n) == 0;
}

int
data_format_of(const char *path)
{
	static const char *const packed[] = { ".gz", ".zst" };
	static const struct {
		const char *tail;
		enum format format;
	} names[] = {
		{ ".csv", FORMAT_CSV },
		{ ".jsonl", FORMAT_JSONL },
		{ ".ndjson", FORMAT_JSONL },
		{ ".parquet", FORMAT_PARQUET },
	};
	size_t bytes = strlen(path);

	for (size_t i = 0; i < countof(packed); i++) {
		if (ends_in(path, bytes, packed[i])) {
			bytes -= strlen(packed[i]);
			break;
		}
	}
	for (size_t i = 0; i < countof(names); i++) {
		if (ends_in(path, bytes, names[i].tail))
			return (int)names[i].format;
	}
	return -1;
}

struct schema
data_schema_copy(const struct schema *schema, struct arena *arena)
{
	struct column *columns = arena_get(arena, schema->count * sizeof(*columns));

	for (size_t i = 0; i < schema->count; i++)
		columns[i] = (struct column){ arena_str(arena, schema->columns[i].name),
					      schema->columns[i].type };
	return (struct schema){ columns, schema->count };
}

enum err_code
data_source_open(struct data_source *out, const char *path, enum format format,
		 const struct schema *declared, struct err *err)
{
	struct data_source s = { .path = path, .format = format, .arena = arena_new() };
	enum err_code code = ERR_NONE;

	if (format == FORMAT_PARQUET)
		code = pq_file_open(&s.parquet, AT_FDCWD, path, path, err);
	if (code)
		goto out;
	if (declared->count)
		s.schema = *declared;
	else if (s.parquet)
		pq_file_schema(s.parquet, &s.schema);
	else
		code = data_learn(path, format, s.arena, &s.schema, err);
out:
	if (code)
		data_source_close(&s);
	else
		*out = s;
	return code;
}

void
data_source_close(struct data_source *s)
{
	pq_file_close(s->parquet);
	arena_free(s->arena);
	*s = (struct data_source){ 0 };
}

enum err_code
data_source_read(const struct data_source *s, const struct schema *schema, struct reader **out,
		 struct err *err)
{
	/* Parquet has bytes that are no text; a person may still want to see them. */
	const struct reader_options options = {
		.format = s->format,
		.schema = schema,
		.any_bytes = s->format == FORMAT_PARQUET,
	};

	return reader_open(out, AT_FDCWD, s->path, s->path, &options, err);
}
