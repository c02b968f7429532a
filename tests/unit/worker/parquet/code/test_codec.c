/* test_codec.c - page bodies packed and unpacked: every codec, every framing, lies. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/fixture/pack.h"
#include "worker/parquet/code/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BYTES_MAX = 1 << 24, TEXT_BYTES = 200000 };

static const enum pq_codec writers[] = { PQ_UNCOMPRESSED, PQ_SNAPPY, PQ_GZIP, PQ_ZSTD, PQ_LZ4_RAW };

static void
check(const char *name, bool ok)
{
	if (!ok)
		fail_msg("case '%s'", name);
}

/* Unpack from and to exactly sized memory, so that the address sanitizer sees any step too far. */
static enum err_code
unpack(struct pq_packer *p, int codec, const void *data, size_t bytes, const void *wanted,
       size_t wanted_bytes, struct err *err)
{
	uint8_t *in = malloc(bytes ? bytes : 1), *out = malloc(wanted_bytes ? wanted_bytes : 1);
	enum err_code code;

	assert_true(in && out);
	if (bytes)
		memcpy(in, data, bytes);
	code = pq_unpack(p, codec, in, bytes, out, wanted_bytes, err);
	if (!code && wanted && wanted_bytes)
		assert_memory_equal(out, wanted, wanted_bytes);
	free(out);
	free(in);
	return code;
}

/* Words that repeat, with numbers that do not. */
static void
make_text(struct buf *b, size_t bytes)
{
	uint32_t x = 1;

	while (b->bytes < bytes) {
		x = x * 1664525 + 1013904223;
		buf_format(b, "{\"tenant\":%u,\"feature\":\"roadmaps\"}\n", x >> 12);
	}
	b->bytes = bytes;
	b->data[bytes] = '\0';
}

static void
says_which_codecs_it_reads_and_writes(void **state)
{
	static const bool reads[] = { true, true, true, false, true, true, true, true };
	static const bool writes[] = { true, false, false, false, false, false, true, false };

	(void)state;
	for (int codec = 0; codec < PQ_CODEC_COUNT; codec++) {
		assert_int_equal(pq_codec_reads(codec), reads[codec]);
		assert_int_equal(pq_codec_writes(codec), writes[codec]);
	}
	assert_false(pq_codec_reads(-1) || pq_codec_reads(PQ_CODEC_COUNT));
	assert_false(pq_codec_writes(-1) || pq_codec_writes(PQ_CODEC_COUNT));
}

/* There and back, in one packer and in a fresh one: the same bytes, and one more or less is wrong.
 */
static void
a_page_is_unpacked_to_what_was_packed(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 15, 100, 4096, 65536, TEXT_BYTES };
	struct pq_packer *p = pq_packer_new();
	struct buf text, packed, again;

	(void)state;
	buf_init(&text, BYTES_MAX);
	buf_init(&packed, BYTES_MAX);
	buf_init(&again, BYTES_MAX);
	make_text(&text, TEXT_BYTES);
	for (size_t c = 0; c < countof(writers); c++)
		for (size_t k = 0; k < countof(sizes); k++) {
			const char *name = pq_codec_name((int)writers[c]);
			struct pq_packer *fresh = pq_packer_new();
			int codec = (int)writers[c];
			size_t n = sizes[k];

			buf_reset(&packed);
			buf_reset(&again);
			buf_text(&packed, "before");
			pack(p, writers[c], n ? text.data : NULL, n, &packed);
			pack(fresh, writers[c], text.data, n, &again);
			check(name, packed.bytes == again.bytes + 6);
			check(name, memcmp(packed.data + 6, again.data, again.bytes) == 0);
			check(name, n < 4096 || codec == PQ_UNCOMPRESSED || again.bytes < n / 2);
			check(name, !unpack(p, codec, again.data, again.bytes, text.data, n, NULL));
			check(name, unpack(p, codec, again.data, again.bytes, NULL, n + 1, NULL) ==
					ERR_INPUT);
			check(name, n == 0 || unpack(p, codec, again.data, again.bytes, NULL, n - 1,
						     NULL) == ERR_INPUT);
			check(name, !unpack(p, codec, again.data, again.bytes, text.data, n, NULL));
			pq_packer_free(fresh);
		}
	buf_release(&again);
	buf_release(&packed);
	buf_release(&text);
	pq_packer_free(p);
	pq_packer_free(NULL);
}

