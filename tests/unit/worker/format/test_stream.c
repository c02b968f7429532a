/* test_stream.c - windows over plain and packed files; a packed file that is cut is never an end.
 */
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "tests/fixture/reader.h"
#include "worker/format/stream.h"

#include <zstd.h>

static char plain_path[] = "/tmp/tidemill-stream-XXXXXX";
static char *packed_path, *zstd_path;

/* Read a file to its end in small bites. */
static enum err_code
read_all(const char *path, struct buf *out, char sum[CHECKSUM_CHARS + 1])
{
	struct stream *s = NULL;
	struct err err;
	enum err_code code = stream_open(&s, AT_FDCWD, path, "file", &err);

	if (code)
		return code;
	stream_want_digest(s);
	do {
		code = stream_fill(s, &err);
		if (code)
			break;
		assert_int_equal(s->data[s->end], '\n');
		assert_int_equal(s->data[s->end + 1], 0);
		/* Half of it at a time: the rest has to be there after the next fill. */
		while (s->end - s->at > 1) {
			size_t bite = (s->end - s->at) / 2;

			buf_add(out, s->data + s->at, bite);
			s->at += bite;
		}
	} while (!s->ended);
	if (!code) {
		buf_add(out, s->data + s->at, s->end - s->at);
		stream_digest(s, sum);
	} else {
		assert_non_null(strstr(err.msg, "'file'"));
	}
	stream_close(s);
	return code;
}

static void
expect(const char *path, enum err_code code, const void *want, size_t bytes)
{
	char sum[CHECKSUM_CHARS + 1], on_disk[CHECKSUM_CHARS + 1];
	struct checksum whole;
	struct buf got, file;

	buf_init(&got, SIZE_MAX);
	buf_init(&file, SIZE_MAX);
	assert_int_equal(read_all(path, &got, sum), code);
	if (!code) {
		assert_int_equal(got.bytes, bytes);
		assert_memory_equal(got.data, want, bytes);
		assert_int_equal(buf_read_file(&file, AT_FDCWD, path, NULL), ERR_NONE);
		checksum_init(&whole);
		checksum_add(&whole, file.data, file.bytes);
		checksum_end(&whole, on_disk);
		assert_string_equal(sum, on_disk);
	}
	buf_release(&got);
	buf_release(&file);
}

/* Pack `text` and give the packed bytes; the caller frees them. */
static char *
pack(const char *text, size_t bytes, size_t *packed_bytes)
{
	struct packer *p = NULL;
	struct buf file;
	char *packed;

	assert_int_equal(packer_open(&p, packed_path, NULL), ERR_NONE);
	assert_int_equal(packer_add(p, text, bytes / 3, NULL), ERR_NONE);
	assert_int_equal(packer_add(p, text + bytes / 3, bytes - bytes / 3, NULL), ERR_NONE);
	assert_int_equal(packer_close(p, NULL), ERR_NONE);
	buf_init(&file, SIZE_MAX);
	assert_int_equal(buf_read_file(&file, AT_FDCWD, packed_path, NULL), ERR_NONE);
	*packed_bytes = file.bytes;
	packed = buf_give(&file);
	buf_release(&file);
	return packed;
}

static char *
make_text(size_t bytes)
{
	uint64_t random = 1;
	char *text = mem_new(bytes + 1, 1);

	for (size_t i = 0; i < bytes; i++)
		text[i] = (char)('a' + random_next(&random) % 16);
	return text;
}

static void
files_of_every_size_come_back_whole(void **state)
{
	static const size_t sizes[] = { 0,
					1,
					STREAM_WINDOW_BYTES - 1,
					STREAM_WINDOW_BYTES,
					STREAM_WINDOW_BYTES + 1,
					3 * STREAM_WINDOW_BYTES + 77 };

	(void)state;
	for (size_t i = 0; i < countof(sizes); i++) {
		char *text = make_text(sizes[i]), *packed;
		size_t bytes;

		put_file(plain_path, text, sizes[i]);
		expect(plain_path, ERR_NONE, text, sizes[i]);
		packed = pack(text, sizes[i], &bytes);
		expect(packed_path, ERR_NONE, text, sizes[i]);
		free(text);
		free(packed);
	}
}

static void
several_gzip_members_are_one_text(void **state)
{
	size_t one_bytes, two_bytes;
	char *one = pack("first ", 6, &one_bytes), *two = pack("second", 6, &two_bytes);
	struct buf file;

	(void)state;
	buf_init(&file, SIZE_MAX);
	buf_add(&file, one, one_bytes);
	buf_add(&file, two, two_bytes);
	put_file(packed_path, file.data, file.bytes);
	expect(packed_path, ERR_NONE, "first second", 12);
	buf_add(&file, "\0\0\0\0", 4); /* padding, as tapes leave it */
	put_file(packed_path, file.data, file.bytes);
	expect(packed_path, ERR_NONE, "first second", 12);
	buf_text(&file, "garbage");
	put_file(packed_path, file.data, file.bytes);
	expect(packed_path, ERR_INPUT, NULL, 0);
	buf_release(&file);
	free(one);
	free(two);
}

