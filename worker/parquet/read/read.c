/* read.c - Parquet as a format of reader.h. */
#include "worker/parquet/read/read.h"

#include "core/base/mem.h"
#include "worker/parquet/read/prune.h"
#include "worker/parquet/read/job.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What the texts of a batch may come to, and its arrays: rows that are long make
 * batches short.
 */
enum { BATCH_TEXT_BYTES = 64 << 20, BATCH_ARRAY_BYTES = 256 << 20, ROW_ARRAY_BYTES = 32 };

struct parquet {
	struct pq_file *file;
	struct pq_desk desk;
	struct pq_scratch scratch;
	struct pq_column *columns; /* those that are wanted */
	size_t n_columns;
	struct pq_filter *filters;
	size_t n_filters;
	size_t group, group_end; /* what is read, and up to where */
	int64_t group_row;       /* rows of the file before it */
	bool is_open;            /* the row group was begun */
	struct arena *arena;     /* of the row group: its page index; or NULL */
	size_t index_bytes;      /* what of the budget is counted for that */
	struct pq_ranges ranges; /* of the row group, that are of interest */
	size_t range;
	int64_t row; /* of the row group, that comes next */
};

/* ---- opening ---- */

/* The name of a column stands for more than one leaf. */
static enum err_code
ambiguous_error(const struct reader *r, const struct pq_file *f, const char *column,
		struct err *err)
{
	for (size_t i = 0; i < f->n_leaves; i++)
		if (strcmp(f->leaves[i].name, column) == 0)
			return err_set(err, ERR_INPUT,
				       "read '%s': more than one column is called '%s'; leave it "
				       "out, or write the file with names that differ",
				       r->name, column);
	return err_set(err, ERR_INPUT,
		       "read '%s': more than one column is called '%s' in another case; write its "
		       "name as the file has it",
		       r->name, column);
}

/* A column is not there; what there is may be it under another name. */
static enum err_code
lacks_error(const struct reader *r, const struct pq_file *f, const char *column, struct err *err)
{
	enum { NAMES_SHOWN = 10 };
	char names[400] = "";
	size_t used = 0, n = 0;

	for (size_t i = 0; i < f->n_leaves && n < NAMES_SHOWN && used < sizeof(names); i++) {
		if (!f->leaves[i].is_flat)
			continue;
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.60s",
					 n++ ? ", " : "", f->leaves[i].name);
	}
	return err_set(err, ERR_INPUT, "read '%s': it has no column '%s'%s%s%s", r->name, column,
		       n ? "; there are " : "", names,
		       n == NAMES_SHOWN ? " and perhaps more; `rename` calls them as you do"
		       : n              ? "; `rename` calls them as you do"
					: "");
}

/* The leaf of a column; NULL: the file lacks it, and may. */
static enum err_code
find_leaf(const struct reader *r, const struct pq_file *f, size_t column,
	  const struct pq_leaf **out, struct err *err)
{
	const char *theirs = reader_theirs(r, column);
	bool ambiguous, lacks, may_lack = r->options.optional && r->options.optional[column];
	char why[200];

	*out = pq_file_find(f, theirs, &ambiguous);
	if (ambiguous)
		return ambiguous_error(r, f, theirs, err);
	lacks = !*out && !may_lack;
	if ((lacks || (*out && !(*out)->is_flat)) && pq_file_explain(f, theirs, why, sizeof(why)))
		return err_set(err, ERR_INPUT, "read '%s': column '%s' %s", r->name, theirs, why);
	if (lacks)
		return lacks_error(r, f, theirs, err);
	return ERR_NONE;
}

static enum err_code
find_convert(const struct reader *r, size_t column, const struct pq_leaf *leaf,
	     struct pq_convert *out, struct err *err)
{
	const struct column *c = &r->options.schema->columns[column];

	if (pq_convert_init(out, leaf->element, c->type, r->options.any_bytes)) {
		out->is_json &= !r->options.is_published;
		return ERR_NONE;
	}
	return err_set(err, ERR_INPUT,
		       "read '%s': column '%s' is %s%s%s, which cannot be read as %s; as %s it "
		       "can be",
		       r->name, c->name, leaf->physical, leaf->logical[0] ? " " : "", leaf->logical,
		       col_type_name(c->type), col_type_name(leaf->natural));
}