/* The same packed page after other pages went through the packer. */
static void
a_packer_keeps_nothing_of_other_pages(void **state)
{
	struct buf text, first, second;
	struct pq_packer *p = pq_packer_new();

	(void)state;
	buf_init(&text, BYTES_MAX);
	buf_init(&first, BYTES_MAX);
	buf_init(&second, BYTES_MAX);
	make_text(&text, TEXT_BYTES);
	for (size_t c = 0; c < countof(writers); c++) {
		buf_reset(&first);
		pack(p, writers[c], text.data, 50000, &first);
		for (size_t i = 0; i < 20; i++) {
			buf_reset(&second);
			pack(p, writers[c], text.data + 1000 * i, 7000 * i, &second);
		}
		buf_reset(&second);
		pack(p, writers[c], text.data, 50000, &second);
		assert_int_equal(first.bytes, second.bytes);
		assert_memory_equal(first.data, second.data, first.bytes);
	}
	buf_release(&second);
	buf_release(&first);
	buf_release(&text);
	pq_packer_free(p);
}

/* Every prefix is too short; a flipped bit is found or gives other bytes, and harms nobody. */
static void
pages_cut_off_or_with_a_flipped_bit_harm_nobody(void **state)
{
	enum { BYTES = 400 };
	static const int codecs[] = { PQ_UNCOMPRESSED, PQ_SNAPPY, PQ_GZIP,
				      PQ_ZSTD,         PQ_LZ4,    PQ_LZ4_RAW };
	struct pq_packer *p = pq_packer_new();
	struct buf text, packed;

	(void)state;
	buf_init(&text, BYTES_MAX);
	buf_init(&packed, BYTES_MAX);
	make_text(&text, BYTES);
	for (size_t c = 0; c < countof(codecs); c++) {
		const char *name = pq_codec_name(codecs[c]);
		enum pq_codec writer = codecs[c] == PQ_LZ4 ? PQ_LZ4_RAW : (enum pq_codec)codecs[c];

		buf_reset(&packed);
		pack(p, writer, text.data, BYTES, &packed);
		for (size_t n = 0; n < packed.bytes; n++)
			check(name, unpack(p, codecs[c], packed.data, n, NULL, BYTES, NULL));
		for (size_t bit = 0; bit < packed.bytes * 8; bit++) {
			packed.data[bit / 8] = (char)(packed.data[bit / 8] ^ 1 << bit % 8);
			(void)unpack(p, codecs[c], packed.data, packed.bytes, NULL, BYTES, NULL);
			packed.data[bit / 8] = (char)(packed.data[bit / 8] ^ 1 << bit % 8);
		}
		check(name,
		      !unpack(p, codecs[c], packed.data, packed.bytes, text.data, BYTES, NULL));
	}
	buf_release(&packed);
	buf_release(&text);
	pq_packer_free(p);
}

#define HELLO "hello, world\n"
#define LZ4_HELLO "\xd0hello, world\n"
#define LZ4_FRAME "\x04\x22\x4d\x18\x60\x40\x82\x0d\0\0\x80hello, world\n\0\0\0\0"
#define GZIP_HEAD "\x1f\x8b\x08\0\0\0\0\0\0\x03"
#define GZIP_HELLO GZIP_HEAD "\x01\x0d\0\xf2\xffhello, world\n\x53\x74\x24\xf4\x0d\0\0\0"
#define GZIP_EMPTY GZIP_HEAD "\x03\0\0\0\0\0\0\0\0\0"
#define ZSTD_HELLO "\x28\xb5\x2f\xfd\x20\x0d\x69\0\0hello, world\n"
#define ZSTD_NO_SIZE "\x28\xb5\x2f\xfd\x00\x00\x69\0\0hello, world\n"
#define ZSTD_SKIP "\x50\x2a\x4d\x18\x03\0\0\0abc"
#define BYTES(text) text, sizeof(text) - 1

