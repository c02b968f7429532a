/* textsort.c - texts of a dictionary in order of their bytes. */
#include "worker/keys/textsort.h"

#include "core/base/mem.h"
#include "worker/keys/radix.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum {
	PART_BYTES = sizeof(uint64_t),
	FEW = 16,       /* texts that are compared one with the other */
	PARTS_MAX = 32, /* eight bytes each that texts may share before they are, too */
};

/* A text: eight bytes of it as a number, and its code; then in the spare place. */
struct textsort_item {
	uint64_t part, code;
};

static int
compare_codes(const void *a, const void *b, void *dict)
{
	const struct textsort_item *x = a, *y = b;

	return span_compare(dict_span(dict, (uint32_t)x->code), dict_span(dict, (uint32_t)y->code));
}

/*
 * Bytes from `at` on as a number that sorts as they do.  A text that ends is filled up with zeros:
 * where that makes two equal, the next part or a comparison tells them apart.
 */
static uint64_t
read_part(const struct dict *d, uint64_t code, size_t at)
{
	const struct dict_entry *e = &d->entries[code];
	uint64_t part = 0;

	if (at < e->bytes)
		memcpy(&part, e->data + at,
		       e->bytes - at < PART_BYTES ? e->bytes - at : PART_BYTES);
	return be64toh(part);
}

/* Sort items whose texts are the same up to byte `at`. */
static void
sort_from(const struct dict *d, struct textsort_item *items, struct textsort_item *spare, size_t n,
	  size_t at)
{
	static const struct radix_field field = { 0, 0, PART_BYTES };
	struct dict borrowed = *d;
	uint64_t *sorted;

	if (n <= FEW || at == (size_t)PARTS_MAX * PART_BYTES) {
		qsort_r(items, n, sizeof(*items), compare_codes, &borrowed);
		return;
	}
	for (size_t i = 0; i < n; i++)
		items[i].part = read_part(d, items[i].code, at);
	sorted = radix_sort(&items->part, &spare->part, n, 2, &field, 1);
	if (sorted != &items->part)
		memcpy(items, sorted, n * sizeof(*items));
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && items[end].part == items[i].part;)
			end++;
		if (end - i > 1)
			sort_from(d, items + i, spare + i, end - i, at + PART_BYTES);
	}
}

void
textsort(const struct dict *d, uint32_t *order)
{
	struct textsort_item *items = mem_large_new(d->count, sizeof(*items)),
			     *spare = mem_large_new(d->count, sizeof(*spare));

	for (size_t i = 0; i < d->count; i++)
		items[i].code = i;
	if (d->count)
		sort_from(d, items, spare, d->count, 0);
	for (size_t i = 0; i < d->count; i++)
		order[i] = (uint32_t)items[i].code;
	mem_large_free(items);
	mem_large_free(spare);
}
