/* build.c - one column of a row group while it is gathered. */
#include "worker/parquet/write/build.h"

#include "core/base/hash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Rows at once: what is gathered on the way stays in the first-level cache. */
	BLOCK_ROWS = 1024,
	SLOTS_MIN = 256,
};

#define NO_CODE UINT32_MAX

/* ---- the dictionary ---- */

/*
 * The upper half of the product depends on every bit of the word, and is folded down for the next
 * one.  Of the last product the upper half is the hash.
 */
static inline uint64_t
mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

/* A text as two words and its length: all of it up to 16 bytes, else both of its ends. */
struct ends {
	uint64_t first, last;
};

static inline struct ends
ends_of(struct span text)
{
	const unsigned char *p = (const unsigned char *)text.data;
	struct ends e = { 0, 0 };
	uint32_t first, last;

	if (text.bytes >= sizeof(e.first)) {
		memcpy(&e.first, p, sizeof(e.first));
		memcpy(&e.last, p + text.bytes - sizeof(e.last), sizeof(e.last));
	} else if (text.bytes >= sizeof(first)) {
		memcpy(&first, p, sizeof(first));
		memcpy(&last, p + text.bytes - sizeof(last), sizeof(last));
		e.first = first;
		e.last = last;
	} else if (text.bytes) {
		e.first = (uint64_t)p[0] << 16 | (uint64_t)p[text.bytes / 2] << 8 |
			  p[text.bytes - 1];
	}
	return e;
}

static inline bool
same_text(struct span a, struct ends ends, struct span b)
{
	struct ends other;

	if (a.bytes != b.bytes)
		return false;
	other = ends_of(b);
	if (ends.first != other.first || ends.last != other.last)
		return false;
	return a.bytes <= 2 * sizeof(uint64_t) || memcmp(a.data, b.data, a.bytes) == 0;
}

static inline uint64_t
hash_text(uint64_t seed, struct span text, struct ends ends)
{
	uint64_t h = mix(mix(seed ^ text.bytes, ends.first), ends.last), word;

	for (size_t at = sizeof(word); at + sizeof(word) < text.bytes; at += sizeof(word)) {
		memcpy(&word, text.data + at, sizeof(word));
		h = mix(h, word);
	}
	return mix(h, 0);
}

static const uint64_t TAG = UINT64_C(0xffffffff00000000);

static void
grow_slots(struct pq_build *b)
{
	size_t old = b->n_slots, mask;
	uint64_t *slots = b->slots;

	b->n_slots = old ? old * 2 : SLOTS_MIN;
	b->slots = mem_large_new(b->n_slots, sizeof(*b->slots));
	mask = b->n_slots - 1;
	for (size_t i = 0; i < old; i++) {
		size_t at;

		if (!slots[i])
			continue;
		at = (size_t)(slots[i] >> 32) & mask;
		while (b->slots[at])
			at = (at + 1) & mask;
		b->slots[at] = slots[i];
	}
	mem_large_free(slots);
}

/* False: one entry more would be too many. */
static bool
has_room(const struct pq_build *b, size_t bytes)
{
	size_t used = b->kind->width ? b->entries.count * b->kind->width : b->entries.text_bytes;

	return b->entries.count < PQ_DICT_ENTRIES_MAX && used + bytes <= PQ_DICT_BYTES_MAX;
}

/* Give the newest entry its slot. */
static uint32_t
take_slot(struct pq_build *b, size_t at, uint64_t hash)
{
	b->slots[at] = (hash & TAG) | b->entries.count;
	if (b->entries.count * 2 > b->n_slots)
		grow_slots(b);
	return (uint32_t)b->entries.count - 1;
}

/* The code of a value, given out now if it is new; NO_CODE: the dictionary is full. */
static inline uint32_t
word_code(struct pq_build *b, uint64_t word)
{
	uint64_t hash = mix(mix(b->seed, word), 0);
	size_t mask = b->n_slots - 1, at = (size_t)(hash >> 32) & mask;

	for (; b->slots[at]; at = (at + 1) & mask) {
		uint32_t code = (uint32_t)b->slots[at] - 1;

		if (b->entries.words[code] == word)
			return code;
	}
	if (!has_room(b, b->kind->width))
		return NO_CODE;
	*pq_values_room(&b->entries, 1) = word;
	b->entries.count++;
	return take_slot(b, at, hash);
}

