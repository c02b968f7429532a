/* guess.c - what a file that does not fit might be, for a person. */
#include "worker/format/guess.h"

#include "core/base/mem.h"
#include "worker/format/recode.h"
#include "worker/format/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum {
	LINES_MAX = 100,
	FIELDS_MAX = 200,
	VALUES_MAX = 100,
	ROW_BYTES = 200,   /* of a row that is shown */
	NAMES_BYTES = 300, /* of the list of names that there are */
};

/* What is being looked at, and the dialect as far as it was guessed. */
struct guessing {
	struct guess *guess;
	const struct reader_options *options;
	bool is_option;
	struct dialect dialect;
	struct arena *arena;
	struct span lines[LINES_MAX + 1];
	size_t n_lines;
	struct span names[FIELDS_MAX]; /* of the header, or keys of the lines */
	size_t n_names;
	struct buf nulls; /* words for null, of all columns, as the value of the key */
};

/* One more piece of advice; `value` as it stands behind the key. */
static void
advise(struct guessing *k, const char *question, const char *key, const char *value)
{
	struct buf *out = &k->guess->advice;

	buf_format(out, "%s%s? add ", out->bytes ? "; " : "", question);
	if (!k->is_option) {
		buf_format(out, "`%s: %s`", key, value);
		return;
	}
	buf_text(out, "--");
	for (; *key; key++)
		buf_char(out, *key == '_' ? '-' : *key);
	buf_format(out, " %s", value);
}

/* A piece of advice that is no key. */
static void
remark(struct guessing *k, const char *text)
{
	buf_format(&k->guess->advice, "%s%s", k->guess->advice.bytes ? "; " : "", text);
}

/* A text in quotes, as a shell reads an option and YAML a key. */
static const char *
quoted(struct guessing *k, const char *text)
{
	return arena_quoted(k->arena, text, k->is_option ? '\'' : '"');
}

/* Take one value into the guessed dialect; it is right, for we made it. */
static void
assume(struct guessing *k, const char *key, const char *text)
{
	(void)!dialect_set(&k->dialect, dialect_key(key), NULL, text, k->arena, NULL);
}

/* ---- bytes ---- */

/* Is it something else altogether?  That is all there is to say then. */
static bool
is_another_thing(struct guessing *k, const char *data, size_t bytes)
{
	static const struct {
		const char *bytes, *says;
	} signs[] = {
		{ "PAR1", "it begins as Parquet files do" },
		{ "\x1f\x8b", "it is gzip: its name has to end in .gz" },
		{ "\x28\xb5\x2f\xfd", "it is zstd: its name has to end in .zst" },
		{ "PK\x03\x04", "it is a zip archive, perhaps a workbook: unpack it, or save it as "
				"csv" },
		{ "BZh", "it is bzip2: unpack it" },
		{ "\xfd"
		  "7zXZ",
		  "it is xz: unpack it" },
	};

	for (size_t i = 0; i < countof(signs); i++) {
		size_t n = strlen(signs[i].bytes);

		if (bytes < n || memcmp(data, signs[i].bytes, n) != 0)
			continue;
		remark(k, signs[i].says);
		return true;
	}
	return false;
}

static bool
has_c1_bytes(const char *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if ((unsigned char)data[i] >= 0x80 && (unsigned char)data[i] < 0xa0)
			return true;
	return false;
}

/* The text of the front as UTF-8, in the arena, its encoding being guessed where it is not said. */
static struct span
front_text(struct guessing *k, const char *data, size_t bytes)
{
	enum encoding encoding = k->dialect.encoding;
	int mark = recode_mark(data, bytes);
	size_t used;
	char *out;

	if (encoding == ENCODING_UTF8) {
		int units = mark >= 0 ? ENCODING_UTF16 : recode_unmarked(data, bytes);
		size_t whole = bytes;

		while (whole && data[whole - 1] != '\n')
			whole--; /* the last line may be cut inside of a character */
		if (units >= 0)
			encoding = (enum encoding)units;
		else if (!utf8_valid(data, whole))
			encoding = has_c1_bytes(data, whole) ? ENCODING_CP1252 : ENCODING_LATIN1;
		if (encoding != ENCODING_UTF8) {
			advise(k, "of another encoding", "encoding", encoding_words[encoding]);
			assume(k, "encoding", encoding_words[encoding]);
		}
	}
	if (encoding == ENCODING_UTF16 && mark >= 0)
		encoding = (enum encoding)mark;
	if (encoding == ENCODING_UTF8 || encoding == ENCODING_UTF16) {
		out = arena_get(k->arena, bytes + SCAN_PAD);
		memcpy(out, data, bytes);
		return (struct span){ out, bytes };
	}
	out = arena_get(k->arena, bytes * RECODE_GROWTH + SCAN_PAD);
	return (struct span){ out, recode(encoding, data, bytes, true, out, &used) };
}