/* Pages by hand, of HELLO so many times. */
static const struct page_case {
	const char *name;
	int codec;
	const char *bytes;
	size_t n_bytes;
	size_t hellos;
	bool ok;
} page_cases[] = {
	{ "snappy", PQ_SNAPPY, BYTES("\x0d\x30hello, world\n"), 1, true },
	{ "snappy says less", PQ_SNAPPY, BYTES("\x0c\x30hello, world\n"), 1, false },
	{ "snappy says more", PQ_SNAPPY, BYTES("\x0e\x30hello, world\n"), 1, false },
	{ "snappy says 4 GiB", PQ_SNAPPY, BYTES("\xff\xff\xff\xff\x0f\x30hello, world\n"), 1,
	  false },
	{ "snappy says 2^70", PQ_SNAPPY, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x30"), 1,
	  false },
	{ "snappy of nothing", PQ_SNAPPY, BYTES("\0"), 0, true },
	{ "snappy copies from before", PQ_SNAPPY, BYTES("\x0d\x31\x20"), 1, false },
	{ "gzip", PQ_GZIP, BYTES(GZIP_HELLO), 1, true },
	{ "gzip twice", PQ_GZIP, BYTES(GZIP_HELLO GZIP_HELLO), 2, true },
	{ "gzip twice, once wanted", PQ_GZIP, BYTES(GZIP_HELLO GZIP_HELLO), 1, false },
	{ "gzip with an empty member", PQ_GZIP, BYTES(GZIP_EMPTY GZIP_HELLO GZIP_EMPTY), 1, true },
	{ "gzip with padding", PQ_GZIP, BYTES(GZIP_HELLO "\0\0\0"), 1, true },
	{ "gzip with rubbish", PQ_GZIP, BYTES(GZIP_HELLO "rubbish"), 1, false },
	{ "gzip of nothing", PQ_GZIP, BYTES(GZIP_EMPTY), 0, true },
	{ "gzip that is zlib", PQ_GZIP,
	  BYTES("\x78\x01\x01\x0d\0\xf2\xffhello, world\n\x21\xe7\x04\x93"), 1, true },
	{ "zstd", PQ_ZSTD, BYTES(ZSTD_HELLO), 1, true },
	{ "zstd without a size", PQ_ZSTD, BYTES(ZSTD_NO_SIZE), 1, true },
	{ "zstd frames", PQ_ZSTD, BYTES(ZSTD_HELLO ZSTD_NO_SIZE ZSTD_SKIP ZSTD_HELLO), 3, true },
	{ "zstd frames, one too many", PQ_ZSTD, BYTES(ZSTD_HELLO ZSTD_NO_SIZE), 1, false },
	{ "zstd size lies", PQ_ZSTD, BYTES("\x28\xb5\x2f\xfd\x20\x0e\x69\0\0hello, world\n"), 1,
	  false },
	{ "zstd of nothing", PQ_ZSTD, BYTES("\x28\xb5\x2f\xfd\x20\0\x01\0\0"), 0, true },
	{ "zstd with rubbish", PQ_ZSTD, BYTES(ZSTD_HELLO "rubbish"), 1, false },
	{ "lz4 raw", PQ_LZ4_RAW, BYTES(LZ4_HELLO), 1, true },
	{ "lz4 raw of nothing", PQ_LZ4_RAW, BYTES("\0"), 0, true },
	{ "lz4, raw", PQ_LZ4, BYTES(LZ4_HELLO), 1, true },
	{ "lz4, frame", PQ_LZ4, BYTES(LZ4_FRAME), 1, true },
	{ "lz4, frames", PQ_LZ4, BYTES(LZ4_FRAME LZ4_FRAME), 2, true },
	{ "lz4, frame cut off", PQ_LZ4, LZ4_FRAME, sizeof(LZ4_FRAME) - 2, 1, false },
	{ "lz4, Hadoop", PQ_LZ4, BYTES("\0\0\0\x0d\0\0\0\x0e" LZ4_HELLO), 1, true },
	{ "lz4, Hadoop, two", PQ_LZ4,
	  BYTES("\0\0\0\x0d\0\0\0\x0e" LZ4_HELLO "\0\0\0\x0d\0\0\0\x0e" LZ4_HELLO), 2, true },
	{ "lz4, Hadoop, two blocks in one", PQ_LZ4,
	  BYTES("\0\0\0\x1a\0\0\0\x0e" LZ4_HELLO "\0\0\0\x0e" LZ4_HELLO), 2, true },
	{ "lz4, Hadoop, empty part", PQ_LZ4, BYTES("\0\0\0\0\0\0\0\x0d\0\0\0\x0e" LZ4_HELLO), 1,
	  true },
	{ "lz4, Hadoop, more than there is room for", PQ_LZ4,
	  BYTES("\0\0\0\x1a\0\0\0\x0e" LZ4_HELLO "\0\0\0\x0e" LZ4_HELLO), 1, false },
	{ "lz4, Hadoop, a block larger than the room", PQ_LZ4,
	  BYTES("\0\0\0\x0d\0\0\0\x0e" LZ4_HELLO "\0\0\0\x0d\0\0\0\x0e" LZ4_HELLO), 1, false },
	{ "lz4, Hadoop, says more", PQ_LZ4, BYTES("\0\0\0\x0e\0\0\0\x0e" LZ4_HELLO), 1, false },
	{ "lz4, Hadoop, block too long", PQ_LZ4, BYTES("\0\0\0\x0d\xff\xff\xff\xff" LZ4_HELLO), 1,
	  false },
	{ "lz4, Hadoop, 4 GiB", PQ_LZ4, BYTES("\xff\xff\xff\xff\0\0\0\x0e" LZ4_HELLO), 1, false },
	{ "none", PQ_UNCOMPRESSED, BYTES(HELLO), 1, true },
	{ "none, longer", PQ_UNCOMPRESSED, BYTES(HELLO "x"), 1, false },
};

