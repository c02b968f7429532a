/* test_mask.c - secrets in a stream become ***, wherever its pieces end. */
#include "worker/process/mask.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
take(void *ctx, const char *data, size_t bytes)
{
	buf_add(ctx, data, bytes);
}

static struct mask *
mask_of(const char *const *secrets, size_t n)
{
	struct mask *m = mask_new();

	for (size_t i = 0; i < n; i++)
		(void)mask_add(m, secrets[i], strlen(secrets[i]));
	return m;
}

/* What a stream in pieces of `first`, then of `rest` bytes becomes. */
static void
masked(struct mask *m, const char *text, size_t bytes, size_t first, size_t rest, struct buf *out)
{
	for (size_t at = 0; at < bytes;) {
		size_t most = at ? rest : first, n = bytes - at < most ? bytes - at : most;

		mask_feed(m, text + at, n ? n : 1, take, out);
		at += n ? n : 1;
	}
	mask_end(m, take, out);
}

static void
assert_masked(const char *const *secrets, size_t n, const char *text, const char *want)
{
	size_t bytes = strlen(text);

	for (size_t first = 0; first <= bytes; first++) {
		for (size_t rest = 1; rest <= 3; rest++) {
			struct mask *m = mask_of(secrets, n);
			struct buf out;

			buf_init(&out, 1 << 20);
			masked(m, text, bytes, first, rest == 3 ? bytes : rest, &out);
			assert_string_equal(want, out.data);
			buf_release(&out);
			mask_free(m);
		}
	}
}

static const char *const hunter[] = { "hunter2+/&x y" };

static void
the_bytes_are_found_across_every_split(void **state)
{
	(void)state;
	assert_masked(hunter, 1, "", "");
	assert_masked(hunter, 1, "password: hunter2+/&x y!\n", "password: ***!\n");
	assert_masked(hunter, 1, "hunhunter2+/&x yhunter2+/&x yhunter", "hun***hunter");
	assert_masked(hunter, 1, "hunter2+/&x z", "hunter2+/&x z");
}

/* printf %s "$secret" | base64, behind none, one and two other bytes; jq -r '@uri'; quote(). */
static void
other_spellings_are_found_too(void **state)
{
	(void)state;
	assert_masked(hunter, 1, "aHVudGVyMisvJnggeQ==", "***Q==");
	assert_masked(hunter, 1, "Omh1bnRlcjIrLyZ4IHk=", "Om***k=");
	assert_masked(hunter, 1, "dTpodW50ZXIyKy8meCB5", "dTp***");
	assert_masked(hunter, 1, "x=hunter2%2B%2F%26x%20y&b", "x=***&b");
	assert_masked(hunter, 1, "x=hunter2%2b%2f%26x%20y&b", "x=***&b");
	assert_masked(hunter, 1, "hunter2%2B/%26x%20y", "***");
}

static void
what_is_short_is_left_alone(void **state)
{
	static const char *const secrets[] = { "x", "1234567", "12345678" };
	struct mask *m = mask_new();

	(void)state;
	assert_false(mask_add(m, "", 0));
	assert_false(mask_add(m, "x", 1));
	assert_false(mask_add(m, "1234567", 7));
	assert_true(mask_add(m, "12345678", 8));
	mask_free(m);
	assert_masked(secrets, 3, "xx 1234567 12345678 x", "xx 1234567 *** x");
	assert_masked(NULL, 0, "nothing is secret", "nothing is secret");
}

static void
secrets_that_overlap_or_touch_become_one(void **state)
{
	static const char *const overlap[] = { "abcdefgh", "efghijkl", "defghijklmnop" };

	(void)state;
	assert_masked(overlap, 3, "1abcdefghijkl2", "1***2");
	assert_masked(overlap, 3, "1abcdefghijklmnop2", "1***2");
	assert_masked(overlap, 3, "1defghijklmnoq2", "1d***mnoq2");
	assert_masked(overlap, 3, "abcdefghabcdefgh efghijkl", "*** ***");
	assert_masked(overlap, 3, "abcdefgabcdefgh", "abcdefg***");
}

static void
lines_and_other_bytes_are_part_of_a_secret(void **state)
{
	static const char *const lines[] = { "--key--\nabc\n--end--" };

	(void)state;
	assert_masked(lines, 1, "1\n--key--\nabc\n--end--\n2\n", "1\n***\n2\n");
	assert_masked((const char *const[]){ "p\xc3\xa4ssw\xc3\xb6rt" }, 1,
		      "p\xc3\xa4ssw\xc3\xb6rt p%C3%A4ssw%C3%B6rt", "*** ***");
}

/* json.dumps(), with and without ensure_ascii. */
static void
what_json_makes_of_it_is_found(void **state)
{
	static const char *const said[] = { "say \"\\\n\x1b p\xc3\xa4ss \xf0\x9f\x94\x91" };

	(void)state;
	assert_masked(said, 1, "[\"say \\\"\\\\\\n\\u001b p\xc3\xa4ss \xf0\x9f\x94\x91\"]",
		      "[\"***\"]");
	assert_masked(said, 1, "[\"say \\\"\\\\\\n\\u001b p\\u00e4ss \\ud83d\\udd11\"]",
		      "[\"***\"]");
}

