/* template.c - {{ ds }} and friends. */
#include "core/text/template.h"

#include "core/base/size.h"
#include "core/base/words.h"
#include "core/time/civil.h"
#include "core/text/diag.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADD_DAYS_MAX = 36600, NAME_CHARS = 160, FORMAT_CHARS = 100 };

/* What an expression stands for while it is read. */
enum value_kind { KIND_DATE, KIND_TIME, KIND_TEXT };

struct value {
	enum value_kind kind;
	int64_t us;              /* KIND_DATE: its midnight in UTC, wherever; KIND_TIME */
	const struct zone *zone; /* whose clocks | format shows; NULL: UTC */
	const char *text;        /* KIND_TEXT: borrowed, or `made` */
	bool outside; /* a parameter, when checked one of type string; what a task left */
	bool raw;     /* | raw */
	char made[FORMAT_CHARS * 4];
};

/* One text on its way through the reader; the check and the rendering are the same walk. */
struct template_scan {
	const char *text, *at;
	const struct param *params; /* check */
	size_t n_params;
	const struct run_vars *vars; /* render; NULL: check */
	struct buf *outside; /* render a path: a byte for each byte, see the header; or NULL */
	struct err *err;
	const char *bad; /* where the mistake begins */
	size_t bad_bytes;
	const char *nearest;
};

enum name {
	NAME_DS,
	NAME_DS_NODASH,
	NAME_TS,
	NAME_LOGICAL_DATE,
	NAME_INTERVAL_START,
	NAME_INTERVAL_END,
	NAME_PARTITION,
	NAME_PREV_DS,
	NAME_NEXT_DS,
	NAME_RUN_ID,
	NAME_TRY_NUMBER,
	NAME_DAG,
	NAME_TASK,
	NAME_RUN_STATE,
};

static const char *const names[] = {
	[NAME_DS] = "ds",
	[NAME_DS_NODASH] = "ds_nodash",
	[NAME_TS] = "ts",
	[NAME_LOGICAL_DATE] = "logical_date",
	[NAME_INTERVAL_START] = "data_interval_start",
	[NAME_INTERVAL_END] = "data_interval_end",
	[NAME_PARTITION] = "partition",
	[NAME_PREV_DS] = "prev_ds",
	[NAME_NEXT_DS] = "next_ds",
	[NAME_RUN_ID] = "run_id",
	[NAME_TRY_NUMBER] = "try_number",
	[NAME_DAG] = "dag",
	[NAME_TASK] = "task",
	[NAME_RUN_STATE] = "run.state",
};

/* A check needs values too; any will do. */
static const struct run_vars sample = {
	.dag = "", .task = "", .run_id = "", .grid = { .unit = GRID_DAY }
};

#define WORD_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."

static void
blanks(struct template_scan *s)
{
	s->at += strspn(s->at, " \t\r\n");
}

/* Remember where the mistake is, and fail. */
static enum err_code
bad(struct template_scan *s, const char *from, size_t bytes)
{
	s->bad = from;
	s->bad_bytes = bytes ? bytes : 1;
	return ERR_INPUT;
}

/* The date, as its midnight, on which a part begins: `parts` behind the one of the run. */
static int64_t
date_of(const struct run_vars *vars, int64_t parts)
{
	const struct grid days = { .unit = GRID_DAY, .zone = vars->grid.zone };
	int64_t part = grid_part(vars->grid, vars->logical_us);
	int64_t us = parts ? grid_start(vars->grid, part + parts) : vars->logical_us;

	return grid_start(grid_days, grid_part(days, us));
}

static void
set_text(struct value *v, const char *text)
{
	v->kind = KIND_TEXT;
	v->text = text;
}

static void
set_time(struct value *v, enum value_kind kind, int64_t us)
{
	v->kind = kind;
	v->us = us;
}

