/* columns.c - rows to and from the columns of the database, by the rows of columns.inc. */
#include "scheduler/store/columns.h"

#include "core/base/buf.h"
#include "scheduler/rows/rows.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* ---- types: how a member is bound and read; `size` is that of the member ---- */

struct stored_type {
	void (*bind)(struct stmt *s, int at, const void *member);
	void (*read)(const struct stmt *s, int at, void *member, size_t size);
};

static void
bind_int64(struct stmt *s, int at, const void *member)
{
	stmt_int(s, at, *(const int64_t *)member);
}

static void
read_int64(const struct stmt *s, int at, void *member, size_t size)
{
	(void)size;
	*(int64_t *)member = stmt_col_int(s, at);
}

static void
bind_int(struct stmt *s, int at, const void *member)
{
	stmt_int(s, at, *(const int *)member);
}

static void
read_int(const struct stmt *s, int at, void *member, size_t size)
{
	(void)size;
	*(int *)member = (int)stmt_col_int(s, at);
}

static void
bind_bool(struct stmt *s, int at, const void *member)
{
	stmt_int(s, at, *(const bool *)member);
}

static void
read_bool(const struct stmt *s, int at, void *member, size_t size)
{
	(void)size;
	*(bool *)member = stmt_col_int(s, at) != 0;
}

/* Keys and times: 0 means none, which is NULL on disk (an unbound parameter is NULL). */
static void
bind_unless_0(struct stmt *s, int at, const void *member)
{
	if (*(const int64_t *)member)
		bind_int64(s, at, member);
}

/* A number that was measured; a negative one is not known. */
static void
bind_known(struct stmt *s, int at, const void *member)
{
	if (*(const int64_t *)member >= 0)
		bind_int64(s, at, member);
}

static void
read_known(const struct stmt *s, int at, void *member, size_t size)
{
	(void)size;
	*(int64_t *)member = stmt_col_null(s, at) ? -1 : stmt_col_int(s, at);
}

/* Places in a list: a negative one means none. */
static void
bind_unless_n(struct stmt *s, int at, const void *member)
{
	if (*(const int *)member >= 0)
		bind_int(s, at, member);
}

static void
read_unless_n(const struct stmt *s, int at, void *member, size_t size)
{
	(void)size;
	*(int *)member = stmt_col_null(s, at) ? -1 : (int)stmt_col_int(s, at);
}

/* A time for which 0 is as good as any: INT64_MIN means none. */
static void
bind_cursor(struct stmt *s, int at, const void *member)
{
	if (*(const int64_t *)member != INT64_MIN)
		bind_int64(s, at, member);
}

static void
read_cursor(const struct stmt *s, int at, void *member, size_t size)
{
	(void)size;
	*(int64_t *)member = stmt_col_null(s, at) ? INT64_MIN : stmt_col_int(s, at);
}

/* Text that may be NULL on both sides. */
static void
bind_text(struct stmt *s, int at, const void *member)
{
	stmt_text(s, at, *(const char *const *)member);
}

static void
read_text(const struct stmt *s, int at, void *member, size_t size)
{
	(void)size;
	*(const char **)member = stmt_col_null(s, at) ? NULL : stmt_col_text(s, at);
}

/* Text that is empty, never NULL, when there is nothing to say. */
static void
bind_words(struct stmt *s, int at, const void *member)
{
	const char *words = *(const char *const *)member;

	stmt_text(s, at, words ? words : "");
}

/* Text of a JSON object: without one it is the empty object. */
static void
bind_object(struct stmt *s, int at, const void *member)
{
	const char *text = *(const char *const *)member;

	stmt_text(s, at, text ? text : "{}");
}

/* Text that lies in the row itself. */
static void
bind_chars(struct stmt *s, int at, const void *member)
{
	stmt_text(s, at, member);
}

static void
read_chars(const struct stmt *s, int at, void *member, size_t size)
{
	(void)snprintf(member, size, "%s", stmt_col_text(s, at));
}

/* A name that a CHECK of the schema let in and the program does not know is a bug. */
static int
known(int value)
{
	assert(value >= 0);
	return value;
}

