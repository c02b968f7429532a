/*
 * floor.c - what no operator can be faster than: decoding its columns, and moving memory.
 *   floor DIR      DIR holds the files of make.mjs; prints rates on one thread
 */
#include "core/base/clock.h"
#include "core/model/dag.h"
#include "core/base/mem.h"
#include "worker/format/reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double
now_s(void)
{
	return (double)clock_boot_us() / 1e6;
}

/* Read the columns of a file and look at nothing. */
static double
decode(const char *path, enum format format, const bool *wanted, const bool *day_only,
       int64_t *rows)
{
	struct reader_options options = {
		.format = format, .schema = &schema_events, .wanted = wanted, .day_only = day_only
	};
	const struct batch *b = NULL;
	struct reader *r = NULL;
	double started = now_s();
	struct err err;

	*rows = 0;
	if (reader_open(&r, AT_FDCWD, path, path, &options, &err)) {
		(void)fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	while (!reader_next(r, &b, &err) && b)
		*rows += (int64_t)b->rows;
	reader_close(r);
	return now_s() - started;
}

static void
show(const char *what, const char *path, enum format format, const bool *wanted,
     const bool *day_only)
{
	double best = 1e9;
	int64_t rows = 0;

	for (int i = 0; i < 3; i++) {
		double took = decode(path, format, wanted, day_only, &rows);

		best = took < best ? took : best;
	}
	(void)printf("  %-44s %8.3f s %8.1f M rows/s\n", what, best, (double)rows / best / 1e6);
}

static void
show_memory(void)
{
	size_t bytes = 256 << 20;
	char *from = mem_new(bytes, 1), *to = mem_new(bytes, 1);
	double best = 1e9;

	memset(from, 1, bytes);
	for (int i = 0; i < 5; i++) {
		double started = now_s();

		memcpy(to, from, bytes);
		if (now_s() - started < best)
			best = now_s() - started;
	}
	(void)printf("  %-44s %8.1f GB/s\n", "memcpy", (double)bytes / best / 1e9);
	free(from);
	free(to);
}

int
main(int argc, char **argv)
{
	static const char *const asked[] = { "event_id", "tenant_id", "feature_name", "user_id",
					     "timestamp" };
	bool *wanted = mem_new(schema_events.count, sizeof(*wanted));
	bool *day_only = mem_new(schema_events.count, sizeof(*day_only));
	char *parquet, *jsonl, *csv;

	if (argc != 2)
		return 2;
	for (size_t i = 0; i < countof(asked); i++)
		wanted[schema_find(&schema_events, asked[i])] = true;
	day_only[schema_find(&schema_events, "timestamp")] = true;
	parquet = mem_format("%s/event_date=2026-05-02.parquet", argv[1]);
	jsonl = mem_format("%s/day.jsonl", argv[1]);
	csv = mem_format("%s/day.csv", argv[1]);
	show("decode the columns of engagement, one day", parquet, FORMAT_PARQUET, wanted,
	     day_only);
	show("decode all columns, one day", parquet, FORMAT_PARQUET, NULL, NULL);
	show("parse JSON Lines, one day", jsonl, FORMAT_JSONL, NULL, NULL);
	show("parse CSV, one day", csv, FORMAT_CSV, NULL, NULL);
	show_memory();
	free(parquet);
	free(jsonl);
	free(csv);
	free(wanted);
	free(day_only);
	return 0;
}
