/* ytree.c - YAML text to a tree of nodes that know where they stood. */
#include "core/text/ytree.h"

#include "core/base/buf.h"
#include "core/base/words.h"
#include "core/text/yfault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* An open collection. */
struct open_node {
	struct ynode *node;
	struct ynode *key; /* of a map: the key that waits for its value */
	bool skip;         /* the next value belongs to a key that cannot be used */
};

struct tree_reader {
	const struct source *source;
	struct diags *diags;
	struct arena *arena;
	struct open_node levels[YTREE_DEPTH_MAX];
	size_t depth, nodes;
	struct ynode *root;
	size_t documents;
	bool stop;               /* a bound was passed */
	size_t skipped;          /* bytes of a byte order mark at the start */
	struct yspot quote;      /* the last quoted value of several lines: where it began ... */
	uint32_t quote_end_line; /* ... and ended */
	uint32_t template_line;  /* where a {{ ... }} without quotes was reported; 0: nowhere */
};

struct place
ynode_place(const struct source *source, const struct ynode *node)
{
	return (struct place){
		.file = source->name,
		.text = source->text,
		.text_bytes = source->bytes,
		.line = node->line,
		.column = node->column,
		.width = node->width,
		.origin = node->origin ? source->origin : NULL,
		.origin_line = node->origin ? node->origin->line : 0,
		.origin_column = node->origin ? node->origin->column : 0,
	};
}

static struct yspot
spot_of(const yaml_mark_t *mark)
{
	return (struct yspot){ (uint32_t)mark->line + 1, (uint32_t)mark->column + 1 };
}

static struct place
mark_place(const struct tree_reader *r, const yaml_mark_t *mark)
{
	return (struct place){
		.file = r->source->name,
		.text = r->source->text,
		.text_bytes = r->source->bytes,
		.line = (uint32_t)mark->line + 1,
		.column = (uint32_t)mark->column + 1,
		.width = 1,
	};
}

static void
mistake(struct tree_reader *r, const yaml_event_t *event, enum code code, const char *help,
	const char *message)
{
	struct place at = mark_place(r, &event->start_mark);

	if (event->start_mark.line == event->end_mark.line)
		at.width = (uint32_t)(event->end_mark.column - event->start_mark.column);
	diags_say(r->diags, code, &at, help, "%s", message);
}

/* A bound: reported once, and reading ends. */
static void
too_much(struct tree_reader *r, const yaml_event_t *event, const char *what, size_t max)
{
	struct place at = mark_place(r, &event->start_mark);

	diags_say(r->diags, E0112, &at, NULL, "%s, at most %zu are allowed", what, max);
	r->stop = true;
}

static struct ynode *
new_node(struct tree_reader *r, const yaml_event_t *event, enum ynode_kind kind)
{
	struct ynode *node;

	if (++r->nodes > YTREE_NODES_MAX) {
		too_much(r, event, "the file has too many values", YTREE_NODES_MAX);
		return NULL;
	}
	node = arena_get(r->arena, sizeof(*node));
	node->kind = kind;
	node->line = (uint32_t)event->start_mark.line + 1;
	node->column = (uint32_t)event->start_mark.column + 1;
	node->width = 1;
	return node;
}

void
ynode_append(struct ynode *parent, struct ynode *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->count++;
}

/* Hang a complete scalar or a fresh collection where it belongs. */
static void
attach(struct tree_reader *r, const yaml_event_t *event, struct ynode *node)
{
	struct open_node *top = r->depth ? &r->levels[r->depth - 1] : NULL;

	if (!top) {
		if (r->documents == 1)
			r->root = node;
	} else if (top->node->kind == YNODE_LIST) {
		ynode_append(top->node, node);
	} else if (top->skip) {
		top->skip = false;
	} else if (top->key) {
		top->key->value = node;
		top->key = NULL;
	} else if (node->broken) {
		top->skip = true;
	} else if (node->kind != YNODE_SCALAR) {
		mistake(r, event, E0113, "put a value with {{ ... }} in quotes",
			"a key has to be a plain word, this is a map or a list");
		top->skip = true;
		top->node->broken = true; /* it was meant to be a text */
		r->template_line = node->line;
	} else if (node->plain && strcmp(node->text, "<<") == 0) {
		mistake(r, event, E0108, NULL, "merge keys are not allowed, write the keys out");
		top->skip = true;
	} else {
		ynode_append(top->node, node);
		top->key = node;
	}
}

/* Quotes that end lines below their start may have been closed by those of another value. */
static void
note_quotes(struct tree_reader *r, const yaml_event_t *event)
{
	bool quoted = event->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
		      event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;

	if (!quoted || event->start_mark.line == event->end_mark.line)
		return;
	r->quote = spot_of(&event->start_mark);
	r->quote_end_line = (uint32_t)event->end_mark.line + 1;
}