/* An enum that is its name on disk. */
/* clang-format off */
#define NAMED(name) \
	static void bind_##name(struct stmt *s, int at, const void *member) \
	{ \
		stmt_text(s, at, name##_name(*(const enum name *)member)); \
	} \
	static void read_##name(const struct stmt *s, int at, void *member, size_t size) \
	{ \
		(void)size; \
		*(enum name *)member = (enum name)known(name##_of(stmt_col_text(s, at))); \
	}
/* clang-format on */
NAMED(run_type)
NAMED(run_state)
NAMED(task_state)
NAMED(attempt_state)
NAMED(reprocess)
NAMED(grid_unit)

/* The name of a zone: who says none means UTC. */
static void
bind_zone(struct stmt *s, int at, const void *member)
{
	const char *name = *(const char *const *)member;

	stmt_text(s, at, name ? name : "UTC");
}

/* An int: the outcome of an attempt, or negative while there is none. */
static void
bind_outcome(struct stmt *s, int at, const void *member)
{
	int value = *(const int *)member;

	if (value >= 0)
		stmt_text(s, at, outcome_name((enum outcome)value));
}

static void
read_outcome(const struct stmt *s, int at, void *member, size_t size)
{
	(void)size;
	*(int *)member = stmt_col_null(s, at) ? -1 : known(outcome_of(stmt_col_text(s, at)));
}

/* clang-format off */
static const struct stored_type
	type_INT64 =         { bind_int64,         read_int64 },
	type_INT =           { bind_int,           read_int },
	type_BOOL =          { bind_bool,          read_bool },
	type_UNLESS_0 =      { bind_unless_0,      read_int64 },
	type_KNOWN =         { bind_known,         read_known },
	type_UNLESS_N =      { bind_unless_n,      read_unless_n },
	type_CURSOR =        { bind_cursor,        read_cursor },
	type_TEXT =          { bind_text,          read_text },
	type_WORDS =         { bind_words,         read_text },
	type_OBJECT =        { bind_object,        read_text },
	type_CHARS =         { bind_chars,         read_chars },
	type_RUN_TYPE =      { bind_run_type,      read_run_type },
	type_RUN_STATE =     { bind_run_state,     read_run_state },
	type_TASK_STATE =    { bind_task_state,    read_task_state },
	type_ATTEMPT_STATE = { bind_attempt_state, read_attempt_state },
	type_REPROCESS =     { bind_reprocess,     read_reprocess },
	type_GRID_UNIT =     { bind_grid_unit,     read_grid_unit },
	type_ZONE =          { bind_zone,          read_text },
	type_OUTCOME =       { bind_outcome,       read_outcome };

/* Is `p` a pointer to what the type binds and reads? */
#define IS(type, p)         _Generic((p), type *: 1, default: 0)
#define IS_INT64(p)         IS(int64_t, p)
#define IS_INT(p)           IS(int, p)
#define IS_BOOL(p)          IS(bool, p)
#define IS_UNLESS_0(p)      IS(int64_t, p)
#define IS_KNOWN(p)         IS(int64_t, p)
#define IS_UNLESS_N(p)      IS(int, p)
#define IS_CURSOR(p)        IS(int64_t, p)
#define IS_TEXT(p)          IS(const char *, p)
#define IS_WORDS(p)         IS(const char *, p)
#define IS_OBJECT(p)        IS(const char *, p)
#define IS_CHARS(p)         IS(char, *(p))
#define IS_RUN_TYPE(p)      IS(enum run_type, p)
#define IS_RUN_STATE(p)     IS(enum run_state, p)
#define IS_TASK_STATE(p)    IS(enum task_state, p)
#define IS_ATTEMPT_STATE(p) IS(enum attempt_state, p)
#define IS_REPROCESS(p)     IS(enum reprocess, p)
#define IS_GRID_UNIT(p)     IS(enum grid_unit, p)
#define IS_ZONE(p)          IS(const char *, p)
#define IS_OUTCOME(p)       IS(int, p)
/* clang-format on */

/* ---- the rows ---- */

enum stored_how { HOW_UPDATE, HOW_KEEP, HOW_REPLACE, HOW_REFUSE };
enum stored_role { ROLE_KEY, ROLE_ONCE, ROLE_SET };

struct stored_column {
	enum stored_table table;
	const char *name;
	size_t offset, size; /* of the member */
	const struct stored_type *type;
	enum stored_role role;
};

/* clang-format off */
/* The struct of a table under the table's name. */
#define TABLE(name, struct_name, how) struct of_##name { struct struct_name row; };
#define COLUMN(table, column, member, type, role)
#include "scheduler/store/columns.inc"
#undef COLUMN
#undef TABLE

#define TABLE(name, struct_name, how)
#define COLUMN(table, column, member, type, role) \
	_Static_assert(IS_##type(&((struct of_##table *)0)->row.member), \
		       #table "." #column " is no " #type);
#include "scheduler/store/columns.inc"
#undef COLUMN

#define COLUMN(table, column, member, type, role) \
	{ TABLE_##table, #column, offsetof(struct of_##table, row.member), \
	  sizeof(((struct of_##table *)0)->row.member), &type_##type, ROLE_##role },
static const struct stored_column columns[] = {
#include "scheduler/store/columns.inc"
};
#undef COLUMN
#undef TABLE

#define TABLE(name, struct_name, how) [TABLE_##name] = { #name, HOW_##how },
#define COLUMN(table, column, member, type, role)
static const struct {
	const char *name;
	enum stored_how how;
} tables[] = {
#include "scheduler/store/columns.inc"
};
#undef COLUMN
#undef TABLE
/* clang-format on */

/* ---- writing ---- */

/* The names of a table's columns of a role (-1: all), or with `middle` each as: name middle name.
 */
static void
list(struct buf *sql, enum stored_table table, int role, const char *middle)
{
	const char *comma = "";

	for (size_t i = 0; i < countof(columns); i++) {
		const struct stored_column *c = &columns[i];

		if (c->table != table || (role >= 0 && (int)c->role != role))
			continue;
		buf_format(sql, "%s%s", comma, c->name);
		if (middle)
			buf_format(sql, "%s%s", middle, c->name);
		comma = ", ";
	}
}

char *
columns_insert(enum stored_table table)
{
	struct buf sql;
	char *text;
	int n = 0;

	for (size_t i = 1; i < countof(columns); i++)
		assert(columns[i - 1].table <= columns[i].table);
	buf_init(&sql, SIZE_MAX);
	buf_format(&sql, "INSERT %sINTO %s (",
		   tables[table].how == HOW_REPLACE ? "OR REPLACE " : "", tables[table].name);
	list(&sql, table, -1, NULL);
	buf_text(&sql, ") VALUES (");
	for (size_t i = 0; i < countof(columns); i++) {
		if (columns[i].table != table)
			continue;
		n++;
		buf_format(&sql, "%s?%d", n > 1 ? ", " : "", n);
	}
	buf_text(&sql, ")");
	if (tables[table].how == HOW_KEEP) {
		buf_text(&sql, " ON CONFLICT DO NOTHING");
	} else if (tables[table].how == HOW_UPDATE) {
		buf_text(&sql, " ON CONFLICT (");
		list(&sql, table, ROLE_KEY, NULL);
		buf_text(&sql, ") DO UPDATE SET ");
		list(&sql, table, ROLE_SET, " = excluded.");
	}
	text = buf_give(&sql);
	buf_release(&sql);
	return text;
}

/* Where the columns of a table begin: they stand together, in the order of the tables. */
static size_t
first_of(enum stored_table table)
{
	size_t low = 0, high = countof(columns);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (columns[mid].table < table)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
columns_bind(struct stmt *s, enum stored_table table, const void *row)
{
	const struct stored_column *c = &columns[first_of(table)];

	assert(c->table == table);
	for (int at = 1; c < columns + countof(columns) && c->table == table; c++)
		c->type->bind(s, at++, (const char *)row + c->offset);
}

/* ---- reading ---- */

void
columns_plan(struct columns_plan *plan, const struct stmt *s, enum stored_table table)
{
	plan->n = stmt_columns(s);
	assert(plan->n <= COLUMNS_MAX);
	for (int at = 0; at < plan->n; at++) {
		plan->of[at] = NULL;
		for (size_t i = 0; i < countof(columns); i++) {
			if (columns[i].table == table &&
			    strcmp(columns[i].name, stmt_col_name(s, at)) == 0)
				plan->of[at] = &columns[i];
		}
	}
}

void
columns_read(const struct columns_plan *plan, const struct stmt *s, void *row)
{
	for (int at = 0; at < plan->n; at++) {
		const struct stored_column *c = plan->of[at];

		if (c)
			c->type->read(s, at, (char *)row + c->offset, c->size);
	}
}