static enum err_code
add_column(struct reader *r, struct parquet *p, size_t column, struct err *err)
{
	struct pq_convert convert = {
		.into = pq_form_of_col(r->options.schema->columns[column].type),
	};
	const struct pq_leaf *leaf = NULL;
	enum err_code code = find_leaf(r, p->file, column, &leaf, err);

	if (!code && leaf)
		code = find_convert(r, column, leaf, &convert, err);
	if (!code)
		pq_column_init(&p->columns[p->n_columns++], column, leaf, &convert, &p->desk,
			       &p->scratch);
	return code;
}

static struct pq_column *
column_at(const struct parquet *p, size_t column)
{
	for (size_t i = 0; i < p->n_columns; i++)
		if (p->columns[i].at == column)
			return &p->columns[i];
	return NULL;
}

/* Hints that this file can say something about. */
static void
add_filter(const struct reader *r, struct parquet *p, const struct reader_hint *hint)
{
	struct pq_filter f = { .hint = hint, .column = column_at(p, hint->column) };
	const struct column *c = &r->options.schema->columns[hint->column];
	bool ambiguous;

	f.leaf = pq_file_find(p->file, reader_theirs(r, hint->column), &ambiguous);
	if (f.leaf && f.leaf->is_flat &&
	    pq_convert_init(&f.convert, f.leaf->element, c->type, r->options.any_bytes) &&
	    f.convert.into == (hint->is_text ? PQ_TEXTS : PQ_INTS))
		p->filters[p->n_filters++] = f;
}

static enum err_code
open_columns(struct reader *r, struct parquet *p, struct err *err)
{
	const struct schema *schema = r->options.schema;
	enum err_code code = ERR_NONE;

	p->columns = mem_new(schema->count, sizeof(*p->columns));
	for (size_t i = 0; i < schema->count && !code; i++)
		if (r->batch.cols[i].wanted)
			code = add_column(r, p, i, err);
	if (code)
		return code;
	p->filters = mem_new(r->options.n_hints, sizeof(*p->filters));
	for (size_t i = 0; i < r->options.n_hints; i++)
		add_filter(r, p, &r->options.hints[i]);
	return ERR_NONE;
}

static enum err_code
open_file(struct reader *r, int dir, const char *path, struct err *err)
{
	struct parquet *p = mem_new(1, sizeof(*p));
	enum err_code code;

	r->state = p;
	code = pq_file_open(&p->file, dir, path, r->name, err);
	if (code)
		return code;
	p->desk.packer = pq_packer_new();
	pq_scratch_init(&p->scratch);
	p->group_end = p->file->meta.n_groups;
	return open_columns(r, p, err);
}

static void
forget_pages(struct parquet *p)
{
	arena_free(p->arena);
	p->arena = NULL;
	pq_budget_give(&p->desk.budget, p->index_bytes);
	p->index_bytes = 0;
}

static void
close_file(struct reader *r)
{
	struct parquet *p = r->state;

	for (size_t i = 0; i < p->n_columns; i++)
		pq_column_release(&p->columns[i]);
	pq_block_free(&p->desk.packed, &p->desk.budget);
	forget_pages(p);
	assert(p->desk.budget.used == 0);
	pq_packer_free(p->desk.packer);
	pq_scratch_release(&p->scratch);
	pq_file_close(p->file);
	free(p->ranges.items);
	free(p->columns);
	free(p->filters);
	free(p);
}

/* ---- parts ---- */

static size_t
count_parts(const struct reader *r)
{
	const struct parquet *p = r->state;
	size_t n = p->file->meta.n_groups;

	return n ? n : 1;
}

static void
seek_part(struct reader *r, size_t part)
{
	struct parquet *p = r->state;
	const struct pq_meta *m = &p->file->meta;

	p->is_open = false;
	p->group = part;
	p->group_end = part < m->n_groups ? part + 1 : part;
	p->group_row = 0;
	for (size_t i = 0; i < part && i < m->n_groups; i++)
		p->group_row += m->groups[i].rows;
}