static void
built_in(const struct run_vars *vars, enum name name, struct value *v)
{
	struct civil c = civil_of(date_of(vars, 0));

	v->zone = vars->grid.zone;
	switch (name) {
	case NAME_DS:
		set_time(v, KIND_DATE, date_of(vars, 0));
		break;
	case NAME_PREV_DS:
		set_time(v, KIND_DATE, date_of(vars, -1));
		break;
	case NAME_NEXT_DS:
		set_time(v, KIND_DATE, date_of(vars, 1));
		break;
	case NAME_PARTITION:
		grid_text(vars->grid, grid_part(vars->grid, vars->start_us), v->made);
		set_text(v, v->made);
		break;
	case NAME_DS_NODASH:
		(void)snprintf(v->made, sizeof(v->made), "%04d%02d%02d", c.year, c.month, c.day);
		set_text(v, v->made);
		break;
	case NAME_TS:
	case NAME_LOGICAL_DATE:
		set_time(v, KIND_TIME, vars->logical_us);
		break;
	case NAME_INTERVAL_START:
		set_time(v, KIND_TIME, vars->start_us);
		break;
	case NAME_INTERVAL_END:
		set_time(v, KIND_TIME, vars->end_us);
		break;
	case NAME_RUN_ID:
		set_text(v, vars->run_id);
		break;
	case NAME_TRY_NUMBER:
		(void)snprintf(v->made, sizeof(v->made), "%d", vars->try_number);
		set_text(v, v->made);
		break;
	case NAME_DAG:
		set_text(v, vars->dag);
		break;
	case NAME_TASK:
		set_text(v, vars->task);
		break;
	case NAME_RUN_STATE:
		set_text(v, vars->run_state ? vars->run_state : "");
		break;
	}
}

/* The nearest of the declared parameters, for a message. */
static const char *
nearest_param(const struct template_scan *s, const char *name)
{
	const char *found = NULL;

	/* One at a time: the parameters are structs, and there are few. */
	for (size_t i = 0; i < s->n_params && !found; i++)
		found = diag_nearest(name, &s->params[i].name, 1);
	return found;
}

static enum err_code
parameter(struct template_scan *s, const char *from, const char *name, struct value *v)
{
	size_t bytes = (size_t)(s->at - from);

	set_text(v, "");
	if (s->vars) {
		for (size_t i = 0; i < s->vars->n_params; i++) {
			if (strcmp(s->vars->params[i].name, name) == 0) {
				set_text(v, s->vars->params[i].value);
				v->outside = true;
				return ERR_NONE;
			}
		}
		(void)bad(s, from, bytes);
		return err_set(s->err, ERR_INPUT, "parameter '%s' has no value", name);
	}
	for (size_t i = 0; i < s->n_params; i++) {
		if (strcmp(s->params[i].name, name) != 0)
			continue;
		v->outside = s->params[i].type == PARAM_STRING || s->params[i].type == PARAM_LIST;
		if (!s->params[i].secret)
			return ERR_NONE;
		(void)bad(s, from, bytes);
		return err_set(s->err, ERR_INPUT,
			       "parameter '%s' is secret, which can only be the whole value of a "
			       "variable under 'env'",
			       name);
	}
	s->nearest = nearest_param(s, name);
	(void)bad(s, from, bytes);
	return err_set(s->err, ERR_INPUT, "'%s' is not a parameter of this dag", name);
}

/* Does a name of n bytes stand for a value that the run has to give? */
static bool
is_given(const char *name, size_t n)
{
	static const char *const words[] = { "outputs.", "item.", "item", "map_index" };

	for (size_t i = 0; i < countof(words); i++) {
		size_t bytes = strlen(words[i]);

		if ((i < 2 ? n >= bytes : n == bytes) && strncmp(name, words[i], bytes) == 0)
			return true;
	}
	return false;
}

/* outputs.TASK.NAME, item, item.NAME, map_index: which tasks and names there are is looked at when
 * all of the file is read. */