static void
scalar(struct tree_reader *r, const yaml_event_t *event)
{
	struct ynode *node = new_node(r, event, YNODE_SCALAR);
	size_t bytes = event->data.scalar.length;

	if (!node)
		return;
	if (bytes > YTREE_SCALAR_BYTES_MAX) {
		too_much(r, event, "this value is too long in bytes", YTREE_SCALAR_BYTES_MAX);
		return;
	}
	if (memchr(event->data.scalar.value, '\0', bytes)) {
		mistake(r, event, E0111, NULL, "a NUL character is not allowed");
		bytes = 0;
		node->broken = true;
	}
	node->broken |= event->data.scalar.tag || event->data.scalar.anchor;
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	note_quotes(r, event);
	node->text = arena_bytes(r->arena, (const char *)event->data.scalar.value, bytes);
	node->bytes = bytes;
	if (event->start_mark.line == event->end_mark.line &&
	    event->end_mark.column > event->start_mark.column)
		node->width = (uint32_t)(event->end_mark.column - event->start_mark.column);
	attach(r, event, node);
}

static void
open_collection(struct tree_reader *r, const yaml_event_t *event, enum ynode_kind kind)
{
	struct ynode *node = new_node(r, event, kind);

	if (!node)
		return;
	if (r->depth == YTREE_DEPTH_MAX) {
		too_much(r, event, "maps and lists are nested too deep", YTREE_DEPTH_MAX);
		return;
	}
	attach(r, event, node);
	r->levels[r->depth++] = (struct open_node){ .node = node };
}

static int
by_text(const void *a, const void *b)
{
	const struct ynode *x = *(struct ynode *const *)a, *y = *(struct ynode *const *)b;
	int order = strcmp(x->text, y->text);

	if (order)
		return order;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

/* How many parentheses a text leaves open. */
static int
left_open(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += (*text == '(') - (*text == ')');
	return n;
}

/*
 * Within { } a ',' ends a value, also one between parentheses: what follows became keys without a
 * value.  That is told once, with the value as it was meant.
 */
static void
join_cut(struct tree_reader *r, struct ynode *key)
{
	struct ynode *value = key->value;
	struct place at = ynode_place(r->source, value);
	struct buf whole;
	int open = 0;

	buf_init(&whole, SIZE_MAX / 2);
	if (!key->broken && !value->broken && value->kind == YNODE_SCALAR && value->plain)
		open = left_open(value->text);
	for (struct ynode *piece = key->next; piece && open > 0; piece = piece->next) {
		if (piece->line != value->line || !ynode_is_null(piece->value) ||
		    piece->value->bytes)
			break;
		buf_format(&whole, "%s%s, %s", whole.bytes ? "" : "put it in quotes: \"",
			   whole.bytes ? "" : value->text, piece->text);
		open += left_open(piece->text);
		piece->broken = true;
	}
	if (whole.bytes) {
		value->broken = true;
		buf_char(&whole, '"');
		diags_say(r->diags, E0104, &at, whole.data,
			  "within { } a ',' ends the value of '%s'", key->text);
	}
	buf_release(&whole);
}

/* A key that was given before is reported and broken; the first one counts. */
static void
check_keys(struct tree_reader *r, const struct ynode *map)
{
	struct ynode **keys = mem_new(map->count, sizeof(struct ynode *));
	const struct ynode *kept;
	size_t n = 0;

	for (struct ynode *key = map->first; key; key = key->next)
		if (!key->broken)
			keys[n++] = key;
	if (n)
		qsort(keys, n, sizeof(struct ynode *), by_text);
	kept = n ? keys[0] : NULL;
	for (size_t i = 1; i < n; i++) {
		struct place at = ynode_place(r->source, keys[i]);

		if (strcmp(keys[i]->text, kept->text) != 0) {
			kept = keys[i];
			continue;
		}
		keys[i]->broken = true;
		diags_say(r->diags, E0107, &at, NULL, "key '%s' was given before, in line %u",
			  kept->text, kept->line);
	}
	free(keys);
}

static void
close_collection(struct tree_reader *r)
{
	const struct ynode *node;

	assert(r->depth > 0);
	node = r->levels[--r->depth].node;
	if (node->kind != YNODE_MAP)
		return;
	for (struct ynode *key = node->first; key; key = key->next)
		join_cut(r, key);
	check_keys(r, node);
}

static void
refuse_marks(struct tree_reader *r, const yaml_event_t *event, const unsigned char *anchor,
	     const unsigned char *tag)
{
	if (anchor)
		mistake(r, event, E0108, "put a value that begins with '&' in quotes",
			"anchors are not allowed, write the value out");
	if (tag)
		mistake(r, event, E0109, "put a value that begins with '!' in quotes",
			"tags are not allowed");
}

/* An alias stands for a value that is not known here: a broken scalar takes its place. */
static void
alias(struct tree_reader *r, const yaml_event_t *event)
{
	struct ynode *node = new_node(r, event, YNODE_SCALAR);

	if (!node)
		return;
	mistake(r, event, E0108, "put a value that begins with '*' in quotes",
		"aliases are not allowed, write the value out");
	node->text = "";
	node->broken = true;
	attach(r, event, node);
}

static void
document(struct tree_reader *r, const yaml_event_t *event)
{
	if (++r->documents == 2)
		mistake(r, event, E0110, NULL,
			"one file holds one document, a second one begins here");
	r->stop = r->documents > 1;
}

static void
take(struct tree_reader *r, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		document(r, event);
		break;
	case YAML_ALIAS_EVENT:
		alias(r, event);
		break;
	case YAML_SCALAR_EVENT:
		refuse_marks(r, event, event->data.scalar.anchor, event->data.scalar.tag);
		scalar(r, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		refuse_marks(r, event, event->data.sequence_start.anchor,
			     event->data.sequence_start.tag);
		open_collection(r, event, YNODE_LIST);
		break;
	case YAML_MAPPING_START_EVENT:
		refuse_marks(r, event, event->data.mapping_start.anchor,
			     event->data.mapping_start.tag);
		open_collection(r, event, YNODE_MAP);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_collection(r);
		break;
	default:
		break;
	}
}

static void
syntax_error(struct tree_reader *r, const yaml_parser_t *p)
{
	const struct source *s = r->source;
	struct yfault fault = {
		.problem = p->problem,
		.context = p->context,
		.at = spot_of(&p->problem_mark),
		.quote = r->quote,
		.quote_end_line = r->quote_end_line,
	};

	if (p->error == YAML_READER_ERROR) {
		yfault_say_byte(r->diags, s->name, s->text, s->bytes,
				r->skipped + p->problem_offset,
				p->problem && strstr(p->problem, "control"));
		return;
	}
	if (fault.at.line == r->template_line)
		return; /* what stands behind it in its line is part of the same mistake */
	if (p->context)
		fault.open = spot_of(&p->context_mark);
	yfault_say(r->diags, s->name, s->text, s->bytes, &fault);
}

/* Everything up to the end of the text; false after a syntax error or a bound. */
static bool
read_events(struct tree_reader *r, yaml_parser_t *parser)
{
	bool end = false;

	while (!end && !r->stop) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event)) {
			syntax_error(r, parser);
			return false;
		}
		end = event.type == YAML_STREAM_END_EVENT;
		take(r, &event);
		yaml_event_delete(&event);
	}
	return end;
}