/* The lines of the front, behind a mark and what is to be skipped. */
static void
split_lines(struct guessing *k, struct span text)
{
	const char *p = text.data, *end = p + text.bytes;
	int skip = k->dialect.skip_rows;

	if (text.bytes >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	while (p < end && k->n_lines <= LINES_MAX) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		size_t bytes = (size_t)(stop - p);

		if (bytes && p[bytes - 1] == '\r')
			bytes--;
		if (skip)
			skip--;
		else if (bytes)
			k->lines[k->n_lines++] = (struct span){ p, bytes };
		p = newline ? newline + 1 : end;
	}
	for (size_t i = 0; i < GUESS_ROWS && i < k->n_lines; i++)
		value_clean(k->lines[i], ROW_BYTES, &k->guess->rows[i]);
}

/* ---- fields ---- */

/* The fields of a line, without their quotes. */
static size_t
split_fields(struct span line, char delimiter, char quote, struct span out[FIELDS_MAX])
{
	const char *p = line.data, *end = p + line.bytes;
	size_t n = 0;

	while (n < FIELDS_MAX) {
		const char *start = p, *stop = NULL;

		if (p < end && *p == quote) {
			for (start = ++p;
			     p < end && (*p != quote || (p + 1 < end && p[1] == quote));)
				p += *p == quote ? 2 : 1;
			stop = p = p < end ? p : end;
		}
		while (p < end && *p != delimiter)
			p++;
		stop = stop ? stop : p;
		out[n++] = (struct span){ start, (size_t)(stop - start) };
		if (p >= end)
			break;
		p++;
	}
	return n;
}

/* How many columns have their name among the fields. */
static size_t
count_found(const struct guessing *k, const struct span *fields, size_t n)
{
	const struct schema *schema = k->options->schema;
	size_t found = 0;

	for (size_t c = 0; c < schema->count; c++)
		for (size_t i = 0; i < n; i++)
			if (span_is(fields[i],
				    dialect_theirs(&k->dialect, schema->columns[c].name))) {
				found++;
				break;
			}
	return found;
}

static char
quote_of(const struct dialect *d)
{
	return d->no_quote ? '\n' : d->quote ? d->quote : '"';
}

/* How well a delimiter takes the lines apart; 0: not at all. */
static size_t
rate(const struct guessing *k, char delimiter)
{
	struct span fields[FIELDS_MAX];
	size_t n = split_fields(k->lines[0], delimiter, quote_of(&k->dialect), fields), same = 0;
	size_t found = count_found(k, fields, n), looked = k->n_lines < 10 ? k->n_lines : 10;

	if (n < 2)
		return 0;
	for (size_t i = 1; i < looked; i++) {
		struct span others[FIELDS_MAX];

		same += split_fields(k->lines[i], delimiter, quote_of(&k->dialect), others) == n;
	}
	return 1 + found * 100 + (looked > 1 ? 50 * same / (looked - 1) : 0);
}

static void
guess_delimiter(struct guessing *k)
{
	static const char *const others[] = { ";", "tab", "|", "," };
	char now = k->dialect.delimiter ? k->dialect.delimiter : ',';
	size_t best = rate(k, now);
	const char *found = NULL;
	char question[40];

	for (size_t i = 0; i < countof(others); i++) {
		char other = others[i][1] ? '\t' : others[i][0];
		size_t rating = other == now ? 0 : rate(k, other);

		if (rating > best) {
			best = rating;
			found = others[i];
		}
	}
	if (!found)
		return;
	(void)snprintf(question, sizeof(question),
		       found[1] ? "separated by tabs" : "separated by '%s'", found);
	advise(k, question, "delimiter", found[1] ? found : quoted(k, found));
	assume(k, "delimiter", found);
}

/* ---- names ---- */