static void
damaged_gzip_is_an_error_and_no_end(void **state)
{
	char *text = make_text(3000), *packed;
	size_t bytes;

	(void)state;
	packed = pack(text, 3000, &bytes);
	for (size_t cut = 0; cut < bytes; cut++) {
		put_file(packed_path, packed, cut);
		expect(packed_path, ERR_INPUT, NULL, 0);
	}
	/* One wrong byte in the data is found, by the checksum at the latest. */
	for (size_t at = 10; at < bytes; at += 7) {
		packed[at] = (char)(packed[at] ^ 0x10);
		put_file(packed_path, packed, bytes);
		expect(packed_path, ERR_INPUT, NULL, 0);
		packed[at] = (char)(packed[at] ^ 0x10);
	}
	assert_int_equal(unlink(packed_path), 0);
	expect(packed_path, ERR_NOT_FOUND, NULL, 0);
	free(text);
	free(packed);
}

/* One frame; the caller frees it. */
static char *
pack_zstd(const char *text, size_t bytes, size_t *packed_bytes)
{
	size_t room = ZSTD_compressBound(bytes);
	char *packed = mem_new(room, 1);
	ZSTD_CCtx *z = ZSTD_createCCtx();

	assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1)));
	*packed_bytes = ZSTD_compress2(z, packed, room, text, bytes);
	assert_false(ZSTD_isError(*packed_bytes));
	(void)ZSTD_freeCCtx(z);
	return packed;
}

static void
several_zstd_frames_are_one_text(void **state)
{
	static const size_t sizes[] = { 0, 1, 70000, STREAM_WINDOW_BYTES, 700000 };
	static const char skippable[] = "\x50\x2A\x4D\x18\x03\0\0\0abc";
	struct buf file, want;

	(void)state;
	buf_init(&file, SIZE_MAX);
	buf_init(&want, SIZE_MAX);
	for (size_t i = 0; i < countof(sizes); i++) {
		char *text = make_text(sizes[i]), *packed;
		size_t bytes;

		packed = pack_zstd(text, sizes[i], &bytes);
		put_file(zstd_path, packed, bytes);
		expect(zstd_path, ERR_NONE, text, sizes[i]);
		buf_add(&file, packed, bytes);
		buf_add(&file, skippable, sizeof(skippable) - 1);
		buf_add(&want, text, sizes[i]);
		put_file(zstd_path, file.data, file.bytes);
		expect(zstd_path, ERR_NONE, want.data, want.bytes);
		free(text);
		free(packed);
	}
	buf_text(&file, "garbage");
	put_file(zstd_path, file.data, file.bytes);
	expect(zstd_path, ERR_INPUT, NULL, 0);
	buf_release(&file);
	buf_release(&want);
}

/* Cut at every byte, also between the frames' parts; and with a wrong byte. */
static void
damaged_zstd_is_an_error_and_no_end(void **state)
{
	char *text = make_text(3000), *packed;
	size_t bytes;

	(void)state;
	packed = pack_zstd(text, 3000, &bytes);
	for (size_t cut = 0; cut < bytes; cut++) {
		put_file(zstd_path, packed, cut);
		expect(zstd_path, ERR_INPUT, NULL, 0);
	}
	for (size_t at = 0; at < bytes; at += 7) {
		packed[at] = (char)(packed[at] ^ 0x10);
		put_file(zstd_path, packed, bytes);
		expect(zstd_path, ERR_INPUT, NULL, 0);
		packed[at] = (char)(packed[at] ^ 0x10);
	}
	put_file(packed_path, packed, bytes); /* under the wrong name */
	expect(packed_path, ERR_INPUT, NULL, 0);
	free(text);
	free(packed);
}

/* A little that unpacks to much passes through the window; one that wants too large a memory fails.
 */
static void
a_bomb_passes_through_the_window(void **state)
{
	enum { BOMB_BYTES = 64 << 20 };
	char *zeros = mem_new(BOMB_BYTES, 1), *packed;
	struct stream *s = NULL;
	size_t bytes, total = 0;

	(void)state;
	packed = pack_zstd(zeros, BOMB_BYTES, &bytes);
	assert_true(bytes < BOMB_BYTES / 1000);
	put_file(zstd_path, packed, bytes);
	assert_int_equal(stream_open(&s, AT_FDCWD, zstd_path, "file", NULL), ERR_NONE);
	while (!s->ended) {
		assert_int_equal(stream_fill(s, NULL), ERR_NONE);
		total += s->end - s->at;
		s->at = s->end;
	}
	assert_int_equal(total, BOMB_BYTES);
	assert_int_equal(s->room, STREAM_WINDOW_BYTES);
	stream_close(s);
	/* A frame header by hand: window of 2 GiB, one raw block that is the last. */
	put_file(zstd_path, "\x28\xB5\x2F\xFD\x00\xA8\x09\x00\x00x", 10);
	expect(zstd_path, ERR_INPUT, NULL, 0);
	put_file(zstd_path, "\x28\xB5\x2F\xFD\x00\x88\x09\x00\x00x", 10); /* 128 MiB */
	expect(zstd_path, ERR_NONE, "x", 1);
	free(zeros);
	free(packed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_every_size_come_back_whole),
		cmocka_unit_test(several_gzip_members_are_one_text),
		cmocka_unit_test(damaged_gzip_is_an_error_and_no_end),
		cmocka_unit_test(several_zstd_frames_are_one_text),
		cmocka_unit_test(damaged_zstd_is_an_error_and_no_end),
		cmocka_unit_test(a_bomb_passes_through_the_window),
	};
	int fd = mkstemp(plain_path), failed;

	(void)close(fd);
	packed_path = mem_format("%s.gz", plain_path);
	zstd_path = mem_format("%s.zst", plain_path);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(plain_path);
	(void)unlink(packed_path);
	(void)unlink(zstd_path);
	free(packed_path);
	free(zstd_path);
	return failed;
}
