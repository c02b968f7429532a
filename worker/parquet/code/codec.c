/* codec.c - packing and unpacking page bodies. */
#include "worker/parquet/code/codec.h"

#include "core/base/dyn.h"
#include "core/base/mem.h"
#include "core/base/size.h"

#include <assert.h>
#include <brotli/decode.h>
#include <lz4.h>
#include <lz4frame.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>
#include <zstd.h>

enum {
	ANY_ZLIB_WINDOW_BITS = 15 +
			       32, /* read a gzip or a zlib header: some writers have the latter */
	ZSTD_LEVEL = 1,
	ZSTD_HASH_LOG = 12, /* on pages of JSON a fifth faster than level 1's own, and no larger */
};

/* What is used of snappy. */
struct snappy {
	__typeof__(&snappy_uncompress) uncompress;
};

/*
 * Snappy brings a C++ run time, which is half of what loading this program would cost; the other
 * codecs together are a twentieth of it and stay linked.
 */
static const struct dyn_symbol snappy_symbols[] = {
	{ "snappy_uncompress", offsetof(struct snappy, uncompress) },
};
static const struct dyn snappy_library = {
	.library = "libsnappy.so.1",
	.package = "libsnappy1v5",
	.symbols = snappy_symbols,
	.n_symbols = countof(snappy_symbols),
};

/* Everything is made when it is first needed. */
struct pq_packer {
	struct snappy snappy;
	z_stream inflater;
	bool has_inflater;
	ZSTD_CCtx *zstd_in;
	ZSTD_DCtx *zstd_out;
	LZ4F_dctx *lz4_frame;
};

/* A page on its way through a codec. */
struct page {
	const uint8_t *data;
	size_t bytes;
	uint8_t *out;
	size_t out_bytes; /* wanted */
};

struct pq_packer *
pq_packer_new(void)
{
	return mem_new(1, sizeof(struct pq_packer));
}

void
pq_packer_free(struct pq_packer *p)
{
	if (!p)
		return;
	if (p->has_inflater)
		(void)inflateEnd(&p->inflater);
	(void)ZSTD_freeCCtx(p->zstd_in);
	(void)ZSTD_freeDCtx(p->zstd_out);
	(void)LZ4F_freeDecompressionContext(p->lz4_frame);
	free(p);
}

/* ---- unpacking: each says whether exactly out_bytes bytes came out ---- */

static bool
unpack_nothing(struct pq_packer *p, const struct page *page)
{
	(void)p;
	if (page->bytes != page->out_bytes)
		return false;
	memcpy(page->out, page->data, page->bytes);
	return true;
}

/* The library compares the length in front of the data with the room before it writes. */
static bool
unpack_snappy(struct pq_packer *p, const struct page *page)
{
	const char *data = (const char *)page->data;
	size_t room = page->out_bytes;

	return p->snappy.uncompress(data, page->bytes, (char *)page->out, &room) == SNAPPY_OK &&
	       room == page->out_bytes;
}

/* Zeros behind the last member are padding, as gzip(1) has it. */
static bool
only_zeros(const uint8_t *data, size_t bytes)
{
	while (bytes && *data == 0) {
		data++;
		bytes--;
	}
	return bytes == 0;
}

static bool
unpack_gzip(struct pq_packer *p, const struct page *page)
{
	z_stream *z = &p->inflater;

	if (!p->has_inflater) {
		p->has_inflater = inflateInit2(z, ANY_ZLIB_WINDOW_BITS) == Z_OK;
		assert(p->has_inflater); /* only lack of memory can be the reason */
	}
	z->next_in = page->data;
	z->avail_in = (uInt)page->bytes;
	z->next_out = page->out;
	z->avail_out = (uInt)page->out_bytes;
	do {
		if (inflateReset(z) != Z_OK || inflate(z, Z_FINISH) != Z_STREAM_END)
			return false;
	} while (!only_zeros(z->next_in, z->avail_in));
	return z->avail_out == 0;
}

/* Takes several frames, and frames without a content size. */
static bool
unpack_zstd(struct pq_packer *p, const struct page *page)
{
	if (!p->zstd_out)
		p->zstd_out = ZSTD_createDCtx();
	assert(p->zstd_out);
	return ZSTD_decompressDCtx(p->zstd_out, page->out, page->out_bytes, page->data,
				   page->bytes) == page->out_bytes;
}

