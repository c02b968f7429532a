/* leaf.c - the columns of a Parquet file as a flat list. */
#include "worker/parquet/read/leaf.h"

#include "worker/rows/utf8.h"

#include <stdio.h>
#include <string.h>

enum { DESCRIPTION_CHARS = 80 };

/* A group of the schema whose children are being listed. */
struct leaf_level {
	int32_t left;      /* children to come */
	size_t name_bytes; /* of the path up to here, with the dot behind */
	int max_definition, max_repetition;
};

/* A walk through the elements, which stand in depth-first order. */
struct leaf_walk {
	char path[PQ_LEAF_NAME_BYTES_MAX + 2];
	struct leaf_level levels[PQ_NESTING_MAX + 1];
	int depth;
};

static bool
is_uint64(const struct pq_element *e)
{
	return e->type == PQ_INT64 && e->logical.meaning == PQ_INTEGER && !e->logical.is_signed;
}

bool
pq_leaf_is_uint64(const struct pq_leaf *leaf)
{
	return is_uint64(leaf->element);
}

static enum col_type
natural_int(const struct pq_element *e)
{
	const struct pq_logical *l = &e->logical;

	switch (l->meaning) {
	case PQ_DATE:
		return COL_DATE;
	case PQ_TIMESTAMP:
		return COL_TIMESTAMP;
	case PQ_TIME:
	case PQ_DECIMAL:
		return COL_STRING;
	default:
		break;
	}
	if (is_uint64(e))
		return COL_STRING; /* half of them are beyond int64 */
	if (e->type == PQ_INT32 &&
	    !(l->meaning == PQ_INTEGER && !l->is_signed && l->bit_width == 32))
		return COL_INT32;
	return COL_INT64;
}

static enum col_type
natural_type(const struct pq_element *e)
{
	switch (e->type) {
	case PQ_BOOLEAN:
		return COL_BOOL;
	case PQ_INT32:
	case PQ_INT64:
		return natural_int(e);
	case PQ_INT96:
		return COL_TIMESTAMP;
	case PQ_FLOAT:
	case PQ_DOUBLE:
		return COL_FLOAT64;
	case PQ_FIXED:
		return e->logical.meaning == PQ_FLOAT16 ? COL_FLOAT64 : COL_STRING;
	default:
		return e->logical.meaning == PQ_JSON ? COL_JSON : COL_STRING;
	}
}

static const char *
unit_name(const struct pq_logical *l)
{
	return l->unit_per_second == 1000 ? "ms" : l->unit_per_second == 1000000 ? "us" : "ns";
}

static void
describe(const struct pq_logical *l, char out[DESCRIPTION_CHARS])
{
	static const char *const names[] = {
		[PQ_STRING] = "STRING",   [PQ_ENUM] = "ENUM",         [PQ_JSON] = "JSON",
		[PQ_BSON] = "BSON",       [PQ_DATE] = "DATE",         [PQ_UUID] = "UUID",
		[PQ_FLOAT16] = "FLOAT16", [PQ_INTERVAL] = "INTERVAL", [PQ_UNKNOWN_NULL] = "NULL",
	};
	const char *zone = l->adjusted_to_utc ? "utc" : "local";

	out[0] = '\0';
	switch (l->meaning) {
	case PQ_DECIMAL:
		(void)snprintf(out, DESCRIPTION_CHARS, "DECIMAL(%d, %d)", l->precision, l->scale);
		break;
	case PQ_TIME:
	case PQ_TIMESTAMP:
		(void)snprintf(out, DESCRIPTION_CHARS, "%s(%s, %s)",
			       l->meaning == PQ_TIME ? "TIME" : "TIMESTAMP", unit_name(l), zone);
		break;
	case PQ_INTEGER:
		(void)snprintf(out, DESCRIPTION_CHARS, "%s(%d)", l->is_signed ? "INT" : "UINT",
			       l->bit_width);
		break;
	case PQ_AS_IS:
		(void)snprintf(out, DESCRIPTION_CHARS, "%s", l->is_unknown ? "UNKNOWN" : "");
		break;
	default:
		(void)snprintf(out, DESCRIPTION_CHARS, "%s", names[l->meaning]);
	}
}