static void
pages_made_by_hand_are_taken_or_refused(void **state)
{
	struct pq_packer *p = pq_packer_new();

	(void)state;
	for (size_t i = 0; i < countof(page_cases); i++) {
		const struct page_case *c = &page_cases[i];
		struct err err = { 0 };
		enum err_code code = unpack(p, c->codec, c->bytes, c->n_bytes, HELLO HELLO HELLO,
					    c->hellos * (sizeof(HELLO) - 1), &err);

		if (code != (c->ok ? ERR_NONE : ERR_INPUT))
			fail_msg("case '%s': %d %s", c->name, code, err.msg);
	}
	pq_packer_free(p);
}

/* Nothing to nothing is right for all; something is never nothing, nor nothing something. */
static void
nothing_unpacks_to_nothing_alone(void **state)
{
	struct pq_packer *p = pq_packer_new();
	uint8_t out[1];

	(void)state;
	for (int codec = 0; codec < PQ_CODEC_COUNT; codec++) {
		if (!pq_codec_reads(codec))
			continue;
		assert_int_equal(pq_unpack(p, codec, NULL, 0, NULL, 0, NULL), ERR_NONE);
		assert_int_equal(pq_unpack(p, codec, NULL, 0, out, 1, NULL), ERR_INPUT);
		assert_int_equal(pq_unpack(p, codec, "\xff\xff", 2, NULL, 0, NULL), ERR_INPUT);
	}
	pq_packer_free(p);
}

static void
a_refusal_names_the_codec_and_both_sizes(void **state)
{
	static const int refused[] = { PQ_LZO, PQ_CODEC_COUNT, -1, INT32_MAX };
	struct pq_packer *p = pq_packer_new();
	struct err err = { 0 };
	uint8_t out[8];

	(void)state;
	assert_int_equal(pq_unpack(p, PQ_SNAPPY, "\x05garbage", 8, out, 7, &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "unpack 8 bytes of SNAPPY to 7: "));
	for (size_t i = 0; i < countof(refused); i++)
		assert_int_equal(pq_unpack(p, refused[i], "x", 1, out, 1, &err), ERR_INPUT);
	assert_int_equal(pq_unpack(p, PQ_LZO, NULL, 0, NULL, 0, &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "codec LZO (3) is not supported"));
	assert_int_equal(pq_unpack(p, PQ_SNAPPY, "x", 1, out, (size_t)PQ_PAGE_BYTES_MAX + 1, &err),
			 ERR_LIMIT);
	assert_int_equal(pq_unpack(p, PQ_SNAPPY, out, (size_t)INT32_MAX + 1, out, 1, &err),
			 ERR_LIMIT);
	assert_int_equal(pq_unpack(p, PQ_SNAPPY, "x", 1, out, (size_t)PQ_PAGE_BYTES_MAX, &err),
			 ERR_INPUT);
	pq_packer_free(p);
}

static void
the_checksum_is_that_of_gzip(void **state)
{
	(void)state;
	assert_int_equal(pq_crc(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(pq_crc(pq_crc(0, "1234", 4), "56789", 5), 0xcbf43926);
	assert_int_equal(pq_crc(0, NULL, 0), 0);
	assert_int_equal(pq_crc(7, NULL, 0), 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_which_codecs_it_reads_and_writes),
		cmocka_unit_test(a_page_is_unpacked_to_what_was_packed),
		cmocka_unit_test(a_packer_keeps_nothing_of_other_pages),
		cmocka_unit_test(pages_cut_off_or_with_a_flipped_bit_harm_nobody),
		cmocka_unit_test(pages_made_by_hand_are_taken_or_refused),
		cmocka_unit_test(nothing_unpacks_to_nothing_alone),
		cmocka_unit_test(a_refusal_names_the_codec_and_both_sizes),
		cmocka_unit_test(the_checksum_is_that_of_gzip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
