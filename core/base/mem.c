/* mem.c - allocation that does not fail, in one place. */
#include "core/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * A scheduler keeps an arena per DAG file and there may be thousands, so that
 * blocks begin small and grow slowly with what the arena holds already, and
 * what is small goes where the last few of them have room.  A large request
 * gets a block of its own.
 */
enum {
	ARENA_BLOCK_BYTES_MIN = 1024,
	ARENA_BLOCK_BYTES_MAX = 32768,
	ARENA_BLOCKS_TRIED = 4,
};

/* Aligned things are taken from the front of a block, texts from its end. */
struct block {
	struct block *next;
	size_t used, room; /* data[used] to data[room] is free */
	_Alignas(max_align_t) char data[];
};

struct arena {
	struct block *blocks; /* the one being filled is first */
	size_t bytes;         /* of all blocks */
};

/* No abort(): nothing is wrong with the program that a core file would show. */
NO_RETURN static void
out_of_memory(size_t bytes)
{
	(void)fprintf(stderr, "tidemill: out of memory (%zu bytes were asked for)\n", bytes);
	_exit(1);
}

void
mem_exhausted(void)
{
	static const char text[] = "tidemill: out of memory\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(1);
}

void *
mem_new(size_t count, size_t bytes)
{
	void *p = calloc(count ? count : 1, bytes ? bytes : 1);

	if (!p)
		out_of_memory(count * bytes);
	return p;
}

void *
mem_new_aligned(size_t count, size_t bytes, size_t align)
{
	size_t total = (count * bytes + align - 1) / align * align;
	void *p = aligned_alloc(align, total ? total : align);

	if (!p)
		out_of_memory(total);
	memset(p, 0, total);
	return p;
}

void *
mem_resize(void *old, size_t count, size_t bytes)
{
	void *p;

	if (bytes && count > SIZE_MAX / bytes)
		out_of_memory(SIZE_MAX);
	p = realloc(old, count && bytes ? count * bytes : 1);
	if (!p)
		out_of_memory(count * bytes);
	return p;
}

void *
mem_grow(void *array, size_t used, size_t *room, size_t bytes)
{
	if (used < *room)
		return array;
	*room = *room ? *room * 2 : 8;
	return mem_resize(array, *room, bytes);
}

/* ---- large things ---- */

/* What stands before each of them; data behind it is as aligned as malloc()'s. */
struct large {
	_Alignas(max_align_t) size_t bytes; /* of data there is room for */
	bool is_mapped;                     /* else it is the heap's */
};

/* Data begins where a huge page does; what stands before it is at the end of a gap, which is
 * whole pages of any machine, of which one is ever touched. */
#define HUGE_BYTES ((size_t)2 << 20)
#define GAP_BYTES ((size_t)64 << 10)