/* Only ever read: nobody writes it by default, and ZSTD is better at the same. */
static bool
unpack_brotli(struct pq_packer *p, const struct page *page)
{
	size_t n = page->out_bytes;

	(void)p;
	return BrotliDecoderDecompress(page->bytes, page->data, &n, page->out) ==
		   BROTLI_DECODER_RESULT_SUCCESS &&
	       n == page->out_bytes;
}

static bool
unpack_lz4_raw(struct pq_packer *p, const struct page *page)
{
	int n = LZ4_decompress_safe((const char *)page->data, (char *)page->out, (int)page->bytes,
				    (int)page->out_bytes);

	(void)p;
	return n >= 0 && (size_t)n == page->out_bytes;
}

static bool
take_be32(struct page *rest, size_t *out)
{
	const uint8_t *d = rest->data;

	if (rest->bytes < 4)
		return false;
	*out = (size_t)d[0] << 24 | (size_t)d[1] << 16 | (size_t)d[2] << 8 | d[3];
	rest->data += 4;
	rest->bytes -= 4;
	return true;
}

/* One raw block of `bytes` bytes, of which at most `room` may come. */
static bool
take_block(struct page *rest, size_t bytes, size_t room, size_t *got)
{
	int n;

	if (bytes > rest->bytes || room > rest->out_bytes)
		return false;
	n = LZ4_decompress_safe((const char *)rest->data, (char *)rest->out, (int)bytes, (int)room);
	if (n < 0)
		return false;
	rest->data += bytes;
	rest->bytes -= bytes;
	rest->out += n;
	rest->out_bytes -= (size_t)n;
	*got = (size_t)n;
	return true;
}

/*
 * Hadoop's framing: how much comes out, then blocks until so much did, each with its packed
 * size before it; and all of that again until the page ends.
 */
static bool
unpack_lz4_hadoop(const struct page *page)
{
	struct page rest = *page;

	while (rest.bytes) {
		size_t left, bytes, got;

		if (!take_be32(&rest, &left))
			return false;
		while (left) {
			if (!take_be32(&rest, &bytes) || !take_block(&rest, bytes, left, &got))
				return false;
			left -= got;
		}
	}
	return rest.out_bytes == 0;
}

/* The LZ4 frame format; several frames may follow each other. */
static bool
unpack_lz4_frame(struct pq_packer *p, const struct page *page)
{
	struct page rest = *page;
	size_t status;

	if (!p->lz4_frame) {
		status = LZ4F_createDecompressionContext(&p->lz4_frame, LZ4F_VERSION);
		assert(!LZ4F_isError(status));
	}
	status = 1; /* a frame has begun and not ended */
	LZ4F_resetDecompressionContext(p->lz4_frame);
	while (rest.bytes) {
		size_t taken = rest.bytes, given = rest.out_bytes;

		status = LZ4F_decompress(p->lz4_frame, rest.out, &given, rest.data, &taken, NULL);
		if (LZ4F_isError(status) || (!taken && !given))
			return false;
		rest.data += taken;
		rest.bytes -= taken;
		rest.out += given;
		rest.out_bytes -= given;
	}
	return status == 0 && rest.out_bytes == 0;
}

/* The number 5 has meant three things; the stricter ones are tried first. */
static bool
unpack_lz4(struct pq_packer *p, const struct page *page)
{
	return unpack_lz4_hadoop(page) || unpack_lz4_frame(p, page) || unpack_lz4_raw(p, page);
}

/* ---- packing: returns how many bytes ---- */

size_t
pq_pack_room(size_t bytes)
{
	return ZSTD_compressBound(bytes);
}

static size_t
pack_nothing(struct pq_packer *p, const void *data, size_t bytes, void *out)
{
	(void)p;
	memcpy(out, data, bytes);
	return bytes;
}

static size_t
pack_zstd(struct pq_packer *p, const void *data, size_t bytes, void *out)
{
	size_t n;

	if (!p->zstd_in) {
		p->zstd_in = ZSTD_createCCtx();
		assert(p->zstd_in);
		(void)ZSTD_CCtx_setParameter(p->zstd_in, ZSTD_c_compressionLevel, ZSTD_LEVEL);
		(void)ZSTD_CCtx_setParameter(p->zstd_in, ZSTD_c_hashLog, ZSTD_HASH_LOG);
	}
	n = ZSTD_compress2(p->zstd_in, out, pq_pack_room(bytes), data, bytes);
	assert(!ZSTD_isError(n));
	return n;
}