/* Say what names there are, where one is not found. */
static void
list_names(struct guessing *k, const char *missing)
{
	struct buf list, clean;

	buf_init(&list, SIZE_MAX);
	buf_init(&clean, SIZE_MAX);
	for (size_t i = 0; i < k->n_names && list.bytes < NAMES_BYTES; i++) {
		buf_reset(&clean);
		value_clean(k->names[i], 60, &clean);
		buf_format(&list, "%s%s", i ? ", " : "", clean.data);
	}
	buf_format(&k->guess->advice, "%s'%s' is not there, but %s%s; called something else? ",
		   k->guess->advice.bytes ? "; " : "", missing, list.data,
		   list.bytes < NAMES_BYTES ? "" : ", ...");
	if (k->is_option)
		buf_format(&k->guess->advice, "add --rename 'THEIRS:%s'", missing);
	else
		buf_format(&k->guess->advice, "add `rename: {THEIRS: %s}`", missing);
	buf_release(&list);
	buf_release(&clean);
}

/* Names that differ from those of the columns in nothing but capitals and space around them. */
static bool
is_nearly(struct span name, const char *column)
{
	while (name.bytes && name.data[0] == ' ') {
		name.data++;
		name.bytes--;
	}
	while (name.bytes && name.data[name.bytes - 1] == ' ')
		name.bytes--;
	return name.bytes == strlen(column) && strncasecmp(name.data, column, name.bytes) == 0;
}

static void
guess_names(struct guessing *k)
{
	const struct schema *schema = k->options->schema;
	struct buf renames;
	const char *missing = NULL;
	size_t n_found = 0;

	buf_init(&renames, SIZE_MAX);
	for (size_t c = 0; c < schema->count; c++) {
		const char *ours = schema->columns[c].name;
		const char *theirs = dialect_theirs(&k->dialect, ours);
		bool found = (k->options->optional && k->options->optional[c]) || *theirs == '$';
		size_t near = k->n_names;

		for (size_t i = 0; i < k->n_names; i++) {
			found = found || span_is(k->names[i], theirs);
			if (near == k->n_names && is_nearly(k->names[i], theirs))
				near = i;
		}
		n_found += found || near < k->n_names;
		if (found)
			continue;
		if (near == k->n_names || theirs != ours) {
			missing = missing ? missing : ours;
			continue;
		}
		theirs = arena_bytes(k->arena, k->names[near].data, k->names[near].bytes);
		buf_format(&renames, k->is_option ? "%s%s:%s" : "%s%s: %s",
			   renames.bytes ? (k->is_option ? "," : ", ") : "",
			   k->is_option ? theirs : quoted(k, theirs), ours);
		(void)!dialect_set(&k->dialect, dialect_key("rename"), theirs, ours, k->arena,
				   NULL);
	}
	if (renames.bytes && k->is_option)
		advise(k, "called something else", "rename", quoted(k, renames.data));
	else if (renames.bytes) {
		char *map = mem_format("{%s}", renames.data);

		advise(k, "called something else", "rename", map);
		free(map);
	}
	/* JSON leaves out what is null: only where nothing is found something is amiss. */
	if (missing && (k->options->format == FORMAT_CSV || !n_found))
		list_names(k, missing);
	buf_release(&renames);
}

/* ---- values ---- */

/* Values of one column, in front those that cannot be read as it is. */
struct failing {
	size_t column;
	struct span values[VALUES_MAX];
	size_t n;       /* that cannot be read */
	size_t n_right; /* behind them */
};

/* Is a text a value of the column in a dialect? */
static bool
fits(const struct guessing *k, const struct dialect *d, size_t column, struct span text)
{
	struct col col = { .type = k->options->schema->columns[column].type };
	struct spelling *s = NULL;
	struct day_memo memo = { 0 };
	int64_t whole;
	double real;
	struct span kept;
	bool valid, fits = false;

	col.ints = &whole;
	col.valid = &valid;
	if (col.type == COL_FLOAT64)
		col.reals = &real;
	else if (col_is_text(col.type))
		col.texts = &kept;
	if (!spelling_open(&s, d, k->options->schema, NULL))
		fits = spelling_is_null(s, text) ||
		       spelling_parse(s, column, &col, 0, text, &memo) == VALUE_OK;
	spelling_free(s);
	return fits;
}

/* Would all values fit in a dialect, those too that are right now? */
static bool
all_fit(const struct guessing *k, const struct dialect *d, const struct failing *f)
{
	for (size_t i = 0; i < f->n + f->n_right; i++)
		if (!fits(k, d, f->column, f->values[i]))
			return false;
	return f->n > 0;
}

