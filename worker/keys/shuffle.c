/* shuffle.c - records of one size, brought together by key. */
#include "worker/keys/shuffle.h"

#include "core/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	BLOCK_BYTES_MIN = 4 << 10,
	BLOCK_BYTES_MAX = 16 << 10,
	MEMORY_BYTES_MIN = 1 << 20,
	HUGE_BYTES = 2 << 20, /* blocks lie in huge pages where the kernel has them */
	PARTITIONS_GUESS = 256,
	/* First blocks, which every partition of every lane has, take at most this part of all. */
	FIRST_BLOCKS_SHARE = 8,
};

/* Of address space, at once, where nothing can go to disk. */
#define UNBOUNDED_BYTES ((size_t)1 << 30)

/* A stretch of address space that blocks are cut from. */
struct region {
	struct region *next;
	char *data;
	size_t bytes, used;
};

/* A block that nobody has. */
struct idle {
	struct idle *next;
};

/* The memory of one shuffle, or of several that share it. */
struct pool {
	pthread_mutex_t lock;
	struct region *regions; /* the newest first */
	struct idle *idle;
	size_t memory_bytes, block_bytes, cut_bytes; /* cut_bytes: of all blocks there are */
	int holders;
};

/* Part of what a lane has written for one partition. */
struct piece {
	char *block; /* NULL: it is on disk */
	off_t at;    /* there */
	size_t bytes;
};

struct chain {
	struct piece *pieces;
	size_t count, room;
};

struct shuffle {
	struct pool *pool;
	struct shuffle_lane *lanes;
	struct chain *chains;             /* of lane 0, then of lane 1 ... */
	size_t record_bytes, block_bytes; /* block_bytes: what records fill of one */
	uint32_t partitions;
	int n_lanes;
	bool sealed;
	char *dir;
	pthread_mutex_t lock; /* guards making the file */
	int fd;
	atomic_llong disk_bytes; /* how much of the file is given out */
};

/* ---- blocks ---- */

