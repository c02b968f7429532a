/* rowkey.c - the keys of rows as words that can be compared and hashed at once. */
#include "worker/keys/rowkey.h"

#include "core/base/mem.h"
#include "worker/rows/canon.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void
rowkey_init(struct rowkey *k, const struct schema *schema, const int *columns, size_t n,
	    uint64_t seed)
{
	assert(n > 0);
	*k = (struct rowkey){ .n_columns = n, .words = 2, .seed = seed };
	k->columns = mem_new(n, sizeof(*k->columns));
	memcpy(k->columns, columns, n * sizeof(*k->columns));
	if (n == 1 && col_is_int(schema->columns[columns[0]].type))
		k->words = 1;
	k->keys = mem_new(ROWKEY_ROWS_MAX, k->words * sizeof(*k->keys));
	k->nulls = mem_new(ROWKEY_ROWS_MAX, sizeof(*k->nulls));
}

void
rowkey_release(struct rowkey *k)
{
	free(k->columns);
	free(k->keys);
	free(k->nulls);
	free(k->prints);
	free(k->encoded);
	*k = (struct rowkey){ 0 };
}

uint64_t
rowkey_seed(void)
{
	uint64_t seed = 0;
	ssize_t n;

	/* Never cut short, nor without an answer, once the kernel's pool is ready: getrandom(2). */
	do
		n = getrandom(&seed, sizeof(seed), 0);
	while (n < 0);
	assert(n == (ssize_t)sizeof(seed));
	return seed;
}

static void
find_nulls(struct rowkey *k, const struct batch *b, size_t first, size_t n)
{
	memset(k->nulls, false, n * sizeof(*k->nulls));
	k->n_nulls = 0;
	for (size_t c = 0; c < k->n_columns; c++) {
		const struct col *col = &b->cols[k->columns[c]];

		for (size_t i = 0; i < n && !col->no_nulls; i++)
			k->nulls[i] |= !col->valid[first + i];
	}
	for (size_t i = 0; i < n; i++)
		k->n_nulls += k->nulls[i];
}

static void
read_ints(struct rowkey *k, const struct col *col, size_t first, size_t n)
{
	if (!col->dict) {
		for (size_t i = 0; i < n; i++)
			k->keys[i] = rowkey_int(col->ints[first + i], k->seed);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (!k->nulls[i])
			k->keys[i] = rowkey_int(col->dict->ints[col->codes[first + i]], k->seed);
}

static void
put_print(struct rowkey *k, size_t at, struct print print)
{
	k->keys[2 * at] = print.low;
	k->keys[2 * at + 1] = print.high;
}

/* The print of one row. */
static struct print
print_row(struct rowkey *k, const struct batch *b, size_t at)
{
	size_t need = 0;
	char *end;

	for (size_t c = 0; c < k->n_columns; c++)
		need += canon_value_bytes(&b->cols[k->columns[c]], at);
	if (need > k->encoded_room) {
		k->encoded_room = need * 2;
		k->encoded = mem_resize(k->encoded, k->encoded_room, 1);
	}
	end = k->encoded;
	for (size_t c = 0; c < k->n_columns; c++)
		end = canon_value(&b->cols[k->columns[c]], at, end);
	return print_of(k->encoded, (size_t)(end - k->encoded), k->seed);
}

/*
 * A text that is the whole key needs no encoding around it.  Of a dictionary each entry
 * is looked at once, not each row.
 */
static void
read_texts(struct rowkey *k, const struct batch *b, size_t first, size_t n)
{
	const struct col *col = &b->cols[k->columns[0]];

	if (col->dict && k->unit != b->unit) {
		if (col->dict->count > k->prints_room) {
			k->prints_room = col->dict->count;
			k->prints = mem_resize(k->prints, k->prints_room, sizeof(*k->prints));
		}
		for (size_t i = 0; i < col->dict->count; i++)
			k->prints[i] = print_of(col->dict->texts[i].data, col->dict->texts[i].bytes,
						k->seed);
		k->unit = b->unit;
	}
	for (size_t i = 0; i < n; i++) {
		size_t at = first + i;

		if (k->nulls[i])
			continue;
		put_print(k, i,
			  col->dict ? k->prints[col->codes[at]]
				    : print_of(col->texts[at].data, col->texts[at].bytes, k->seed));
	}
}

void
rowkey_read(struct rowkey *k, const struct batch *b, size_t first, size_t n)
{
	const struct col *col = &b->cols[k->columns[0]];

	assert(n <= ROWKEY_ROWS_MAX && first + n <= b->rows);
	find_nulls(k, b, first, n);
	if (k->words == 1) {
		read_ints(k, col, first, n);
	} else if (k->n_columns == 1 && col_is_text(col->type)) {
		read_texts(k, b, first, n);
	} else {
		for (size_t i = 0; i < n; i++)
			if (!k->nulls[i])
				put_print(k, i, print_row(k, b, first + i));
	}
}