static void
fill_leaf(struct pq_leaf *leaf, const struct pq_element *e, struct arena *arena)
{
	char text[DESCRIPTION_CHARS];

	leaf->element = e;
	leaf->is_flat = leaf->max_repetition == 0;
	leaf->natural = natural_type(e);
	leaf->physical = pq_type_name(e->type);
	if (e->type == PQ_FIXED) {
		(void)snprintf(text, sizeof(text), "%s(%d)", leaf->physical, e->type_length);
		leaf->physical = arena_str(arena, text);
	}
	describe(&e->logical, text);
	leaf->logical = arena_str(arena, text);
}

/*
 * Put a name behind the path, and bytes that are no UTF-8 as "\\x" and their digits: names go into
 * headers and keys, which have to be text.  False: there is no room.
 */
static bool
put_name(const char *name, char *out, size_t room, size_t *bytes)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t left = strlen(name);

	for (*bytes = 0; left;) {
		size_t n = utf8_length(p, left), used = n ? n : 4;

		if (used > room - *bytes)
			return false;
		if (n)
			memcpy(out + *bytes, p, n);
		else
			(void)snprintf(out + *bytes, 5, "\\x%02x", *p);
		*bytes += used;
		p += n ? n : 1;
		left -= n ? n : 1;
	}
	return true;
}

/* Step to an element: its name ends the path.  False: the path is too long. */
static bool
step(struct leaf_walk *w, const struct pq_element *e, struct leaf_level *here)
{
	struct leaf_level *parent = &w->levels[w->depth - 1];
	size_t bytes;

	if (!put_name(e->name, w->path + parent->name_bytes,
		      PQ_LEAF_NAME_BYTES_MAX - parent->name_bytes, &bytes))
		return false;
	*here = (struct leaf_level){
		.left = e->children,
		.name_bytes = parent->name_bytes + bytes,
		.max_definition = parent->max_definition + (e->repetition != PQ_REQUIRED),
		.max_repetition = parent->max_repetition + (e->repetition == PQ_REPEATED),
	};
	parent->left--;
	return true;
}

static void
enter_group(struct leaf_walk *w, struct leaf_level here)
{
	if (here.name_bytes < PQ_LEAF_NAME_BYTES_MAX)
		w->path[here.name_bytes++] = '.';
	w->levels[w->depth++] = here;
}

enum err_code
pq_leaves(const struct pq_meta *meta, struct arena *arena, struct pq_leaf **out, size_t *n,
	  struct err *err)
{
	struct pq_leaf *leaves = arena_get(arena, meta->n_elements * sizeof(*leaves));
	struct leaf_walk w = { .depth = 1 };
	size_t count = 0;

	/* The root has a name and perhaps a repetition; neither means anything. */
	w.levels[0].left = meta->elements[0].children;
	for (size_t i = 1; i < meta->n_elements; i++) {
		const struct pq_element *e = &meta->elements[i];
		struct leaf_level here;

		while (w.depth > 1 && !w.levels[w.depth - 1].left)
			w.depth--;
		if (!step(&w, e, &here))
			return err_set(err, ERR_LIMIT,
				       "schema element %zu: its path has more than %d bytes", i,
				       PQ_LEAF_NAME_BYTES_MAX);
		if (e->type == PQ_GROUP) {
			enter_group(&w, here);
			continue;
		}
		leaves[count] = (struct pq_leaf){
			.name = arena_bytes(arena, w.path, here.name_bytes),
			.index = count,
			.max_definition = here.max_definition,
			.max_repetition = here.max_repetition,
		};
		fill_leaf(&leaves[count++], e, arena);
	}
	*out = leaves;
	*n = count;
	return ERR_NONE;
}
