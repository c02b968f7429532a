/*
 * floor.c - what no operator can be faster than: decoding its columns, and moving memory.
 *   floor FORMAT SCHEMA COLUMNS DAYS FILE...   prints "SECONDS ROWS": to read the files and look
 *                                              at nothing, by one thread, the best of three
 *   floor memcpy                               prints the bytes that one thread copies in a second
 * SCHEMA is NAME:TYPE,...; COLUMNS are those that are wanted and DAYS those of which only the day
 * is, both NAME,... with "-" for all and for none.
 */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "worker/format/reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 128 };

/* The columns of a text as above, whose pieces it cuts. */
static struct schema
schema_read(char *text, struct column columns[COLUMNS_MAX])
{
	struct schema schema = { .columns = columns };
	char *rest = NULL;

	for (char *one = strtok_r(text, ",", &rest); one && schema.count < COLUMNS_MAX;
	     one = strtok_r(NULL, ",", &rest)) {
		char *colon = strchr(one, ':');
		int type = colon ? col_type_of(colon + 1) : -1;

		if (type < 0) {
			(void)fprintf(stderr, "floor: '%s' is no column\n", one);
			exit(2);
		}
		*colon = '\0';
		columns[schema.count++] = (struct column){ one, (enum col_type)type };
	}
	return schema;
}

/* Which columns the list names, in flags; NULL for "-". */
static const bool *
columns_named(char *list, const struct schema *schema, bool flags[COLUMNS_MAX])
{
	char *rest = NULL;

	if (strcmp(list, "-") == 0)
		return NULL;
	for (char *one = strtok_r(list, ",", &rest); one; one = strtok_r(NULL, ",", &rest))
		flags[schema_find(schema, one)] = true;
	return flags;
}

static double
now_s(void)
{
	return (double)clock_boot_us() / 1e6;
}

/* Read one file, and add its rows to *rows. */
static void
read_file(const char *path, const struct reader_options *options, int64_t *rows)
{
	const struct batch *b = NULL;
	struct reader *r = NULL;
	struct err err;

	if (reader_open(&r, AT_FDCWD, path, path, options, &err)) {
		(void)fprintf(stderr, "floor: %s\n", err.msg);
		exit(1);
	}
	while (!reader_next(r, &b, &err) && b)
		*rows += (int64_t)b->rows;
	reader_close(r);
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
	(void)printf("%.0f\n", (double)bytes / best);
	free(from);
	free(to);
}

static void
show_files(char **args, char **files)
{
	static struct column columns[COLUMNS_MAX];
	static bool wanted[COLUMNS_MAX], days[COLUMNS_MAX];
	struct schema schema = schema_read(args[1], columns);
	struct reader_options options = {
		.format = (enum format)format_of(args[0]),
		.schema = &schema,
		.wanted = columns_named(args[2], &schema, wanted),
		.day_only = columns_named(args[3], &schema, days),
	};
	double best = 1e9;
	int64_t rows = 0;

	for (int i = 0; i < 3; i++) {
		double started = now_s();

		rows = 0;
		for (char **file = files; *file; file++)
			read_file(*file, &options, &rows);
		if (now_s() - started < best)
			best = now_s() - started;
	}
	(void)printf("%.4f %lld\n", best, (long long)rows);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "memcpy") == 0) {
		show_memory();
	} else if (argc > 5 && format_of(argv[1]) >= 0) {
		show_files(argv + 1, argv + 5);
	} else {
		(void)fputs("usage: floor FORMAT SCHEMA COLUMNS DAYS FILE... | floor memcpy\n",
			    stderr);
		return 2;
	}
	return 0;
}