/* Words that many programs write for null, and take them out of the failing values. */
static void
guess_nulls(struct guessing *k, struct failing *f)
{
	static const char *const words[] = { "NA",   "N/A",  "n/a",   "-",    "--",   "NULL",
					     "null", "None", "none",  "#N/A", "\\N",  "nil",
					     "?",    ".",    "k. A.", "k.A.", "n. a." };
	size_t kept = 0, n = f->n;

	for (size_t i = 0; i < n; i++) {
		size_t w = 0;

		while (w < countof(words) && !span_is(f->values[i], words[w]))
			w++;
		if (w == countof(words)) {
			f->values[kept++] = f->values[i];
		} else if (!fits(k, &k->dialect, f->column, f->values[i])) {
			buf_format(&k->nulls, k->is_option ? "%s%s" : "%s\"%s\"",
				   !k->nulls.bytes ? ""
				   : k->is_option  ? ","
						   : ", ",
				   words[w]);
			assume(k, "null_values", words[w]);
		}
	}
	memmove(f->values + kept, f->values + n, f->n_right * sizeof(*f->values));
	f->n = kept;
}

/* One key has the words of all columns. */
static void
advise_nulls(struct guessing *k)
{
	char *all;

	if (!k->nulls.bytes)
		return;
	all = mem_format(k->is_option ? "'%s'" : "[%s]", k->nulls.data);
	advise(k, "words for null", "null_values", all);
	free(all);
}

static void
guess_number(struct guessing *k, const struct failing *f)
{
	static const struct {
		const char *decimal, *thousands;
	} ways[] = {
		{ ",", NULL }, { ",", "." }, { ",", " " }, { ",", "'" },
		{ ".", "," },  { ".", "'" }, { ".", " " },
	};
	const char said = k->dialect.decimal;

	for (size_t i = 0; i < countof(ways); i++) {
		struct dialect d = k->dialect;

		d.differs = true;
		d.decimal = *ways[i].decimal;
		d.thousands = ways[i].thousands;
		/* What was said is not guessed at. */
		if ((said && said != d.decimal) || k->dialect.thousands || !all_fit(k, &d, f))
			continue;
		if (!said && d.decimal == ',')
			advise(k, "a decimal comma", "decimal", quoted(k, ","));
		if (ways[i].thousands)
			advise(k, "separators of thousands", "thousands",
			       quoted(k, ways[i].thousands));
		k->dialect = d;
		return;
	}
}

static void
guess_time(struct guessing *k, const struct failing *f, bool is_date)
{
	static const char *const days[] = { "%d.%m.%Y",  "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y",
					    "%m-%d-%Y",  "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
					    "%d.%m.%y",  "%m/%d/%y", "%d/%m/%y", "%d %b %Y",
					    "%b %d, %Y", "%Y-%m-%d", "%d/%b/%Y" };
	static const char *const clocks[] = { "",
					      " %H:%M",
					      " %H:%M:%S",
					      " %H:%M:%S.%f",
					      ", %H:%M",
					      ", %H:%M:%S",
					      "T%H:%M",
					      "T%H:%M:%S",
					      " %I:%M %p",
					      " %I:%M:%S %p",
					      "T%H:%M:%S%z",
					      " %H:%M:%S %z",
					      ":%H:%M:%S %z",
					      "%H%M%S" };
	static const char *const epochs[] = { "epoch_s", "epoch_ms", "epoch_us", "epoch_ns" };
	const char *key = is_date ? "date_format" : "timestamp_format";
	size_t said = 0;

	for (size_t i = 0; i < countof(days) * countof(clocks) + countof(epochs) && said < 2; i++) {
		struct dialect d = k->dialect;
		size_t day = i / countof(clocks);
		char pattern[60];
		int digits = 9;

		if (day < countof(days)) {
			(void)snprintf(pattern, sizeof(pattern), "%s%s", days[day],
				       clocks[i % countof(clocks)]);
		} else {
			size_t e = i - countof(days) * countof(clocks);

			(void)snprintf(pattern, sizeof(pattern), "%s", epochs[e]);
			digits += 3 * (int)e; /* about those of 1973 to 2286 */
		}
		if (is_date && (day >= countof(days) || clocks[i % countof(clocks)][0]))
			continue;
		d.n_patterns = 0;
		if (dialect_set(&d, dialect_key(key), NULL, pattern, k->arena, NULL) ||
		    !all_fit(k, &d, f))
			continue;
		if (day >= countof(days) && f->values[0].bytes != (size_t)digits + 1 &&
		    f->values[0].bytes != (size_t)digits)
			continue;
		advise(k, said ? "or in another order" : "times in another form", key,
		       day < countof(days) ? quoted(k, pattern) : pattern);
		said++;
	}
}

