/* meta.c - names of the format's numbers, statistics, and memory for what is read. */
#include "worker/parquet/meta/meta.h"

#include "worker/parquet/meta/meta_part.h"

#include <string.h>

/*
 * Memory for each byte read, and for what is read at least.  The worst honest case
 * is a column index of pages that are all null: 48 bytes for three.
 */
enum { MEMORY_PER_BYTE = 16, MEMORY_BYTES_MIN = 4096 };

static const char *
name_of(const char *const *names, size_t n, int number)
{
	return number >= 0 && (size_t)number < n && names[number] ? names[number] : "?";
}

const char *
pq_type_name(enum pq_type type)
{
	static const char *const names[] = {
		[PQ_BOOLEAN] = "BOOLEAN",       [PQ_INT32] = "INT32",
		[PQ_INT64] = "INT64",           [PQ_INT96] = "INT96",
		[PQ_FLOAT] = "FLOAT",           [PQ_DOUBLE] = "DOUBLE",
		[PQ_BYTE_ARRAY] = "BYTE_ARRAY", [PQ_FIXED] = "FIXED_LEN_BYTE_ARRAY",
	};

	return name_of(names, countof(names), type);
}

const char *
pq_encoding_name(int encoding)
{
	static const char *const names[] = {
		[PQ_PLAIN] = "PLAIN",
		[PQ_PLAIN_DICTIONARY] = "PLAIN_DICTIONARY",
		[PQ_RLE] = "RLE",
		[PQ_BIT_PACKED] = "BIT_PACKED",
		[PQ_DELTA_BINARY_PACKED] = "DELTA_BINARY_PACKED",
		[PQ_DELTA_LENGTH_BYTE_ARRAY] = "DELTA_LENGTH_BYTE_ARRAY",
		[PQ_DELTA_BYTE_ARRAY] = "DELTA_BYTE_ARRAY",
		[PQ_RLE_DICTIONARY] = "RLE_DICTIONARY",
		[PQ_BYTE_STREAM_SPLIT] = "BYTE_STREAM_SPLIT",
		[PQ_ALP] = "ALP",
	};

	return name_of(names, countof(names), encoding);
}

const char *
pq_codec_name(int codec)
{
	static const char *const names[] = {
		[PQ_UNCOMPRESSED] = "UNCOMPRESSED",
		[PQ_SNAPPY] = "SNAPPY",
		[PQ_GZIP] = "GZIP",
		[PQ_LZO] = "LZO",
		[PQ_BROTLI] = "BROTLI",
		[PQ_LZ4] = "LZ4",
		[PQ_ZSTD] = "ZSTD",
		[PQ_LZ4_RAW] = "LZ4_RAW",
	};

	return name_of(names, countof(names), codec);
}

size_t
pq_memory_max(size_t bytes)
{
	return bytes * MEMORY_PER_BYTE + MEMORY_BYTES_MIN;
}

void
pq_reader_init(struct pq_reader *r, const void *data, size_t bytes, struct arena *arena)
{
	*r = (struct pq_reader){
		.arena = arena,
		.bytes_left = pq_memory_max(bytes),
	};
	thrift_init(&r->thrift, data, bytes);
}

/* True when `bytes` more may be taken. */
static bool
charge(struct pq_reader *r, size_t bytes)
{
	if (bytes > r->bytes_left)
		thrift_fail(&r->thrift, "a list has more elements than there is room for");
	if (r->thrift.why)
		return false;
	r->bytes_left -= bytes;
	return true;
}

void *
pq_reader_take(struct pq_reader *r, size_t count, size_t bytes)
{
	/* A count is below 2^31, so that the product cannot wrap. */
	if (!count || !charge(r, count * bytes))
		return NULL;
	return arena_get(r->arena, count * bytes);
}

struct span
pq_reader_keep(struct pq_reader *r, struct span borrowed)
{
	struct span kept = { .data = "" };

	if (!borrowed.bytes || !charge(r, borrowed.bytes + 1))
		return kept;
	kept.data = arena_bytes(r->arena, borrowed.data, borrowed.bytes);
	kept.bytes = borrowed.bytes;
	return kept;
}

struct span
pq_reader_span(struct pq_reader *r)
{
	return pq_reader_keep(r, thrift_binary(&r->thrift));
}

const char *
pq_reader_text(struct pq_reader *r)
{
	struct span s = pq_reader_span(r);

	if (memchr(s.data, '\0', s.bytes))
		thrift_fail(&r->thrift, "a name has a NUL in it");
	return s.data;
}

void
pq_statistics_read(struct thrift *t, struct pq_statistics *out)
{
	struct thrift_fields s;

	*out = (struct pq_statistics){ .min = { .data = "" }, .max = { .data = "" } };
	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		switch (s.id) {
		case 1:
		case 2:
			out->has_old_bounds = true;
			thrift_skip(t);
			break;
		case 3:
			out->null_count = thrift_i64(t);
			break;
		case 5:
			out->max = thrift_binary(t);
			break;
		case 6:
			out->min = thrift_binary(t);
			break;
		case 7:
			out->max_exact = thrift_bool(t);
			break;
		case 8:
			out->min_exact = thrift_bool(t);
			break;
		default:
			thrift_skip(t);
		}
	}
	out->has_max = s.seen & THRIFT_FIELD(5);
	out->has_min = s.seen & THRIFT_FIELD(6);
	/* Advice that makes no sense is no advice; the values are still good. */
	out->has_null_count = s.seen & THRIFT_FIELD(3) && out->null_count >= 0;
	if (!out->has_null_count)
		out->null_count = 0;
}

void
pq_statistics_write(struct thrift_out *w, int id, const struct pq_statistics *stats)
{
	if (!stats->has_null_count && !stats->has_min && !stats->has_max)
		return;
	thrift_put_struct(w, id);
	if (stats->has_null_count)
		thrift_put_i64(w, 3, stats->null_count);
	if (stats->has_max)
		thrift_put_binary(w, 5, stats->max);
	if (stats->has_min)
		thrift_put_binary(w, 6, stats->min);
	if (stats->has_max)
		thrift_put_bool(w, 7, stats->max_exact);
	if (stats->has_min)
		thrift_put_bool(w, 8, stats->min_exact);
	thrift_put_end(w);
}