/* Add address space for blocks; false: there is none. */
static bool
add_region(struct pool *p, size_t bytes)
{
	struct region *r;
	char *data;

	bytes = (bytes + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
	data = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (data == MAP_FAILED)
		return false;
	(void)madvise(data, bytes, MADV_HUGEPAGE); /* faster, nothing else */
	r = mem_new(1, sizeof(*r));
	*r = (struct region){ .next = p->regions, .data = data, .bytes = bytes };
	p->regions = r;
	return true;
}

static void
pool_leave(struct pool *p)
{
	struct region *next;

	if (!p || --p->holders)
		return;
	for (struct region *r = p->regions; r; r = next) {
		next = r->next;
		(void)munmap(r->data, r->bytes);
		free(r);
	}
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

/* A new block, under the lock. */
static char *
cut(struct pool *p)
{
	struct region *r = p->regions;

	if (r->bytes - r->used < p->block_bytes) {
		if (!add_region(p, HUGE_BYTES))
			mem_exhausted();
		r = p->regions;
	}
	r->used += p->block_bytes;
	p->cut_bytes += p->block_bytes;
	return r->data + r->used - p->block_bytes;
}

/* A block; NULL: there is none within the limit, and it does not have to be (`must`). */
static char *
take(struct pool *p, bool must)
{
	struct idle *idle;
	char *block;

	(void)pthread_mutex_lock(&p->lock);
	idle = p->idle;
	block = (char *)idle;
	if (idle)
		p->idle = idle->next;
	else if (must || p->cut_bytes + p->block_bytes <= p->memory_bytes)
		block = cut(p);
	(void)pthread_mutex_unlock(&p->lock);
	return block;
}

/* ---- opening and closing ---- */

/* A power of two: so many that a partition has the size that was asked for, if memory allows. */
static uint32_t
count_partitions(const struct shuffle_options *o, size_t memory_bytes, size_t block_bytes)
{
	size_t first = (size_t)o->lanes * block_bytes * FIRST_BLOCKS_SHARE;
	double want = PARTITIONS_GUESS;
	uint32_t n = 1;

	if (o->rows >= 0)
		want = (double)o->rows * (double)o->record_bytes / (double)o->partition_bytes;
	while (n < SHUFFLE_PARTITIONS_MAX && n < want && (size_t)n * 2 * first <= memory_bytes)
		n *= 2;
	return n;
}

/* As large as possible, a power of two. */
static size_t
block_size(const struct shuffle_options *o, size_t memory_bytes, uint32_t partitions)
{
	size_t all = (size_t)o->lanes * partitions * FIRST_BLOCKS_SHARE, bytes = BLOCK_BYTES_MIN;

	while (bytes < BLOCK_BYTES_MAX && bytes * 2 * all <= memory_bytes)
		bytes *= 2;
	return bytes;
}

static enum err_code
pool_open(struct pool **out, const struct shuffle_options *o, struct err *err)
{
	size_t memory_bytes = !o->dir                              ? UNBOUNDED_BYTES
			      : o->memory_bytes > MEMORY_BYTES_MIN ? o->memory_bytes
								   : MEMORY_BYTES_MIN;
	struct pool *p = mem_new(1, sizeof(*p));
	uint32_t partitions;

	p->holders = 1;
	/* Where a limit leaves no room for that much (ulimit -v), more of it is on disk; without a
	 * directory it is a beginning, and blocks are added one by one. */
	while (!add_region(p, memory_bytes)) {
		if (memory_bytes / 2 < MEMORY_BYTES_MIN) {
			enum err_code code = err_errno(err, "reserve %zu bytes of memory",
						       memory_bytes);

			free(p);
			return code;
		}
		memory_bytes /= 2;
	}
	partitions = count_partitions(o, memory_bytes, BLOCK_BYTES_MIN);
	p->memory_bytes = memory_bytes;
	p->block_bytes = block_size(o, memory_bytes, partitions);
	(void)pthread_mutex_init(&p->lock, NULL);
	*out = p;
	return ERR_NONE;
}

static void
open_lanes(struct shuffle *s)
{
	size_t n = s->partitions;

	s->chains = mem_new(n * (size_t)s->n_lanes, sizeof(*s->chains));
	s->lanes = mem_new((size_t)s->n_lanes, sizeof(*s->lanes));
	for (int i = 0; i < s->n_lanes; i++)
		s->lanes[i] = (struct shuffle_lane){ .at = mem_new(n, sizeof(char *)),
						     .end = mem_new(n, sizeof(char *)),
						     .record_bytes = s->record_bytes,
						     .mask = s->partitions - 1,
						     .shuffle = s };
}

enum err_code
shuffle_open(struct shuffle **out, const struct shuffle_options *options, struct err *err)
{
	struct shuffle *s = mem_new(1, sizeof(*s));
	enum err_code code = ERR_NONE;

	assert(options->record_bytes && options->record_bytes % 8 == 0);
	assert(options->record_bytes <= BLOCK_BYTES_MIN && options->lanes > 0);
	if (options->share) {
		s->pool = options->share->pool;
		s->pool->holders++;
	} else {
		code = pool_open(&s->pool, options, err);
	}
	if (code) {
		free(s);
		return code;
	}
	s->record_bytes = options->record_bytes;
	s->block_bytes = s->pool->block_bytes / s->record_bytes * s->record_bytes;
	s->partitions = options->partitions ? options->partitions
					    : count_partitions(options, s->pool->memory_bytes,
							       s->pool->block_bytes);
	s->n_lanes = options->lanes;
	s->dir = mem_str(options->dir);
	s->fd = -1;
	(void)pthread_mutex_init(&s->lock, NULL);
	open_lanes(s);
	*out = s;
	return ERR_NONE;
}

void
shuffle_close(struct shuffle *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->partitions * (size_t)s->n_lanes; i++)
		free(s->chains[i].pieces);
	for (int i = 0; i < s->n_lanes; i++) {
		free(s->lanes[i].at);
		free(s->lanes[i].end);
	}
	free(s->chains);
	free(s->lanes);
	free(s->dir);
	if (s->fd >= 0)
		(void)close(s->fd);
	(void)pthread_mutex_destroy(&s->lock);
	pool_leave(s->pool);
	free(s);
}

/* ---- writing ---- */

/* Make the unnamed file, the first time. */
static enum err_code
open_file(struct shuffle *s, struct err *err)
{
	enum err_code code = ERR_NONE;

	(void)pthread_mutex_lock(&s->lock);
	if (s->fd < 0)
		s->fd = open(s->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd < 0)
		code = err_errno(
		    err, "make an unnamed file in '%s' for what does not fit into memory", s->dir);
	(void)pthread_mutex_unlock(&s->lock);
	return code;
}

/* Move a full piece to disk; its block is the caller's then. */
static enum err_code
spill(struct shuffle *s, struct piece *piece, struct err *err)
{
	enum err_code code = open_file(s, err);
	off_t at = (off_t)atomic_fetch_add(&s->disk_bytes, (long long)piece->bytes);

	for (size_t done = 0; done < piece->bytes && !code;) {
		ssize_t n = pwrite(s->fd, piece->block + done, piece->bytes - done,
				   at + (off_t)done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			code = err_errno(err, "write what does not fit into memory to '%s'",
					 s->dir);
	}
	piece->block = NULL;
	piece->at = at;
	return code;
}

static struct chain *
chain_of(const struct shuffle *s, const struct shuffle_lane *l, uint32_t partition)
{
	return &s->chains[(size_t)(l - s->lanes) * s->partitions + partition];
}

static struct piece *
add_piece(struct chain *c, char *block, size_t bytes)
{
	c->pieces = mem_grow(c->pieces, c->count, &c->room, sizeof(*c->pieces));
	c->pieces[c->count] = (struct piece){ .block = block, .bytes = bytes };
	return &c->pieces[c->count++];
}

void
shuffle_block(struct shuffle_lane *l, uint32_t partition)
{
	struct shuffle *s = l->shuffle;
	/* Every partition has to have one block; those are few. */
	char *block = take(s->pool, !l->at[partition] || !s->dir);

	if (l->at[partition]) {
		char *full = l->end[partition] - s->block_bytes;
		struct piece *piece = add_piece(chain_of(s, l, partition), full, s->block_bytes);

		if (!block) {
			/* After a failure everything is in vain, and shuffle_seal() says so. */
			if (!l->err.code)
				(void)spill(s, piece, &l->err);
			block = full;
		}
	}
	l->at[partition] = block;
	l->end[partition] = block + s->block_bytes;
}

enum err_code
shuffle_failed(const struct shuffle_lane *l, struct err *err)
{
	if (l->err.code && err)
		*err = l->err;
	return l->err.code;
}

enum err_code
shuffle_seal(struct shuffle *s, struct err *err)
{
	enum err_code code = ERR_NONE;

	assert(!s->sealed);
	s->sealed = true;
	for (int i = 0; i < s->n_lanes; i++) {
		struct shuffle_lane *l = &s->lanes[i];

		for (uint32_t p = 0; p < s->partitions; p++) {
			char *block = l->end[p] - (l->at[p] ? s->block_bytes : 0);

			if (l->at[p])
				(void)add_piece(chain_of(s, l, p), block,
						(size_t)(l->at[p] - block));
			l->at[p] = l->end[p] = NULL;
		}
		if (!code)
			code = shuffle_failed(l, err);
	}
	return code;
}

/* ---- reading ---- */

/* Read a piece that is on disk. */
static enum err_code
fetch(const struct shuffle *s, const struct piece *piece, char *out, struct err *err)
{
	for (size_t done = 0; done < piece->bytes;) {
		ssize_t n = pread(s->fd, out + done, piece->bytes - done, piece->at + (off_t)done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return err_errno(err, "read back what did not fit into memory from '%s'",
					 s->dir);
	}
	return ERR_NONE;
}

enum err_code
shuffle_each(struct shuffle *s, uint32_t partition, shuffle_fn *fn, void *arg, struct err *err)
{
	enum err_code code = ERR_NONE;
	char *copy = NULL;

	assert(s->sealed && partition < s->partitions);
	for (int i = 0; i < s->n_lanes; i++) {
		const struct chain *c = chain_of(s, &s->lanes[i], partition);

		for (size_t k = 0; k < c->count && !code; k++) {
			const struct piece *piece = &c->pieces[k];

			if (!piece->block && !copy)
				copy = mem_resize(NULL, s->block_bytes, 1);
			if (!piece->block)
				code = fetch(s, piece, copy, err);
			if (!code)
				code = fn(arg, piece->block ? piece->block : copy,
					  piece->bytes / s->record_bytes, err);
		}
	}
	free(copy);
	return code;
}

void
shuffle_drop(struct shuffle *s, uint32_t partition)
{
	struct pool *p = s->pool;

	(void)pthread_mutex_lock(&p->lock);
	for (int i = 0; i < s->n_lanes; i++) {
		struct chain *c = chain_of(s, &s->lanes[i], partition);

		for (size_t k = 0; k < c->count; k++) {
			struct idle *idle = (struct idle *)(void *)c->pieces[k].block;

			if (!idle)
				continue;
			idle->next = p->idle;
			p->idle = idle;
		}
		free(c->pieces);
		*c = (struct chain){ 0 };
	}
	(void)pthread_mutex_unlock(&p->lock);
}

/* ---- asking ---- */

uint32_t
shuffle_partitions(const struct shuffle *s)
{
	return s->partitions;
}

struct shuffle_lane *
shuffle_lane(struct shuffle *s, int lane)
{
	assert(lane >= 0 && lane < s->n_lanes);
	return &s->lanes[lane];
}

size_t
shuffle_count(const struct shuffle *s, uint32_t partition)
{
	size_t bytes = 0;

	for (int i = 0; i < s->n_lanes; i++) {
		const struct chain *c = chain_of(s, &s->lanes[i], partition);

		for (size_t k = 0; k < c->count; k++)
			bytes += c->pieces[k].bytes;
	}
	return bytes / s->record_bytes;
}

int64_t
shuffle_spilled_bytes(const struct shuffle *s)
{
	return (int64_t)atomic_load(&s->disk_bytes);
}
