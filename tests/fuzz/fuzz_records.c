/*
 * fuzz_records.c - any bytes as a spec, an exit record, a manifest or a reply, and as a DAG file:
 * no crash, and what is written of what was read reads back to the same bytes.
 */
#include "core/dagfile/dagfile.h"
#include "core/lake/manifest.h"
#include "core/wire/attempt.h"
#include "core/wire/spec.h"
#include "scheduler/rows/reply.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Read one kind of record and append it, written, to `out`; false: it is not one. */
typedef bool copy_fn(const char *data, size_t bytes, struct buf *out);

static bool
copy_spec(const char *data, size_t bytes, struct buf *out)
{
	struct spec s;
	struct err err;

	if (spec_read(&s, data, bytes, &err))
		return false;
	spec_write(&s, out);
	spec_release(&s);
	return true;
}

static bool
copy_exit_record(const char *data, size_t bytes, struct buf *out)
{
	struct exit_record r;
	struct err err;

	if (exit_record_read(&r, data, bytes, &err))
		return false;
	exit_record_write(&r, out);
	exit_record_release(&r);
	return true;
}

static bool
copy_manifest(const char *data, size_t bytes, struct buf *out)
{
	struct manifest m;
	struct err err;

	if (manifest_read(&m, data, bytes, "a manifest", &err))
		return false;
	manifest_write(&m, out);
	manifest_release(&m);
	return true;
}

static bool
copy_reply(const char *data, size_t bytes, struct buf *out)
{
	struct arena *arena = arena_new();
	char *text = arena_bytes(arena, data, bytes); /* with a NUL behind */
	struct reply r;
	bool good = reply_read(&r, text, arena);

	if (good)
		reply_write(&r, out);
	arena_free(arena);
	return good;
}

/* A DAG file has no writer; every mistake of it can be shown, and an error is what refuses it. */
static void
read_dag_file(const char *data, size_t bytes)
{
	struct diags diags;
	struct dag *dag;
	struct buf text;

	diags_init(&diags);
	buf_init(&text, SIZE_MAX);
	dag = dagfile_read("a.yaml", data, bytes, &diags);
	if (!dag != !!diags.errors)
		abort();
	diags_sort(&diags);
	diags_render(&diags, true, 0, &text);
	if (dag)
		dag_unref(dag);
	buf_release(&text);
	diags_release(&diags);
}

/* The first byte chooses; the rest is copied to exactly sized memory. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static copy_fn *const copies[] = { copy_spec, copy_exit_record, copy_manifest, copy_reply };
	struct buf once, twice;
	copy_fn *copy;
	char *text;

	if (!bytes)
		return 0;
	text = malloc(bytes);
	if (!text)
		abort();
	memcpy(text, data + 1, bytes - 1);
	bytes--;
	if (data[0] % (countof(copies) + 1) == countof(copies)) {
		read_dag_file(text, bytes);
		free(text);
		return 0;
	}
	copy = copies[data[0] % (countof(copies) + 1)];
	buf_init(&once, SIZE_MAX);
	buf_init(&twice, SIZE_MAX);
	if (copy(text, bytes, &once)) {
		/* A text of these is valid JSON again, and says the same. */
		if (!copy(once.data, once.bytes, &twice) || once.bytes != twice.bytes ||
		    memcmp(once.data, twice.data, once.bytes) != 0)
			abort();
	}
	buf_release(&twice);
	buf_release(&once);
	free(text);
	return 0;
}
