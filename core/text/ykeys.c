/* ykeys.c - a YAML map into a struct, by a table of its keys. */
#include "core/text/ykeys.h"

#include "core/text/habit.h"
#include "core/base/exact.h"
#include "core/base/words.h"
#include "core/text/template.h"
#include "core/time/civil.h"
#include "core/model/param.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KEYS_MAX = 100 }; /* rows of all tables that are read together */

void
ykeys_say(struct yreader *r, const struct ynode *at, enum code code, const char *help,
	  const char *fmt, ...)
{
	struct place place = ynode_place(&r->source, at);
	char message[800];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	diags_say(r->diags, code, &place, help, "%s", message);
}

/* One of our words between two parts of a sentence, in the reader's arena. */
static const char *
sentence(struct yreader *r, const char *before, const char *word, const char *after)
{
	size_t room = strlen(before) + strlen(word) + strlen(after) + 1;
	char *text = arena_get(r->arena, room);

	(void)snprintf(text, room, "%s%s%s", before, word, after);
	return text;
}

/* What is meant by a word that may not stand here, and which of ours it is; NULL: a guess fails. */
static const char *
meant(struct yreader *r, enum habit_place place, const char *word, const char *const *words,
      size_t n, const char **ours)
{
	const struct habit *habit;

	*ours = NULL;
	if (r->diags->count >= DIAGS_MAX)
		return NULL; /* nobody will see it */
	habit = habit_find(place, word, words, n);
	*ours = habit ? habit->ours : diag_nearest(word, words, n);
	if (habit && habit->help)
		return habit->help;
	if (habit)
		return sentence(r, "it is called '", *ours, "' here");
	return *ours ? sentence(r, "did you mean '", *ours, "'?") : NULL;
}

const char *
ykeys_nearest(struct yreader *r, const char *word, const char *const *words, size_t n)
{
	const char *ours;

	return meant(r, HABIT_VALUE, word, words, n, &ours);
}

const char *
ykeys_found(const struct ynode *node, char room[YKEYS_FOUND_CHARS])
{
	if (node->kind == YNODE_SCALAR)
		(void)snprintf(room, YKEYS_FOUND_CHARS, "'%.40s'", node->text);
	else
		(void)snprintf(room, YKEYS_FOUND_CHARS, "a %s",
			       node->kind == YNODE_LIST ? "list" : "map");
	return room;
}

bool
ykeys_is_map(struct yreader *r, const struct ynode *node, const char *what)
{
	if (node->kind == YNODE_MAP)
		return true;
	if (!node->broken)
		ykeys_say(r, node, E0203,
			  node->kind == YNODE_LIST ? "write 'name: ...' in place of '- ...'" : NULL,
			  "%s has to be a map of 'key: value' lines", what);
	return false;
}

/* YAML 1.1 read these words as truth values; here they are text, which may surprise. */
static void
warn_old_bool(struct yreader *r, const struct ynode *node)
{
	static const char *const words[] = { "yes", "no", "on", "off" };
	struct place at = ynode_place(&r->source, node);

	for (size_t i = 0; node->plain && i < countof(words); i++) {
		if (strcasecmp(node->text, words[i]) == 0)
			diags_say(r->diags, E0219, &at, "put it in quotes, or write true or false",
				  "'%s' is text here, not a truth value", node->text);
	}
}

const char *
ykeys_scalar(struct yreader *r, const struct ynode *key)
{
	const struct ynode *value = key->value;

	if (value->broken)
		return NULL;
	if (value->kind != YNODE_SCALAR) {
		ykeys_say(r, value, E0204, NULL, "'%s' has to be a single value, not a %s",
			  key->text, value->kind == YNODE_LIST ? "list" : "map");
		return NULL;
	}
	if (ynode_is_null(value)) {
		ykeys_say(r, key, E0205, NULL, "'%s' has no value", key->text);
		return NULL;
	}
	return value->text;
}