struct ynode *
ytree_read(struct arena *arena, const struct source *source, struct diags *diags)
{
	struct tree_reader r = { .source = source, .diags = diags, .arena = arena };
	struct place whole = { .file = source->name };
	yaml_parser_t parser;
	bool complete;

	if (source->bytes > YTREE_BYTES_MAX) {
		diags_say(diags, E0102, &whole, NULL,
			  "the file has %zu bytes, at most %d are allowed", source->bytes,
			  YTREE_BYTES_MAX);
		return NULL;
	}
	if (!yaml_parser_initialize(&parser)) {
		diags_say(diags, E0116, &whole, NULL, "the YAML reader cannot be started");
		return NULL;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	if (source->bytes >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0)
		r.skipped = 3; /* a stream may begin with a byte order mark: YAML 1.2.2, 5.2 */
	yaml_parser_set_input_string(&parser, (const unsigned char *)source->text + r.skipped,
				     source->bytes - r.skipped);
	complete = read_events(&r, &parser);
	yaml_parser_delete(&parser);
	if (complete && !r.root) {
		r.root = arena_get(arena, sizeof(*r.root));
		*r.root = (struct ynode){ .plain = true, .text = "", .width = 1 };
	}
	return complete ? r.root : NULL;
}

struct ynode *
ynode_get(const struct ynode *node, const char *key)
{
	if (node->kind != YNODE_MAP)
		return NULL;
	for (const struct ynode *k = node->first; k; k = k->next) {
		if (same_text(k->text, key))
			return k->value;
	}
	return NULL;
}

bool
ynode_is_null(const struct ynode *node)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	for (size_t i = 0; node->kind == YNODE_SCALAR && node->plain && i < countof(words); i++) {
		if (same_text(node->text, words[i]))
			return true;
	}
	return false;
}

void
ytree_library(struct library_list *list)
{
	library_add(list, "libyaml", yaml_get_version_string());
}