static void
each_line_of_several_is_found_by_itself(void **state)
{
	static const char *const lines[] = { "-- begin --\r\nabcdefgh\nshort\n-- end --" };

	(void)state;
	assert_masked(lines, 1, "> -- begin --\n> abcdefgh\n> short\n> -- end --\n",
		      "> ***\n> ***\n> short\n> ***\n");
}

static void
each_stream_and_text_begins_anew(void **state)
{
	static const char *const secrets[] = { "0123456789" };
	struct mask *m = mask_of(secrets, 1);
	struct buf out;

	(void)state;
	buf_init(&out, SIZE_MAX);
	masked(m, "a 01234", 7, 7, 7, &out);
	assert_string_equal("a 01234", out.data);
	assert_false(mask_finds(m, "56789 a 01234", 13));
	assert_true(mask_finds(m, "56789 0123456789", 16));
	assert_false(mask_finds(m, "", 0));
	buf_reset(&out);
	buf_text(&out, "a 0123456789, 01234");
	mask_text(m, &out);
	assert_string_equal("a ***, 01234", out.data);
	buf_release(&out);
	mask_free(m);
}

static void
a_beginning_at_the_end_is_masked_when_it_is_long(void **state)
{
	static const char *const secrets[] = { "0123456789" };

	(void)state;
	assert_masked(secrets, 1, "a 0123456", "a 0123456");
	assert_masked(secrets, 1, "a 01234567", "a ***");
}

/* Every byte that is in any occurrence of any secret, found one by one. */
static void
naive(const char *const *secrets, size_t n, const char *text, size_t bytes, struct buf *out)
{
	bool *hit = mem_new(bytes, sizeof(bool));

	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(secrets[i]);

		for (size_t at = 0; length >= MASK_BYTES_MIN && at + MASK_BYTES_MIN <= bytes;
		     at++) {
			/* At the end of the stream a beginning is enough. */
			size_t most = bytes - at < length ? bytes - at : length;

			if (memcmp(text + at, secrets[i], most) == 0)
				memset(hit + at, 1, most);
		}
	}
	for (size_t i = 0; i < bytes; i++) {
		if (!hit[i])
			buf_char(out, text[i]);
		else if (!i || !hit[i - 1])
			buf_text(out, "***");
	}
	free(hit);
}

static void
random_streams_are_as_if_searched_byte_by_byte(void **state)
{
	uint64_t random = 11;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char secret[3][24] = { "", "", "" }, text[200];
		const char *secrets[] = { secret[0], secret[1], secret[2] };
		size_t bytes = random_next(&random) % sizeof(text);
		struct buf want, got;
		struct mask *m;

		for (size_t i = 0; i < 3; i++)
			for (size_t k = 0; k < 6 + random_next(&random) % 17; k++)
				secret[i][k] = random_next(&random) % 5 ? 'a' : 'b';
		for (size_t i = 0; i < bytes; i++)
			text[i] = random_next(&random) % 5 ? 'a' : 'b';
		m = mask_of(secrets, 3);
		buf_init(&want, SIZE_MAX);
		buf_init(&got, SIZE_MAX);
		naive(secrets, 3, text, bytes, &want);
		masked(m, text, bytes, random_next(&random) % 9, 1 + random_next(&random) % 20,
		       &got);
		assert_string_equal(want.data, got.data);
		buf_release(&want);
		buf_release(&got);
		mask_free(m);
	}
}

/* A secret of one letter many times, in a stream of that letter: the worst for a search. */
static void
the_worst_stream_takes_linear_time(void **state)
{
	size_t bytes = 64 << 10;
	char *secret = mem_new(bytes + 1, 1);
	struct mask *m = mask_new();
	struct buf out;

	(void)state;
	memset(secret, 'a', bytes);
	secret[bytes - 1] = 'b';
	assert_true(mask_add(m, secret, bytes));
	memset(secret, 'a', bytes);
	buf_init(&out, SIZE_MAX);
	for (int i = 0; i < 64; i++)
		mask_feed(m, secret, bytes, take, &out);
	mask_feed(m, "b.", 2, take, &out);
	mask_end(m, take, &out);
	assert_int_equal(63 * bytes + 1 + strlen("***."), out.bytes);
	buf_release(&out);
	mask_free(m);
	free(secret);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_found_across_every_split),
		cmocka_unit_test(other_spellings_are_found_too),
		cmocka_unit_test(what_is_short_is_left_alone),
		cmocka_unit_test(secrets_that_overlap_or_touch_become_one),
		cmocka_unit_test(lines_and_other_bytes_are_part_of_a_secret),
		cmocka_unit_test(what_json_makes_of_it_is_found),
		cmocka_unit_test(each_line_of_several_is_found_by_itself),
		cmocka_unit_test(each_stream_and_text_begins_anew),
		cmocka_unit_test(a_beginning_at_the_end_is_masked_when_it_is_long),
		cmocka_unit_test(random_streams_are_as_if_searched_byte_by_byte),
		cmocka_unit_test(the_worst_stream_takes_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
