/* mem.c - allocation that does not fail, in one place. */
#include "core/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A scheduler keeps an arena per DAG file and there may be thousands, so that
 * blocks begin small and grow with what the arena holds already: at most a
 * third of it is unused.  A large request gets a block of its own.
 */
enum { ARENA_BLOCK_BYTES_MIN = 1024, ARENA_BLOCK_BYTES_MAX = 32768 };

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
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	p = mem_new(n < 0 ? 1 : (size_t)n + 1, 1);
	if (n >= 0)
		(void)vsnprintf(p, (size_t)n + 1, fmt, again);
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
	size_t room = arena->bytes / 2;

	if (b && b->room - b->used >= need)
		return b;
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
