/* sorter.c - counts by key, sorted by key, in memory that is bounded. */
#include "worker/keys/sorter.h"

#include "core/base/mem.h"
#include "worker/rows/crew.h"
#include "worker/keys/radix.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM_MIN = 1024, READ_BYTES = 96 << 10, READ_BYTES_MIN = 12 << 10 };
static_assert(sizeof(struct sorter_record) == SORTER_WORDS * sizeof(uint64_t), "words only");
static_assert(READ_BYTES % sizeof(struct sorter_record) == 0 &&
		  READ_BYTES_MIN % sizeof(struct sorter_record) == 0,
	      "whole records are read");

/* A sorted run: in memory, or on disk and read piece by piece. */
struct sorter_run {
	const struct sorter_record *at, *end; /* what is in memory and not merged yet */
	int fd;                               /* -1: that is all */
	off_t from, to;                       /* of the file: what was not read yet */
	struct sorter_record *piece;          /* owned */
};

/* Two halves of a buffer: records are sorted from one into the other. */
struct sorter_lane {
	struct sorter_record *records, *spare;
	size_t count, room, room_max;
	int fd;
	off_t file_bytes;
	bool overflow;           /* counts of a key are more than can be counted */
	struct sorter_run *runs; /* that are on disk */
	size_t n_runs, runs_room;
};

struct sorter {
	int n_lanes;
	const char *dir;
	struct sorter_lane lanes[CREW_LANES_MAX];
	struct sorter_run *heap; /* of all runs; the one with the least record first */
	size_t n_heap, heap_room;
	bool merging;
	size_t memory_bytes, piece_bytes; /* piece_bytes: what is read of a run at once */
	struct sorter_record next;
};

struct sorter *
sorter_new(const struct sorter_options *options)
{
	struct sorter *s = mem_new(1, sizeof(*s));
	size_t room = options->memory_bytes / 2 / sizeof(*s->heap->piece);

	assert(options->lanes >= 1 && options->lanes <= CREW_LANES_MAX);
	room /= (size_t)options->lanes;
	s->n_lanes = options->lanes;
	s->memory_bytes = options->memory_bytes;
	s->dir = options->dir;
	for (int i = 0; i < s->n_lanes; i++)
		s->lanes[i] = (struct sorter_lane){ .room_max = room > ROOM_MIN ? room : ROOM_MIN,
						    .fd = -1 };
	return s;
}

void
sorter_free(struct sorter *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->n_lanes; i++) {
		struct sorter_lane *l = &s->lanes[i];

		mem_large_free(l->records);
		mem_large_free(l->spare);
		free(l->runs);
		if (l->fd >= 0)
			(void)close(l->fd);
	}
	for (size_t i = 0; i < s->n_heap; i++)
		free(s->heap[i].piece);
	free(s->heap);
	free(s);
}

/* ---- counts ---- */

/* Add the count of a record to another one of its key; false: that cannot be counted. */
static bool
add_count(struct sorter_record *to, const struct sorter_record *from)
{
	return !__builtin_add_overflow(to->count, from->count, &to->count) &&
	       to->count <= INT64_MAX;
}

/* ---- a record in one word ---- */

/*
 * Keys differ in few bits, and counts are small: where all of that fits into a word, words are
 * sorted instead of records, in fewer passes over a third of the memory.  Parts in order of their
 * rank, the count last.
 */
enum { PART_HIGH, PART_MIDDLE, PART_LOW, KEY_PARTS };

struct squeeze {
	struct sorter_record same; /* of all records; zero in the bits of the parts */
	unsigned from[KEY_PARTS], width[KEY_PARTS], to[KEY_PARTS]; /* of a part in a record, word */
	unsigned count_width;
};

static const unsigned part_word[KEY_PARTS] = { 0, 1, 0 };

static unsigned
width_of(uint64_t bits)
{
	return bits ? 64 - (unsigned)__builtin_clzll(bits) : 0;
}