static inline uint32_t
text_code(struct pq_build *b, struct span text)
{
	struct ends ends = ends_of(text);
	uint64_t hash = hash_text(b->seed, text, ends);
	size_t mask = b->n_slots - 1, at = (size_t)(hash >> 32) & mask;

	for (; b->slots[at]; at = (at + 1) & mask) {
		uint32_t code = (uint32_t)b->slots[at] - 1;

		if ((b->slots[at] & TAG) == (hash & TAG) &&
		    same_text(text, ends, pq_values_text(&b->entries, code)))
			return code;
	}
	if (!has_room(b, sizeof(uint32_t) + text.bytes))
		return NO_CODE;
	pq_values_add_texts(&b->entries, &text, 1);
	return take_slot(b, at, hash);
}

/*
 * After so many values the dictionary may have at most so many entries to a thousand values.
 * The first steps let pass what is going to repeat itself in 262,144 rows; the
 * last one, at the end of the row group, is what pays.
 */
static const struct step {
	size_t values, entries_per_1000;
} steps[] = {
	{ 8192, 940 },
	{ 32768, 750 },
	{ 131072, 600 },
	{ SIZE_MAX, 500 },
};

static bool
pays(const struct pq_build *b, const struct step *step)
{
	return b->entries.count * 1000 <= b->n_values * step->entries_per_1000;
}

/* From codes to pages: the first rows of them. */
static void
give_up(struct pq_build *b, size_t rows, size_t n_values)
{
	bool has_nulls = n_values < rows;
	size_t value = 0;

	b->has_codes = false;
	for (size_t row = 0; row < rows;) {
		uint64_t words[BLOCK_ROWS];
		struct span texts[BLOCK_ROWS];
		struct pq_rows some = { .n = rows - row < BLOCK_ROWS ? rows - row : BLOCK_ROWS,
					.valid = has_nulls ? b->valid + row : NULL };
		size_t end = value + pq_count_values(some.valid, some.n);

		for (size_t i = 0; value < end; i++, value++) {
			uint32_t code = b->codes[value];

			if (b->kind->type == PQ_BYTE_ARRAY)
				texts[i] = pq_values_text(&b->entries, code);
			else
				words[i] = b->entries.words[code];
		}
		some.words = words;
		some.texts = texts;
		pq_cut_add(&b->cut, &some);
		row += some.n;
	}
}

/* ---- gathering ---- */

/* Some rows of a column, none of them null. */
struct pick {
	const struct col *col;
	const uint32_t *rows; /* NULL: from on */
	size_t from, n;
};

static inline size_t
row_of(const struct pick *p, size_t at)
{
	return p->rows ? p->rows[at] : p->from + at;
}