static enum err_code
given(struct template_scan *s, const char *from, const char *name, struct value *v)
{
	size_t bytes = (size_t)(s->at - from);
	const char *task = strchr(name, '.'), *key = task ? strchr(task + 1, '.') : NULL;
	bool output = strncmp(name, "outputs.", strlen("outputs.")) == 0;

	set_text(v, "");
	v->outside = strcmp(name, "map_index") != 0;
	for (size_t i = 0; s->vars && i < s->vars->n_given; i++) {
		if (strcmp(s->vars->given[i].name, name) != 0)
			continue;
		set_text(v, s->vars->given[i].value);
		return ERR_NONE;
	}
	if (!s->vars && (output ? key && key > task + 1 && key[1] : !task || task[1]))
		return ERR_NONE;
	(void)bad(s, from, bytes);
	return s->vars ? err_set(s->err, ERR_INPUT, "'%s' has no value", name)
		       : err_set(s->err, ERR_INPUT, "'%s' is written %s.NAME", name,
				 output ? "outputs.TASK" : "item");
}

/* Does a name of n bytes stand for what the project has for all dags? */
static bool
is_constant(const char *name, size_t n)
{
	return (n >= 4 && strncmp(name, "var.", 4) == 0) ||
	       (n >= 5 && strncmp(name, "conn.", 5) == 0);
}

/* var.NAME, conn.NAME.PART: which there are is looked at by who reads the file, and no text has
 * them after. */
static enum err_code
constant(struct template_scan *s, const char *from, const char *name, struct value *v)
{
	const char *key = strchr(name, '.') + 1, *part = strchr(key, '.');
	bool var = *name == 'v';

	set_text(v, "");
	v->outside = true;
	if (!s->vars && (var ? *key && !part : part && part > key && part[1]))
		return ERR_NONE;
	(void)bad(s, from, (size_t)(s->at - from));
	return err_set(s->err, ERR_INPUT, "'%s' is written %s", name,
		       var ? "var.NAME" : "conn.NAME.host");
}

static enum err_code
variable(struct template_scan *s, struct value *v)
{
	const char *from = s->at;
	size_t bytes = strspn(from, WORD_CHARS);
	char name[NAME_CHARS];
	int at;

	if (bytes == 0 || bytes >= sizeof(name)) {
		(void)bad(s, from, bytes);
		return err_set(s->err, ERR_INPUT, "expected the name of a variable behind '{{'");
	}
	memcpy(name, from, bytes);
	name[bytes] = '\0';
	s->at += bytes;
	if (strncmp(name, "params.", 7) == 0)
		return parameter(s, from, name + 7, v);
	if (is_given(name, bytes))
		return given(s, from, name, v);
	if (is_constant(name, bytes))
		return constant(s, from, name, v);
	at = words_at(names, countof(names), name);
	if (at >= 0) {
		built_in(s->vars ? s->vars : &sample, (enum name)at, v);
		return ERR_NONE;
	}
	(void)bad(s, from, bytes);
	s->nearest = diag_nearest(name, names, countof(names));
	return err_set(s->err, ERR_INPUT, "there is no template variable '%s'", name);
}

/* add(days=-1), behind its opening parenthesis. */
static enum err_code
add(struct template_scan *s, const char *from, struct value *v)
{
	long days;
	char *end;

	if (v->kind == KIND_TEXT) {
		(void)bad(s, from, 3);
		return err_set(s->err, ERR_INPUT, "add() works on dates and times, this is text");
	}
	if (strncmp(s->at, "days=", 5) == 0) {
		days = strtol(s->at + 5, &end, 10);
		if (end != s->at + 5 && *end == ')' && days >= -ADD_DAYS_MAX &&
		    days <= ADD_DAYS_MAX) {
			s->at = end + 1;
			v->us += days * DAY_US;
			return ERR_NONE;
		}
	}
	(void)bad(s, from, (size_t)(s->at - from));
	return err_set(s->err, ERR_INPUT, "add() is written add(days=-1), up to %d days",
		       ADD_DAYS_MAX);
}

