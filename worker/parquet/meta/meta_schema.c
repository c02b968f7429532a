/* meta_schema.c - the schema in a footer: its elements, and the tree that they have to be. */
#include "worker/parquet/meta/meta_schema.h"

#include "worker/parquet/meta/meta_logical.h"
#include "worker/parquet/meta/reader.h"

enum pq_type
pq_type_read(struct thrift *t)
{
	int32_t number = thrift_i32(t);

	if (number < 0 || number >= PQ_TYPE_COUNT)
		thrift_fail(t, "a physical type that does not exist");
	return (enum pq_type)number;
}

/* The annotations of one element, until all of it is known. */
struct annotation {
	bool has_converted, has_logical;
	int32_t converted, precision, scale;
	struct pq_logical logical;
};

static enum pq_repetition
read_repetition(struct thrift *t)
{
	int32_t number = thrift_i32(t);

	if (number < 0 || number > 3)
		thrift_fail(t, "a repetition that does not exist");
	/* VECTOR (3) nests as well, and only a leaf that does not nest is ever read. */
	return number > PQ_REPEATED ? PQ_REPEATED : (enum pq_repetition)number;
}

/*
 * The newer annotation wins, unless nobody knows it.  parquet-mr writes UNKNOWN, that all is null,
 * beside a word that it has only in the older form, such as INTERVAL: then that is meant.
 */
static struct pq_logical
meaning_of(const struct annotation *a, const struct pq_element *e)
{
	struct pq_logical as_is = { .meaning = PQ_AS_IS }, l = as_is;

	if (a->has_converted) {
		l = pq_logical_converted(a->converted);
		if (l.meaning == PQ_DECIMAL) {
			l.precision = a->precision;
			l.scale = a->scale;
		}
	}
	if (a->has_logical && a->logical.is_unknown)
		l.is_unknown = true;
	else if (a->has_logical && (a->logical.meaning != PQ_UNKNOWN_NULL || l.meaning == PQ_AS_IS))
		l = a->logical;
	as_is.is_unknown = l.is_unknown;
	if (e->type == PQ_GROUP)
		return as_is;
	if (!pq_logical_fits(&l, e->type, e->type_length)) {
		as_is.is_unknown = true;
		return as_is;
	}
	return l;
}

static void
check_element(struct thrift *t, const struct thrift_fields *s, const struct pq_element *e,
	      bool is_root)
{
	thrift_require(t, s, THRIFT_FIELD(4), "the name is missing");
	if (!is_root)
		thrift_require(t, s, THRIFT_FIELD(3), "the repetition is missing");
	if (e->type == PQ_FIXED && e->type_length < 1)
		thrift_fail(t, "the length of its values is missing");
	if (is_root && e->type != PQ_GROUP)
		thrift_fail(t, "the root of the schema is not a group");
}

void
pq_element_read(struct pq_reader *r, struct pq_element *e, bool is_root)
{
	struct thrift *t = &r->thrift;
	struct annotation a = { .has_converted = false };
	struct thrift_fields s;

	e->type = PQ_GROUP;
	e->name = "";
	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		switch (s.id) {
		case 1:
			e->type = pq_type_read(t);
			break;
		case 2:
			e->type_length = thrift_i32(t);
			break;
		case 3:
			e->repetition = read_repetition(t);
			break;
		case 4:
			e->name = pq_reader_text(r);
			break;
		case 5:
			e->children = thrift_size32(t);
			break;
		case 6:
			a.converted = thrift_i32(t);
			break;
		case 7:
			a.scale = thrift_i32(t);
			break;
		case 8:
			a.precision = thrift_i32(t);
			break;
		case 10:
			pq_logical_read(t, &a.logical);
			break;
		default:
			thrift_skip(t);
		}
	}
	/* Some writers give a type to what has children: it is a group all the same. */
	if (e->children)
		e->type = PQ_GROUP;
	check_element(t, &s, e, is_root);
	a.has_converted = s.seen & THRIFT_FIELD(6);
	a.has_logical = s.seen & THRIFT_FIELD(10);
	e->logical = meaning_of(&a, e);
}

enum err_code
pq_schema_check(const struct pq_meta *m, size_t *n_leaves, struct err *err)
{
	/* Of each group that is open: the children that are still to come. */
	int32_t open[PQ_NESTING_MAX];
	int depth = 0;

	*n_leaves = 0;
	for (size_t i = 0; i < m->n_elements; i++) {
		const struct pq_element *e = &m->elements[i];

		if (i && !depth)
			return err_set(err, ERR_INPUT,
				       "read footer: schema element %zu '%s' belongs to no group",
				       i, e->name);
		if (depth)
			open[depth - 1]--;
		if (e->type != PQ_GROUP)
			++*n_leaves;
		if (e->children && depth == PQ_NESTING_MAX)
			return err_set(err, ERR_LIMIT,
				       "read footer: schema element %zu '%s' is nested more "
				       "than %d deep",
				       i, e->name, PQ_NESTING_MAX);
		if (e->children)
			open[depth++] = e->children;
		while (depth && !open[depth - 1])
			depth--;
	}
	if (depth || !m->n_elements)
		return err_set(err, ERR_INPUT,
			       "read footer: the schema ends in the middle, "
			       "behind %zu elements",
			       m->n_elements);
	return ERR_NONE;
}