/* The words of rows [done, done + n): in place where they lie together, else put into `out`. */
static const uint64_t *
pick_words(const struct pick *p, size_t done, size_t n, uint64_t *out)
{
	const struct col *c = p->col;
	const void *values = c->dict ? (const void *)c->dict->ints : (const void *)c->ints;
	const uint64_t *words = values;

	if (!c->dict && !p->rows)
		return words + p->from + done;
	if (!c->dict) {
		for (size_t i = 0; i < n; i++)
			out[i] = words[p->rows[done + i]];
		return out;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = words[c->codes[row_of(p, done + i)]];
	return out;
}

/* The same for texts. */
static const struct span *
pick_texts(const struct pick *p, size_t done, size_t n, struct span *out)
{
	const struct col *c = p->col;

	if (!c->dict && !p->rows)
		return c->texts + p->from + done;
	for (size_t i = 0; i < n; i++)
		out[i] = col_text(c, row_of(p, done + i));
	return out;
}

/* A new entry of the dictionary, or an old one, for a code of the batch. */
static uint32_t
look_up(struct pq_build *b, const struct col_dict *dict, uint32_t code)
{
	const void *values = dict->ints;
	const uint64_t *words = values;

	if (b->kind->type == PQ_BYTE_ARRAY)
		return text_code(b, dict->texts[code]);
	return word_code(b, words[code]);
}

/* The codes of rows [done, done + n) by the batch's codes; fewer when the dictionary is full. */
static size_t
code_codes(struct pq_build *b, const struct pick *p, size_t done, size_t n, uint32_t *out)
{
	const uint32_t *codes = p->col->codes;

	for (size_t i = 0; i < n; i++) {
		uint32_t theirs = codes[row_of(p, done + i)];
		uint32_t ours = b->has_map ? b->map[theirs] : NO_CODE;

		if (ours == NO_CODE) {
			ours = look_up(b, p->col->dict, theirs);
			if (ours == NO_CODE)
				return i;
			if (b->has_map)
				b->map[theirs] = ours;
		}
		out[i] = ours;
	}
	return n;
}

static size_t
code_words(struct pq_build *b, const struct pick *p, size_t done, size_t n, uint32_t *out)
{
	uint64_t scratch[BLOCK_ROWS];
	const uint64_t *words = pick_words(p, done, n, scratch);

	for (size_t i = 0; i < n; i++) {
		out[i] = word_code(b, words[i]);
		if (out[i] == NO_CODE)
			return i;
	}
	return n;
}

static size_t
code_texts(struct pq_build *b, const struct pick *p, size_t done, size_t n, uint32_t *out)
{
	struct span scratch[BLOCK_ROWS];
	const struct span *texts = pick_texts(p, done, n, scratch);

	for (size_t i = 0; i < n; i++) {
		out[i] = text_code(b, texts[i]);
		if (out[i] == NO_CODE)
			return i;
	}
	return n;
}

/* Append as codes, step by step.  False: the dictionary is full, or does not pay. */
static bool
add_coded(struct pq_build *b, const struct pick *p)
{
	const struct step *step = steps;

	if (b->n_values + p->n > b->codes_room) {
		b->codes_room = pq_values_grown(b->codes_room, b->n_values + p->n);
		b->codes = mem_large_resize(b->codes, b->codes_room, sizeof(*b->codes));
	}
	for (size_t done = 0; done < p->n;) {
		uint32_t *out = b->codes + b->n_values;
		size_t n = p->n - done, got;

		while (step->values <= b->n_values)
			step++;
		if (n > step->values - b->n_values)
			n = step->values - b->n_values;
		if (p->col->dict)
			got = code_codes(b, p, done, n, out);
		else if (b->kind->type == PQ_BYTE_ARRAY)
			got = code_texts(b, p, done, n, out);
		else
			got = code_words(b, p, done, n, out);
		b->n_values += got;
		done += got;
		if (got < n || (b->n_values == step->values && !pays(b, step)))
			return false;
	}
	return true;
}

/* Append to the pages: some rows, of which those that are not null are picked. */
static void
add_plain(struct pq_build *b, const struct pick *p, struct pq_rows some)
{
	uint64_t words[BLOCK_ROWS];
	struct span texts[BLOCK_ROWS];

	if (b->kind->type == PQ_BYTE_ARRAY)
		some.texts = pick_texts(p, 0, p->n, texts);
	else
		some.words = pick_words(p, 0, p->n, words);
	pq_cut_add(&b->cut, &some);
}

/* Note which rows are null, for pages that come later. */
static void
add_valid(struct pq_build *b, const struct pq_rows *some)
{
	if (!some->valid && b->rows == b->n_values)
		return;
	if (b->rows + some->n > b->valid_room) {
		b->valid_room = pq_values_grown(b->valid_room, b->rows + some->n);
		b->valid = mem_resize(b->valid, b->valid_room, sizeof(*b->valid));
	}
	if (b->rows == b->n_values)
		memset(b->valid, true, b->rows);
	if (some->valid)
		memcpy(b->valid + b->rows, some->valid, some->n);
	else
		memset(b->valid + b->rows, true, some->n);
}

/* Which rows are null goes to valid[]; those that are not go to out[].  Returns how many these are.
 */
static size_t
pick_valid(const struct pick *p, bool *valid, uint32_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		size_t row = row_of(p, i);

		valid[i] = p->col->valid[row];
		out[n] = (uint32_t)row;
		n += valid[i];
	}
	return n;
}