/* One %X of a format; 0: unknown. */
static size_t
format_one(char code, const struct value *v, char *out, size_t room)
{
	/* What the clocks of the zone show; a date is the same in all of them. */
	int64_t ahead = v->kind == KIND_TIME ? zone_stretch(v->zone, v->us).offset : 0;
	int64_t us = v->us + ahead;
	struct civil c = civil_of(us);
	int n = 0;

	switch (code) {
	case 'Y':
		n = snprintf(out, room, "%04d", c.year);
		break;
	case 'm':
		n = snprintf(out, room, "%02d", c.month);
		break;
	case 'd':
		n = snprintf(out, room, "%02d", c.day);
		break;
	case 'H':
		n = snprintf(out, room, "%02d", c.hour);
		break;
	case 'M':
		n = snprintf(out, room, "%02d", c.minute);
		break;
	case 'S':
		n = snprintf(out, room, "%02d", c.second);
		break;
	case 'j':
		n = snprintf(out, room, "%03d",
			     (int)(civil_day_of(us) - civil_day(c.year, 1, 1)) + 1);
		break;
	case 'z':
		n = snprintf(out, room, "%c%02d%02d", ahead < 0 ? '-' : '+',
			     (int)(llabs(ahead) / HOUR_US), (int)(llabs(ahead) / MINUTE_US % 60));
		break;
	case '%':
		n = snprintf(out, room, "%%");
		break;
	default:
		break;
	}
	return (size_t)n;
}

/* Write `bytes` of a format into v->made; false: an unknown %X. */
static bool
apply_format(const char *format, size_t bytes, struct value *v)
{
	size_t used = 0;

	for (size_t i = 0; i < bytes; i++) {
		if (format[i] != '%') {
			v->made[used++] = format[i];
			continue;
		}
		if (++i == bytes)
			return false;
		/* Two characters become at most 5; `made` has room for FORMAT_CHARS of them.
		 */
		size_t n = format_one(format[i], v, v->made + used, sizeof(v->made) - used);

		if (n == 0)
			return false;
		used += n;
	}
	v->made[used] = '\0';
	return true;
}

/* format("%Y/%m/%d"), behind its opening parenthesis. */
static enum err_code
format(struct template_scan *s, const char *from, struct value *v)
{
	char quote = *s->at;
	const char *text = s->at + 1, *end;

	if (v->kind == KIND_TEXT) {
		(void)bad(s, from, 6);
		return err_set(s->err, ERR_INPUT,
			       "format() works on dates and times, this is text");
	}
	end = quote == '"' || quote == '\'' ? strchr(text, quote) : NULL;
	if (!end || end[1] != ')' || end - text >= FORMAT_CHARS) {
		(void)bad(s, from, (size_t)(s->at - from));
		return err_set(s->err, ERR_INPUT, "format() is written format(\"%%Y/%%m/%%d\")");
	}
	if (!apply_format(text, (size_t)(end - text), v)) {
		(void)bad(s, text, (size_t)(end - text));
		return err_set(s->err, ERR_INPUT,
			       "format() knows %%Y %%m %%d %%H %%M %%S %%j and %%%%");
	}
	set_text(v, v->made);
	s->at = end + 2;
	return ERR_NONE;
}

static enum err_code
filter(struct template_scan *s, struct value *v)
{
	static const char *const filters[] = { "add", "format", "raw" };
	const char *from = s->at;
	size_t bytes = strspn(from, WORD_CHARS);
	char name[NAME_CHARS] = "";

	if (bytes == 3 && strncmp(from, "add(", 4) == 0) {
		s->at += 4;
		return add(s, from, v);
	}
	if (bytes == 6 && strncmp(from, "format(", 7) == 0) {
		s->at += 7;
		return format(s, from, v);
	}
	if (bytes == 3 && strncmp(from, "raw", 3) == 0) {
		s->at += 3;
		v->raw = true;
		return ERR_NONE;
	}
	memcpy(name, from, bytes < sizeof(name) ? bytes : sizeof(name) - 1);
	s->nearest = diag_nearest(name, filters, countof(filters));
	(void)bad(s, from, bytes);
	return err_set(s->err, ERR_INPUT,
		       "expected a filter behind '|': add(days=-1), format(\"%%Y\") or raw");
}

/* What stands between {{ and }}; s->at is behind the opening braces and ends behind the closing. */
static enum err_code
expression(struct template_scan *s, const char *open, struct value *v)
{
	enum err_code code;

	set_text(v, "");
	v->outside = v->raw = false;
	blanks(s);
	code = variable(s, v);
	for (;;) {
		if (code)
			return code;
		blanks(s);
		if (strncmp(s->at, "}}", 2) == 0) {
			s->at += 2;
			return ERR_NONE;
		}
		if (*s->at != '|')
			break;
		s->at++;
		blanks(s);
		code = filter(s, v);
	}
	if (!*s->at || !strstr(s->at, "}}")) {
		(void)bad(s, open, 2);
		return err_set(s->err, ERR_INPUT, "this '{{' has no '}}'");
	}
	(void)bad(s, s->at, 1);
	return err_set(s->err, ERR_INPUT, "expected '|' or '}}'");
}