static uint64_t
low_bits(unsigned width)
{
	return width < 64 ? (UINT64_C(1) << width) - 1 : UINT64_MAX;
}

/* How records become words; false: they do not fit. */
static bool
plan_squeeze(struct squeeze *q, const struct sorter_record *records, size_t n)
{
	const struct sorter_record *first = &records[0];
	uint64_t differ[SORTER_KEY_WORDS] = { 0 }, counts = 0, parts[KEY_PARTS];
	unsigned to;

	for (size_t i = 0; i < n; i++) {
		differ[0] |= records[i].key[0] ^ first->key[0];
		differ[1] |= records[i].key[1] ^ first->key[1];
		counts |= records[i].count;
	}
	parts[PART_HIGH] = differ[0] >> 32 << 32;
	parts[PART_MIDDLE] = differ[1];
	parts[PART_LOW] = (uint32_t)differ[0];
	*q = (struct squeeze){ .same = { { first->key[0], first->key[1] }, 0 },
			       .count_width = width_of(counts) };
	to = q->count_width;
	for (int k = KEY_PARTS - 1; k >= 0; k--) {
		q->from[k] = parts[k] ? (unsigned)__builtin_ctzll(parts[k]) : 0;
		q->width[k] = width_of(parts[k]) - q->from[k];
		q->to[k] = q->width[k] ? to : 0;
		to += q->width[k];
		q->same.key[part_word[k]] &= ~(low_bits(q->width[k]) << q->from[k]);
	}
	return to <= 64;
}

static inline uint64_t
squeeze(const struct squeeze *q, const struct sorter_record *r)
{
	uint64_t word = r->count;

	for (int k = 0; k < KEY_PARTS; k++)
		word |= (r->key[part_word[k]] >> q->from[k] & low_bits(q->width[k])) << q->to[k];
	return word;
}

static inline struct sorter_record
unsqueeze(const struct squeeze *q, uint64_t word)
{
	struct sorter_record r = q->same;

	for (int k = 0; k < KEY_PARTS; k++)
		r.key[part_word[k]] |= (word >> q->to[k] & low_bits(q->width[k])) << q->from[k];
	r.count = word & low_bits(q->count_width);
	return r;
}

/* The records of a lane as sorted words, which lie in its spare room. */
static const uint64_t *
sort_squeezed(const struct squeeze *q, struct sorter_lane *l)
{
	const struct radix_field key = { 0, q->count_width / 8, 8 };
	uint64_t *words = l->spare->key;

	static_assert(SORTER_WORDS >= 2, "there is room for all words twice");
	for (size_t i = 0; i < l->count; i++)
		words[i] = squeeze(q, &l->records[i]);
	return radix_sort(words, words + l->count, l->count, 1, &key, 1);
}

/* ---- sorting ---- */

/* Sort what a lane has by all bytes in which keys differ. */
static void
sort_records(struct sorter_lane *l)
{
	static const struct radix_field fields[] = { { 0, 0, 4 }, { 1, 0, 8 }, { 0, 4, 8 } };
	uint64_t *records = l->records->key, *sorted;

	sorted = radix_sort(records, l->spare->key, l->count, SORTER_WORDS, fields,
			    countof(fields));
	if (sorted != records) {
		struct sorter_record *rubble = l->records;

		l->records = l->spare;
		l->spare = rubble;
	}
}

/* Add a sorted record to what is packed already, of which there are *n. */
static void
put_packed(struct sorter_lane *l, size_t *n, const struct sorter_record *r)
{
	struct sorter_record *next = &l->records[*n];

	if (*n && r->key[0] == next[-1].key[0] && r->key[1] == next[-1].key[1]) {
		l->overflow |= !add_count(&next[-1], r);
		return;
	}
	*next = *r;
	++*n;
}