/* True when no row of the block is null. */
static bool
all_valid(const struct pick *p)
{
	bool valid = true;

	if (p->col->no_nulls)
		return true;
	if (!p->rows)
		return !memchr(p->col->valid + p->from, 0, p->n);
	for (size_t i = 0; i < p->n; i++)
		valid &= p->col->valid[p->rows[i]];
	return valid;
}

static void
add_block(struct pq_build *b, struct pick p)
{
	size_t before = b->n_values;
	struct pq_rows some = { .n = p.n };
	uint32_t rows[BLOCK_ROWS];
	bool valid[BLOCK_ROWS];

	if (!all_valid(&p)) {
		p.n = pick_valid(&p, valid, rows);
		p.rows = rows;
		some.valid = valid;
	}
	if (b->has_codes)
		add_valid(b, &some);
	if (b->has_codes && !add_coded(b, &p))
		give_up(b, b->rows, before);
	if (!b->has_codes)
		add_plain(b, &p, some);
	b->rows += some.n;
	b->n_values = before + p.n;
}

void
pq_build_expect(struct pq_build *b, const struct col *col, size_t rows)
{
	/* A map pays when there are about as many rows as codes. */
	b->has_map = b->has_codes && col->dict && col->dict->count && col->dict->count <= rows;
	if (!b->has_map)
		return;
	if (col->dict->count > b->map_room) {
		b->map_room = pq_values_grown(b->map_room, col->dict->count);
		b->map = mem_resize(b->map, b->map_room, sizeof(*b->map));
	}
	memset(b->map, 0xff, col->dict->count * sizeof(*b->map));
}

void
pq_build_add(struct pq_build *b, const struct col *col, const uint32_t *rows, size_t from, size_t n)
{
	assert(col->wanted);
	for (size_t done = 0; done < n; done += BLOCK_ROWS) {
		size_t some = n - done < BLOCK_ROWS ? n - done : BLOCK_ROWS;

		add_block(b, (struct pick){ .col = col,
					    .rows = rows ? rows + from + done : NULL,
					    .from = from + done,
					    .n = some });
	}
}

void
pq_build_end(struct pq_build *b)
{
	const bool *valid = b->n_values < b->rows ? b->valid : NULL;

	if (b->has_codes && (!b->n_values || !pays(b, &steps[countof(steps) - 1])))
		give_up(b, b->rows, b->n_values);
	if (b->has_codes)
		pq_cut_codes(&b->cut, &b->entries, b->codes, valid, b->rows);
	else
		pq_cut_end(&b->cut);
}

void
pq_build_init(struct pq_build *b, enum col_type type, struct pq_press *press)
{
	*b = (struct pq_build){ .kind = pq_kind_of(type) };
	pq_cut_init(&b->cut, type, press);
	b->has_codes = b->kind->is_coded;
	if (!b->has_codes)
		return;
	grow_slots(b);
	/* Texts come from files: nobody may know which of them collide.  Codes do not show it. */
	b->seed = hash_word((uint64_t)(uintptr_t)b->slots);
}

void
pq_build_release(struct pq_build *b)
{
	pq_cut_release(&b->cut);
	free(b->valid);
	mem_large_free(b->codes);
	pq_values_release(&b->entries);
	mem_large_free(b->slots);
	free(b->map);
	*b = (struct pq_build){ 0 };
}

void
pq_build_reset(struct pq_build *b)
{
	b->rows = b->n_values = 0;
	b->has_codes = b->kind->is_coded;
	b->has_map = false;
	pq_cut_reset(&b->cut);
	pq_values_reset(&b->entries);
	if (b->slots)
		memset(b->slots, 0, b->n_slots * sizeof(*b->slots));
}
