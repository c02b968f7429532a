/*
 * fuzz_expr.c - any bytes as an expression: no crash, a mistake lies inside the text, and what is
 * read has the same value twice.
 */
#include "core/expr/expr.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct {
	const char *name;
	enum expr_type type;
	struct expr_digits digits;
} slots[] = {
	{ .name = "n", .type = EXPR_INT64 },
	{ .name = "x", .type = EXPR_FLOAT64 },
	{ .name = "s", .type = EXPR_TEXT },
	{ .name = "b", .type = EXPR_BOOL },
	{ .name = "d", .type = EXPR_DATE },
	{ .name = "t", .type = EXPR_TIMESTAMP },
	{ .name = "u", .type = EXPR_DURATION },
	{ .name = "j", .type = EXPR_JSON },
	{ .name = "m", .type = EXPR_DECIMAL, .digits = { 10, 2 } },
	{ .name = "w", .type = EXPR_DECIMAL, .digits = { 38, 20 } },
};

static bool
find(void *ctx, const struct expr_path *path, struct expr_name *out, size_t *part,
     struct expr_mistake *bad, struct err *err)
{
	(void)ctx;
	(void)bad;
	*part = path->n - 1;
	for (uint32_t i = 0; i < countof(slots); i++) {
		if (strcmp(path->part[0], slots[i].name) != 0)
			continue;
		*out = (struct expr_name){ .type = slots[i].type,
					   .slot = i,
					   .digits = slots[i].digits };
		return true;
	}
	(void)err_set(err, ERR_INPUT, "no such name");
	return false;
}

static void
fill(struct expr_value row[countof(slots)], bool null)
{
	for (size_t i = 0; i < countof(slots); i++)
		row[i] = (struct expr_value){ .null = null };
	row[0].whole = -7;
	row[1].real = 2.5;
	row[2].text.data = "a text";
	row[2].text.bytes = 6;
	row[3].yes = true;
	row[4].whole = 20574;
	row[5].whole = 20574 * DAY_US;
	row[6].whole = HOUR_US;
	row[7].text.data = "{\"a\": [1]}";
	row[7].text.bytes = 10;
	row[8].units = -12345;
	row[9].units = (decimal_units)INT64_MAX * INT64_MAX;
}

static void
evaluate(const struct expr *e, struct arena *arena, bool null)
{
	struct expr_value row[countof(slots)], one, two;
	struct err err;
	enum err_code code;

	fill(row, null);
	code = expr_eval(e, row, arena, &one, &err);
	assert(expr_eval(e, row, arena, &two, &err) == code);
	if (code || expr_type(e) == EXPR_NULL)
		return;
	assert(one.null == two.null);
	assert(one.null || expr_compare(expr_type(e), &one, &two) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct arena *arena = arena_new();
	char *text = arena_bytes(arena, (const char *)data, bytes);
	struct expr_mistake bad = { 0 };
	struct expr *e;
	struct err err;

	if (expr_read(text, &(struct expr_names){ .find = find }, arena, &e, &bad, &err)) {
		assert(bad.at <= strlen(text) && bad.bytes > 0);
	} else {
		evaluate(e, arena, false);
		evaluate(e, arena, true);
	}
	arena_free(arena);
	return 0;
}