/* ---- row groups ---- */

static bool
is_pruned(const struct parquet *p)
{
	for (size_t i = 0; i < p->n_filters; i++)
		if (pq_prune_group(&p->filters[i], p->file, p->group))
			return true;
	return false;
}

/* Which rows of the row group are of interest, by its page index. */
static void
set_ranges(struct parquet *p)
{
	const struct pq_row_group *g = &p->file->meta.groups[p->group];

	if (!p->ranges.room)
		p->ranges.items = mem_grow(NULL, 0, &p->ranges.room, sizeof(*p->ranges.items));
	p->ranges.items[0] = (struct pq_range){ 0, g->rows };
	p->ranges.n = g->rows > 0;
	for (size_t i = 0; i < p->n_filters; i++)
		pq_prune_pages(&p->filters[i], p->file, p->group, &p->desk.budget, &p->ranges);
}

/* Rows are left out: have every column find its pages. */
static void
find_pages(struct parquet *p)
{
	const struct pq_row_group *g = &p->file->meta.groups[p->group];
	const struct pq_range *first = p->ranges.items;
	size_t used;

	forget_pages(p);
	if (!p->ranges.n || (first->first == 0 && first->end == g->rows))
		return;
	p->arena = arena_new();
	used = p->desk.budget.used;
	for (size_t i = 0; i < p->n_columns; i++)
		if (p->columns[i].leaf)
			p->columns[i].index = pq_offset_index_get(
			    p->file, p->group, p->columns[i].leaf, p->arena, &p->desk.budget);
	p->index_bytes = p->desk.budget.used - used;
}

static enum err_code
open_group(const struct reader *r, struct parquet *p, struct err *err)
{
	enum err_code code = ERR_NONE;
	bool pruned = false;

	set_ranges(p);
	for (size_t i = 0; i < p->n_columns && !code; i++) {
		struct pq_column *c = &p->columns[i];
		int64_t value;

		code = pq_column_open(c, p->file, p->group, err);
		if (!code && c->leaf && r->options.day_only && r->options.day_only[c->at] &&
		    r->options.schema->columns[c->at].type == COL_TIMESTAMP &&
		    pq_single_day(p->file, p->group, c->leaf, &c->convert, &value))
			pq_column_set_constant(c, value);
	}
	if (!code)
		find_pages(p);
	for (size_t i = 0; i < p->n_filters && !code && !pruned; i++)
		code = pq_prune_dictionary(&p->filters[i], p->file, p->group, &pruned, err);
	if (pruned)
		p->ranges.n = 0;
	p->range = 0;
	p->row = 0;
	p->is_open = true;
	return code;
}

/* Have the next rows at p->row; *more false: the part is over. */
static enum err_code
find_rows(struct reader *r, struct parquet *p, bool *more, struct err *err)
{
	*more = true;
	for (;;) {
		enum err_code code = ERR_NONE;

		if (p->is_open && p->range < p->ranges.n) {
			const struct pq_range *range = &p->ranges.items[p->range];

			if (p->row < range->first)
				p->row = range->first;
			if (p->row < range->end)
				return ERR_NONE;
			p->range++;
			continue;
		}
		if (p->is_open) {
			p->group_row += p->file->meta.groups[p->group++].rows;
			p->is_open = false;
		}
		if (p->group == p->group_end)
			break;
		if (is_pruned(p)) {
			p->group_row += p->file->meta.groups[p->group++].rows;
			continue;
		}
		code = open_group(r, p, err);
		if (code)
			return code;
	}
	*more = false;
	return ERR_NONE;
}

/* ---- batches ---- */