/* First words for null, of all columns, then the spelling of what is left. */
enum pass { PASS_NULLS, PASS_VALUES, PASSES };

static void
guess_values(struct guessing *k, enum pass pass, struct failing *f)
{
	enum col_type type = k->options->schema->columns[f->column].type;
	size_t failing = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct span value = f->values[i];

		if (fits(k, &k->dialect, f->column, value))
			continue;
		f->values[i] = f->values[failing];
		f->values[failing++] = value;
	}
	f->n_right = f->n - failing;
	f->n = failing;
	if (!f->n)
		return;
	if (pass == PASS_NULLS)
		guess_nulls(k, f);
	else if (type == COL_FLOAT64 || type == COL_INT64 || type == COL_INT32)
		guess_number(k, f);
	else if (type == COL_TIMESTAMP || type == COL_DATE)
		guess_time(k, f, type == COL_DATE);
}

/* ---- formats ---- */

/* Without a header: as many fields as columns, and values where names would be. */
static bool
has_no_names(const struct guessing *k)
{
	const struct schema *schema = k->options->schema;
	bool is_typed = false;

	if (k->n_names != schema->count || k->dialect.no_header || k->dialect.n_renames)
		return false;
	for (size_t c = 0; c < schema->count; c++) {
		if (col_is_text(schema->columns[c].type))
			continue;
		if (!fits(k, &k->dialect, c, k->names[c]))
			return false;
		is_typed = true;
	}
	return is_typed;
}

static void
guess_fields(struct guessing *k, enum pass pass, char delimiter)
{
	const struct schema *schema = k->options->schema;
	char quote = quote_of(&k->dialect);
	struct failing *f = mem_new(1, sizeof(*f));

	for (size_t c = 0; c < schema->count; c++) {
		const char *theirs = dialect_theirs(&k->dialect, schema->columns[c].name);
		size_t at = 0;

		while (at < k->n_names && !span_is(k->names[at], theirs))
			at++;
		*f = (struct failing){ .column = c };
		for (size_t i = 1; i < k->n_lines && at < k->n_names; i++) {
			struct span fields[FIELDS_MAX];
			size_t n = split_fields(k->lines[i], delimiter, quote, fields);

			if (at < n && fields[at].bytes)
				f->values[f->n++] = fields[at];
		}
		guess_values(k, pass, f);
	}
	free(f);
}

static void
guess_csv(struct guessing *k)
{
	const struct schema *schema = k->options->schema;
	char delimiter, quote = quote_of(&k->dialect);

	if (memchr(k->lines[0].data, '\r', k->lines[0].bytes)) {
		remark(k,
		       "line ends of carriage returns alone? `tr '\\r' '\\n'` makes lines of it");
		return;
	}
	guess_delimiter(k);
	delimiter = k->dialect.delimiter ? k->dialect.delimiter : ',';
	k->n_names = split_fields(k->lines[0], delimiter, quote, k->names);
	if (!schema->count || k->dialect.no_header)
		return;
	if (has_no_names(k)) {
		advise(k, "without a header", "header", "false");
		return;
	}
	guess_names(k);
	guess_fields(k, PASS_NULLS, delimiter);
	advise_nulls(k);
	guess_fields(k, PASS_VALUES, delimiter);
}

/* The text of a member's value: of a string what stands in its quotes. */
static struct span
value_span(const char *p, const char *end)
{
	bool is_string = *p == '"';

	return (struct span){ p + is_string, (size_t)(end - p) - (is_string ? 2U : 0U) };
}

