/* cut.c - the pages of one column of a row group: rows come, and full pages go to the press. */
#include "worker/parquet/write/cut.h"

#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Of a column's first values so many tell how all are encoded: enough, and little beside a row
 * group. */
enum { TRIAL_VALUES = 4096 };

size_t
pq_count_values(const bool *valid, size_t rows)
{
	size_t n = 0;

	if (!valid)
		return rows;
	for (size_t i = 0; i < rows; i++)
		n += valid[i];
	return n;
}

/* The rows up to, and without, the one with value n, which there is. */
static size_t
rows_before_value(const bool *valid, size_t n)
{
	size_t rows = 0;

	if (!valid)
		return n;
	for (size_t seen = 0;; rows++) {
		seen += valid[rows];
		if (seen > n)
			return rows;
	}
}

/* How many of n texts go into the page behind those that are there; into an empty one, one does. */
static size_t
texts_that_fit(const struct pq_values *v, const struct span *texts, size_t n)
{
	size_t bytes = v->text_bytes;

	for (size_t i = 0; i < n; i++) {
		bytes += sizeof(uint32_t) + texts[i].bytes;
		if (bytes > PQ_PAGE_VALUE_BYTES && (i || v->count))
			return i;
	}
	return n;
}

static struct pq_made_page *
add_page(struct pq_cut *c)
{
	struct pq_made_page *p = mem_new(1, sizeof(*p));

	c->pages = mem_grow(c->pages, c->count, &c->room, sizeof(struct pq_made_page *));
	c->pages[c->count++] = p;
	p->kind = c->kind;
	p->row = c->rows;
	return p;
}

/* The page that is filled. */
static struct pq_made_page *
open_page(struct pq_cut *c)
{
	struct pq_made_page *p;

	if (c->n_full < c->count)
		return c->pages[c->n_full];
	p = add_page(c);
	p->room = pq_press_room(c->press, c->kind);
	p->values = &p->room->values;
	p->valid = p->room->valid;
	return p;
}

/* How integers are written tell the first of them, once there are enough or no more. */
static void
choose(struct pq_cut *c)
{
	int64_t trial[TRIAL_VALUES];
	size_t n = 0;

	for (size_t i = 0; i < c->n_full && n < TRIAL_VALUES; i++) {
		const struct pq_made_page *p = c->pages[i];
		size_t some = p->n_values < TRIAL_VALUES - n ? p->n_values : TRIAL_VALUES - n;

		if (some)
			memcpy(trial + n, p->values->words, some * sizeof(*trial));
		n += some;
	}
	c->encoding = n ? pq_page_choose(&c->press->makers[0], trial, n) : PQ_PLAIN;
	c->is_chosen = true;
}

static void
give_full_pages(struct pq_cut *c, bool is_end)
{
	if (!c->is_chosen && (c->kind->type != PQ_INT64 || c->press->plain))
		c->is_chosen = true;
	if (!c->is_chosen && (is_end || c->n_values >= TRIAL_VALUES))
		choose(c);
	for (; c->is_chosen && c->n_taken < c->n_full; c->n_taken++) {
		c->pages[c->n_taken]->encoding = c->encoding;
		pq_press_take(c->press, c->pages[c->n_taken]);
	}
}

static void
add_valid(struct pq_made_page *p, const bool *valid, size_t rows, size_t n_values)
{
	bool *own = p->room->valid;

	if (n_values == rows && p->n_values == p->rows)
		return;
	if (p->n_values == p->rows)
		memset(own, true, p->rows);
	if (valid)
		memcpy(own + p->rows, valid, rows);
	else
		memset(own + p->rows, true, rows);
}

static void
add_values(struct pq_made_page *p, const struct pq_rows *rows, size_t from, size_t n)
{
	struct pq_values *v = &p->room->values;

	if (p->kind->type == PQ_BYTE_ARRAY) {
		pq_values_add_texts(v, rows->texts + from, n);
	} else if (n) {
		memcpy(pq_values_room(v, n), rows->words + from, n * sizeof(*v->words));
		v->count += n;
	}
}

void
pq_cut_add(struct pq_cut *c, const struct pq_rows *rows)
{
	size_t row = 0, value = 0;

	while (row < rows->n) {
		struct pq_made_page *p = open_page(c);
		const bool *valid = rows->valid ? rows->valid + row : NULL;
		size_t left = rows->n - row, more = PQ_PAGE_ROWS - p->rows, n, fit;

		more = left < more ? left : more;
		n = fit = pq_count_values(valid, more);
		if (c->kind->type == PQ_BYTE_ARRAY)
			fit = texts_that_fit(p->values, rows->texts + value, n);
		if (fit < n)
			more = rows_before_value(valid, fit);
		add_valid(p, valid, more, fit);
		add_values(p, rows, value, fit);
		p->rows += more;
		p->n_values += fit;
		row += more;
		value += fit;
		c->rows += more;
		c->n_values += fit;
		if (fit < n || p->rows == PQ_PAGE_ROWS) {
			c->n_full++;
			give_full_pages(c, false);
		}
	}
}

void
pq_cut_codes(struct pq_cut *c, const struct pq_values *entries, const uint32_t *codes,
	     const bool *valid, size_t n)
{
	struct pq_made_page *p = add_page(c);

	c->encoding = PQ_RLE_DICTIONARY;
	c->is_chosen = true;
	p->is_dictionary = true;
	p->values = entries;
	p->n_values = entries->count;
	while (c->rows < n) {
		p = add_page(c);
		p->rows = n - c->rows < PQ_PAGE_ROWS ? n - c->rows : PQ_PAGE_ROWS;
		p->valid = valid ? valid + c->rows : NULL;
		p->n_values = pq_count_values(p->valid, p->rows);
		p->values = entries;
		p->codes = codes + c->n_values;
		c->rows += p->rows;
		c->n_values += p->n_values;
	}
	for (c->n_full = c->count; c->n_taken < c->n_full; c->n_taken++) {
		c->pages[c->n_taken]->encoding = c->n_taken ? PQ_RLE_DICTIONARY : PQ_PLAIN;
		pq_press_take(c->press, c->pages[c->n_taken]);
	}
}

void
pq_cut_end(struct pq_cut *c)
{
	c->n_full = c->count;
	give_full_pages(c, true);
}

void
pq_cut_init(struct pq_cut *c, enum col_type type, struct pq_press *press)
{
	*c = (struct pq_cut){ .kind = pq_kind_of(type), .press = press, .encoding = PQ_PLAIN };
}

void
pq_cut_reset(struct pq_cut *c)
{
	for (size_t i = c->n_taken; i < c->count; i++)
		pq_press_give_back(c->press, c->pages[i]);
	for (size_t i = 0; i < c->count; i++)
		free(c->pages[i]);
	c->rows = c->n_values = c->count = c->n_full = c->n_taken = 0;
	c->encoding = PQ_PLAIN;
	c->is_chosen = false;
}

void
pq_cut_release(struct pq_cut *c)
{
	pq_cut_reset(c);
	free(c->pages);
}