/* How many rows the batch gets. */
static size_t
batch_rows(const struct parquet *p)
{
	const struct pq_row_group *g = &p->file->meta.groups[p->group];
	int64_t left = p->ranges.items[p->range].end - p->row, rows = PQ_BATCH_ROWS_MAX;
	int64_t fitting = BATCH_ARRAY_BYTES / ROW_ARRAY_BYTES / (int64_t)(p->n_columns + 1);
	int64_t text_bytes = 0;

	for (size_t i = 0; i < p->n_columns; i++) {
		const struct pq_column *c = &p->columns[i];

		if (c->leaf && c->convert.borrows)
			text_bytes += g->chunks[c->leaf->index].unpacked_bytes / g->rows;
	}
	if (text_bytes > BATCH_TEXT_BYTES / PQ_BATCH_ROWS_MAX)
		rows = BATCH_TEXT_BYTES / text_bytes + 1;
	if (rows > fitting)
		rows = fitting + 1;
	return (size_t)(rows < left ? rows : left);
}

static enum err_code
read_columns(struct reader *r, struct parquet *p, size_t n, struct err *err)
{
	for (size_t i = 0; i < p->n_columns; i++) {
		struct pq_column *c = &p->columns[i];
		enum err_code code;

		pq_column_begin(c);
		code = pq_column_skip(c, p->row - c->row, err);
		if (!code)
			code = pq_column_read(c, &r->batch, n, err);
		if (code)
			return code;
	}
	return ERR_NONE;
}

/* ---- rows that are no rows ---- */

/* The first fault of a row; NULL: there is none. */
static const struct pq_column *
faulty_column(const struct parquet *p, size_t row)
{
	for (size_t i = 0; i < p->n_columns; i++)
		if (p->columns[i].n_faults && p->columns[i].faults[row])
			return &p->columns[i];
	return NULL;
}

static void
reject_row(struct reader *r, size_t row, const struct pq_column *c)
{
	const struct column *column = &r->options.schema->columns[c->at];
	enum pq_fault fault = c->faults[row];
	struct reject *reject = batch_reject(&r->batch, r->batch.row_no[row],
					     pq_fault_reason(fault));

	(void)snprintf(reject->detail, sizeof(reject->detail), "column '%s': %s %s", column->name,
		       pq_fault_text(fault), col_type_name(column->type));
}

static void
move_row(struct batch *b, const struct parquet *p, size_t from, size_t to)
{
	b->row_no[to] = b->row_no[from];
	for (size_t i = 0; i < p->n_columns; i++) {
		struct col *col = &b->cols[p->columns[i].at];

		col->valid[to] = col->valid[from];
		if (col->dict)
			col->codes[to] = col->codes[from];
		else if (p->columns[i].convert.into == PQ_TEXTS)
			col->texts[to] = col->texts[from];
		else
			col->ints[to] = col->ints[from];
	}
}

/* Take the rows with a fault out of the batch. */
static void
reject_rows(struct reader *r, const struct parquet *p)
{
	struct batch *b = &r->batch;
	size_t kept = 0;
	bool any = false;

	for (size_t i = 0; i < p->n_columns; i++)
		any |= p->columns[i].n_faults > 0;
	if (!any)
		return;
	for (size_t row = 0; row < b->rows; row++) {
		const struct pq_column *c = faulty_column(p, row);

		if (c)
			reject_row(r, row, c);
		else
			move_row(b, p, row, kept++);
	}
	b->rows = kept;
}

static enum err_code
next_rows(struct reader *r, struct err *err)
{
	struct parquet *p = r->state;
	enum err_code code;
	bool more;
	size_t n;

	code = find_rows(r, p, &more, err);
	if (!code && !more)
		return pq_file_check(p->file, err);
	if (code)
		return code;
	n = batch_rows(p);
	batch_set_rows(&r->batch, n);
	code = read_columns(r, p, n, err);
	if (code)
		return code;
	for (size_t i = 0; i < n; i++)
		r->batch.row_no[i] = p->group_row + p->row + (int64_t)i + 1;
	p->row += (int64_t)n;
	r->batch.unit = r->options.unit_base + p->group + 1;
	reject_rows(r, p);
	return ERR_NONE;
}

static enum err_code
digest_file(struct reader *r, char out[CHECKSUM_CHARS + 1], struct err *err)
{
	const struct parquet *p = r->state;

	return pq_file_digest(p->file, out, err);
}

const struct reader_format reader_parquet = {
	.open = open_file,
	.next = next_rows,
	.close = close_file,
	.parts = count_parts,
	.seek = seek_part,
	.digest = digest_file,
};