/* Take one line apart: its keys become names, and values of the column `theirs` go into f. */
static void
take_line(struct guessing *k, struct span line, const char *theirs, struct failing *f)
{
	struct scan_fault fault;
	const char *p = scan_space(line.data), *end = line.data + line.bytes;
	const char *behind = *p == '{' ? scan_value(p, &fault) : NULL;

	if (!behind || behind > end)
		return;
	p = scan_space(p + 1);
	while (*p == '"') {
		bool escaped;
		const char *key_end = scan_string(p, &escaped, &fault), *value, *value_end;
		struct span key = { p + 1, (size_t)(key_end - p) - 2 };
		size_t i = 0;

		value = scan_char(key_end, ':', &fault);
		value_end = scan_value(value, &fault);
		while (i < k->n_names && !span_equal(k->names[i], key))
			i++;
		if (i == k->n_names && k->n_names < FIELDS_MAX)
			k->names[k->n_names++] = key;
		if (f && f->n < VALUES_MAX && span_is(key, theirs) && *value != 'n')
			f->values[f->n++] = value_span(value, value_end);
		p = scan_space(value_end);
		if (*p == ',')
			p = scan_space(p + 1);
	}
}

static void
guess_members(struct guessing *k, enum pass pass)
{
	const struct schema *schema = k->options->schema;
	struct failing *f = mem_new(1, sizeof(*f));

	for (size_t c = 0; c < schema->count; c++) {
		enum col_type type = schema->columns[c].type;
		bool is_time = type == COL_TIMESTAMP || type == COL_DATE;

		if (type == COL_BOOL || col_is_text(type) || (pass == PASS_VALUES && !is_time))
			continue; /* numbers of JSON are those of JSON */
		*f = (struct failing){ .column = c };
		for (size_t i = 0; i < k->n_lines; i++)
			take_line(k, k->lines[i],
				  dialect_theirs(&k->dialect, schema->columns[c].name), f);
		guess_values(k, pass, f);
	}
	free(f);
}

/* A line that ends in the middle of its object, as somebody who prints it for people leaves it. */
static bool
is_open(struct span line)
{
	char last = line.data[line.bytes - 1];

	return last == ',' || last == '{' || last == '[';
}

static void
guess_jsonl(struct guessing *k)
{
	if (k->lines[0].data[0] == '[') {
		remark(k, "it begins with '[': one array? JSON Lines has an object on each line, "
			  "which `jq -c .[]` makes of it");
		return;
	}
	if (k->lines[0].data[0] == '{' && (k->lines[0].bytes == 1 || is_open(k->lines[0]))) {
		remark(k, "one object over several lines? JSON Lines has each on one line, which "
			  "`jq -c .` makes of it");
		return;
	}
	for (size_t i = 0; i < k->n_lines; i++)
		take_line(k, k->lines[i], "", NULL);
	if (!k->n_names || !k->options->schema->count)
		return;
	guess_names(k);
	guess_members(k, PASS_NULLS);
	advise_nulls(k);
	guess_members(k, PASS_VALUES);
}

bool
guess_is_due(int64_t bad, int64_t read)
{
	return bad > 0 && bad >= read / 10;
}

/* A pipe has been read already, or nobody writes it: to open it would wait for ever. */
static bool
is_file(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, 0) == 0 && S_ISREG(st.st_mode);
}

void
guess_make(struct guess *g, int dir, const char *path, const struct reader_options *options,
	   bool is_option)
{
	struct guessing *k = mem_new(1, sizeof(*k));
	struct stream *w = NULL;

	for (size_t i = 0; i < GUESS_ROWS; i++)
		buf_init(&g->rows[i], SIZE_MAX);
	buf_init(&g->advice, SIZE_MAX);
	buf_init(&k->nulls, SIZE_MAX);
	k->guess = g;
	k->options = options;
	k->is_option = is_option;
	k->arena = arena_new();
	if (options->dialect)
		k->dialect = *options->dialect;
	if (options->format != FORMAT_PARQUET && is_file(dir, path) &&
	    !stream_open(&w, dir, path, path, NULL) && !stream_fill(w, NULL) &&
	    !is_another_thing(k, w->data, w->end)) {
		struct span text = front_text(k, w->data, w->end);

		split_lines(k, text);
		if (k->n_lines && options->format == FORMAT_CSV)
			guess_csv(k);
		else if (k->n_lines)
			guess_jsonl(k);
	}
	stream_close(w);
	buf_release(&k->nulls);
	arena_free(k->arena);
	free(k);
}

void
guess_release(struct guess *g)
{
	for (size_t i = 0; i < GUESS_ROWS; i++)
		buf_release(&g->rows[i]);
	buf_release(&g->advice);
}