static void
add_value(const struct value *v, struct buf *out)
{
	char text[TIMESTAMP_CHARS + 1];

	if (v->kind == KIND_DATE)
		date_format(civil_day_of(v->us), text);
	else if (v->kind == KIND_TIME)
		timestamp_format(v->us, text);
	buf_text(out, v->kind == KIND_TEXT ? v->text : text);
}

/* What was just added is, or is not, from outside; out NULL: nothing was. */
static void
mark(struct template_scan *s, const struct buf *out, bool outside)
{
	while (out && s->outside && s->outside->bytes < out->bytes && !s->outside->full)
		buf_char(s->outside, outside ? '\1' : '\0');
}

/* The next opening braces that are an expression; *at goes behind the text before them. */
static const char *
next_open(const char **at, struct buf *out)
{
	for (;;) {
		const char *open = strstr(*at, "{{");
		size_t before = open ? (size_t)(open - *at) : strlen(*at);
		bool literal = open && strncmp(open, "{{{{", 4) == 0;

		if (out)
			buf_add(out, *at, before);
		*at += before;
		if (!literal)
			return open;
		if (out)
			buf_text(out, "{{");
		*at += 4;
	}
}

/* Walk a text; out NULL: check only. */
static enum err_code
walk(struct template_scan *s, struct buf *out)
{
	struct value v;
	enum err_code code;

	for (;;) {
		const char *open = next_open(&s->at, out);

		mark(s, out, false);
		if (!open)
			return ERR_NONE;
		s->at = open + 2;
		code = expression(s, open, &v);
		if (code)
			return code;
		if (out)
			add_value(&v, out);
		mark(s, out, v.outside);
	}
}

/* Does a block of Jinja begin at p, which is a "{%"?  "{%s}" of printf is none. */
static bool
is_statement(const char *p)
{
	static const char *const words[] = {
		"if",    "elif",     "else",  "endif",    "for",  "endfor", "set",     "endset",
		"block", "endblock", "macro", "endmacro", "raw",  "endraw", "include", "import",
		"from",  "extends",  "call",  "filter",   "with", "do",
	};
	size_t n;

	if (!strstr(p, "%}"))
		return false;
	p += 2;
	p += *p == '-' || *p == '+';
	p += strspn(p, " \t\r\n");
	n = strspn(p, WORD_CHARS);
	for (size_t i = 0; i < countof(words); i++) {
		if (strlen(words[i]) == n && strncmp(p, words[i], n) == 0)
			return true;
	}
	return false;
}

/* Blocks and comments of Jinja would be handed on as they stand, which nobody means. */
static enum err_code
refuse_blocks(struct template_scan *s)
{
	for (const char *p = strchr(s->text, '{'); p; p = strchr(p + 1, '{')) {
		bool comment = p[1] == '#' && strstr(p, "#}") && (p == s->text || p[-1] != '$');

		if (!comment && (p[1] != '%' || !is_statement(p)))
			continue;
		(void)bad(s, p, 2);
		return err_set(s->err, ERR_INPUT, "there are no %s of Jinja, only {{ ... }}",
			       comment ? "comments" : "blocks");
	}
	return ERR_NONE;
}

enum err_code
template_check(const char *text, const struct param *params, size_t n_params, size_t *at_byte,
	       size_t *n_bytes, const char **nearest, struct err *err)
{
	struct template_scan s = {
		.text = text, .at = text, .params = params, .n_params = n_params, .err = err
	};
	enum err_code code = refuse_blocks(&s);

	if (!code)
		code = walk(&s, NULL);
	if (!code)
		return code;
	assert(s.bad);
	if (at_byte)
		*at_byte = (size_t)(s.bad - text);
	if (n_bytes)
		*n_bytes = s.bad_bytes;
	if (nearest)
		*nearest = s.nearest;
	return code;
}

