/* arrange.c - the records of one partition of a shuffle in order, in memory that is bounded. */
#include "worker/keys/arrange.h"

#include "core/base/mem.h"

#include <assert.h>
#include <string.h>

enum { FEW = 256 }; /* records that are copied at once */

void
arrange_init(struct arrange *a, unsigned words, unsigned keys, size_t room)
{
	assert(keys >= 1 && keys <= words && words <= RADIX_WORDS_MAX);
	*a = (struct arrange){ .words = words,
			       .keys = keys,
			       .room = room > ARRANGE_ROOM_MIN ? room : ARRANGE_ROOM_MIN };
}

void
arrange_release(struct arrange *a)
{
	mem_large_free(a->records);
	mem_large_free(a->spare);
	*a = (struct arrange){ 0 };
}

/* Are the records in order already, but for the first `from` words of their keys? */
static bool
is_sorted_from(const struct arrange *a, unsigned from)
{
	const uint64_t *record = a->records;

	for (size_t i = 1; i < a->count; i++, record += a->words) {
		unsigned k = from;

		while (k < a->keys && record[k] == record[a->words + k])
			k++;
		if (k < a->keys && record[k] > record[a->words + k])
			return false;
	}
	return true;
}

/* Sort what is held.  Events often come in order of time, and most of the work is saved then. */
static void
sort(struct arrange *a)
{
	struct radix_field fields[RADIX_WORDS_MAX];
	unsigned keys = a->keys;
	uint64_t *sorted;

	while (keys > 0 && is_sorted_from(a, keys - 1))
		keys--;
	for (unsigned i = 0; i < keys; i++)
		fields[i] = (struct radix_field){ keys - 1 - i, 0, sizeof(uint64_t) };
	sorted = radix_sort(a->records, a->spare, a->count, a->words, fields, keys);
	if (sorted != a->records) {
		a->spare = a->records;
		a->records = sorted;
	}
}

/* Have room for `n` records, at most all that there may be. */
static void
make_room(struct arrange *a, size_t n)
{
	size_t bytes = a->words * sizeof(*a->records);

	n = n < a->room ? n : a->room;
	if (n <= a->held)
		return;
	a->held = n;
	a->records = mem_large_resize(a->records, n, bytes);
	a->spare = mem_large_resize(a->spare, n, bytes);
}

/* ---- a partition that fits ---- */

/* A shuffle_fn */
static enum err_code
take_all(void *arg, const void *records, size_t n, struct err *err)
{
	struct arrange *a = arg;

	uint64_t *to = a->records + a->count * a->words;

	(void)err;
	memcpy(to, records, n * a->words * sizeof(*to));
	if (a->prepare)
		a->prepare(a->prepare_arg, to, n);
	a->count += n;
	return ERR_NONE;
}

/* ---- one that does not ---- */

static inline int
compare(const struct arrange *a, const uint64_t *x, const uint64_t *y)
{
	for (unsigned i = 0; i < a->keys; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

static const uint64_t *
last_record(const struct arrange *a)
{
	return a->records + (a->count - 1) * a->words;
}

/* The buffer is full: keep the lower half, and from now on only what is below its end. */
static void
halve(struct arrange *a)
{
	sort(a);
	a->count /= 2;
	memcpy(a->ceiling, last_record(a), a->words * sizeof(*a->ceiling));
	a->has_ceiling = true;
}

/* Does a record belong to the piece that is being made? */
static bool
belongs(struct arrange *a, const uint64_t *record)
{
	int order = a->n_floor ? compare(a, record, a->floor) : 1;

	if (order < 0)
		return false;
	if (order == 0 && a->floor_left) {
		a->floor_left--;
		return false;
	}
	/* One that is equal came later than those that were kept. */
	return !a->has_ceiling || compare(a, record, a->ceiling) < 0;
}

static void
keep(struct arrange *a, const uint64_t *record)
{
	if (a->count == a->held) {
		halve(a);
		if (compare(a, record, a->ceiling) >= 0)
			return;
	}
	memcpy(a->records + a->count++ * a->words, record, a->words * sizeof(*record));
}

/* A shuffle_fn: the least records that were not shown yet. */
static enum err_code
take_least(void *arg, const void *records, size_t n, struct err *err)
{
	struct arrange *a = arg;
	uint64_t some[FEW * RADIX_WORDS_MAX];
	const uint64_t *from = records;

	(void)err;
	for (size_t few; n > 0; n -= few, from += few * a->words) {
		few = n < FEW ? n : FEW;
		memcpy(some, from, few * a->words * sizeof(*some));
		if (a->prepare)
			a->prepare(a->prepare_arg, some, few);
		for (size_t i = 0; i < few; i++)
			if (belongs(a, some + i * a->words))
				keep(a, some + i * a->words);
	}
	return ERR_NONE;
}

/* A piece was shown: the next one begins behind it. */
static void
raise_floor(struct arrange *a)
{
	const uint64_t *last = last_record(a);
	size_t n = 1;

	while (n < a->count && compare(a, last - n * a->words, last) == 0)
		n++;
	if (a->n_floor && compare(a, a->floor, last) == 0)
		n += a->n_floor;
	memcpy(a->floor, last, a->words * sizeof(*a->floor));
	a->n_floor = n;
}

static enum err_code
show_pieces(struct arrange *a, struct shuffle *s, uint32_t partition, arrange_fn *fn, void *arg,
	    struct err *err)
{
	size_t all = shuffle_count(s, partition);
	enum err_code code = ERR_NONE;

	a->n_floor = 0;
	for (size_t shown = 0; shown < all && !code; shown += a->count) {
		a->count = 0;
		a->has_ceiling = false;
		a->floor_left = a->n_floor;
		code = shuffle_each(s, partition, take_least, a, err);
		if (code)
			break;
		assert(a->count);
		sort(a);
		raise_floor(a);
		code = fn(arg, a->records, a->count, shown + a->count == all, err);
	}
	return code;
}

enum err_code
arrange_each(struct arrange *a, struct shuffle *s, uint32_t partition, arrange_fn *fn, void *arg,
	     struct err *err)
{
	size_t all = shuffle_count(s, partition);
	enum err_code code;

	if (!all)
		return ERR_NONE;
	make_room(a, all);
	if (all > a->held)
		return show_pieces(a, s, partition, fn, arg, err);
	a->count = 0;
	code = shuffle_each(s, partition, take_all, a, err);
	if (code)
		return code;
	sort(a);
	return fn(arg, a->records, a->count, true, err);
}