bool
ykeys_is_name(struct yreader *r, const struct ynode *node, const char *what)
{
	static const char first[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	static const char rest[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	const char *name = node->text;

	if (*name && strchr(first, *name) && name[strspn(name, rest)] == '\0' &&
	    node->bytes <= NAME_MAX_BYTES)
		return true;
	if (node->bytes > NAME_MAX_BYTES)
		ykeys_say(r, node, E0207, NULL, "the name of %s %s has at most %d characters",
			  strchr("aeiou", *what) ? "an" : "a", what, NAME_MAX_BYTES);
	else
		ykeys_say(r, node, E0206, NULL,
			  "'%s' cannot name %s %s: letters, digits, '_', '-' and '.', and not "
			  "'-' or '.' first",
			  name, strchr("aeiou", *what) ? "an" : "a", what);
	return false;
}

/* Help for a number that is a text for its quotes. */
static const char *
quoted_number(const struct ynode *value)
{
	bool quoted = value->kind == YNODE_SCALAR && !value->plain;

	return quoted && param_is_number(value->text, false) ? "take the quotes off" : NULL;
}

bool
ykeys_int(struct yreader *r, const struct ynode *value, const char *name, int64_t min, int64_t max,
	  int64_t *out)
{
	long long n = 0;
	bool fits = false;

	if (value->broken)
		return false;
	if (value->kind == YNODE_SCALAR && value->plain && param_is_number(value->text, true)) {
		errno = 0;
		n = strtoll(value->text, NULL, 10);
		fits = errno == 0 && n >= min && n <= max;
	}
	if (fits)
		*out = n;
	else
		ykeys_say(r, value, E0208, quoted_number(value),
			  "'%s' has to be a whole number from %lld to %lld", name, (long long)min,
			  (long long)max);
	return fits;
}

bool
ykeys_number(struct yreader *r, const struct ynode *value, const char *name, double min, double max,
	     double *out)
{
	double n = 0;
	bool fits = false;

	if (value->broken)
		return false;
	if (value->kind == YNODE_SCALAR && value->plain && param_is_number(value->text, false)) {
		n = strtod(value->text, NULL);
		fits = isfinite(n) && n >= min && n <= max;
	}
	if (fits)
		*out = n;
	else if (min <= -1e300 && max >= 1e300)
		ykeys_say(r, value, E0209, quoted_number(value), "'%s' has to be a number", name);
	else
		ykeys_say(r, value, E0209, quoted_number(value),
			  "'%s' has to be a number from %.15g to %.15g", name, min, max);
	return fits;
}

/* Help for a percentage without its sign; NULL: it is none. */
static const char *
meant_percent(struct yreader *r, const char *text)
{
	bool is_one = text && param_is_number(text, false) && strtod(text, NULL) >= 2;

	return is_one && strtod(text, NULL) <= 100 ? sentence(r, "write ", text, "%") : NULL;
}

static bool
read_share(struct yreader *r, const struct ynode *value, const char *name, struct share *out)
{
	bool percent = value->bytes && value->text[value->bytes - 1] == '%';
	enum share_status status = SHARE_NO_NUMBER;

	if (value->broken)
		return false;
	if (value->kind == YNODE_SCALAR && (value->plain || percent))
		status = share_parse(value->text, out);
	if (status == SHARE_TOO_LONG)
		ykeys_say(r, value, E0210, NULL, "'%s' has more than %d decimals", name,
			  SHARE_DECIMALS_MAX);
	else if (status && percent)
		ykeys_say(r, value, E0210, NULL, "'%s' has to be from 0%% to 100%%", name);
	else if (status)
		ykeys_say(r, value, E0209, meant_percent(r, value->text),
			  "'%s' has to be a number from 0 to 1", name);
	return status == SHARE_OK;
}

static void
read_chance(struct yreader *r, const struct ynode *value, const char *name, double *out)
{
	struct share share;

	if (read_share(r, value, name, &share))
		*out = share_real(share);
}

/* What is meant by "true" in quotes, by yes and by Off; NULL: it cannot be told. */
static const char *
meant_bool(const struct ynode *value)
{
	static const char *const yes[] = { "true", "yes", "on", "y", "1" };
	static const char *const no[] = { "false", "no", "off", "n", "0" };

	if (value->kind != YNODE_SCALAR)
		return NULL;
	if (!value->plain && (!strcmp(value->text, "true") || !strcmp(value->text, "false")))
		return "take the quotes off";
	for (size_t i = 0; i < countof(yes); i++) {
		if (!strcasecmp(value->text, yes[i]))
			return "write true";
		if (!strcasecmp(value->text, no[i]))
			return "write false";
	}
	return NULL;
}

/* Only the two words that every YAML and JSON reader agrees on. */
static bool
read_bool(struct yreader *r, const struct ynode *value, const char *name, bool *out)
{
	bool plain = value->kind == YNODE_SCALAR && value->plain;
	bool yes = plain && strcmp(value->text, "true") == 0;

	if (yes || (plain && strcmp(value->text, "false") == 0)) {
		*out = yes;
		return true;
	}
	if (!value->broken)
		ykeys_say(r, value, E0211, meant_bool(value), "'%s' has to be true or false", name);
	return false;
}

/* What is meant by "5", "5min" or "2 hours"; NULL: it cannot be told. */
static const char *
meant_duration(struct yreader *r, const char *text)
{
	static const struct {
		const char *word, *unit;
	} units[] = { { "s", "s" },       { "sec", "s" },     { "secs", "s" },  { "second", "s" },
		      { "seconds", "s" }, { "m", "m" },       { "min", "m" },   { "mins", "m" },
		      { "minute", "m" },  { "minutes", "m" }, { "h", "h" },     { "hr", "h" },
		      { "hrs", "h" },     { "hour", "h" },    { "hours", "h" }, { "d", "d" },
		      { "day", "d" },     { "days", "d" } };
	size_t n = strspn(text, "0123456789");
	const char *word = text + n + strspn(text + n, " ");
	char number[24];

	if (n == 0 || n >= sizeof(number))
		return NULL;
	memcpy(number, text, n);
	number[n] = '\0';
	if (!*word)
		return sentence(r, "it needs a unit, such as ", number, "s, or m, h or d");
	for (size_t i = 0; i < countof(units); i++) {
		if (strcasecmp(word, units[i].word) == 0)
			return sentence(r, "write ", number, units[i].unit);
	}
	return NULL;
}

static bool
read_duration(struct yreader *r, const struct ynode *key, const struct key *row, int64_t *out)
{
	const char *text = ykeys_scalar(r, key);
	char min[40], max[40];
	int64_t us;

	if (!text)
		return false;
	if (!duration_parse(text, &us)) {
		ykeys_say(r, key->value, E0212, meant_duration(r, text),
			  "'%s' has to be a duration such as 30s, 10m, 1h30m or 7d", row->name);
		return false;
	}
	if ((double)us < row->min || (double)us > row->max) {
		duration_format((int64_t)row->min, min, sizeof(min));
		duration_format((int64_t)row->max, max, sizeof(max));
		ykeys_say(r, key->value, E0213, NULL, "'%s' has to be from %s to %s", row->name,
			  min, max);
		return false;
	}
	*out = us;
	return true;
}

/* Units that others write: 64MB, 2g, 512mib; NULL: it is none of these. */
static const char *
size_meant(struct yreader *r, const char *text, size_t digits)
{
	static const char letters[] = "KMGT";
	const char *unit = text + digits;
	const char *letter = *unit ? strchr(letters, toupper((unsigned char)*unit)) : NULL;
	char *meant;

	if (!digits || digits > 15 || !letter ||
	    (unit[1] && strcasecmp(unit + 1, "B") != 0 && strcasecmp(unit + 1, "iB") != 0))
		return NULL;
	meant = arena_get(r->arena, digits + 4);
	(void)snprintf(meant, digits + 4, "%.*s%ciB", (int)digits, text, *letter);
	return strcmp(meant, text) != 0 ? sentence(r, "write ", meant, "") : NULL;
}

static bool
read_bytes(struct yreader *r, const struct ynode *key, const struct key *row, int64_t *out)
{
	static const struct {
		const char *name;
		double bytes;
	} units[] = { { "KiB", 0x1p10 }, { "MiB", 0x1p20 }, { "GiB", 0x1p30 }, { "TiB", 0x1p40 } };
	const char *text = ykeys_scalar(r, key);
	size_t n;
	double total = -1;

	if (!text)
		return false;
	n = strspn(text, "0123456789");
	for (size_t i = 0; n > 0 && n < 16 && i < countof(units); i++) {
		if (strcmp(text + n, units[i].name) == 0)
			total = strtod(text, NULL) * units[i].bytes;
	}
	if (total < row->min || total > row->max) {
		ykeys_say(r, key->value, E0214, size_meant(r, text, n),
			  "'%s' has to be a size such as 512MiB or 2GiB, from %.0fMiB to "
			  "%.0fGiB",
			  row->name, row->min / 0x1p20, row->max / 0x1p30);
		return false;
	}
	*out = (int64_t)total;
	return true;
}

bool
ykeys_word(struct yreader *r, const struct ynode *key, const char *const *words, int *out)
{
	const char *text = ykeys_scalar(r, key);
	struct buf list;
	size_t n = 0;

	if (!text)
		return false;
	for (; words[n]; n++) {
		if (same_text(text, words[n])) {
			*out = (int)n;
			return true;
		}
	}
	buf_init(&list, SIZE_MAX / 2);
	words_or(words, n, &list);
	ykeys_say(r, key->value, E0215, ykeys_nearest(r, text, words, n),
		  "'%s' has to be %s, not '%s'", key->text, list.data, text);
	buf_release(&list);
	return false;
}

bool
ykeys_texts(struct yreader *r, const struct ynode *key, const char *const **out, size_t *count)
{
	const struct ynode *value = key->value;
	const struct ynode *item = value->kind == YNODE_LIST ? value->first : value;
	size_t n = value->kind == YNODE_LIST ? value->count : 1;
	const char **texts;

	if (value->broken)
		return false;
	if (value->kind == YNODE_MAP || n == 0 || (n == 1 && ynode_is_null(item))) {
		ykeys_say(r, n ? value : key, E0216, NULL,
			  "'%s' has to be a list of at least one value", key->text);
		return false;
	}
	texts = arena_get(r->arena, n * sizeof(*texts));
	for (size_t i = 0; i < n; i++, item = item->next) {
		if (item->broken)
			return false;
		if (item->kind != YNODE_SCALAR || ynode_is_null(item)) {
			ykeys_say(r, item, E0217, NULL,
				  "each item of '%s' has to be a single value", key->text);
			return false;
		}
		warn_old_bool(r, item);
		texts[i] = arena_bytes(r->arena, item->text, item->bytes);
	}
	*out = texts;
	*count = n;
	return true;
}

/* Code points of a text. */
static uint32_t
characters(const char *text, size_t bytes)
{
	uint32_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* Found as the same occurrence of the same bytes behind the value's start. */
struct place
ykeys_part(const struct source *source, const struct ynode *value, size_t at, size_t bytes)
{
	struct place place = ynode_place(source, value);
	const char *end = source->text + source->bytes, *line;
	const char *p = source->text +
			place_byte(source->text, source->bytes, value->line, value->column);
	const char *part = value->text + at;
	size_t skip = 0;

	if (value->origin)
		return place; /* the text is not here */
	for (size_t i = 0; bytes && i < at; i++)
		skip += i + bytes <= value->bytes && memcmp(value->text + i, part, bytes) == 0;
	for (; bytes && p + bytes <= end; p++) {
		if (memcmp(p, part, bytes) != 0 || skip-- > 0)
			continue;
		place.line = 1;
		for (const char *q = source->text; q < p; q++)
			place.line += *q == '\n';
		line = source->text + place_byte(source->text, source->bytes, place.line, 1);
		place.column = characters(line, (size_t)(p - line)) + 1;
		place.width = characters(p, bytes);
		return place;
	}
	return place;
}

/* Remember which values the run has to give for a text. */
static void
mention(struct yreader *r, const struct ynode *value, const char *name)
{
	struct template_name given = { 0 };

	for (size_t at = 0; template_given(value->text, at, &given); at = given.at + given.bytes) {
		r->mentions = mem_grow(r->mentions, r->n_mentions, &r->room_mentions,
				       sizeof(*r->mentions));
		r->mentions[r->n_mentions++] = (struct ymention){
			.value = value, .at = given.at, .bytes = given.bytes, .key = name
		};
	}
}

/* A constant that nobody gives. */
static void
refuse_constant(struct yreader *r, const struct ynode *value, const char *name,
		const struct template_name *at)
{
	const struct constants nothing = { 0 };
	struct place place = ykeys_part(&r->source, value, at->at, at->bytes);
	char *whole = mem_bytes(value->text + at->at, at->bytes);
	char *help = constants_help(r->constants ? r->constants : &nothing, whole);

	diags_say(r->diags, E0808, &place, help, "'%s': there is no %s '%s'", name,
		  *whole == 'v' ? "variable" : "connection with",
		  *whole == 'v' ? strchr(whole, '.') + 1 : whole);
	free(help);
	free(whole);
}

void
ykeys_name_constant(struct yreader *r, const struct constant *constant)
{
	r->named = mem_grow(r->named, r->n_named, &r->room_named, sizeof(const struct constant *));
	r->named[r->n_named++] = constant;
}

/* A secret, which would be seen where it is named. */
static void
refuse_secret(struct yreader *r, const struct ynode *value, const char *name,
	      const struct template_name *at)
{
	struct place place = ykeys_part(&r->source, value, at->at, at->bytes);

	diags_say(r->diags, E0815, &place, "write env: {NAME: \"{{ ... }}\"} and read $NAME there",
		  "'%s': '%.*s' is a secret, which can only be the whole value of a variable under "
		  "'env'",
		  name, (int)at->bytes, value->text + at->at);
}

const char *
ykeys_secret(struct yreader *r, const struct ynode *value)
{
	struct template_name at;
	struct template_part part;
	const struct constant *found;

	if (!r->constants || !template_constant(value->text, 0, &at) ||
	    !template_part(value->text, at.open, NULL, 0, &part) || part.at ||
	    part.bytes != value->bytes)
		return NULL;
	found = constants_find(r->constants, value->text + at.at, at.bytes);
	if (!found || !found->secret)
		return NULL;
	ykeys_name_constant(r, found);
	return found->secret;
}

const char *
ykeys_settle(struct yreader *r, const struct ynode *value, const char *name, bool shell)
{
	struct template_name at = { 0 };
	size_t before = r->n_named, errors = r->diags->errors;
	const char *text = NULL;
	struct buf settled;
	struct err err;

	for (size_t i = 0; template_constant(value->text, i, &at); i = at.at + at.bytes) {
		const struct constant *found = r->constants
						   ? constants_find(r->constants,
								    value->text + at.at, at.bytes)
						   : NULL;

		if (!found) {
			refuse_constant(r, value, name, &at);
			continue;
		}
		if (found->secret) {
			refuse_secret(r, value, name, &at);
			continue;
		}
		ykeys_name_constant(r, found);
	}
	if (r->diags->errors > errors)
		return NULL;
	if (r->n_named == before)
		return arena_bytes(r->arena, value->text, value->bytes);
	buf_init(&settled, SIZE_MAX);
	if (constants_settle(r->constants, value->text, shell, &settled, &err))
		ykeys_say(r, value, E0808, NULL, "'%s': %s", name, err.msg);
	else
		text = arena_bytes(r->arena, settled.data, settled.bytes);
	buf_release(&settled);
	return text;
}

bool
ykeys_check_template(struct yreader *r, const struct ynode *value, const char *name)
{
	const char *nearest = NULL, *help = NULL;
	const struct habit *habit;
	struct place place;
	size_t at, bytes;
	struct err err;

	if (!template_check(value->text, r->params, r->n_params, &at, &bytes, &nearest, &err)) {
		if (!r->run_ends && template_asks_state(value->text))
			ykeys_say(r, value, E0805, "put the task under on_exit",
				  "'%s': the run has no state before all its tasks have ended",
				  name);
		mention(r, value, name);
		return true;
	}
	place = ykeys_part(&r->source, value, at, bytes);
	habit = habit_find(HABIT_TEMPLATE, value->text + at, NULL, 0);
	if (habit)
		help = habit->help;
	else if (nearest)
		help = sentence(r, "did you mean '", nearest, "'?");
	diags_say(r->diags, E0801, &place, help, "'%s': %s", name, err.msg);
	return false;
}

const char *
ykeys_template(struct yreader *r, const struct ynode *value, const char *name)
{
	return ykeys_check_template(r, value, name) ? ykeys_settle(r, value, name, false) : NULL;
}

static void *
field(const struct key *row, void *base)
{
	return (char *)base + row->at;
}

static void
read_text(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const char *text = ykeys_scalar(r, key);

	if (!text || (row->want == WANT_NAME && !ykeys_is_name(r, key->value, row->name)))
		return;
	warn_old_bool(r, key->value);
	*(const char **)field(row, base) = arena_bytes(r->arena, text, key->value->bytes);
}

static void
read_template(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	if (ykeys_scalar(r, key))
		*(const char **)field(row, base) = ykeys_template(r, key->value, row->name);
}

static void
read_int(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	int64_t n;

	if (!ykeys_int(r, key->value, row->name, (int64_t)row->min, (int64_t)row->max, &n))
		return;
	if (row->want == WANT_INT64)
		*(int64_t *)field(row, base) = n;
	else
		*(int *)field(row, base) = (int)n;
}

static void
read_row(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	int word;

	if (row->given_at)
		*((bool *)base + row->given_at) = true;
	switch (row->want) {
	case WANT_TEXT:
	case WANT_NAME:
		read_text(r, row, key, base);
		break;
	case WANT_TEMPLATE:
		read_template(r, row, key, base);
		break;
	case WANT_INT:
	case WANT_INT64:
		read_int(r, row, key, base);
		break;
	case WANT_NUMBER:
		(void)ykeys_number(r, key->value, row->name, row->min, row->max, field(row, base));
		break;
	case WANT_SHARE:
		(void)read_share(r, key->value, row->name, field(row, base));
		break;
	case WANT_CHANCE:
		read_chance(r, key->value, row->name, field(row, base));
		break;
	case WANT_BOOL:
		(void)read_bool(r, key->value, row->name, field(row, base));
		break;
	case WANT_DURATION:
		(void)read_duration(r, key, row, field(row, base));
		break;
	case WANT_BYTES:
		(void)read_bytes(r, key, row, field(row, base));
		break;
	case WANT_WORD:
		(void)ykeys_word(r, key, row->words, field(row, base));
		break;
	case WANT_FLAG:
		if (ykeys_word(r, key, row->words, &word))
			*(bool *)field(row, base) = word == 1;
		break;
	case WANT_TEXTS:
		(void)ykeys_texts(r, key, field(row, base),
				  (size_t *)(void *)((char *)base + row->count_at));
		break;
	case WANT_CUSTOM:
		row->read(r, row, key, base);
		break;
	case WANT_ELSEWHERE:
		break;
	}
}

static const struct key *
find_row(const struct keyset *sets, size_t n, const char *name)
{
	for (size_t s = 0; s < n; s++) {
		for (size_t i = 0; i < sets[s].n_rows; i++) {
			if (same_text(sets[s].rows[i].name, name))
				return &sets[s].rows[i];
		}
	}
	return NULL;
}

static const struct ynode *
find_key(const struct ynode *map, const char *name)
{
	for (const struct ynode *key = map->first; key; key = key->next) {
		if (same_text(key->text, name))
			return key;
	}
	return NULL;
}

/*
 * Report a key that is in no table.  One that is misspelt becomes the key that
 * was meant, so that one slip is one message and not also "needs the key" and
 * whatever follows from its absence.
 */
static void
unknown_key(struct yreader *r, const struct ynode *map, struct ynode *key, const char *what,
	    const struct keyset *sets, size_t n)
{
	const char *words[KEYS_MAX], *help, *ours;
	size_t count = 0;

	for (size_t s = 0; s < n; s++) {
		for (size_t i = 0; i < sets[s].n_rows; i++) {
			assert(count < KEYS_MAX);
			words[count++] = sets[s].rows[i].name;
		}
	}
	help = meant(r, HABIT_KEY, key->text, words, count, &ours);
	ykeys_say(r, key, E0201, help, "%s has no key '%s'", what, key->text);
	if (ours && !find_key(map, ours)) {
		key->text = ours;
		key->bytes = strlen(ours);
	}
}

const struct ynode *
ykeys_find(const struct ynode *map, const char *name)
{
	const struct ynode *key = find_key(map, name);

	if (key)
		return key;
	for (key = map->first; key; key = key->next) {
		const struct habit *habit = habit_find(HABIT_KEY, key->text, &name, 1);

		if (!key->broken &&
		    (habit ? habit->ours != NULL : diag_nearest(key->text, &name, 1) != NULL))
			return key;
	}
	return NULL;
}

bool
ykeys_read(struct yreader *r, const struct ynode *owner, const struct ynode *map, const char *what,
	   const struct keyset *sets, size_t n)
{
	if (!ykeys_is_map(r, map, what))
		return false;
	for (struct ynode *key = map->first; key; key = key->next) {
		if (!key->broken && !find_row(sets, n, key->text))
			unknown_key(r, map, key, what, sets, n);
	}
	for (size_t s = 0; s < n; s++) {
		for (size_t i = 0; i < sets[s].n_rows; i++) {
			const struct key *row = &sets[s].rows[i];
			const struct ynode *key = find_key(map, row->name);

			if (key)
				read_row(r, row, key, sets[s].base);
			else if (row->required)
				ykeys_say(r, owner, E0202, NULL, "%s needs the key '%s'", what,
					  row->name);
		}
	}
	return true;
}