/* Sort what a lane has, and add up what has the same key. */
static void
pack(struct sorter_lane *l)
{
	struct squeeze q;
	size_t n = 0;

	if (!l->count)
		return;
	l->spare = mem_large_resize(l->spare, l->room, sizeof(*l->spare));
	if (plan_squeeze(&q, l->records, l->count)) {
		const uint64_t *words = sort_squeezed(&q, l);

		for (size_t i = 0; i < l->count; i++) {
			const struct sorter_record r = unsqueeze(&q, words[i]);

			put_packed(l, &n, &r);
		}
	} else {
		sort_records(l);
		for (size_t i = 0; i < l->count; i++) {
			const struct sorter_record r = l->records[i];

			put_packed(l, &n, &r);
		}
	}
	l->count = n;
}

/* ---- runs on disk ---- */

/* Write what a lane has, which is packed, as a run of its file. */
static enum err_code
spill(const struct sorter *s, struct sorter_lane *l, struct err *err)
{
	size_t bytes = l->count * sizeof(*l->records);
	const char *data = (const char *)l->records;

	if (l->fd < 0)
		l->fd = open(s->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (l->fd < 0)
		return err_errno(
		    err, "make an unnamed file in '%s' for what does not fit into memory", s->dir);
	for (size_t done = 0; done < bytes;) {
		ssize_t n = pwrite(l->fd, data + done, bytes - done, l->file_bytes + (off_t)done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return err_errno(err, "write what does not fit into memory to '%s'",
					 s->dir);
	}
	l->runs = mem_grow(l->runs, l->n_runs, &l->runs_room, sizeof(*l->runs));
	l->runs[l->n_runs++] = (struct sorter_run){ .fd = l->fd,
						    .from = l->file_bytes,
						    .to = l->file_bytes + (off_t)bytes };
	l->file_bytes += (off_t)bytes;
	l->count = 0;
	return ERR_NONE;
}

/* Have room for one more record. */
static enum err_code
make_room(const struct sorter *s, struct sorter_lane *l, struct err *err)
{
	if (l->count < l->room)
		return ERR_NONE;
	if (l->room < l->room_max) {
		l->room = l->room ? l->room * 2 : ROOM_MIN;
		if (l->room > l->room_max)
			l->room = l->room_max;
		l->records = mem_large_resize(l->records, l->room, sizeof(*l->records));
		return ERR_NONE;
	}
	pack(l);
	return l->count > l->room / 2 ? spill(s, l, err) : ERR_NONE;
}

enum err_code
sorter_add(struct sorter *s, int lane, const struct sorter_record *records, size_t n,
	   struct err *err)
{
	struct sorter_lane *l = &s->lanes[lane];
	enum err_code code = ERR_NONE;

	while (n > 0 && !(code = make_room(s, l, err))) {
		size_t some = l->room - l->count < n ? l->room - l->count : n;

		memcpy(l->records + l->count, records, some * sizeof(*records));
		l->count += some;
		records += some;
		n -= some;
	}
	return code;
}

void
sorter_settle(struct sorter *s, int lane)
{
	struct sorter_lane *l = &s->lanes[lane];

	pack(l);
	mem_large_free(l->spare);
	l->spare = NULL;
}

/* ---- merging ---- */

static inline bool
comes_before(const struct sorter_record *a, const struct sorter_record *b)
{
	if (a->key[0] >> 32 != b->key[0] >> 32)
		return a->key[0] >> 32 < b->key[0] >> 32;
	if (a->key[1] != b->key[1])
		return a->key[1] < b->key[1];
	return a->key[0] < b->key[0];
}

/* Have a record of a run in memory; at == end: it has no more. */
static enum err_code
fetch(const struct sorter *s, struct sorter_run *r, struct err *err)
{
	size_t bytes = s->piece_bytes, done = 0;

	if (r->at < r->end || r->from == r->to)
		return ERR_NONE;
	if (!r->piece)
		r->piece = mem_new(s->piece_bytes, 1);
	if (r->to - r->from < (off_t)bytes)
		bytes = (size_t)(r->to - r->from);
	while (done < bytes) {
		ssize_t n = pread(r->fd, (char *)r->piece + done, bytes - done,
				  r->from + (off_t)done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return err_errno(err, "read back what did not fit into memory from '%s'",
					 s->dir);
	}
	r->from += (off_t)bytes;
	r->at = r->piece;
	r->end = r->piece + bytes / sizeof(*r->piece);
	return ERR_NONE;
}

/* Put the run at `at` where it belongs among those below it. */
static void
sink(struct sorter *s, size_t at)
{
	struct sorter_run moved = s->heap[at];

	for (size_t child; (child = at * 2 + 1) < s->n_heap; at = child) {
		if (child + 1 < s->n_heap && comes_before(s->heap[child + 1].at, s->heap[child].at))
			child++;
		if (!comes_before(s->heap[child].at, moved.at))
			break;
		s->heap[at] = s->heap[child];
	}
	s->heap[at] = moved;
}

static enum err_code
add_run(struct sorter *s, struct sorter_run r, struct err *err)
{
	enum err_code code = fetch(s, &r, err);

	if (code || r.at == r.end) {
		free(r.piece);
		return code;
	}
	s->heap = mem_grow(s->heap, s->n_heap, &s->heap_room, sizeof(*s->heap));
	s->heap[s->n_heap++] = r;
	return ERR_NONE;
}

/* What was sorted away leaves half of the memory to the runs on disk. */
static size_t
piece_size(const struct sorter *s)
{
	size_t n_runs = 1, bytes;

	for (int i = 0; i < s->n_lanes; i++)
		n_runs += s->lanes[i].n_runs;
	bytes = s->memory_bytes / 2 / n_runs / READ_BYTES_MIN * READ_BYTES_MIN;
	bytes = bytes < READ_BYTES ? bytes : READ_BYTES;
	return bytes > READ_BYTES_MIN ? bytes : READ_BYTES_MIN;
}

static enum err_code
refuse(struct err *err)
{
	return err_set(err, ERR_INPUT,
		       "add up counts: those of a key are more than an int64 holds");
}

static enum err_code
begin(struct sorter *s, struct err *err)
{
	enum err_code code = ERR_NONE;

	s->merging = true;
	s->piece_bytes = piece_size(s);
	for (int i = 0; i < s->n_lanes; i++) {
		const struct sorter_lane *l = &s->lanes[i];
		struct sorter_run rest = { .at = l->records,
					   .end = l->records + l->count,
					   .fd = -1 };

		if (l->overflow && !code)
			code = refuse(err);
		for (size_t k = 0; k < l->n_runs && !code; k++)
			code = add_run(s, l->runs[k], err);
		if (!code)
			code = add_run(s, rest, err);
	}
	for (size_t i = s->n_heap / 2; i-- > 0;)
		sink(s, i);
	return code;
}

/* The least record of all was taken: go on in its run. */
static enum err_code
advance(struct sorter *s, struct err *err)
{
	struct sorter_run *r = &s->heap[0];
	enum err_code code;

	r->at++;
	code = fetch(s, r, err);
	if (code)
		return code;
	if (r->at == r->end) {
		free(r->piece);
		*r = s->heap[--s->n_heap];
	}
	if (s->n_heap > 1)
		sink(s, 0);
	return ERR_NONE;
}

enum err_code
sorter_next(struct sorter *s, const struct sorter_record **out, struct err *err)
{
	enum err_code code = s->merging ? ERR_NONE : begin(s, err);

	*out = NULL;
	if (code || !s->n_heap)
		return code;
	s->next = *s->heap[0].at;
	code = advance(s, err);
	while (!code && s->n_heap && s->heap[0].at->key[0] == s->next.key[0] &&
	       s->heap[0].at->key[1] == s->next.key[1]) {
		code = add_count(&s->next, s->heap[0].at) ? advance(s, err) : refuse(err);
	}
	*out = &s->next;
	return code;
}

int64_t
sorter_spilled_bytes(const struct sorter *s)
{
	int64_t bytes = 0;

	for (int i = 0; i < s->n_lanes; i++)
		bytes += s->lanes[i].file_bytes;
	return bytes;
}