/* Sanitizers watch the borders of what the heap gives, and of nothing else. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_WATCHED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define IS_WATCHED true
#endif
#endif
#ifndef IS_WATCHED
#define IS_WATCHED false
#endif

static size_t
large_bytes(size_t count, size_t bytes)
{
	if (bytes && count > (SIZE_MAX / 2) / bytes)
		out_of_memory(SIZE_MAX);
	return count * bytes;
}

static bool
is_for_map(size_t bytes)
{
	return !IS_WATCHED && bytes >= MEM_LARGE_BYTES;
}

static char *
map_start(struct large *l)
{
	return (char *)(l + 1) - GAP_BYTES;
}

/* Zeroed, in whole huge pages. */
static struct large *
map_large(size_t bytes)
{
	size_t whole = (bytes + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1), spare;
	char *all = mmap(NULL, GAP_BYTES + whole + HUGE_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct large *l;

	if (all == MAP_FAILED)
		out_of_memory(bytes);
	/* Of what comes before the gap and behind the data nothing is kept. */
	spare = -((uintptr_t)all + GAP_BYTES) & (HUGE_BYTES - 1);
	if (spare)
		(void)munmap(all, spare);
	all += spare;
	(void)munmap(all + GAP_BYTES + whole, HUGE_BYTES - spare);
	(void)madvise(all + GAP_BYTES, whole, MADV_HUGEPAGE); /* faster, nothing else */
	l = (struct large *)(void *)(all + GAP_BYTES) - 1;
	*l = (struct large){ .bytes = whole, .is_mapped = true };
	return l;
}

/*
 * More room in another place: pages are moved, not what is in them.  Only those of the data, which
 * grow as they move and so stay one mapping: kernels before 6.17 move no two at once.
 */
static struct large *
remap_large(struct large *l, size_t bytes)
{
	struct large *more = map_large(bytes);

	if (mremap(l + 1, l->bytes, more->bytes, MREMAP_MAYMOVE | MREMAP_FIXED, more + 1) ==
	    MAP_FAILED)
		out_of_memory(bytes);
	(void)munmap(map_start(l), GAP_BYTES);
	return more;
}

static void
free_large(struct large *l)
{
	if (l && l->is_mapped)
		(void)munmap(map_start(l), GAP_BYTES + l->bytes);
	else
		free(l);
}

void *
mem_large_new(size_t count, size_t bytes)
{
	size_t all = large_bytes(count, bytes);
	struct large *l;

	if (is_for_map(all))
		return map_large(all) + 1;
	l = mem_new(sizeof(*l) + all, 1);
	l->bytes = all;
	return l + 1;
}

void *
mem_large_resize(void *old, size_t count, size_t bytes)
{
	size_t all = large_bytes(count, bytes);
	struct large *l = old ? (struct large *)old - 1 : NULL, *mapped;

	if (l && l->is_mapped && all <= l->bytes)
		return old;
	if (l && l->is_mapped)
		return remap_large(l, all) + 1;
	if (is_for_map(all)) {
		mapped = map_large(all);
		if (l)
			memcpy(mapped + 1, l + 1, l->bytes);
		free(l);
		return mapped + 1;
	}
	l = mem_resize(l, sizeof(*l) + all, 1);
	*l = (struct large){ .bytes = all };
	return l + 1;
}

void *
mem_large_grow(void *array, size_t used, size_t *room, size_t bytes)
{
	if (used < *room)
		return array;
	*room = *room ? *room * 2 : 8;
	return mem_large_resize(array, *room, bytes);
}

void
mem_large_free(void *array)
{
	free_large(array ? (struct large *)array - 1 : NULL);
}

/* ---- texts ---- */

char *
mem_str(const char *text)
{
	return text ? mem_bytes(text, strlen(text)) : NULL;
}

char *
mem_bytes(const char *data, size_t bytes)
{
	char *p = mem_new(bytes + 1, 1);

	if (bytes)
		memcpy(p, data, bytes);
	return p;
}

char *
mem_format(const char *fmt, ...)
{
	char most[FORMATTED_MOST];
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(most, sizeof(most), fmt, ap);
	if (n >= 0 && (size_t)n < sizeof(most)) {
		p = mem_bytes(most, (size_t)n);
	} else {
		p = mem_new(n < 0 ? 1 : (size_t)n + 1, 1);
		if (n >= 0)
			(void)vsnprintf(p, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	va_end(ap);
	return p;
}

struct arena *
arena_new(void)
{
	return mem_new(1, sizeof(struct arena));
}

void
arena_free(struct arena *arena)
{
	struct block *next;

	if (!arena)
		return;
	for (struct block *b = arena->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	free(arena);
}

static struct block *
new_block(struct arena *arena, size_t room)
{
	struct block *b = mem_new(1, sizeof(*b) + room);

	b->room = room;
	arena->bytes += room;
	return b;
}

/* The block with room for `need` bytes. */
static struct block *
block_for(struct arena *arena, size_t need)
{
	struct block *b = arena->blocks, *fresh;
	size_t room = arena->bytes / 8;

	for (int i = 0; b && i < ARENA_BLOCKS_TRIED; i++, b = b->next)
		if (b->room - b->used >= need)
			return b;
	b = arena->blocks;
	if (room < ARENA_BLOCK_BYTES_MIN)
		room = ARENA_BLOCK_BYTES_MIN;
	if (room > ARENA_BLOCK_BYTES_MAX)
		room = ARENA_BLOCK_BYTES_MAX;
	if (b && need > room / 4) {
		/* Exactly as large, behind the one being filled, which goes on. */
		fresh = new_block(arena, need);
		fresh->next = b->next;
		b->next = fresh;
		return fresh;
	}
	fresh = new_block(arena, room < need ? need : room);
	fresh->next = b;
	arena->blocks = fresh;
	return fresh;
}

void *
arena_get(struct arena *arena, size_t bytes)
{
	size_t need = (bytes + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	struct block *b = block_for(arena, need);

	b->used += need;
	return b->data + b->used - need;
}

char *
arena_bytes(struct arena *arena, const char *data, size_t bytes)
{
	struct block *b = block_for(arena, bytes + 1);
	char *p;

	b->room -= bytes + 1;
	p = b->data + b->room;
	if (bytes)
		memcpy(p, data, bytes);
	p[bytes] = '\0';
	return p;
}

char *
arena_str(struct arena *arena, const char *text)
{
	return text ? arena_bytes(arena, text, strlen(text)) : NULL;
}

char *
arena_quoted(struct arena *arena, const char *text, char quote)
{
	bool shell = quote == '\'';
	/* A shell knows no escape in its quotes: they end, and begin again behind it. */
	char *out = arena_get(arena, 4 * strlen(text) + 3), *p = out;

	*p++ = quote;
	for (; *text; text++) {
		if (shell && *text == quote) {
			*p++ = '\'';
			*p++ = '\\';
			*p++ = '\'';
		} else if (!shell && (*text == quote || *text == '\\')) {
			*p++ = '\\';
		}
		*p++ = *text;
	}
	*p = quote;
	return out;
}