/* ---- the table ---- */

static const struct {
	bool (*unpack)(struct pq_packer *p, const struct page *page);
	size_t (*pack)(struct pq_packer *p, const void *data, size_t bytes, void *out);
} codecs[PQ_CODEC_COUNT] = {
	[PQ_UNCOMPRESSED] = { unpack_nothing, pack_nothing },
	[PQ_SNAPPY] = { unpack_snappy, NULL },
	[PQ_GZIP] = { unpack_gzip, NULL },
	[PQ_BROTLI] = { unpack_brotli, NULL },
	[PQ_LZ4] = { unpack_lz4, NULL },
	[PQ_ZSTD] = { unpack_zstd, pack_zstd },
	[PQ_LZ4_RAW] = { unpack_lz4_raw, NULL },
};

bool
pq_codec_reads(int codec)
{
	return codec >= 0 && codec < PQ_CODEC_COUNT && codecs[codec].unpack;
}

bool
pq_codec_writes(int codec)
{
	return codec >= 0 && codec < PQ_CODEC_COUNT && codecs[codec].pack;
}

enum err_code
pq_unpack(struct pq_packer *p, int codec, const void *data, size_t bytes, void *out,
	  size_t out_bytes, struct err *err)
{
	uint8_t none = 0; /* the libraries want pointers for nothing, too */
	struct page page = { bytes ? data : &none, bytes, out_bytes ? out : &none, out_bytes };

	if (!pq_codec_reads(codec))
		return err_set(err, ERR_INPUT,
			       "unpack %zu bytes to %zu: codec %s (%d) is not supported; write the "
			       "file with ZSTD, SNAPPY, GZIP or LZ4_RAW",
			       bytes, out_bytes, pq_codec_name(codec), codec);
	if (bytes > INT32_MAX || out_bytes > PQ_PAGE_BYTES_MAX)
		return err_set(err, ERR_LIMIT,
			       "unpack %zu bytes of %s to %zu: a page is at most %s", bytes,
			       pq_codec_name(codec), out_bytes, SIZE_TEXT(PQ_PAGE_BYTES_MAX));
	if (!bytes && !out_bytes)
		return ERR_NONE; /* a page of nulls: there is nothing to give to a codec */
	if (codec == PQ_SNAPPY && !p->snappy.uncompress &&
	    dyn_load(&snappy_library, &p->snappy, err))
		return ERR_SYSTEM;
	if (!codecs[codec].unpack(p, &page))
		return err_set(err, ERR_INPUT,
			       "unpack %zu bytes of %s to %zu: the data is damaged or has another "
			       "size; get the file again from where it was written",
			       bytes, pq_codec_name(codec), out_bytes);
	return ERR_NONE;
}

size_t
pq_pack(struct pq_packer *p, enum pq_codec codec, const void *data, size_t bytes, void *out)
{
	assert(pq_codec_writes((int)codec) && bytes <= PQ_PAGE_BYTES_MAX);
	return codecs[codec].pack(p, bytes ? data : "", bytes, out);
}

/* A failure is not said here: who needs the library asks for it again, and says so. */
void
pq_codec_preload(void)
{
	struct snappy snappy;
	struct err err;

	if (dyn_load(&snappy_library, &snappy, &err))
		return;
}

uint32_t
pq_crc(uint32_t crc, const void *data, size_t bytes)
{
	return bytes ? (uint32_t)crc32_z(crc, data, bytes) : crc;
}

void
pq_codec_libraries(struct library_list *list)
{
	uint32_t brotli = BrotliDecoderVersion();
	struct snappy snappy;
	struct err err;

	library_add(list, "zlib", zlibVersion());
	library_add(list, "Zstandard", ZSTD_versionString());
	library_add(list, "LZ4", LZ4_versionString());
	library_add_numbers(list, "Brotli", brotli >> 24, brotli >> 12 & 0xfff, brotli & 0xfff);
	/* It has no function that tells. */
	if (dyn_load(&snappy_library, &snappy, &err))
		library_add(list, "Snappy", "missing");
	else
		library_add(list, "Snappy", snappy_library.library);
}