enum err_code
template_render(const char *text, const struct run_vars *vars, struct buf *out, struct err *err)
{
	struct template_scan s = { .text = text, .at = text, .vars = vars, .err = err };
	enum err_code code = walk(&s, out);

	if (!code && out->full)
		return err_set(err, ERR_LIMIT, "render '%.100s': more than %s", text,
			       SIZE_TEXT(out->bytes_max));
	if (code)
		err_wrap(err, "render '%.100s'", text);
	return code;
}

bool
template_part(const char *text, size_t from, const struct param *params, size_t n_params,
	      struct template_part *out)
{
	struct err err;
	struct template_scan s = {
		.text = text, .at = text + from, .params = params, .n_params = n_params, .err = &err
	};
	const char *open = next_open(&s.at, NULL);
	struct value v;

	if (!open)
		return false;
	s.at = open + 2;
	if (expression(&s, open, &v))
		return false; /* it was checked before */
	*out = (struct template_part){
		.at = (size_t)(open - text),
		.bytes = (size_t)(s.at - open),
		.outside = v.outside,
		.raw = v.raw,
	};
	return true;
}

/* Refuse a part '..' with something from outside in it, and values that begin with '/'. */
static enum err_code
check_path(const char *text, const struct buf *path, const struct buf *outside, struct err *err)
{
	const char *p = path->data;
	size_t from = 0;

	if (path->bytes && p[0] == '/' && text[0] != '/' && !outside->data[0])
		return err_set(err, ERR_INPUT,
			       "render '%.100s': without a value from outside it begins with '/'",
			       text);
	for (size_t i = 0; i <= path->bytes; i++) {
		if (i < path->bytes && p[i] == '/' && outside->data[i] &&
		    (i == 0 || !outside->data[i - 1]))
			return err_set(err, ERR_INPUT,
				       "render '%.100s': a value from outside may not begin with "
				       "'/'",
				       text);
		if (i < path->bytes && p[i] != '/')
			continue;
		if (i - from == 2 && memcmp(p + from, "..", 2) == 0 &&
		    (outside->data[from] || outside->data[from + 1]))
			return err_set(err, ERR_INPUT,
				       "render '%.100s': a value from outside may not climb with "
				       "'..'",
				       text);
		from = i + 1;
	}
	return ERR_NONE;
}

enum err_code
template_render_path(const char *text, const struct run_vars *vars, struct buf *out,
		     struct buf *outside, struct err *err)
{
	struct template_scan s = {
		.text = text, .at = text, .vars = vars, .outside = outside, .err = err
	};
	enum err_code code = walk(&s, out);

	if (code) {
		err_wrap(err, "render '%.100s'", text);
		return code;
	}
	if (out->full || outside->full)
		return err_set(err, ERR_LIMIT, "render '%.100s': more than %s", text,
			       SIZE_TEXT(out->bytes_max));
	return check_path(text, out, outside, err);
}

/* The first name at byte `from` or behind that `is` one. */
static bool
find_name(const char *text, size_t from, bool (*is)(const char *name, size_t n),
	  struct template_name *out)
{
	const char *at = text + from, *open;

	while ((open = next_open(&at, NULL))) {
		at = open + 2;
		at += strspn(at, " \t\r\n");
		out->at = (size_t)(at - text);
		out->bytes = strspn(at, WORD_CHARS);
		out->open = (size_t)(open - text);
		if (is(at, out->bytes))
			return true;
	}
	return false;
}

bool
template_given(const char *text, size_t from, struct template_name *out)
{
	return find_name(text, from, is_given, out);
}

bool
template_constant(const char *text, size_t from, struct template_name *out)
{
	return find_name(text, from, is_constant, out);
}

bool
template_asks_state(const char *text)
{
	const char *at = text, *open;

	while ((open = next_open(&at, NULL))) {
		at = open + 2;
		at += strspn(at, " \t\r\n");
		if (!strncmp(at, names[NAME_RUN_STATE], strlen(names[NAME_RUN_STATE])))
			return true;
	}
	return false;
}
