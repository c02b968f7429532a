/*
 * mem.h - allocation that does not fail, in one place.
 *
 * Small things: when the machine has no memory left the process says so and
 * ends with exit code 1 at once, and recovers as from any crash.  Sizes that come from outside are
 * checked against a limit before they get here.  Everything is freed with
 * free(), but for what may be large.  An arena holds many small things of one lifetime.
 */
#ifndef CORE_BASE_MEM_H
#define CORE_BASE_MEM_H

#include "core/base/base.h"

/* A library could not do something, which it can only for lack of memory: say so and end. */
NO_RETURN void mem_exhausted(void);

/* `count` zeroed elements of `bytes` each; count 0 gives a pointer that may be freed. */
void *mem_new(size_t count, size_t bytes) MUST_CHECK;

/* As mem_new(), on a multiple of `align` bytes, a power of two; free() frees it. */
void *mem_new_aligned(size_t count, size_t bytes, size_t align) MUST_CHECK;

/* `old` (may be NULL) with room for `count` elements of `bytes` each; new room is not zeroed. */
void *mem_resize(void *old, size_t count, size_t bytes) MUST_CHECK;

/*
 * Make room for one more element in an array that holds `used` and has room for
 * *room: returns the array, perhaps moved, with *room > used.  Doubles.
 */
void *mem_grow(void *array, size_t used, size_t *room, size_t bytes) MUST_CHECK;

/*
 * Arrays that may become large: columns, tables, blocks of records.  From MEM_LARGE_BYTES on
 * they lie in huge pages where the kernel has them, grow without being copied, and go back to
 * the kernel as soon as they are freed; room that nobody wrote to takes no memory.
 * mem_large_free() frees them, and nothing else does.
 */
enum { MEM_LARGE_BYTES = 2 << 20 };

/* As mem_new(), for mem_large_free(). */
void *mem_large_new(size_t count, size_t bytes) MUST_CHECK;

/* As mem_resize(), of what mem_large_new() or this made, for mem_large_free(). */
void *mem_large_resize(void *old, size_t count, size_t bytes) MUST_CHECK;

/* As mem_grow(), of what mem_large_new() or mem_large_resize() made. */
void *mem_large_grow(void *array, size_t used, size_t *room, size_t bytes) MUST_CHECK;

/* Free what the functions above made; NULL is fine. */
void mem_large_free(void *array);

/* A copy of a string; NULL gives NULL.  The caller frees it. */
char *mem_str(const char *text) MUST_CHECK;

/* A copy of `bytes` bytes with a NUL behind.  The caller frees it. */
char *mem_bytes(const char *data, size_t bytes) MUST_CHECK;

/* Nearly every formatted text is shorter, and then is not formatted twice. */
enum { FORMATTED_MOST = 256 };

/* A formatted string.  The caller frees it. */
char *mem_format(const char *fmt, ...) PRINTF_LIKE(1, 2) MUST_CHECK;

struct arena; /* many small things that die together */

/* An arena without anything in it; arena_free() frees it. */
struct arena *arena_new(void) MUST_CHECK;

/* Free all that was taken from it; NULL is fine. */
void arena_free(struct arena *arena);

/* `bytes` zeroed bytes, aligned for any type, valid until arena_free(). */
void *arena_get(struct arena *arena, size_t bytes) MUST_CHECK;

/* A copy of `bytes` bytes with a NUL behind, valid until arena_free(). */
char *arena_bytes(struct arena *arena, const char *data, size_t bytes) MUST_CHECK;

/* A copy of a string (NULL gives NULL), valid until arena_free(). */
char *arena_str(struct arena *arena, const char *text) MUST_CHECK;

/*
 * A copy of a string in quotes, valid until arena_free(): in '\'' as a shell reads
 * it, in '"' as YAML and JSON do (control characters stay as they are).
 */
char *arena_quoted(struct arena *arena, const char *text, char quote) MUST_CHECK;

#endif
